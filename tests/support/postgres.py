"""A throw-away PostgreSQL cluster, on a socket and a free port of the loopback."""
import os
import pathlib
import pwd
import signal
import subprocess
from contextlib import contextmanager

import psycopg2
import pytest

from support import process

PASSWORD = "correct horse"


def binaries() -> pathlib.Path:
    """The server's: POSTGRES_BIN, or those of the newest version that is installed."""
    if chosen := os.environ.get("POSTGRES_BIN"):
        return pathlib.Path(chosen).resolve()
    return installed()


def installed() -> pathlib.Path:
    """With psql and pg_dump."""
    found = sorted(pathlib.Path("/usr/lib/postgresql").glob("*/bin"),
                   key=lambda path: float(path.parent.name))
    assert found, "no PostgreSQL server is installed; run script/bootstrap"
    return found[-1]


def unprivileged() -> str | None:
    """Whom the server runs as: it refuses root."""
    if os.getuid() != 0:
        return None
    for name in ("postgres", "nobody"):
        try:
            return pwd.getpwnam(name).pw_name
        except KeyError:
            pass
    raise AssertionError("neither a user postgres nor nobody to run the server as")


class Cluster:
    """Its superuser is `postgres`: without password on the socket, with PASSWORD over TCP."""

    def __init__(self, fsync: bool = False, **settings):
        self._prepare(settings if fsync else {"fsync": "off", "full_page_writes": "off"} | settings)
        password = self.home / "password"
        password.write_text(PASSWORD)
        self._run("initdb", "-D", self._data, "-U", "postgres", "-E", "UTF8", "--locale=C",
                  "--auth-local=trust", "--auth-host=scram-sha-256", f"--pwfile={password}",
                  *([] if fsync else ["--no-sync"]))
        self.start()

    def _prepare(self, settings: dict) -> None:
        self.home = process.folder("pg")
        self._user = unprivileged()
        if self._user:
            os.chown(self.home, pwd.getpwnam(self._user).pw_uid, -1)
        self.port = process.free_port()
        self._data = self.home / "data"
        self._settings = settings
        self._log = open(self.home / "log", "w")

    def follower(self) -> "Cluster":
        """A hot standby of this one; where it is awaited, this one commits what it has."""
        standby = Cluster.__new__(Cluster)
        standby._prepare({k: v for k, v in self._settings.items()
                          if k != "synchronous_standby_names"})
        self._run("pg_basebackup", "-d", self.url("postgres"), "-D", standby._data, "-R",
                  "--checkpoint=fast", "--no-sync")
        standby.start()
        return standby

    def start(self, wait: bool = True) -> None:
        settings = [word for name, value in self._settings.items()
                    for word in ("-c", f"{name}={value}")]
        self._server = subprocess.Popen(
            [binaries() / "postgres", "-D", self._data, "-k", self.home, "-p", str(self.port),
             "-c", "listen_addresses=127.0.0.1", *settings],
            stdout=self._log, stderr=self._log, user=self._user, cwd="/")
        if wait:
            process.wait_for(self._answers, "PostgreSQL to start", 60)

    def crash(self) -> None:
        """As when the power fails, but for what the disk holds."""
        self.signal(signal.SIGQUIT)
        self.wait_for_end()

    def signal(self, number: int) -> None:
        """SIGTERM lets sessions end by themselves (smart), SIGINT ends them (fast)."""
        self._server.send_signal(number)

    def wait_for_end(self) -> None:
        self._server.wait(20)

    def demote(self, **settings) -> None:
        """Down, and up again as a standby that follows nobody."""
        if int((self._data / "PG_VERSION").read_text()) < 12:
            pytest.skip("a standby is told otherwise before PostgreSQL 12")
        self.signal(signal.SIGINT)
        self.wait_for_end()
        (self._data / "standby.signal").touch()
        self._settings |= settings
        self.start(wait=self._settings.get("hot_standby") != "off")

    def promote(self) -> None:
        self._run("pg_ctl", "promote", "-D", self._data, "-w")
        process.wait_for(self._answers, "the promoted server", 30)

    def mend(self) -> None:
        """Whatever a test did to it: it runs and takes writes."""
        if self._server.poll() is not None:
            self.start(wait=False)
        if (self._data / "standby.signal").exists():
            self.promote()
        process.wait_for(self._answers, "PostgreSQL to start", 60)
        self.reset_settings()

    def set(self, name: str, value) -> None:
        """A setting of the server, from now on for all sessions."""
        admin = Database(self, "postgres")
        admin.execute(f"ALTER SYSTEM SET {name} = %s", value)
        admin.execute("SELECT pg_reload_conf()")

    def reset_settings(self) -> None:
        admin = Database(self, "postgres")
        admin.execute("ALTER SYSTEM RESET ALL")
        admin.execute("SELECT pg_reload_conf()")

    def _run(self, program, *arguments) -> str:
        done = subprocess.run([binaries() / program, *map(str, arguments)], cwd="/",
                              user=self._user, capture_output=True, text=True)
        assert done.returncode == 0, done.stderr
        return done.stdout

    def _answers(self) -> bool:
        assert self._server.poll() is None, (self.home / "log").read_text()
        try:
            psycopg2.connect(self.url("postgres")).close()
            return True
        except psycopg2.OperationalError:
            return False

    def url(self, database: str) -> str:
        return f"host={self.home} port={self.port} user=postgres dbname={database}"

    def tcp_url(self, database: str, password: str = PASSWORD) -> str:
        return (f"postgresql://postgres:{password.replace(' ', '%20')}"
                f"@127.0.0.1:{self.port}/{database}")

    def create(self, name: str) -> "Database":
        Database(self, "postgres").execute(f'CREATE DATABASE "{name}"')
        return Database(self, name)

    def stop(self) -> None:
        self._server.send_signal(signal.SIGINT)
        try:
            self._server.wait(20)
        except subprocess.TimeoutExpired:
            self._server.send_signal(signal.SIGQUIT)
            self._server.wait()
        self._log.close()
        process.remove(self.home)


