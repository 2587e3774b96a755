"""The examples in the docstrings of the statistics run."""

from __future__ import annotations

import doctest
from importlib import import_module
from pkgutil import iter_modules

import pytest

from campaigns import analysis

MODULES = [f"campaigns.analysis.{module.name}" for module in iter_modules(analysis.__path__)]
WITHOUT_EXAMPLE = {"campaigns.analysis.estimates", "campaigns.analysis.linear"}


@pytest.mark.parametrize("name", MODULES)
def test_the_examples_in_the_docstrings_run(name: str) -> None:
    result = doctest.testmod(import_module(name), optionflags=doctest.ELLIPSIS | doctest.NORMALIZE_WHITESPACE)
    assert result.failed == 0
    assert result.attempted or name in WITHOUT_EXAMPLE
