"""What the FILE arguments mean: a file, a directory searched for sound, or ``-`` for standard input."""

from __future__ import annotations

import os
import sys
from collections.abc import Iterable, Iterator
from dataclasses import dataclass
from pathlib import Path
from typing import BinaryIO

import click

from sentisound.errors import AudioError, AudioNotFound

STDIN = "-"

SUFFIXES = frozenset(
    {".aif", ".aifc", ".aiff", ".au", ".caf", ".flac", ".mp2", ".mp3", ".oga", ".ogg", ".opus", ".snd", ".w64"}
    | {".wav", ".wave", ".3gp", ".aac", ".amr", ".m4a", ".m4b", ".mka", ".mkv", ".mov", ".mp4", ".webm", ".wma"}
)
"""Suffixes by which sound is found in a directory. A file named on the command line is judged by its content only."""


@dataclass(frozen=True, slots=True)
class Input:
    """One sound to analyse, or the reason why there is none."""

    path: str
    """As given, or as found below the directory given; ``-`` for standard input."""
    problem: AudioError | None = None

    @property
    def name(self) -> str:
        """What to call it in front of people and programs."""
        return "stdin" if self.path == STDIN else self.path

    def open(self) -> Path | BinaryIO:
        """Return what the service can read.

        Raises
        ------
        AudioError
            When it is already known that there is nothing to read.
        """
        if self.problem is not None:
            raise self.problem
        return sys.stdin.buffer if self.path == STDIN else Path(self.path)


def expand(arguments: Iterable[str]) -> list[Input]:
    """Return every sound that the arguments stand for, in their order; a directory's files are sorted by path.

    Raises
    ------
    click.UsageError
        When standard input is asked for twice, or is a terminal.
    """
    arguments = list(arguments)
    _check_stdin(arguments)
    return [found for argument in arguments for found in _expand(argument)]


def _check_stdin(arguments: list[str]) -> None:
    if arguments.count(STDIN) > 1:
        raise click.UsageError("standard input (-) can be read once only")
    if STDIN in arguments and sys.stdin.isatty():
        raise click.UsageError("standard input (-) is a terminal; send it a sound: sentisound analyze - < clip.wav")


def _expand(argument: str) -> Iterator[Input]:
    if argument == STDIN or not _is_directory(argument):
        yield Input(argument)
        return
    found = _search(argument)
    yield from found or [Input(argument, AudioNotFound("the directory holds no sound files"))]


def _is_directory(argument: str) -> bool:
    try:
        return Path(argument).is_dir()
    except OSError:  # a name too long, a loop of links: not a directory, and the service says what it is
        return False


def _search(directory: str) -> list[Input]:
    """Return the sound files below a directory, and the directories below it that cannot be read; hidden ones not."""
    found: list[Input] = []

    def cannot_read(error: OSError) -> None:
        found.append(Input(str(error.filename), AudioError(f"the directory cannot be read: {error.strerror}")))

    for folder, folders, files in os.walk(directory, onerror=cannot_read):
        folders[:] = [name for name in folders if not name.startswith(".")]
        found += [Input(str(Path(folder, name))) for name in files if _is_sound(Path(folder, name))]
    return sorted(found, key=lambda one: one.path)


def _is_sound(path: Path) -> bool:
    """Judge by name; a pipe or a device is left out, since reading one found by chance could wait for ever."""
    known = path.suffix.lower() in SUFFIXES and not path.name.startswith(".")
    return known and (path.is_file() or not path.exists())  # a link to nothing stays, to be told about
