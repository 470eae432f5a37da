"""``/v1/analyses`` over a real socket: answers in the shape of the contract, kept, listed and deleted."""

from __future__ import annotations

import json
import unicodedata
from collections.abc import Callable, Iterator
from datetime import UTC, datetime, timedelta
from pathlib import Path
from urllib.parse import unquote

import httpx
import pypdfium2
import pytest

from sentisound.api.native import AnalysisList, AnalysisShape, Options
from sentisound.audio.reading import RawFormat, Reading
from sentisound.audio.waveform import Waveform
from sentisound.service import Analyzer
from sentisound.settings import Settings

KEYS = [
    "id", "created", "model", "file", "duration", "emotion", "confidence", "abstained", "reason", "scores", "valence",
    "arousal", "dimensions", "segments", "quality", "transcript", "interpretation", "missing", "timings",
]  # fmt: skip


@pytest.fixture(scope="module")
def kept(serving, tmp_path_factory) -> Iterator[httpx.Client]:
    """Serve with the model that ships and a history."""
    folder = tmp_path_factory.mktemp("kept")
    with serving(Analyzer(Settings(model="default")), history=True, data_dir=folder, async_after_s=10) as client:
        yield client


def send(client: httpx.Client, wav: bytes, name: str = "clip.wav", headers=None, **options) -> httpx.Response:
    form = {"options": json.dumps(options)} if options else {}
    sound = {"file": (name, wav)}
    return client.post("/v1/analyses", files=sound, data=form, headers=headers, timeout=60)  # it may load a model


def test_the_answer_is_an_analysis_and_is_kept(kept: httpx.Client, wav: bytes):
    answer = send(kept, wav)
    assert answer.status_code == 200
    assert answer.headers["X-SentiSound-History"] == "kept"
    body = answer.json()
    assert list(body) == KEYS
    AnalysisShape.model_validate(body)
    assert body["id"].startswith("an_")
    assert body["model"] == kept.get("/v1/models").json()["models"][0]["id"]
    assert sum(body["scores"].values()) == pytest.approx(1, abs=1e-4)
    assert body["emotion"] == max(body["scores"], key=body["scores"].get)
    assert kept.get(f"/v1/analyses/{body['id']}").json() == body
    assert kept.get("/v1/analyses", params={"limit": 1}).json()["analyses"] == [body]


def test_options_may_come_as_text_with_a_type_or_as_a_file(kept: httpx.Client, wav: bytes):
    for part in ((None, '{"segments": false}', "application/json"), ("o.json", b'{"segments": false}')):
        answer = kept.post("/v1/analyses", files={"file": ("a.wav", wav), "options": part})
        assert answer.json()["segments"] == []


def test_words_come_from_the_engines_and_what_they_do_not_give_is_missing(kept: httpx.Client, wav: bytes):
    body = send(kept, wav, transcribe=True, interpret=True, language="pl").json()
    AnalysisShape.model_validate(body)
    assert body["transcript"] is None
    assert [(one["part"], one["code"]) for one in body["missing"]] == [("transcript", "language_unsupported")]
    assert body["interpretation"]["engine"] == "rules"
    heard = send(kept, wav, transcribe=True, language="en").json()
    AnalysisShape.model_validate(heard)
    assert heard["transcript"]["engine"].startswith("sphinx")
    assert (heard["missing"], heard["interpretation"]) == ([], None)


def test_another_model_answers_by_its_name(kept: httpx.Client, wav: bytes):
    for name in ("original", "original@1.0.0"):
        assert send(kept, wav, model=name).json()["model"] == "original@1.0.0"


def test_what_is_not_to_be_stored_is_not(kept: httpx.Client, wav: bytes):
    answer = send(kept, wav, store=False)
    assert answer.headers["X-SentiSound-History"] == "off"
    assert kept.get(f"/v1/analyses/{answer.json()['id']}").status_code == 404


@pytest.mark.parametrize(
    "options",
    ["[]", '{"modell": "x"}', '{"segments": 1}', '{"language": "!"}', '{"model": "nobody"}', "x" * 20_000],
)
def test_options_that_there_are_not_are_refused(kept: httpx.Client, wav: bytes, options: str):
    answer = kept.post("/v1/analyses", files={"file": ("a.wav", wav)}, data={"options": options})
    assert answer.status_code == 422, answer.text
    assert "options" in answer.text


@pytest.mark.parametrize("options", ["{", "\0", "segments=true"])
def test_options_that_are_not_json_are_malformed(kept: httpx.Client, wav: bytes, options: str):
    answer = kept.post("/v1/analyses", files={"file": ("a.wav", wav)}, data={"options": options})
    assert (answer.status_code, answer.json()["errors"][0]["pointer"]) == (400, "/body/options")


def test_a_model_is_a_name_and_never_a_folder(kept: httpx.Client, wav: bytes, tiny_bundle: Path):
    assert send(kept, wav, model=str(tiny_bundle)).status_code == 422


@pytest.mark.parametrize(
    ("content", "status"), [(b"", 400), (b"a poem, not a sound", 415), (b"RIFF\0\0\0\0WAVEfmt ", 415)]
)
def test_what_cannot_be_analysed_is_told(kept: httpx.Client, content: bytes, status: int):
    assert send(kept, content).status_code == status


