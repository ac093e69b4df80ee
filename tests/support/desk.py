"""A reveal desk: a site with the roles and a vault, whose people have users of their own."""
import pty
import os
import subprocess

import psycopg2

from e2e import reference
from support import process
from support.process import Finished
from support.sealer import Sealer
from support.users import user

REASON = "ticket 4711: account takeover"


class Desk:
    """The config connects as `revealer`; the vault holds a few originals, and those of `keep`."""

    def __init__(self, site):
        self.site, self.database = site, site.database
        site.bauta("keys", "generate", "--no-passphrase")
        site.bauta("init", "--roles", "--create-table")
        self.ring = reference.KeyRing(site.keyring)
        self.sealer = Sealer(site.keyring)
        self.identity = site.home / "identity-v1.json"
        self.revealer = user(self.database, "pii_reveal")
        self.auditor = user(self.database, "pii_auditor")
        site.configure(url=self.revealer.url)
        self._files = 0

    def keep(self, value: str, domain: str = "ip", canon: str = "ip1") -> str:
        """Its token; the vault has the original."""
        token = self.ring.token(value, domain, canon)
        self.sealer.store(self.database, token, domain, canon, value)
        return token

    def reveal(self, *arguments, ok: bool = True, identity: bool = True, reason: str = REASON,
               text: str | None = None, json: bool = True) -> Finished:
        """`revealed`: what stands in the file that it made; `text`: its standard input."""
        self._files += 1
        out = self.site.home / f"revealed-{self._files}"
        ended = self.bauta("reveal", "--out", out, "--reason", reason,
                           *(["--identity", self.identity] if identity else []),
                           *(["-o", "json"] if json else []), *arguments, text=text)
        assert not ok or ended.code == 0, ended
        ended.file = out
        shown = Finished(arguments, ended.code, out.read_text() if out.exists() else "", "")
        ended.revealed = shown.lines if json else shown.out
        return ended

    def bauta(self, *arguments, text: str | None = None) -> Finished:
        done = subprocess.run([process.BAUTA, *map(str, arguments)], cwd=self.site.home,
                              env=process.environment(), input=text or "", capture_output=True,
                              text=True, timeout=60)
        return Finished(arguments, done.returncode, done.stdout, done.stderr)

    def on_a_terminal(self, *arguments, typed: str = "") -> tuple[int, str]:
        """Exit code and all that a person saw."""
        pid, terminal = pty.fork()
        if pid == 0:
            os.chdir(self.site.home)
            os.execve(process.BAUTA, ["bauta", *map(str, arguments)], process.environment())
        seen = b""
        if typed:
            os.write(terminal, typed.encode())
        while True:
            try:
                some = os.read(terminal, 65536)
            except OSError:
                break
            if not some:
                break
            seen += some
        os.close(terminal)
        return os.waitstatus_to_exitcode(os.waitpid(pid, 0)[1]), seen.decode()

    def audit(self) -> list[tuple]:
        return self.database.query("SELECT seq, actor, action, token, reason FROM pii.audit"
                                   " ORDER BY seq")


def ask(who, sql: str, *values) -> list[tuple]:
    """One statement in a transaction of its own, as that user."""
    connection = psycopg2.connect(who.url)
    connection.autocommit = True
    try:
        cursor = connection.cursor()
        cursor.execute(sql, values or None)
        return cursor.fetchall()
    finally:
        connection.close()
