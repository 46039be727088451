"""Fresh questions with a worked key: one correct answer each, none impossible, the same for the same seed.

The answer, its working and its mistakes come from the question as `archcalc grade` marks it (archcalc.homework.asked), never
from the maker. A drawing that has no answer, or more than one, is thrown away and drawn again.
"""

from __future__ import annotations

import json
from collections.abc import Sequence
from dataclasses import dataclass
from random import Random
from typing import Any

from archcalc.analysis import Analysis, analyse
from archcalc.conventions import convention
from archcalc.homework.asked import Asked, FormulaAsked, NumberAsked, ShapeAsked, asked_of
from archcalc.homework.makers import MAKERS, TOPICS, Drawing, Maker, Wanted, of_network
from archcalc.homework.sheet import Entry
from archcalc.layers.base import dims
from archcalc.loading import Net, Stated, Variables, network_of
from archcalc.network.nodes import Network
from archcalc.report.answer import Answer
from archcalc.report.document import Break, Cell, Document, Heading, Maths, Part, Table, Text
from archcalc.text.amounts import between, one_of
from archcalc.text.faults import Fault, SpecError
from archcalc.text.source import Source, Span
from archcalc.text.visible import one_line

LEVELS = ("easy", "medium", "hard")
DRAWINGS = 60  # how often a maker draws before another has its turn


@dataclass(frozen=True)
class Choice:
    """One answer to choose: how it is written, and the mistake it comes from; none for the right one."""

    text: str
    mistake: str = ""


@dataclass(frozen=True)
class Item:
    """One question: its text, the question as it is marked, and the answers to choose from, if any."""

    text: str
    asked: Asked
    choices: tuple[Choice, ...] = ()

    @property
    def answer(self) -> int | str:
        """The right answer: a number, or a shape with its channels first."""
        if isinstance(self.asked, FormulaAsked):
            return self.asked.found[0]
        if isinstance(self.asked, ShapeAsked):
            return "x".join(map(str, self.asked.true))
        assert isinstance(self.asked, NumberAsked)
        return self.asked.true

    @property
    def said(self) -> str:
        """The right answer as it is printed."""
        answer = self.answer
        return f"{answer:,}" if isinstance(answer, int) else answer.replace("x", "×")

    @property
    def facts(self) -> dict[str, object]:
        """What the question was made of, for a program to check it by."""
        given = self.asked.entry.given
        if isinstance(self.asked, FormulaAsked):
            q, unknown = self.asked.question, self.asked.unknown
            names = ("input", "output", "kernel", "stride", "padding", "dilation")
            known = {n: getattr(q, n) for n in names if getattr(q, n) is not None}
            kind = "size" if unknown == "output" else unknown
            return {"kind": kind, "layer": q.kind, "ceil": q.ceil, "unknown": unknown, "given": known}
        if "net" in given:
            shape = [int(n) for n in given["input"].split("x")]
            return {"kind": given["figure"], "line": given["net"], "input": shape, "skip_zeros": "skip_zeros" in given}
        return {"kind": given["figure"].rpartition(".")[2], "figure": given["figure"]}


@dataclass(frozen=True)
class Quiz:
    """The questions of a seed."""

    seed: int
    title: str
    items: Sequence[Item]

    @property
    def name(self) -> str:
        """What stands over the paper."""
        return f"Quiz {self.seed}, {self.title}"

    def parts(self, key: bool = True) -> list[Part]:
        """The questions, and the key behind them."""
        parts: list[Part] = []
        for n, item in enumerate(self.items, 1):
            parts.append(Text(f"{n}. {item.text}"))
            if item.choices:
                parts.append(Text("   ".join(f"({letter(i)}) {c.text}" for i, c in enumerate(item.choices))))
        if key:
            parts.append(Heading("Key"))
            for n, item in enumerate(self.items, 1):
                parts += [Text(f"{n}. {_key_line(item)}"), Maths(item.asked.working)]
        return parts

    def sheet(self, key: bool = True) -> list[list[Cell]]:
        """A row a question, for a spreadsheet."""
        rows: list[list[Cell]] = []
        for n, item in enumerate(self.items, 1):
            answer = [item.said if isinstance(item.answer, str) else item.answer] if key else []
            rows.append([self.seed, n, item.text, "; ".join(c.text for c in item.choices), *answer])
        return rows

    def as_data(self, key: bool = True) -> dict[str, object]:
        """The quiz as plain data."""
        made = []
        for item in self.items:
            data: dict[str, object] = {"question": item.text}
            if item.choices:
                data["choices"] = [c.text for c in item.choices]
            if key:
                data |= {"answer": item.answer, "working": [line for line, _ in item.asked.working], "facts": item.facts}
                if item.choices:
                    data["mistakes"] = [c.mistake or None for c in item.choices]
            made.append(data)
        return {"seed": self.seed, "title": self.title, "questions": made}


