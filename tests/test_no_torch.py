"""Without torch, one line says what to install, and nothing else of archcalc notices."""

from __future__ import annotations

import ast
import subprocess
import sys
from pathlib import Path

import pytest

import archcalc

PACKAGE = Path(archcalc.__file__).parent
BLOCKED = (
    "import sys; sys.modules['torch'] = None; from archcalc.__main__ import main; sys.argv = ['archcalc', *sys.argv[1:]]; main()"
)


def run_without_torch(*arguments: str) -> subprocess.CompletedProcess[str]:
    return subprocess.run([sys.executable, "-c", BLOCKED, *arguments], capture_output=True, text=True, encoding="utf-8")


@pytest.mark.parametrize("arguments", [("lenet5",), ("lenet5", "--meta"), ("lenet5", "--against", "a:b"), ("nothing_here",)])
def test_check_without_torch_says_what_to_install(arguments: tuple[str, ...]) -> None:
    """Exit status 2, two lines on standard error, nothing on standard output."""
    done = run_without_torch("check", *arguments)
    assert (done.returncode, done.stdout, done.stderr) == (2, "", "this needs PyTorch\n  try: pip install 'archcalc[torch]'\n")


def test_other_commands_do_not_notice() -> None:
    """The table, and the torch file that is only text, are the same without torch."""
    assert "61,706" in run_without_torch("params", "lenet5").stdout
    done = run_without_torch("export", "lenet5", "--to", "torch")
    assert done.returncode == 0
    assert "conv1=nn.Conv2d(1, 6, 5, padding=2)" in done.stdout


def torch_imports(path: Path) -> list[tuple[int, bool]]:
    """The lines that import torch, and whether they stand in a function."""
    found = []

    def visit(node: ast.AST, inside: bool) -> None:
        names = [a.name for a in node.names] if isinstance(node, ast.Import) else []
        names += [node.module or ""] if isinstance(node, ast.ImportFrom) and not node.level else []
        if any(name.split(".")[0] == "torch" for name in names):
            found.append((node.lineno, inside))
        for child in ast.iter_child_nodes(node):
            visit(child, inside or isinstance(node, ast.FunctionDef | ast.AsyncFunctionDef))

    visit(ast.parse(path.read_text(encoding="utf-8")), False)
    return found


def test_no_module_outside_the_torch_package_imports_torch() -> None:
    """The gradient calculator may ask for it late, in a function; nobody else at all."""
    guilty = []
    for path in sorted(PACKAGE.rglob("*.py")):
        part = path.relative_to(PACKAGE).parts[0]
        imports = torch_imports(path)
        if "source" in path.parts:
            continue  # read by the interpreter, never imported
        if part == "pytorch" or (part == "calculus" and all(inside for _, inside in imports)):
            continue
        guilty += [f"{path.relative_to(PACKAGE)}:{line}" for line, _ in imports]
    assert guilty == []
    assert torch_imports(PACKAGE / "pytorch" / "module.py"), "this test would see an import of torch"


def test_exporting_reads_no_module_that_imports_torch() -> None:
    """`archcalc.pytorch.export` can be imported, and used, where torch cannot."""
    code = "import sys; sys.modules['torch'] = None; import archcalc, archcalc.pytorch as p; "
    code += "print(len(p.export(archcalc.load('lenet5'))))"
    done = subprocess.run([sys.executable, "-c", code], capture_output=True, text=True)
    assert done.returncode == 0, done.stderr
    assert int(done.stdout) > 500
