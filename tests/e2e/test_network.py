"""Between Bauta and the queue: a proxy, a CA of one's own, and how often an idle queue is asked."""
import json
import pathlib
import resource
import time
import urllib.parse

import pytest

from support import process, tunnel
from support.site import logins

HOST = "sqs.example.com"


@pytest.fixture
def company(site):
    """The site's queue, to be reached as https://sqs.example.com through a tunnel only."""
    certificate, site.ca = tunnel.certify(HOST, site.home)
    target = urllib.parse.urlsplit(site.endpoint)
    site.tunnel = tunnel.Tunnel((target.hostname, target.port), certificate)
    site.configure(endpoint=f"https://{HOST}")
    yield site
    site.tunnel.stop()


@pytest.mark.parametrize("variable", ["HTTPS_PROXY", "https_proxy"])
def test_through_a_proxy_with_a_ca_of_ones_own(company, variable):
    company.queue.send_events(logins(30))
    company.run(env=process.environment(
        **{variable: company.tunnel.url, "AWS_CA_BUNDLE": str(company.ca)}))
    assert company.count() == 30
    assert company.queue.counts() == (0, 0)
    assert set(company.tunnel.asked) == {f"CONNECT {HOST}:443 HTTP/1.1"}


def test_the_ca_of_the_profile(company):
    company.queue.send_events(logins(3))
    shared = company.home / "aws-config"
    shared.write_text(f"[default]\nca_bundle = {company.ca}\n")
    company.run(env=process.environment(HTTPS_PROXY=company.tunnel.url, AWS_CONFIG_FILE=str(shared)))
    assert company.count() == 3


def test_a_certificate_that_nobody_vouches_for(company):
    ended = company.run(ok=False, env=process.environment(HTTPS_PROXY=company.tunnel.url))
    assert ended.code == 2
    assert HOST in ended.err and "AWS_CA_BUNDLE" in ended.err


def test_no_proxy_means_none(company):
    ended = company.run(ok=False, env=process.environment(
        HTTPS_PROXY=company.tunnel.url, NO_PROXY=".example.com", AWS_CA_BUNDLE=str(company.ca)))
    assert ended.code == 3, ended
    assert company.tunnel.asked == []


def test_an_idle_queue_is_asked_by_one_long_poll(site, proxy):
    """A run that is to end polls for a second each, one that is not for 20 s: three a minute."""
    site.configure(endpoint=proxy.endpoint)
    site.queue.send_events(logins(200))
    samples = []
    run = site.start("run", "--idle", "8s", "-o", "json")
    try:
        process.wait_for(
            lambda: samples.append((time.monotonic(), proxy.calls["ReceiveMessage"]))
            or run.process.poll() is not None, "its end", 60)
        assert run.finish().json["messages"]["committed"] == 200
    finally:
        run.kill()
    end, total = samples[-1]
    before = next(asked for at, asked in samples if at >= end - 5)
    assert total - before <= 6, "one after the other"


def test_many_connections_are_allowed(site):
    """As many as the hard limit has: a queue that is far away wants hundreds."""
    before = resource.getrlimit(resource.RLIMIT_NOFILE)
    resource.setrlimit(resource.RLIMIT_NOFILE, (min(512, before[0]), before[1]))
    try:
        run = site.start("run")
    finally:
        resource.setrlimit(resource.RLIMIT_NOFILE, before)
    limits = pathlib.Path(f"/proc/{run.process.pid}/limits")
    try:
        process.wait_for(lambda: int(limits.read_text().split("Max open files")[1].split()[0])
                         >= min(4096, before[1]), "the limit to be raised")
    finally:
        run.kill()


def test_a_run_that_goes_on_polls_for_20_seconds(site, proxy):
    site.configure(endpoint=proxy.endpoint)
    run = site.start("run")
    try:
        process.wait_for(lambda: proxy.calls["ReceiveMessage"], "a poll")
        polls = [json.loads(body) for call, _, _, body in list(proxy.requests)
                 if call == "ReceiveMessage"]
        assert {poll["WaitTimeSeconds"] for poll in polls} == {20}
        assert len(polls) <= 2
    finally:
        run.kill()
