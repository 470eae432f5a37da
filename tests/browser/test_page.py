"""The page as people use it: real sound, the shipped model, a real browser."""

from __future__ import annotations

import base64
import re
from pathlib import Path
from typing import Any

import numpy as np
import pytest
import soundfile

from doorway import PASSWORD, key_of, user_of
from sentisound.identity.owner import SCOPES
from sentisound.testing import speech_like

Sounds = dict[str, Path]


def until(page: Any, expression: str) -> None:
    """Wait until an expression is true; the page's policy forbids ``wait_for_function``, which is an ``eval``."""
    for _ in range(400):
        if page.evaluate(expression):
            return
        page.wait_for_timeout(50)
    raise AssertionError(f"never true: {expression}")


def analysed(page: Any, sound: Path) -> None:
    """Choose a file and wait for its result."""
    page.set_input_files("#file", sound)
    page.wait_for_selector(".verdict h1")


def test_a_file_is_analysed_played_and_sought(visit: Any, sounds: Sounds, accessible: Any) -> None:
    page = visit()
    assert accessible(page) == []
    analysed(page, sounds["one.wav"])
    assert re.fullmatch(r"The model is .+ \(.+\)\.|.+The likeliest would be .+", page.inner_text(".trust"))
    page.wait_for_selector(".scope[data-drawn=yes]")
    lit = "(canvas) => canvas.getContext('2d').getImageData(0, 0, canvas.width, canvas.height).data.some(Boolean)"
    for name in ("wave", "spectrum", "lane", "timeline"):
        assert page.eval_on_selector(f".{name}", lit), name
    place = page.locator(".scope")
    page.get_by_role("button", name="Play", exact=True).click()
    until(page, "document.querySelector('.scope').getAttribute('aria-valuenow') > 0.3")
    page.get_by_role("button", name="Pause").click()
    box = place.bounding_box()
    page.mouse.click(box["x"] + box["width"] / 2, box["y"] + 20)
    assert float(place.get_attribute("aria-valuenow")) == pytest.approx(1.5, abs=0.1)
    page.get_by_role("button", name=re.compile("^Play 0:")).first.click()
    page.wait_for_selector("tr.now")
    page.get_by_role("button", name="Pie").click()
    assert page.locator(".pie circle").count() == 8
    page.get_by_text("How was this decided?").click()
    page.get_by_text("Below ").wait_for()
    assert accessible(page) == []
    page.get_by_role("link", name=re.compile("@")).click()
    page.get_by_role("heading", name="Limits").wait_for()
    assert accessible(page) == []


def test_several_files_stand_in_a_queue_and_what_is_no_sound_says_so(
    visit: Any, sounds: Sounds, accessible: Any
) -> None:
    page = visit()
    page.set_input_files("#file", [sounds[name] for name in ("one.wav", "letter.wav", "two.flac")])
    page.wait_for_selector("[data-state=done] >> nth=1")
    assert "no sound file" in page.inner_text("[data-state=failed]")
    assert page.get_by_role("button", name="Try again letter.wav").is_visible()
    assert accessible(page) == []
    page.get_by_role("link", name="Open two.flac").click()
    page.wait_for_selector(".verdict h1")
    assert "two.flac" in page.inner_text(".about")


def test_the_microphone_is_recorded_at_its_own_rate(visit: Any) -> None:
    page = visit(permissions=["microphone"])
    page.get_by_role("button", name="Record").click()
    until(page, "document.getElementById('level').value > 0.2")
    until(page, "document.getElementById('record-time').textContent >= '0:02'")
    page.get_by_role("button", name="Stop and analyse").click()
    page.wait_for_selector(".verdict h1")
    assert re.search(r"recording_\d{8}_\d{6}\.wav · [2-9]", page.inner_text(".about"))


def test_without_an_audio_worklet_the_browser_records(visit: Any) -> None:
    page = visit(permissions=["microphone"])
    page.evaluate("() => Object.defineProperty(AudioContext.prototype, 'audioWorklet', { value: undefined })")
    page.get_by_role("button", name="Record").click()
    until(page, "document.getElementById('level').value > 0.2")
    until(page, "document.getElementById('record-time').textContent >= '0:02'")
    page.get_by_role("button", name="Stop and analyse").click()
    page.wait_for_selector(".verdict h1")
    assert re.search(r"recording_\d{8}_\d{6}\.webm · [1-9]", page.inner_text(".about"))


DROP = """([name, base64]) => {
  const bytes = Uint8Array.from(atob(base64), (letter) => letter.charCodeAt(0));
  const carried = new DataTransfer();
  carried.items.add(new File([bytes], name));
  const drag = { dataTransfer: carried, bubbles: true, cancelable: true };
  const told = (kind) => document.body.dispatchEvent(new DragEvent(kind, drag));
  told("dragover");
  const over = document.getElementById("drop").classList.contains("over");
  told("drop");
  return [over, document.getElementById("drop").classList.contains("over")];
}"""


