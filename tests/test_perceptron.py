"""archcalc perceptron: updates by the textbook's rule, against a loop of its own."""

from __future__ import annotations

import json
import random

import pytest
from click.testing import CliRunner, Result

from archcalc.cli import cli


def run(*args: str) -> Result:
    return CliRunner().invoke(cli, ["perceptron", *args])


AND = ["0 0 -> 0", "0 1 -> 0", "1 0 -> 0", "1 1 -> 1"]


def test_and_by_hand() -> None:
    """From zeros with rate 1: (1, 1, 1) after the first epoch; the second ends at (2, 1, 0); no update in the sixth."""
    data = json.loads(run(*AND, "--format", "json").stdout)
    assert data["converged"] is True
    ends = [(*v["weights"], v["bias"]) for v in data["visits"] if v["sample"] == 4]
    assert ends[:2] == [(1, 1, 1), (2, 1, 0)]
    assert (*data["weights"], data["bias"]) == (2, 1, -2)
    assert data["visits"][-1]["epoch"] == 6
    text = run(*AND).stdout
    assert "w ← w + η·(t − y)·x" in text
    assert "10 updates; epoch 6 makes none, so every sample is right." in text


def test_xor_is_not_separated() -> None:
    """No line separates it, however long: status 1."""
    result = run("0 0 -> 0", "0 1 -> 1", "1 0 -> 1", "1 1 -> 0", "--epochs", "50")
    assert result.exit_code == 1
    assert "not separated after 50 epochs" in result.stdout


@pytest.mark.parametrize("low", [0, -1])
def test_a_plain_loop_does_the_same(low: int) -> None:
    """Random samples, weights and rates: every net, output and weight of every visit."""
    rng = random.Random(low + 5)
    for _ in range(40):
        size = rng.randint(1, 3)
        samples = [([rng.randint(-3, 3) for _ in range(size)], rng.choice([low, 1])) for _ in range(rng.randint(2, 5))]
        samples.append(([1] * size, low))  # so that the classes show which they are
        w, rate = [rng.randint(-2, 2) for _ in range(size)] + [rng.randint(-1, 1)], rng.choice([0.25, 0.5, 1])
        args = [f"{' '.join(map(str, x))} -> {t}" for x, t in samples]
        start = ["--weights", " ".join(map(str, w[:-1])), "--bias", str(w[-1]), "--rate", str(rate), "--epochs", "8"]
        data = json.loads(run(*start, "--format", "json", "--", *args).stdout)
        visits = iter(data["visits"])
        for _ in range(8):
            updates = 0
            for x, t in samples:
                net = sum(a * b for a, b in zip(w, [*x, 1], strict=True))
                wrong = t * net <= 0 if low else int(net > 0) != t
                if wrong:
                    updates += 1
                    sign = t if low else t - int(net > 0)
                    w = [a + rate * sign * b for a, b in zip(w, [*x, 1], strict=True)]
                visit = next(visits)
                assert (visit["net"], visit["update"], [*visit["weights"], visit["bias"]]) == (net, wrong, w)
            if not updates:
                break
        assert next(visits, None) is None
        assert data["converged"] is (updates == 0)


def test_separable_samples_are_separated() -> None:
    """The convergence theorem: samples on two sides of a line end with no update (Novikoff 1962)."""
    rng = random.Random(2)
    for _ in range(20):
        points = [(rng.randint(-9, 9), rng.randint(-9, 9)) for _ in range(8)]
        args = [f"{x} {y} -> {1 if 2 * x - y > 1 else -1}" for x, y in points if abs(2 * x - y - 1) > 1]
        assert run("--epochs", "500", "--", *args).exit_code == 0


@pytest.mark.parametrize(
    ("args", "message"),
    [
        (["0 1"], "a sample is inputs, an arrow and the target"),
        (["0 1 -> 2"], "SAMPLE:1:7: '2' is no class: 0 and 1, or −1 and 1"),
        (["0 1 -> 1 0"], "is no class"),
        (["0 x -> 1"], "'x' is not a number"),
        (["0 1 -> 1", "0 -> 1"], "the samples have 1 and 2 inputs"),
        (["0 1 -> 1", "0 1 -> 0", "1 1 -> -1"], "targets of −1 and of 0 at once"),
        (["0 1 -> 1", "--weights", "1"], '1 weights for 2 inputs\n  try: --weights "0 0"'),
        (["0 1 -> 1", "--rate", "0"], "--rate 0: a number above 0 is meant"),
        (["0 1 -> 1", "--bias", "b"], "--bias:1:1: 'b' is not a number"),
        ([" ; "], "no sample is given"),
        (["0 1 -> 1;" * 20, "--epochs", "1000"], "more than 10,000 samples shown in all"),
    ],
)
def test_samples_that_are_none(args: list[str], message: str) -> None:
    """Status 2, and the place."""
    result = run(*args)
    assert result.exit_code == 2, result.output
    assert message in result.stderr
