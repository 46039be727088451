"""Quizzes for Moodle: its GIFT text format and its XML.

A number is a numerical question without tolerance, a shape a short answer in either order of its channels, and what has answers
to choose from a multiple choice, each wrong answer with its own feedback. The working is the feedback of every question.
Sources: https://docs.moodle.org/en/GIFT_format and https://docs.moodle.org/en/Moodle_XML_format
"""

from __future__ import annotations

import re
from collections.abc import Sequence
from xml.sax.saxutils import escape

from archcalc.homework.asked import ShapeAsked
from archcalc.homework.quiz import Item, Quiz


def _name(quiz: Quiz, n: int) -> str:
    return f"quiz {quiz.seed} question {n}"


def _answers(item: Item) -> list[tuple[str, bool, str]]:
    """The answers that are told apart: as they are typed, whether right, and the feedback."""
    if item.choices:
        return [(c.text, not c.mistake, _sentence(c.mistake) if c.mistake else "") for c in item.choices]
    if isinstance(item.asked, ShapeAsked):
        orders = dict.fromkeys("x".join(map(str, shape)) for shape in (item.asked.true, item.asked.last))
        return [(text, True, "") for text in dict.fromkeys(o.replace("x", sign) for o in orders for sign in ("x", "×"))]
    return [(str(item.answer), True, "")]


def _kind(item: Item) -> str:
    return "multichoice" if item.choices else "shortanswer" if isinstance(item.asked, ShapeAsked) else "numerical"


def _sentence(text: str) -> str:
    return f"{text[:1].upper()}{text[1:]}."


def to_gift(quizzes: Sequence[Quiz]) -> str:
    """The questions in GIFT, a category a paper."""
    blocks = []
    for quiz in quizzes:
        blocks.append(f"$CATEGORY: archcalc/{_gift(f'quiz {quiz.seed}, {quiz.title}')}")
        for n, item in enumerate(quiz.items, 1):
            mark = "#" if _kind(item) == "numerical" else ""
            lines = [f"::{_gift(_name(quiz, n))}::[plain]{_gift(item.text)} {{{mark}"]
            for text, right, feedback in _answers(item):
                exact = ":0" if mark else ""
                said = f" #{_gift(feedback)}" if feedback else ""
                lines.append(f"  {'=' if right else '~'}{_gift(text)}{exact}{said}")
            working = "; ".join(line.strip() for line, _ in item.asked.working)
            lines += [f"  ####{_gift(working)}"] * bool(working) + ["}"]
            blocks.append("\n".join(lines))
    return "\n\n".join(blocks)


def _gift(text: str) -> str:
    """Text with what GIFT takes for signs of its own escaped."""
    return re.sub(r"([~=#{}:\\])", r"\\\1", text)


def to_xml(quizzes: Sequence[Quiz]) -> str:
    """The questions in Moodle's XML, a category a paper."""
    lines = ['<?xml version="1.0" encoding="UTF-8"?>', "<quiz>"]
    for quiz in quizzes:
        category = escape(f"$course$/top/archcalc/quiz {quiz.seed}, {quiz.title}")
        lines += ['<question type="category">', f"  <category><text>{category}</text></category>", "</question>"]
        for n, item in enumerate(quiz.items, 1):
            lines += _question(item, _name(quiz, n))
    return "\n".join([*lines, "</quiz>"])


def _question(item: Item, name: str) -> list[str]:
    kind = _kind(item)
    working = "".join(f"<p>{escape(line.strip())}</p>" for line, _ in item.asked.working)
    lines = [
        f'<question type="{kind}">',
        f"  <name><text>{escape(name)}</text></name>",
        f'  <questiontext format="html"><text>{escape(f"<p>{escape(item.text)}</p>")}</text></questiontext>',
        f'  <generalfeedback format="html"><text>{escape(working)}</text></generalfeedback>',
        f"  <defaultgrade>{item.asked.points}</defaultgrade>",
    ]
    if kind == "multichoice":
        lines += [
            "  <single>true</single>",
            "  <shuffleanswers>true</shuffleanswers>",
            "  <answernumbering>abc</answernumbering>",
        ]
    if kind == "shortanswer":
        lines.append("  <usecase>0</usecase>")
    for text, right, feedback in _answers(item):
        lines.append(
            f'  <answer fraction="{100 if right else 0}" format="{"html" if kind == "multichoice" else "moodle_auto_format"}">'
        )
        lines.append(f"    <text>{escape(escape(text) if kind == 'multichoice' else text)}</text>")
        if kind == "numerical":
            lines.append("    <tolerance>0</tolerance>")
        said = f'    <feedback format="html"><text>{escape(escape(feedback))}</text></feedback>'
        lines += [said, "  </answer>"]
    return [*lines, "</question>"]