def test_a_file_is_dropped_anywhere_on_the_page(visit: Any, sounds: Sounds) -> None:
    page = visit()
    content = base64.b64encode(sounds["one.wav"].read_bytes()).decode()
    assert page.evaluate(DROP, ["dropped.wav", content]) == [True, False]
    page.wait_for_selector(".verdict h1")
    assert "dropped.wav" in page.inner_text(".about")


def test_without_a_microphone_the_page_says_what_to_do(visit: Any) -> None:
    page = visit()
    refuse = "() => { navigator.mediaDevices.getUserMedia = () => Promise.reject(new DOMException('', '%s')); }"
    for name, said in (("NotAllowedError", "Allow it for this page"), ("NotFoundError", "Plug one in")):
        page.evaluate(refuse % name)
        page.get_by_role("button", name="Record").click()
        page.get_by_role("alert").get_by_text(said).wait_for()


def test_the_history_is_searched_compared_downloaded_and_deleted(visit: Any, sounds: Sounds, accessible: Any) -> None:
    page = visit()
    for name in ("two.flac", "three.wav"):
        page.goto(page.url.partition("#")[0])
        analysed(page, sounds[name])
    for kind, head in (("PDF", b"%PDF"), ("PNG", b"\x89PNG"), ("CSV", b"start"), ("JSON", b"{")):
        with page.expect_download(timeout=60_000) as got:
            page.get_by_role("button", name=f"Download {kind} of three.wav").click()
        assert got.value.suggested_filename == f"three.{kind.lower()}"
        assert Path(got.value.path()).read_bytes().lstrip(b"\xef\xbb\xbf").startswith(head)
    page.get_by_role("link", name="History").click()
    rows = page.locator(".history-list li")
    page.get_by_label("Part of the file’s name").fill("three")
    until(page, "document.querySelectorAll('.history-list li').length === 1")
    page.get_by_label("Part of the file’s name").fill("")
    until(page, "document.querySelectorAll('.history-list li').length > 1")
    page.locator(".trend-columns rect").first.wait_for()
    assert accessible(page) == []
    rows.nth(0).get_by_role("checkbox").check()
    rows.nth(1).get_by_role("checkbox").check()
    page.get_by_role("link", name="Compare the two").click()
    page.get_by_role("heading", name="Two results side by side").wait_for()
    assert page.locator(".differences tbody tr").count() == 8
    assert accessible(page) == []
    page.go_back()
    page.get_by_role("button", name="Delete three.wav").first.click()
    page.get_by_role("button", name="Delete it").click()
    page.locator("#aloud", has_text="three.wav was deleted.").wait_for()
    page.get_by_label("Part of the file’s name").fill("three")
    page.get_by_text("Nothing fits these filters.").wait_for()


def test_all_of_it_works_with_the_keyboard(visit: Any) -> None:
    page = visit()
    page.keyboard.press("Tab")
    assert page.evaluate("document.activeElement.id") == "skip"
    sample = page.get_by_role("button", name="High and lively")
    for _ in range(12):
        page.keyboard.press("Tab")
        if sample.evaluate("(button) => button === document.activeElement"):
            break
    page.keyboard.press("Enter")
    page.wait_for_selector(".verdict h1")
    assert page.evaluate("document.activeElement.tagName") == "H1"
    page.wait_for_selector(".play:enabled")
    page.keyboard.press("ArrowRight")
    until(page, "document.querySelector('.scope').getAttribute('aria-valuenow') === '1.0'")
    page.keyboard.press("Space")
    page.get_by_role("button", name="Pause").wait_for()
    page.keyboard.press("Space")
    page.get_by_role("button", name="Play", exact=True).wait_for()
    page.locator(".scope").focus()
    page.keyboard.press("Home")
    assert page.locator(".scope").get_attribute("aria-valuenow") == "0.0"


@pytest.mark.parametrize("scheme", ["light", "dark"])
def test_a_narrow_screen_shows_everything(visit: Any, sounds: Sounds, accessible: Any, scheme: str) -> None:
    page = visit(viewport={"width": 320, "height": 640}, color_scheme=scheme, locale="de-DE")
    assert page.locator("html").get_attribute("lang") == "de"
    too_wide = "document.documentElement.scrollWidth > window.innerWidth"
    assert not page.evaluate(too_wide)
    analysed(page, sounds["one.wav"])
    page.wait_for_selector(".scope[data-drawn=yes]")
    assert not page.evaluate(too_wide)
    assert accessible(page) == []
    page.get_by_role("link", name="Verlauf").click()
    page.wait_for_selector(".history-list li")
    assert not page.evaluate(too_wide)
    assert accessible(page) == []


