"""The spool: uploads of accepted jobs in the data folder, from before the job is promised until it has ended."""

from __future__ import annotations

from typing import BinaryIO

from sentisound.errors import JobsFull, JobsUnavailable
from sentisound.history.folder import Folder
from sentisound.history.job import Job, Order, new_job_id
from sentisound.history.jobs import Jobs
from sentisound.history.place import beside
from sentisound.identity.gate import asks_for_keys, is_loopback
from sentisound.settings import Settings

FOLDER = "spool"


class Spool:
    """Takes jobs in; its methods block.

    An owner may have as many jobs waiting as are left free (the dynamic threshold of shared buffers, Choudhury and
    Hahne 1998): one alone has half of the queue, two a third each, and there is always room for another. Where only
    this machine's users reach the server, all of them are one owner, who has the whole queue.
    """

    def __init__(self, settings: Settings, jobs: Jobs) -> None:
        self.folder = Folder(beside(settings, FOLDER))
        self.jobs = jobs
        self._most = settings.max_jobs
        self._shared = asks_for_keys(settings) or not is_loopback(settings.host)

    def accept(self, order: Order, file: BinaryIO, owner: str) -> Job:
        """Put an upload aside and queue its job: once this returns, the job is run, whatever becomes of the process.

        Raises
        ------
        JobsFull
            When as many jobs wait as the settings allow, or as many of the owner's as are left to others.
        JobsUnavailable
            When the upload cannot be written.
        HistoryUnavailable
            When the database cannot be reached.
        """
        place = self.place()
        self._check_room(place, owner)
        identity = new_job_id()
        try:
            self.folder.keep(identity, file)
        except OSError as error:
            raise JobsUnavailable(f"the upload cannot be put aside ({error.strerror or error})") from None
        try:
            return self.jobs.add(identity, order, owner=owner, place=place)
        except BaseException:
            self.folder.remove(identity)  # the row may be there all the same: then the job fails for want of its file
            raise

    def _check_room(self, place: str, owner: str) -> None:
        waiting = self.jobs.waiting(place)
        free, own = self._most - sum(waiting.values()), waiting.get(owner, 0)
        if free <= 0:
            raise JobsFull(f"{self._most} jobs are waiting; try again later")
        if self._shared and own >= free:
            raise JobsFull(f"{own} of your jobs are waiting, and the rest of the queue is for others; try again later")

    def place(self) -> str:
        """Return the identity of the folder.

        Raises
        ------
        JobsUnavailable
            When it cannot be made.
        """
        try:
            return self.folder.place()
        except OSError as error:
            raise JobsUnavailable(f"the folder of uploads cannot be used ({error.strerror or error})") from None
