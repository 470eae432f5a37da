"""``sentisound settings``: every setting with its environment variable, its value and its default."""

from __future__ import annotations

import json
from typing import TYPE_CHECKING, Any

import click

if TYPE_CHECKING:
    from sentisound.settings import Settings

EXAMPLES = """\b
Examples:
  sentisound settings
  SENTISOUND_MAX_DURATION_S=60 sentisound settings
  sentisound settings --json | jq '.[] | select(.value != .default)'
"""


@click.command(epilog=EXAMPLES)
@click.option("as_json", "--json", is_flag=True, help="One JSON array of all settings.")
def settings(as_json: bool) -> None:
    """Show every setting: its environment variable, its value here and now, its default.

    A setting is read from its environment variable; an option of the same name on the command line wins.
    """
    from sentisound.settings import Settings

    entries = described(Settings.load())
    if as_json:
        click.echo(json.dumps(entries, indent=1))
    else:
        _print(entries)


def described(settings: Settings) -> list[dict[str, Any]]:
    """Return name, variable, value, default and help of each setting, as JSON values; secrets stay masked."""
    prefix = settings.model_config["env_prefix"]
    values = settings.model_dump(mode="json")
    defaults = type(settings).model_construct().model_dump(mode="json")
    return [
        {
            "name": name,
            "variable": f"{prefix}{name}".upper(),
            "value": values[name],
            "default": defaults[name],
            "help": field.description,
        }
        for name, field in type(settings).model_fields.items()
    ]


def _print(entries: list[dict[str, Any]]) -> None:
    from rich.text import Text

    from sentisound.cli.terminal import console, printable, show

    out = console()
    for entry in entries:
        changed = entry["value"] != entry["default"]
        value = Text(printable(_shown(entry["value"])), style="bold" if changed else "")
        default = Text(f"  (default {_shown(entry['default'])})" if changed else "  (default)", style="dim")
        show(out, Text.assemble((entry["variable"], "cyan"), " = ", value, default))
        show(out, Text(f"    {entry['help']}"))


def _shown(value: Any) -> str:
    return "not set" if value is None else str(value)
