"""What the tests stand on."""
import pytest

from support.queues import Server


def test_a_server_that_never_answers_is_not_left_running():
    made = []

    class Deaf(Server):
        def __init__(self):
            made.append(self)
            super().__init__(["sleep", "600"], ready=lambda: False, seconds=0.1)

    with pytest.raises(AssertionError, match="to answer"):
        Deaf()
    assert made[0].process.poll() is not None
