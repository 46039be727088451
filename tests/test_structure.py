"""The structure holds: stages import only from their left, start-up loads only what it needs, tables match modules."""

from __future__ import annotations

import ast
import re
import subprocess
import sys
from functools import cache
from pathlib import Path

import pytest

import archcalc
from archcalc.blocks import TABLE as BLOCKS
from archcalc.cli import COMMANDS
from archcalc.layers import KINDS, TABLE, layer_class, normal
from archcalc.layers.base import FAMILIES, Layer, settings_of
from archcalc.notations import NOTATIONS, plainly_ours
from archcalc.report import FORMATS

PACKAGE = Path(archcalc.__file__).parent


@cache
def arrows(folder: Path = PACKAGE) -> dict[str, set[str]]:
    """What each module of the package imports of it, wherever the import stands: on top, in a function, for types alone."""
    places = {
        ".".join(("archcalc", *file.relative_to(folder).with_suffix("").parts)).removesuffix(".__init__"): file
        for file in folder.rglob("*.py")
        if "examples" not in file.relative_to(folder).parts  # an installed package holds them, as text
    }
    found: dict[str, set[str]] = {}
    for name, file in places.items():
        named: set[str] = set()
        for node in ast.walk(ast.parse(file.read_text(encoding="utf-8"))):
            if isinstance(node, ast.Import):
                named |= {alias.name for alias in node.names}
            elif isinstance(node, ast.ImportFrom):
                assert node.level == 0, f"{file}: an import relative to its package"
                named |= {
                    f"{node.module}.{alias.name}" if f"{node.module}.{alias.name}" in places else node.module or ""
                    for alias in node.names
                }
        found[name] = named & places.keys() - {name}
    return found


def beyond(graph: dict[str, set[str]], module: str) -> set[str]:
    """All that a module leads to; itself only where it stands in a circle."""
    found: set[str] = set()
    waiting = [module]
    while waiting:
        new = graph[waiting.pop()] - found
        found |= new
        waiting += new
    return found


def circles(graph: dict[str, set[str]]) -> list[tuple[str, ...]]:
    """The modules of each circle: those that lead to one another."""
    after = {module: beyond(graph, module) for module in graph}
    return sorted({tuple(sorted(o for o in after[m] if m in after[o])) for m in graph if m in after[m]})


def test_no_module_imports_back() -> None:
    """No circle of imports, at run time, in functions or for types, in any package."""
    graph = arrows()
    assert len(graph) > 300
    assert circles(graph) == []


def test_a_circle_would_be_found(tmp_path: Path) -> None:
    """Through two modules or three, by an import in a function, and by one for types alone."""
    for name, text in {
        "a": "import archcalc.b",
        "b": "def f():\n    from archcalc import a",
        "c": "from archcalc.d.e import x",
        "d/e": "from typing import TYPE_CHECKING\nif TYPE_CHECKING:\n    from archcalc.d import f",
        "d/f": "import archcalc.c",
        "d/__init__": "import archcalc.a",
    }.items():
        (tmp_path / f"{name}.py").parent.mkdir(exist_ok=True)
        (tmp_path / f"{name}.py").write_text(text)
    assert circles(arrows(tmp_path)) == [("archcalc.a", "archcalc.b"), ("archcalc.c", "archcalc.d.e", "archcalc.d.f")]


def rooms() -> list[str]:
    """The rooms in their order, as docs/design.md has them: the first column of its table of modules."""
    text = (PACKAGE.parent / "docs" / "design.md").read_text(encoding="utf-8")
    rows = text.split("| module | holds |\n", 1)[1].split("\n\n", 1)[0].split("\n")[1:]
    names = [name for row in rows for name in re.findall(r"`([^`]+)`", row.split("|")[1])]
    return [f"archcalc.{name.strip('/').replace('/', '.')}".removesuffix(".__init__") for name in names]


def room(module: str, known: list[str]) -> str:
    """The room a module stands in: the longest name that it begins with."""
    if module == "archcalc":
        return module
    return max((r for r in known if r != "archcalc" and f"{module}.".startswith(f"{r}.")), key=len)


