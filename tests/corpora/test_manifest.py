"""Manifests: what spreadsheets make of a table is taken, a bad row is told with its number and costs no other."""

from __future__ import annotations

from collections.abc import Callable
from pathlib import Path
from unicodedata import normalize

import pytest
from hypothesis import HealthCheck, given, settings, strategies as st

from sentisound.corpora.check import check
from sentisound.corpora.label_map import LabelMap
from sentisound.corpora.manifest import Reading, read_manifest
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
    assert manifest.notes[0] == "columns that are not used: mood"
    assert "none can be held out" in manifest.notes[1]


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
        ("b.wav", "it has no label"),
        ("b.wav,None", "it has no label ('None')"),
        ("b.wav,nan", "it has no label ('nan')"),
        ("b.wav,A", "'A' is one letter, which means different emotions"),
        ("b.wav,w", "'w' is one letter"),
        ("a, b.wav,sad,m,de", "names that hold a separator go in quotes"),
        ("C:\\rec\\b.wav,sad", "'C:/rec/b.wav' is a path of a Windows machine"),
        ("b\0.wav,sad", "NUL"),
        ("a.wav,sad", "'a' is in the table already, in row 2"),
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
        (b"clip,mood\na.wav,sad\n", "columns path and label"),
        (b"path,label,label\na.wav,sad,happy\n", "column twice: label"),
        (b"PK\x03\x04 and so on", "workbook: save it as CSV"),
        (b"RIFF\x00\x00\x01\x02WAVEfmt \x00\xff", "columns path and label"),
        (b"path,label,Path\na.wav,sad,b.wav\n", "column twice"),
        (b"\xff\xfea", "not text"),
        (b"path,label," + b"x" * 200_000 + b"\n", "field larger"),
        (b"path,label\na.wav,sad\n" + b"x" * 200_000 + b",sad\n", "from line"),
    ],
    ids=[
        "empty",
        "other columns",
        "exactly twice",
        "workbook",
        "a sound",
        "twice",
        "half utf-16",
        "huge header",
        "huge field",
    ],
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


SPOKEN = {  # what a folder of recordings is called where these encodings are at home
    "gb18030": "王芳",
    "big5": "張偉",
    "shift_jis": "田中",
    "euc_kr": "김철수",
    "euc_jp": "鈴木",
    "cp1250": "Łukasz",
    "cp1251": "Иванов",
    "cp1253": "Γιώργος",
    "cp1254": "Ayşe",
    "cp1256": "محمد",
    "koi8_r": "Петрова",
    "mac_roman": "Zoë",
}


@pytest.mark.parametrize("encoding", SPOKEN)
def test_a_code_page_is_told_by_the_files_that_it_leads_to(encoding: str, tmp_path: Path):
    name = SPOKEN[encoding]
    (tmp_path / f"{name}.wav").touch()
    (tmp_path / "t.csv").write_bytes(f"path,label,speaker\n{name}.wav,sad,{name}\n".encode(encoding))
    manifest = read_manifest(tmp_path / "t.csv")
    assert [clip.speaker for clip in manifest.utterances] == [name]
    assert manifest.notes == (f"read as {manifest.encoding}",)


def test_where_no_file_tells_the_encoding_is_a_guess_that_one_may_correct(table: Table):
    path = table("path,label,speaker\na.wav,sad,Łukasz\nb.wav,sad,Świętosława\n".encode("cp1250"))
    guessed = read_manifest(path)
    assert guessed.notes[0].startswith(f"read as {guessed.encoding}, a guess: ")
    assert "--encoding" in guessed.notes[0]
    told = read_manifest(path, Reading("cp1250"))
    assert [clip.speaker for clip in told.utterances] == ["Łukasz", "Świętosława"]
    assert told.notes == ("read as cp1250",)
    with pytest.raises(BadManifest, match=r"my\.csv is not text in utf-8"):
        read_manifest(path, Reading("utf-8"))


