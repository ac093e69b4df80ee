"""The servers (one of each a test process) and a site for each test."""
import itertools
import os

import pytest

from support import process, queues
from support.postgres import Cluster
from support.queues import Queue
from support.site import Site

_numbers = itertools.count()


def pytest_sessionstart(session):
    if not process.BAUTA.exists():
        pytest.exit(f"{process.BAUTA} is not built; run script/build", 2)


def fresh(name: str) -> str:
    return f"{name}-{os.getpid()}-{next(_numbers)}"


@pytest.fixture(scope="session")
def cluster():
    server = Cluster()
    yield server
    server.stop()


@pytest.fixture(scope="session")
def embedded():
    server = queues.Embedded()
    yield server
    server.stop()


@pytest.fixture(scope="session")
def moto():
    server = queues.Moto()
    yield server
    server.stop()


def installed(kind):
    if not kind.HOME.exists():
        pytest.skip(f"{kind.__name__} is not installed; script/bootstrap --all does it")
    server = kind()
    yield server
    server.stop()


@pytest.fixture(scope="session")
def localstack():
    yield from installed(queues.LocalStack)


@pytest.fixture(scope="session")
def old_localstack():
    yield from installed(queues.OldLocalStack)


@pytest.fixture(scope="session")
def elasticmq():
    yield from installed(queues.ElasticMq)


@pytest.fixture(scope="session")
def new_elasticmq():
    yield from installed(queues.NewElasticMq)


@pytest.fixture(scope="session")
def fauxqs():
    yield from installed(queues.Fauxqs)


@pytest.fixture(scope="session")
def query_only(moto):
    door = queues.QueryOnly(moto.endpoint)
    yield door
    door.stop()


@pytest.fixture
def database(cluster):
    return cluster.create(fresh("db"))


@pytest.fixture
def queue(embedded):
    return Queue(embedded.endpoint, fresh("logins"), VisibilityTimeout=30)


@pytest.fixture
def bare(database, queue):
    """A site with a config, but neither keys nor schema."""
    site = Site(database, queue)
    yield site
    site.close()


@pytest.fixture
def site(bare):
    return bare.prepare()


@pytest.fixture(params=["embedded", "moto", "query_only",
                        pytest.param("localstack", marks=pytest.mark.slow),
                        pytest.param("old_localstack", marks=pytest.mark.slow),
                        pytest.param("elasticmq", marks=pytest.mark.slow),
                        pytest.param("new_elasticmq", marks=pytest.mark.slow)])
def any_site(request, database):
    """A prepared site on each of the queue servers."""
    server = request.getfixturevalue(request.param)
    place = Site(database, server.queue(fresh("logins"), VisibilityTimeout=30))
    place.endpoint = server.endpoint
    place.forgets_no_delete = request.param == "embedded"
    place.configure()
    yield place.prepare()
    place.close()


@pytest.fixture
def proxy(queue):
    door = queues.Proxy(queue.endpoint)
    yield door
    door.stop()
