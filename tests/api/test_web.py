"""The page's files by themselves: whole, free of what the policy forbids, in step with the Python side."""

from __future__ import annotations

import io
import json
import re
import shutil
import subprocess
from functools import cache
from html.parser import HTMLParser
from pathlib import Path
from typing import Any

import numpy as np
import pytest
import soundfile

from sentisound.api.routes.pages import WEB
from sentisound.emotions import EMOTIONS
from sentisound.results import Reason

PAGE = (WEB / "index.html").read_text(encoding="utf-8")
SCRIPTS = sorted(WEB.glob("*.js"))


class Page(HTMLParser):
    """Every element of the page with its attributes."""

    def __init__(self) -> None:
        super().__init__()
        self.elements: list[tuple[str, dict[str, str | None]]] = []
        self.feed(PAGE)

    def handle_starttag(self, tag: str, attributes: list[tuple[str, str | None]]) -> None:
        self.elements.append((tag, dict(attributes)))

    @property
    def ids(self) -> list[str]:
        return [attributes["id"] for _, attributes in self.elements if attributes.get("id")]

    def every(self, tag: str) -> list[dict[str, str | None]]:
        return [attributes for found, attributes in self.elements if found == tag]


def test_the_palette_is_that_of_the_emotions() -> None:
    css = (WEB / "palette.css").read_text(encoding="utf-8")
    colours = dict(re.findall(r"\.emotion-(\w+) \{ --emotion: (#[0-9a-f]{6}); \}", css))
    assert colours == {name: emotion.colour for name, emotion in EMOTIONS.items()}


def test_nothing_stands_inline() -> None:
    """The policy forbids inline scripts, styles and handlers: a browser would silently drop them."""
    page = Page()
    assert page.every("style") == []
    assert all(script.get("src") for script in page.every("script"))
    for _, attributes in page.elements:
        assert "style" not in attributes
        assert not [name for name in attributes if name.startswith("on")]


@pytest.mark.parametrize("path", sorted(WEB.iterdir()), ids=lambda path: path.name)
def test_nothing_comes_from_elsewhere(path: Path) -> None:
    text = path.read_text(encoding="utf-8").replace("http://www.w3.org/2000/svg", "")
    assert "http:" not in text
    assert "https:" not in text
    assert "//cdn" not in text
    assert not re.search(r"innerHTML|outerHTML|insertAdjacentHTML|document\.write|eval\(", text)


def test_every_file_that_is_named_is_there_and_relative() -> None:
    """Relative, so that the page also works below a path of a larger site."""
    page = Page()
    named = [link["href"] for link in page.every("link")]
    named += [tag["src"] for tag in page.every("script") + page.every("img")]
    for name in named:
        assert name is not None
        assert name.startswith("static/")
        assert (WEB / name.removeprefix("static/")).is_file()


@pytest.mark.parametrize("script", SCRIPTS, ids=lambda path: path.name)
def test_scripts_find_what_they_look_for(script: Path) -> None:
    text = script.read_text(encoding="utf-8")
    for name in re.findall(r'(?:getElementById|\bat)\("([^"]+)"\)', text):
        assert name in Page().ids
    for module in re.findall(r'(?:from|import\() ?"\./([^"]+)"', text):
        assert (WEB / module).is_file()


@pytest.mark.parametrize("script", SCRIPTS, ids=lambda path: path.name)
def test_modules_are_short_and_say_what_they_are_for(script: Path) -> None:
    lines = script.read_text(encoding="utf-8").splitlines()
    assert len(lines) < 250
    assert lines[0].startswith("// ")


def test_every_script_is_used() -> None:
    everything = PAGE + "".join(script.read_text(encoding="utf-8") for script in SCRIPTS)
    assert [script.name for script in SCRIPTS if f'{script.name}"' not in everything] == []


def test_the_page_can_be_read_aloud() -> None:
    page = Page()
    assert page.every("html") == [{"lang": "en"}]  # until the scripts have chosen
    assert len(page.every("h1")) == 1
    assert len(set(page.ids)) == len(page.ids)
    roles = {attributes.get("role") for _, attributes in page.elements}
    assert {"status", "alert"} <= roles
    for _, attributes in page.elements:
        for reference in ("for", "aria-labelledby", "aria-describedby"):
            if attributes.get(reference):
                assert attributes[reference] in page.ids
    assert all("alt" in image for image in page.every("img"))


def test_the_page_says_what_it_is_not_for() -> None:
    shown = [attributes["data-text"] for _, attributes in Page().elements if "data-text" in attributes]
    notice = " ".join(texts()[key][0] for key in shown if key and key.startswith("notice."))
    for said in ("lie detector", "acted speech", "no decision about a person", "medicine"):
        assert said in notice


