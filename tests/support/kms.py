"""AWS KMS as moto plays it, behind a door that counts the calls and may refuse them."""
import base64
import json

import boto3

from support import process
from support.queues import Proxy


class Door(Proxy):
    says: str | None = None  # The code with which every call is refused.

    def _answer(self, target, call, request, body):
        if not self.says:
            return super()._answer(target, call, request, body)
        answer = json.dumps({"__type": self.says, "message": "as the test wants it"})
        return 400, [("Content-Type", "application/x-amz-json-1.1")], answer.encode()


class Kms:
    """Two keys: one for token keys, one for identities."""

    def __init__(self, endpoint: str):
        self.client = boto3.client("kms", endpoint_url=endpoint, region_name="us-east-1",
                                   aws_access_key_id="test", aws_secret_access_key="test")
        self.door = Door(endpoint)
        self.tokens, self.desk = self.new_key(), self.new_key()

    def new_key(self) -> str:
        return self.client.create_key()["KeyMetadata"]["Arn"]

    def alias(self, name: str, arn: str) -> str:
        self.client.create_alias(AliasName=f"alias/{name}", TargetKeyId=arn)
        return f"alias/{name}"

    @property
    def environment(self) -> dict[str, str]:
        return process.environment(AWS_ENDPOINT_URL_KMS=self.door.endpoint, AWS_REGION="us-east-1")

    def calls(self) -> dict[str, int]:
        """Since they were asked for the last time."""
        calls = dict(self.door.calls)
        self.door.calls.clear()
        return calls

    def unwrap(self, wrapped: dict) -> bytes:
        """What a file keeps of a key: docs/formats/keyring.md."""
        return self.client.decrypt(
            KeyId=wrapped["key_id"], EncryptionContext=wrapped["context"],
            CiphertextBlob=base64.b64decode(wrapped["ciphertext_blob"], validate=True))["Plaintext"]
