"""The history over HTTP: what was analysed is there, in the original shape, whatever becomes of the database."""

from __future__ import annotations

import base64
import csv
import hashlib
import io
import json
import re
import shutil
import time
from concurrent.futures import ThreadPoolExecutor
from contextlib import closing
from pathlib import Path

import pytest

from sentisound.errors import SettingsError
from sentisound.history.store import History
from sentisound.settings import Settings

COLUMNS = ["timestamp", "filename", "predicted_emotion", "confidence", "top_3_probabilities"]
NAMES = ["تسجيل صوتي.wav", "<script>alert(1).wav", "a,b.wav", "=1+1.wav"]


@pytest.fixture
def kept(serving, fake, tmp_path: Path):
    """``with kept(analyzer=None, **settings) as client``: a server with a history in a folder of its own."""

    def start(analyzer=None, **settings):
        return serving(analyzer or fake(), **{"history": True, "data_dir": tmp_path / "data", **settings})

    return start


def predict(client, wav: bytes, name: str = "clip.wav"):
    return client.post("/predict", files={"file": (name, wav)})


def test_predictions_and_recordings_are_listed_newest_first(kept, wav: bytes):
    with kept() as client:
        assert predict(client, wav, "first.wav").headers["X-SentiSound-History"] == "kept"
        recorded = client.post("/record", json={"audio": base64.b64encode(wav).decode()})
        assert recorded.headers["X-SentiSound-History"] == "kept"
        answer = client.get("/history")
    assert answer.headers["Content-Type"] == "application/json"
    assert set(answer.json()) == {"history"}
    newest, oldest = answer.json()["history"]
    assert list(newest) == list(oldest) == COLUMNS
    assert newest["filename"] == recorded.json()["audio_file"]
    assert oldest["filename"] == "first.wav"
    assert re.fullmatch(r"\d{4}-\d\d-\d\d \d\d:\d\d:\d\d", newest["timestamp"])
    assert re.sub(r"\D", "", newest["timestamp"])[:12] in re.sub(r"\D", "", newest["filename"])  # both local time
    assert (oldest["predicted_emotion"], oldest["confidence"]) == ("happy", 0.71)
    assert oldest["top_3_probabilities"] == '{"happy": 0.71, "angry": 0.1, "sad": 0.05}'


def test_the_whole_analysis_is_kept_with_the_hash_of_the_file(kept, wav: bytes, tmp_path: Path):
    with kept() as client:
        predict(client, wav)
        client.post("/record", json={"audio": base64.b64encode(wav).decode()})
        predict(client, wav * 40)  # beyond what stays in memory
    with History.open(Settings.load(data_dir=tmp_path / "data")) as history:
        large, *small = history.page().entries
    assert {entry.sha256 for entry in small} == {hashlib.sha256(wav).hexdigest()}
    assert large.sha256 == hashlib.sha256(wav * 40).hexdigest()
    document = json.loads(large.document)
    assert (document["id"], document["model"], document["emotion"]) == (large.id, "fake@1.0.0", "happy")


def test_any_name_is_right_in_json_and_csv(kept, wav: bytes):
    with kept() as client:
        for name in NAMES:
            predict(client, wav, name)
        listed = [row["filename"] for row in client.get("/history").json()["history"]]
        answer = client.get("/history.csv")
    assert listed == NAMES[::-1]
    assert answer.headers["Content-Type"] == "text/csv; charset=utf-8"
    assert answer.headers["Content-Disposition"] == 'attachment; filename="history.csv"'
    rows = list(csv.DictReader(io.StringIO(answer.text, newline="")))
    assert list(rows[0]) == COLUMNS
    assert [row["filename"] for row in rows] == ["'=1+1.wav", *NAMES[2::-1]]  # no spreadsheet runs it


def test_a_long_history_is_sent_whole(kept, wav: bytes, monkeypatch: pytest.MonkeyPatch):
    monkeypatch.setattr("sentisound.history.store.BATCH", 3)
    with kept() as client:
        for number in range(10):
            predict(client, wav, f"{number}.wav")
        listed = client.get("/history").json()["history"]
        rows = client.get("/history.csv").text.splitlines()
    assert [row["filename"] for row in listed] == [f"{number}.wav" for number in reversed(range(10))]
    assert len(rows) == 11


