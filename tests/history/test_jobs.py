"""Jobs on both databases: run by one at a time, ended once, kept with their analysis or not at all."""

from __future__ import annotations

import json
import threading
import time
from collections import Counter
from collections.abc import Iterator
from concurrent.futures import ThreadPoolExecutor
from datetime import UTC, datetime, timedelta

import pytest

from sentisound.errors import BadCursor, HistoryUnavailable, JobEnded, JobNotFound
from sentisound.history.entry import Entry
from sentisound.history.job import Failure, Job, Order, new_job_id
from sentisound.history.jobs import LOST, MOST_ATTEMPTS, Jobs
from sentisound.history.keeper import Keeper
from sentisound.settings import Settings

HERE = "0" * 32
FAILURE = Failure(415, "not_audio", "This is not sound", "it is a poem \0 in UTF-8")


@pytest.fixture
def keeper(settings: Settings) -> Iterator[Keeper]:
    keeper = Keeper(settings)
    yield keeper
    keeper.close()


@pytest.fixture
def jobs(keeper: Keeper) -> Jobs:
    return Jobs(keeper)


def queued(jobs: Jobs, *, owner: str = "local", place: str = HERE, **order) -> Job:
    identity = new_job_id()
    wanted = Order(**{"analysis": f"an_{identity[4:]}", "file": "a.wav", "sha256": "0" * 64, "model": "m", **order})
    return jobs.add(identity, wanted, owner=owner, place=place)


def entry_of(job: Job, heard) -> Entry:
    return Entry.of(heard(id=job.order.analysis), owner=job.owner)


def count(keeper: Keeper) -> int:
    return keeper.use(lambda history: history.count())


def test_a_job_is_queued_claimed_told_and_ended_with_its_analysis(jobs: Jobs, keeper: Keeper, heard):
    job = queued(jobs, file="\u0635\u0648\u062a.wav", language="en")
    assert (job.status, job.progress, job.attempts, job.document) == ("queued", 0, 0, "")
    assert (job.order.file, job.order.language) == ("\u0635\u0648\u062a.wav", "en")
    assert jobs.waiting(HERE) == {"local": 1}
    claimed = jobs.claim(HERE, "me")
    assert claimed is not None
    assert (claimed.id, claimed.status, claimed.attempts) == (job.id, "running", 1)
    assert claimed.started >= job.created
    assert jobs.waiting(HERE) == {}
    assert jobs.advance(job.id, "me", 0.5)
    assert jobs.get(job.id).progress == 0.5
    assert jobs.succeed(job.id, "me", entry_of(job, heard), store=True)
    ended = jobs.get(job.id)
    assert (ended.status, ended.progress, ended.failure) == ("succeeded", 1, None)
    assert ended.ended >= ended.started
    assert json.loads(ended.document)["id"] == job.order.analysis
    assert count(keeper) == 1


def test_what_is_not_to_be_stored_stays_with_the_job(jobs: Jobs, keeper: Keeper, heard):
    job = queued(jobs, store=False)
    jobs.claim(HERE, "me")
    assert jobs.succeed(job.id, "me", entry_of(job, heard), store=False)
    assert json.loads(jobs.get(job.id).document)["id"] == job.order.analysis
    assert count(keeper) == 0


def test_a_deleted_analysis_is_gone_from_its_job_too(jobs: Jobs, keeper: Keeper, heard):
    job = queued(jobs)
    jobs.claim(HERE, "me")
    jobs.succeed(job.id, "me", entry_of(job, heard), store=True)
    keeper.use(lambda history: history.delete(job.order.analysis))
    assert (jobs.get(job.id).status, jobs.get(job.id).document) == ("succeeded", "")


def test_a_failure_is_told_as_it_was(jobs: Jobs):
    job = queued(jobs)
    jobs.claim(HERE, "me")
    assert jobs.fail(job.id, "me", FAILURE)
    found = jobs.get(job.id)
    assert found.status == "failed"
    assert (found.failure.status, found.failure.code) == (415, "not_audio")
    assert not jobs.fail(job.id, "me", FAILURE)