@dataclass(frozen=True, repr=False)
class Papers(Answer):
    """Quizzes, a page each; `key` says whether the answers stand behind them."""

    quizzes: Sequence[Quiz]
    key: bool = True

    @property
    def sentence(self) -> str:
        """What they are."""
        more = f" and {len(self.quizzes) - 1} more papers" if len(self.quizzes) > 1 else ""
        return f"{self.quizzes[0].name}: {len(self.quizzes[0].items)} questions{more}"

    def as_document(self) -> Document:
        """The questions, and the key behind those of each paper."""
        first, *more = self.quizzes
        parts = [part for quiz in more for part in (Break(quiz.name), *quiz.parts(self.key))]
        document = Document(first.name, [*first.parts(self.key), *parts], self.as_data)
        columns = ["quiz", "number", "question", "choices", *["answer"] * self.key]
        document.sheet = Table(columns, [row for quiz in self.quizzes for row in quiz.sheet(self.key)])
        return document

    def as_data(self) -> dict[str, Any]:
        """The papers as plain data; one alone stands for itself."""
        data = [quiz.as_data(self.key) for quiz in self.quizzes]
        return {"papers": data} if len(data) > 1 else data[0]


def letter(place: int) -> str:
    """The letter of a choice: a, b, c."""
    return chr(ord("a") + place)


def _key_line(item: Item) -> str:
    if not item.choices:
        return item.said
    right = next(i for i, c in enumerate(item.choices) if not c.mistake)
    wrong = "; ".join(f"({letter(i)}) {c.mistake}" for i, c in enumerate(item.choices) if c.mistake)
    return f"({letter(right)}) {item.said}. {wrong}."


@dataclass(frozen=True)
class Order:
    """What is asked for: levels and topics (empty for all), how the questions are to be, how many answers to choose from."""

    level: str = "easy"
    topics: tuple[str, ...] = ()
    wanted: Wanted = Wanted()
    choices: int = 0

    @property
    def title(self) -> str:
        """What the quiz is called."""
        return ", ".join(filter(None, (self.level, *self.topics))) or "all levels"


def make_quiz(seed: int, order: Order, count: int, analysis: Analysis | None = None) -> Quiz:
    """The questions of a seed, the kinds in turn, no two alike.

    Raises SpecError where there are not as many different ones.
    """
    pool = of_network(analysis, order.wanted) if analysis is not None else MAKERS
    makers = [m for m in pool if order.level in ("", m.level) and (not order.topics or m.topic in order.topics)]
    if not makers:
        raise _too_few(order, 0, analysis)
    items: list[Item] = []
    texts: set[str] = set()
    for number in range(count):
        # A generator for each question: the first ten are the same whether ten are asked for or a hundred.
        rng = Random(f"archcalc quiz {seed} {order.level} {number}")
        if analysis is not None:
            makers = sorted(makers, key=lambda _: rng.random())
        item = _draw(number, rng, makers if analysis is not None else _turned(makers, number + seed), texts, order, analysis)
        if item is None:
            raise _too_few(order, number, analysis)
        items.append(item)
        texts.add(item.text)
    title = order.title if analysis is None else f"{one_line(analysis.network.name)}, {order.title}"
    return Quiz(seed, title, items)


def _turned(makers: Sequence[Maker], by: int) -> list[Maker]:
    by %= len(makers)
    return [*makers[by:], *makers[:by]]


def _too_few(order: Order, count: int, analysis: Analysis | None) -> SpecError:
    what = f"of {analysis.network.name} " if analysis is not None else ""
    found = (
        "there is only one question" if count == 1 else f"there are only {count} different questions" if count else "no question"
    )
    message = f"{found} {what}({order.title})"
    return SpecError([Fault(message, repairs=[f"--count {count}"] if count else ["another --level or --topic"])])


def _draw(
    number: int, rng: Random, makers: Sequence[Maker], texts: set[str], order: Order, analysis: Analysis | None
) -> Item | None:
    """A question that was not asked yet, of the first maker that has one; None where none has."""
    for maker in makers:
        plain = None
        for _ in range(1 if analysis is not None else DRAWINGS):
            drawing = maker.draw(rng, order.wanted)
            if drawing.text not in texts and (asked := question(f"q{number + 1}", drawing, analysis)) is not None:
                item = Item(drawing.text, asked, choices_of(asked, order.choices, rng))
                if item.choices or not order.choices:
                    return item
                plain = plain or item  # no mistake is known for these numbers
        if plain is not None:
            return plain
    return None