def test_names_in_another_unicode_form_are_found_and_told_once(tmp_path: Path):
    for take in range(3):
        (tmp_path / normalize("NFD", f"Zoë-{take}.wav")).touch()
    (tmp_path / "t.csv").write_text("path,label,speaker\n" + "".join(f"Zoë-{n}.wav,sad,z\n" for n in range(3)))
    manifest = read_manifest(tmp_path / "t.csv")
    assert [clip.name for clip in manifest.utterances] == ["Zoë-0", "Zoë-1", "Zoë-2"]
    assert manifest.notes == ("names of 3 rows are spelled otherwise on the disk (Unicode form or case)",)


def test_odd_values_in_optional_columns_cost_no_clip_and_are_told_once(table: Table):
    manifest = read_manifest(
        table("path,label,speaker,sex,language,age\na.wav,sad,x,diverse,English,old\nb.wav,sad,y,nan,en,-3\n")
    )
    assert [(clip.sex, clip.language) for clip in manifest.utterances] == [("", ""), ("", "en")]
    assert manifest.problems == ()
    assert manifest.notes == (
        "sex is taken as unknown where it is 'diverse' (1 row); it is female, male or empty",
        "language is taken as unknown where it is 'English' (1 row); it is an ISO 639 code such as en, or empty",
        "columns that are not used: age",
    )


@pytest.mark.parametrize("speaker", ["nan", "None", "unknown", ""])
def test_nobody_is_no_speaker(speaker: str, table: Table):
    (clip,) = read_manifest(table(f"path,label,speaker\na.wav,sad,{speaker}\n")).utterances
    assert clip.speaker == ""


def test_letters_are_refused_by_name_with_what_to_do(table: Table):
    manifest = read_manifest(table("path,label,speaker\na.wav,W,x\nb.wav,A,x\nsub/c.wav,W,y\n"))
    assert manifest.utterances == ()
    assert [problem[:10] for problem in manifest.problems] == ["row 2: 'W'", "row 3: 'A'", "row 4: 'W'"]
    (note,) = manifest.notes
    assert note.startswith("labels that name no emotion: 'W' (2 rows), 'A' (1 row); say what they mean with --labels")


def test_a_map_says_what_labels_mean_and_which_are_unused(table: Table):
    labels = LabelMap({"w": "angry", "fru": "unused", "none": "neutral", "typo": "sad"})
    content = "path,label,speaker\na.wav,W,x\nb.wav,fru,x\nsub/c.wav,None,y\ngrün.wav,fru,y\n"
    manifest = read_manifest(table(content), Reading(labels=labels))
    assert [(clip.name, clip.label) for clip in manifest.utterances] == [("a", "angry"), ("sub/c", "neutral")]
    assert manifest.problems == ()
    assert manifest.notes == (
        "left out as the map of labels says: 'fru' (2 rows)",
        "no row has the labels typo, which the map of labels names",
    )


def test_one_clip_with_two_labels_is_not_used_at_all(table: Table):
    manifest = read_manifest(table("path,label\na.wav,sad\nb.wav,calm\nsub/../a.wav,happy\na.wav,sad\n"))
    assert [clip.name for clip in manifest.utterances] == ["b"]
    reason = "the clip is sad in row 2, happy in row 4: none of them is used"
    assert manifest.problems == (
        f"row 2: {reason}",
        f"row 4: {reason}",
        "row 5: 'a' is in the table already, in row 2",
    )


def test_two_files_that_differ_in_their_suffix_alone_are_two_clips(table: Table, tmp_path: Path):
    (tmp_path / "a.mp3").touch()
    manifest = read_manifest(table("path,label\na.wav,sad\na.mp3,happy\n"))
    assert [clip.name for clip in manifest.utterances] == ["a", "a.mp3"]


def test_a_table_without_a_usable_row_tells_its_rows_in_the_check(table: Table, tmp_path: Path):
    report = check(read_manifest(table("path,label\na.wav,None\nb.wav,E\n")).corpus, tmp_path)
    assert [finding.kind for finding in report.findings] == ["row", "row"]
    assert report.exit_code == 1
    assert any("--labels" in note for note in report.notes)