def test_the_oldest_comes_first_and_only_those_of_the_own_place(jobs: Jobs):
    elsewhere = queued(jobs, place="f" * 32)
    first, second = queued(jobs), queued(jobs)
    assert [jobs.claim(HERE, "me").id for _ in range(2)] == [first.id, second.id]
    assert jobs.claim(HERE, "me") is None
    assert jobs.claim("f" * 32, "me").id == elsewhere.id


def test_owners_take_turns_and_of_each_the_oldest_comes_first(jobs: Jobs):
    """One who queues a hundred jobs delays another's by one."""
    ann = [queued(jobs, owner="ann").id for _ in range(4)]
    bob = [queued(jobs, owner="bob").id for _ in range(2)]
    taken, after = [], ""
    while (job := jobs.claim(HERE, "me", after=after)) is not None:
        taken.append(job.id)
        after = job.owner
    assert taken == [ann[0], bob[0], ann[1], bob[1], ann[2], ann[3]]


def test_who_is_new_has_a_turn_soon(jobs: Jobs):
    for _ in range(3):
        queued(jobs, owner="mia")
    assert jobs.claim(HERE, "me", after="zoe").owner == "mia"
    queued(jobs, owner="ann")
    assert [jobs.claim(HERE, "me", after=after).owner for after in ("mia", "ann")] == ["ann", "mia"]


def test_jobs_that_ask_for_words_are_taken_apart(jobs: Jobs):
    plain = queued(jobs, file='{"transcribe":true,"interpret":true}')  # a name, not a wish
    spoken, explained = queued(jobs, transcribe=True), queued(jobs, interpret=True)
    assert [jobs.claim(HERE, "me", words=True).id for _ in range(2)] == [spoken.id, explained.id]
    assert jobs.claim(HERE, "me", words=True) is None
    assert jobs.claim(HERE, "me", words=False).id == plain.id
    assert jobs.claim(HERE, "me", words=False) is None


def test_what_a_holder_has_is_known(jobs: Jobs):
    first, second = queued(jobs), queued(jobs)
    jobs.claim(HERE, "me")
    jobs.claim(HERE, "you")
    assert (jobs.held("me"), jobs.held("you"), jobs.held("nobody")) == ({first.id}, {second.id}, set())
    jobs.cancel(first.id)
    assert jobs.held("me") == set()


def test_many_claim_at_once_and_none_gets_the_same(settings: Settings):
    keepers = [Keeper(settings) for _ in range(2)]  # as two processes have
    queues = [Jobs(keeper) for keeper in keepers]
    wanted = {queued(queues[0]).id for _ in range(40)}
    gate = threading.Barrier(8)

    def take(number: int) -> list[str]:
        gate.wait()
        found = []
        while (job := queues[number % 2].claim(HERE, f"holder-{number}")) is not None:
            found.append(job.id)
        return found

    with ThreadPoolExecutor(8) as pool:
        taken = Counter(identity for part in pool.map(take, range(8)) for identity in part)
    for keeper in keepers:
        keeper.close()
    assert set(taken) == wanted
    assert set(taken.values()) == {1}


def test_a_killed_holder_loses_its_job_and_comes_too_late(keeper: Keeper, heard):
    jobs = Jobs(keeper, lease_s=0.05)
    job = queued(jobs)
    jobs.claim(HERE, "killed")
    time.sleep(0.1)
    assert jobs.claim(HERE, "other").attempts == 2
    assert not jobs.advance(job.id, "killed", 0.9)
    assert not jobs.succeed(job.id, "killed", entry_of(job, heard), store=True)
    assert count(keeper) == 0  # what it made is dropped with it
    assert jobs.succeed(job.id, "other", entry_of(job, heard), store=True)
    assert count(keeper) == 1


def test_who_renews_keeps_its_jobs(keeper: Keeper):
    short, long = Jobs(keeper, lease_s=0.05), Jobs(keeper, lease_s=60)
    job = queued(short)
    short.claim(HERE, "me")
    assert long.renew("me") == 1
    time.sleep(0.1)
    assert short.claim(HERE, "other") is None
    assert short.get(job.id).status == "running"


