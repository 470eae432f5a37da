"""The album: what is needed to draw an analysis later, kept on disk for a short while.

A page of the album is a folder called by a random key: the analysis with the model's card as JSON, the sound as 16-bit
WAV at the analysis rate (FLAC would be half as large, and take longer than all the rest), and the pictures that were
made of it. Nothing that a client sent is part of a path: what an upload was called leads to its page by a hash. Pages
go when they are too old, when the album is full (the one that was looked at longest ago first), and when the album is
closed.
"""

from __future__ import annotations

import hashlib
import re
import secrets
import shutil
import time
from collections import OrderedDict
from collections.abc import Callable, Iterator
from contextlib import contextmanager, suppress
from dataclasses import dataclass, replace
from functools import cache
from pathlib import Path
from threading import Lock

from pydantic import TypeAdapter

from sentisound.audio.waveform import Origin, Waveform, pcm16
from sentisound.card import Card, Golden
from sentisound.errors import PictureNotFound
from sentisound.insight.exhibit import Exhibit
from sentisound.results import Analysis
from sentisound.workers import Here, Workers

MAX_BYTES = 500_000_000
"""All pages together; some 4,000 clips of 4 s."""
LOOK_S = 10.0
"""At most so often all pages are asked for their age."""
_KEY = re.compile(r"[0-9a-f]{32}")
_FACTS, _SOUND = "exhibit.json", "sound.wav"


@dataclass(frozen=True, slots=True)
class _Facts:
    """What of an exhibit is kept as JSON."""

    analysis: Analysis
    card: Card | None
    sha256: str | None


@dataclass(slots=True)
class _Page:
    owner: str
    name: str
    """Hash of whose the file is and what it was called."""
    analysis: str
    bytes: int
    born: float


class Album:
    """Exhibits on disk; safe to share between threads.

    Parameters
    ----------
    folder
        Made where it is missing; each page is for its owner's eyes only.
    max_age_s
        Pages older than this are gone.
    max_bytes
        Size of all pages together.
    clock
        Seconds on a clock that never goes back.
    workers
        Make what is made of an exhibit; the thread that asks does where they are not given.
    """

    def __init__(
        self,
        folder: Path,
        max_age_s: float,
        max_bytes: int = MAX_BYTES,
        clock: Callable[[], float] = time.monotonic,
        workers: Workers | None = None,
    ) -> None:
        self.folder = folder
        self.max_age_s = max_age_s
        self.max_bytes = max_bytes
        self._clock = clock
        self._workers = workers or Here()
        self._lock = Lock()
        self._pages: OrderedDict[str, _Page] = OrderedDict()
        self._latest: dict[str, str] = {}
        self._of: dict[str, str] = {}
        self._total = 0
        self._next_look = 0.0

    def keep(self, exhibit: Exhibit, owner: str = "") -> str:
        """Keep an exhibit and return its key, 32 random hexadecimal digits.

        Raises
        ------
        OSError
            When the disk is full or the folder cannot be written.
        """
        key = secrets.token_hex(16)
        page = self.folder / key
        page.mkdir(mode=0o700, parents=True)
        try:
            size = _write(page, exhibit)
        except OSError:
            shutil.rmtree(page, ignore_errors=True)
            raise
        name = _hash(owner, exhibit.analysis.file)
        self._enter(key, _Page(owner, name, exhibit.analysis.id, size, self._clock()))
        self.tidy()
        return key

    def find(self, key: str) -> Exhibit:
        """Return an exhibit by its key.

        Raises
        ------
        PictureNotFound
            When there is none, or none any more.
        """
        with self._looked_at(key) as page:
            return _read(page)

    def latest(self, name: str, owner: str = "") -> str:
        """Return the key of the owner's last exhibit whose file was called ``name``.

        Raises
        ------
        PictureNotFound
            When there is none, or none any more.
        """
        with self._lock:
            key = self._latest.get(_hash(owner, name))
        if key is None:
            raise _gone()
        self._touch(key)
        return key

    def check_owner(self, key: str, owner: str) -> None:
        """Check that an exhibit is an owner's.

        Raises
        ------
        PictureNotFound
            When it is another's, as if there were none, or there is none.
        """
        with self._lock:
            page = self._pages.get(key)
        if page is None or page.owner != owner:
            raise _gone()

    def of(self, analysis: str) -> str | None:
        """Return the key of the exhibit of an analysis by its id; None where it is not here, or not any more."""
        with self._lock:
            return self._of.get(analysis)

    def remove(self, analysis: str) -> None:
        """Remove the exhibit of an analysis by its id, if it is here."""
        with self._lock:
            if (key := self._of.get(analysis)) is not None:
                self._remove(key)

    def made(self, key: str, name: str) -> bytes | None:
        """Return what was made of an exhibit and kept as ``name``; None where it was not made yet.

        Raises
        ------
        PictureNotFound
            When there is no such exhibit, or none any more.
        """
        self._touch(key)
        try:
            return (self.folder / key / name).read_bytes()
        except FileNotFoundError:
            return None

    def make(self, key: str, name: str, maker: Callable[[Exhibit], bytes]) -> bytes:
        """Make something of an exhibit, and keep it on its page as ``name``; raises what ``made`` does.

        Where there are workers, ``maker`` is a function of a module, or a ``partial`` of one.
        """
        with self._looked_at(key) as page:
            content = self._workers.run(_made_of, page, maker)
        self._add(key, self.folder / key / name, content)
        return content

    def tidy(self) -> None:
        """Remove what is too old, and as much as is too much."""
        with self._lock:
            for key in self._expired():
                self._remove(key)
            while self._total > self.max_bytes:
                self._remove(next(iter(self._pages)))

    def close(self) -> None:
        """Remove every page."""
        with self._lock:
            for key in list(self._pages):
                self._remove(key)

    def _enter(self, key: str, page: _Page) -> None:
        with self._lock:
            self._pages[key] = page
            self._latest[page.name] = key
            self._of[page.analysis] = key
            self._total += page.bytes

    @contextmanager
    def _looked_at(self, key: str) -> Iterator[Path]:
        """Give the folder of a page that is looked at; raise where there is none."""
        self._touch(key)
        try:
            yield self.folder / key
        except FileNotFoundError:  # it went between the look and the reading
            raise _gone() from None

    def _touch(self, key: str) -> None:
        """Note that a page is looked at; raise where there is none."""
        with self._lock:
            page = self._pages.get(key)
            if page is None or self._clock() - page.born > self.max_age_s:
                raise _gone()
            self._pages.move_to_end(key)

    def _add(self, key: str, path: Path, made: bytes) -> None:
        """Put something made on its page, whole or not at all; where the disk is full it is made again next time."""
        draft = path.with_name(f"{path.name}.{secrets.token_hex(4)}")
        try:
            draft.write_bytes(made)
            draft.replace(path)
        except OSError:
            draft.unlink(missing_ok=True)
            return
        with self._lock:
            if key in self._pages:
                self._pages[key].bytes += len(made)
                self._total += len(made)

    def _expired(self) -> list[str]:
        """Return the keys that are too old; looking moves pages, so the oldest need not be the first."""
        now = self._clock()
        if now < self._next_look:
            return []
        self._next_look = now + min(LOOK_S, self.max_age_s)
        return [key for key, page in self._pages.items() if now - page.born > self.max_age_s]

    def _remove(self, key: str) -> None:
        page = self._pages.pop(key)
        self._total -= page.bytes
        if self._latest.get(page.name) == key:
            del self._latest[page.name]
        if self._of.get(page.analysis) == key:
            del self._of[page.analysis]
        shutil.rmtree(self.folder / key, ignore_errors=True)


