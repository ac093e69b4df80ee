"""What a process that runs shows to the machine that it runs on: its words, its output, every write."""
import hashlib
import hmac
import re
import shutil
import subprocess
from datetime import datetime, timedelta, timezone

import pytest

from support import process
from support.site import logins

ID, SECRET, TOKEN = "AKIDFROMATEST0000001", "s3cret/of+a+test/that/is/40/letters/long", "T0KEN0F" * 9


def signing_keys() -> list[str]:
    """Of yesterday to tomorrow, as the signer derives them, in hex."""
    keys = []
    for days in (-1, 0, 1):
        key = f"AWS4{SECRET}".encode()
        day = (datetime.now(timezone.utc) + timedelta(days)).strftime("%Y%m%d")
        for part in (day, "us-east-1", "sqs", "aws4_request"):
            key = hmac.new(key, part.encode(), hashlib.sha256).digest()
            keys.append(key.hex())
    return keys


def from_environment(_) -> dict:
    return {"AWS_ACCESS_KEY_ID": ID, "AWS_SECRET_ACCESS_KEY": SECRET, "AWS_SESSION_TOKEN": TOKEN}


def from_file(site) -> dict:
    file = site.home / "credentials"
    file.write_text(f"[default]\naws_access_key_id = {ID}\naws_secret_access_key = {SECRET}\n"
                    f"aws_session_token = {TOKEN}\n")
    file.chmod(0o600)
    return {"AWS_SHARED_CREDENTIALS_FILE": str(file)}


def traced(site, credentials: dict, *command) -> tuple[str, str]:
    """What it printed, and its calls that start a program or give bytes away."""
    if not shutil.which("strace"):
        pytest.skip("no strace; script/bootstrap installs it")
    trace = site.home / "trace"
    done = subprocess.run(
        ["strace", "-f", "-s", "100000", "-o", trace, "-e",
         "trace=execve,write,writev,pwrite64,send,sendto,sendmsg,sendmmsg", process.BAUTA, *command],
        cwd=site.home, env=process.environment(**credentials), capture_output=True, text=True,
        timeout=120)
    text = trace.read_text(errors="replace")
    if "execve" not in text:
        pytest.skip("this machine lets nobody trace")
    return done.stdout + done.stderr, text


@pytest.mark.parametrize("credentials", [from_environment, from_file])
@pytest.mark.parametrize("command", ["run --until-empty -v", "check", "config show --origin"])
def test_no_secret_leaves_the_process(site, credentials, command):
    site.queue.send_events(logins(20))
    key = site.keyring.read_text().split('"key":')[1].split('"')[1]
    words, trace = traced(site, credentials(site), *command.split())
    lines = trace.splitlines()

    for secret in (SECRET, key, *signing_keys()):
        assert secret not in words and secret not in trace
    assert TOKEN not in words
    with_token = [line for line in lines if TOKEN in line]
    assert all(re.search(r" send(to|msg)\(", line) for line in with_token), "to the queue alone"
    arguments = [line for line in lines if " execve(" in line]
    assert len(arguments) == 1 and ID not in arguments[0]
    if not command.startswith("config"):
        assert with_token, "nothing was signed with it"
        assert any("Authorization: AWS4-HMAC-SHA256" in line for line in lines)
        assert "Authorization" not in words and "AWS4-HMAC" not in words
