"""Webhooks over real sockets: signed, repeated until they are taken, never led astray, not lost with a process."""

from __future__ import annotations

import base64
import hmac
import json
import logging
import shutil
import ssl
import subprocess
import threading
import time
from collections.abc import Callable, Iterator
from contextlib import contextmanager
from datetime import timedelta
from http.server import BaseHTTPRequestHandler, ThreadingHTTPServer
from pathlib import Path

import pytest
from sqlalchemy import text
from standardwebhooks.webhooks import Webhook as Reference, WebhookVerificationError

from sentisound.errors import BadWebhook, HistoryUnavailable, WebhookNotFound
from sentisound.history.database import Database
from sentisound.history.holder import Holder
from sentisound.history.place import place_of
from sentisound.settings import Settings
from sentisound.webhooks import post as posting, rounds as rounds_module
from sentisound.webhooks.guard import Guard
from sentisound.webhooks.mailbox import EVENTS, MAX_WEBHOOKS, Mailbox, Message
from sentisound.webhooks.rounds import AT_ONCE, Rounds

LOOPBACK = Guard.of(True, "127.0.0.0/8")
SOON = (timedelta(milliseconds=1),) * 3


class Receiver(ThreadingHTTPServer):
    """An endpoint that notes what it gets and answers as it is told."""

    daemon_threads = True

    def __init__(self) -> None:
        self.got: list[tuple[dict[str, str], bytes]] = []
        self.statuses: list[int] = []
        self.delay_s = 0.0
        self.goes_on = threading.Event()
        """Nobody is answered before; set unless a test lets the receiver hang."""
        self.goes_on.set()
        super().__init__(("127.0.0.1", 0), Handler)

    @property
    def url(self) -> str:
        return f"http://127.0.0.1:{self.server_address[1]}/hook?a=1"


class Handler(BaseHTTPRequestHandler):
    def do_POST(self) -> None:
        server = self.server
        body = self.rfile.read(int(self.headers["Content-Length"]))
        server.got.append(({name.lower(): value for name, value in self.headers.items()}, body))
        time.sleep(server.delay_s)
        server.goes_on.wait(60)
        self.send_response(server.statuses.pop(0) if server.statuses else 204)
        self.send_header("Location", f"http://127.0.0.1:{server.server_address[1]}/elsewhere")
        self.end_headers()

    def log_message(self, *_: object) -> None:
        """Keep quiet."""


@pytest.fixture
def receiver() -> Iterator[Receiver]:
    with receiving() as server:
        yield server


@pytest.fixture
def hanging() -> Iterator[Receiver]:
    """Give a receiver that takes messages and never answers."""
    with receiving() as server:
        server.goes_on.clear()
        yield server


@contextmanager
def receiving() -> Iterator[Receiver]:
    with Receiver() as server:
        thread = threading.Thread(target=server.serve_forever)
        thread.start()
        yield server
        server.goes_on.set()
        server.shutdown()
        thread.join()


@pytest.fixture
def mailbox(database: Holder[Database]) -> Mailbox:
    return Mailbox(database)


@pytest.fixture
def going(mailbox: Mailbox) -> Iterator[Callable[..., Rounds]]:
    """Start rounds; they are stopped at the end."""
    started: list[Rounds] = []

    def start(guard: Guard = LOOPBACK, backoff: tuple[timedelta, ...] = SOON) -> Rounds:
        rounds = Rounds(mailbox, guard, backoff)
        rounds.start()
        started.append(rounds)
        return rounds

    yield start
    for rounds in started:
        rounds.stop()


def until(what: Callable[[], bool]) -> None:
    deadline = time.monotonic() + 15
    while not what():
        assert time.monotonic() < deadline
        time.sleep(0.01)


def test_what_ended_is_told_signed_as_the_standard_says(mailbox: Mailbox, receiver: Receiver, going):
    _, secret = mailbox.register(receiver.url)
    going().announce("analysis.completed", "an_1", {"owner": "local", "analysis": {"file": "تسجيل.wav"}})
    until(lambda: bool(receiver.got) and not mailbox.list()[0].waiting)
    headers, body = receiver.got[0]
    said = Reference(secret).verify(body, headers)
    assert said["type"] == "analysis.completed"
    assert said["data"] == {"owner": "local", "analysis": {"file": "تسجيل.wav"}}
    assert said["timestamp"].endswith("Z")
    assert headers["content-type"] == "application/json"
    with pytest.raises(WebhookVerificationError):
        Reference(secret).verify(body + b" ", headers)
    assert mailbox.list()[0].delivered is not None


