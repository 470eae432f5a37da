"""The page in Debian's Chromium, over a live server with the shipped model; without Chromium its tests are skipped."""

from __future__ import annotations

import contextlib
import threading
from collections.abc import Callable, Iterator
from pathlib import Path
from typing import Any

import numpy as np
import pytest
import soundfile

from sentisound.api.server import Server, config, listen, url_of
from sentisound.service import Analyzer
from sentisound.settings import Settings
from sentisound.testing import speech_like

CHROMIUM = Path("/usr/bin/chromium")
AXE = Path(__file__).parent / "axe-core" / "axe.min.js"
RATE_HZ = 16_000

Serving = Callable[..., contextlib.AbstractContextManager[str]]


@pytest.fixture(scope="session")
def analyzer() -> Analyzer:
    return Analyzer(Settings.load(history=False))


@pytest.fixture(scope="session")
def serving(analyzer: Analyzer) -> Serving:
    """``with serving(folder, **settings) as address``: the server as ``serve`` sets it up, on a free port."""

    @contextlib.contextmanager
    def running(folder: Path, **settings: Any) -> Iterator[str]:
        chosen = Settings.load(**{"host": "127.0.0.1", "port": 0, "data_dir": folder, **settings})
        listener = listen(chosen)
        server = Server(config(chosen, analyzer))
        thread = threading.Thread(target=server.run, kwargs={"sockets": [listener]})
        thread.start()
        try:
            yield url_of(listener)
        finally:
            server.should_exit = True
            thread.join()
            listener.close()

    return running


@pytest.fixture(scope="session")
def sounds(tmp_path_factory: pytest.TempPathFactory) -> dict[str, Path]:
    """Files to send: three of speech-like sound, one that is no sound, one for the microphone."""
    folder = tmp_path_factory.mktemp("sounds")
    made = {}
    for number, name in enumerate(("one.wav", "two.flac", "three.wav", "microphone.wav")):
        made[name] = folder / name
        soundfile.write(made[name], speech_like(3.0, RATE_HZ, np.random.default_rng(number)), RATE_HZ)
    made["letter.wav"] = folder / "letter.wav"
    made["letter.wav"].write_text("Dear Sir or Madam, this is no sound.")
    return made


@pytest.fixture(scope="session")
def browser(sounds: dict[str, Path]) -> Iterator[Any]:
    """Chromium with a microphone that plays a file."""
    if not CHROMIUM.exists():
        pytest.skip("there is no Chromium here (scripts/install-system installs it)")
    sync_api = pytest.importorskip("playwright.sync_api", reason="playwright is not installed")
    with sync_api.sync_playwright() as playwright:
        browser = playwright.chromium.launch(
            executable_path=str(CHROMIUM),
            args=[
                "--no-sandbox",  # a container's root has none
                "--use-fake-device-for-media-stream",
                "--use-fake-ui-for-media-stream",
                f"--use-file-for-fake-audio-capture={sounds['microphone.wav']}",
                "--autoplay-policy=no-user-gesture-required",
            ],
        )
        yield browser
        browser.close()


@pytest.fixture(scope="module")
def server(serving: Serving, tmp_path_factory: pytest.TempPathFactory) -> Iterator[str]:
    """Serve with a history of its own, for the tests of a file."""
    with serving(tmp_path_factory.mktemp("data")) as address:
        yield address


@pytest.fixture
def visit(browser: Any, server: str) -> Iterator[Callable[..., Any]]:
    """``visit(path="", address=server, **context)`` opens the page; what goes wrong in it fails the test."""
    with contextlib.ExitStack() as stack:
        wrong: list[str] = []

        def opened(path: str = "", address: str = server, **options: Any) -> Any:
            context = browser.new_context(**{"locale": "en-GB", "reduced_motion": "reduce", **options})
            stack.callback(context.close)
            context.set_default_timeout(20_000)
            page = context.new_page()
            page.on("pageerror", lambda error: wrong.append(str(error)))
            page.on("console", lambda said: _note(wrong, said))
            page.goto(f"{address}/{path}")
            return page

        yield opened
        assert wrong == []


def _note(wrong: list[str], said: Any) -> None:
    """Note what the browser refuses (the policy) or a script reports; an answer of 4xx is the test's affair."""
    if said.type == "error" and "Failed to load resource" not in said.text:
        wrong.append(said.text)


@pytest.fixture
def accessible() -> Callable[[Any], list[str]]:
    """Return what axe-core finds wrong on a page, in words."""

    def violations(page: Any) -> list[str]:
        # as a debugger would: the page's own policy allows no script from elsewhere, which stays so
        page.evaluate(AXE.read_text(encoding="utf-8"))
        found = page.evaluate("axe.run(document, { resultTypes: ['violations'] })")["violations"]
        return [f"{one['id']}: {one['help']}: {[node['html'][:120] for node in one['nodes']]}" for one in found]

    return violations
