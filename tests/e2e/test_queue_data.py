"""`bauta queue serve --data DIR`: what was answered is so, whenever and however the process ends."""
import json
import pathlib
import random
import resource
import signal
import stat
import subprocess
import sys
import threading
import urllib.error
import urllib.parse
import urllib.request
import xml.etree.ElementTree as ElementTree

import boto3
import botocore.config
import botocore.exceptions
import pytest

from support import process, queues

LOST = (botocore.exceptions.HTTPClientError, botocore.exceptions.EndpointConnectionError)


@pytest.fixture
def directory(tmp_path) -> pathlib.Path:
    return tmp_path / "data"


class Server(queues.Embedded):
    def __init__(self, directory, *options):
        super().__init__("--data", str(directory), *options)

    def kill(self) -> None:
        self.process.send_signal(signal.SIGKILL)
        self.process.wait()
        self.stop()

    def client(self):
        """One that tries everything once."""
        return boto3.client(
            "sqs", endpoint_url=self.endpoint, region_name="us-east-1",
            aws_access_key_id="test", aws_secret_access_key="test",
            config=botocore.config.Config(retries={"total_max_attempts": 1}))

    def messages(self, queue: str) -> list[dict]:
        """Whatever is in the queue, in its order, without receiving it."""
        query = urllib.parse.urlencode({"QueueUrl": queue, "ShowInvisible": "true",
                                        "ShowDelayed": "true"})
        with urllib.request.urlopen(f"{self.endpoint}/_aws/sqs/messages?{query}") as answer:
            root = ElementTree.fromstring(answer.read())
        found = []
        for message in root.findall(".//{*}Message"):
            attributes = {a.find("{*}Name").text: a.find("{*}Value").text
                          for a in message.findall("{*}Attribute")}
            found.append({"id": message.find("{*}MessageId").text,
                          "body": message.find("{*}Body").text,
                          "receives": int(attributes["ApproximateReceiveCount"]),
                          "group": attributes.get("MessageGroupId")})
        return found


class Worker(threading.Thread):
    """Sends, receives, releases and deletes until the server is gone; remembers what it was
    told, and what it may have done without being told."""

    def __init__(self, sqs, name: str, held: list, seed: str, done: threading.Semaphore):
        super().__init__(name=name)
        self.sqs, self.dice, self.done = sqs, random.Random(seed), done
        self.held = held  # (queue, body, handle); of earlier rounds too.
        self.count = 0
        self.sent, self.deleted = {}, set()  # (queue, body): id
        self.asked_to_send, self.asked_to_delete = set(), set()
        self.receives: dict[tuple, int] = {}
        self.problems: list[str] = []

    def run(self) -> None:
        steps = [self.send, self.send, self.receive, self.receive, self.delete, self.delete,
                 self.change]
        try:
            while True:
                self.dice.choice(steps)(self.dice.choice(["q", "q.fifo"]))
                self.done.release()
        except LOST:
            pass
        except Exception as problem:  # pylint: disable=broad-except
            self.problems.append(repr(problem)[:300])
        finally:
            self.done.release(1_000)

    def send(self, queue: str) -> None:
        entries = []
        for i in range(self.dice.randint(1, 10)):
            self.count += 1
            body = f"{self.name} {self.count:06}" + "x" * self.dice.choice([0, 100, 9_000])
            entry = {"Id": str(i), "MessageBody": body}
            if queue == "q.fifo":
                entry |= {"MessageGroupId": self.name, "MessageDeduplicationId": f"{self.name}-{self.count}"}
            entries.append(entry)
        self.asked_to_send |= {(queue, e["MessageBody"]) for e in entries}
        for sent in self.sqs.send_message_batch(QueueUrl=queue, Entries=entries)["Successful"]:
            self.sent[queue, entries[int(sent["Id"])]["MessageBody"]] = sent["MessageId"]

    def receive(self, queue: str) -> None:
        for message in self.sqs.receive_message(
                QueueUrl=queue, MaxNumberOfMessages=self.dice.randint(1, 10),
                VisibilityTimeout=self.dice.choice([0, 30, 3600]),
                AttributeNames=["ApproximateReceiveCount"]).get("Messages", []):
            key = (queue, message["Body"])
            self.receives[key] = int(message["Attributes"]["ApproximateReceiveCount"])
            self.held.append((*key, message["ReceiptHandle"]))

    def take(self, queue: str) -> list:
        mine = [h for h in self.held if h[0] == queue]
        chosen = self.dice.sample(mine, min(len(mine), self.dice.randint(1, 10)))
        for one in chosen:
            self.held.remove(one)
        return chosen

    def delete(self, queue: str) -> None:
        chosen = self.take(queue)
        if not chosen:
            return
        self.asked_to_delete |= {c[:2] for c in chosen}
        answer = self.sqs.delete_message_batch(QueueUrl=queue, Entries=[
            {"Id": str(i), "ReceiptHandle": c[2]} for i, c in enumerate(chosen)])
        self.deleted |= {chosen[int(d["Id"])][:2] for d in answer.get("Successful", [])}

    def change(self, queue: str) -> None:
        for _, _, handle in self.take(queue)[:1]:
            try:
                self.sqs.change_message_visibility(QueueUrl=queue, ReceiptHandle=handle,
                                                   VisibilityTimeout=self.dice.choice([0, 30]))
            except botocore.exceptions.ClientError:
                pass  # Another has deleted it, or holds it (FIFO).