def test_each_endpoint_is_told_what_it_asked_for(mailbox: Mailbox):
    mailbox.register("https://a.example.org/", ["job.failed"])
    mailbox.register("https://b.example.org/")
    assert mailbox.put("job.failed", "job_1", {}) == 2
    assert mailbox.put("job.succeeded", "job_2", {}) == 1
    assert [webhook.waiting for webhook in mailbox.list()] == [1, 2]
    assert [webhook.events for webhook in mailbox.list()] == [("job.failed",), EVENTS]


def test_it_is_told_again_with_the_same_identity_until_it_is_taken(mailbox: Mailbox, receiver: Receiver, going):
    mailbox.register(receiver.url)
    receiver.statuses = [500, 302]
    rounds = going()
    rounds.announce("job.succeeded", "job_1", {"job": {"id": "job_1"}})
    for count in (2, 3):
        until(lambda: not rounds._wake.is_set())
        rounds._wake.set()
        until(lambda count=count: len(receiver.got) >= count)
    until(lambda: not mailbox.list()[0].waiting)
    assert len({headers["webhook-id"] for headers, _ in receiver.got}) == 1
    assert len(receiver.got) == 3  # a redirect is not followed: it is an answer that is no success
    assert mailbox.list()[0].trouble is None


def test_it_is_given_up_in_the_end(mailbox: Mailbox, receiver: Receiver, going, caplog: pytest.LogCaptureFixture):
    mailbox.register(receiver.url)
    receiver.statuses = [503] * 10
    rounds = going(backoff=())
    rounds.announce("job.failed", "job_1", {})
    until(lambda: mailbox.list()[0].trouble is not None)
    assert mailbox.list()[0].trouble == "it answered 503"
    assert mailbox.list()[0].waiting == 0
    assert "given up" in caplog.text


def test_what_waits_is_there_after_a_restart(mailbox: Mailbox, receiver: Receiver, going):
    mailbox.register(receiver.url)
    mailbox.put("job.succeeded", "job_1", {})  # and the process is killed before it is sent
    going()
    until(lambda: len(receiver.got) == 1)


def test_what_a_killed_process_was_sending_is_sent_again(mailbox: Mailbox, database: Holder[Database]):
    mailbox.register("https://a.example.org/")
    mailbox.put("job.succeeded", "job_1", {})
    (message,) = mailbox.claim(4)
    assert mailbox.claim(4) == ()  # nobody else sends it meanwhile
    database.write(lambda connection: connection.execute(text("UPDATE webhook_messages SET due_us = 0")))
    assert mailbox.claim(4) == (message,)


def test_what_a_clock_put_off_that_ran_ahead_is_sent_when_it_is_set_back(mailbox: Mailbox, database: Holder[Database]):
    mailbox.register("https://a.example.org/")
    mailbox.put("job.succeeded", "job_1", {})
    ahead = "UPDATE webhook_messages SET due_us = due_us + 400 * 86400000000"
    database.write(lambda connection: connection.execute(text(ahead)))
    assert len(mailbox.claim(4)) == 1
    assert mailbox.claim(4) == ()


def test_an_address_inside_is_not_reached_whatever_was_registered(mailbox: Mailbox, receiver: Receiver, going):
    mailbox.register(receiver.url.replace("127.0.0.1", "localhost"))
    going(Guard(http=True), ()).announce("job.failed", "job_1", {})
    until(lambda: mailbox.list()[0].trouble is not None)
    assert "which webhooks must not reach" in mailbox.list()[0].trouble
    assert receiver.got == []


def test_a_certificate_that_nobody_vouches_for_is_refused(receiver: Receiver, tmp_path: Path):
    made = ["req", "-x509", "-newkey", "rsa:2048", "-nodes", "-days", "2", "-subj", "/CN=localhost"]
    made += ["-addext", "subjectAltName=IP:127.0.0.1", "-keyout", tmp_path / "key", "-out", tmp_path / "cert"]
    if (openssl := shutil.which("openssl")) is None:
        pytest.skip("there is no openssl here")
    subprocess.run([openssl, *made], check=True, capture_output=True)
    context = ssl.SSLContext(ssl.PROTOCOL_TLS_SERVER)
    context.load_cert_chain(tmp_path / "cert", tmp_path / "key")
    receiver.socket = context.wrap_socket(receiver.socket, server_side=True)
    with pytest.raises(ssl.SSLCertVerificationError, match="self-signed"):
        posting.post(LOOPBACK, receiver.url.replace("http:", "https:"), "whsec_AAAA", "msg_1", b"{}")
    assert receiver.got == []


