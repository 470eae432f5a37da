"""Every error that SentiSound raises on purpose, in one tree.

::

    SentiSoundError
    ├── SettingsError            (ValueError)
    ├── AudioError
    │   ├── AudioNotFound        (FileNotFoundError)
    │   ├── EmptyAudio           (ValueError)
    │   ├── UndecodableAudio     (ValueError)
    │   ├── MissingCodec         (ImportError)
    │   ├── AudioTooLarge        (ValueError)
    │   ├── AudioTooLong         (ValueError)
    │   ├── AudioTooShort        (ValueError)
    │   └── NoSpeech             (ValueError)
    ├── UnknownEmotion           (LookupError)
    ├── FeatureError
    │   ├── UnknownFeatureSet    (LookupError)
    │   └── BadFeatureParameters (ValueError)
    ├── BundleError
    │   ├── BundleNotFound       (LookupError)
    │   ├── BundleInvalid        (ValueError)
    │   ├── BundleDamaged        (ValueError)
    │   ├── BundleExceedsLimits  (RuntimeError)
    │   ├── BundleUntrusted      (RuntimeError)
    │   └── CheckpointInvalid    (ValueError)
    ├── CorpusError
    │   ├── UnknownCorpus        (LookupError)
    │   ├── CorpusNotFound       (FileNotFoundError)
    │   ├── BadUtteranceName     (ValueError)
    │   ├── BadManifest          (ValueError)
    │   ├── BadLabelMap          (ValueError)
    │   ├── IncompleteCorpus     (ValueError)
    │   ├── LeakFound            (ValueError)
    │   └── UnknownProtocol      (LookupError)
    ├── HistoryError
    │   ├── HistoryUnavailable   (OSError)
    │   ├── HistoryTooNew        (ValueError)
    │   ├── AnalysisNotFound     (LookupError)
    │   ├── SoundNotKept         (LookupError)
    │   ├── BadCursor            (ValueError)
    │   ├── BackupFailed         (OSError)
    │   └── BadHistoryFile       (ValueError)
    ├── JobError
    │   ├── JobNotFound          (LookupError)
    │   ├── JobEnded             (ValueError)
    │   ├── JobsFull             (OSError)
    │   └── JobsUnavailable      (OSError)
    ├── EngineError
    │   ├── EngineMissing        (ImportError)
    │   ├── EngineUnavailable    (ConnectionError)
    │   ├── EngineRefused        (PermissionError)
    │   ├── LanguageUnsupported  (ValueError)
    │   ├── EngineAnswerInvalid  (ValueError)
    │   └── EngineFailed         (RuntimeError)
    ├── RecipeError              (ValueError)
    ├── BadRun                   (ValueError)
    ├── UnknownChart             (LookupError)
    ├── PictureNotFound          (LookupError)
    ├── WorkError
    │   ├── WorkerDied           (RuntimeError)
    │   ├── WorkCancelled        (RuntimeError)
    │   ├── DeadlineExceeded     (TimeoutError)
    │   └── MemoryLimitExceeded  (RuntimeError)
    ├── MissingExtra             (ImportError)
    ├── AccessError
    │   ├── Unauthenticated      (PermissionError)
    │   ├── Forbidden            (PermissionError)
    │   ├── ForeignOrigin        (PermissionError)
    │   ├── TooManyRequests      (PermissionError)
    │   ├── BadAccess            (ValueError)
    │   ├── KeyNotFound          (LookupError)
    │   ├── UserNotFound         (LookupError)
    │   └── UserExists           (ValueError)
    ├── RepeatError
    │   ├── BadIdempotencyKey    (ValueError)
    │   ├── OtherBody            (ValueError)
    │   └── StillRunning         (ValueError)
    ├── WebhookError
    │   ├── BadWebhook           (ValueError)
    │   ├── WebhookNotFound      (LookupError)
    │   └── AddressRefused       (OSError)
    ├── NoRoom                   (OSError)
    └── BadRequest               (ValueError)

Those below ``EngineError`` are in ``engine_errors``, the others here. Each leaf carries ``code`` (stable, for
programs), ``status`` (the HTTP status that fits) and ``title`` (a short sentence for people); the message says what was
wrong with this input and what to do about it. Each leaf also derives from the built-in exception that a caller who does
not know us would catch.
"""

from __future__ import annotations

from sentisound.errors.base import SentiSoundError as SentiSoundError
from sentisound.errors.corpora import (
    BadLabelMap as BadLabelMap,
    BadManifest as BadManifest,
    BadUtteranceName as BadUtteranceName,
    CorpusError as CorpusError,
    CorpusNotFound as CorpusNotFound,
    IncompleteCorpus as IncompleteCorpus,
    LeakFound as LeakFound,
    UnknownCorpus as UnknownCorpus,
    UnknownProtocol as UnknownProtocol,
)
from sentisound.errors.doors import (
    AccessError as AccessError,
    AddressRefused as AddressRefused,
    BadAccess as BadAccess,
    BadIdempotencyKey as BadIdempotencyKey,
    BadWebhook as BadWebhook,
    Forbidden as Forbidden,
    ForeignOrigin as ForeignOrigin,
    KeyNotFound as KeyNotFound,
    OtherBody as OtherBody,
    RepeatError as RepeatError,
    StillRunning as StillRunning,
    TooManyRequests as TooManyRequests,
    Unauthenticated as Unauthenticated,
    UserExists as UserExists,
    UserNotFound as UserNotFound,
    WebhookError as WebhookError,
    WebhookNotFound as WebhookNotFound,
)
from sentisound.errors.history import (
    AnalysisNotFound as AnalysisNotFound,
    BackupFailed as BackupFailed,
    BadCursor as BadCursor,
    BadHistoryFile as BadHistoryFile,
    HistoryError as HistoryError,
    HistoryTooNew as HistoryTooNew,
    HistoryUnavailable as HistoryUnavailable,
    JobEnded as JobEnded,
    JobError as JobError,
    JobNotFound as JobNotFound,
    JobsFull as JobsFull,
    JobsUnavailable as JobsUnavailable,
    SoundNotKept as SoundNotKept,
)
from sentisound.errors.work import (
    DeadlineExceeded as DeadlineExceeded,
    MemoryLimitExceeded as MemoryLimitExceeded,
    WorkCancelled as WorkCancelled,
    WorkerDied as WorkerDied,
    WorkError as WorkError,
)