def test_an_empty_history_is_an_empty_list(kept):
    with kept() as client:
        assert client.get("/history").json() == {"history": []}
        assert client.get("/history.csv").text == ",".join(COLUMNS) + "\r\n"


def test_off_keeps_nothing(kept, wav: bytes, tmp_path: Path):
    with kept(history=False) as client:
        assert predict(client, wav).headers["X-SentiSound-History"] == "off"
        assert client.get("/history").json() == {"history": []}
        assert client.get("/history.csv").text == ",".join(COLUMNS) + "\r\n"
    assert not (tmp_path / "data").exists()


def test_an_analysis_is_answered_when_the_history_fails(kept, wav: bytes, tmp_path: Path):
    (tmp_path / "data").write_text("in the way")
    with kept() as client:
        answer = predict(client, wav)
        assert answer.status_code == 200
        assert answer.json()["emotion"] == "happy"
        assert answer.headers["X-SentiSound-History"] == "failed"
        for path in ("/history", "/history.csv"):
            listed = client.get(path)
            assert listed.status_code == 503
            assert listed.json() == {"error": "The history cannot be reached at the moment"}  # no paths for strangers


def test_a_database_that_goes_and_comes_back(kept, wav: bytes, tmp_path: Path):
    with kept() as client:
        outcomes = [predict(client, wav).headers["X-SentiSound-History"]]
        shutil.rmtree(tmp_path / "data")
        outcomes += [predict(client, wav).headers["X-SentiSound-History"] for _ in range(3)]
        assert len(client.get("/history").json()["history"]) == 2
    assert outcomes == ["kept", "failed", "kept", "kept"]


def test_many_clients_at_once_are_all_kept_once(kept, wav: bytes):
    with kept() as client:
        with ThreadPoolExecutor(8) as pool:
            answers = list(pool.map(lambda number: predict(client, wav, f"{number}.wav"), range(40)))
        names = [row["filename"] for row in client.get("/history").json()["history"]]
    answered = {answer.json()["audio_file"] for answer in answers if answer.status_code == 200}
    assert answered == set(names)
    assert len(names) == len(set(names))


def test_a_failed_analysis_is_not_kept(kept, fake):
    def refuse(_: bytes) -> None:
        raise SettingsError("no")

    with kept(fake(work=refuse)) as client:
        assert predict(client, b"x").status_code == 500
        assert client.get("/history").json() == {"history": []}


AGE_THE_FIRST = (
    "UPDATE analyses SET created_us = created_us - 3 * 86400000000 "
    "WHERE created_us = (SELECT min(created_us) FROM analyses)"
)


def test_the_retention_is_applied_when_the_server_starts(kept, wav: bytes, tmp_path: Path):
    with kept() as client:
        predict(client, wav)
        predict(client, wav)
    with closing(History.open(Settings.load(data_dir=tmp_path / "data"))) as history, history._engine.begin() as sql:
        sql.exec_driver_sql(AGE_THE_FIRST)
    with kept(retention_days=4) as client:
        assert len(client.get("/history").json()["history"]) == 2
    with kept(retention_days=2) as client:
        assert len(client.get("/history").json()["history"]) == 1


def test_the_retention_is_applied_again_while_the_server_runs(kept, wav: bytes, tmp_path: Path, monkeypatch):
    monkeypatch.setattr("sentisound.api.keeping.DAY_S", 0.05)
    with kept(retention_days=2) as client:
        predict(client, wav)
        predict(client, wav)
        with History.open(Settings.load(data_dir=tmp_path / "data")) as history, history._engine.begin() as sql:
            sql.exec_driver_sql(AGE_THE_FIRST)
        deadline = time.monotonic() + 5
        while len(client.get("/history").json()["history"]) > 1:
            assert time.monotonic() < deadline
            time.sleep(0.02)


def test_a_wrong_url_stops_the_server_before_it_starts(fake):
    from sentisound.api.app import create_app

    with pytest.raises(SettingsError, match="SENTISOUND_DATABASE_URL"):
        create_app(Settings.load(database_url="mysql://db/x"), fake())
