"""The process: what it binds, what it refuses to bind, how it starts and stops."""

from __future__ import annotations

import os
import signal
import socket
import threading

import httpx
import pytest

from sentisound.api import server
from sentisound.api.app import create_app
from sentisound.api.server import listen, serve, url_of
from sentisound.api.workforce import workforce
from sentisound.errors import BundleNotFound, SettingsError
from sentisound.settings import Settings


@pytest.mark.parametrize("host", ["0.0.0.0", "::"])  # noqa: S104
def test_an_address_that_others_reach_is_refused_unless_allowed(host: str) -> None:
    with pytest.raises(SettingsError, match="--allow-anonymous"):
        listen(Settings.load(host=host, port=0))


def test_allowed_it_is_bound(monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setenv("SENTISOUND_ALLOW_ANONYMOUS", "1")
    with listen(Settings.load(host="0.0.0.0", port=0)) as listener:  # noqa: S104
        assert listener.getsockname()[0] == "0.0.0.0"  # noqa: S104


@pytest.mark.parametrize("host", ["127.0.0.1", "127.0.0.2", "localhost"])
def test_loopback_needs_no_permission(host: str) -> None:
    with listen(Settings.load(host=host, port=0)) as listener:
        address, port = listener.getsockname()
        assert address.startswith("127.")
        assert url_of(listener) == f"http://{address}:{port}"


@pytest.mark.skipif(not socket.has_ipv6, reason="this Python has no IPv6")
def test_an_ipv6_address_stands_in_brackets() -> None:
    try:
        listener = listen(Settings.load(host="::1", port=0))
    except SettingsError:
        pytest.skip("this machine has no IPv6 loopback")
    with listener:
        assert url_of(listener).startswith("http://[::1]:")


def test_a_taken_port_is_said_in_words() -> None:
    with listen(Settings.load(port=0)) as listener:
        port = listener.getsockname()[1]
        with pytest.raises(SettingsError, match=rf"port {port}: address already in use; choose another --port"):
            listen(Settings.load(port=port))


@pytest.mark.parametrize("host", ["", "no.such.host.invalid", "a" * 70 + ".x", "1.2.3.4.5"])
def test_a_host_that_is_none_is_said_in_words(host: str) -> None:
    with pytest.raises(SettingsError, match="SENTISOUND_HOST"):
        listen(Settings.load(host=host, port=0))


@pytest.mark.parametrize("number", [signal.SIGINT, signal.SIGTERM])
def test_serve_announces_itself_answers_and_stops_in_good_order(fake, monkeypatch, number: signal.Signals) -> None:
    """A request under way when the signal comes is finished before the server goes."""
    lines: list[str] = []
    answers: list[httpx.Response] = []
    helpers: list[threading.Thread] = []

    def work(_: bytes) -> None:
        signal.raise_signal(number)

    def ask(url: str) -> None:
        answers.append(httpx.post(f"{url}/predict", files={"file": ("a.wav", b"RIFF")}, trust_env=False))

    def announce(line: str) -> None:
        lines.append(line)
        helpers.append(threading.Thread(target=ask, args=(line.split()[2],)))
        helpers[0].start()

    monkeypatch.setattr(server, "Analyzer", lambda *_: fake(work=work))
    monkeypatch.setattr(signal, "raise_signal", raised := _Raised(signal.raise_signal))
    serve(Settings.load(port=0), announce)
    helpers[0].join()
    assert len(lines) == 1
    assert lines[0].startswith("SentiSound at http://127.0.0.1:")
    assert "fake@1.0.0" in lines[0]
    assert [answer.status_code for answer in answers] == [200]
    assert raised.numbers[-1] == number


class _Raised:
    """Raises a signal the first time; the second is uvicorn's own, after the stop, and would end the test run."""

    def __init__(self, raise_signal) -> None:
        self.raise_signal = raise_signal
        self.numbers: list[int] = []

    def __call__(self, number: int) -> None:
        self.numbers.append(number)
        if len(self.numbers) == 1:
            self.raise_signal(number)
        elif number == signal.SIGINT:
            raise KeyboardInterrupt


def test_an_answer_does_not_wait_for_an_acknowledgement(client: httpx.Client) -> None:
    """Nagle's algorithm and delayed acknowledgement made 44 ms of every answer, where the work takes 1 ms."""
    took_s = [client.get("/health").elapsed.total_seconds() for _ in range(10)]
    assert min(took_s) < 0.03


def test_a_model_that_is_not_there_is_said_before_anything_is_announced() -> None:
    with pytest.raises(BundleNotFound, match="there is no model 'nobody'"):
        serve(Settings.load(port=0, model="nobody"), lambda line: pytest.fail(line))


def test_a_taken_port_is_found_before_the_model_is_loaded(monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setattr(server, "Analyzer", lambda *_: pytest.fail("the model was loaded"))
    with listen(Settings.load(port=0)) as listener, pytest.raises(SettingsError, match="in use"):
        serve(Settings.load(port=listener.getsockname()[1]))


@pytest.mark.parametrize(("asked", "count"), [(0, None), (3, 3), (None, os.cpu_count())])
def test_as_many_processes_work_as_are_asked_for(asked: int | None, count: int | None) -> None:
    with workforce(Settings.load(workers=asked)) as workers:
        assert (workers and workers.count) == count


def test_a_machine_without_semaphores_is_told_of(monkeypatch: pytest.MonkeyPatch) -> None:
    def none(*_: object) -> None:
        raise ImportError("this platform lacks a functioning sem_open implementation")

    monkeypatch.setattr("sentisound.api.workforce.Processes", none)
    with pytest.raises(SettingsError, match=r"SENTISOUND_WORKERS: .*sem_open.*; set it to 0"):
        workforce(Settings.load())


def test_the_application_makes_its_own_analyzer_when_it_starts(serving, fake, monkeypatch: pytest.MonkeyPatch) -> None:
    made: list[Settings] = []

    def make(settings: Settings):
        made.append(settings)
        return fake()

    monkeypatch.setattr("sentisound.api.app.Analyzer", make)
    create_app(Settings.load())
    assert made == []  # not before it starts: importing or testing an application must not load a model
    with serving(None, max_upload_mb=7) as client:
        assert client.get("/models/info").json()["model_type"] == "MLP (300 units)"
    assert [settings.max_upload_mb for settings in made] == [7]