class SettingsError(SentiSoundError, ValueError):
    """A setting has a value that cannot be used."""

    code = "bad_settings"
    title = "A setting is wrong"


class AudioError(SentiSoundError):
    """The sound given cannot be analysed."""

    code = "audio"
    status = 422
    title = "The sound cannot be analysed"


class AudioNotFound(AudioError, FileNotFoundError):
    """There is no readable file at the path given."""

    code = "audio_not_found"
    status = 404
    title = "There is no such file"


class EmptyAudio(AudioError, ValueError):
    """The input holds no bytes, or a header and not one sample."""

    code = "empty_audio"
    status = 400
    title = "The file is empty"


class UndecodableAudio(AudioError, ValueError):
    """The bytes are not sound in a format that can be decoded."""

    code = "not_audio"
    status = 415
    title = "This is not sound that can be decoded"


class MissingCodec(AudioError, ImportError):
    """The format needs the ``codecs`` extra, which is not installed."""

    code = "missing_codec"
    status = 415
    title = "This format needs an optional decoder"


class AudioTooLarge(AudioError, ValueError):
    """The input has more bytes than the cap allows."""

    code = "too_large"
    status = 413
    title = "The file is too large"


class AudioTooLong(AudioError, ValueError):
    """The decoded sound is longer than the cap allows."""

    code = "too_long"
    title = "The sound is too long"


class AudioTooShort(AudioError, ValueError):
    """The decoded sound is shorter than one analysis can use."""

    code = "too_short"
    title = "The sound is too short"


class NoSpeech(AudioError, ValueError):
    """The sound is silent from start to end."""

    code = "no_speech"
    title = "The sound is silent"


class UnknownEmotion(SentiSoundError, LookupError):
    """A label is neither a canonical emotion nor a known alias of one."""

    code = "unknown_emotion"
    status = 422
    title = "There is no such emotion"


class FeatureError(SentiSoundError):
    """Features cannot be computed as asked."""

    code = "features"
    title = "The features cannot be computed"


class UnknownFeatureSet(FeatureError, LookupError):
    """No feature set has this name."""

    code = "unknown_feature_set"
    status = 422
    title = "There is no such feature set"


class BadFeatureParameters(FeatureError, ValueError):
    """A feature set does not take these parameters."""

    code = "bad_feature_parameters"
    status = 422
    title = "The feature set does not take these parameters"


class BundleError(SentiSoundError):
    """A model bundle cannot be used."""

    code = "bundle"
    title = "The model cannot be used"


class BundleNotFound(BundleError, LookupError):
    """No bundle has this name and no folder has this path."""

    code = "model_not_found"
    status = 404
    title = "There is no such model"


class BundleInvalid(BundleError, ValueError):
    """The bundle's description or its graph is not of the form that is safe and usable."""

    code = "model_invalid"
    title = "The model is not a valid bundle"


class BundleDamaged(BundleError, ValueError):
    """The bundle's bytes or its golden output differ from what was published."""

    code = "model_damaged"
    title = "The model is not what was published"


class BundleExceedsLimits(BundleError, RuntimeError):
    """A bundle from outside takes more time or memory than it may, or ends the process that it runs in."""

    code = "model_exceeds_limits"
    title = "The model takes more than it may"


class BundleUntrusted(BundleError, RuntimeError):
    """A bundle from outside cannot be run with limits here."""

    code = "model_untrusted"
    title = "The model is not trusted"


class CheckpointInvalid(BundleError, ValueError):
    """A published checkpoint cannot be made a bundle."""

    code = "checkpoint_invalid"
    status = 422
    title = "The checkpoint cannot be imported"


class RecipeError(SentiSoundError, ValueError):
    """A training recipe is not valid."""

    code = "bad_recipe"
    title = "The recipe is not valid"


class BadRun(SentiSoundError, ValueError):
    """A run of the bench is not one, is not finished, or does not fit the other."""

    code = "bad_run"
    title = "The run cannot be used"


class UnknownChart(SentiSoundError, LookupError):
    """No chart, theme or format of pictures has this name."""

    code = "unknown_chart"
    status = 422
    title = "There is no such picture"


class PictureNotFound(SentiSoundError, LookupError):
    """What a picture or a report would show was never kept, or is no longer."""

    code = "picture_not_found"
    status = 404
    title = "The picture is not kept here"


class MissingExtra(SentiSoundError, ImportError):
    """The command needs an optional part of SentiSound that is not installed."""

    code = "missing_extra"
    status = 501
    title = "An optional part is not installed"


class BadRequest(SentiSoundError, ValueError):
    """A request to the server is malformed."""

    code = "bad_request"
    status = 400
    title = "The request is malformed"


class NoRoom(SentiSoundError, OSError):
    """What came with a request cannot be put aside: the folder for temporary files is full, or there is none."""

    code = "no_room"
    status = 507
    title = "There is no room for the upload; try a smaller one, or later"