def test_the_language_can_be_chosen(visit: Any, sounds: Sounds) -> None:
    page = visit()
    analysed(page, sounds["one.wav"])
    page.get_by_label("Language").select_option("de")
    page.get_by_role("heading", name="Alle Gefühle").wait_for()
    page.reload()
    page.get_by_role("heading", name="Alle Gefühle").wait_for()


def test_an_hour_is_a_job_that_survives_a_reload(serving: Any, visit: Any, tmp_path: Path) -> None:
    minute = speech_like(60.0, 8000, np.random.default_rng(1))
    hour = tmp_path / "hour.flac"
    with soundfile.SoundFile(hour, "w", 8000, 1, "PCM_16") as file:
        for _ in range(60):
            file.write(minute)
    with serving(tmp_path / "data", max_upload_mb=200, store_audio=True) as address:
        page = visit(address=address)
        page.set_input_files("#file", hour)
        page.locator("[data-state=analysing]").wait_for()
        until(page, "localStorage.getItem('sentisound.jobs')?.includes('job_')")
        page.reload()
        page.locator("#queue-list", has_text="hour.flac").wait_for()
        page.locator(".verdict h1").wait_for(timeout=170_000)
        page.wait_for_selector(".scope[data-drawn=yes]")
        assert page.locator(".scope").get_attribute("aria-valuemax") == "3600"
        # the longest that the page did not answer while it drew the hour again
        stall_ms = page.evaluate(
            """async () => {
              let longest = 0, last = performance.now();
              const timer = setInterval(() => {
                longest = Math.max(longest, performance.now() - last);
                last = performance.now();
              }, 10);
              dispatchEvent(new HashChangeEvent("hashchange"));
              await new Promise((resolve) => setTimeout(resolve, 1500));
              clearInterval(timer);
              return longest;
            }"""
        )
        assert stall_ms < 1000


def test_a_job_can_be_cancelled(serving: Any, visit: Any, tmp_path: Path) -> None:
    sound = tmp_path / "long.flac"
    soundfile.write(sound, np.tile(speech_like(30.0, 16_000, np.random.default_rng(1)), 20), 16_000)
    with serving(tmp_path / "data", async_after_s=10) as address:
        page = visit(address=address)
        page.set_input_files("#file", sound)
        until(page, "localStorage.getItem('sentisound.jobs')?.includes('job_')")
        page.get_by_role("button", name="Cancel long.flac").click()
        page.locator("[data-state=cancelled]").wait_for()
        jobs = page.request.get(f"{address}/v1/jobs").json()["jobs"]
        assert [job["status"] for job in jobs] == ["cancelled"]


def test_where_a_key_is_asked_for_the_page_asks(
    serving: Any, visit: Any, sounds: Sounds, tmp_path: Path, monkeypatch: Any, accessible: Any
) -> None:
    monkeypatch.setenv("SENTISOUND_DATA_DIR", str(tmp_path))
    key = key_of(*SCOPES)
    user_of("ada", *set(SCOPES) - {"admin"})
    with serving(tmp_path, require_keys=True) as address:
        page = visit(address=address)
        page.get_by_role("heading", name="Sign in").wait_for()
        assert accessible(page) == []
        page.get_by_label("Key").fill("ss_wrong")
        page.keyboard.press("Enter")
        page.get_by_text("That was refused.").wait_for()
        page.get_by_label("Key").fill(key)
        page.keyboard.press("Enter")
        analysed(page, sounds["one.wav"])
        page.get_by_role("button", name="Sign out").click()
        page.get_by_label("User name").fill("ada")
        page.get_by_label("Password").fill(PASSWORD)
        page.keyboard.press("Enter")
        page.get_by_role("link", name="History").click()
        page.get_by_text("Nothing was analysed yet").wait_for()


def test_a_server_that_has_gone_is_told_of(serving: Any, visit: Any, sounds: Sounds, tmp_path: Path) -> None:
    with serving(tmp_path) as address:
        page = visit(address=address)
    page.set_input_files("#file", sounds["one.wav"])
    page.locator("[data-state=failed]", has_text="The server cannot be reached").wait_for()


def test_nothing_is_fetched_from_elsewhere(visit: Any, server: str, sounds: Sounds) -> None:
    page = visit()
    asked: list[str] = []
    page.on("request", lambda request: asked.append(request.url))
    page.reload()
    analysed(page, sounds["one.wav"])
    page.wait_for_selector(".scope[data-drawn=yes]")
    assert [url for url in asked if not url.startswith((server, "blob:"))] == []
    assert min(first_paint_ms(page) for _ in range(3)) < 1000


def first_paint_ms(page: Any) -> float:
    """Load the page again and return when something was seen of it; the best of some, as the machine may be busy."""
    page.reload()
    painted = "performance.getEntriesByName('first-contentful-paint')"
    until(page, f"{painted}.length > 0")
    return float(page.evaluate(f"{painted}[0].startTime"))