def test_plain_http_where_https_was_asked_for_is_refused(receiver: Receiver):
    with pytest.raises(ssl.SSLError):
        posting.post(LOOPBACK, receiver.url.replace("http:", "https:"), "whsec_AAAA", "msg_1", b"{}")
    assert receiver.got == []


def test_a_receiver_that_takes_for_ever_is_cut_off(receiver: Receiver, monkeypatch: pytest.MonkeyPatch):
    monkeypatch.setattr(posting, "TOTAL_S", 0.2)
    receiver.delay_s = 2
    began = time.monotonic()
    with pytest.raises(TimeoutError, match=r"no answer within 0[.]2 s"):
        posting.post(LOOPBACK, receiver.url, "whsec_AAAA", "msg_1", b"{}")
    assert time.monotonic() - began < 1.5


def test_a_receiver_may_take_longer_to_answer_than_to_connect(receiver: Receiver, monkeypatch: pytest.MonkeyPatch):
    monkeypatch.setattr(posting, "CONNECT_S", 0.2)
    receiver.delay_s = 0.6
    assert posting.post(LOOPBACK, receiver.url, "whsec_AAAA", "msg_1", b"{}") == 204


def test_however_many_addresses_a_name_has_they_share_the_time(monkeypatch: pytest.MonkeyPatch):
    given: list[float] = []

    def slow(_: object, timeout: float) -> None:
        given.append(timeout)
        time.sleep(timeout)
        raise TimeoutError

    monkeypatch.setattr(posting, "TOTAL_S", 0.5)
    monkeypatch.setattr(posting, "CONNECT_S", 0.2)
    monkeypatch.setattr(posting.socket, "create_connection", slow)
    monkeypatch.setattr(Guard, "addresses", lambda *_: ["127.0.0.1"] * 100)
    with pytest.raises(TimeoutError, match="no answer within"):
        posting.post(LOOPBACK, "http://a.example.org/", "whsec_AAAA", "msg_1", b"{}")
    assert 2 <= len(given) <= 4


def test_the_signature_is_the_standards_own_arithmetic(mailbox: Mailbox, receiver: Receiver, going):
    """HMAC-SHA256 of ``id.timestamp.body`` under the decoded secret, without the library that signs."""
    _, secret = mailbox.register(receiver.url)
    going().announce("job.failed", "job_1", {"a": "b"})
    until(lambda: bool(receiver.got))
    headers, body = receiver.got[0]
    signed = f"{headers['webhook-id']}.{headers['webhook-timestamp']}.".encode() + body
    key = base64.b64decode(secret.removeprefix("whsec_"))
    assert len(key) == 32
    expected = base64.b64encode(hmac.digest(key, signed, "sha256")).decode()
    assert headers["webhook-signature"] == f"v1,{expected}"
    assert abs(int(headers["webhook-timestamp"]) - time.time()) < 60


def test_a_receiver_that_hangs_costs_only_itself(mailbox: Mailbox, receiver: Receiver, hanging: Receiver, going):
    mailbox.register(hanging.url)
    for number in range(20):  # it has a line before the other comes
        mailbox.put("job.failed", f"job_{number}", {})
    rounds = going()
    until(lambda: len(hanging.got) == AT_ONCE)
    mailbox.register(receiver.url)
    rounds.look()
    began = time.monotonic()
    for number in range(20):
        rounds.announce("job.succeeded", f"job_{number}", {})
    until(lambda: len(receiver.got) == 20)
    assert time.monotonic() - began < posting.TOTAL_S / 2
    assert len(hanging.got) == AT_ONCE  # and it has no more than that at once
    until(lambda: not mailbox.list()[1].waiting)
    assert mailbox.list()[0].waiting == 40


def test_many_receivers_that_hang_cost_only_themselves(mailbox: Mailbox, receiver: Receiver, hanging: Receiver, going):
    for _ in range(12):
        mailbox.register(hanging.url)
    mailbox.register(receiver.url)
    rounds = going()
    for number in range(5):
        rounds.announce("job.failed", f"job_{number}", {})
    until(lambda: len(receiver.got) == 5)
    until(lambda: len(hanging.got) == 12 * AT_ONCE)


