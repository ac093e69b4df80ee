"""Sites whose tokens have their originals in a vault, for a test file that imports the fixture."""
import pytest

from support.site import COLUMNS
from support.vault import Identity

VAULT = (COLUMNS.replace("canonical: ip}", "canonical: ip, vault: true}")
         .replace("canonical: text}", "canonical: text, vault: true}"))
RECIPIENT = "vault: {recipient: v1}\n"
MORE = RECIPIENT + "subject: user_id\n"


def configure(site, columns: str = VAULT, more: str = RECIPIENT, **changes) -> None:
    site.configure(columns, more, **changes)


def _prepared(bare, more: str):
    configure(bare, more=more)
    bare.prepare()
    bare.opener = Identity(bare.home / "identity-v1.json")
    return bare


@pytest.fixture
def vaulted(bare):
    return _prepared(bare, RECIPIENT)


@pytest.fixture
def site(bare):
    """Who is the subject of an event is known too."""
    return _prepared(bare, MORE)
