"""`sentisound settings`: every setting, where it comes from, and its value."""

from __future__ import annotations

import json

from pydantic import Field, SecretStr

from sentisound.cli.settings import described
from sentisound.settings import Settings


def test_every_setting_is_shown_with_its_variable_default_and_help(run):
    said = run("settings").stdout
    for name, field in Settings.model_fields.items():
        assert f"SENTISOUND_{name.upper()} = " in said
        assert field.description in said


def test_a_value_from_the_environment_is_told_from_the_default(run):
    said = run("settings", env={"SENTISOUND_PORT": "8080"}).stdout
    assert "SENTISOUND_PORT = 8080  (default 5000)" in said
    assert "SENTISOUND_HOST = 127.0.0.1  (default)" in said
    assert "SENTISOUND_CORPORA = not set  (default)" in said


def test_json_reads_back(run):
    entries = json.loads(run("settings", "--json", env={"SENTISOUND_CORPORA": "/data"}).stdout)
    assert [entry["name"] for entry in entries] == list(Settings.model_fields)
    by_name = {entry["name"]: entry for entry in entries}
    assert (by_name["corpora"]["value"], by_name["corpora"]["default"]) == ("/data", None)
    assert by_name["port"] == {
        "name": "port",
        "variable": "SENTISOUND_PORT",
        "value": 5000,
        "default": 5000,
        "help": "Port that the server binds.",
    }


def test_a_secret_stays_one():
    class WithSecret(Settings):
        token: SecretStr = Field(SecretStr("hunter2"), description="A secret.")

    assert "hunter2" not in json.dumps(described(WithSecret()))


def test_a_wrong_value_is_exit_2(run):
    result = run("settings", env={"SENTISOUND_PORT": "99999"})
    assert (result.exit_code, result.stdout) == (2, "")
    assert result.stderr.startswith("error: A setting is wrong: SENTISOUND_PORT:")


def test_markup_in_a_value_is_text(run):
    assert "SENTISOUND_MODEL = [red]x[/red]" in run("settings", env={"SENTISOUND_MODEL": "[red]x[/red]"}).stdout
