"""Budgets: what a network may have of a figure, and what is said where it has more."""

from __future__ import annotations

import json
import shlex
from decimal import Decimal

import pytest
from click.testing import CliRunner

import archcalc
from archcalc.cli import cli
from archcalc.figures.memory import inference
from archcalc.questions.budgets import Use, measure, shares
from archcalc.text.amounts import amount, decimal, whole
from archcalc.text.faults import ValueFault

# torchvision's MobileNet-V2: 3,504,872 parameters, of which 1,281,000 of the classifier; Sandler et al.: 300 million mult-adds.
NET = "mobilenet_v2"


# Weights and statistics that are used twice, and held once.
TWICE = """
inputs: {a: 3x8x8, b: 3x8x8}
layers:
  - {id: tower, from: a, layers: [conv 4 k3, bn]}
  - {id: other, from: b, reuse: tower}
  - concat: [tower, other]
"""


def run(*arguments: str) -> tuple[int, str, str]:
    """Status, output and errors of a command."""
    result = CliRunner().invoke(cli, [*arguments])
    assert result.exception is None or isinstance(result.exception, SystemExit), result.output
    return result.exit_code, result.stdout, result.stderr


@pytest.mark.parametrize("command", ["params", "multiplies", "memory"])
def test_a_kept_budget_is_a_line(command: str) -> None:
    """Exactly the limit is kept; the report says how much of it is used."""
    status, out, err = run(command, NET, "--max-params", "3,504,872", "--max-multiplies", "400M")
    assert (status, err) == (0, "")
    assert (
        "budget: params 3,504,872 ≤ 3,504,872 (100.0 % of it)\nbudget: multiplies 300,774,272 ≤ 400,000,000 (75.2 % of it)" in out
    )


@pytest.mark.parametrize("format", ["table", "json", "csv", "markdown", "latex", "html"])
def test_a_broken_budget_is_a_status(format: str) -> None:
    """One more than the limit breaks it, in every format: what, by how much, and the layers that weigh most."""
    status, out, err = run("params", NET, "--max-params", "3504871", "--max-multiplies", "1G", "--format", format)
    assert status == 1
    assert err.startswith("budget: params 3,504,872 is more than 3,504,871, by 1, 0.0 %\n")
    assert "note: the heaviest: fc1 1,281,000 (36.5 %), conv2 409,600 (11.7 %), inverted_residual17.conv3 307,200 (8.8 %)" in err
    assert "multiplies" not in err
    if format == "json":
        broken, kept = json.loads(out)["budgets"]
        assert (broken["figure"], broken["found"], broken["most"], broken["over"]) == ("params", 3504872, 3504871, 1)
        assert broken["heaviest"][0] == {"path": "fc1", "amount": 1_281_000}
        assert (kept["figure"], kept["over"]) == ("multiplies", 0)


def test_what_is_to_be_typed_works() -> None:
    """The raised limit is kept; `fit` finds a width that keeps the old one."""
    _, _, err = run("params", "mobilenet_v1", "--max-params", "2M")
    tried = err.split("try: ")[1].split("\n")[0]
    fitted, raised = tried.split(", or ")
    status, out, _ = run(*shlex.split(fitted.strip("`"))[1:])
    assert status == 0
    assert "kept" in out
    assert run("params", "mobilenet_v1", *raised.split())[0] == 0


