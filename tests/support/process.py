"""Waiting, ports, folders and Bauta's own process."""
import json
import os
import pathlib
import shutil
import signal
import socket
import subprocess
import tempfile
import time

ROOT = pathlib.Path(__file__).resolve().parents[2]
BAUTA = pathlib.Path(os.environ.get("BAUTA", ROOT / "build/release/bauta")).resolve()
FOREIGN = ("AWS_", "PG", "BAUTA_", "DATABASE_URL", "LOCALSTACK", "NO_COLOR")


def environment(**more: str) -> dict[str, str]:
    """Ours without what would configure Bauta, AWS clients or libpq behind a test's back."""
    kept = {k: v for k, v in os.environ.items() if not k.startswith(FOREIGN)}
    nowhere = {"AWS_SHARED_CREDENTIALS_FILE": "/dev/null", "AWS_CONFIG_FILE": "/dev/null",
               "AWS_EC2_METADATA_DISABLED": "true", "PGPASSFILE": "/nonexistent"}
    return kept | nowhere | more


def wait_for(condition, what: str, seconds: float = 60, every: float = 0.02):
    """The first true answer of `condition`; fails the test when none comes in time."""
    end = time.monotonic() + seconds
    while True:
        answer = condition()
        if answer:
            return answer
        if time.monotonic() > end:
            raise AssertionError(f"waited {seconds} s in vain for {what}")
        time.sleep(every)


def free_port() -> int:
    with socket.socket() as s:
        s.bind(("127.0.0.1", 0))
        return s.getsockname()[1]


def folder(name: str) -> pathlib.Path:
    """A new folder with a short path (sockets go in there) that other users may enter."""
    path = pathlib.Path(tempfile.mkdtemp(prefix=f"bt-{name}-", dir="/tmp"))
    path.chmod(0o755)
    return path


def remove(path: pathlib.Path) -> None:
    shutil.rmtree(path, ignore_errors=True)


class Finished:
    """How a command ended."""

    def __init__(self, arguments, code: int, out: str, err: str):
        self.arguments, self.code, self.out, self.err = arguments, code, out, err

    @property
    def json(self):
        """The last line of the output, which is the object that scripts read."""
        assert self.out.strip(), f"no output; {self}"
        return json.loads(self.out.strip().splitlines()[-1])

    @property
    def lines(self) -> list:
        return [json.loads(line) for line in self.out.splitlines()]

    @property
    def all(self) -> str:
        return self.out + self.err

    def __repr__(self):
        return (f"bauta {' '.join(map(str, self.arguments))} ended with {self.code}\n"
                f"--- stdout\n{self.out[-4000:]}\n--- stderr\n{self.err[-4000:]}")


class Running:
    """A command under way; its outputs go to files, so that it never waits for a reader."""

    def __init__(self, *arguments, cwd, env=None, user=None):
        self.arguments = arguments
        self._out = tempfile.TemporaryFile("w+", errors="replace")
        self._err = tempfile.TemporaryFile("w+", errors="replace")
        self.process = subprocess.Popen(
            [str(BAUTA), *map(str, arguments)], cwd=cwd, env=env or environment(),
            stdin=subprocess.DEVNULL, stdout=self._out, stderr=self._err, user=user,
            start_new_session=True)

    def signal(self, number: int) -> None:
        """Sends the signal and waits until the process took it."""
        self.process.send_signal(number)

        def taken():
            try:
                text = pathlib.Path(f"/proc/{self.process.pid}/status").read_text()
            except (FileNotFoundError, ProcessLookupError):
                return True
            pending = int(text.split("ShdPnd:")[1].split()[0], 16)
            return not pending >> (number - 1) & 1

        wait_for(taken, "the signal to be taken", every=0.005)

    def resident(self) -> int:
        """Bytes of memory."""
        status = pathlib.Path(f"/proc/{self.process.pid}/status").read_text()
        return int(status.split("VmRSS:")[1].split()[0]) * 1024

    def out(self) -> str:
        return self._text(self._out)

    def err(self) -> str:
        return self._text(self._err)

    def finish(self, seconds: float = 60) -> Finished:
        try:
            code = self.process.wait(seconds)
        except subprocess.TimeoutExpired:
            self.kill()
            ended = Finished(self.arguments, -9, self.out(), self.err())
            raise AssertionError(f"did not end within {seconds} s: {ended}") from None
        if code < 0:
            code = 128 - code
        return Finished(self.arguments, code, self.out(), self.err())

    def kill(self) -> None:
        if self.process.poll() is None:
            self.process.send_signal(signal.SIGKILL)
        self.process.wait()

    @staticmethod
    def _text(file) -> str:
        with open(f"/proc/self/fd/{file.fileno()}", errors="replace") as copy:  # own position
            return copy.read()


def bauta(*arguments, cwd="/tmp", seconds: float = 60, env=None, user=None) -> Finished:
    return Running(*arguments, cwd=cwd, env=env, user=user).finish(seconds)
