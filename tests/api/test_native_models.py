"""``/v1/models``, ``/v1/analytics/emotions`` and the contract itself."""

from __future__ import annotations

from collections.abc import Iterator
from datetime import UTC, datetime
from pathlib import Path

import httpx
import pytest

from sentisound.api.models import Models
from sentisound.api.native import EmotionAnalytics, ModelList
from sentisound.errors import BundleNotFound
from sentisound.service import Analyzer
from sentisound.settings import Settings


@pytest.fixture(scope="module")
def analyzer() -> Analyzer:
    return Analyzer(Settings(model="default"))


@pytest.fixture(scope="module")
def served(serving, analyzer: Analyzer, tmp_path_factory) -> Iterator[httpx.Client]:
    with serving(analyzer, history=True, data_dir=tmp_path_factory.mktemp("data")) as client:
        yield client


def test_models_have_their_cards(served: httpx.Client, analyzer: Analyzer):
    answer = served.get("/v1/models")
    ModelList.model_validate_json(answer.content)
    body = answer.json()
    first = body["models"][0]
    assert (first["id"], first["default"], first["limits"]) == (analyzer.card.id, True, analyzer.card.limits)
    assert {"default", "original"} <= {one["name"] for one in body["models"]}
    assert [one["default"] for one in body["models"]].count(True) == 1
    for name in ("original", "original@1.0.0"):
        assert served.get(f"/v1/models/{name}").json()["name"] == "original"
    for name in ("nobody", "original@9", "..%2f..%2fetc"):
        assert served.get(f"/v1/models/{name}").status_code == 404


def test_the_last_models_asked_for_stay_open(analyzer: Analyzer, tiny_bundle: Path):
    models = Models(Settings.load(models_dir=tiny_bundle.parent, model_cache=1), analyzer)
    assert models.get(models.named(None)) is analyzer
    tiny = models.get(models.named("tiny"))
    assert models.get("tiny") is tiny
    original = models.get("original")
    assert models.get("original") is original
    assert models.get("tiny") is not tiny  # it had made room
    assert models.get("default") is analyzer
    with pytest.raises(BundleNotFound, match="default, original, tiny"):
        models.named("nobody")
    assert models.card_of("tiny@0.0.1").name == "tiny"
    assert models.card_of("tiny@9.9.9") is None


def test_a_model_that_cannot_be_read_is_left_out(analyzer: Analyzer, tiny_bundle: Path):
    models = Models(Settings.load(models_dir=tiny_bundle.parent), analyzer)
    assert "tiny" in models.cards()
    (tiny_bundle / "bundle.json").write_text("{}")
    assert "tiny" not in models.cards()


def test_shares_and_trends(serving, fake, tmp_path: Path):
    from sentisound.history.store import History
    from sentisound.results import Analysis, Quality, Scores

    quality = Quality(-20.0, 24.0, 0.0, 0.0, 8000.0, 0.8)
    heard = {1: ("happy", "happy", "sad", "sad"), 2: ("sad", "sad", "sad", "angry")}
    with History.open(Settings.load(data_dir=tmp_path)) as history:
        for day, emotions in heard.items():
            for emotion in emotions:
                rest = "neutral" if emotion != "neutral" else "calm"
                scores = Scores((emotion, rest), (0.7, 0.3))
                when = datetime(2026, 11, day, 12, tzinfo=UTC)
                analysis = Analysis("m@1", f"{emotion}.wav", 1.0, scores, (), quality, created=when)
                history.add(analysis, speaker="Ann" if day == 1 else None)
    with serving(fake(), history=True, data_dir=tmp_path) as client:
        body = client.get("/v1/analytics/emotions", params={"bucket": "day"}).json()
        EmotionAnalytics.model_validate(body)
        (series,) = body["series"]
        first, second = series["buckets"]
        assert (series["group"], series["count"], first["start"]) == (None, 8, "2026-11-01T00:00:00Z")
        assert first["shares"] == {"happy": 0.5, "sad": 0.5}
        assert first["trend"] is None
        assert second["emotions"] == {"sad": 3, "angry": 1}
        assert second["trend"] == {"sad": 0.25, "angry": 0.25, "happy": -0.5}
        ask = lambda **parameters: client.get("/v1/analytics/emotions", params=parameters).json()["series"]  # noqa: E731
        assert [one["group"] for one in ask(group="speaker")] == ["Ann"]
        assert [one["group"] for one in ask(group="file", bucket="month")] == ["angry.wav", "happy.wav", "sad.wav"]
        assert ask(**{"from": "2026-11-02T00:00:00Z"})[0]["count"] == 4
        assert ask(q="nothing") == []
        assert client.get("/v1/analytics/emotions", params={"bucket": "year"}).status_code == 422


def test_the_contract_describes_what_is_served(served: httpx.Client):
    contract = served.get("/v1/openapi.json").json()
    native = {path: set(methods) for path, methods in contract["paths"].items() if path.startswith("/v1/")}
    assert native["/v1/analyses"] == {"get", "post"}
    assert native["/v1/jobs/{identity}"] == {"get", "delete"}
    assert {
        *("/v1/analyses/{identity}/report.pdf", "/v1/analyses/{identity}/chart.png", "/v1/analyses/{identity}/audio"),
        *("/v1/jobs/{identity}/events", "/v1/models", "/v1/models/{identity}", "/v1/analytics/emotions"),
    } <= set(native)
    body = contract["paths"]["/v1/analyses"]["post"]
    form = body["requestBody"]["content"]["multipart/form-data"]["schema"]
    assert form["required"] == ["file"]
    assert set(form["properties"]["options"]["properties"]) >= {"model", "store", "language"}
    assert {"200", "202", "400", "413", "415", "422", "503"} <= set(body["responses"])
    for path, methods in native.items():
        for method in contract["paths"][path].values():
            assert method["summary"], (path, methods)
            assert method["description"], path