def test_a_room_imports_only_from_those_before_it() -> None:
    """The order of the rooms is that of the table in docs/design.md, for every module; and the table has no other rooms."""
    graph, known = arrows(), rooms()
    assert {room(module, known) for module in graph} == set(known)
    back = [
        f"{module} imports {other}"
        for module, others in graph.items()
        for other in others
        if known.index(room(other, known)) > known.index(room(module, known))
    ]
    assert back == []


# What these rooms know of the others, no more; every other may know all that stand before it.
KNOWS = {
    "text": "",
    "formulas": "",
    "layers": "text formulas",
    "network": "text layers",
    "interpreter": "text",
    "blocks": "",
    "conventions": "text formulas layers",
    "repair": "text formulas layers network",
    "analysis": "text layers network conventions repair",
    "report": "text",
    "figures": "text formulas layers conventions analysis report",
    "explanation": "text layers conventions analysis loading report figures",
}


@pytest.mark.parametrize("name", KNOWS)
def test_a_room_knows_no_more_than_it_needs(name: str) -> None:
    """The interpreter knows no torch and no notation, a format no layer, a formula nothing."""
    known = rooms()
    for module, others in arrows().items():
        if room(module, known) == f"archcalc.{name}":
            assert {room(other, known).removeprefix("archcalc.") for other in others} <= {name, *KNOWS[name].split()}, module


def test_torch_is_imported_in_its_own_room_alone() -> None:
    """Everything else runs where torch is not installed; a folder of texts for the interpreter is no package."""
    for file in PACKAGE.rglob("*.py"):
        for node in ast.walk(ast.parse(file.read_text(encoding="utf-8"))):
            names = [a.name for a in node.names] if isinstance(node, ast.Import) else []
            names += [node.module or ""] if isinstance(node, ast.ImportFrom) else []
            if any(name.split(".")[0] == "torch" for name in names):
                assert PACKAGE / "pytorch" in file.parents or not (file.parent / "__init__.py").exists(), f"{file}:{node.lineno}"


def test_only_the_command_line_prints_and_exits() -> None:
    """The library raises; print and sys.exit stand in cli and __main__ alone."""
    for file in PACKAGE.rglob("*.py"):
        if "cli" in file.parts or file.name == "__main__.py" or "examples" in file.parts:
            continue
        for node in ast.walk(ast.parse(file.read_text(encoding="utf-8"))):
            if isinstance(node, ast.Call):
                assert ast.unparse(node.func) not in ("print", "sys.exit", "exit"), f"{file}:{node.lineno}"


def loaded(*arguments: str) -> set[str]:
    """The modules a command has loaded when it ends, its output being a pipe."""
    code = (
        "import sys\nfrom archcalc.__main__ import main\n"
        f"sys.argv = ['archcalc', *{list(arguments)!r}]\n"
        "try:\n    main()\nexcept SystemExit:\n    pass\n"
        "sys.stderr.write('\\n'.join(sys.modules))\n"
    )
    run = subprocess.run([sys.executable, "-c", code], capture_output=True, text=True, check=True)
    return set(run.stderr.split("\n"))


HEAVY = {"torch", "numpy", "sympy", "networkx", "rich", "difflib", "importlib.metadata", "pathlib", "json", "yaml"}


@pytest.mark.parametrize(
    ("arguments", "allowed"),
    [
        (["--version"], set()),
        (["--help"], set()),
        (["params", "lenet5"], {"yaml", "json"}),
        (["params", "lenet5", "--format", "json"], {"yaml", "json"}),
        (["multiplies", "vgg16"], {"yaml", "json"}),
        (["params", "mobilenet_v2"], {"yaml", "json"}),
    ],
    ids=lambda x: " ".join(sorted(x)),
)
def test_a_command_loads_only_what_it_needs(arguments: list[str], allowed: set[str]) -> None:
    """No torch, numpy, rich or network library stands on the way to a plain table, nor YAML on the way to help."""
    bare = subprocess.run(
        [sys.executable, "-c", "import click, sys; print('\\n'.join(sys.modules))"], capture_output=True, text=True
    )
    modules = loaded(*arguments) - set(bare.stdout.split("\n"))
    assert not {m for m in modules if m.split(".")[0] in HEAVY or m in HEAVY} - {m for m in modules if m.split(".")[0] in allowed}
    if arguments[0].startswith("--"):
        ours = {m for m in modules if m.startswith("archcalc")}
        assert ours == {f"archcalc{m}" for m in ("", ".__main__", ".cli", ".text", ".text.faults", ".text.source")}


