"""Every setting, once: its name, type, default, help and the environment variable ``SENTISOUND_<NAME>``.

A setting is read from the environment when ``Settings()`` is made; the command line passes its options as arguments,
which win. A value that cannot be used raises ``SettingsError`` with the variable's name.
"""

from __future__ import annotations

import os
import re
from pathlib import Path
from typing import Any, Literal, Self

from pydantic import Field, SecretStr, ValidationError, field_validator
from pydantic_settings import BaseSettings, SettingsConfigDict

from sentisound.errors import SettingsError

BYTES_PER_MB = 1_000_000
_BASE_URL = re.compile(r"https?://[^\s@?#/]+(/[^\s@?#]*)?", re.IGNORECASE)
"""No user, password or query: secrets in a URL end up in logs."""
_MAY_HOLD_SECRETS = ("_url", "_key", "_secret")


def default_cache_dir() -> Path | None:
    """Return ``sentisound`` in the user's cache folder: ``XDG_CACHE_HOME``, or ``~/.cache`` (XDG base directories)."""
    return _of_user("XDG_CACHE_HOME", "~/.cache")


def default_data_dir() -> Path | None:
    """Return ``sentisound`` in the user's data folder: ``XDG_DATA_HOME``, or ``~/.local/share``."""
    return _of_user("XDG_DATA_HOME", "~/.local/share")


def _of_user(variable: str, otherwise: str) -> Path | None:
    """Return our folder beside those of other programs; None for a user without a home, whom a container may have."""
    try:
        return Path(os.environ.get(variable) or otherwise).expanduser() / "sentisound"
    except RuntimeError:
        return None


