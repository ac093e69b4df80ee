"""How things stand."""
from support import process
from support.site import logins

from conftest import fresh


def test_tells_queue_ledger_and_quarantine(site):
    dead = site.queue.sqs.create_queue(QueueName=fresh("dead"))["QueueUrl"]
    site.queue.sqs.send_message(QueueUrl=dead, MessageBody="x")
    arn = site.queue.sqs.get_queue_attributes(
        QueueUrl=dead, AttributeNames=["QueueArn"])["Attributes"]["QueueArn"]
    site.queue.sqs.set_queue_attributes(QueueUrl=site.queue.url, Attributes={
        "RedrivePolicy": f'{{"deadLetterTargetArn":"{arn}","maxReceiveCount":"5"}}'})
    before = site.bauta("status", "-o", "json").json
    assert before["last_commit"] is None and before["quarantine"] == {}

    site.queue.send_events([*logins(20), {"foo": "bar"}, {"foo": 1}])
    site.run()
    site.queue.send_events(logins(3))
    assert len(site.queue.receive(1, VisibilityTimeout=600)) == 1
    status = site.bauta("status", "-o", "json").json
    assert status["queue"] == {"visible": 2, "in_flight": 1, "delayed": 0, "dead_letters": 1}
    assert status["last_hour"] == {
        "messages": 22, "inserted": 20, "quarantined": 2, "redelivered": 0}
    assert status["quarantine"] == {"required_missing": 2}
    assert status["last_commit"].endswith("Z") and status["instances"] == 0
    assert status["keys"] == [{"kid": "k1", "status": "ENABLED"}]
    assert (status["schema_version"], status["min_worker"]) == (2, 1)
    assert status["server_version"].split(".")[0] == str(site.database.version())

    text = site.bauta("status").out
    for line in ("2 visible, 1 in flight", "1 in the dead-letter queue", "2 required_missing",
                 "next        no instance is connected, and messages wait: bauta run\n",
                 "next        dead letters", "bauta explain required_missing\n"):
        assert line in text


def test_where_all_is_well_nothing_is_next(site):
    assert "next" not in site.bauta("status").out


def test_counts_instances_not_connections(site):
    site.configure(more="workers: 3\n")
    running = [site.start("run"), site.start("run")]
    try:
        process.wait_for(lambda: site.bauta("status", "-o", "json").json["instances"] == 2,
                         "two instances")
    finally:
        for one in running:
            one.kill()
