"""The group: it is quick, it teaches, and every error made on purpose is one message and an exit code."""

from __future__ import annotations

import subprocess
import sys
import time
from collections.abc import Callable

import click
import pytest

from sentisound import __version__, cli, errors
from sentisound.cli import COMMANDS, exit_code, load, main

LEAVES = [
    kind
    for kind in vars(errors).values()
    if isinstance(kind, type) and issubclass(kind, errors.SentiSoundError) and not kind.__subclasses__()
]


def loaded_by(*arguments: str) -> set[str]:
    """Return the modules that a fresh interpreter has loaded after a command."""
    code = (
        "import sys\nfrom sentisound.cli import main\n"
        f"try: main({list(arguments)!r})\nexcept SystemExit: pass\n"
        "print('\\n' + ' '.join(sys.modules))"
    )
    done = subprocess.run([sys.executable, "-c", code], capture_output=True, text=True, check=True)
    return set(done.stdout.splitlines()[-1].split())


def test_help_lists_every_command_and_every_exit_code(run):
    said = run("--help").stdout
    assert all(f"  {name} " in said for name in COMMANDS)
    assert all(f"\n    {code} " in said for code in (0, 1, 2, 3, 130, 141))


def test_version_is_the_packages(run):
    assert run("--version").stdout == f"sentisound {__version__}\n"


def test_the_program_starts_quickly(program: Callable):
    """0.3 s is what a person takes as at once; the best of three leaves out what else the machine does."""

    def took_s() -> float:
        start = time.perf_counter()
        assert program("--help").returncode == 0
        return time.perf_counter() - start

    assert min(took_s() for _ in range(3)) < 0.3


@pytest.mark.parametrize("arguments", [["--help"], ["--version"], ["analyze", "--help"], ["serve", "--help"]])
def test_help_imports_neither_numpy_nor_rich(arguments: list[str]):
    assert not loaded_by(*arguments) & {"numpy", "onnxruntime", "rich.console", "fastapi", "pydantic", "sklearn"}


def test_a_command_imports_no_other(tmp_path):
    loaded = loaded_by("analyze", str(tmp_path / "missing.wav"))
    assert "onnxruntime" in loaded
    assert not loaded & {"fastapi", "uvicorn", "sklearn", "matplotlib", "torch", "sentisound.cli.serve"}


@pytest.mark.parametrize("name", COMMANDS)
def test_every_command_is_there_and_teaches_by_example(name: str, run):
    assert isinstance(load(name), click.Command)
    said = run(name, "--help").stdout
    assert "Example" in said
    assert f"sentisound {name}" in said
    assert "\\b" not in said, "click's mark for a paragraph must be the character, not two"


def test_every_subcommand_and_option_has_help():
    def commands(command: click.Command):
        yield command
        for child in getattr(command, "commands", {}).values():
            yield from commands(child)

    for name in COMMANDS:
        for command in commands(load(name)):
            assert command.help
            options = [one for one in command.params if isinstance(one, click.Option)]
            assert all(option.help for option in options), command.name


def test_an_unknown_command_is_wrong_usage(run):
    result = run("analyse")
    assert result.exit_code == 2
    assert "No such command" in result.stderr


@pytest.mark.parametrize("kind", LEAVES, ids=lambda kind: kind.__name__)
def test_an_error_made_on_purpose_is_one_line_and_an_exit_code(kind: type, run, monkeypatch: pytest.MonkeyPatch):
    @click.command()
    def failing() -> None:
        raise kind("this and that")

    monkeypatch.setattr(cli, "load", lambda _: failing)
    result = run("settings")
    assert result.stderr == f"error: {kind.title}: this and that\n"
    assert result.stdout == ""
    assert result.exit_code == exit_code(kind("x")) in {1, 2, 3}


@pytest.mark.parametrize(
    ("error", "code"),
    [
        (errors.BundleDamaged, 3),
        (errors.BundleNotFound, 3),
        (errors.SettingsError, 2),
        (errors.MissingExtra, 2),
        (errors.CorpusNotFound, 2),
        (errors.RecipeError, 2),
        (errors.UndecodableAudio, 1),
        (errors.MissingCodec, 1),
    ],
)
def test_exit_codes_are_as_documented(error: type, code: int):
    assert exit_code(error("x")) == code


def test_ctrl_c_is_130_and_silence(run, monkeypatch: pytest.MonkeyPatch):
    @click.command()
    def interrupted() -> None:
        raise KeyboardInterrupt

    monkeypatch.setattr(cli, "load", lambda _: interrupted)
    result = run("settings")
    assert (result.exit_code, result.stdout, result.stderr) == (130, "", "")


def test_a_fault_of_ours_is_not_hidden(run, monkeypatch: pytest.MonkeyPatch):
    @click.command()
    def faulty() -> None:
        raise ZeroDivisionError

    monkeypatch.setattr(cli, "load", lambda _: faulty)
    with pytest.raises(ZeroDivisionError):
        run("settings")


def test_it_runs_as_a_module(program: Callable):
    done = program("--version")
    assert (done.returncode, done.stderr) == (0, b"")
    assert done.stdout.decode().strip() == f"sentisound {__version__}"


def test_the_entry_point_is_the_group():
    assert isinstance(main, click.Group)
    assert main.list_commands(click.Context(main)) == list(COMMANDS)
