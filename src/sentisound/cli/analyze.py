"""``sentisound analyze``: which emotion is heard in files, directories or standard input."""

from __future__ import annotations

import logging
from pathlib import Path
from typing import TYPE_CHECKING, cast

import click

from sentisound.cli import EXIT_FAILED

if TYPE_CHECKING:  # rich and onnxruntime: not for `--help`
    from sentisound.cli.report import Form
    from sentisound.service import Analyzer
    from sentisound.settings import Settings

EXAMPLES = """\b
Examples:
  sentisound analyze clip.wav
  sentisound analyze interview.mp3 --segments
  sentisound analyze clip.wav --report clip.pdf --chart clip.svg
  sentisound analyze call.mp3 --transcribe --interpret --language en
  sentisound analyze call.mp3 --transcriber whisper --segments
  sentisound analyze recordings/ --csv > emotions.csv
  sentisound analyze *.wav --json | jq -r '[.file, .emotion] | @tsv'
  ffmpeg -i film.mkv -f wav - | sentisound analyze -

\b
Exit codes: 0 all answered, 1 some input could not be analysed,
2 wrong usage or settings, 3 the model cannot be used, 130 interrupted.
"""


@click.command(epilog=EXAMPLES)
@click.argument("files", nargs=-1, required=True, metavar="FILE...")
@click.option("as_json", "--json", is_flag=True, help="One JSON object a line, segments included.")
@click.option("as_csv", "--csv", is_flag=True, help="CSV with a header, one row a file.")
@click.option("--segments", is_flag=True, help="Each stretch of speech too (in CSV: one row each instead).")
@click.option("--model", metavar="MODEL", help="A name from `sentisound models list`, or a bundle's folder.")
@click.option(
    "--vad", type=click.Choice(["energy", "silero"]), help="Speech detector: a small network, or level alone."
)
@click.option("--max-duration", type=float, metavar="S", help="Refuse sound longer than S seconds.")
@click.option(
    "--report", "pdf", type=click.Path(dir_okay=False, path_type=Path), help="Write a report, PDF; one sound."
)
@click.option(
    "--chart", type=click.Path(dir_okay=False, path_type=Path), help="Write a picture, PNG or SVG; one sound."
)
@click.option("--track", type=click.IntRange(1), metavar="N", help="Audio track N of each file, counted from 1.")
@click.option("--raw", metavar="FORM", help="Samples without a header: RATE,ENCODING,CHANNELS, such as 8000,mulaw,1.")
@click.option("--transcribe", is_flag=True, help="Write down what is said, by the engine of --transcriber.")
@click.option("--interpret", is_flag=True, help="Say what it may mean, by the engine of --interpreter.")
@click.option(
    "--transcriber",
    type=click.Choice(["sphinx", "whisper", "remote"]),
    help="sphinx (English, a draft; the default), whisper, or remote; implies --transcribe.",
)
@click.option(
    "--interpreter",
    type=click.Choice(["rules", "llm"]),
    help="rules (on this machine; the default) or llm; implies --interpret.",
)
@click.option("--language", metavar="CODE", help="Language that is spoken, such as en or pl.")
@click.option("--quiet", "-q", is_flag=True, help="No progress bar, no summary, no errors beside the output.")
def analyze(
    files: tuple[str, ...],
    as_json: bool,
    as_csv: bool,
    segments: bool,
    model: str | None,
    vad: str | None,
    max_duration: float | None,
    pdf: Path | None,
    chart: Path | None,
    track: int | None,
    raw: str | None,
    transcribe: bool,
    interpret: bool,
    transcriber: str | None,
    interpreter: str | None,
    language: str | None,
    quiet: bool,
) -> None:
    """Say which emotion is heard in sound.

    FILE is a sound file of any format, a directory (searched for sound files, hidden ones left out), or - for
    standard input. What a file is, is decided by its content; samples without a header need --raw with one of the
    encodings s8 u8 s16le s16be s24le s24be s32le s32be f32le f32be f64le f64be mulaw alaw gsm vox. Of several audio
    tracks the first that holds sound is taken, unless --track names one.

    In CSV with --segments the emotion, confidence and scores are the segment's; duration, abstained, reason and
    warnings are the whole sound's.

    Words: sphinx, whisper and rules keep everything on this machine. remote sends the sound to
    SENTISOUND_TRANSCRIPTION_URL, llm the scores and words to SENTISOUND_LLM_URL. An engine that fails costs nothing
    else: the answer says what is missing and why.
    """
    if as_json and as_csv:
        raise click.UsageError("--json and --csv exclude each other")
    from sentisound.audio.reading import Reading
    from sentisound.cli import exhibits
    from sentisound.cli.inputs import expand
    from sentisound.cli.report import report
    from sentisound.settings import Settings

    engines = {"transcriber": transcriber, "interpreter": interpreter, "language": language}
    settings = Settings.load(model=model, vad=vad, max_duration_s=max_duration, **engines)
    reading = Reading.of(track, raw) if track or raw else None
    inputs = expand(files)
    form: Form = "json" if as_json else "csv" if as_csv else "text"
    if pdf or chart:
        exhibits.check(pdf, chart, len(inputs))
        exhibits.check_extra()
    analyzer = open_analyzer(settings)
    words = wanted(
        analyzer, transcribe=transcribe or bool(transcriber), interpret=interpret or bool(interpreter), quiet=quiet
    )
    if pdf or chart:
        witness = exhibits.Witness(analyzer)
        seen = cast("Analyzer", witness)
        failed = report(seen, inputs, form, segments=segments, quiet=quiet, words=words, reading=reading)
        if witness.exhibit is not None:
            exhibits.write(witness.exhibit, pdf, chart)
    else:
        failed = report(analyzer, inputs, form, segments=segments, quiet=quiet, words=words, reading=reading)
    click.get_current_context().exit(EXIT_FAILED if failed else 0)


def wanted(analyzer: Analyzer, *, transcribe: bool, interpret: bool, quiet: bool) -> dict[str, bool]:
    """Return the options of ``Analyzer.analyze`` for the words that are wanted, with their engine ready."""
    if not (transcribe or interpret):
        return {}
    from sentisound.cli.terminal import console
    from sentisound.cli.words import prepare

    logging.getLogger("sentisound").addHandler(logging.NullHandler())  # the answer itself says what failed
    if transcribe:
        prepare(analyzer, console(stderr=True), quiet=quiet)
    return {"transcribe": transcribe, "interpret": interpret}


def open_analyzer(settings: Settings) -> Analyzer:
    """Open the model: the seam at which a test puts a fake."""
    from sentisound.service import Analyzer

    return Analyzer(settings)