def quiz(
    *,
    seed: int = 1,
    level: str | None = None,
    topics: Sequence[str] = (),
    count: int = 5,
    papers: int = 1,
    choices: int | None = None,
    net: Net | Network | None = None,
    params: str = "both",
    skip_zeros: bool = False,
    key: bool = True,
    input: Stated = None,
    variables: Variables = None,
    bias: bool = True,
) -> Papers:
    """Fresh questions, each with one correct answer, the same for the same seed; the papers have the seeds from `seed` on.

    `params` says which parameters are asked for, "with" biases, "without", or "both". With `net` they are questions on that
    network, for which `input`, `variables` and `bias` are. Raises SpecError where there are not so many different questions.
    """
    if net is None and (input or variables or not bias):
        option = "--input" if input else "--set" if variables else "--no-bias"
        repairs = ["--net lenet5", "--bias without"]
        raise SpecError([Fault(f"{option} belongs to a network, and none is given", repairs=repairs)])
    first, pages, items = (
        between(seed, "--seed", 0, 10**9),
        between(papers, "--papers", 1, 1000),
        between(count, "--count", 1, 200),
    )
    several = 0 if choices is None else between(choices, "--choices", 2, 6)
    for topic in topics:
        one_of(topic, "--topic", TOPICS)
    wanted = Wanted(one_of(params, "--bias", ("with", "without", "both")), skip_zeros)
    named = "" if level is None else one_of(level, "--level", LEVELS)
    analysis = None
    if net is not None:
        analysis = analyse(network_of(net, input, variables, bias), convention=convention(skip_zeros=skip_zeros))
    order = Order(named or ("" if topics or analysis else "easy"), tuple(topics), wanted, several)
    made = [make_quiz(number, order, items, analysis) for number in range(first, first + pages)]
    if len({tuple(item.text for item in quiz.items) for quiz in made}) < pages:
        raise SpecError([Fault(f"there are not {pages} different papers of {items} such questions", repairs=["--papers 1"])])
    return Papers(made, key)


_NOWHERE = Span(Source("quiz", ""), 1, 1)


def question(name: str, drawing: Drawing, analysis: Analysis | None) -> Asked | None:
    """The question of a drawing; None unless it has exactly one answer."""
    try:
        asked = asked_of(Entry(name, "", _NOWHERE, drawing.given), analysis)
    except SpecError:
        return None
    return asked if not isinstance(asked, FormulaAsked) or asked.answer.count == 1 else None


def choices_of(asked: Asked, count: int, rng: Random) -> tuple[Choice, ...]:
    """So many answers to choose from: the right one, and those that known mistakes give; none where no mistake is known."""
    wrong: dict[str, str] = {}
    if count < 2:
        return ()
    if isinstance(asked, ShapeAsked):
        right = dims(asked.true)
        same = (asked.true, asked.last)
        for name, shape in asked.known.items():
            if shape not in same and (*shape[-1:], *shape[:-1]) not in same:
                wrong.setdefault(dims(shape), name)
    elif isinstance(asked, NumberAsked | FormulaAsked):
        number = asked.found[0] if isinstance(asked, FormulaAsked) else asked.true
        right = f"{number:,}"
        for name, n in asked.known.items():
            if n > 0 and n != number:
                wrong.setdefault(f"{n:,}", name)
    if not wrong:
        return ()
    picked = rng.sample(list(wrong.items()), min(count - 1, len(wrong)))
    made = [Choice(right), *(Choice(text, name) for text, name in picked)]
    rng.shuffle(made)
    return tuple(made)


# -- the key that grade marks -----------------------------------------------------------------------------------------


def key_file(quizzes: Sequence[Quiz], options: Sequence[str] = ()) -> str:
    """The questions and answers of one paper or several, as `archcalc grade --questions` reads them.

    `options` are those of the network that the questions are about; they stand in the remark at the top.
    """
    command = " ".join(["archcalc grade SHEET... --questions THIS_FILE", *options])
    lines = [f"# Quiz {one_line(quizzes[0].title)}. To mark: {one_line(command)}"]
    if len(quizzes) == 1:
        return "\n".join([*lines, *_entries(quizzes[0], "")]) + "\n"
    lines += ["# A sheet says which paper it answers: `paper: 2`, or a column `paper`.", "papers:"]
    for quiz in quizzes:
        lines += [f"  {quiz.seed}:", *_entries(quiz, "    ")]
    return "\n".join(lines) + "\n"


def _entries(quiz: Quiz, indent: str) -> list[str]:
    lines = []
    for item in quiz.items:
        lines.append(f"{indent}{item.asked.name}:")
        said = {"text": item.text, "answer": str(item.answer), **item.asked.entry.given}
        if item.choices:
            said["choices"] = " | ".join(c.text for c in item.choices)
        lines += [f"{indent}  {name}: {_scalar(value)}" for name, value in said.items()]
    return lines


def _scalar(text: str) -> str:
    return text if text.replace("_", "").replace(".", "").isalnum() and text.isascii() else json.dumps(text, ensure_ascii=False)
