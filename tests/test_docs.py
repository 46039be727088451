"""README and docs are executed: every command shown is run, and what it prints is compared to the character.

`pytest tests/test_docs.py --rewrite-cases` writes what the commands print now.
"""

from __future__ import annotations

import contextlib
import io
import re
import shlex
from pathlib import Path

import pytest
from click.testing import CliRunner

import archcalc
from archcalc.cli import COMMANDS, cli

ROOT = Path(__file__).parent.parent
PAGES = [ROOT / "README.md", *sorted((ROOT / "docs").glob("*.md")), ROOT / "CONTRIBUTING.md"]
BLOCK = re.compile(r"^```(?P<info>[^\n]*)\n(?P<text>.*?)^```$", re.S | re.M)


def printed(command: str) -> str:
    """What a command prints, both streams, with its status where it is not 0."""
    result = CliRunner().invoke(cli, shlex.split(command)[1:], prog_name="archcalc")
    if result.exception is not None and not isinstance(result.exception, SystemExit):
        raise result.exception
    status = f"[exit {result.exit_code}]\n" if result.exit_code else ""
    return result.output.rstrip("\n") + "\n" + status


def console(text: str) -> str:
    """A console block with the outputs of its commands as they are now."""
    commands = [line[2:] for line in text.split("\n") if line.startswith("$ ")]
    assert all(command.startswith("archcalc ") for command in commands)
    return "".join(f"$ {command}\n{printed(command)}" for command in commands)


@pytest.mark.parametrize("page", PAGES, ids=lambda p: p.name)
def test_what_a_page_shows_is_what_happens(
    page: Path, pytestconfig: pytest.Config, tmp_path: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    """Files shown with a name exist for the commands below them; outputs are equal to the character."""
    text = page.read_text(encoding="utf-8")
    if "```console" in text and "archcalc check" in text and "(needs torch)" in text:
        pytest.importorskip("torch")
    if "\nimport onnx\n" in text:
        pytest.importorskip("onnx", reason="onnx is not installed: pip install 'archcalc[test]'")
    monkeypatch.chdir(tmp_path)
    result, python = text, ""
    for block in BLOCK.finditer(text):
        info, body = block["info"].split(), block["text"]
        if info[:1] == ["console"]:
            actual = console(body)
            if not pytestconfig.getoption("--rewrite-cases"):
                assert actual == body
            result = result.replace(block[0], f"```console\n{actual}```", 1)
        elif info == ["python"]:
            out = io.StringIO()
            with contextlib.redirect_stdout(out):
                exec(compile(body, str(page), "exec"), {})
            python = out.getvalue()
        elif info == ["output"]:
            if not pytestconfig.getoption("--rewrite-cases"):
                assert python == body
            result = result.replace(block[0], f"```output\n{python}```", 1)
        elif len(info) == 2:
            Path(info[1]).write_text(body, encoding="utf-8")
    if pytestconfig.getoption("--rewrite-cases") and result != text:
        page.write_text(result, encoding="utf-8")


def test_every_command_is_in_the_readme() -> None:
    """A command without documentation is not finished."""
    text = (ROOT / "README.md").read_text(encoding="utf-8")
    table = text[text.index("## Commands") : text.index("## What is counted")]
    assert [name for name in COMMANDS if f"{name}" not in table] == []


def test_the_readme_is_short_and_its_lines_stand_alone() -> None:
    """One table, one working, one fault, one answer; one line sets up and runs, one sets up and tests: CI types them."""
    text = (ROOT / "README.md").read_text(encoding="utf-8")
    blocks = [(block["info"], block["text"]) for block in BLOCK.finditer(text)]
    assert [body.split()[2] for info, body in blocks if info == "console"] == ["params", "explain", "layer", "solve"]
    lines = [body for info, body in blocks if info == "sh"]
    assert [line.count("\n") for line in lines] == [1, 1]
    assert all(line.startswith("python3 -m venv .venv && .venv/bin/pip install ") for line in lines)
    for info, body in blocks:
        if info.startswith("yaml "):
            archcalc.load(body)


def test_every_name_of_the_api_is_in_its_page() -> None:
    """A name without documentation is not finished."""
    text = (ROOT / "docs" / "api.md").read_text(encoding="utf-8")
    assert [name for name in archcalc.__all__ if not re.search(rf"\b{name}\b", text)] == []


def test_links_lead_somewhere() -> None:
    """Every relative link of a page is a file."""
    for page in PAGES:
        for target in re.findall(r"\]\((?!http)([^)#]+)\)", page.read_text(encoding="utf-8")):
            assert (page.parent / target).exists(), f"{page.name}: {target}"


def test_the_picture_is_of_today() -> None:
    """The README's picture is what the terminal shows now; an older rich draws the same text in other pieces."""
    import runpy
    from importlib.metadata import version

    if int(version("rich").partition(".")[0]) < 15:
        pytest.skip("the picture is drawn by rich 15")

    made = runpy.run_path(str(ROOT / "docs" / "picture.py"))
    assert made["picture"]() == made["PICTURE"].read_text(encoding="utf-8")