def test_what_was_answered_survives_kill_9_in_a_storm(directory):
    seed = random.randrange(10**9)
    print("seed", seed)
    dice = random.Random(seed)
    server = Server(directory, "--queue", "q", "--queue", "q.fifo")
    sent, deleted, asked_to_send, asked_to_delete, receives = {}, set(), set(), set(), {}
    held: dict[str, list] = {}
    for round_ in range(10):
        done = threading.Semaphore(0)
        sqs = server.client()
        workers = [Worker(sqs, f"{round_}-{i}", held.setdefault(i, []), f"{seed} {round_} {i}",
                          done) for i in range(6)]
        for worker in workers:
            worker.start()
        for _ in range(dice.randint(40, 200)):
            done.acquire()
        server.kill()
        for worker in workers:
            worker.join()
            assert not worker.problems, worker.problems
            sent |= worker.sent
            deleted |= worker.deleted
            asked_to_send |= worker.asked_to_send
            asked_to_delete |= worker.asked_to_delete
            for key, count in worker.receives.items():
                receives[key] = max(count, receives.get(key, 0))

        server = Server(directory)
        there = [(queue, m) for queue in ("q", "q.fifo") for m in server.messages(queue)]
        keys = [(queue, m["body"]) for queue, m in there]
        assert len(keys) == len(set(keys)), "a message came twice"
        assert set(keys) <= asked_to_send
        lost = sent.keys() - asked_to_delete - set(keys)
        assert not lost, f"{len(lost)} that were sent are gone"
        back = deleted & set(keys)
        assert not back, f"{len(back)} that were deleted came back"
        for (queue, message), key in zip(there, keys):
            assert sent.get(key) in (None, message["id"])
            assert message["receives"] >= receives.get(key, 0), "a receive was forgotten"
        by_group: dict[str, list] = {}
        for queue, message in there:
            if queue == "q.fifo":
                by_group.setdefault(message["group"], []).append(message["body"])
        assert all(bodies == sorted(bodies) for bodies in by_group.values())
        # What could not be told is from now on as it was found.
        asked_to_delete &= deleted | (asked_to_delete - set(keys))
        sent |= {key: message["id"] for (_, message), key in zip(there, keys)}
    print(len(sent), "sent,", len(deleted), "deleted,", len(receives), "received,", len(keys), "left")
    assert len(sent) > 500 and len(deleted) > 100 and len(keys) > 100, "no storm"
    server.stop()


