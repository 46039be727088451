"""`archcalc check`: torch's figures beside ours, and every way in which the two can differ."""

from __future__ import annotations

import itertools
import json
import math
import time
from pathlib import Path
from typing import Any

import pytest
from click.testing import CliRunner, Result
from installed_torchvision import MISSING, folder, models
from torch_or_skip import torch_or_skip

torch = torch_or_skip()

from torch import nn  # noqa: E402

import archcalc  # noqa: E402
from archcalc.catalogue import files  # noqa: E402
from archcalc.cli import cli  # noqa: E402
from archcalc.formulas import arithmetic  # noqa: E402
from archcalc.layers.conv import Conv  # noqa: E402
from archcalc.loading import load  # noqa: E402
from archcalc.pytorch import build, count, measure, support, verdict  # noqa: E402
from archcalc.pytorch.against import Against, Pair  # noqa: E402
from archcalc.pytorch.count import Counter, contraction, decomposed  # noqa: E402
from archcalc.pytorch.module import module_of  # noqa: E402

SMALL = 3_000_000


def check(*arguments: str, text: str | None = None) -> Result:
    """The command's result; the network is `text` where it is given."""
    return CliRunner().invoke(cli, ["check", *(["-"] if text else []), *arguments], input=text)


# -- agreement ----------------------------------------------------------------------------------------------------


@pytest.mark.parametrize("name", sorted(files()))
def test_every_example_agrees(name: str) -> None:
    """Every row and the totals are equal: run for real where the net is small, on the meta device otherwise."""
    analysis = archcalc.analyse(load(name))
    small = analysis.totals.params < SMALL and analysis.totals.multiplies < 10 * SMALL
    result = verdict.check(analysis, device="cpu" if small else "meta", batch=2 if small else 1)
    assert {c.path: c.notes for c in [*result.rows, result.total] if c.verdict != verdict.EQUAL} == {}
    assert result.tally == {"equal": len(analysis.rows), "differs": 0, "not observed": 0}
    figures = {f.name: f.torch for f in result.total.figures}
    assert figures["params"] == analysis.totals.params
    assert figures["multiplies"] == analysis.totals.multiplies


def test_the_command_prints_the_table_and_agrees() -> None:
    """The table ends in the totals and the verdict; exit status 0."""
    result = check("lenet5")
    lines = result.output.splitlines()
    assert result.exit_code == 0
    assert lines[0].startswith(f"LeNet-5: torch {torch.__version__} on c")
    assert "conv2     16×10×10   2,416         2,400     240,000  equal" in lines
    assert lines[-1] == "archcalc and torch agree: 12 layers equal, 0 differ, 0 not observed"


def test_json_has_both_sides_of_every_figure() -> None:
    """The same comparison for a program."""
    data = json.loads(check("lenet5", "--format", "json", "--meta", "--batch", "3").output)
    assert (data["agrees"], data["device"], data["batch"]) == (True, "meta", 3)
    assert data["total"]["figures"]["multiplies"] == {"archcalc": 416520, "torch": 416520, "verdict": "equal"}
    assert data["layers"][0]["figures"]["weights"]["torch"] == {"weight": [6, 1, 5, 5], "bias": [6]}


@pytest.mark.parametrize("dtype", ["float64", "bfloat16"])
def test_other_types_of_number_give_the_same_figures(dtype: str) -> None:
    """The dtype changes no count."""
    result = check("lenet5", "--dtype", dtype, "--device", "cpu")
    assert result.exit_code == 0
    assert f"on cpu, {dtype}, batch 1" in result.output


# -- torch's counter is itself checked ----------------------------------------------------------------------------


def by_hand(out: tuple[int, ...], kernel: tuple[int, ...], pairs: int) -> int:
    """Multiplications by enumeration: every position, every tap, every pair of channels that meet."""
    positions = itertools.product(*map(range, out))
    return sum(pairs for _ in positions for _ in itertools.product(*map(range, kernel)))


