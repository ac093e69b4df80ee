"""PgBouncer before a cluster, in transaction mode unless told otherwise."""
import os
import pwd
import shutil
import signal
import subprocess

import psycopg2

from support import process
from support.postgres import Cluster, unprivileged

PROGRAM = shutil.which("pgbouncer", path=os.environ["PATH"] + ":/usr/sbin")


class Pooler:
    def __init__(self, cluster: Cluster, **settings):
        assert PROGRAM, "pgbouncer is not installed; run script/bootstrap"
        self.home = process.folder("pgb")
        self._user = unprivileged()
        if self._user:
            os.chown(self.home, pwd.getpwnam(self._user).pw_uid, -1)
        self.port = process.free_port()
        users = self.home / "users"
        users.write_text('"postgres" ""\n')
        settings = {
            "listen_addr": "127.0.0.1", "listen_port": self.port, "unix_socket_dir": "",
            "auth_type": "trust", "auth_file": users, "admin_users": "postgres",
            "pool_mode": "transaction", "default_pool_size": 2, "server_login_retry": 1,
        } | settings
        self._ini = self.home / "pgbouncer.ini"
        self._ini.write_text(
            f"[databases]\n* = host={cluster.home} port={cluster.port}\n[pgbouncer]\n"
            + "".join(f"{name} = {value}\n" for name, value in settings.items()))
        self._log = open(self.home / "log", "w")
        self.start()

    def start(self) -> None:
        self._server = subprocess.Popen([PROGRAM, self._ini], stdout=self._log, stderr=self._log,
                                        user=self._user, cwd="/")
        process.wait_for(self._answers, "PgBouncer to start")

    def crash(self) -> None:
        self._server.send_signal(signal.SIGKILL)
        self._server.wait()

    def stop(self) -> None:
        self.crash()
        self._log.close()
        process.remove(self.home)

    def command(self, word: str) -> None:
        """PAUSE, RESUME and others of its console; returns when it has done so."""
        connection = psycopg2.connect(self.url("pgbouncer"))
        connection.autocommit = True
        connection.cursor().execute(word)
        connection.close()

    def url(self, database: str) -> str:
        return f"host=127.0.0.1 port={self.port} user=postgres dbname={database}"

    def _answers(self) -> bool:
        assert self._server.poll() is None, (self.home / "log").read_text()
        try:
            self.command("SHOW VERSION")
            return True
        except psycopg2.OperationalError:
            return False