def test_multiplies_are_of_one_input_and_memory_of_the_batch() -> None:
    """A batch multiplies what is alive, and not the budget of work."""
    assert run("params", NET, "--batch", "64", "--max-multiplies", "300,774,272", "--max", "additions=400M")[0] == 0
    # Parameters and buffers 4·(3,504,872 + 34,112); at the peak 16 and 96 maps of 112×112 are alive, or 96 and 96.
    held = 4 * (3_504_872 + 34_112)
    least = held + 64 * 4 * 2 * 96 * 112 * 112
    assert run("params", NET, "--batch", "64", "--max-memory", str(least))[0] == 0
    assert run("params", NET, "--batch", "64", "--max-memory", str(least - 1))[0] == 1
    assert run("params", NET, "--batch", "64", "--dtype", "fp16", "--max-memory", str(least // 2))[0] == 0


@pytest.mark.parametrize("how", [Use(), Use(train=True), Use(optimizer="adam"), Use(2, "bf16"), Use(2, "fp16", True, "momentum")])
@pytest.mark.parametrize("name", ["lenet5", "mobilenet_v2", "googlenet", "unet", "lstm", "transformer_encoder", TWICE])
def test_the_parts_are_the_whole(name: str, how: Use) -> None:
    """What each layer is said to weigh adds up to what is held against the budget, and that is what `memory` says."""
    analysis = archcalc.analyse(archcalc.load(name), batch=how.batch, dtype=how.dtype)
    for key in ("params", "params_without_bias", "multiplies", "act", "additions", "comparisons", "param_bytes"):
        if key in ("additions", "comparisons") and not all(row.operations.complete for row in analysis):
            continue
        assert sum(shares(analysis, key, how)) == measure(analysis, key, how), key
    trained = how.train or how.optimizer is not None
    sums = archcalc.memory(analysis, train=trained, optimizer=how.optimizer).totals
    whole = sums["training_bytes"] if trained else sums["param_bytes"] + sums["buffer_bytes"] + sums["peak_bytes"]
    assert measure(analysis, "memory", how) == whole
    inputs = [*analysis.network.inputs.values()]
    width = {"fp32": 4, "bf16": 2, "fp16": 2}[how.dtype] * how.batch
    alive = [] if trained else [i for i in inference(analysis).alive if i < 0]
    given = 0
    for i in alive:
        size = 8 * how.batch if -1 - i in analysis.network.integer_inputs() else width
        for n in inputs[-1 - i]:
            size *= n
        given += size
    assert sum(shares(analysis, "memory", how)) + given == whole


@pytest.mark.parametrize(
    ("arguments", "said"),
    [
        (["--max-params", "few"], "--max-params few: a whole number is meant"),
        (["--max-memory", "2 furlongs"], "--max-memory 2 furlongs: a number of bytes is meant"),
        (["--max", "rf=3"], "--max rf=3: rf has no total"),
        (["--max", "share=3"], "--max share=3: share has no total"),
        (["--max", "parms=3"], "--max parms=3: there is no figure 'parms'\n  try: params"),
        (["--max", "act"], "--max act: FIGURE=N is meant"),
        (["--max", "act=0"], "--max act= 0: a number of bytes is meant"),
        (["--max", "params=3", "--max-params", "4"], "--max params: a budget of it is given twice"),
        (["--max", "multiplications=5M"], "lrn1: the multiplications of lrn have no count"),
    ],
    ids=lambda x: " ".join(x) if isinstance(x, list) else "",
)
def test_what_is_no_budget(arguments: list[str], said: str) -> None:
    """Refused, and not passed over."""
    status, _, err = run("params", "alexnet_2012", *arguments)
    assert status == 2
    assert said in err


def test_in_python() -> None:
    """An answer like every other."""
    analysis = archcalc.analyse(archcalc.load("lenet5"))
    held = archcalc.budgets(analysis, max_params="60k", most={"act": 100_000})
    assert not held.ok
    assert [(b.key, b.over) for b in held.budgets] == [("params", 1706), ("act", 0)]
    assert "fc1" in held.text("csv")
    assert repr(held) == "LeNet-5: params 61,706 > 60,000 (102.8 % of it); act 58,408 ≤ 100,000 (58.4 % of it)"
    with pytest.raises(archcalc.SpecError, match="no budget is given"):
        archcalc.budgets(analysis)


def test_a_comma_parts_thousands_or_is_refused() -> None:
    """1,5M is no 15M, and 0,05 no 5."""
    assert [amount(text) for text in ("61,706", "1,00,000", "1,234.5k", "1_000")] == [61706, 100_000, 1_234_500, 1000]
    assert decimal("1,234.5") == Decimal("1234.5")
    for text in ("1,5M", "138,4M", "1,2,3", "1,2345", "0,050", "1" + "_" * 200 + "5"):
        for read in (amount, whole, decimal):
            with pytest.raises(ValueFault):
                read(text)
