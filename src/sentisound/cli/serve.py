"""``sentisound serve``: the web page and the HTTP API."""

from __future__ import annotations

from importlib.util import find_spec

import click

from sentisound.errors import MissingExtra

NEEDED = (
    "fastapi",
    "uvicorn",
    "python_multipart",
    "sqlalchemy",
    "alembic",
    "argon2",
    "jwt",
    "prometheus_client",
    "standardwebhooks",
)
"""What the extra ``serve`` installs."""

EXAMPLES = """\b
Examples:
  sentisound serve
  sentisound serve --port 8080 --max-upload-mb 200
  sentisound keys create --name laptop --scope admin && sentisound serve --host 0.0.0.0
  sentisound serve --host 0.0.0.0 --allow-anonymous

\b
Each option is also a setting: see `sentisound settings`.
"""


@click.command(epilog=EXAMPLES)
@click.option("--host", metavar="ADDRESS", help="Address to bind; 127.0.0.1 unless set otherwise.")
@click.option("--port", type=click.IntRange(0, 65535), metavar="PORT", help="Port to bind; 0 takes a free one.")
@click.option("--model", metavar="MODEL", help="A name from `sentisound models list`, or a bundle's folder.")
@click.option("--max-upload-mb", type=float, metavar="MB", help="Largest upload that is taken.")
@click.option("--allow-anonymous", is_flag=True, help="Serve without keys also where other machines can reach it.")
@click.option("--require-keys", is_flag=True, help="Ask for a key also where only this machine can reach it.")
def serve(
    host: str | None,
    port: int | None,
    model: str | None,
    max_upload_mb: float | None,
    allow_anonymous: bool,
    require_keys: bool,
) -> None:
    """Serve the web page and the HTTP API.

    Only this machine can reach it, and no key is asked for, unless told otherwise. At an address that other machines
    can reach, every request needs a key (`sentisound keys create`), unless --allow-anonymous lets everybody in.
    """
    check_extra()
    from sentisound.api.workforce import workforce
    from sentisound.settings import Settings

    options = {"host": host, "port": port, "model": model, "max_upload_mb": max_upload_mb}
    doors = {"allow_anonymous": allow_anonymous or None, "require_keys": require_keys or None}
    settings = Settings.load(**options, **doors)
    settings.check_folders()
    with workforce(settings) as workers:
        from sentisound.api.server import serve as run  # half of the start: the workers begin meanwhile

        run(settings, workers=workers)


def check_extra() -> None:
    """Check that what the server needs is installed, without importing it.

    Raises
    ------
    MissingExtra
        When something is not; the message says what to install.
    """
    missing = [name for name in NEEDED if find_spec(name) is None]
    if missing:
        raise MissingExtra(f"the server needs {', '.join(missing)}: pip install '.[serve]' in a clone")