def test_a_receiver_that_is_slow_takes_several_at_once(mailbox: Mailbox, receiver: Receiver, going):
    mailbox.register(receiver.url)
    receiver.goes_on.clear()
    rounds = going()
    for number in range(10):
        rounds.announce("job.failed", f"job_{number}", {})
    until(lambda: len(receiver.got) == AT_ONCE)
    receiver.goes_on.set()
    until(lambda: len(receiver.got) == 10)
    assert len({headers["webhook-id"] for headers, _ in receiver.got}) == 10


def test_a_receiver_that_is_gone_is_told_nothing_more(mailbox: Mailbox, receiver: Receiver, going, caplog):
    webhook, _ = mailbox.register(receiver.url)
    receiver.statuses = [410]
    mailbox.put("job.failed", "job_1", {})
    rounds = going()
    until(lambda: mailbox.list()[0].disabled is not None)
    found = mailbox.list()[0]
    assert (found.trouble, found.waiting) == ("it answered 410", 0)
    assert f"webhook {webhook.id} is gone (it answered 410): it is told nothing more" in caplog.text
    rounds.announce("job.failed", "job_2", {})
    other, _ = mailbox.register(receiver.url)
    rounds.look()
    rounds.announce("job.failed", "job_3", {})
    until(lambda: len(receiver.got) == 2)
    assert b"timestamp" in receiver.got[1][1]
    assert mailbox.list()[0].waiting == 0
    mailbox.remove(webhook.id)
    assert [one.id for one in mailbox.list()] == [other.id]


def test_a_queue_takes_so_many_and_says_so_once(mailbox: Mailbox, monkeypatch, caplog):
    monkeypatch.setattr("sentisound.webhooks.mailbox.MAX_WAITING", 3)
    mailbox.register("https://a.example.org/", ["job.failed"])
    webhook, _ = mailbox.register("https://b.example.org/")
    assert [mailbox.put("job.failed", "job_1", {}) for _ in range(5)] == [2, 2, 2, 0, 0]
    assert [one.waiting for one in mailbox.list()] == [3, 3]
    assert all("further ones are not kept" in one.trouble for one in mailbox.list())
    assert caplog.text.count(webhook.id) == 1
    (message, *_) = mailbox.claim(1)
    mailbox.delivered(message)
    assert mailbox.put("job.failed", "job_2", {}) == 1


def test_a_name_that_no_resolver_takes_does_not_stop_the_others(mailbox: Mailbox, receiver: Receiver, going):
    mailbox.register(f"http://{'a' * 70}.example.org/")
    mailbox.register(receiver.url)
    going().announce("job.failed", "job_1", {})
    until(lambda: mailbox.list()[0].trouble is not None and bool(receiver.got))
    assert mailbox.list()[0].waiting == 1


def test_a_failure_that_nobody_expected_does_not_stop_the_others(
    mailbox: Mailbox, receiver: Receiver, going, monkeypatch
):
    mailbox.register("http://127.0.0.1:1/")
    mailbox.register(receiver.url)
    sent = rounds_module.post

    def broken(guard: Guard, url: str, *rest: object) -> int:
        if url.endswith(":1/"):
            raise ZeroDivisionError("a bug")
        return sent(guard, url, *rest)

    monkeypatch.setattr(rounds_module, "post", broken)
    rounds = going()
    for number in range(3):
        rounds.announce("job.failed", f"job_{number}", {})
        until(lambda number=number: len(receiver.got) > number)
    assert mailbox.list()[0].trouble == "ZeroDivisionError"


def test_what_was_sent_is_noted_when_the_database_is_back(mailbox: Mailbox, receiver: Receiver, going, monkeypatch):
    mailbox.register(receiver.url)
    noted, fails = mailbox.delivered, [True, True]

    def delivered(message: Message) -> None:
        if fails:
            fails.pop()
            raise HistoryUnavailable("the disk is full")
        noted(message)

    monkeypatch.setattr(mailbox, "delivered", delivered)
    monkeypatch.setattr(rounds_module, "LOOK_S", 0.05)
    going().announce("job.failed", "job_1", {})
    until(lambda: mailbox.list()[0].delivered is not None)
    assert len(receiver.got) == 1


