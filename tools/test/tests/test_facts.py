# SPDX-License-Identifier: GPL-2.0
"""Documentation says of parameters, files and figures what the sources have."""

import pytest

from check import docfacts


@pytest.mark.parametrize("documented, real", [
    pytest.param(documented, real, id=what) for what, documented, real in docfacts.facts()])
def test_is_as_documented(documented, real):
    assert documented == real
