"""The secret that signs tokens: a setting, or made once and kept in the data folder for its owner's eyes only."""

from __future__ import annotations

import os
import secrets
from pathlib import Path

from sentisound.errors import SettingsError
from sentisound.settings import Settings

FILE_NAME = "signing-secret"
MIN_CHARACTERS = 32
"""RFC 7518, section 3.2: a key for HS256 has 256 bits or more."""


def signing_secret(settings: Settings) -> str:
    """Return the secret; made where there is none.

    Raises
    ------
    SettingsError
        When it is too short, or its file cannot be read or made.
    """
    if settings.signing_secret is not None:
        return _long_enough(settings.signing_secret.get_secret_value(), "SENTISOUND_SIGNING_SECRET")
    file = settings.data_folder / FILE_NAME
    try:
        return _long_enough(_kept(file), str(file))
    except OSError as error:
        raise SettingsError(
            f"SENTISOUND_DATA_DIR: {file}: {error.strerror}; choose a folder that can be written, "
            "or set SENTISOUND_SIGNING_SECRET"
        ) from None


def _kept(file: Path) -> str:
    """Return what the file holds. It is written under another name first: whoever finds it finds it whole."""
    if not file.exists():
        file.parent.mkdir(mode=0o700, parents=True, exist_ok=True)
        draft = file.with_name(f"{file.name}.{secrets.token_hex(4)}")
        with os.fdopen(os.open(draft, os.O_CREAT | os.O_EXCL | os.O_WRONLY, 0o600), "w") as opened:
            opened.write(secrets.token_urlsafe(48))
        try:
            os.link(draft, file)  # fails where another process was first: its secret is the one
        except FileExistsError:
            pass
        finally:
            draft.unlink()
    return file.read_text(encoding="ascii").strip()


def _long_enough(secret: str, where: str) -> str:
    if len(secret) < MIN_CHARACTERS:
        raise SettingsError(
            f"{where}: a signing secret has {MIN_CHARACTERS} characters or more: openssl rand -base64 48"
        )
    return secret
