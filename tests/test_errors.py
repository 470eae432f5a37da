"""The exception tree: every leaf can be caught as ours or as a built-in, and tells programs and people what it is."""

from __future__ import annotations

import re

import pytest

import sentisound.engine_errors  # noqa: F401 - a branch of the tree in a file of its own
from sentisound import errors
from sentisound.errors import SentiSoundError


def _subclasses(cls: type[SentiSoundError]) -> list[type[SentiSoundError]]:
    return [found for child in cls.__subclasses__() for found in (child, *_subclasses(child))]


LEAVES = [cls for cls in _subclasses(SentiSoundError) if not cls.__subclasses__()]


@pytest.mark.parametrize("leaf", LEAVES)
def test_a_leaf_is_also_a_built_in_and_says_what_it_is(leaf: type[SentiSoundError]):
    builtins = (ValueError, LookupError, OSError, ImportError, RuntimeError)
    assert issubclass(leaf, builtins)
    assert re.fullmatch(r"[a-z_]+", leaf.code)
    assert 400 <= leaf.status < 600
    assert leaf.title
    assert not leaf.title.endswith(".")


def test_codes_are_unique():
    codes = [leaf.code for leaf in LEAVES]
    assert len(codes) == len(set(codes))


def test_the_tree_in_the_docstring_is_the_tree_in_the_code():
    assert errors.__doc__ is not None
    drawn = dict(re.findall(r"── (\w+)\s*(?:\((\w+)\))?", errors.__doc__))
    assert set(drawn) == {cls.__name__ for cls in _subclasses(SentiSoundError)}
    for leaf in LEAVES:
        assert drawn[leaf.__name__] in {base.__name__ for base in leaf.__mro__}, leaf


def test_the_message_of_a_lookup_is_not_quoted():
    assert str(errors.BundleNotFound("there is no model 'x'")) == "there is no model 'x'"
