"""A test file's own PostgreSQL, in the place of everybody's: roles belong to the whole cluster."""
import pytest

from support.postgres import Cluster


@pytest.fixture(scope="module")
def cluster():
    server = Cluster()
    yield server
    server.stop()
