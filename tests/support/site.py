"""One place where Bauta works: a folder with config and keys, a database, a queue."""
import base64
import hashlib
import hmac
import json
import pathlib

from support import process
from support.process import Finished, Running
from support.queues import Queue

COLUMNS = """\
  user_id:          {from: /user_id, required: true}
  device_type:      {from: /device_type}
  masked_ip:        {from: /ip, required: true, mask: hmac-sha256, canonical: ip}
  masked_device_id: {from: /device_id, required: true, mask: hmac-sha256, canonical: text}
  locale:           {from: /locale}
  app_version:      {from: /app_version, as: version}
  create_date:      {from: /create_date, default: sent_at}
"""
NESTED = (COLUMNS.replace("/user_id", "/user/id").replace("/ip,", "/user/ip,")
          .replace("from: /device_id", "domain: device_id, from: /devices/0/id"))
ROWS = ("SELECT user_id, device_type, masked_ip, masked_device_id, locale, app_version, create_date"
        " FROM user_logins")


class Site:
    def __init__(self, database, queue: Queue | None):
        self.home = process.folder("site")
        self.database, self.queue = database, queue
        self.endpoint = queue.endpoint if queue else "http://127.0.0.1:9"
        self.configure()

    def configure(self, columns: str = COLUMNS, more: str = "", **changes) -> None:
        """Writes bauta.yaml; `changes` are endpoint, queue, url, table, recipient, rows."""
        use = {"endpoint": self.endpoint, "queue": self.queue.name if self.queue else "nowhere",
               "url": self.database.url, "table": "user_logins", "recipient": "q1",
               "rows": 500, "stop_above": "50%"} | changes
        quarantine = f", recipient: {use['recipient']}" if use["recipient"] else ""
        self.config.write_text(
            "pipeline: logins\n"
            f"source: {{sqs: {{queue: {use['queue']}, region: us-east-1, "
            f"endpoint: \"{use['endpoint']}\"}}}}\n"
            f"target:\n  postgres:\n    url: \"{use['url']}\"\n    table: {use['table']}\n"
            f"    batch: {{rows: {use['rows']}}}\n"
            f"columns:\n{columns}"
            "keys: {file: keyring.json}\n"
            f"quarantine: {{stop_above: {use['stop_above']}{quarantine}}}\n{more}")

    @property
    def config(self) -> pathlib.Path:
        return self.home / "bauta.yaml"

    @property
    def keyring(self) -> pathlib.Path:
        return self.home / "keyring.json"

    @property
    def identity(self) -> pathlib.Path:
        return self.home / "identity-q1.json"

    def bauta(self, *arguments, ok: bool = True, seconds: float = 60, env=None) -> Finished:
        done = process.bauta(*arguments, cwd=self.home, seconds=seconds, env=env)
        assert not ok or done.code == 0, done
        return done

    def start(self, *arguments) -> Running:
        return Running(*arguments, cwd=self.home)

    def prepare(self) -> "Site":
        """Keys, schema and the table of the exercise."""
        self.bauta("keys", "generate", "--no-passphrase")
        self.bauta("init", "--create-table")
        return self

    def rotate(self, first: str = "ENABLED") -> None:
        """Adds key k2 to the ring and makes it the primary; `first`: the status of k1 then."""
        ring = json.loads(self.keyring.read_text())
        [k1] = [key for key in ring["keys"] if key["kid"] == "k1"]
        k1["status"] = first
        if first == "DESTROYED":
            k1["material"] = None
        if len(ring["keys"]) == 1:
            material = hashlib.sha256(b"k2").digest()
            prk = hmac.new(b"pii-token-v1", material, hashlib.sha256).digest()
            kcv = hmac.new(prk, b"kcv\0\0\1", hashlib.sha256).hexdigest()[:8]
            ring["keys"].append({"kid": "k2", "status": "ENABLED", "created": "2026-02-02",
                                 "kcv": kcv, "material": {
                                     "type": "raw", "key": base64.b64encode(material).decode()}})
        ring["primary"] = "k2"
        self.keyring.write_text(json.dumps(ring))

    def run(self, *arguments, **options) -> Finished:
        return self.bauta("run", "--until-empty", "-o", "json", *arguments, **options)

    def rows(self) -> list[tuple]:
        return self.database.query(ROWS)

    def count(self, relation: str = "user_logins") -> int:
        return self.database.one(f"SELECT count(*) FROM {relation}")

    def load(self, path: pathlib.Path) -> dict:
        return self.bauta("queue", "load", "--file", path, "--queue", self.queue.name,
                          "-o", "json").json

    def close(self) -> None:
        process.remove(self.home)


def login(i: int, **changes) -> dict:
    """A good login event, all of its own; a change to `...` leaves the field out."""
    event = {"user_id": f"user-{i}", "app_version": f"{i % 9}.{i % 10}.{i % 11}",
             "device_type": "ios" if i % 2 else "android", "ip": f"198.51.100.{i % 250 + 1}",
             "locale": None if i % 3 == 0 else "DE",
             "device_id": f"{i % 1000:03}-{i % 97:02}-{i % 9973:04}"} | changes
    return {key: value for key, value in event.items() if value is not ...}


def logins(count: int, **changes) -> list[dict]:
    return [login(i, **changes) for i in range(count)]


def write_json(path: pathlib.Path, events: list) -> pathlib.Path:
    path.write_text(json.dumps(events))
    return path
