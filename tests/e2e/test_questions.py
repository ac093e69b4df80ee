"""The commands of docs/questions.md, as they stand there."""
import os
import re
import subprocess

import pytest

from support import process
from support.site import logins

PAGE = (process.ROOT / "docs/questions.md").read_text()
COMMANDS = [line.split(" # ")[0].rstrip() for block in re.findall(r"```sh\n(.*?)```", PAGE, re.S)
            for line in block.splitlines()]


@pytest.fixture
def asked(site):
    """A site with rows, something in the quarantine under the number of the page, and a message."""
    site.database.execute("ALTER TABLE bauta.quarantine ALTER COLUMN id RESTART WITH 17")
    site.queue.send_events([*logins(20), {"ip": "192.0.2.1"}])
    site.run()
    site.queue.send_events(logins(2))
    return site


def test_each_question_has_a_command():
    sections = PAGE.split("\n## ")[1:]
    assert len(sections) == 10
    for section in sections:
        assert "```sh\n" in section, section.splitlines()[0]


def test_each_command_works(asked):
    path = f"{process.BAUTA.parent}:{os.environ['PATH']}"
    env = process.environment(PATH=path, DATABASE_URL=asked.database.url)
    for command in COMMANDS:
        done = subprocess.run(["bash", "-c", command.replace("200000", "1000")], cwd=asked.home,
                              env=env, capture_output=True, text=True, timeout=120)
        if command == "bauta check":  # The test's server has fsync=off.
            assert done.returncode == 2 and done.stderr.count("error[") == 1, done
        elif "--empty-exit-code" in command:
            assert done.returncode == 0 and "2 committed" in done.stdout, done
        else:
            assert done.returncode == 0, done
