"""archcalc sweep: every combination of values, worked out as one alone would be, and which no other is better than."""

from __future__ import annotations

import csv
import io
import itertools
import json
import random
from pathlib import Path
from xml.etree import ElementTree

import pytest
import random_nets
from click.testing import CliRunner

import archcalc
from archcalc.catalogue import files
from archcalc.cli import cli
from archcalc.formulas.arithmetic import whole
from archcalc.formulas.tracing import Trace
from archcalc.loading import given_of, open_source
from archcalc.notations import read
from archcalc.questions.axes import Axis, axis_of, read_values
from archcalc.questions.budgets import Use
from archcalc.questions.frontier import frontier
from archcalc.questions.sweep import taking
from archcalc.questions.variants import SOME, Variants
from archcalc.report.plot import BOTTOM, HIGH, _apart, drawn, svg
from archcalc.text.source import Source

NETS = [name for name in files() if not name.startswith("figures")]
FIGURES = ["params", "params_without_bias", "multiplies", "memory", "act"]


def alone(name: str, **variables: object) -> tuple[int, ...]:
    """The figures of one variant, by the ordinary way."""
    totals = archcalc.analyse(archcalc.load(name, variables=variables)).totals
    return totals.params, totals.multiplies


def test_each_variant_is_what_it_is_alone() -> None:
    """MobileNet-V2 as its authors have it: their list of checkpoints has 300 M and 582 M mult-adds at the widths 1 and 1.4."""
    found = archcalc.sweep("mobilenet_v2", {"width": [0.35, 0.5, 0.75, 1, 1.4], "resolution": "96,128,...,224"})
    by = {v.values: v.figures for v in found.variants}
    assert len(by) == 25
    for width, resolution in by:
        assert by[width, resolution] == alone("mobilenet_v2", width=width, resolution=resolution)
    assert by[1.0, 224] == (3_504_872, 300_774_272)
    assert (round(by[1.4, 224][0] / 1e6, 1), round(by[1.4, 224][1] / 1e6)) == (6.1, 582)
    assert found.built < 10  # the others are arithmetic alone


@pytest.mark.parametrize("name", NETS)
def test_what_is_written_down_is_what_is_computed(name: str) -> None:
    """For every example, numbers at random for its variables and its size: the lines give what building the network gives."""
    chance = random.Random(name)
    variants = Variants(read(open_source(name)), given_of(None, None), (), taking(FIGURES, Use(), "paper", False))
    net = variants.first
    axes = []
    for key, value in net.variables.items():
        if isinstance(value, float) or (type(value) is int and value > 1):
            made = [value * chance.uniform(0.4, 1.6) for _ in range(6)]
            axes.append(Axis(key, tuple({round(n, 2) if isinstance(value, float) else max(1, int(n)) for n in made})))
    if "resolution" not in net.variables and len(net.inputs) == 1 and len(next(iter(net.inputs.values()))) > 1:
        axes.append(axis_of("resolution", ["32", "64", "96", "128", "192", "224", "225"], net))
    if not axes:
        pytest.skip("nothing varies")
    variants.axes = axes
    legal = 0
    for _ in range(12):
        values = tuple(chance.choice(axis.values) for axis in axes)
        try:
            plain = variants._figures(values)
        except archcalc.SpecError:
            with pytest.raises(archcalc.SpecError):
                variants.at(values)
            continue
        assert variants.at(values) == plain, (axes, values)
        legal += 1
    assert legal <= SOME or variants.written  # no layer of it asks for more than can be written down