def test_queues_are_as_they_were_told_to_be(directory):
    server = Server(directory)
    sqs = server.client()
    dead = sqs.create_queue(QueueName="dead")["QueueUrl"]
    arn = "arn:aws:sqs:us-east-1:000000000000:"
    url = sqs.create_queue(
        QueueName="q", tags={"team": "a", "old": "x"}, Attributes={
            "VisibilityTimeout": "7", "DelaySeconds": "0", "MessageRetentionPeriod": "3600",
            "MaximumMessageSize": "2048", "ReceiveMessageWaitTimeSeconds": "0",
            "Policy": json.dumps({"Version": "2012-10-17", "Statement": []}),
            "RedrivePolicy": json.dumps({"deadLetterTargetArn": arn + "dead",
                                         "maxReceiveCount": 1})})["QueueUrl"]
    sqs.set_queue_attributes(QueueUrl=dead, Attributes={
        "RedriveAllowPolicy": json.dumps({"redrivePermission": "allowAll"})})
    sqs.add_permission(QueueUrl=url, Label="them", AWSAccountIds=["111111111111"],
                       Actions=["SendMessage"])
    sqs.tag_queue(QueueUrl=url, Tags={"new": "b"})
    sqs.untag_queue(QueueUrl=url, TagKeys=["old"])
    fifo = sqs.create_queue(QueueName="q.fifo", Attributes={
        "FifoQueue": "true", "ContentBasedDeduplication": "true",
        "DeduplicationScope": "messageGroup", "FifoThroughputLimit": "perMessageGroupId"})["QueueUrl"]
    sqs.create_queue(QueueName="gone")
    sqs.delete_queue(QueueUrl="gone")
    first = sqs.send_message(QueueUrl=fifo, MessageBody="a", MessageGroupId="g")
    sqs.send_message(
        QueueUrl=url, MessageBody="\U0001f3ad <&> \r\n", MessageAttributes={
            "n": {"DataType": "Number.x", "StringValue": "1"},
            "b": {"DataType": "Binary", "BinaryValue": b"\x00\xff"}},
        MessageSystemAttributes={"AWSTraceHeader": {
            "DataType": "String", "StringValue": "Root=1-5e3d83c1-e6a0db584850d61342823d4c"}})
    before = sqs.receive_message(QueueUrl=url, AttributeNames=["All"], VisibilityTimeout=0,
                                 MessageAttributeNames=["All"])["Messages"][0]
    assert "Messages" not in sqs.receive_message(QueueUrl=url), "it is a dead letter now"
    sqs.send_message(QueueUrl=url, MessageBody="held")
    handle = sqs.receive_message(QueueUrl=url, VisibilityTimeout=3600)["Messages"][0]["ReceiptHandle"]

    def described():
        return {u: (sqs.get_queue_attributes(QueueUrl=u, AttributeNames=["All"])["Attributes"],
                    sqs.list_queue_tags(QueueUrl=u).get("Tags")) for u in ("q", "dead", "q.fifo")}
    as_told = described()
    server.kill()
    server = Server(directory)
    sqs = server.client()
    assert described() == as_told
    assert [u.rpartition("/")[2] for u in sqs.list_queues()["QueueUrls"]] == ["dead", "q", "q.fifo"]
    again = sqs.send_message(QueueUrl="q.fifo", MessageBody="a", MessageGroupId="g")
    assert (again["MessageId"], again["SequenceNumber"]) == (
        first["MessageId"], first["SequenceNumber"])
    other = sqs.send_message(QueueUrl="q.fifo", MessageBody="a", MessageGroupId="h")
    assert other["SequenceNumber"] > first["SequenceNumber"]
    sqs.delete_message(QueueUrl="q", ReceiptHandle=handle)

    # The task is there as it was answered, and its message where it took it.
    task = sqs.start_message_move_task(SourceArn=arn + "dead")["TaskHandle"]

    def moved():
        return sqs.list_message_move_tasks(SourceArn=arn + "dead")["Results"][0]
    process.wait_for(lambda: moved()["Status"] == "COMPLETED", "the move")
    as_told = moved()
    assert task and as_told["ApproximateNumberOfMessagesMoved"] == 1
    server.kill()
    server = Server(directory)
    sqs = server.client()
    assert moved() == as_told
    [after] = sqs.receive_message(QueueUrl="q", AttributeNames=["All"], MaxNumberOfMessages=10,
                                  MessageAttributeNames=["All"])["Messages"]
    for key in ("Body", "MD5OfBody", "MessageAttributes", "MD5OfMessageAttributes"):
        assert after[key] == before[key]
    assert after["Attributes"]["AWSTraceHeader"] == before["Attributes"]["AWSTraceHeader"]
    server.stop()


def test_a_stop_leaves_one_file_that_only_its_owner_reads(directory):
    server = Server(directory, "--queue", "q")
    sqs = server.client()
    for body in ("deleted long " + "x" * 20_000, "deleted short", "a"):
        sqs.send_message(QueueUrl="q", MessageBody=body)
    for message in sqs.receive_message(QueueUrl="q", MaxNumberOfMessages=2)["Messages"]:
        sqs.delete_message(QueueUrl="q", ReceiptHandle=message["ReceiptHandle"])
    server.stop()
    [file] = directory.iterdir()
    assert b"deleted" not in file.read_bytes()
    assert stat.S_IMODE(directory.stat().st_mode) == 0o700
    assert stat.S_IMODE(file.stat().st_mode) == 0o600
    server = Server(directory)
    assert [m["body"] for m in server.messages("q")] == ["a"]
    server.stop()