def test_a_job_that_kills_its_processes_is_given_up(keeper: Keeper):
    jobs = Jobs(keeper, lease_s=0.0)
    job = queued(jobs)
    for attempt in range(1, MOST_ATTEMPTS + 1):
        time.sleep(0.002)
        assert jobs.claim(HERE, f"victim-{attempt}").attempts == attempt
    time.sleep(0.002)
    assert jobs.claim(HERE, "careful") is None
    assert (jobs.get(job.id).status, jobs.get(job.id).failure) == ("failed", LOST)


def test_a_stop_in_good_order_costs_no_attempt(jobs: Jobs):
    job = queued(jobs)
    jobs.claim(HERE, "me")
    jobs.advance(job.id, "me", 0.5)
    assert jobs.release(job.id, "me")
    found = jobs.get(job.id)
    assert (found.status, found.progress, found.attempts, found.started) == ("queued", 0, 0, None)
    assert jobs.claim(HERE, "next").id == job.id


def test_cancelling(jobs: Jobs, keeper: Keeper, heard):
    waiting, running, done = queued(jobs), queued(jobs), queued(jobs)
    assert jobs.cancel(waiting.id).status == "cancelled"
    assert jobs.cancel(waiting.id).status == "cancelled"
    jobs.claim(HERE, "me")
    jobs.claim(HERE, "me")
    assert jobs.cancel(running.id).status == "cancelled"
    assert not jobs.advance(running.id, "me", 0.5)  # so the worker notices
    assert not jobs.succeed(running.id, "me", entry_of(running, heard), store=True)
    assert jobs.succeed(done.id, "me", entry_of(done, heard), store=True)
    with pytest.raises(JobEnded, match="succeeded"):
        jobs.cancel(done.id)
    with pytest.raises(JobNotFound):
        jobs.cancel("job_none")
    assert count(keeper) == 1


def test_jobs_are_their_owners(jobs: Jobs):
    mine, theirs = queued(jobs, owner="a"), queued(jobs, owner="b")
    assert [job.id for job in jobs.page(owner="a").jobs] == [mine.id]
    assert len(jobs.page().jobs) == 2
    for ask in (jobs.get, jobs.cancel):
        with pytest.raises(JobNotFound):
            ask(theirs.id, owner="a")
    assert jobs.get(theirs.id).status == "queued"


def test_pages_go_through_all_newest_first(jobs: Jobs):
    made = [queued(jobs).id for _ in range(7)]
    jobs.cancel(made[3])
    found, cursor = [], None
    while True:
        page = jobs.page(cursor=cursor, limit=3)
        found += [job.id for job in page.jobs]
        if (cursor := page.cursor) is None:
            break
    assert found == made[::-1]
    assert [job.id for job in jobs.page(status="cancelled").jobs] == [made[3]]
    with pytest.raises(BadCursor):
        jobs.page(cursor="x")


def test_ended_jobs_are_forgotten_and_their_analyses_stay(jobs: Jobs, keeper: Keeper, heard):
    done, open_ = queued(jobs), queued(jobs)
    jobs.claim(HERE, "me")
    jobs.succeed(done.id, "me", entry_of(done, heard), store=True)
    assert jobs.unfinished([done.id, open_.id, "job_none"]) == {open_.id}
    assert jobs.forget(datetime.now(UTC) - timedelta(days=1)) == 0
    assert jobs.forget(datetime.now(UTC) + timedelta(days=1)) == 1
    with pytest.raises(JobNotFound):
        jobs.get(done.id)
    assert count(keeper) == 1


def test_without_a_database_every_call_says_so(tmp_path):
    (tmp_path / "file").touch()
    jobs = Jobs(Keeper(Settings.load(data_dir=tmp_path / "file")))
    with pytest.raises(HistoryUnavailable):
        queued(jobs)
    with pytest.raises(HistoryUnavailable):
        jobs.claim(HERE, "me")
