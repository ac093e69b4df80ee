"""What `completion` and `man` print, in the programs that read it."""
import os
import pathlib
import re
import shlex
import shutil
import subprocess

import pytest

from support import process


@pytest.fixture(scope="module")
def scripts(tmp_path_factory):
    """The scripts, in a folder with a file and with Bauta on the path."""
    home = tmp_path_factory.mktemp("shells")
    for shell in ("bash", "zsh", "fish"):
        (home / f"_{shell}").write_text(process.bauta("completion", shell).out)
    (home / "some config.yaml").touch()
    return home


def needs(program: str) -> str:
    if not shutil.which(program):
        pytest.skip(f"{program} is not installed; script/bootstrap --all does it")
    return program


def ask(shell: str, script: str, home) -> list[str]:
    flags = {"bash": ["--norc", "--noprofile"], "zsh": ["-f"], "fish": ["--no-config"]}[shell]
    done = subprocess.run([needs(shell), *flags, "-c", script], cwd=home, text=True,
                          capture_output=True, timeout=60,
                          env=process.environment(HOME=str(home), TERM="dumb"))
    assert done.returncode == 0 and not done.stderr, done
    return done.stdout.splitlines()


def by_bash(words: list[str], home) -> list[str]:
    """As readline calls it: COMP_WORDS are the words, split at = too; the last one is completed."""
    parts = [p for w in words for p in (re.split("(=)", w) if w.startswith("--") else [w])]
    parts = [p for p in parts if p] if not words[-1].endswith("=") else [p for p in parts[:-1] if p]
    if words[-1] == "":
        parts.append("")
    listed = " ".join(shlex.quote(p) for p in parts)
    return ask("bash", f"""
        source ./_bash
        COMP_WORDS=({listed}); COMP_CWORD=$(({len(parts)} - 1))
        complete -p bauta | grep -q -- '-F _bauta bauta' || exit 9
        _bauta; printf '%s\\n' "${{COMPREPLY[@]}}" """, home)


def by_zsh(words: list[str], home) -> list[str]:
    """The function itself; what it would tell the line editor is printed."""
    listed = " ".join(shlex.quote(w) for w in words)
    return ask("zsh", f"""
        compdef() {{ registered=$1 }}
        source ./_zsh; [[ $registered == _bauta ]] || exit 9
        offer() {{ print -rl -- ${{(M)@:#${{cur}}*}} }}
        compadd() {{ shift; offer "$@" }}
        compset() {{ cur=${{cur#*=}} }}
        _files() {{ for f in *; do print -r -- $f; done }}
        _describe() {{
          local name
          for name in ${{@:#-*}}; do
            [[ $name == (option|command) ]] || offer ${{${{(P)name}}%%:*}}
          done
        }}
        words=({listed}); CURRENT=$#words
        _bauta""", home)


def by_fish(words: list[str], home) -> list[str]:
    line = " ".join(words)
    said = ask("fish", f"source ./_fish; complete -C {shlex.quote(line)}", home)
    return [one.split("\t")[0] for one in said]


@pytest.mark.parametrize("complete", [by_bash, by_zsh, by_fish])
@pytest.mark.parametrize("line, some, none", [
    (["bauta", ""], ["run", "demo", "quarantine"], ["list", "--help", "some config.yaml"]),
    (["bauta", "ru"], ["run"], ["demo"]),
    (["bauta", "keys", ""], ["generate", "list", "check"], ["run"]),
    (["bauta", "-c", "run", "keys", "l"], ["list"], ["run"]),
    (["bauta", "run", "--unt"], ["--until-empty"], ["--until", "--workers"]),
    (["bauta", "quarantine", "list", "--un"], ["--until"], ["--until-empty"]),
    (["bauta", "run", "--outp"], ["--output"], []),
    (["bauta", "-o", ""], ["text", "json"], ["run"]),
    (["bauta", "run", "--log-level", "w"], ["warn"], ["error"]),
    (["bauta", "quarantine", "replay", "--reason-code", "required_"],
     ["required_missing", "required_null", "required_empty"], ["wrong_type"]),
    (["bauta", "explain", "E06"], ["E060", "E067"], ["E012"]),
    (["bauta", "explain", ""], ["E012", "wrong_type"], ["some config.yaml"]),
    (["bauta", "completion", ""], ["bash", "zsh", "fish"], ["run"]),
])
def test_a_shell_offers(complete, line, some, none, scripts):
    offered = complete(line, scripts)
    assert set(some) <= set(offered), offered
    assert not set(none) & set(offered), offered


@pytest.mark.parametrize("complete", [by_bash, by_zsh])
def test_a_value_behind_an_equals_sign(complete, scripts):
    assert complete(["bauta", "run", "--output=j"], scripts) == ["json"]


@pytest.mark.parametrize("complete", [by_bash, by_zsh, by_fish])
def test_files_where_a_file_is_wanted(complete, scripts):
    offered = [name.replace("\\ ", " ") for name in complete(["bauta", "-c", ""], scripts)]
    assert "some config.yaml" in offered
    assert "run" not in offered


def test_bash_completes_at_a_prompt(scripts):
    """The line editor itself: Tab on a line that has one answer."""
    import pty
    import select
    binary = pathlib.Path(process.BAUTA).parent
    pid, terminal = pty.fork()
    if pid == 0:
        os.chdir(scripts)
        env = process.environment(PS1="> ", TERM="dumb", PATH=f"{binary}:{os.environ['PATH']}")
        os.execve(needs("/bin/bash"), ["bash", "--norc", "--noprofile", "-i"], env)
    said = b""

    def until(text: bytes):
        nonlocal said
        while text not in said:
            assert select.select([terminal], [], [], 20)[0], said
            said += os.read(terminal, 4096)

    try:
        until(b"> ")
        os.write(terminal, b"source ./_bash && echo sour''ced\n")
        until(b"sourced")
        os.write(terminal, b"bauta expl\t E01\t2\n")
        until(b"Unknown key. Nothing reads it.")
    finally:
        os.write(terminal, b"\nexit\n")
        os.waitpid(pid, 0)
        os.close(terminal)


def test_the_manual_renders_without_a_warning(tmp_path):
    page = tmp_path / "bauta.1"
    page.write_text(process.bauta("man").out)
    done = subprocess.run([needs("groff"), "-man", "-Tutf8", "-ww", "-P-c", page],
                          capture_output=True, text=True)
    assert done.returncode == 0 and not done.stderr, done.stderr
    text = re.sub(".\b", "", done.stdout)
    for words in ("bauta quarantine replay", "--until-empty", "EXIT STATUS", "ENVIRONMENT",
                  "DATABASE_URL", "FILES", "keyring.json", "--reason-code REASON"):
        assert words in text, words


def test_the_manual_knows_the_exit_codes_of_the_readme():
    readme = (process.ROOT / "README.md").read_text().split("| code | meaning |")[1]
    codes = re.findall(r"^\| (\S[^|]*?) \|", readme.split("\n\n")[0], re.M)
    assert len(codes) > 5
    page = process.bauta("man").out.split(".SH EXIT STATUS")[1].split(".SH")[0]
    for code in codes:
        if code != "---":
            assert f".TP\n\\fB{code}\\fR\n" in page.replace("\\-", "-"), code
