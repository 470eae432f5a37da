"""Errors of what is kept: the history of analyses, and the jobs that wait in its database."""

from __future__ import annotations

from sentisound.errors.base import SentiSoundError


class HistoryError(SentiSoundError):
    """The history cannot do what was asked."""

    code = "history"
    title = "The history cannot be used"


class HistoryUnavailable(HistoryError, OSError):
    """The history's database cannot be reached, read or written at the moment."""

    code = "history_unavailable"
    status = 503
    title = "The history cannot be reached at the moment"
    retry_after_s = 10


class HistoryTooNew(HistoryError, ValueError):
    """The history was written by a newer version of SentiSound."""

    code = "history_too_new"
    status = 503
    title = "The history is of a newer version"


class AnalysisNotFound(HistoryError, LookupError):
    """No analysis that may be seen has this id."""

    code = "analysis_not_found"
    status = 404
    title = "There is no such analysis"


class SoundNotKept(HistoryError, LookupError):
    """The sound of an analysis is not kept, so what would be made of it cannot be had."""

    code = "sound_not_kept"
    status = 404
    title = "The sound is not kept"


class BadCursor(HistoryError, ValueError):
    """A cursor was not given out by a list of the history."""

    code = "bad_cursor"
    status = 400
    title = "The cursor is not one of ours"


class BadHistoryFile(HistoryError, ValueError):
    """A file to import is not a history."""

    code = "bad_history_file"
    status = 422
    title = "The file is not a history"


class BackupFailed(HistoryError, OSError):
    """A copy of the history cannot be made."""

    code = "backup_failed"
    title = "The history cannot be copied"


class JobError(SentiSoundError):
    """A job cannot do what was asked."""

    code = "job"
    title = "The job cannot do this"


class JobNotFound(JobError, LookupError):
    """No job that may be seen has this id."""

    code = "job_not_found"
    status = 404
    title = "There is no such job"


class JobEnded(JobError, ValueError):
    """A job that has ended cannot be cancelled any more."""

    code = "job_ended"
    status = 409
    title = "The job has ended"


class JobsFull(JobError, OSError):
    """As many jobs wait as the server takes."""

    code = "jobs_full"
    status = 503
    retry_after_s = 10
    title = "Too many jobs are waiting"


class JobsUnavailable(JobError, OSError):
    """A job's upload cannot be put aside on this machine at the moment."""

    code = "jobs_unavailable"
    status = 503
    retry_after_s = 10
    title = "No job can be taken at the moment"