def test_random_nets_at_other_inputs() -> None:
    """All layers and settings: the lines of a random net give what building it gives, for its input's sizes at random."""
    chance = random.Random(12)
    again = 0
    for number in range(40):
        use = chance.choice([Use(), Use(train=True), Use(2)])
        try:
            source = Source("net", random_nets.written_net(7, number))
            variants = Variants(read(source), given_of(None, None), (), taking(FIGURES, use, "paper", False), use.batch)
        except archcalc.SpecError:
            continue
        if len(variants.first.inputs) > 1:
            continue
        variants.axes = [Axis("input", (), "shape")]
        (shape,) = variants.first.inputs.values()
        for _ in range(12):
            values = (
                tuple(max(1, n + chance.randint(-2, 8)) if at or chance.random() < 0.3 else n for at, n in enumerate(shape)),
            )
            try:
                plain = variants._figures(values)
            except archcalc.SpecError:
                continue
            built = variants.built
            assert variants.at(values) == plain, (number, values)
            again += variants.built == built
    assert again > 50


def test_a_figure_that_turns_is_built_anew() -> None:
    """Where a condition does not hold any longer, the arithmetic is that of the other way."""
    text = """
    input: 8x32x32
    vars: {n: 8, k: 3, deep: 1}
    layers:
      - {when: n > 16, layers: [conv 2*n k3 p1], else: [conv n k1]}
      - {residual: [conv cin k=k same], when: n == 12}
      - {repeat: deep, layers: [conv n k3 p1 relu]}
      - maxpool 2 ceil
      - fc 10
    """
    axes = {"n": "8:24:1", "k": "1,3,5", "deep": "0,1,2"}
    found = archcalc.sweep(text, axes, columns="params,multiplies,memory")
    for variant in found.variants:
        network = archcalc.load(text, variables=dict(zip(axes, variant.values, strict=True)))
        analysis = archcalc.analyse(network)
        sums = archcalc.memory(analysis).totals
        memory = sums["param_bytes"] + sums["buffer_bytes"] + sums["peak_bytes"]
        assert variant.figures == (analysis.totals.params, analysis.totals.multiplies, memory), variant


def test_what_is_not_legal_is_said() -> None:
    """An input too small for the network is a row that says so; the others are there."""
    found = archcalc.sweep("alexnet", {"resolution": "31,63,224"})
    assert [v.figures is not None for v in found.variants] == [False, True, True]
    assert found.variants[0].fault.startswith("pool")
    assert "not legal: pool" in found.text("table")
    assert found.as_data()["variants"][0]["params"] is None
    assert not archcalc.sweep("alexnet", {"resolution": "8,16"}).ok


