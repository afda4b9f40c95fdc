# SPDX-License-Identifier: GPL-2.0
"""Parameters, files and figures in Documentation are those of the sources."""

import pytest

from check import docfacts


@pytest.mark.parametrize("documented, real", [
    pytest.param(documented, real, id=what) for what, documented, real in docfacts.facts()])
def test_is_as_documented(documented, real):
    assert documented == real
