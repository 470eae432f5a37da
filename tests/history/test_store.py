"""What is kept comes back as it was, newest first, and what is deleted is gone: on SQLite and on PostgreSQL."""

from __future__ import annotations

import dataclasses
import json
import threading
from concurrent.futures import ThreadPoolExecutor
from datetime import UTC, datetime, timedelta, timezone
from pathlib import Path

import pytest

from sentisound.errors import AnalysisNotFound, BadCursor
from sentisound.history import store
from sentisound.history.entry import Entry, Selection
from sentisound.history.store import History

ARABIC = "تسجيل صوتي رقم ١٢.wav"
NAMES = [
    ARABIC,
    "ü" * 300 + ".wav",
    "<script>alert(1)</script>.wav",
    "笑😀.wav",
    "O'Brien\"; DROP TABLE analyses;--",
    "%_\\",
]
EMPTY = Selection(emotion="bored")


def ids(history: History, *args, **options) -> list[str]:
    return [entry.id for entry in history.page(*args, **options).entries]


def fill(history: History, heard, count: int, **fields) -> list[str]:
    """Add so many, a minute apart; return their ids, the newest first."""
    made = [heard(minutes=minute, **fields) for minute in range(count)]
    history.add_entries([Entry.of(one) for one in made])
    return [one.id for one in reversed(made)]


def test_what_is_kept_comes_back_whole(history: History, heard):
    made = heard("sad", 0.61, reason="low_confidence")
    history.add(made, owner="ss_1", sha256="ab" * 32)
    found = history.get(made.id)
    assert found == Entry.of(made, owner="ss_1", sha256="ab" * 32)
    assert json.loads(found.document) == made.to_dict()
    assert (found.emotion, found.confidence, found.abstained, found.duration_s) == ("sad", 0.61, True, 3.25)
    assert found.created == made.created
    assert found.created.utcoffset() == timedelta(0)
    assert list(json.loads(found.top_3)) == ["sad", "neutral", "happy"]


def test_times_are_kept_to_the_microsecond_in_any_zone(history: History, heard):
    moment = datetime(2026, 3, 29, 2, 30, 0, 123456, tzinfo=timezone(timedelta(hours=5, minutes=30)))
    history.add(made := heard(created=moment))
    assert history.get(made.id).created == moment


@pytest.mark.parametrize("name", NAMES)
def test_any_name_is_kept_and_found(history: History, heard, name: str):
    history.add(heard(file="other.mp3"))
    history.add(made := heard(file=name))
    assert history.get(made.id).file == name
    assert ids(history, Selection(text=name)) == [made.id]


def test_what_no_database_holds_becomes_a_replacement_character(history: History, heard):
    history.add(made := heard(file="a\0b\udcff.wav"), owner="o\0")
    found = history.get(made.id)
    assert found.file == "a\N{REPLACEMENT CHARACTER}b\N{REPLACEMENT CHARACTER}.wav"
    assert json.loads(found.document)["file"] == "a\0b\udcff.wav"  # the document is ASCII and loses nothing


def test_an_analysis_added_twice_is_there_once(history: History, heard):
    made = heard()
    history.add(made)
    history.add(dataclasses.replace(made, file="else.wav"))
    assert history.count() == 1
    assert history.get(made.id).file == "clip.wav"
    assert history.add_entries([Entry.of(made), Entry.of(new := heard())]) == 1
    assert history.count() == 2
    assert history.get(new.id)


def test_the_newest_is_first_and_one_second_keeps_its_order(history: History, heard):
    expected = fill(history, heard, 5)
    history.add(late := heard(minutes=4.0001))
    assert ids(history) == [late.id, *expected]


def test_pages_go_to_the_end_and_say_so(history: History, heard):
    expected = fill(history, heard, 7)
    first = history.page(limit=3)
    second = history.page(limit=3, cursor=first.cursor)
    third = history.page(limit=3, cursor=second.cursor)
    assert [entry.id for page in (first, second, third) for entry in page.entries] == expected
    assert first.cursor
    assert second.cursor
    assert third.cursor is None
    assert history.page(limit=7).cursor is None
    assert history.page(EMPTY) == store.Page((), None)


def test_paging_is_stable_while_others_add_and_delete(history: History, heard):
    expected = fill(history, heard, 9)
    page, seen = history.page(limit=3), []
    while True:
        seen += [entry.id for entry in page.entries]
        history.add(heard(minutes=100))
        if page.cursor is None:
            break
        history.delete(page.entries[-1].id)  # the cursor's own entry
        page = history.page(limit=3, cursor=page.cursor)
    assert seen == expected


def test_analyses_of_one_moment_are_paged_without_loss(history: History, heard):
    made = {heard().id for _ in range(0)}
    for _ in range(10):
        history.add(one := heard())
        made.add(one.id)
    first = history.page(limit=4)
    rest = history.page(limit=100, cursor=first.cursor)
    assert len(first.entries) + len(rest.entries) == 10
    assert {entry.id for entry in first.entries + rest.entries} == made


@pytest.mark.parametrize(
    "cursor", ["", "x", "!!!!", "ü", "MTIz", "YTpi", "OTk5OTk5OTk5OTk5OTk5OTk5OTk5OTk5OmFu", "a\0b"]
)
def test_a_cursor_of_somebody_elses_is_refused(history: History, cursor: str):
    with pytest.raises(BadCursor):
        history.page(cursor=cursor)


