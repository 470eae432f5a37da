"""Manifests: what spreadsheets make of a table is taken, a bad row is told with its number and costs no other."""

from __future__ import annotations

from collections.abc import Callable
from pathlib import Path

import pytest
from hypothesis import HealthCheck, given, settings, strategies as st

from sentisound.corpora.check import check
from sentisound.corpora.manifest import read_manifest
from sentisound.errors import BadManifest, BadUtteranceName, CorpusNotFound

Table = Callable[[str | bytes], Path]


@pytest.fixture
def table(tmp_path: Path) -> Table:
    """Write ``my.csv`` beside the empty files a.wav, b.wav and sub/c.wav."""

    def write(content: str | bytes) -> Path:
        (tmp_path / "sub").mkdir(exist_ok=True)
        for name in ("a.wav", "b.wav", "sub/c.wav", "grün.wav"):
            (tmp_path / name).touch()
        path = tmp_path / "my.csv"
        path.write_bytes(content if isinstance(content, bytes) else content.encode())
        return path

    return write


def test_all_columns_are_read(table: Table, tmp_path: Path):
    path = table("path,label,speaker,text,sex,language\nsub/c.wav,Joy,anna,hello,F,EN\n")
    (clip,) = read_manifest(path).utterances
    assert clip.path == tmp_path / "sub" / "c.wav"
    assert (clip.corpus, clip.name, clip.label) == ("my", "sub/c", "happy")
    assert (clip.speaker, clip.text, clip.sex, clip.language) == ("anna", "hello", "female", "en")


def test_columns_beyond_the_label_may_be_missing_and_others_are_ignored(table: Table):
    manifest = read_manifest(table("mood,PATH, Label \nfine,a.wav,ANG\n"))
    (clip,) = manifest.utterances
    assert (clip.label, clip.speaker, clip.text, clip.sex, clip.language) == ("angry", "", "", "", "")
    assert not manifest.problems
    assert "none can be held out" in manifest.notes[0]


@pytest.mark.parametrize(
    "content",
    [
        b"path,label\na.wav,sad\n",
        b"\xef\xbb\xbfpath,label\r\na.wav,sad\r\n",
        b"path;label\na.wav;sad\n",
        b"path\tlabel\na.wav\tsad",
        b"path|label\na.wav|sad",
        b'"path","label"\n"a.wav","sad"\n\n\n',
        "path;label\na.wav;sad\n".encode("utf-16"),
        b"path,label\n.\\a.wav,sad\n",
    ],
    ids=["plain", "bom", "semicolon", "tab", "bar", "quoted", "utf-16", "backslash"],
)
def test_tables_as_spreadsheets_write_them(content: bytes, table: Table):
    manifest = read_manifest(table(content))
    assert [clip.label for clip in manifest.utterances] == ["sad"]
    assert not manifest.problems


@pytest.mark.parametrize("encoding", ["utf-8", "cp1252"])
def test_names_beyond_ascii_are_found(encoding: str, table: Table):
    manifest = read_manifest(table("path,label,text\ngrün.wav,sad,Grüße\n".encode(encoding)))
    assert [(clip.name, clip.text) for clip in manifest.utterances] == [("grün", "Grüße")]


@pytest.mark.parametrize(
    ("row", "reason"),
    [
        ("missing.wav,sad", "there is no file"),
        ("sub,sad", "there is no file"),
        (",sad", "names no path"),
        ("b.wav,nostalgia", "'nostalgia' is not an emotion"),
        ("b.wav", "'' is not an emotion"),
        ("b\0.wav,sad", "NUL"),
        ("a.wav,happy", "'a' is in the table already"),
        ("b.wav,sad,x", "sex is 'x'"),
        ("b.wav,sad,f,english please", "language is 'english please'"),
        (f"{'x' * 5000}.wav,sad", "row 3"),
    ],
)
def test_a_bad_row_is_told_and_left_out(row: str, reason: str, table: Table):
    manifest = read_manifest(table(f"path,label,sex,language\na.wav,sad,m,de\n{row}\nsub/c.wav,angry,,\n"))
    assert [clip.name for clip in manifest.utterances] == ["a", "sub/c"]
    (problem,) = manifest.problems
    assert problem.startswith("row 3: ")
    assert reason in problem


@pytest.mark.parametrize(
    ("content", "reason"),
    [
        (b"", "columns path and label"),
        (b"file,emotion\na.wav,sad\n", "columns path and label"),
        (b"RIFF\x00\x00\x01\x02WAVEfmt \x00\xff", "columns path and label"),
        (b"path,label,Path\na.wav,sad,b.wav\n", "column twice"),
        (b"\xff\xfea", "not text"),
        (b"path,label," + b"x" * 200_000 + b"\n", "field larger"),
        (b"path,label\na.wav,sad\n" + b"x" * 200_000 + b",sad\n", "from line"),
    ],
    ids=["empty", "other columns", "a sound", "twice", "half utf-16", "huge header", "huge field"],
)
def test_what_is_no_such_table_is_refused(content: bytes, reason: str, table: Table):
    with pytest.raises(BadManifest, match=reason):
        read_manifest(table(content))


def test_a_missing_table_is_told(tmp_path: Path):
    with pytest.raises(BadManifest, match="No such file"):
        read_manifest(tmp_path / "none.csv")


@settings(max_examples=60, deadline=None, suppress_health_check=[HealthCheck.function_scoped_fixture])
@given(body=st.binary(max_size=200))
def test_no_bytes_crash_the_reader(body: bytes, table: Table):
    try:
        manifest = read_manifest(table(b"path,label,speaker\na.wav,sad,x\n" + body))
    except BadManifest:
        return
    assert all(clip.path.is_file() for clip in manifest.utterances)


def test_a_manifest_is_a_corpus_that_can_be_read(table: Table):
    manifest = read_manifest(table("path,label,speaker\nb.wav,sad,x\na.wav,calm,y\nb.wav,sad,x\n"))
    entry = manifest.corpus
    assert [clip.name for clip in entry.read(Path("anywhere"))] == ["a", "b"]
    assert (entry.expected_clips, entry.expected_speakers, entry.labels) == (2, 2, ("calm", "sad"))
    with pytest.raises(BadUtteranceName, match=r"my\.csv"):
        entry.parse(Path("other.wav"))


def test_a_manifest_without_a_usable_row_is_an_empty_corpus(table: Table):
    manifest = read_manifest(table("path,label\nnone.wav,sad\n"))
    with pytest.raises(CorpusNotFound, match="my"):
        manifest.corpus.read(Path("anywhere"))


def test_the_check_tells_bad_rows_beside_bad_files(tmp_path: Path, sound: Callable[..., None]):
    sound(tmp_path / "good.wav")
    (tmp_path / "bad.wav").write_bytes(b"RIFF nonsense")
    (tmp_path / "t.csv").write_text("path,label\ngood.wav,sad\nbad.wav,sad\ngone.wav,sad\n")
    report = check(read_manifest(tmp_path / "t.csv").corpus, tmp_path)
    assert [(finding.kind, finding.path) for finding in report.findings] == [
        ("row", "the table t.csv"),
        ("undecodable", "bad.wav"),
    ]
    assert report.exit_code == 1
