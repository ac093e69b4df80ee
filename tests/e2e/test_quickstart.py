"""A queue and a database of one's own, and nothing else prepared."""
import json
import signal
from types import SimpleNamespace

import pytest

from e2e.test_load import DATA as LOGINS
from e2e.test_load import expected
from support import process, queues
from support.postgres import Cluster, Database
from support.process import ROOT, Running
from support.queues import Queue
from support.site import ROWS, login, logins

from conftest import fresh

POSTGRES_10 = ROOT / "build/postgres/10/bin"


@pytest.fixture
def home():
    path = process.folder("quick")
    yield path
    process.remove(path)


def start(home, queue: str, url: str, endpoint: str, *arguments) -> Running:
    return Running("quickstart", "--queue", queue, "--until-empty", *arguments, cwd=home,
                   env=process.environment(DATABASE_URL=url, AWS_ENDPOINT_URL_SQS=endpoint))


@pytest.mark.parametrize("server", ["embedded", "query_only"])
def test_makes_all_that_is_missing_and_uses_it_again(home, database, server, request):
    server = request.getfixturevalue(server)
    queue = server.queue(fresh("logins"), VisibilityTimeout=30)
    url = database.cluster.tcp_url(database.name)
    queue.send_events([*logins(50), login(50, user_id=...)])
    ended = start(home, queue.name, url, queue.endpoint, "-o", "json").finish(60)
    assert ended.code == 0, ended
    assert ended.json["events"] == {"seen": 51, "inserted": 50, "duplicate": 0, "quarantined": 1}
    assert ended.json["endpoint"] == queue.endpoint
    assert ended.json["database_url"].startswith("postgresql://postgres@127.0.0.1:")
    made = {path.name: path.read_bytes() for path in (home / "bauta").iterdir()}
    assert made.keys() == {"bauta.yaml", "keyring.json", "identity-v1.json", "identity-q1.json"}
    assert "correct" not in ended.all + made["bauta.yaml"].decode()

    queue.send_events(logins(7))
    again = start(home, queue.name, url, queue.endpoint).finish(60)
    assert again.code == 0, again
    for word in ("inserted 7", "h1:k1:", "psql", "bauta run -c bauta/bauta.yaml"):
        assert word in again.out, again
    assert "correct" not in again.all
    assert {path.name: path.read_bytes() for path in (home / "bauta").iterdir()} == made
    assert database.one("SELECT count(*) FROM user_logins") == 57


def test_waits_for_queue_server_queue_and_database(home, cluster):
    name, port = fresh("late"), process.free_port()
    endpoint = f"http://127.0.0.1:{port}"
    run = start(home, name, cluster.tcp_url(name), endpoint, "-o", "json")
    try:
        process.wait_for(lambda: "waiting for the database" in run.err(), "it to wait")
        database = cluster.create(name)
        process.wait_for(lambda: "waiting for the queue" in run.err(), "it to wait again")
        server = queues.Embedded(listen=f"127.0.0.1:{port}")
        try:
            Queue(endpoint, name).send_events(logins(20))
            ended = run.finish(60)
        finally:
            server.stop()
    finally:
        run.kill()
    assert ended.code == 0, ended
    assert database.one("SELECT count(*) FROM user_logins") == ended.json["events"]["inserted"]


@pytest.mark.slow
@pytest.mark.parametrize("kind", [queues.LocalStack, queues.OldLocalStack, queues.ElasticMq])
def test_waits_ten_seconds_for_the_servers_of_the_exercise(home, kind, monkeypatch):
    """LocalStack as it is now, and what is as old as the exercise's own images: queues that do not
    know JSON, PostgreSQL 10.  Both start late, and the queue is made later still."""
    if not kind.HOME.exists():
        pytest.skip(f"{kind.__name__} is not installed; script/bootstrap --all does it")
    if kind is not queues.LocalStack and POSTGRES_10.exists():
        monkeypatch.setenv("POSTGRES_BIN", str(POSTGRES_10))
    cluster, port = Cluster(), process.free_port()
    cluster.crash()
    run = start(home, "login-queue", cluster.tcp_url("postgres"), f"http://127.0.0.1:{port}",
                "-o", "json")
    server = None
    try:
        process.wait_for(lambda: run.err().count("waiting for the database") > 2, "10 s")
        cluster.start()
        server = kind(port)
        process.wait_for(lambda: "waiting for the queue" in run.err(), "it to wait for the queue")
        events = json.loads(LOGINS.read_text())
        server.queue("login-queue").send_events(events)
        ended = run.finish(60)
        assert ended.code == 0, ended
        done = ended.json["events"]
        database = Database(cluster, "postgres")
        assert database.one("SELECT count(*) FROM user_logins") == done["inserted"]
        rest = start(home, "login-queue", cluster.tcp_url("postgres"), server.endpoint, "-o",
                     "json").finish(60).json["events"]
        assert done["seen"] + rest["seen"] == 100
        place = SimpleNamespace(database=database, keyring=home / "bauta/keyring.json")
        assert sorted(database.query(ROWS), key=repr) == expected(place, events)
    finally:
        run.kill()
        if server:
            server.stop()
        cluster.stop()


def test_tells_a_wrong_password_at_once(home, database, queue):
    ended = start(home, queue.name, database.cluster.tcp_url(database.name, "wrong horse"),
                  queue.endpoint).finish(30)
    assert ended.code == 2, ended
    assert "password" in ended.err and "horse" not in ended.all


@pytest.mark.parametrize("variables, says", [
    ({"AWS_REGION": "eu-central-1"}, "no AWS credentials"),
    ({"AWS_ENDPOINT_URL_SQS": "http://127.0.0.1:9", "PGSSLMODE": "verify-full",
      "PGSSLROOTCERT": "/nonexistent"}, "TLS"),
])
def test_what_waiting_cannot_mend_is_told_at_once(home, cluster, variables, says):
    env = process.environment(DATABASE_URL=cluster.tcp_url("postgres"), **variables)
    ended = Running("quickstart", "--queue", "q", cwd=home, env=env).finish(30)
    assert ended.code == 2 and says in ended.err and "waiting" not in ended.err, ended


def test_gives_up(home, queue):
    ended = start(home, queue.name, "postgresql://127.0.0.1:9/x", queue.endpoint,
                  "--wait", "1s").finish(30)
    assert ended.code == 3, ended


def test_a_stop_while_it_waits_is_no_failure(home):
    nowhere = f"postgresql://postgres@127.0.0.1:{process.free_port()}/x"
    run = start(home, "q", nowhere, f"http://127.0.0.1:{process.free_port()}")
    process.wait_for(lambda: "waiting for the database" in run.err(), "it to wait")
    run.signal(signal.SIGTERM)
    ended = run.finish(20)
    assert ended.code == 128 + signal.SIGTERM and "stopped before the run began" in ended.err, ended
