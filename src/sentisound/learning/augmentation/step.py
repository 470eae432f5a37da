"""A step of augmentation, as a recipe or the command line names it."""

from __future__ import annotations

from dataclasses import dataclass, field

from pydantic import ConfigDict, with_config

from sentisound.errors import RecipeError

Value = float | int | str | bool
_WORDS: dict[str, Value] = {"true": True, "false": False}


@with_config(ConfigDict(extra="forbid"))
@dataclass(frozen=True, slots=True)
class Step:
    """One transform, with how often it is applied."""

    name: str
    """A key of the registry."""
    probability: float = 1.0
    """Share of the clips that go through it, 0..1."""
    parameters: dict[str, Value] = field(default_factory=dict)

    def __post_init__(self) -> None:
        if not 0 <= self.probability <= 1:
            raise RecipeError(f"{self.name}: probability must be from 0 to 1, not {self.probability:g}")


def parse_step(text: str) -> Step:
    """Read ``NAME`` or ``NAME:key=value,key=value``.

    Raises
    ------
    RecipeError
        When it is not of that form; names and values are checked where the transform is built.
    """
    name, _, rest = text.partition(":")
    pairs = [pair.partition("=") for pair in rest.split(",")] if rest else []
    wrong = [key for key, equals, value in pairs if not (key and equals and value)]
    if wrong or not name:
        raise RecipeError(f"{text!r} is not a transform: write NAME or NAME:key=value,key=value")
    return Step(name, parameters={key: _value(value) for key, _, value in pairs})


def _value(text: str) -> Value:
    for kind in (int, float):
        try:
            return kind(text)
        except ValueError:
            continue
    return _WORDS.get(text.lower(), text)
