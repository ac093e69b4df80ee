"""What a running Bauta leaves of its keys where others could look."""
import os
import pathlib
import subprocess

import pytest

from support import process
from support.process import Running, wait_for
from support.site import logins

SECRET = "s3cret/of+a+test/that/is/40/letters/long"


@pytest.fixture
def running(site):
    """A run that has keys in hand and waits for more messages."""
    env = process.environment(AWS_ACCESS_KEY_ID="AKIDFROMATEST0000001", AWS_SECRET_ACCESS_KEY=SECRET)
    run = Running("run", cwd=site.home, env=env)
    site.queue.send_events(logins(3))
    wait_for(lambda: site.count() == 3 or run.process.poll() is not None, "three rows")
    assert run.process.poll() is None, run.finish()
    yield site, run
    run.kill()


def proc(run, name: str) -> str:
    return pathlib.Path(f"/proc/{run.process.pid}/{name}").read_text(errors="replace")


def test_keys_are_in_locked_memory_and_no_core_would_be_written(running):
    _, run = running
    locked = int(proc(run, "status").split("VmLck:")[1].split()[0])
    assert locked >= 4, "kB"
    [core] = [line for line in proc(run, "limits").splitlines() if line.startswith("Max core file")]
    assert core.split()[4:6] == ["0", "0"]


def test_what_it_was_called_with_holds_no_secret(running):
    site, run = running
    key = site.keyring.read_text().split('"key":')[1].split('"')[1]
    line = proc(run, "cmdline")
    assert SECRET not in line and key not in line and "password" not in line
    assert key not in proc(run, "environ")


def test_neither_memory_nor_environment_is_its_users_to_read(running):
    """Not dumpable: what is in /proc belongs to root, and who has the same uid may not trace it."""
    _, run = running
    for name in ("mem", "environ", "maps"):
        assert os.stat(f"/proc/{run.process.pid}/{name}").st_uid == 0
    if os.geteuid() != 0:
        pytest.skip("only root can be somebody else")
    home = process.folder("nobody")
    try:
        program = home / "bauta"
        program.write_bytes(process.BAUTA.read_bytes())
        program.chmod(0o755)
        server = subprocess.Popen([program, "queue", "serve", "--listen", "127.0.0.1:0"], cwd=home,
                                  user="nobody", env=process.environment(PROBE=SECRET),
                                  stdout=subprocess.PIPE, stderr=subprocess.DEVNULL)
        try:
            assert b"endpoint" in server.stdout.readline()
            for name in ("environ", "mem", "maps"):
                done = subprocess.run(["head", "-c", "1", f"/proc/{server.pid}/{name}"],
                                      user="nobody", capture_output=True)
                assert done.returncode != 0 and b"denied" in done.stderr, name
        finally:
            server.kill()
            server.wait()
    finally:
        process.remove(home)


def test_no_core_is_written_even_where_one_may_be(running):
    site, run = running
    before = set(site.home.iterdir())
    run.process.send_signal(6)
    _, status = os.waitpid(run.process.pid, 0)
    assert os.WTERMSIG(status) == 6 and not os.WCOREDUMP(status), "the kernel says whether"
    assert set(site.home.iterdir()) == before


def test_files_of_keys_are_its_users_alone(site):
    made = [site.keyring, *site.home.glob("identity-*.json")]
    assert len(made) == 3
    for file in made:
        assert file.stat().st_mode & 0o7777 == 0o600 and file.stat().st_uid == os.geteuid()
    for mode in (0o640, 0o604, 0o660):
        site.keyring.chmod(mode)
        ended = site.run(ok=False)
        assert ended.code == 2 and f"mode {mode:04o}" in ended.err, ended
