"""torch for the tests that need it; without it they are skipped and say so."""

from __future__ import annotations

from typing import Any

import pytest

from archcalc.pytorch import require_torch
from archcalc.text.faults import SpecError


def torch_or_skip() -> Any:
    """The module torch, or a skip of the whole test module."""
    try:
        torch = require_torch()
    except SpecError:
        pytest.skip("torch is not installed: pip install 'archcalc[torch]'", allow_module_level=True)
    torch.manual_seed(0)
    torch.set_num_threads(1)  # the nets are small: threads only wait for each other
    return torch