def test_pytorch_source_takes_parameters(tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> None:
    """`--set` is what the class is called with; before, it was passed over."""
    monkeypatch.chdir(tmp_path)
    Path("net.py").write_text(
        "import torch.nn as nn\nclass Net(nn.Module):\n    def __init__(self, width_mult=1.0, *, act='relu'):\n"
        "        super().__init__()\n        c = int(16 * width_mult)\n        self.a = nn.Conv2d(3, c, 3)\n"
        "        self.b = nn.PReLU() if act == 'prelu' else nn.ReLU()\n"
        "    def forward(self, x):\n        return self.b(self.a(x))\n",
        encoding="utf-8",
    )
    found = archcalc.sweep("net.py", {"width_mult": [0.5, 1, 2], "act": ["relu", "prelu"]}, input="3x8x8")
    assert [v.figures for v in found.variants] == [
        (28 * c + extra, 27 * c * 36) for c in (8, 16, 32) for extra in (0, 1)
    ]  # 27 weights and a bias a map, at 36 places; PReLU has one of its own
    result = CliRunner().invoke(cli, ["params", "net.py", "--input", "3x8x8", "--set", "width=2"])
    assert (result.exit_code, result.stderr.split("\n")[0]) == (
        2,
        "--set width: Net has no such parameter; it takes width_mult, act",
    )
    result = CliRunner().invoke(cli, ["params", "net.py:Net(2)", "--input", "3x8x8", "--set", "act=prelu"])
    assert "\"net.py:Net(2, act='prelu')\"" in result.stderr
    assert CliRunner().invoke(cli, ["params", "net.py:Net(2, act='prelu')", "--input", "3x8x8"]).exit_code == 0
    assert CliRunner().invoke(cli, ["params", "net.py", "--input", "3x8x8", "--no-bias"]).exit_code == 2
    # A function may pass on what it does not name; what is made in the file itself is asked for by its class.
    text = Path("net.py").read_text(encoding="utf-8")
    Path("made.py").write_text(
        text + "def make(**kwargs):\n    return Net(**kwargs)\nnet = make(act='prelu')\n", encoding="utf-8"
    )
    passed = archcalc.sweep("made.py:make", {"width_mult": [0.5, 1]}, input="3x8x8")
    assert [v.figures for v in passed.variants] == [(28 * c, 27 * c * 36) for c in (8, 16)]
    command = ["--input", "3x8x8", "--set", "width_mult=0.5,1"]
    result = CliRunner().invoke(cli, ["sweep", "made.py", *command])
    assert (result.exit_code, "--set width_mult: net is made in made.py" in result.stderr) == (2, True)
    asked = result.stderr.split("try: ")[1].split(", or ")[0].strip()
    assert CliRunner().invoke(cli, ["sweep", asked, *command]).exit_code == 0


@pytest.mark.parametrize(
    ("text", "values"),
    [
        ("0.25:1.5:0.25", ["0.25", "0.5", "0.75", "1", "1.25", "1.5"]),
        ("96,128,…,224", ["96", "128", "160", "192", "224"]),
        ("96, 128, ..., 200", ["96", "128", "160", "192"]),
        ("1:4", ["1", "2", "3", "4"]),
        ("0.1:0.3:0.1", ["0.1", "0.2", "0.3"]),
        ("8,16:32:8,64", ["8", "16", "24", "32", "64"]),
        ("relu,silu", ["relu", "silu"]),
        ("5", ["5"]),
    ],
)
def test_how_values_are_written(text: str, values: list[str]) -> None:
    """From, to and step; one after the other; on as it began. Steps are exact: 0.1 three times is 0.3."""
    assert read_values("x", text) == values


@pytest.mark.parametrize(
    ("arguments", "said"),
    [
        (["--set", "width=0.5"], "nothing varies: an axis has several values"),
        (["--set", "width=1:0.5:0.1"], "from the smaller to the larger"),
        (["--set", "width=0.5:1"], "a range of fractions has a step"),
        (["--set", "width=1,…,3"], "… stands between two values and the last one"),
        (["--set", "width=1,,3"], "a value is empty"),
        (["--set", "width=1:2:1e-5"], "more than 10,000 values"),
        (["--set", "width=1,1"], "width=1 is given twice"),
        (["--set", "widht=1,2"], "MobileNet V2 has no variable 'widht'"),
        (["--set", "width=1:2:0.001", "--set", "resolution=32:1000"], "variants; the most is 200,000"),
        (["--set", "width=1,2", "--columns", "rf"], "--columns: rf has no total"),
        (["--set", "width=1,2", "-o", "sweep.png"], "the ending says what is written: .svg"),
        (["--set", "width=1,2", "--train"], "a batch, a type of number, training or an optimizer is given"),
        (["--set", "batch=0,2", "--columns", "memory"], "batch=0: a whole number from 1"),
    ],
    ids=lambda x: " ".join(x) if isinstance(x, list) else "",
)
def test_what_is_no_sweep(arguments: list[str], said: str) -> None:
    """Refused, each with what is meant."""
    result = CliRunner().invoke(cli, ["sweep", "mobilenet_v2", *arguments])
    assert result.exit_code == 2
    assert said in result.stderr


def test_the_frontier_is_its_definition() -> None:
    """Against every pair: as large on every ordered axis, alike on the others, and taking no more of any figure."""
    chance = random.Random(5)
    for _ in range(300):
        sizes = [chance.randint(1, 4) for _ in range(chance.randint(1, 3))]
        ordered = [chance.random() < 0.8 for _ in sizes]
        places = list(itertools.product(*map(range, sizes)))
        figures = chance.randint(1, 3)
        costs = [tuple(chance.randint(0, 5) for _ in range(figures)) if chance.random() < 0.8 else None for _ in places]
        expected = []
        for at, place in enumerate(places):
            better = [
                i
                for i, other in enumerate(places)
                if i != at
                and costs[i] is not None
                and costs[at] is not None
                and all(b >= a if o else a == b for a, b, o in zip(place, other, ordered, strict=True))
                and all(b <= a for a, b in zip(costs[at], costs[i], strict=True))
            ]
            expected.append(costs[at] is not None and not better)
        assert frontier(sizes, ordered, costs) == expected


def test_with_budgets() -> None:
    """What breaks one says which; pareto are the largest that keep all; the status is 1 where none does."""
    found = archcalc.sweep("mobilenet_v1", {"width": [0.25, 0.5, 0.75, 1], "resolution": [128, 192, 224]}, max_multiplies="200M")
    best = [v.values for v, marked in zip(found.variants, found.pareto, strict=True) if marked]
    kept = {v.values for v in found.variants if v.figures[1] <= 200_000_000}
    assert best == [v for v in sorted(kept) if not any(w != v and w[0] >= v[0] and w[1] >= v[1] for w in kept)]
    assert all((found._verdict(at) == "breaks multiplies") == (v.values not in kept) for at, v in enumerate(found.variants))
    result = CliRunner().invoke(cli, ["sweep", "mobilenet_v1", "--set", "width=0.5,1", "--max-params", "10k"])
    assert result.exit_code == 1
    assert "0 with params ≤ 10,000" in result.output


def test_fit_of_several() -> None:
    """Every combination that keeps the budgets and none of which is as large as another: against looking at all of them."""
    widths, sizes = [n / 20 for n in range(5, 31)], [96, 128, 160, 192, 224]
    kept = {
        (w, s): alone("mobilenet_v2", width=w, resolution=s)
        for w in widths
        for s in sizes
        if alone("mobilenet_v2", width=w, resolution=s)[1] <= 300_000_000
    }
    expected = sorted(v for v in kept if not any(o != v and o[0] >= v[0] and o[1] >= v[1] for o in kept))
    found = archcalc.fit("mobilenet_v2", ["width=0.25:1.5:0.05", "resolution=96:224:32"], max_multiplies="300M")
    assert [v.values for v in found.best] == expected
    assert [(v.figures[0], v.figures[2]) for v in found.best] == [kept[v] for v in expected]
    assert found.as_data()["best"][0]["width"] == expected[0][0]
    result = CliRunner().invoke(
        cli, ["fit", "mobilenet_v2", "--vary", "width=0.25:1.5:0.05", "--vary", "resolution=96:224:32", "--max-multiplies", "9M"]
    )
    assert (result.exit_code, "0.25" in result.stdout) == (0, True)
    assert not archcalc.fit("mobilenet_v2", {"width": [1, 2], "resolution": [224]}, max_params=5).ok


def test_fit_without_values_goes_as_far_as_it_can() -> None:
    """The batch is looked at up to where it breaks the budget at the smallest of the other values."""
    found = archcalc.fit("lenet5", ["batch", "resolution=20,56"], max_memory="2MB")
    # LeNet's first map and its sigmoid are alive at the peak, 2·6·n·n values an input; its first fully connected layer has
    # 16·3·3 inputs at 20, 16·12·12 at 56, and 400 at 28, where it has 61,706 parameters.
    held = {n: 4 * (61_706 + 120 * (inputs - 400)) for n, inputs in ((20, 144), (56, 2304))}
    small, large = ((2 * 10**6 - held[n]) // (4 * 2 * 6 * n * n) for n in (20, 56))
    assert [v.values for v in found.best] == [(large, 56), (small, 20)]


def test_fit_by_any_figure_and_by_the_size() -> None:
    """A budget of any figure that has a total; the size of the input, where no variable says it."""
    found = archcalc.fit("vgg16", "resolution", most={"act": "64MiB"})
    acts = {n: archcalc.memory(archcalc.analyse(archcalc.load("vgg16", input=(3, n, n)))) for n in (found.value, found.value + 1)}
    sums = {n: sum(row["memory"]["act"] for row in m.as_data()["layers"]) for n, m in acts.items()}
    assert sums[found.value] <= 64 * 2**20 < sums[found.value + 1]
    assert found.totals["act"] == sums[found.value]


def test_as_another_tool_counts() -> None:
    """By the convention that is asked for: every variant as the table has it alone."""
    found = archcalc.sweep("lenet5", {"resolution": "28,32"}, columns="multiplies", count="exact", skip_zeros=True)
    for variant in found.variants:
        network = archcalc.load("lenet5", input=(1, *variant.values * 2))
        assert variant.figures == (archcalc.analyse(network, convention="exact", skip_zeros=True).totals.multiplies,)
    command = ["sweep", "lenet5", "--set", "resolution=28,32", "--count", "exact", "--skip-zeros", "--format", "json"]
    data = json.loads(CliRunner().invoke(cli, command).stdout)
    assert [v["multiplies"] for v in data["variants"]] == [
        v.figures[1] for v in archcalc.sweep("lenet5", {"resolution": "28,32"}, count="exact", skip_zeros=True).variants
    ]


def test_the_batch_is_an_axis() -> None:
    """What is alive grows with it; parameters do not."""
    found = archcalc.sweep("lenet5", {"batch": "1,2,4"}, columns="params,memory,multiplies", dtype="fp16")
    held = 2 * 61_706
    assert [v.figures for v in found.variants] == [(61_706, held + 2 * 2 * 4704 * n, 416_520) for n in (1, 2, 4)]


@pytest.mark.parametrize("ending", ["csv", "json", "svg", "md", "tex", "html", "txt"])
def test_it_is_written_to_a_file(ending: str, tmp_path: Path) -> None:
    """By the ending; a file that is there is not written over without --force."""
    file = tmp_path / f"sweep.{ending}"
    command = ["sweep", "mobilenet_v2", "--set", "width=0.5,1", "--set", "resolution=96,128,224", "-o", str(file)]
    assert CliRunner().invoke(cli, command).exit_code == 0
    text = file.read_text(encoding="utf-8")
    assert CliRunner().invoke(cli, command).exit_code == 2
    assert CliRunner().invoke(cli, [*command, "--force"]).exit_code == 0
    if ending == "csv":
        rows = list(csv.DictReader(io.StringIO(text)))
        assert [(r["width"], r["resolution"], r["params"]) for r in rows][-1] == ("1", "224", "3504872")
    elif ending == "json":
        assert json.loads(text)["variants"][-1]["multiplies"] == 300_774_272
    elif ending == "svg":
        page = ElementTree.fromstring(text)
        space = "{http://www.w3.org/2000/svg}"
        assert len(page.findall(f".//{space}circle")) == 2 * 6  # a point a variant and figure
        assert {t.text for t in page.iter(f"{space}text")} >= {"params", "multiplies", "width 0.5", "width 1", "resolution"}
    else:
        assert "3,504,872" in text or "3{,}504{,}872" in text


def test_lines_that_are_one_are_drawn_once() -> None:
    """Parameters do not depend on the resolution: one line, without a name; in characters too."""
    plot = archcalc.sweep("mobilenet_v2", {"width": "0.5,0.75,1", "resolution": "96,224"}).plot()
    params, multiplies = plot.panels
    assert [line.label for line in params.lines] == [""]
    assert [line.label for line in multiplies.lines] == ["resolution 96", "resolution 224"]
    page = drawn(params, plot.across).split("\n")
    assert (page[0], sum(row.count("●") for row in page)) == ("params over width", 3)
    with pytest.raises(archcalc.SpecError, match="no axis has numbers"):
        archcalc.sweep("layers: [conv 4 k1 act]\nvars: {act: relu}\ninput: 1x4x4\n", {"act": "relu,silu"}).plot()


@pytest.mark.parametrize("width", [1, 20, 28, 30, 100])
def test_it_is_drawn_on_a_terminal_of_any_width(width: int) -> None:
    """What is too narrow for the axes gets them all the same; names stand where there is room."""
    plot = archcalc.sweep("mobilenet_v2", {"width": "0.5,0.75,1", "resolution": "96,224"}, max_multiplies="200M").plot()
    page = drawn(plot.panels[1], plot.across, width)
    assert (page.count("●") + page.count("○") + page.count("·"), "resolution 96" in page) == (6, width == 100)


def test_the_picture_is_of_today() -> None:
    """The drawing in the documentation is what is drawn now."""
    found = archcalc.sweep("mobilenet_v2", {"width": "0.25:1.5:0.05", "resolution": "96,128,...,224"}, max_multiplies="300M")
    assert svg(found.plot()) == (Path(__file__).parent.parent / "docs/images/sweep.svg").read_text(encoding="utf-8")


def test_a_trace_holds_every_decision() -> None:
    """Whatever asks for a number's value is a condition under which alone the lines hold."""

    def steps(a: int, b: float) -> list[object]:
        found: list[object] = [
            a + 1,
            a * b - 3,
            7 // a,
            divmod(a, 3)[1],
            -a,
            abs(a - 10),
            a / 4,
            a / 1,
            a // 1,
            2 - b,
            -3 % a,
            max(a, 5),
        ]
        if a > 3 and b < 2:
            found.append(sum(range(a)))
        size = whole(b)
        found += [a == 4, round(b), [1] * a, -1 if size is None else size + a]
        return found

    for first, second in itertools.product(range(1, 8), (0.5, 1.5, 2.0, 3.0)):
        trace = Trace()
        made = steps(trace.number(first), trace.number(second))
        again = trace.function([n for n in made if not isinstance(n, list)])
        for a, b in itertools.product(range(1, 8), (0.5, 1.5, 2.0, 3.0)):
            found = again(a, b)
            if found is not None:
                assert repr(list(found)) == repr([n for n in steps(a, b) if not isinstance(n, list)])
        assert again(first, second) is not None


def built_from(text: str, *axes: Axis) -> Variants:
    """Variants of a text, of which the first is written down already."""
    made = Variants(read(Source("net", text)), given_of(None, None), axes, taking(["params"], Use(), "paper", False))
    made.built = SOME
    return made


def test_lines_are_of_one_kind_of_number_and_of_one_word() -> None:
    """A fraction does not pass for a whole number, nor one activation for another, where lines are run again."""
    text = "input: 4\nvars: {n: 2, act: relu}\nlayers: [fc n act]\n"
    variants = built_from(text, Axis("n", ()), Axis("act", ()))
    assert [variants.at((n, "relu")) for n in (2, 3, 5)] == [(10,), (15,), (25,)]
    assert (variants.written, variants.built) == (1, SOME + 1)
    with pytest.raises(archcalc.SpecError, match=r"5\.5 is not a whole number"):
        variants.at((5.5, "relu"))
    assert variants.at((5, "prelu")) == (26,)


def test_lines_are_held_against_what_is_computed() -> None:
    """What does not come out alike is not written down."""
    variants = built_from("input: 1x4x4\nvars: {n: 2}\nlayers: [conv n k1]\n", Axis("n", ()))
    take, calls = variants.measure, itertools.count()
    variants.measure = lambda network, batch: [*take(network, batch), next(calls)]
    assert [variants.at((n,))[0] for n in (2, 3)] == [4, 6]
    assert variants.written == 0


def test_names_of_lines_stand_apart() -> None:
    """However close the lines end, and at the foot, where they are moved up."""
    for heights in ([30.0, 31.0, 33.0], [220.0, 228.0, 229.0, 230.0], [10.0], []):
        found = _apart(heights)
        assert all(b - a >= 11 for a, b in itertools.pairwise(found))
        assert all(h <= HIGH - BOTTOM for h in found)


def test_a_traced_number_is_looked_up_nowhere() -> None:
    """What goes by equality of many (a set, a mapping) would go by its value unsaid."""
    with pytest.raises(TypeError, match="unhashable"):
        {Trace().number(3)}