def test_a_stop_does_not_wait_for_a_receiver_that_hangs(mailbox: Mailbox, hanging: Receiver, monkeypatch):
    monkeypatch.setattr(rounds_module, "STOP_S", 0.3)
    mailbox.register(hanging.url)
    mailbox.put("job.failed", "job_1", {})
    rounds = Rounds(mailbox, LOOPBACK, SOON)
    rounds.start()
    until(lambda: len(hanging.got) == 1)
    began = time.monotonic()
    rounds.stop()
    assert time.monotonic() - began < 5
    assert len(mailbox.claim(1)) == 1  # the next start sends it again, at once


def test_a_stop_waits_for_what_is_being_sent(mailbox: Mailbox, receiver: Receiver):
    mailbox.register(receiver.url)
    mailbox.put("job.failed", "job_1", {})
    receiver.delay_s = 0.5
    rounds = Rounds(mailbox, LOOPBACK, SOON)
    rounds.start()
    until(lambda: len(receiver.got) == 1)
    rounds.stop()
    assert mailbox.list()[0].delivered is not None


def test_without_an_endpoint_nothing_is_written(database: Holder[Database], going):
    going().announce("job.failed", "job_1", {})
    count = text("SELECT count(*) FROM webhook_messages")
    assert database.read(lambda connection: connection.execute(count).scalar_one()) == 0


def test_a_database_in_trouble_costs_nobody_an_answer(mailbox: Mailbox, going, monkeypatch, caplog):
    mailbox.register("https://a.example.org/")
    rounds = going()
    caplog.set_level(logging.ERROR)

    def fails(*_: object) -> int:
        raise HistoryUnavailable("the disk is full")

    monkeypatch.setattr(mailbox, "put", fails)
    rounds.announce("job.failed", "job_1", {})
    assert "no webhook tells of job.failed job_1: the disk is full" in caplog.text


def test_what_was_deleted_for_good_is_told_to_nobody(mailbox: Mailbox):
    mailbox.register("https://a.example.org/")
    mailbox.put("analysis.completed", "an_1", {"analysis": {"file": "private.wav"}})
    mailbox.forget("an_1")
    assert mailbox.claim(4) == ()


def test_an_endpoint_goes_with_its_messages(mailbox: Mailbox):
    webhook, _ = mailbox.register("https://a.example.org/")
    mailbox.put("job.failed", "job_1", {})
    mailbox.remove(webhook.id)
    assert mailbox.claim(4) == ()
    with pytest.raises(WebhookNotFound, match=webhook.id):
        mailbox.remove(webhook.id)


@pytest.mark.parametrize("events", [[], ["analysis.deleted"]])
def test_an_event_that_is_none_is_told(mailbox: Mailbox, events: list[str]):
    with pytest.raises(BadWebhook, match=r"there are analysis[.]completed, job[.]succeeded, job[.]failed"):
        mailbox.register("https://a.example.org/", events)


def test_there_are_not_too_many(mailbox: Mailbox):
    for _ in range(MAX_WEBHOOKS):
        mailbox.register("https://a.example.org/")
    with pytest.raises(BadWebhook, match="delete one first"):
        mailbox.register("https://a.example.org/")


def test_bodies_are_json_on_both_databases(mailbox: Mailbox):
    mailbox.register("https://a.example.org/")
    mailbox.put("job.failed", "job_1", {"file": "a\0\ud800b"})
    (message,) = mailbox.claim(1)
    assert json.loads(message.body)["data"]["file"].startswith("a")


def test_webhooks_of_an_older_version_go_on(settings: Settings):
    """Migration 0004 keeps them and what waits for them."""
    from alembic import command
    from alembic.config import Config

    from sentisound.history.migrate import MIGRATIONS

    config = Config()
    config.set_main_option("script_location", str(MIGRATIONS))
    with Database.open(settings) as opened, opened.writing() as connection:
        config.attributes["connection"] = connection
        command.downgrade(config, "0003")
        hook = "INSERT INTO webhooks (id, url, events, secret, created_us) VALUES ('wh_1', 'https://a.example.org/', "
        connection.execute(text(hook + "'job.failed', 'whsec_AAAA', 1)"))
        message = (
            "INSERT INTO webhook_messages (id, webhook, resource, body, attempts, due_us) VALUES ('msg_1', 'wh_1', "
        )
        connection.execute(text(message + "'job_1', '{}', 2, 1)"))
    held = Holder(Database, place_of(settings))
    mailbox = Mailbox(held)
    assert [(one.id, one.waiting, one.disabled) for one in mailbox.list()] == [("wh_1", 1, None)]
    assert [(one.id, one.attempts) for one in mailbox.claim(4)] == [("msg_1", 2)]
    held.close()
