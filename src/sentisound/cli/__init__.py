"""The command line: parses what was asked, calls the service, shows what it says; one command group a file.

Commands are imported when they are called, so that ``sentisound --help`` imports click and nothing else, and
``sentisound analyze`` neither the server nor the learning wing. This file holds what all commands share: the table of
commands, the exit codes, and the one place where errors become messages.
"""

from __future__ import annotations

import io
import os
import sys
from collections.abc import Mapping
from contextlib import suppress
from importlib import import_module
from pathlib import Path
from typing import Any, NamedTuple

import click

from sentisound import __version__
from sentisound.errors import (
    AudioError,
    BadAccess,
    BadRun,
    BundleError,
    CorpusError,
    HistoryError,
    LeakFound,
    MissingExtra,
    RecipeError,
    SentiSoundError,
    SettingsError,
)

EXIT_FAILED, EXIT_USAGE, EXIT_MODEL = 1, 2, 3
EXIT_INTERRUPTED = 130
EXIT_PIPE_CLOSED = 141
"""128 + SIGPIPE, as a shell reports it of ``cat`` or ``grep``."""

EXIT_CODES: tuple[tuple[type[SentiSoundError], int], ...] = (
    (BundleError, EXIT_MODEL),
    (AudioError, EXIT_FAILED),
    (SettingsError, EXIT_USAGE),
    (MissingExtra, EXIT_USAGE),
    (LeakFound, EXIT_FAILED),
    (CorpusError, EXIT_USAGE),
    (RecipeError, EXIT_USAGE),
    (BadRun, EXIT_USAGE),
    (HistoryError, EXIT_FAILED),
    (BadAccess, EXIT_USAGE),
)
"""The first kind that fits gives the exit code; an error of no kind listed is a failure."""

EPILOG = """\b
Examples:
  sentisound analyze clip.wav
  sentisound analyze recordings/ --csv > emotions.csv
  sentisound models list
  sentisound serve

\b
Exit codes:
  0    every input was answered, also where the model is not sure
  1    at least one input could not be analysed
  2    wrong usage, a wrong setting, or an optional part is missing
  3    the model cannot be used
  130  interrupted (Ctrl-C)
  141  the reader of the output went away (| head)
"""


class Lazy(NamedTuple):
    """A command that is imported when it is called."""

    target: str
    """``module:attribute``."""
    help: str
    """One line; kept here, so that the list of commands imports none of them."""


COMMANDS: Mapping[str, Lazy] = {
    "analyze": Lazy("sentisound.cli.analyze:analyze", "Say which emotion is heard in sound files."),
    "augment": Lazy("sentisound.cli.augment:augment", "Write what augmentation sounds like."),
    "combine": Lazy("sentisound.cli.combine:combine", "Make an ensemble of runs of the bench."),
    "compare": Lazy("sentisound.cli.compare:compare", "Compare two runs of the bench on the same clips."),
    "corpora": Lazy("sentisound.cli.corpora:corpora", "List, check, describe and audit the speech corpora."),
    "evaluate": Lazy("sentisound.cli.evaluate:evaluate", "Measure a recipe under named protocols."),
    "history": Lazy("sentisound.cli.history:history", "List, export, import and delete what was analysed."),
    "keys": Lazy("sentisound.cli.keys:keys", "Make, list and revoke API keys."),
    "models": Lazy("sentisound.cli.models:models", "List, describe and verify the models."),
    "serve": Lazy("sentisound.cli.serve:serve", "Serve the web page and the HTTP API."),
    "settings": Lazy("sentisound.cli.settings:settings", "Show every setting and its value."),
    "train": Lazy("sentisound.cli.train:train", "Train a model from a recipe and write its bundle."),
    "users": Lazy("sentisound.cli.users:users", "Add, list and remove users, and change their passwords."),
}