def test_a_table_loads_only_the_layer_families_it_names() -> None:
    """A network without recurrent layers does not load their module."""
    families = {m.rpartition(".")[2] for m in loaded("params", "vgg16") if m.startswith("archcalc.layers.")}
    assert families == {"base", "frozen", "kinds", "window", "conv", "pool", "linear", "activation"}


def test_a_file_of_our_own_costs_no_other_notation() -> None:
    """Neither a module nor a pattern of another notation, nor the table of the examples, is on the way to a plain table."""
    code = (
        "import re, sys\nimport click, yaml\nasked, compile = {}, re._compile\n"
        "def told(pattern, flags=0):\n    asked[str(pattern)] = 1\n    return compile(pattern, flags)\n"
        "re._compile = told\nsys.argv = ['archcalc', 'params', 'mobilenet_v2']\n"
        "from archcalc.__main__ import main\n"
        "try:\n    main()\nexcept SystemExit:\n    pass\n"
        "sys.stderr.write(repr((sorted(m for m in sys.modules if m.startswith('archcalc')), list(asked))))\n"
    )
    run = subprocess.run([sys.executable, "-c", code], capture_output=True, text=True, check=True)
    modules, patterns = ast.literal_eval(run.stderr)
    readers = {m.split(".")[2] for m in modules if m.startswith("archcalc.notations.")}
    assert readers == {"own"}
    assert not {"archcalc.catalogue", "archcalc.interpreter", "archcalc.questions", "archcalc.homework"} & set(modules)
    assert not {n.mark().pattern for n in NOTATIONS.values() if n.mark} & set(patterns)
    assert 0 < len(patterns) <= 16, patterns


@pytest.mark.parametrize(
    ("text", "ours"),
    [
        ("input: 1x28x28\nlayers:\n  - fc 10\n", True),
        ("layers:\n- fc 10\n", True),
        ('{"class_name": "Sequential",\nlayers:\n "config": {}}\n', False),
        ('layers:\n{\n  name: "conv1" type: CONVOLUTION\n}\n', False),
        ("layers: {\n", False),
        ("Layers:\nconv 6 k5\n", False),
        ("    layers:\n", False),
    ],
)
def test_what_is_plainly_ours(text: str, ours: bool) -> None:
    """Our own notation is known without a pattern as with them; a prototxt or a JSON is not taken for it."""
    assert plainly_ours(text) is ours
    if ours:
        assert next(name for name, n in NOTATIONS.items() if n.mark and n.mark().search(text)) == "yaml"


def test_the_table_of_layers_is_the_classes() -> None:
    """Every layer class stands in the table with the names it gives itself, and the table names nothing else."""
    modules = {f"archcalc.layers.{module}" for module, _, _ in TABLE.values()}
    classes = {layer_class(kind) for kind in TABLE}
    for name in modules:
        module = sys.modules[name]
        own = {c for c in vars(module).values() if isinstance(c, type) and issubclass(c, Layer) and c.__module__ == name}
        assert {c for c in own if "kind" in vars(c)} <= classes
    for kind, (_, _, names) in TABLE.items():
        cls = layer_class(kind)
        assert (cls.kind, " ".join(cls.names)) == (kind, names)


def test_no_name_means_two_layers() -> None:
    """Every name, as it is compared, belongs to one layer."""
    names = [normal(n) for kind, (_, _, more) in TABLE.items() for n in (kind, *more.split())]
    assert len(names) == len(set(names)) == len(KINDS)


@pytest.mark.parametrize("kind", TABLE)
def test_no_letter_or_name_of_a_layer_means_two_settings(kind: str) -> None:
    """Within a layer, every alias, letter and flag leads to one setting."""
    settings = settings_of(layer_class(kind))
    names = [normal(n) for name, (_, s) in settings.items() for n in {name, *s.aliases}]
    letters = [s.letter for _, s in settings.values() if s.letter]
    flags = [f for _, s in settings.values() for f in s.flags]
    assert len(names) == len(set(names))
    assert len(letters) == len(set(letters))
    assert len(flags) == len(set(flags))


