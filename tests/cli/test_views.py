"""What people see: one sound in full, many sounds in rows, in terminals wide, narrow and without block characters."""

from __future__ import annotations

import io
from dataclasses import replace

import pytest
from rich.console import Console

from sentisound.cli.inputs import Input
from sentisound.cli.outcome import Failure, Outcome
from sentisound.cli.rows import Rows
from sentisound.cli.single import single
from sentisound.emotions import EMOTIONS


def terminal(width: int, *, encoding: str = "utf-8", colours: bool = False) -> Console:
    """Return a console that believes to be a terminal."""
    file = io.TextIOWrapper(io.BytesIO(), encoding=encoding, errors="backslashreplace", write_through=True)
    system = "truecolor" if colours else None
    return Console(
        file=file,
        width=width,
        force_terminal=True,
        color_system=system,
        markup=False,
        emoji=False,
        highlight=False,
        legacy_windows=False,
    )


def seen(out: Console) -> list[str]:
    return out.file.buffer.getvalue().decode(out.file.encoding).splitlines()


def single_seen(analysis, width: int = 80, *, segments: bool = False, name: str = "a.wav", **options) -> str:
    out = terminal(width, **options)
    out.print(single(analysis, name, out, segments=segments))
    return "\n".join(seen(out))


def rows_seen(outcomes: list[Outcome], width: int = 100, *, segments: bool = False, **options) -> list[str]:
    out = terminal(width, **options)
    rows = Rows(out, [outcome.input for outcome in outcomes], segments=segments)
    rows.start()
    for outcome in outcomes:
        rows.show(outcome)
    return [line.rstrip() for line in seen(out)]


def test_one_sound_says_the_verdict_and_every_emotion_with_its_share(fake):
    said = single_seen(fake.heard("happy", 0.7, "a.wav"))
    assert "happy, 70 %" in said
    assert all(f"{label:7}  10 %" in said for label in ("neutral", "sad", "angry"))
    assert "valence  +0.43" in said  # 0.7 * 0.8 (happy) - 0.1 * 0.65 (sad) - 0.1 * 0.6 (angry)
    assert "3.2 s, 80 % speech, 24 dB above noise, fake@1.0.0" in said


def test_the_likeliest_emotion_comes_first_and_has_the_longest_bar(fake):
    bars = [line.count("█") for line in single_seen(fake.heard("sad", 0.7, "a.wav")).splitlines() if "█" in line]
    assert bars == [21, 3, 3, 3]  # of 30 columns


def test_doubt_is_said_in_words(fake):
    said = single_seen(fake.heard("happy", 0.31, "a.wav"))
    assert "not sure (low confidence): probably happy, 31 %" in said


def test_warnings_are_shown(fake):
    assert "! noisy" in single_seen(fake.heard("happy", 0.7, "a.wav", ("noisy",)))


def test_segments_are_shown_with_their_times_where_asked_for(fake):
    analysis = fake.heard("happy", 0.7, "a.wav")
    assert "0:00.50" not in single_seen(analysis)
    said = single_seen(analysis, segments=True)
    assert "0:00.50 - 0:01.50  happy" in said
    assert "1:01.25 - 1:02.50  sad" in said


def test_a_sound_without_speech_has_no_segments_and_says_so(fake):
    silent = replace(fake.heard("happy", 0.7, "a.wav"), segments=(), reason="no_speech")
    assert "no speech was found" in single_seen(silent, segments=True)


def test_each_emotion_is_drawn_in_its_colour(fake):
    said = single_seen(fake.heard("happy", 0.7, "a.wav"), colours=True)
    for label in ("neutral", "happy", "sad", "angry"):
        red, green, blue = (int(EMOTIONS[label].colour[at : at + 2], 16) for at in (1, 3, 5))
        assert f"38;2;{red};{green};{blue}m█" in said