class Database:
    def __init__(self, cluster: Cluster, name: str):
        self.cluster, self.name, self.url = cluster, name, cluster.url(name)

    @contextmanager
    def connect(self):
        connection = psycopg2.connect(self.url)
        try:
            yield connection
        finally:
            connection.close()

    def query(self, sql: str, *values) -> list[tuple]:
        with self.connect() as connection, connection.cursor() as cursor:
            cursor.execute(sql, values or None)
            return cursor.fetchall()

    def one(self, sql: str, *values):
        return self.query(sql, *values)[0][0]

    def execute(self, sql: str, *values) -> None:
        with self.connect() as connection:
            connection.autocommit = True
            with connection.cursor() as cursor:
                cursor.execute(sql, values or None)

    def has(self, relation: str) -> bool:
        return self.one("SELECT to_regclass(%s) IS NOT NULL", relation)

    def psql(self, script: str) -> str:
        done = subprocess.run(
            [installed() / "psql", "-X", "-q", "-v", "ON_ERROR_STOP=1", "-d", self.url],
            input=script, capture_output=True, text=True, env=process.environment())
        assert done.returncode == 0, done.stderr
        return done.stdout

    def version(self) -> int:
        return self.one("SELECT current_setting('server_version_num')::int") // 10000

    def dump(self, *options: str) -> str:
        if self.version() > int(installed().parent.name):
            pytest.skip("pg_dump is older than the server")
        done = subprocess.run([installed() / "pg_dump", *options, "-d", self.url],
                              capture_output=True, text=True, env=process.environment())
        assert done.returncode == 0, done.stderr
        # Newer dumps carry a random word against injection.
        return "\n".join(line for line in done.stdout.splitlines() if "restrict " not in line)