class LazyGroup(click.Group):
    """A group whose commands are imported when they are called, and whose errors are messages."""

    def list_commands(self, ctx: click.Context) -> list[str]:  # noqa: ARG002 - click's signature
        """Return the names of all commands."""
        return list(COMMANDS)

    def get_command(self, ctx: click.Context, cmd_name: str) -> click.Command | None:  # noqa: ARG002 - click's signature
        """Import a command; None when there is none of that name."""
        return load(cmd_name) if cmd_name in COMMANDS else None

    def format_commands(self, ctx: click.Context, formatter: click.HelpFormatter) -> None:  # noqa: ARG002 - click's signature
        """Write the list of commands without importing them."""
        with formatter.section("Commands"):
            formatter.write_dl([(name, lazy.help) for name, lazy in COMMANDS.items()])

    def main(self, *args: Any, **options: Any) -> Any:
        """Run the command line; what the system refuses (a full disk, a folder that is not to be written) is told."""
        _replace_closed_streams()
        try:
            return super().main(*args, **options)
        except OSError as error:
            _discard_output()
            with suppress(OSError):  # standard error may be what is full
                click.echo(f"error: {_refused(error)}", err=True)
            sys.exit(EXIT_FAILED)

    def invoke(self, ctx: click.Context) -> Any:
        """Run the command; every error made on purpose ends here as a message and an exit code."""
        _tolerate_any_name()
        one_thread_for_algebra()
        try:
            return super().invoke(ctx)
        except SentiSoundError as error:
            click.echo(f"error: {error.title}: {error}", err=True)
            ctx.exit(exit_code(error))
        except KeyboardInterrupt:
            ctx.exit(EXIT_INTERRUPTED)
        except BrokenPipeError:
            _discard_output()
            ctx.exit(EXIT_PIPE_CLOSED)


@click.group(cls=LazyGroup, epilog=EPILOG, context_settings={"help_option_names": ["-h", "--help"]})
@click.version_option(__version__, prog_name="sentisound", message="%(prog)s %(version)s")
def main() -> None:
    """Recognise emotion in speech. Every command explains itself: `sentisound analyze --help`."""


def load(name: str) -> click.Command:
    """Import the command of that name."""
    module, _, attribute = COMMANDS[name].target.partition(":")
    command: click.Command = getattr(import_module(module), attribute)
    return command


def exit_code(error: SentiSoundError) -> int:
    """Return the exit code that fits an error."""
    return next((code for kind, code in EXIT_CODES if isinstance(error, kind)), EXIT_FAILED)


def one_thread_for_algebra() -> None:
    """Keep numpy's BLAS to one thread, unless told otherwise; has to come before numpy is imported.

    The matrices of one sound are too small to share out: on a machine that is busy with several sounds, BLAS threads
    that wait for each other make one up to thirty times slower. Parallelism comes from many sounds.
    """
    for variable in ("OMP_NUM_THREADS", "OPENBLAS_NUM_THREADS", "MKL_NUM_THREADS"):
        os.environ.setdefault(variable, "1")


def _tolerate_any_name() -> None:
    """Let standard output take what its encoding cannot say (a file name, a bar) as an escape, not as a crash."""
    if isinstance(sys.stdout, io.TextIOWrapper):
        sys.stdout.reconfigure(errors="backslashreplace")


def _replace_closed_streams() -> None:
    """Give streams that were closed for us (``>&-``) nowhere as their place, before a file takes their number."""
    for number in range(3):
        try:
            os.fstat(number)
        except OSError:
            os.open(os.devnull, os.O_RDWR)  # takes the lowest number that is free: this one
    for name, mode in (("stdin", "r"), ("stdout", "w"), ("stderr", "w")):
        if getattr(sys, name) is None:
            setattr(sys, name, Path(os.devnull).open(mode))  # noqa: SIM115 - as long as the process


def _refused(error: OSError) -> str:
    """Return what the system refused, on one line."""
    what = error.strerror or str(error)
    return f"{error.filename}: {what}" if error.filename else what


def _discard_output() -> None:
    """Send what is still buffered to nowhere, so that Python's own flush at exit does not fail as well."""
    with suppress(OSError, ValueError):  # ValueError: a stream of a program that has no file
        os.dup2(os.open(os.devnull, os.O_WRONLY), sys.stdout.fileno())