@pytest.mark.parametrize("width", [30, 40, 60, 79, 80, 200])
def test_no_line_is_wider_than_the_terminal(width: int, fake):
    analysis = fake.heard("happy", 0.31, "a.wav", ("the recording is very noisy and also clipped in many places",))
    for line in single_seen(analysis, width, segments=True, name="long/" * 40 + "a.wav").splitlines():
        assert len(line) <= width
    failure = Failure("not_audio", "This is not sound", "it is a poem, and a long one at that")
    outcomes = [Outcome(Input("long/" * 40 + "a.wav"), analysis), Outcome(Input("b.wav"), failure)]
    for line in rows_seen(outcomes, width, segments=True):
        assert len(line) <= width


@pytest.mark.parametrize("width", [40, 80])
def test_a_long_path_keeps_the_files_name(width: int, fake):
    assert "clip7.wav" in single_seen(fake.heard("happy", 0.7, "a"), width, name="long/" * 40 + "clip7.wav")
    assert "clip7.wav" in rows_seen([Outcome(Input("long/" * 40 + "clip7.wav"), fake.heard("sad", 0.7, "a"))], width)[1]


def test_without_block_characters_there_is_ascii_only(fake):
    analysis = fake.heard("happy", 0.7, "a.wav")
    said = single_seen(analysis, segments=True, encoding="ascii")
    assert "#####################" in said
    assert "\\u" not in said, "a character that ASCII lacks was escaped"
    assert "\\u" not in "\n".join(rows_seen([Outcome(Input("a.wav"), analysis)], encoding="ascii"))


def test_many_sounds_have_a_row_each_in_columns(fake):
    outcomes = [
        Outcome(Input("a.wav"), fake.heard("happy", 0.7, "a.wav")),
        Outcome(Input("folder/b.wav"), fake.heard("sad", 0.31, "b.wav", ("noisy",))),
        Outcome(Input("c.wav"), Failure("not_audio", "This is not sound", "it is a poem")),
    ]
    assert rows_seen(outcomes) == [
        "file          emotion      sure              notes",
        "a.wav         happy        70 %  ███████",
        "folder/b.wav  sad?         31 %  ███▏        not sure: low confidence; noisy",
        "c.wav         error                          This is not sound: it is a poem",
    ]


def test_a_long_note_wraps_within_its_column(fake):
    note = "it sounds as if the microphone lay under a pillow in the next room"
    _, first, second, *_ = rows_seen([Outcome(Input("a.wav"), fake.heard("happy", 0.7, "a.wav", (note,)))], 80)
    assert first.index("it sounds") == len(second) - len(second.lstrip())


def test_in_a_narrow_terminal_the_notes_stand_below(fake):
    outcomes = [Outcome(Input("a.wav"), fake.heard("sad", 0.31, "a.wav"))]
    assert rows_seen(outcomes, 40) == [
        "file   emotion      sure",
        "a.wav  sad?         31 %",
        "    not sure: low confidence",
    ]


def test_segments_stand_below_their_row(fake):
    lines = rows_seen([Outcome(Input("a.wav"), fake.heard("happy", 0.7, "a.wav"))], segments=True)
    assert lines[2].startswith("    0:00.50 - 0:01.50  happy")
    assert lines[3].startswith("    1:01.25 - 1:02.50  sad")


@pytest.mark.parametrize("name", ["[red]x[/red].wav", ":smile:.wav", "[link=http://a]b"])
def test_markup_in_a_name_is_text(name: str, fake):
    analysis = fake.heard("happy", 0.7, "a.wav")
    assert name in single_seen(analysis, name=name)
    assert rows_seen([Outcome(Input(name), analysis)])[1].startswith(name)


def test_a_name_that_repaints_the_terminal_is_defused(fake):
    name = "a\x1b[2J\nb\udcff.wav"
    analysis = fake.heard("happy", 0.7, "a.wav")
    assert "a_[2J_b_.wav" in single_seen(analysis, name=name)
    assert rows_seen([Outcome(Input(name), analysis)])[1].startswith("a_[2J_b_.wav")


def test_columns_line_up_where_characters_are_two_columns_wide(fake):
    analysis = fake.heard("happy", 0.7, "a.wav")
    _, wide, plain = rows_seen([Outcome(Input("笑い.wav"), analysis), Outcome(Input("abcd.wav"), analysis)])
    assert wide.index("happy") == plain.index("happy") - 2
