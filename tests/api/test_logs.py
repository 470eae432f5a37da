"""The log: lines for people or for machines, each with its request, none with a secret or what somebody sent."""

from __future__ import annotations

import json
import logging
import time

import httpx
import pytest

from sentisound.api.logs import JsonFormatter, TextFormatter, configure, masked, request_id
from sentisound.settings import Settings

KEY = "ss_0123456789abcdef_" + "a" * 43
TOKEN = "eyJhbGciOiJIUzI1NiJ9.eyJzdWIiOiJhbm5hIn0.c2lnbmF0dXJl"  # noqa: S105


@pytest.mark.parametrize(
    ("text", "safe"),
    [
        (f"key {KEY} used", "key ss_0123456789abcdef_*** used"),
        (f"Bearer {TOKEN}", "Bearer eyJ***"),
        ("refresh sr_" + "b" * 43, "refresh sr_***"),
        ("whsec_" + "c" * 44, "whsec_***"),
        ("postgresql://anna:hunter2@host/name", "postgresql://anna:***@host/name"),
        ("nothing to hide: ss_1, sr_2", "nothing to hide: ss_1, sr_2"),
    ],
)
def test_secrets_are_masked_wherever_they_stand(text: str, safe: str) -> None:
    assert masked(text) == safe


def record(message: str, **extra: object) -> logging.LogRecord:
    made = logging.makeLogRecord({"name": "sentisound.x", "levelname": "WARNING", "msg": message, "created": 0.0})
    vars(made).update(extra)
    return made


def test_a_json_line_says_all_and_stays_one_line() -> None:
    token = request_id.set("req_1")
    try:
        line = JsonFormatter().format(record(f"two\nlines {KEY}", status=200, client=KEY))
    finally:
        request_id.reset(token)
    assert "\n" not in line
    said = json.loads(line)
    assert said["time"] == "1970-01-01T00:00:00.000+00:00"
    assert (said["level"], said["logger"], said["request_id"], said["status"]) == (
        "warning",
        "sentisound.x",
        "req_1",
        200,
    )
    assert KEY not in line


def test_a_line_for_people_says_it_too() -> None:
    assert (
        TextFormatter().format(record("hello", status=200))
        == "1970-01-01T00:00:00Z WARNING sentisound.x hello status=200"
    )


def test_a_traceback_is_part_of_the_line() -> None:
    with pytest.raises(ValueError, match="ss_") as caught:
        int(KEY)
    made = record("failed", exc_info=(ValueError, caught.value, caught.tb))
    assert "'ss_0123456789abcdef_***'" in json.loads(JsonFormatter().format(made))["exception"]
    assert "'ss_0123456789abcdef_***'" in TextFormatter().format(made)


def test_the_settings_decide_form_and_level(capsys: pytest.CaptureFixture[str]) -> None:
    for form, level in (("json", "info"), ("text", "warning")):
        configure(Settings.load(log_format=form, log_level=level))
        logging.getLogger("sentisound.access").info("asked")
        logging.getLogger("sentisound.access").warning("trouble")
    lines = capsys.readouterr().err.splitlines()
    assert [json.loads(line)["message"] for line in lines[:2]] == ["asked", "trouble"]
    assert lines[2:] == [lines[2]]
    assert lines[2].endswith("WARNING sentisound.access trouble")


def test_each_request_is_told_once_with_its_identity(client: httpx.Client, wav: bytes, caplog) -> None:
    caplog.set_level(logging.INFO, "sentisound.access")
    client.post("/predict?name=private", files={"file": ("private.wav", wav)}, headers={"X-Request-ID": "trace-1"})
    deadline = time.monotonic() + 10
    while not (told := [one for one in caplog.records if getattr(one, "route", "") == "/predict"]):
        assert time.monotonic() < deadline  # it is told once the answer is sent
        time.sleep(0.01)
    (said,) = told
    assert said.getMessage() == "POST /predict 200"
    assert (said.method, said.route, said.status, said.client) == ("POST", "/predict", 200, "127.0.0.1")
    assert said.duration_ms > 0
    assert said.bytes > 100
    assert "private" not in str(vars(said))
