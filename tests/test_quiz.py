"""archcalc quiz: every question has one answer, which is found again by counting, and a seed makes one quiz."""

from __future__ import annotations

import json
from math import prod

import pytest
from click.testing import CliRunner

from archcalc.cli import cli
from archcalc.homework.quiz import LEVELS, make_quiz


def run(*args: str) -> str:
    """Standard output of the command."""
    result = CliRunner().invoke(cli, ["quiz", *args])
    assert result.exit_code == 0, result.output
    return result.stdout


def places(given: dict[str, int], layer: str, ceil: bool) -> int | None:
    """The output size by counting: the places of a window, or the positions a transposed convolution writes."""
    W, K, S, P, D = (given[n] for n in ("input", "kernel", "stride", "padding", "dilation"))
    if layer == "transposed":
        return max(i * S + k * D for i in range(W) for k in range(K)) + 1 - 2 * P
    span = D * (K - 1) + 1
    count = len(range(0, W + 2 * P - span + 1, S))
    if ceil:
        if (count - 1) * S + span < W + 2 * P:  # the end is not reached: one window more
            count += 1
        if (count - 1) * S >= W + P:
            count -= 1
    return count or None


def figure(line: str, shape: list[int], kind: str, skip_zeros: bool) -> int:
    """Parameters or multiplications of a few layers, from the definitions of the layers the quiz uses."""
    total, at = 0, list(shape)
    for part in line.split("; "):
        word, *rest = part.split()
        letters = {w[0]: int(w[1:]) for w in rest if w[0] in "kp" and w[1:].isdigit()}
        numbers = [int(w) for w in rest if w.isdigit()]
        if word == "maxpool":
            at = [at[0], at[1] // numbers[0], at[2] // numbers[0]]
            continue
        if word == "fc":
            weights, biases, at = prod(at) * numbers[0], numbers[0], [numbers[0]]
        elif word == "lstm":
            H, F = numbers[0], at[1]
            weights, biases = 4 * H * (F + H), 4 * H * (1 if "onebias" in rest else 2)
        else:
            K, P = letters["k"], letters.get("p", 0)
            out = at[0] if word == "depthwise" else numbers[0]
            seen = 1 if word == "depthwise" else at[0]
            rows = range(-P, at[1] + P - K + 1)
            weights, biases = out * seen * K * K, out
            if kind == "multiplies":
                taps = sum(not skip_zeros or 0 <= r + k < at[1] for r in rows for k in range(K))
                total += taps * taps * seen * out
            at = [out, len(rows), len(rows)]
        if kind != "multiplies":
            total += weights + (biases if kind == "params" else 0)
    return total


@pytest.mark.parametrize("level", LEVELS)
def test_every_answer_is_the_one_that_counting_finds(level: str) -> None:
    """Over many seeds each answer is right and, where something is sought, no other number would be."""
    kinds = set()
    for seed in range(25):
        for item in make_quiz(seed, level, 12):
            facts = item.facts
            kinds.add(facts["kind"])
            assert item.working
            if "line" in facts:
                assert item.answer == figure(facts["line"], facts["input"], facts["kind"], facts["skip_zeros"]), item
                continue
            given, unknown = dict(facts["given"]), facts["unknown"]
            if unknown == "output":
                assert item.answer == places(given, facts["layer"], facts["ceil"]), item
                continue
            low = 0 if unknown == "padding" else 1
            fits = [x for x in range(low, 240) if places({**given, unknown: x}, facts["layer"], facts["ceil"]) == given["output"]]
            assert fits == [item.answer], item
    assert len(kinds) >= 3


@pytest.mark.parametrize("level", LEVELS)
def test_every_kind_of_a_level_comes_up_and_no_question_twice(level: str) -> None:
    """A quiz as long as the level has kinds uses each; its questions differ."""
    items = make_quiz(7, level, 4 * len(LEVELS[level]))
    assert len({item.text for item in items}) == len(items)
    kinds = {(f["kind"], f.get("layer", f.get("line", "").split(" ")[0]), f.get("unknown")) for f in (i.facts for i in items)}
    assert len(kinds) >= len(LEVELS[level])


def test_a_seed_makes_one_quiz_whatever_its_length() -> None:
    """The same seed gives the same questions, a longer quiz begins like a shorter one, another seed differs."""
    short = json.loads(run("--seed", "3", "--level", "medium", "--count", "4", "--format", "json"))
    again = json.loads(run("--seed", "3", "--level", "medium", "--count", "4", "--format", "json"))
    longer = json.loads(run("--seed", "3", "--level", "medium", "--count", "9", "--format", "json"))
    other = json.loads(run("--seed", "4", "--level", "medium", "--count", "4", "--format", "json"))
    assert short == again
    assert longer["questions"][:4] == short["questions"]
    assert other["questions"] != short["questions"]


def test_markdown_and_latex_have_questions_and_a_worked_key() -> None:
    """The key stands behind the questions, with the working as mathematics; --no-key leaves it out."""
    args = ["--seed", "5", "--level", "hard", "--count", "3"]
    data = json.loads(run(*args, "--format", "json"))
    markdown, latex = run(*args, "--format", "markdown"), run(*args, "--format", "latex")
    for n, question in enumerate(data["questions"], 1):
        assert f"{n}. {question['question']}" in markdown
        assert f"{n}. {question['answer']:,}" in markdown.partition("### Key")[2]
    assert markdown.count("$$") >= 6
    assert latex.count(r"\begin{align*}") == latex.count(r"\end{align*}") == 3
    assert latex.count("{") == latex.count("}")
    assert "Key" not in run(*args, "--no-key", "--format", "markdown")
    assert "answer" not in run(*args, "--no-key", "--format", "json")