def test_one_process_a_directory(directory):
    server = Server(directory)
    second = subprocess.run([process.BAUTA, "queue", "serve", "--listen", "127.0.0.1:0", "--data",
                             directory], capture_output=True, text=True, timeout=30, check=False)
    assert (second.returncode, second.stdout) == (2, "")
    assert second.stderr == (
        f"bauta: error: cannot use {directory}/queue.db: another bauta queue serve has it\n"
        "  stop that one, or give --data another directory\n")
    server.client().create_queue(QueueName="q")
    server.stop()


@pytest.mark.parametrize("name,reason", [
    ("", "--data: name a directory"),
    ("none/data", "cannot use none/data: No such file or directory"),
    ("file", "cannot use file/queue.db: Not a directory")])
def test_a_directory_that_is_none_is_refused(tmp_path, name, reason):
    (tmp_path / "file").write_text("x")
    ended = subprocess.run([process.BAUTA, "queue", "serve", "--listen", "127.0.0.1:0", "--data",
                            name], capture_output=True, text=True, timeout=30, check=False,
                           cwd=tmp_path)
    assert (ended.returncode, ended.stdout) == (2, "")
    assert reason in ended.stderr


def test_a_relative_name_is_one(tmp_path, monkeypatch):
    monkeypatch.chdir(tmp_path)
    server = Server("file:data", "--queue", "q")
    server.stop()
    assert [f.name for f in (tmp_path / "file:data").iterdir()] == ["queue.db"]


class Cramped(queues.Server):
    """One whose files may not grow beyond a size, until they may."""

    START = ("import os, resource, signal, sys; signal.signal(signal.SIGXFSZ, signal.SIG_IGN);"
             "resource.setrlimit(resource.RLIMIT_FSIZE, (int(sys.argv[1]), -1));"
             "os.execv(sys.argv[2], sys.argv[2:])")

    def __init__(self, size: int, directory):
        super().__init__([sys.executable, "-c", self.START, size, process.BAUTA, "queue", "serve",
                          "--listen", "127.0.0.1:0", "--data", directory, "--queue", "q"])
        self.endpoint = json.loads(self.process.stdout.readline())["endpoint"]

    def relieve(self) -> None:
        resource.prlimit(self.process.pid, resource.RLIMIT_FSIZE, (-1, -1))

    client, messages, kill = Server.client, Server.messages, Server.kill


def test_a_full_disk_is_told_and_got_over(directory):
    server = Cramped(1 << 20, directory)
    sqs = server.client()
    told = []
    with pytest.raises(botocore.exceptions.ClientError) as error:
        for i in range(1_000):
            sqs.send_message(QueueUrl="q", MessageBody=f"secret {i} " + "x" * 50_000)
            told.append(i)
    assert error.value.response["Error"]["Code"] == "ServiceUnavailable"
    assert error.value.response["ResponseMetadata"]["HTTPStatusCode"] == 503
    assert told, "some fit"
    for call in (lambda: sqs.receive_message(QueueUrl="q"), sqs.list_queues):
        with pytest.raises(botocore.exceptions.ClientError) as error:
            call()
        assert error.value.response["Error"]["Code"] == "ServiceUnavailable"
    with pytest.raises(urllib.error.HTTPError) as refused:
        urllib.request.urlopen(server.endpoint + "/health")
    assert refused.value.code == 503
    numbers = [int(m["body"].split()[1]) for m in server.messages("q")]
    assert numbers[:len(told)] == told, "one can still look"
    log = open(server.log.name).read()
    assert "cannot keep what changed" in log and "secret" not in log

    server.relieve()
    process.wait_for(lambda: healthy(server), "the disk")
    sqs.send_message(QueueUrl="q", MessageBody="secret 1000 ")
    before = server.messages("q")
    server.kill()
    server = Server(directory)
    assert server.messages("q") == before
    assert [int(m["body"].split()[1]) for m in before] in (told + [1_000],
                                                           told + [len(told), 1_000])
    server.stop()


def test_killed_while_the_disk_is_full_nothing_that_was_answered_is_lost(directory):
    server = Cramped(1 << 20, directory)
    sqs = server.client()
    told = []
    with pytest.raises(botocore.exceptions.ClientError):
        for i in range(1_000):
            told.append(sqs.send_message(QueueUrl="q", MessageBody="x" * 50_000)["MessageId"])
    server.kill()
    server = Server(directory)
    assert [m["id"] for m in server.messages("q")] == told
    server.stop()


def healthy(server) -> bool:
    try:
        with urllib.request.urlopen(server.endpoint + "/health") as answer:
            return answer.status == 200
    except urllib.error.HTTPError:
        return False