def remove_leftovers(folder: Path, max_age_s: float) -> None:
    """Remove pages that are too old, whoever left them: a server that was killed could not. Other files stay."""
    if not folder.is_dir():
        return
    for path in folder.iterdir():
        with suppress(OSError):  # another server is at it
            if _KEY.fullmatch(path.name) and time.time() - path.stat().st_mtime > max_age_s:
                shutil.rmtree(path, ignore_errors=True)


def prepare() -> None:
    """Build what reading a page takes, before the first one is read."""
    _form()


def _gone() -> PictureNotFound:
    return PictureNotFound("no picture or report of this name is kept, or no longer; analyse the sound again")


def _hash(owner: str, name: str) -> str:
    return hashlib.sha256(f"{owner}/{name}".encode("utf-8", "surrogatepass")).hexdigest()


def _write(page: Path, exhibit: Exhibit) -> int:
    """Write an exhibit to its page; return the number of bytes."""
    if exhibit.waveform is not None:
        _write_sound(page / _SOUND, exhibit.waveform)
    card = exhibit.card and replace(exhibit.card, golden=Golden([], []), files={})  # numbers for machines, most of it
    (page / _FACTS).write_bytes(_form().dump_json(_Facts(exhibit.analysis, card, exhibit.sha256)))
    return sum(path.stat().st_size for path in page.iterdir())


def _write_sound(path: Path, waveform: Waveform) -> None:
    """Write a sound."""
    import soundfile

    try:
        with soundfile.SoundFile(path, "w", waveform.rate_hz, 1, "PCM_16", format="WAV") as file:
            for samples in pcm16(waveform):
                file.write(samples)
    except soundfile.SoundFileRuntimeError as error:  # how libsndfile says that the disk is full
        raise OSError(str(error)) from None


def _made_of(page: Path, maker: Callable[[Exhibit], bytes]) -> bytes:
    return maker(_read(page))


def _read(page: Path) -> Exhibit:
    import soundfile

    facts = _form().validate_json((page / _FACTS).read_bytes())
    if not (page / _SOUND).exists():
        return Exhibit(facts.analysis, None, facts.card, facts.sha256)
    with (page / _SOUND).open("rb") as file:
        samples, rate_hz = soundfile.read(file, dtype="float32")
    origin = Origin("wav", "pcm_s16", rate_hz, 1)
    return Exhibit(facts.analysis, Waveform(samples, rate_hz, origin), facts.card, facts.sha256)


@cache
def _form() -> TypeAdapter[_Facts]:
    return TypeAdapter(_Facts)