class Settings(BaseSettings):
    """All settings of SentiSound; frozen once made."""

    model_config = SettingsConfigDict(env_prefix="SENTISOUND_", frozen=True, extra="forbid", protected_namespaces=())

    model: str = Field(
        "default", description="Model to use: a name from `sentisound models list` or a bundle's folder."
    )
    models_dir: Path | None = Field(None, description="Folder with further bundles, one folder each.")
    trust_models: bool = Field(
        False, description="Run models that do not ship with SentiSound without limits of time, memory and files."
    )
    workers: int | None = Field(
        None,
        ge=0,
        le=256,
        description=(
            "Processes that recognise and draw, and as many that decode: one for each CPU where not set, 0 for none."
        ),
    )
    max_file_mb: float = Field(2000, gt=0, description="Largest file read from disk or standard input, in MB.")
    max_upload_mb: float = Field(50, gt=0, description="Largest upload that the server takes, in MB.")
    max_duration_s: float = Field(3600, gt=0, description="Longest sound that is analysed, in seconds once decoded.")
    vad: str = Field("silero", description="Speech detector: `silero`, a small network, or `energy`, by level alone.")
    host: str = Field("127.0.0.1", description="Address that the server binds.")
    port: int = Field(5000, ge=0, le=65535, description="Port that the server binds.")
    allow_anonymous: bool = Field(
        False, description="Bind an address that other machines can reach, although no key is asked for."
    )
    require_keys: bool = Field(False, description="Ask for a key also where only this machine can reach the server.")
    signing_secret: SecretStr | None = Field(
        None, description="Secret that signs tokens, 32 characters or more, instead of a file in the data folder."
    )
    rate_requests: int = Field(600, ge=0, description="Requests a minute for each key or address; 0 sets no limit.")
    rate_audio_s: float = Field(
        36_000, ge=0, description="Seconds of sound an hour for each key or address; 0 sets no limit."
    )
    idempotency_hours: float = Field(
        24, gt=0, le=720, description="How long an answer is kept for a request repeated with the same Idempotency-Key."
    )
    upload_idle_s: float = Field(
        20, gt=0, description="How long an upload may stall before it is given up, in seconds."
    )
    upload_max_s: float = Field(600, gt=0, description="How long an upload may take altogether, in seconds.")
    waiting_mb: int = Field(
        256,
        ge=1,
        description="Requests that may wait for a place, by their uploads in MB; each counts for 1 at least.",
    )
    analysis_max_s: float = Field(
        900, gt=0, description="How long the analysis of a request may take, in seconds; it then ends with 503."
    )
    cors_origins: str = Field(
        "",
        description="Other sites, and apps, whose pages may use the server, separated by commas: "
        "https://app.example.org, capacitor://localhost.",
    )
    allowed_hosts: str = Field(
        "", description="Names by which the server may be asked for, separated by commas: voice.example.org."
    )
    trusted_proxies: str = Field(
        "127.0.0.1", description="Addresses of proxies whose X-Forwarded-For is believed, separated by commas."
    )
    webhook_http: bool = Field(False, description="Let webhooks go to addresses of http:// as well.")
    webhook_networks: str = Field(
        "", description="Private networks that webhooks may reach, separated by commas: 10.1.0.0/16."
    )
    log_format: Literal["text", "json"] = Field("text", description="Form of the server's log: `text` or `json` lines.")
    log_level: Literal["debug", "info", "warning", "error"] = Field(
        "warning", description="What the server's log tells: with `info` every request too."
    )
    corpora: Path | None = Field(None, description="Folder that holds the corpora, one folder each, named as here.")
    cache_dir: Path | None = Field(
        default_factory=default_cache_dir, description="Folder of the feature cache, which may be deleted at any time."
    )
    history: bool = Field(True, description="Keep what the server has analysed.")
    data_dir: Path | None = Field(
        default_factory=default_data_dir,
        description="Folder of the SQLite file with history, keys and users, the signing secret, uploads and sounds.",
    )
    database_url: SecretStr | None = Field(
        None, description="Database of the history instead of that file: postgresql://user:password@host/name."
    )
    retention_days: int = Field(
        0,
        ge=0,
        le=36_500,
        description="Days after which the server deletes an analysis from the history; 0 never does.",
    )

    store_audio: bool = Field(False, description="Keep the sound of every analysis in the history, in the data folder.")
    async_after_s: float = Field(
        60, gt=0, description="Sounds longer than this, in seconds, become jobs of `POST /v1/analyses`."
    )
    max_jobs: int = Field(1000, ge=1, description="Jobs that may wait; further ones are refused until there is room.")
    job_max_s: float = Field(7200, gt=0, description="How long a job may take, in seconds; it then fails.")
    job_days: int = Field(7, ge=1, le=36_500, description="Days after which a job that has ended is forgotten.")
    model_cache: int = Field(2, ge=1, le=100, description="Models beside the default one that the server holds open.")

    picture_minutes: float = Field(
        60, ge=0, description="How long the server keeps a sound to draw its picture and report, in minutes; 0 is off."
    )

    transcriber: Literal["off", "sphinx", "whisper", "remote"] = Field(
        "sphinx", description="Engine that writes down what is said: off, sphinx, whisper or remote."
    )
    language: str | None = Field(
        None,
        pattern=r"^[a-zA-Z]{2,3}(-[a-zA-Z0-9]{2,8})*$",
        description="Language that is spoken, such as en or pl; where not set, whisper and remote detect it.",
    )
    whisper_model: str = Field(
        "base", description="Model of whisper: a name such as base or small (downloaded once), or a folder."
    )
    transcription_url: str | None = Field(
        None, description="Base URL of the transcriber `remote`, OpenAI-compatible: https://host/v1; sound goes there."
    )
    transcription_model: str = Field("whisper-1", description="Model that the transcriber `remote` is asked for.")
    transcription_key: SecretStr | None = Field(None, description="Key of `remote`, where it wants one.")
    interpreter: Literal["off", "rules", "llm"] = Field(
        "rules", description="Engine that puts an analysis into words: off, rules (on this machine) or llm."
    )
    llm_url: str | None = Field(
        None,
        description="Base URL of `llm`, OpenAI-compatible: https://host/v1; words and scores go there.",
    )
    llm_model: str | None = Field(None, description="Model that the interpreter `llm` is asked for.")
    llm_key: SecretStr | None = Field(None, description="Key of `llm`, where it wants one.")
    engine_timeout_s: float = Field(
        60,
        gt=0,
        le=3600,
        description="Longest wait for `remote` or `llm` in seconds, retries included.",
    )
    engine_retries: int = Field(
        2, ge=0, le=10, description="How often `remote` or `llm` is asked again when it is busy or cannot be reached."
    )

    @field_validator("transcription_key", "llm_key")
    @classmethod
    def _key(cls, key: SecretStr | None) -> SecretStr | None:
        """Strip a key of blanks; what no HTTP header holds would come back in the error of the HTTP library."""
        text = key.get_secret_value().strip() if key else ""
        if not (text.isascii() and text.isprintable()):
            raise ValueError("a key has plain characters only")
        return SecretStr(text) if text else None

    @field_validator("transcription_url", "llm_url")
    @classmethod
    def _base_url(cls, url: str | None) -> str | None:
        if url is not None and not _BASE_URL.fullmatch(url):
            raise ValueError("it has the form https://host/v1; a key belongs into its own setting")
        return url

    @property
    def cache_folder(self) -> Path:
        """The folder of ``cache_dir``; SettingsError where none was named and this user has no home for one."""
        return self._folder("cache_dir")

    @property
    def data_folder(self) -> Path:
        """The folder of ``data_dir``; SettingsError where none was named and this user has no home for one."""
        return self._folder("data_dir")

    def check_folders(self) -> None:
        """Check that there are folders for data and cache.

        Raises
        ------
        SettingsError
            When one was not named and this user has no home for it; the message says which settings to give.
        """
        missing = [name for name in ("data_dir", "cache_dir") if getattr(self, name) is None]
        if missing:
            raise _homeless(*missing)

    def _folder(self, name: str) -> Path:
        folder: Path | None = getattr(self, name)
        if folder is None:
            raise _homeless(name)
        try:
            return folder.expanduser()
        except RuntimeError:
            raise SettingsError(f"SENTISOUND_{name.upper()}: there is no home folder {folder.parts[0]}") from None

    @classmethod
    def load(cls, **overrides: Any) -> Self:
        """Read the settings from the environment; ``overrides`` that are not None win.

        Raises
        ------
        SettingsError
            When a value has the wrong type or is out of range; the message names its variable.
        """
        try:
            return cls(**{name: value for name, value in overrides.items() if value is not None})
        except ValidationError as error:
            first = error.errors()[0]
            name = str(first["loc"][0]) if first["loc"] else "settings"
            given = "" if name.endswith(_MAY_HOLD_SECRETS) else f" (it is {first['input']!r})"
            raise SettingsError(f"SENTISOUND_{name.upper()}: {first['msg']}{given}") from None


def _homeless(*names: str) -> SettingsError:
    variables = " and ".join(f"SENTISOUND_{name.upper()}" for name in names)
    return SettingsError(f"{variables}: this user has no home folder; say which folder to use, one that can be written")