def test_every_text_is_there_in_every_language() -> None:
    known = texts()
    for key, versions in known.items():
        assert len(versions) == len(languages())
        assert all(versions), key
        holes = [sorted(re.findall(r"{(\w+)}", version)) for version in versions]
        assert holes[0] == holes[1], key


def test_texts_that_are_asked_for_are_those_that_there_are() -> None:
    """Keys made of parts (``emotion.${name}``) count as asked for by their first part."""
    everything = PAGE + "".join(one.read_text(encoding="utf-8") for one in SCRIPTS if one.name != "texts.js")
    known = texts()
    named = set(re.findall(r'(?:data-text=|data-label=|\bt\(|field\()"([a-z-]+\.[\w.-]+)"', everything))
    assert named - set(known) == set()
    parts = (*re.findall(r"`([a-z-]+\.(?:[a-z-]+-)?)\$\{", everything), "sign-in.", "record.")
    unused = [key for key in known if f'"{key}"' not in everything and not key.startswith(parts)]
    assert [key for key in unused if not key.endswith("-named")] == []


def test_every_emotion_has_a_name_and_a_place() -> None:
    places = evaluated("plane.js", "module.ANCHORS")
    assert places == {name: [emotion.valence, emotion.arousal] for name, emotion in EMOTIONS.items()}
    assert {f"emotion.{name}" for name in EMOTIONS} == {key for key in texts() if key.startswith("emotion.")}


def texts() -> dict[str, list[str]]:
    return evaluated("texts.js", "module.TEXTS")


def languages() -> list[str]:
    return evaluated("texts.js", "Object.keys(module.LANGUAGES)")


@cache
def evaluated(file: str, expression: str) -> Any:
    """Evaluate an expression over a ``module`` of the page with Node."""
    script = f"import * as module from {json.dumps((WEB / file).as_uri())}; console.log(JSON.stringify({expression}))"
    node = shutil.which("node")
    if node is None:
        pytest.skip("there is no Node here to run the page's scripts")
    done = subprocess.run(
        [node, "--no-warnings", "--input-type=module", "--experimental-default-type=module", "-e", script],
        capture_output=True,
        text=True,
        check=True,
        timeout=30,
    )
    return json.loads(done.stdout)


def test_probabilities_in_words() -> None:
    assert evaluated("words.js", "[0.95, 0.85, 0.7, 0.6, 0.45, 0.2, 0].map(module.sureness)") == [
        "very sure",
        "very sure",
        "fairly sure",
        "fairly sure",
        "not very sure",
        "hardly more than a guess",
        "hardly more than a guess",
    ]
    assert evaluated("words.js", "[1, 0.9999, 0.994, 0.715, 0.005, 0.0049, 0].map(module.percent)") == [
        "100\u00a0%",
        "> 99\u00a0%",
        "99\u00a0%",
        "72\u00a0%",
        "1\u00a0%",
        "< 1\u00a0%",
        "0\u00a0%",
    ]


def test_an_answer_in_words() -> None:
    said = evaluated("words.js", 'module.verdict({ emotion: "happy", scores: { happy: 0.71 }, reason: null })')
    assert said == {"kicker": "Likeliest emotion", "heading": "Happy", "trust": "The model is fairly sure (71\u00a0%)."}


def test_every_reason_to_abstain_has_words_of_its_own() -> None:
    reasons = list(Reason.__args__)
    answers = evaluated(
        "words.js",
        f'{json.dumps(reasons)}.map((reason) => module.verdict({{ emotion: "sad", scores: {{ sad: 0.3 }}, reason }}))',
    )
    assert all(answer["kicker"] == "Not sure" for answer in answers)
    assert len({answer["heading"] for answer in answers}) == len(reasons)
    assert all(answer["trust"].endswith("The likeliest would be sad (30\u00a0%).") for answer in answers)


def test_times_in_words() -> None:
    assert evaluated("words.js", "[0, 3.44, 59.97, 61, 3723.5].map((one) => module.clock(one))") == [
        "0:00.0",
        "0:03.4",
        "1:00.0",
        "1:01.0",
        "1:02:03.5",
    ]


def test_a_recording_is_a_wav_file() -> None:
    """What the microphone gave, as ``soundfile`` reads it."""
    blocks = "[new Float32Array([0, 0.5, -0.5]), new Float32Array([1, -1, 2])]"
    made = evaluated("wav.js", f"[...new Uint8Array(await module.wavOf({blocks}, 48000).arrayBuffer())]")
    samples, rate_hz = soundfile.read(io.BytesIO(bytes(made)), dtype="float32")
    assert rate_hz == 48_000
    np.testing.assert_allclose(samples, [0, 0.5, -0.5, 1, -1, 1], atol=1e-4)