@pytest.mark.parametrize("device", ["cpu", "meta"])
@pytest.mark.parametrize("groups", [1, 2, 4])
@pytest.mark.parametrize("transposed", [False, True])
def test_torchs_counter_counts_grouped_and_transposed_convolutions_right(device: str, groups: int, transposed: bool) -> None:
    """Against an enumeration of the definition: outputs × taps × pairs, for transposed ones inputs × taps × pairs."""
    kind = nn.ConvTranspose2d if transposed else nn.Conv2d
    with torch.device(device), torch.no_grad(), Counter() as counter:
        result = kind(4, 8, (2, 3), stride=2, padding=1, groups=groups)(torch.zeros(1, 4, 5, 4))
    places = (5, 4) if transposed else tuple(result.shape[2:])
    assert counter.total == by_hand(places, (2, 3), 4 * 8 // groups)


@pytest.mark.parametrize("name", ["RNN", "LSTM", "GRU"])
@pytest.mark.parametrize("biases", [0, 1, 2])
def test_the_decomposed_recurrence_is_the_layer(name: str, biases: int) -> None:
    """What is run under the counter in a fused layer's place computes the same output."""
    layer = getattr(support, name)(3, 4, 2, True, biases=biases).double().eval()
    x = torch.randn(2, 6, 3, dtype=torch.float64)
    with torch.no_grad():
        assert torch.allclose(decomposed(layer, (x,)), layer(x))


@pytest.mark.parametrize("biases", [0, 1, 2])
def test_the_decomposed_recurrence_projects_its_states(biases: int) -> None:
    """Two layers in both directions."""
    layer = support.LSTM(3, 4, 2, True, biases=biases, proj_size=2).double().eval()
    x = torch.randn(2, 6, 3, dtype=torch.float64)
    with torch.no_grad():
        assert torch.allclose(decomposed(layer, (x,)), layer(x))


@pytest.mark.parametrize("bias", [True, False])
def test_the_decomposed_attention_is_the_layer(bias: bool) -> None:
    """Of one sequence to itself, and to a second."""
    layer = support.Attention(8, 2, bias=bias).double().eval()
    x, keys = torch.randn(2, 3, 8, dtype=torch.float64), torch.randn(2, 5, 8, dtype=torch.float64)
    with torch.no_grad():
        assert torch.allclose(decomposed(layer, (x,)), layer(x))
        assert torch.allclose(decomposed(layer, (x, keys)), layer(x, keys))


@pytest.mark.parametrize(
    ("equation", "shapes"),
    [
        ("Ztd,Zsd->Zts", [(2, 3, 4), (2, 5, 4)]),
        ("Ztd,Zsd->Zts", [(2, 3, 1), (2, 5, 1)]),
        ("Zabc,Zcb->Zac", [(2, 3, 4, 5), (2, 5, 4)]),
        ("Zabc,Zbcd->Zd", [(2, 3, 4, 5), (2, 4, 5, 6)]),
        ("Zab,Zab->Z", [(2, 3, 4), (2, 3, 1)]),
        ("Zhtd,Zhsd->Zsht", [(2, 1, 3, 4), (2, 6, 5, 4)]),
        ("Zab,Zac->Zabc", [(2, 3, 4), (2, 3, 5)]),
    ],
)
def test_the_decomposed_sum_over_indices_is_the_layer(equation: str, shapes: list[tuple[int, ...]]) -> None:
    """And torch's counter sees every combination of indices, where one is summed."""
    left, right = (torch.randn(shape, dtype=torch.float64) for shape in shapes)
    with Counter() as counter:
        found = contraction(equation, left, right)
    assert torch.allclose(found, torch.einsum(equation, left, right))
    terms, _, out = equation.partition("->")
    sizes: dict[str, int] = {}
    for term, shape in zip(terms.split(","), shapes, strict=True):
        for index, n in zip(term, shape, strict=True):
            sizes[index] = max(n, sizes.get(index, 1))
    first, second = terms.split(",")
    summed = {i for i in first if i in second and i not in out}
    assert counter.total == (math.prod(n for i, n in sizes.items() if i in out or i in summed) if summed else 0)


@pytest.mark.parametrize("line", ["lstm 3 layers=2 bidirectional", "gru 3", "rnn 3", "lstm 3 2 proj 2"])
def test_of_a_long_sequence_some_steps_are_counted(line: str) -> None:
    """Every step does the same, so the count of 64 of 1,000 steps, scaled, is the count of all, and a million are no harder."""
    torch.manual_seed(0)
    analysis = archcalc.analyse(load(f"input: 1000x4\nlayers:\n- {line}\n"))
    with Counter() as counter, torch.no_grad():
        module = module_of(analysis.rows[0].layer.torch(((1000, 4),), analysis.rows[0].output)).eval()
        decomposed(module, (torch.randn(1, 1000, 4),))
    assert counter.total == analysis.totals.multiplies
    assert verdict.check(analysis, device="cpu").ok
    started = time.process_time()
    assert check("--meta", text=f"input: 1000000x4\nlayers:\n- {line}\n").exit_code == 0
    assert time.process_time() - started < 10


@pytest.mark.parametrize("device", ["cpu", "meta"])
@pytest.mark.parametrize(
    ("query", "key"), [((5, 8), (6, 8)), ((4, 5, 8), (4, 6, 8)), ((4, 5, 8), (1, 6, 8)), ((1, 5, 8), (4, 6, 8))]
)
def test_the_function_for_attention_is_counted(query: tuple[int, ...], key: tuple[int, ...], device: str) -> None:
    """On a CPU it is one kernel of which torch's counter sees nothing; it is run by the one that writes its products out."""
    value = (*key[:-1], 3)
    text = f"inputs: {{q: {list(query)}, k: {list(key)}, v: {list(value)}}}\nlayers: [{{dotattention: [q, k, v]}}]\n"
    analysis = archcalc.analyse(load(text))
    assert analysis.totals.multiplies == max(query[0] if len(query) > 2 else 1, key[0] if len(key) > 2 else 1) * 5 * 6 * (8 + 3)
    assert verdict.check(analysis, device=device, batch=2).ok


@pytest.mark.parametrize("lines", ["- attention 1", "- attention 4", "- {id: x, relu: }\n- {dotattention: [x, x, x]}"])
def test_the_memory_of_attention_is_foreseen(lines: str) -> None:
    """Its scores are L×L for each head: more than is free is refused, before anything is made."""
    result = check("--device", "cpu", text=f"input: 1000000x8\nlayers:\n{lines}\n")
    assert result.exit_code == 2
    assert "GB at least" in result.output


def test_more_than_a_minute_is_refused_beforehand() -> None:
    """Multiplications against the rate of a product timed on the spot; --meta counts them all the same."""
    text = "input: 64x512x512\nlayers:\n- conv 64 k101 p50\n"
    result = check("--device", "cpu", text=text)
    assert result.exit_code == 2
    assert "minutes or so on cpu" in result.output
    assert result.output.endswith("  try: --meta, which needs none, or --force, to run it all the same\n")
    assert check("--meta", text=text).exit_code == 0


def test_an_input_torch_cannot_number_is_refused() -> None:
    """10²⁷ values are more than torch can index, with or without memory."""
    result = check("--meta", text="input: 1000000000x1000000000x1000000000\nlayers:\n- relu\n")
    assert result.exit_code == 2
    assert "torch makes no input of 1×1000000000×1000000000×1000000000" in result.output


def test_work_that_cannot_be_seen_is_never_a_match(monkeypatch: pytest.MonkeyPatch) -> None:
    """A layer whose parts are not known apart: its multiplications, and the total's, are not observed."""
    monkeypatch.setattr(count, "CELLS", {})
    result = check("--device", "cpu", text="input: 4x3\nlayers:\n- lstm 2\n")
    assert result.exit_code == 0
    assert "equal (multiplies not counted by torch)" in result.output
    assert result.output.splitlines()[-1].endswith("; total multiplies not observed")


# -- figures made wrong on purpose --------------------------------------------------------------------------------

BROKEN = "input: 4x9x9\nlayers:\n- conv 6 k3 p1\n- conv 8 k3 g2 nobias\n- maxpool 2 s2 ceil\n- fc 5\n"


def without_padding(W: int, K: int, P: int, S: int, D: int = 1, Q: int | None = None) -> int:
    return (W - D * (K - 1) - 1) // S + 1


def without_bias(self: Conv, inputs: Any) -> Any:
    return true_weights(self, inputs)[:1]


def without_groups(kernel: tuple[int, ...], C_in: int, out: tuple[int, ...], G: int = 1) -> int:
    return true_multiplies(kernel, C_in, out, 1)


def without_ceil(W: int, K: int, P: int, S: int, D: int = 1) -> int:
    return (W - D * (K - 1) - 1 + 2 * P) // S + 1


true_weights, true_multiplies = Conv.weights, arithmetic.conv_multiplies


@pytest.mark.parametrize(
    ("where", "name", "wrong", "layer", "said"),
    [
        (arithmetic, "conv_out", without_padding, "conv1", "output: archcalc 6×7×7, torch 6×9×9"),
        (Conv, "weights", without_bias, "conv1", "weights: archcalc none, torch bias 6"),
        (Conv, "weights", without_bias, "conv1", "params: archcalc 216, torch 222"),
        (arithmetic, "conv_multiplies", without_groups, "conv2", "multiplies: archcalc 21,168, torch 10,584"),
        (arithmetic, "pool_out_ceil", without_ceil, "pool1", "output: archcalc 8×3×3, torch 8×4×4"),
    ],
)
def test_a_wrong_figure_is_found_and_its_layer_named(
    where: Any, name: str, wrong: Any, layer: str, said: str, monkeypatch: pytest.MonkeyPatch
) -> None:
    """Padding, bias, groups or ceil mode forgotten: exit status 1, the layer, both figures."""
    assert check(text=BROKEN).exit_code == 0
    monkeypatch.setattr(where, name, wrong)
    result = check("--device", "cpu", text=BROKEN)
    assert result.exit_code == 1
    footer = result.output.split("\n\n", 2)[2]
    assert f"{layer} differs\n" in footer
    assert f"  {said}\n" in footer
    assert "archcalc and torch do not agree" in footer


def test_the_working_of_a_wrong_figure_is_shown(monkeypatch: pytest.MonkeyPatch) -> None:
    """Beside both figures stands our sum, so that the mistake can be seen."""
    monkeypatch.setattr(arithmetic, "conv_multiplies", without_groups)
    line = next(line for line in check(text=BROKEN).output.splitlines() if line.startswith("    multiplies:"))
    assert line.endswith("3·3·6·8·7·7 = 21,168")


SHARED = """
import torch
from torch import nn
from torch.nn import functional as F
class Heads(nn.Module):
    def __init__(self, queries, keys, **more):
        super().__init__()
        self.queries, self.keys, self.more = queries, keys, more
        self.q, self.kv = nn.Linear(32, 8 * queries), nn.Linear(32, 8 * keys)
    def forward(self, x):
        q = self.q(x).view(x.size(0), -1, self.queries, 8).transpose(1, 2)
        k = self.kv(x).view(x.size(0), -1, self.keys, 8).transpose(1, 2)
        return F.scaled_dot_product_attention(q, k, k, **self.more)
"""


@pytest.mark.parametrize("made", ["Heads(4, 4)", "Heads(4, 2, enable_gqa=True)", "Heads(4, 1)"])
def test_the_heart_of_attention_is_counted_by_torch(made: str, tmp_path: Path) -> None:
    """Its fused kernel, of which torch's counter sees nothing on a CPU, is run again in products that it sees."""
    file = tmp_path / "net.py"
    file.write_text(SHARED)
    result = verdict.check(archcalc.analyse(archcalc.load(f"{file}:{made}", input=(10, 32))))
    assert {figure.verdict for row in result.rows for figure in row.figures} == {verdict.EQUAL}
    with pytest.raises(archcalc.SpecError, match="4 heads of queries and 2 of keys"):
        archcalc.load(f"{file}:Heads(4, 2)", input=(10, 32))


def test_the_working_is_of_the_figure_that_is_shown() -> None:
    """Of an analysis that leaves out padding zeros, which torch multiplies by, it is the sum without them."""
    result = verdict.check(archcalc.analyse(archcalc.load("lenet5"), skip_zeros=True))
    figures = {checked.path: {f.name: f for f in checked.figures}["multiplies"] for checked in result.rows}
    assert (figures["conv1"].ours, figures["conv1"].torch) == ((28 * 5 - 2 * (2 + 1)) ** 2 * 6, 117_600)
    assert figures["conv1"].working[-1].endswith("= 107,736")


def test_a_layer_that_torch_refuses_is_named_with_torchs_message(monkeypatch: pytest.MonkeyPatch) -> None:
    """What reads it is not observed, the rest still is; exit status 1."""
    monkeypatch.setattr("archcalc.layers.conv.check_groups", lambda *_: None)
    text = "input: 3x5x5\nlayers:\n- conv 6 k3\n- {id: wrong, conv: 8 k3 g4}\n- relu\n- {from: conv1, id: side, conv: 2 k1}\n"
    result = check("--device", "cpu", text=text)
    assert result.exit_code == 1
    assert "wrong differs\n  torch refuses it: in_channels must be divisible by groups" in result.output
    assert "reads wrong, which torch refused" in result.output
    assert "archcalc and torch do not agree: 2 layers equal, 1 differ, 1 not observed" in result.output


# -- refusals -----------------------------------------------------------------------------------------------------


def test_torch_refuses_what_archcalc_refuses() -> None:
    """Exit status 2 as for any wrong input, our message, then torch's."""
    result = check(text="input: 4x8x6\nlayers:\n- conv 4 k9\n")
    assert result.exit_code == 2
    assert "conv1: kernel 9 does not fit the padded input 8×6" in result.output
    assert "conv1: torch refuses it too: Calculated padded input size per channel: (8 x 6)." in result.output


def test_a_refusal_that_torch_does_not_share_is_a_contradiction(monkeypatch: pytest.MonkeyPatch) -> None:
    """If archcalc refused a layer that torch takes, the check would say so and exit with 1."""
    monkeypatch.setattr(arithmetic, "conv_out", lambda *_: 0)
    result = check(text="input: 4x8x6\nlayers:\n- conv 4 k3\n")
    assert result.exit_code == 1
    assert "conv1: torch takes it, with output 4×6×4: the two do not agree" in result.output


@pytest.mark.parametrize(
    "layer",
    [
        "conv 4 k3 g3",
        "conv 4 k2 same s2",
        "conv 4 k3 input=5",
        "maxpool 2 p2",
        "depthwise k9",
        "convtranspose 4 k3 op2",
        "attention 4",
        "classtoken",
        "groupnorm 3",
        "channelshuffle 3",
        "pixelshuffle 3",
        "slice 2 9",
        "crop 9",
        "reshape 5x7",
        "permute 1x1x2",
        "prelu 3",
        "layernorm shape=7",
        "upsample mode=linear",
        "bn input=5",
    ],
)
def test_each_kind_of_refusal_is_torchs_too(layer: str) -> None:
    """A near miss of every layer that can refuse: both do."""
    result = check("--device", "cpu", text=f"input: 4x8x6\nlayers:\n- {layer}\n")
    assert (result.exit_code, "torch refuses it too" in result.output) == (2, True), result.output


def test_a_device_that_is_not_there_is_one_line() -> None:
    """Exit status 2, and what can be typed instead."""
    if torch.cuda.is_available():
        pytest.skip("there is a CUDA device here")
    result = check("lenet5", "--device", "cuda")
    assert (result.exit_code, result.output) == (2, "torch sees no cuda device here\n  try: --device cpu, or --meta\n")


def test_a_net_too_large_for_the_memory_is_refused_before_it_is_built() -> None:
    """Exit status 2 and the way out, which works; nothing is allocated."""
    text = "input: 3000000\nlayers:\n- fc 3000000 nobias\n"
    result = check("--device", "cpu", text=text)
    assert result.exit_code == 2
    assert result.output.startswith("running this network needs 36,000.0 GB at least, ")
    assert result.output.endswith("GB are free on cpu\n  try: --meta, which needs none, or --force, to run it all the same\n")
    assert check("--meta", text=text).exit_code == 0


def test_memory_running_out_is_not_a_refusal(monkeypatch: pytest.MonkeyPatch) -> None:
    """Where torch cannot allocate, the layer is not observed; that is no difference between the two."""
    monkeypatch.setattr("archcalc.pytorch.run.refuse_too_large", lambda *_: None)
    result = check("--device", "cpu", text="input: 30000000\nlayers:\n- fc 300000000 nobias\n- relu\n")
    assert result.exit_code == 0
    assert "not observed (there is not memory enough for it here; --meta needs none" in result.output
    assert "0 layers equal, 0 differ, 2 not observed; total params, params without bias, multiplies not observed" in result.output


def test_a_refused_layer_of_any_size_is_asked_without_memory() -> None:
    """The meta device answers for a layer of terabytes."""
    result = check(text="input: 100000x5000x5000\nlayers:\n- conv 100000 k6000\n")
    assert result.exit_code == 2
    assert "conv1: torch refuses it too: " in result.output


# -- measuring ----------------------------------------------------------------------------------------------------


def test_measuring_times_every_layer() -> None:
    """A time, a rate and a bound for each layer, and the memory predicted from weights and live activations."""
    data = json.loads(check("lenet5", "--measure", "--device", "cpu", "--format", "json").output)["measured"]
    assert [layer["path"] for layer in data["layers"]] == [r.path for r in archcalc.analyse(load("lenet5"))]
    assert all(layer["seconds"] > 0 and layer["bound"] in ("memory", "arithmetic") for layer in data["layers"])
    assert data["predicted_weights"] == 4 * 61_706
    # conv1's output and sigmoid's together, beside the image.
    assert data["predicted_activations"] == 4 * (28 * 28 + 2 * 6 * 28 * 28)
    assert data["peak"] >= data["predicted_weights"] + data["predicted_activations"]
    text = check("lenet5", "--measure", "--device", "cpu").output
    assert "MB observed, 0.29 MB predicted (0.25 weights, 0.04 live activations)" in text
    assert check("lenet5", "--measure", "--meta").exit_code == 2


def test_rows_and_whole_are_measured_together(monkeypatch: pytest.MonkeyPatch) -> None:
    """The whole network and its layers take turns, and the quickest runs count: a machine that dawdles slows neither."""
    runs = 0

    def timed(action: Any, device: str) -> tuple[float, Any]:
        """A clock of our own: 1 s a layer, 5 s the whole network, and every other round of seven runs takes ten times as long."""
        nonlocal runs
        result = action()
        slow = 10 if (runs // 7) % 2 else 1
        runs += 1
        return slow * (5.0 if (runs - 1) % 7 == 0 else 1.0), result

    monkeypatch.setattr(measure, "_timed", timed)
    net = measure.build(load("input: 8\nlayers: [fc 4, relu, fc 4, relu, fc 4, relu]\n"))
    whole, each = measure.quickest_in_turn(net, (torch.randn(1, 8),), "cpu")
    assert (whole, each) == (5.0, [1.0] * 6)
    assert runs == 7 * (measure.WARM_UPS + measure.MOST)


def test_rows_that_say_nothing_about_the_whole_are_said_to() -> None:
    """Twice as long one by one, or half as long: the report says that the two do not belong together."""
    from archcalc.pytorch.measured import add_measured
    from archcalc.report import write
    from archcalc.report.document import Document

    def footer(seconds: float) -> str:
        layers = [measure.LayerTime("fc1", 0.5, 10, 10, "memory"), measure.LayerTime("fc2", 0.5, 10, 10, "memory")]
        found = measure.Measured("net", "cpu", "", "float32", 1, layers, seconds, None, 0, 0, 1.0, 1.0)
        document = Document("")
        add_measured(found, document)
        return write(document)

    assert "its layers one by one: 1,000.000 ms" in footer(1.0)
    for seconds, apart in ((0.49, True), (0.5, False), (1.0, False), (2.0, False), (2.01, True)):
        assert ("do not belong together" in footer(seconds)) is apart, seconds


def test_what_a_layer_moves() -> None:
    """Its inputs and its output for every input of the batch, its weights once."""
    text = "input: 20\nlayers: [{id: a, fc: 30}, relu, {add: [a, prev]}]\n"
    found = measure.measure(archcalc.analyse(load(text)), device="cpu", dtype=torch.float32, batch=3)
    assert [layer.moved for layer in found.layers] == [4 * (3 * (20 + 30) + 20 * 30 + 30), 4 * 3 * 60, 4 * 3 * 90]
    assert [layer.multiplies for layer in found.layers] == [3 * 600, 0, 0]


@pytest.mark.parametrize("name", ["mlp", "transformer_encoder", "squeezenet1_0"])
def test_peak_memory_is_what_is_predicted(name: str) -> None:
    """torch's record of what was allocated, beside weights and live activations; nothing else is needed by these nets."""
    found = measure.measure(archcalc.analyse(load(name)), device="cpu", dtype=torch.float32, batch=2)
    if found.peak is None:
        pytest.skip("this torch keeps no record of memory")
    assert found.peak == pytest.approx(found.predicted_weights + found.predicted_activations, rel=0.02)


def test_what_a_layer_moves_are_its_values_and_its_weights() -> None:
    """Bytes read and written: inputs and output for every input of the batch, the weights once."""
    found = measure.measure(
        archcalc.analyse(load("input: 8\nlayers: [fc 4, relu]\n")), device="cpu", dtype=torch.float64, batch=3
    )
    assert [layer.moved for layer in found.layers] == [8 * (3 * (8 + 4) + (8 + 1) * 4), 8 * (3 * (4 + 4))]
    assert [layer.multiplies for layer in found.layers] == [3 * 32, 0]


def test_live_activations_are_those_still_needed() -> None:
    """A shortcut keeps its value alive; a flatten costs nothing."""
    text = "input: 2x4x4\nlayers:\n- conv 3 k1\n- residual: [conv 3 k1, relu]\n- flatten\n- fc 2\n"
    # While the relu runs: the input 32, conv1 48 for the shortcut, conv2 48, the relu 48.
    assert max(measure.live_values(archcalc.analyse(load(text)))) == 32 + 3 * 48


@pytest.mark.parametrize(
    "line",
    [
        "flatten", "reshape 6x8", "permute 1x3x2", "dropout 0.5", "identity", "slice 1 3", "crop 2", "zeropad 1",
        "channelshuffle 2", "pixelshuffle 2", "upsample 2", "concat: [prev]", "relu", "bn",
    ],
)  # fmt: skip
def test_a_view_is_the_same_memory(line: str) -> None:
    """A layer is said to be a view exactly where torch's output lies in the memory of its input."""
    network = load(f"input: 4x3x4\nlayers:\n- {line}\n")
    x = torch.rand(2, 4, 3, 4)
    same = build(network)(x).untyped_storage().data_ptr() == x.untyped_storage().data_ptr()
    assert network.nodes[0].layer.view == same


# -- against somebody's model -------------------------------------------------------------------------------------


@pytest.fixture
def beside(monkeypatch: pytest.MonkeyPatch) -> None:
    """The folder of other_models.py as the place the command is run in."""
    monkeypatch.syspath_prepend(str(Path(__file__).parent))


@pytest.mark.parametrize(
    ("params", "multiplies", "agrees"),
    [((6, 6), (5, 5), True), ((6, 7), (5, 5), False), ((6, 6), (5, 4), False), ((6, 6), (5, None), True)],
)
def test_totals_that_differ_are_a_no(params: tuple[int, int], multiplies: tuple[int, int | None], agrees: bool) -> None:
    """Where every layer has its counterpart and a total differs, there is something the layers do not show."""
    analysis = archcalc.analyse(load("mlp"))
    assert Against(analysis, "m:f", [Pair(analysis.rows[0], None)], params, multiplies).ok == agrees
    assert not Against(analysis, "m:f", [Pair(analysis.rows[0], None, ["output"])], params, multiplies).ok


@pytest.mark.usefixtures("beside")
def test_the_same_model_agrees() -> None:
    """Weighted layers are paired in order of execution, and the command says that it runs that code."""
    result = check("lenet5", "--against", "other_models:lenet")
    assert result.exit_code == 0
    assert "running the code of other_models:lenet" in result.output
    assert "fc1    7 (Linear)   120       48,120      48,000  equal" in result.output


@pytest.mark.usefixtures("beside")
def test_differences_from_a_model_are_listed() -> None:
    """Tensor by tensor, shape and count; exit status 1."""
    result = check("lenet5", "--against", "other_models:lenet", "--kwargs", '{"classes": 7}')
    assert result.exit_code == 1
    assert (
        "fc3 against 11: weight 10×84, there 7×84; bias 10, there 7; output 10, there 7; multiplies 840, there 588"
        in result.output
    )
    assert "parameters: 61,706 here, 61,451 there" in result.output


@pytest.mark.usefixtures("beside")
def test_layers_that_one_side_lacks_are_listed() -> None:
    """A layer only in the spec, or only in the model."""
    longer = "input: 1x28x28\nlayers: [conv 6 k5 p2, avgpool 2, conv 16 k5, avgpool 2, fc 120, fc 84, fc 10, bn]\n"
    result = check("--against", "other_models:lenet", text=longer)
    assert result.exit_code == 1
    assert "only in the spec: bn1, bn" in result.output
    shorter = "input: 1x28x28\nlayers: [conv 6 k5 p2, avgpool 2, conv 16 k5, avgpool 2, fc 120, fc 84]\n"
    assert (
        "only in the model: 11 (Linear) with weight 10×84, bias 10"
        in check("--against", "other_models:lenet", text=shorter).output
    )


@pytest.mark.usefixtures("beside")
def test_parallel_branches_may_run_in_either_order() -> None:
    """Layers alike that run at another place in the order are equal, and said to be so."""
    text = "input: 4x6x6\nlayers:\n- residual: [conv 8 k3 p1]\n  shortcut: [conv 8 k1 nobias]\n"
    result = check("--against", "other_models:Shortcut", text=text)
    assert result.exit_code == 0
    assert "equal, runs at another place in the order" in result.output


@pytest.mark.usefixtures("beside")
def test_recurrent_and_attention_modules_of_a_model_are_counted() -> None:
    """Their work is counted in parts, as that of ours is."""
    data = json.loads(
        check("--against", "other_models:Encoder", "--format", "json", text="input: 5x6\nlayers: [lstm 8, attention 2]\n").stdout
    )
    products = 5 * 4 * 8 * (6 + 8) + 4 * 5 * 8 * 8 + 2 * 5 * 5 * 8
    assert data["agrees"]
    assert data["multiplies"] == {"spec": products, "model": products}


@pytest.mark.usefixtures("beside")
def test_a_projection_of_a_model_is_counted() -> None:
    """By two weights a gate and one more, in two layers and both directions."""
    given = ("--against", "other_models:Projected", "--format", "json")
    data = json.loads(check(*given, text="input: 5x6\nlayers: [lstm 8 2 proj 3 bidirectional]\n").stdout)
    products = 5 * 2 * (4 * 8 * (6 + 3) + 3 * 8) + 5 * 2 * (4 * 8 * (6 + 3) + 3 * 8)
    assert data["agrees"]
    assert data["multiplies"] == {"spec": products, "model": products}


VIT = """input: 3x8x8
layers: [conv 8 k4 s4, reshape 8x4, permute 2x1, classtoken, positions, attention 2, fc 3]
"""


@pytest.mark.usefixtures("beside")
@pytest.mark.parametrize("batch", ["1", "3"])
def test_a_parameter_beside_layers_is_counted_apart_from_them(batch: str) -> None:
    """A module that owns a parameter does not count what the layers inside it do once more (ViT-B/16: 65.16 G for 17.56 G)."""
    given = ("--against", "other_models:VisionTransformer", "--batch", batch)
    data = json.loads(check(*given, "--format", "json", text=VIT).stdout)
    products = 4 * 4 * 3 * 8 * 2 * 2 + 4 * 5 * 8 * 8 + 2 * 5 * 5 * 8 + 5 * 8 * 3
    assert data["multiplies"] == {"spec": products, "model": products}
    assert data["agrees"]
    assert [pair["model"] for pair in data["layers"] if pair["moved"]] == ["class_token"]
    text = check(*given, text=VIT).output
    assert "pos1   encoder.pos_embedding (Parameter)" in text


@pytest.mark.usefixtures("beside")
def test_parameters_that_never_run_are_a_difference() -> None:
    """Every layer that runs is equal, and the model still has more parameters than the spec."""
    data = json.loads(check("--against", "other_models:Spare", "--format", "json", text="input: 6\nlayers: [fc 8]\n").stdout)
    assert [pair["differences"] for pair in data["layers"]] == [[]]
    assert data["params"] == {"spec": 56, "model": 56 + 9}
    assert not data["agrees"]


@pytest.mark.usefixtures("beside")
def test_products_outside_every_layer_are_in_the_total() -> None:
    """A model that multiplies in its `forward` does more than its layers do, and no total says otherwise."""
    data = json.loads(check("--against", "other_models:ByHand", "--format", "json", text="input: 5x6\nlayers: [fc 8]\n").stdout)
    assert data["multiplies"] == {"spec": 5 * 6 * 8, "model": 5 * 6 * 8 + 2 * 5 * 5 * 8}
    assert [pair["differences"] for pair in data["layers"]] == [[]]
    assert not data["agrees"]


@pytest.mark.usefixtures("beside")
@pytest.mark.parametrize(
    ("model", "kwargs", "said"),
    [
        ("other_models", "{}", "--against other_models: not MODULE:CALLABLE"),
        ("no_such_module:net", "{}", "no_such_module cannot be imported: No module named 'no_such_module'"),
        ("other_models:lent", "{}", "other_models has no 'lent'\n  try: lenet"),
        ("other_models:broken", "{}", "making it failed: no weights here"),
        ("other_models:number", "{}", "it makes a int, not a torch.nn.Module"),
        ("other_models:lenet", "{", "--kwargs is no JSON"),
        ("other_models:lenet", "[1]", "--kwargs is a JSON object of names and values"),
        ("other_models:Shortcut", "{}", "running it failed: Given groups=1, weight of size [8, 4, 1, 1]"),
    ],
)
def test_what_is_wrong_with_a_model_is_one_line(model: str, kwargs: str, said: str) -> None:
    """Exit status 2 and no traceback, whatever the model's code does."""
    result = check("lenet5", "--against", model, "--kwargs", kwargs)
    assert result.exit_code == 2
    assert said in result.output
    assert "Traceback" not in result.output


def test_models_of_torchvision_agree_where_it_is_installed() -> None:
    """The examples that name a torchvision model, against that model."""
    where = folder()
    if where is None:
        pytest.skip(MISSING)
    models(where)
    for name in ("alexnet", "vgg11", "resnet18", "resnet50", "squeezenet1_0", "mobilenet_v2"):
        assert check(name, "--against", f"torchvision.models:{name}").exit_code == 0


def test_the_table_in_the_docs_is_what_is_printed() -> None:
    """All but the first line, which names torch's version."""
    page = (Path(__file__).parent.parent / "docs" / "verification.md").read_text(encoding="utf-8")
    shown = page.split("```text\n", 1)[1].split("```", 1)[0]
    assert shown.splitlines()[1:] == check("lenet5", "--device", "cpu").output.splitlines()[1:]
