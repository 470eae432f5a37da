"""Tables of clips as people have them: every encoding, spelling of names and broken column; which clips are used.

A folder of recordings is made whose names are at home in an encoding, stored in each Unicode form; tables of them are
written in that encoding, with each optional column broken in turn, and read. Printed is a row for each, as Markdown.

    python benchmarks/tables.py
"""

from __future__ import annotations

import sys
import tempfile
from collections.abc import Iterator, Sequence
from dataclasses import dataclass
from pathlib import Path
from unicodedata import normalize

import numpy as np
import soundfile

from sentisound.corpora.manifest import Manifest, read_manifest
from sentisound.testing import speech_like

RATE_HZ = 16_000
CLIP_S = 1.0
NAMES = {
    "utf-8": ("Zoë", "王芳", "Łukasz", "Иванов"),
    "utf-8-sig": ("Zoë", "田中", "Γιώργος", "José"),
    "utf-16": ("Zoë", "김철수", "Ayşe", "محمد"),
    "gb18030": ("王芳", "李明", "张伟", "刘洋"),
    "cp950": ("張偉", "陳美", "林志", "黃玲"),
    "cp932": ("田中", "鈴木", "ガブリエラ", "ソ能"),
    "cp949": ("김철수", "이영희", "박지성", "최민"),
    "cp1250": ("Łukasz", "Świętosława", "Jiří", "Zoltán"),
    "cp1251": ("Иванов", "Петрова", "Йонас", "Щукин"),
    "cp1252": ("Jürgen", "Zoë", "François", "Søren"),
}
"""Speakers, whose names are those of their recordings too, by the encoding of the table."""
FORMS = ("NFC", "NFD", "NFKC")
LABELS = ("sad", "happy", "angry", "neutral")
BROKEN = {
    "none": {},
    "speaker": {"speaker": ("nan", "", "None", "?")},
    "text": {"text": ("nan", "", "<NA>", "-")},
    "sex": {"sex": ("diverse", "x", "nan", "0")},
    "language": {"language": ("English", "e", "None", "12")},
    "age": {"age": ("old", "", "-3", "nan")},
    "start": {"start": ("0", "", "nan", "NaT")},
    "end": {"end": (str(CLIP_S), "", "nan", "1.04")},
    "columns left out": {"left out": ("speaker", "text", "sex", "language")},
}
"""What is wrong with an optional column, row by row."""


@dataclass(frozen=True, slots=True)
class Case:
    """One table and what became of it."""

    encoding: str
    form: str
    broken: str
    read: Manifest

    @property
    def used(self) -> int:
        """How many of the four clips are used, under the right label and from the right file."""
        heard = {(clip.label, clip.path.parent.name) for clip in self.read.utterances}
        return len({(label, f"{number}") for number, label in enumerate(LABELS)} & heard)


def cases(folder: Path) -> Iterator[Case]:
    """Write and read every table."""
    for encoding, names in NAMES.items():
        for form in FORMS:
            place = folder / f"{encoding}-{form}"
            record(place, [normalize(form, name) for name in names])
            for broken, cells in BROKEN.items():
                table = place / f"{broken.replace(' ', '-')}.csv"
                table.write_bytes(written(names, cells).encode(encoding))
                yield Case(encoding, form, broken, read_manifest(table))


def record(place: Path, names: Sequence[str]) -> None:
    """Write a recording of each speaker, each in a folder of its own."""
    for number, name in enumerate(names):
        (place / f"{number}").mkdir(parents=True)
        sound = speech_like(CLIP_S, RATE_HZ, np.random.default_rng(number))
        soundfile.write(place / f"{number}" / f"{name}.flac", sound, RATE_HZ)


def written(names: Sequence[str], broken: dict[str, tuple[str, ...]]) -> str:
    """Return the table of the recordings, its optional columns whole but for those that are broken."""
    columns = ["path", "label", "speaker", "text", "sex", "language"]
    columns = [name for name in columns if name not in broken.get("left out", ())]
    columns += [name for name in broken if name not in columns and name != "left out"]
    rows = [",".join(columns)]
    for number, (name, label) in enumerate(zip(names, LABELS, strict=True)):
        cells = {"path": f"{number}/{name}.flac", "label": label, "speaker": name, "text": f"t{number}"}
        cells |= {"sex": "female", "language": "en"} | {
            column: values[number] for column, values in broken.items() if column in columns
        }
        rows.append(",".join(cells[column] for column in columns))
    return "\n".join(rows) + "\n"


def main() -> None:
    """Print a row for each table, and how many clips were used in all."""
    used = made = 0
    print("| encoding | names stored in | broken | read as | clips used | messages |")
    print("|---|---|---|---|--:|---|")
    with tempfile.TemporaryDirectory() as folder:
        for case in cases(Path(folder)):
            messages = "; ".join((*case.read.problems, *case.read.notes)) or "-"
            cells = (case.encoding, case.form, case.broken, case.read.encoding, f"{case.used} of 4", messages)
            print(f"| {' | '.join(cells)} |")
            used, made = used + case.used, made + len(LABELS)
    print(f"\n{used} of {made} clips used")
    sys.exit(used != made)


if __name__ == "__main__":
    main()
