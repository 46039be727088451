"""Options and fixtures of the whole suite."""

from __future__ import annotations

import pytest

from tests import old_click

old_click.install()


def pytest_addoption(parser: pytest.Parser) -> None:
    parser.addoption("--rewrite-cases", action="store_true", help="Write what the commands print now into tests/cases/*.md.")
    parser.addoption("--all-networks", action="store_true", help="Hold all of torchvision against torch.")
    parser.addoption("--all-exports", action="store_true", help="Hold all of torchvision as files of ONNX (15 minutes).")
