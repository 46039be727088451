"""Every classification network of torchvision, read from the source that is installed: 80 names at their published crop sizes.

What archcalc reads is the text; it imports nothing. The figures are held against those that the weights publish, against
`reference/torchvision.csv`, and, where torch is there, against torchvision's own modules on the meta device: parameters one by
one, multiplications by torch's counter, and the shape of everything that every module gives, in the order in which they run.

An ordinary run holds one network of every file against torch; `--all-networks`, which `.ci/run` gives, holds all 80.
"""

from __future__ import annotations

import importlib.util
from functools import cache
from pathlib import Path
from typing import Any

import pytest
from both_sides import BATCH, built, on_meta, read
from installed_torchvision import folder_or_skip, models, published
from reference_data import table

import archcalc
from archcalc.analysis import Analysis
from archcalc.layers.base import Shape
from archcalc.loading import open_source

MODELS = folder_or_skip()
ROWS = table("torchvision.csv")
# One of every file: the smallest.
SAMPLE = frozenset(
    "alexnet convnext_tiny densenet121 efficientnet_b0 efficientnet_v2_s googlenet inception_v3 maxvit_t mnasnet0_5 mobilenet_v2 "
    "mobilenet_v3_small regnet_y_400mf resnet18 shufflenet_v2_x0_5 squeezenet1_1 swin_v2_t vgg11_bn vit_b_32".split()
)


def shape_of(row: dict[str, str]) -> Shape:
    """The input of a row: 3x224x224."""
    return tuple(map(int, row["input"].split("x")))


@cache
def typed(what: str, input_: str) -> Analysis:
    """What `archcalc params torchvision.models.resnet:resnet18 --input 3x224x224` stands on."""
    return archcalc.analyse(archcalc.load(what, input=input_))


@pytest.mark.parametrize("row", ROWS, ids=lambda row: f"{row['as'].rpartition(':')[2]}-{row['input']}")
def test_totals(row: dict[str, str]) -> None:
    """Parameters and multiplications are torch's to the last digit."""
    totals = typed(row["as"], row["input"]).totals
    assert (totals.params, totals.multiplies) == (int(row["params"]), int(row["multiplies"]))


def test_the_rows_are_what_is_published() -> None:
    """Every network, at every crop that its weights were tested at, has a row with their figures; no row is of another."""
    said = {name: figures for name, figures in published(MODELS).items() if name in {row["network"] for row in ROWS}}
    assert len(said) == 80
    held: dict[str, set[tuple[int, int, float]]] = {name: set() for name in said}
    for row in ROWS:
        held[row["network"]].add((shape_of(row)[1], int(row["params"]), round(int(row["multiplies"]) / 1e9, 3)))
    # Of two networks the auxiliary heads come and go: GoogLeNet's weights are published without, Inception V3's with them.
    without = {"googlenet": (224, 13_004_888, 1.498), "inception_v3": (299, 23_834_568, 5.713)}
    for name, figures in said.items():
        assert held[name] - {without.get(name)} == {tuple(f) for f in figures}


def test_the_names_are_all_of_them() -> None:
    """The 80 are those that torchvision lists as classification networks."""
    pytest.importorskip("torch")
    there = models(MODELS)
    assert sorted({row["network"] for row in ROWS}) == there.list_models(module=there)


def named(row: dict[str, str], config: pytest.Config) -> bool:
    """Whether a row is held against torch in this run."""
    return config.getoption("--all-networks") or row["network"] in SAMPLE


def pytest_generate_tests(metafunc: pytest.Metafunc) -> None:
    if "one_of" in metafunc.fixturenames:
        rows = [row for row in ROWS if named(row, metafunc.config)]
        metafunc.parametrize("one_of", rows, ids=[f"{row['as'].rpartition(':')[2]}-{row['input']}" for row in rows])


@pytest.mark.filterwarnings("ignore")  # torchvision's own
def test_torch_agrees_module_by_module(one_of: dict[str, str]) -> None:
    """Every parameter has torch's size; every module that runs gives torch's shapes, in torch's order; so does its counter."""
    torch = pytest.importorskip("torch")
    torch.set_num_threads(1)
    asked, shape = one_of["as"].rpartition(":")[2], shape_of(one_of)
    net = on_meta(lambda: eval(asked if "(" in asked else f"{asked}()", vars(models(MODELS))))
    _, ours = read(open_source(one_of["as"]), {"": shape})
    pair = built(net, [torch.empty(BATCH, *shape, device="meta")])
    assert ours.own == pair.own
    assert ours.calls == pair.calls
    # Swin V2 works out the biases of its positions once, however many images there are.
    single = built(net, [torch.empty(1, *shape, device="meta")], 1)
    assert ours.multiplies == single.multiplies


# -- the page ---------------------------------------------------------------------------------------------------------


def page() -> Any:
    """The script that writes docs/networks.md."""
    path = Path(__file__).parent.parent / "docs" / "networks.py"
    spec = importlib.util.spec_from_file_location("networks_page", path)
    assert spec is not None
    assert spec.loader is not None
    module = importlib.util.module_from_spec(spec)
    spec.loader.exec_module(module)
    return module


def test_the_page_shows_the_figures_of_this_run() -> None:
    """All but the seconds, which are of the machine that wrote it."""
    script = page()
    here = script.write({script.key(row): script.Result(typed(*script.key(row)), 0.0) for row in ROWS})
    there = script.PAGE.read_text(encoding="utf-8")
    assert script.without_seconds(there) == script.without_seconds(here)
