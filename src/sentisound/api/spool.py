"""The spool: uploads of accepted jobs in the data folder, from before the job is promised until it has ended."""

from __future__ import annotations

from typing import BinaryIO

from sentisound.errors import JobsFull, JobsUnavailable
from sentisound.history.folder import Folder
from sentisound.history.job import Job, Order, new_job_id
from sentisound.history.jobs import Jobs
from sentisound.history.place import beside
from sentisound.settings import Settings

FOLDER = "spool"


class Spool:
    """Takes jobs in; its methods block."""

    def __init__(self, settings: Settings, jobs: Jobs) -> None:
        self.folder = Folder(beside(settings, FOLDER))
        self.jobs = jobs
        self._most = settings.max_jobs

    def accept(self, order: Order, file: BinaryIO, owner: str) -> Job:
        """Put an upload aside and queue its job: once this returns, the job is run, whatever becomes of the process.

        Raises
        ------
        JobsFull
            When as many jobs wait as the settings allow.
        JobsUnavailable
            When the upload cannot be written.
        HistoryUnavailable
            When the database cannot be reached.
        """
        place = self.place()
        if self.jobs.waiting(place) >= self._most:
            raise JobsFull(f"{self._most} jobs are waiting; try again later")
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