def test_filters_select(history: History, heard):
    history.add(sad := heard("sad", minutes=0, file="Müller, Call.wav"), owner="a")
    history.add(old := heard("happy", minutes=10, model="old@0.9.0"), owner="b")
    history.add(new := heard("happy", minutes=20), owner="a")
    assert ids(history, Selection(emotion="happy")) == [new.id, old.id]
    assert ids(history, Selection(model="old@0.9.0")) == [old.id]
    assert ids(history, Selection(owner="a")) == [new.id, sad.id]
    assert ids(history, Selection(owner="a", emotion="happy")) == [new.id]
    assert ids(history, Selection(since=old.created)) == [new.id, old.id]  # from: included
    assert ids(history, Selection(until=old.created)) == [sad.id]  # to: not included
    assert history.count(Selection(owner="a")) == 2
    assert history.count() == 3


@pytest.mark.parametrize("text", ["MÜLLER", "müller", "mu\u0308ller", "call.WAV", "Müller, Call.wav", ", "])
def test_a_search_minds_neither_case_nor_composition(history: History, heard, text: str):
    history.add(found := heard(file="Müller, Call.wav"))
    history.add(heard(file="Muller.wav"))
    assert ids(history, Selection(text=text)) == [found.id]


@pytest.mark.parametrize("text", ["%", "_", "\\", "' OR 1=1 --", "\0", "\ud800"])
def test_a_search_takes_every_text_literally(history: History, heard, text: str):
    history.add(heard(file="plain.wav"))
    assert ids(history, Selection(text=text)) == []
    assert ids(history, Selection(emotion=text)) == []


def test_another_owner_sees_and_deletes_nothing(history: History, heard):
    history.add(made := heard(), owner="a")
    assert history.get(made.id, owner="a").id == made.id
    with pytest.raises(AnalysisNotFound):
        history.get(made.id, owner="b")
    with pytest.raises(AnalysisNotFound):
        history.delete(made.id, owner="b")
    history.delete(made.id, owner="a")
    assert history.count() == 0


@pytest.mark.parametrize("identity", ["an_unknown", "", "\0", "\ud800", "x" * 10_000])
def test_an_unknown_id_is_not_found(history: History, identity: str):
    with pytest.raises(AnalysisNotFound):
        history.get(identity)
    with pytest.raises(AnalysisNotFound):
        history.delete(identity)


def test_what_is_deleted_is_gone_for_good(history: History, heard):
    history.add(made := heard(file="my secret name.wav"))
    history.add(other := heard(file="stays.wav"))
    history.delete(made.id)
    with pytest.raises(AnalysisNotFound):
        history.get(made.id)
    with pytest.raises(AnalysisNotFound):
        history.delete(made.id)
    assert ids(history) == [other.id]
    if history.place.file is not None:
        on_disk = b"".join(path.read_bytes() for path in Path(history.place.file).parent.iterdir())
        assert b"stays.wav" in on_disk
        assert b"my secret name" not in on_disk


def test_purge_deletes_what_is_older(history: History, heard, monkeypatch: pytest.MonkeyPatch):
    monkeypatch.setattr(store, "BATCH", 4)
    newest_first = fill(history, heard, 11)
    border = history.get(newest_first[2]).created
    assert history.purge(border) == 8
    assert ids(history) == newest_first[:3]
    assert history.purge(border) == 0
    assert history.purge() == 3
    assert history.count() == 0


def test_purge_leaves_what_is_not_selected(history: History, heard):
    fill(history, heard, 3, model="a@1")
    fill(history, heard, 3, model="b@1")
    assert history.purge(None, Selection(model="a@1")) == 3
    assert history.count(Selection(model="b@1")) == 3


def test_batches_hold_everything_once(history: History, heard, monkeypatch: pytest.MonkeyPatch):
    monkeypatch.setattr(store, "BATCH", 3)
    expected = fill(history, heard, 9)
    batches = list(history.pages())
    assert [entry.id for batch in batches for entry in batch] == expected
    assert {len(batch) for batch in batches} == {3}
    assert not any(entry.document for batch in batches for entry in batch)
    assert all(entry.document for batch in history.pages(whole=True) for entry in batch)
    assert list(history.pages(EMPTY)) == []


def test_many_threads_write_and_read_at_once(history: History, heard):
    made = [heard(minutes=minute) for minute in range(200)]
    stop = threading.Event()
    seen = []

    def read() -> None:
        while not stop.is_set():
            seen.append(len(history.page(limit=500).entries))

    with ThreadPoolExecutor(9) as pool:
        reader = pool.submit(read)
        list(pool.map(history.add, made))
        stop.set()
        reader.result()
    assert seen == sorted(seen)
    assert history.count() == 200


def test_nothing_added_is_nothing_done(history: History):
    assert history.add_entries([]) == 0


def test_an_entry_without_a_document_has_none(history: History, heard):
    bare = dataclasses.replace(Entry.of(heard()), document="")
    history.add_entries([bare])
    assert history.get(bare.id) == bare


def test_a_history_is_there_after_closing(settings, heard):
    with History.open(settings) as first:
        first.add(made := heard())
    with History.open(settings) as second:
        assert ids(second) == [made.id]


def test_ids_sort_as_analyses_are_made(heard):
    from sentisound.results import Analysis

    base = heard()
    before = Analysis("m@1", "x", 1.0, base.scores, (), base.quality)
    later = [Analysis("m@1", "x", 1.0, base.scores, (), base.quality) for _ in range(3)]
    assert all(before.id[:15] <= one.id[:15] for one in later)
    assert int(before.id[3:15], 16) == pytest.approx(datetime.now(UTC).timestamp() * 1000, abs=60_000)
