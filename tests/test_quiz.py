"""archcalc quiz: every question has one answer, which is found again by counting, and a seed makes one quiz."""

from __future__ import annotations

import json
import re
import time
from collections.abc import Callable
from html import unescape
from math import prod
from pathlib import Path
from xml.etree import ElementTree

import pytest
from click.testing import CliRunner

from archcalc.cli import cli
from archcalc.cli.quiz import TOPICS
from archcalc.homework import makers
from archcalc.homework.makers import LEVELS, MAKERS, Wanted
from archcalc.homework.quiz import Item, Order, make_quiz


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
        letters = {w[0]: int(w[1:]) for w in rest if w[0] in "kps" and w[1:].isdigit()}
        numbers = [int(w) for w in rest if w.isdigit()]
        if word == "maxpool":
            at = [at[0], at[1] // numbers[0], at[2] // numbers[0]]
            continue
        if word == "fc":
            weights, biases, at = prod(at) * numbers[0], numbers[0], [numbers[0]]
        elif word in ("lstm", "gru"):
            (H, F), gates = (numbers[0], at[1]), {"lstm": 4, "gru": 3}[word]
            weights, biases = gates * H * (F + H), gates * H * (1 if "onebias" in rest else 2)
        else:
            K, P = letters["k"], letters.get("p", 0)
            out = at[0] if word == "depthwise" else numbers[0]
            seen = 1 if word == "depthwise" else at[0]
            rows = range(-P, at[1] + P - K + 1)
            weights, biases = out * seen * K * K, 0 if "nobias" in rest else out
            if kind == "windows":
                return prod(len(range(0, n - K + 1, letters.get("s", 1))) for n in at[1:])
            if kind == "multiplies":
                taps = sum(not skip_zeros or 0 <= r + k < at[1] for r in rows for k in range(K))
                total += taps * taps * seen * out
            at = [out, len(rows), len(rows)]
        if kind != "multiplies":
            total += weights + (biases if kind == "params" else 0)
    return total


def items(level: str, count: int, seeds: range, **order: object) -> list[Item]:
    """The questions of many seeds."""
    return [item for seed in seeds for item in make_quiz(seed, Order(level, **order), count).items]  # type: ignore[arg-type]


@pytest.mark.parametrize("bias", ["with", "without", "both"])
@pytest.mark.parametrize("level", LEVELS)
def test_every_answer_is_the_one_that_counting_finds(level: str, bias: str) -> None:
    """Over many seeds each answer is right and, where something is sought, no other number would be."""
    kinds = set()
    for item in items(level, 12, range(20), wanted=Wanted(bias, skip_zeros=bias == "without")):
        facts = item.facts
        kinds.add(facts["kind"])
        assert item.asked.working or facts["kind"] == "windows"
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
    unwanted = {"with": "params_without_bias", "without": "params", "both": ""}[bias]
    assert level != "easy" or unwanted not in kinds


def in_torch(item: Item) -> int:
    """The answer to a question, by torch's own layers."""
    from math import prod

    import torch
    from torch import nn

    facts = item.facts
    if "line" not in facts:
        given, unknown = {**facts["given"]}, facts["unknown"]
        given.setdefault(unknown, item.answer)
        W, K, S, P, D = (given[n] for n in ("input", "kernel", "stride", "padding", "dilation"))
        layer: nn.Module
        if facts["layer"] == "pool":
            layer = nn.MaxPool1d(K, S, P, ceil_mode=facts["ceil"])
        elif facts["layer"] == "transposed":
            layer = nn.ConvTranspose1d(1, 1, K, S, P, dilation=D)
        else:
            layer = nn.Conv1d(1, 1, K, S, P, D)
        size = layer(torch.zeros(1, 1, W)).shape[-1]
        assert unknown == "output" or size == given["output"]
        return size if unknown == "output" else given[unknown]
    x = torch.ones(1, *facts["input"])
    params = biases = products = windows = 0
    for part in facts["line"].split("; "):
        word, *rest = part.split()
        letters = {w[0]: int(w[1:]) for w in rest if w[0] in "kps" and w[1:].isdigit()}
        n = next((int(w) for w in rest if w.isdigit()), x.shape[1])
        if word == "maxpool":
            x = nn.functional.max_pool2d(x, n)
            continue
        if word == "fc":
            layer = nn.Sequential(nn.Flatten(), nn.Linear(prod(x.shape[1:]), n))
        elif word in ("lstm", "gru"):
            layer = (nn.LSTM if word == "lstm" else nn.GRU)(x.shape[-1], n, batch_first=True)
            params -= 4 * n if "onebias" in rest else 0  # torch has two of them
        else:
            groups = x.shape[1] if word == "depthwise" else 1
            layer = nn.Conv2d(
                x.shape[1], n, letters["k"], letters.get("s", 1), letters.get("p", 0), groups=groups, bias="nobias" not in rest
            )
            padded = nn.functional.pad(torch.zeros_like(x), [letters.get("p", 0)] * 4, value=0.0) + 1
            with torch.no_grad():  # ones by ones: the sum of the output is the number of products
                ones = torch.ones_like(layer.weight)
                sides = letters.get("p", 0) if facts["skip_zeros"] else 0
                seen = torch.ones_like(x) if facts["skip_zeros"] else padded
                made = nn.functional.conv2d(seen.double(), ones.double(), None, layer.stride, sides, groups=groups)
            products += int(made.sum())
            windows = made[0, 0].numel()
        params += sum(p.numel() for p in layer.parameters())
        biases += sum(p.numel() for name, p in layer.named_parameters() if "bias" in name)
        out = layer(x)
        x = (out[0] if isinstance(out, tuple) else out).detach()
    return {"params": params, "params_without_bias": params - biases, "multiplies": products, "windows": windows}[facts["kind"]]


@pytest.mark.parametrize("level", LEVELS)
def test_torch_confirms_every_key(level: str) -> None:
    """Every kind of question, many times: torch's own layers give the answer of the key."""
    pytest.importorskip("torch", reason="torch is not installed")
    for item in items(level, 12, range(12)):
        assert item.answer == in_torch(item), item


@pytest.mark.parametrize("level", LEVELS)
def test_every_kind_of_a_level_comes_up_and_no_question_twice(level: str) -> None:
    """A quiz as long as the level has kinds uses each; its questions differ."""
    drawn = [maker for maker in MAKERS if maker.level == level]
    quiz = make_quiz(7, Order(level), 4 * len(drawn))
    assert len({item.text for item in quiz.items}) == len(quiz.items)
    kinds = {
        (f["kind"], f.get("layer", f.get("line", "").split(" ")[0]), f.get("unknown")) for f in (i.facts for i in quiz.items)
    }
    assert len(kinds) >= len(drawn) - 1  # the two sizes of a convolution are of one kind


def test_a_long_paper_has_no_question_twice_and_too_long_a_one_is_refused() -> None:
    """200 questions of a level all differ; where there are not enough the number there is stands in the message."""
    for level in LEVELS:
        texts = [item.text for item in make_quiz(3, Order(level), 200).items]
        assert len(set(texts)) == 200
    result = CliRunner().invoke(cli, ["quiz", "--topic", "recurrent", "--count", "200"])
    assert result.exit_code == 2
    count = int(re.search(r"there are only (\d+) different questions \(recurrent\)\n  try: --count \1", result.stderr)[1])  # type: ignore[index]
    assert 30 <= count <= 48  # 4·4·2 LSTMs and 4·4 GRUs
    assert CliRunner().invoke(cli, ["quiz", "--topic", "recurrent", "--count", str(count)]).exit_code == 0


def test_the_topics_are_those_of_the_makers() -> None:
    """The command's choices are written out; every one has makers, and only those of a topic are used."""
    assert set(TOPICS) == set(makers.TOPICS)
    for topic in TOPICS:
        quiz = make_quiz(1, Order("", (topic,)), 6)
        assert len(quiz.items) == 6
    kinds = {item.facts["kind"] for item in make_quiz(1, Order("", ("backwards",)), 30).items}
    assert kinds == {"kernel", "padding", "stride"}


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


# -- papers, and the key that grade marks -----------------------------------------------------------------------------


def test_three_hundred_papers_are_made_in_seconds_and_differ() -> None:
    """300 papers of five questions, each paper another one, with answers to choose from and the working, within 10 s."""
    start = time.process_time()
    text = run("--papers", "300", "--choices", "4", "--format", "moodle")
    assert time.process_time() - start < 10
    papers: dict[str, list[str]] = {}
    category = ""
    for element in ElementTree.fromstring(text):
        if element.get("type") == "category":
            category = element.findtext("category/text") or ""
        else:
            papers.setdefault(category, []).append(element.findtext("questiontext/text") or "")
    assert len(papers) == 300
    assert all(len(set(questions)) == 5 for questions in papers.values())
    assert len({tuple(questions) for questions in papers.values()}) == 300


@pytest.mark.parametrize("level", LEVELS)
def test_what_quiz_writes_as_key_grade_marks(level: str, tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> None:
    """Right answers are right, a wrong choice is the mistake it was made by, and what is left out is listed."""
    monkeypatch.chdir(tmp_path)
    args = ["--level", level, "--count", "12", "--choices", "4"]
    data = json.loads(run(*args, "--format", "json"))["questions"]
    shown = run(*args, "--key", "key.yaml")
    assert "Key" not in shown
    Path("ada.yaml").write_text("".join(f"q{n}: {q['answer']}\n" for n, q in enumerate(data, 1)), encoding="utf-8")
    result = CliRunner().invoke(cli, ["grade", "ada.yaml", "--questions", "key.yaml"])
    assert result.exit_code == 0, result.output
    assert result.stdout.startswith("ada: 12 of 12 right\n")
    wrong = {
        n: (c, m) for n, q in enumerate(data, 1) for c, m in zip(q.get("choices", []), q.get("mistakes", []), strict=True) if m
    }
    assert len(wrong) >= 11  # for a few numbers no mistake is known
    Path("bob.yaml").write_text("".join(f"q{n}: {c}\n" for n, (c, _) in wrong.items()), encoding="utf-8")
    result = CliRunner().invoke(cli, ["grade", "bob.yaml", "--questions", "key.yaml", "--format", "json"])
    marks = {mark["question"]: mark for mark in json.loads(result.stdout)["sheets"][0]["answers"]}
    assert len(marks) == 12
    for n, (_, mistake) in wrong.items():
        mark = marks[f"q{n}"]
        assert mistake in mark["mistake"] or mark["mistake"].count(" or ") == 2, mark  # three at most are named
    letters = {n: "abcd"[q["choices"].index(wrong[n][0])] for n, q in enumerate(data, 1) if n in wrong}
    Path("cy.yaml").write_text("".join(f"q{n}: ({letter})\n" for n, letter in letters.items()), encoding="utf-8")
    result = CliRunner().invoke(cli, ["grade", "cy.yaml", "--questions", "key.yaml", "--format", "json"])
    by_letter = {mark["question"]: mark["mistake"] for mark in json.loads(result.stdout)["sheets"][0]["answers"]}
    assert all(by_letter[f"q{n}"] == marks[f"q{n}"]["mistake"] for n in wrong)  # a letter is the answer it stands for
    assert CliRunner().invoke(cli, ["quiz", "--key", "key.yaml"]).exit_code == 2


def test_a_sheet_says_which_paper_it_answers(tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> None:
    """One key for all papers; a class file has a column for it, and who does not say it is not marked."""
    monkeypatch.chdir(tmp_path)
    papers = json.loads(run("--papers", "3", "--count", "2", "--format", "json", "--seed", "5"))["papers"]
    run("--papers", "3", "--count", "2", "--seed", "5", "--key", "key.yaml")
    rows = [f"s{p['seed']},{p['seed']},{p['questions'][0]['answer']},1" for p in papers]
    Path("class.csv").write_text("\n".join(["student,paper,q1,q2", *rows, "eve,,1,1", "max,9,1,1"]) + "\n", encoding="utf-8")
    result = CliRunner().invoke(cli, ["grade", "class.csv", "--questions", "key.yaml", "--format", "json"])
    sheets = json.loads(result.stdout)["sheets"]
    assert [(s["right"], s["of"]) for s in sheets] == [(1, 2)] * 3 + [(0, 0)] * 2
    assert sheets[3]["notes"] == ["which paper is answered is not said; write `paper: 5`"]
    assert sheets[4]["notes"] == ["there is no paper '9'; write `paper: 5`"]
    assert CliRunner().invoke(cli, ["grade", "class.csv", "--questions", "key.yaml"]).exit_code == 1


def test_questions_on_a_network_of_ones_own(tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> None:
    """Every question is about the network, has the figures of its table, and is marked with it."""
    monkeypatch.chdir(tmp_path)
    Path("my.yaml").write_text("name: Mine\ninput: 1x28x28\nlayers: [conv 6 k5 p2, relu, avgpool 2, fc 10]\n", encoding="utf-8")
    # conv1 6·25 + 6, fc1 1176·10 + 10; 25·6·28·28 and 11760 multiplications
    figures = {"conv1.params": 156, "conv1.params_without_bias": 150, "fc1.params": 11770, "fc1.params_without_bias": 11760,
               "params": 11926, "params_without_bias": 11910, "conv1.multiplies": 117600, "fc1.multiplies": 11760,
               "conv1.output": "6x28x28", "pool1.output": "6x14x14", "fc1.output": "10"}  # fmt: skip
    args = ["--net", "my.yaml", "--count", str(len(figures))]
    data = json.loads(run(*args, "--format", "json", "--key", "key.yaml"))["questions"]
    assert "answer" not in data[0]
    data = json.loads(run(*args, "--format", "json"))["questions"]
    assert {q["facts"]["figure"]: q["answer"] for q in data} == figures
    assert all("Mine" in q["question"] for q in data)
    assert CliRunner().invoke(cli, ["quiz", *args[:-1], "50"]).exit_code == 2
    without = json.loads(run("--net", "my.yaml", "--bias", "without", "--count", "8", "--format", "json"))["questions"]
    assert not {"conv1.params", "params"} & {q["facts"]["figure"] for q in without}
    Path("s.yaml").write_text("".join(f"q{n}: {q['answer']}\n" for n, q in enumerate(data, 1)), encoding="utf-8")
    result = CliRunner().invoke(cli, ["grade", "s.yaml", "--net", "my.yaml", "--questions", "key.yaml"])
    assert result.exit_code == 0, result.output


def test_options_of_a_network_without_one_are_refused() -> None:
    """--no-bias builds a network; for single questions it is --bias."""
    result = CliRunner().invoke(cli, ["quiz", "--no-bias"])
    assert result.exit_code == 2
    assert "--no-bias belongs to a network" in result.stderr


# -- Moodle -----------------------------------------------------------------------------------------------------------

Read = list[tuple[str, list[tuple[str, bool, str]]]]


def read_gift(text: str) -> Read:
    """The questions of a GIFT text, by its own rules: blocks between empty lines, signs escaped by a backslash."""

    def plain(part: str) -> str:
        return re.sub(r"\\([~=#{}:\\])", r"\1", part.strip())

    found: Read = []
    for block in re.split(r"\n\n+", text.strip()):
        if block.startswith("$CATEGORY"):
            continue
        match = re.fullmatch(r"::(?:\\.|[^:])*::\[plain\]((?:\\.|[^{])*)\{(#?)(.*)\}", block, re.S)
        assert match, block
        body = re.split(r"(?<!\\)####", match[3])[0]
        answers = []
        for sign, answer in re.findall(r"(?<!\\)([=~])((?:\\.|[^=~\\])*)", body):
            value, _, feedback = re.sub(r"(?<!\\)#", "\x00", answer).partition("\x00")
            if match[2]:
                value, colon, tolerance = value.rpartition(":")
                assert (colon, tolerance.strip()) == (":", "0")
            answers.append((plain(value), sign == "=", plain(feedback)))
        found.append((plain(match[1]), answers))
    return found


def read_xml(text: str) -> Read:
    """The questions of Moodle's XML."""
    found: Read = []
    for element in ElementTree.fromstring(text):
        if element.get("type") == "category":
            continue
        html = element.findtext("questiontext/text") or ""
        answers = []
        for answer in element.iter("answer"):
            value, feedback = answer.findtext("text") or "", answer.findtext("feedback/text") or ""
            if element.get("type") == "numerical":
                assert answer.findtext("tolerance") == "0"
            answers.append((unescape(value), answer.get("fraction") == "100", unescape(feedback)))
        assert element.findtext("name/text")
        found.append((unescape(html.removeprefix("<p>").removesuffix("</p>")), answers))
    return found


@pytest.mark.parametrize(("format", "read"), [("gift", read_gift), ("moodle", read_xml)])
@pytest.mark.parametrize(
    "args", [[], ["--choices", "4"], ["--net", "lenet5", "--choices", "3"], ["--net", "lenet5"]], ids=" ".join
)
def test_moodle_reads_back_what_was_asked(format: str, read: Callable[[str], Read], args: list[str]) -> None:
    """Text, answers, which of them is right, and every mistake as the feedback of its own answer."""
    args = ["--count", "12", "--seed", "4", *args]
    data = json.loads(run(*args, "--format", "json"))["questions"]
    questions = read(run(*args, "--format", format))
    assert [text for text, _ in questions] == [q["question"] for q in data]
    for (_, answers), q in zip(questions, data, strict=True):
        if "choices" in q:
            said = [m and f"{m[0].upper()}{m[1:]}." for m in q["mistakes"]]
            assert answers == [(c, not m, m or "") for c, m in zip(q["choices"], said, strict=True)]
        elif isinstance(q["answer"], int):
            assert answers == [(str(q["answer"]), True, "")]
        else:
            assert q["answer"] in [text for text, _, _ in answers]
            assert all(right for _, right, _ in answers)


def test_signs_of_gift_and_xml_in_a_name_are_escaped(tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> None:
    """A network called by signs of the formats comes back as it was."""
    monkeypatch.chdir(tmp_path)
    Path("n.yaml").write_text("name: 'a{b}=~#:<i>&c'\ninput: 1x8x8\nlayers: [conv 2 k3, fc 3]\n", encoding="utf-8")
    for format, read in (("gift", read_gift), ("moodle", read_xml)):
        texts = [text for text, _ in read(run("--net", "n.yaml", "--count", "6", "--format", format))]
        assert all("a{b}=~#:<i>&c" in text for text in texts)