@pytest.mark.parametrize("kind", TABLE)
def test_a_layer_explains_itself(kind: str) -> None:
    """Every layer has a docstring, an example that begins or contains it, and a meaning for every setting."""
    cls = layer_class(kind)
    assert cls.__doc__
    assert cls.example
    assert all(s.doc for _, s in settings_of(cls).values())


def test_the_other_tables_are_their_files() -> None:
    """Commands, notations, formats and blocks: every entry has its module or file, and every file its entry."""
    commands = {p.stem for p in (PACKAGE / "cli").glob("*.py")} - {"__init__", "files", "options", "terminal"}
    assert {module for module, _ in COMMANDS.values()} == commands
    for notation in NOTATIONS.values():
        assert (PACKAGE / "notations" / notation.module.replace(".", "/")).with_suffix(".py").exists()
    assert {m for m, _, _ in FORMATS.values()} <= {p.stem for p in (PACKAGE / "report" / "formats").glob("*.py")}
    assert set(BLOCKS.values()) == {p.stem for p in (PACKAGE / "blocks").glob("*.yaml")}


# Modules that compare with names of layers by right: vocabularies of foreign names, and equations that bear a layer's name.
BY_NAME = {
    "conventions",
    "notations/words/tables.py",
    "notations/words/matlab.py",
    "notations/pytorch",
    "notations/darknet",
    "notations/caffe",
    "notations/onnx",
    "notations/huggingface",
    "notations/keras",
    "notations/ultralytics",
    "homework/calculus",
    "questions/asking.py",  # its kinds are those of the size formulas
    "questions/suspects.py",
    "pytorch/against.py",
    "writers/keras.py",
}


def named_kinds(tree: ast.AST) -> list[str]:
    """Where kinds of layers are told apart by name: comparisons, and lists of names that are looked up."""
    found = []
    for node in ast.walk(tree):
        parts: list[ast.expr | None] = []
        if isinstance(node, ast.Compare):
            parts = [node.left, *node.comparators]
            if any(isinstance(part, ast.Attribute) and part.attr == "formula" for part in parts):
                continue  # a size formula bears the name of the layer it is best known by
        elif isinstance(node, ast.Tuple | ast.List | ast.Set):
            parts = [*node.elts]
        elif isinstance(node, ast.Dict):
            parts = [*node.keys]
        elif isinstance(node, ast.Match):
            parts = [case.pattern.value for case in node.cases if isinstance(case.pattern, ast.MatchValue)]
        named = [part.value for part in parts if isinstance(part, ast.Constant) and part.value in TABLE]
        if len(named) > 1 or (named and isinstance(node, ast.Compare)):
            found.append(f"line {node.lineno}: {', '.join(named)}")  # type: ignore[attr-defined]
    return found


def test_nothing_outside_the_layers_knows_a_layer_by_name() -> None:
    """What a layer is to others is a fact of its class; no module compares a kind with a name, or keeps a list of kinds."""
    for file in PACKAGE.rglob("*.py"):
        place = file.relative_to(PACKAGE).as_posix()
        if place.startswith(("layers/", "examples/")) or any(place.startswith(known) for known in BY_NAME):
            continue
        assert named_kinds(ast.parse(file.read_text(encoding="utf-8"))) == [], place


def test_a_layer_known_by_name_would_be_found() -> None:
    """The test above sees the ways in which it has been done."""
    for text in ("layer.kind == 'fc'", "kind in ('rnn', 'lstm')", "VIEWS = ('flatten', 'reshape')", "{'add': 1, 'mul': 2}"):
        assert named_kinds(ast.parse(text)), text
    assert named_kinds(ast.parse("match kind:\n    case 'fc': pass\n    case 'conv': pass"))


@pytest.mark.parametrize("kind", TABLE)
def test_the_facts_of_a_layer_are_words_that_mean_something(kind: str) -> None:
    """Families, formulas and axes are from the lists that others read."""
    cls = layer_class(kind)
    assert cls.family in FAMILIES
    assert cls.formula in ("", "conv", "pool", "transposed")
    assert cls.reads in ("", "channels", "tokens")
    assert cls.layout in ("", "channels", "tokens")


def test_what_is_made_a_number_is_asked_whether_it_is_decimal() -> None:
    """² is a digit to Python's `isdigit`, and no number to `int`."""
    for file in sorted(PACKAGE.rglob("*.py")):
        assert ".isdigit()" not in file.read_text(encoding="utf-8"), file