def test_lists_go_on_where_they_stopped_and_are_filtered(serving, fake, wav: bytes, tmp_path: Path):
    with serving(fake(), history=True, data_dir=tmp_path) as client:
        made = [send(client, wav, f"Take {number}.wav").json()["id"] for number in range(5)]
        found, cursor = [], None
        while True:
            page = client.get("/v1/analyses", params={"limit": 2, **({"cursor": cursor} if cursor else {})}).json()
            AnalysisList.model_validate(page)
            found += [one["id"] for one in page["analyses"]]
            if (cursor := page["cursor"]) is None:
                break
        assert found == made[::-1]
        later = (datetime.now(UTC) + timedelta(minutes=1)).isoformat()
        for parameters, count in (
            ({"q": "take 3"}, 1),
            ({"emotion": "happy"}, 5),
            ({"emotion": "sad"}, 0),
            ({"model": "fake@1.0.0"}, 5),
            ({"model": "other@1.0.0"}, 0),
            ({"from": later}, 0),
            ({"to": later}, 5),
        ):
            assert len(client.get("/v1/analyses", params=parameters).json()["analyses"]) == count, parameters
        for bad in ({"limit": 0}, {"limit": 101}, {"from": "yesterday"}):
            assert client.get("/v1/analyses", params=bad).status_code == 422
        assert client.get("/v1/analyses", params={"cursor": "x"}).status_code == 400


@pytest.mark.parametrize("path", ["/v1/analyses", "/v1/analytics/emotions"])
@pytest.mark.parametrize("bound", ["from", "to"])
@pytest.mark.parametrize("moment", ["0001-01-01T00:00:00+23:59", "9999-12-31T23:59:59-23:59"])
def test_a_moment_beyond_the_calendar_is_refused(kept: httpx.Client, path: str, bound: str, moment: str):
    answer = kept.get(path, params={bound: moment})
    assert answer.status_code == 422, answer.text
    assert "outside the years 1 to 9999 of UTC" in answer.text
    assert kept.get(path, params={bound: moment[:19] + "Z"}).status_code == 200


def test_delete_is_final(serving, fake, wav: bytes, tmp_path: Path):
    with serving(fake(), history=True, store_audio=True, data_dir=tmp_path, cache_dir=tmp_path / "cache") as client:
        identity = send(client, wav).json()["id"]
        assert client.get(f"/v1/analyses/{identity}/audio").content == wav
        assert client.get(f"/v1/analyses/{identity}/chart.png").status_code == 200
        assert client.delete(f"/v1/analyses/{identity}").status_code == 204
        assert client.delete(f"/v1/analyses/{identity}").status_code == 404
        for path in ("", "/audio", "/chart.png", "/report.pdf", "/export.csv"):
            assert client.get(f"/v1/analyses/{identity}{path}").status_code == 404, path
        assert not list((tmp_path / "sounds").iterdir())
        assert not list((tmp_path / "cache" / "pictures").iterdir())


def test_without_a_history_everything_is_answered_at_once(serving, fake, wav: bytes):
    with serving(fake(), history=False, async_after_s=0.5) as client:
        answer = send(client, wav, headers={"Prefer": "respond-async"})
        assert (answer.status_code, answer.headers["X-SentiSound-History"]) == (200, "off")
        assert client.get("/v1/analyses").json() == {"analyses": [], "cursor": None}
        assert client.get(f"/v1/analyses/{answer.json()['id']}").status_code == 404


@pytest.mark.parametrize(
    "name", ["<script>alert(1)</script>.wav", "x" * 300 + ".wav", "\u062a\u0633\u062c\u064a\u0644.wav"]
)
def test_any_name_comes_back_as_it_was(kept: httpx.Client, wav: bytes, name: str):
    body = send(kept, wav, name).json()
    assert body["file"] == name.rpartition("/")[2]
    answer = kept.get(f"/v1/analyses/{body['id']}/export.json")
    assert answer.json() == body
    assert answer.headers["Content-Disposition"].isascii()
    assert unquote(answer.headers["Content-Disposition"]).endswith(f"{Path(name).stem}.json")
    report = kept.get(f"/v1/analyses/{body['id']}/report.pdf")
    assert unquote(report.headers["Content-Disposition"]).endswith(f"{Path(name).stem}_report.pdf")
    with pypdfium2.PdfDocument(report.content) as document:
        shown = document[0].get_textpage().get_text_bounded()
    stem = letters(Path(body["file"]).stem)  # a name is no path, and of one from right to left the ending comes first
    assert stem[:20] in letters(shown)


def letters(text: str) -> str:
    """Return the letters of a text: a PDF breaks long names, and holds Arabic in the forms that are drawn."""
    return "".join(c for c in unicodedata.normalize("NFKC", text) if c.isalnum())


def test_every_option_reaches_the_analyzer(serving, fake, wav: bytes, tmp_path: Path):
    asked: list[dict] = []

    class Listening(fake):
        def analyze(self, source, *, heard: Callable[[Waveform], None] | None = None, **options):
            asked.append({name: value for name, value in options.items() if name not in {"name", "max_duration_s"}})
            return super().analyze(source, heard=heard)

    with serving(Listening(), history=True, data_dir=tmp_path) as client:
        send(client, wav)
        send(client, wav, transcribe=True, interpret=True, language="de")
        send(client, wav, track=2, raw="8000,mulaw")
        assert send(client, wav, raw="8000,mp3").status_code == 422
    reading = Reading(2, RawFormat(8000, "mulaw", 1))
    assert asked == [{}, {"transcribe": True, "interpret": True, "language": "de"}, {"reading": reading}]
    assert set(Options.model_fields) == {
        "model", "segments", "transcribe", "interpret", "language", "store", "speaker", "track", "raw"
    }  # fmt: skip
