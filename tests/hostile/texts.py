"""Where hostile texts come from: everything readable in the project, taken apart and put together wrongly."""

from __future__ import annotations

import ast
import json
import random
import re
import shlex
import sys
from functools import cache
from pathlib import Path
from typing import NamedTuple

from tests.hostile.foreign import FOREIGN

ROOT = Path(__file__).parent.parent.parent
BLOCK = re.compile(r"^```(?P<kind>\w*)(?: (?P<name>\S+))?\n(?P<text>.*?)^```$", re.S | re.M)
SUFFIX = {
    "yaml": ".yaml",
    "text": ".txt",
    "python": ".py",
    "cfg": ".cfg",
    "prototxt": ".prototxt",
    "json": ".json",
    "csv": ".csv",
}

# What is put in: signs with a meaning somewhere, numbers at every edge, names that are code, and characters that are not what
# they look like.
SIGNS = [
    "[",
    "]",
    "{",
    "}",
    ":",
    "\n",
    "- ",
    "&a ",
    "*a",
    "#",
    "'",
    '"',
    "?",
    "\t",
    "(",
    ")",
    ",",
    ";",
    "|",
    "->",
    "=",
    "%",
    "$",
    "\\",
]
SIGNS += [
    "é",
    "²",
    "٣",
    "３",
    "×",
    "х",
    "\u2028",
    "\u202e",
    "\u200b",
    "\x1b[31m",
    "\x07",
    "\x9b",
    "\x7f",
    "\r",
    "\ufeff",
    "½",
    "ⅷ",
]
NUMBERS = [
    "0",
    "-1",
    "1",
    "2",
    "7",
    "1e9",
    "999999937",
    "10**9",
    "1" * 18,
    "9" * 19,
    "9" * 400,
    "0.5",
    "1e309",
    "nan",
    "1/0",
    "2**63",
]
NUMBERS += ["round(5,-1000000000)", "9**9**9", "1<<99", "-0.0", "1e-9", "3x3", "0x0", "1:2", "?", "?k", "1_000", "1,000", "½"]
NAMES = [
    'a"] = 0; open("PWNED", "w"); q = {}; q["b',
    "x\n\\input{/etc/passwd}",
    '=HYPERLINK("http://e","x")',
    "a\rb",
    "p|q",
    "<b>x</b>",
]
NAMES += [
    "training",
    "forward",
    "ﬁ",
    "fi",
    "ｆｏｒｗａｒｄ",
    "self",
    "..",
    ".",
    "",
    "\0",
    "__class__",
    "a" * 300,
    "$(touch PWNED)",
    "%s%n",
    "{0.x}",
]
WORDS = "conv fc lstm gru rnn maxpool avgpool globalavgpool bn relu softmax add concat mul embedding attention upsample flatten "
WORDS += (
    "reshape permute dropout slice crop zeropad lrn groupnorm positions classtoken residual branches repeat table heads reuse "
)
WORDS += "layers when from id then join shortcut else expect input inputs vars blocks outputs defaults flatten notes source name "
WORDS += (
    "k3 p1 s2 g4 d2 same valid nobias ceil in=3 out=8 kernel padding left right top bottom front columns rows block with args "
)
WORDS += (
    "required cin prev Image Input Conv Pool FC Dense filters stride pad all each of nn.Sequential nn.Conv2d nn.Linear self.fc1 "
)
WORDS += "import torch class def return forward super().__init__() for in range(3): if else: lambda: x.view(-1, 10) F.relu(x) "
WORD_LIST = WORDS.split()


class Corpus(NamedTuple):
    """What the project itself has written: networks in every notation, answer sheets, and the command lines of its pages.

    A text stands with its file's ending, a command line with the files of its page.
    """

    nets: list[tuple[str, str]]
    sheets: list[tuple[str, str]]
    commands: list[tuple[list[str], dict[str, str]]]


@cache
def corpus() -> Corpus:
    """Every example, every snippet and command of the documentation, every text that a test reads, and what the random writers
    of the tests make."""
    found = Corpus([], [], [])
    for folder in ("examples", "tests/regressions", "tests/programs"):
        for path in sorted((ROOT / folder).rglob("*")):
            if path.is_file() and path.suffix in SUFFIX.values():
                found.nets.append((path.suffix, path.read_text(encoding="utf-8")))
    for page in [ROOT / "README.md", *sorted((ROOT / "docs").glob("*.md")), *sorted((ROOT / "tests" / "cases").glob("*.md"))]:
        _page(found, page.read_text(encoding="utf-8"))
    for path in sorted((ROOT / "tests").glob("*.py")):
        of_sheets = path.name.startswith(("test_grade", "test_quiz"))
        for text in _strings(path.read_text(encoding="utf-8")):
            (found.sheets if of_sheets else found.nets).append((".csv" if "student," in text else ".yaml", text))
    found.nets.extend(_written())
    return found


def _page(found: Corpus, text: str) -> None:
    """The blocks of a page of documentation."""
    files: dict[str, str] = {}
    for block in BLOCK.finditer(text):
        kind, name = block["kind"], block["name"] or ""
        suffix = Path(name).suffix or SUFFIX.get(kind, "")
        if kind == "console":
            lines = re.findall(r"(?m)^\$ archcalc (.*)$", block["text"])
            found.commands.extend((shlex.split(line.partition(" | ")[0].partition(" > ")[0]), dict(files)) for line in lines)
        elif suffix and block["text"].strip():
            answers = kind == "csv" or any(word in name for word in ("answers", "asked", "eve", "sheet"))
            (found.sheets if answers else found.nets).append((suffix, block["text"]))
            if name:
                files[name] = block["text"]


def _strings(source: str) -> list[str]:
    """The texts of some lines that stand in a test, as they are written there."""
    nodes = [node for node in ast.walk(ast.parse(source)) if isinstance(node, ast.Constant) and isinstance(node.value, str)]
    texts = dict.fromkeys(node.value for node in nodes if isinstance(node.value, str))
    return [text for text in texts if "\n" in text.strip() and 20 < len(text) < 8000]


def _written() -> list[tuple[str, str]]:
    """What the other random writers of the tests make: the same in every run."""
    sys.path.insert(0, str(ROOT / "tests"))
    try:
        import random_nets
        import random_programs
        import spelling
    finally:
        sys.path.pop(0)
    found = [(".yaml", random_nets.written_net(8, number)) for number in range(80)]
    for style, made in spelling.STYLES.items():
        for number in range(6):
            r = random.Random(f"{style}/{number}")
            text = made[1](r, spelling.any_net(r, made[0])) if isinstance(made, tuple) else made(r)[0]
            found.append((".txt", text))
    found += [(".py", random_programs.program(number)) for number in range(30)]
    found += [(".py", random_programs.spoilt(number)) for number in range(60)]
    return found


def nasty(r: random.Random) -> str:
    """Something to put in."""
    return r.choice(r.choice([SIGNS, NUMBERS, NAMES, WORD_LIST]))


def mutated(r: random.Random, text: str, others: list[tuple[str, str]]) -> str:
    """A text with up to four things done to it."""
    for _ in range(r.choice([0, 1, 1, 1, 1, 2, 2, 4])):
        text = r.choice(WAYS)(r, text, others)[:20_000]
    return text


def _splice(r: random.Random, text: str, others: list[tuple[str, str]]) -> str:
    at = r.randrange(len(text) + 1)
    return text[:at] + nasty(r) + text[at + r.choice([0, 0, 0, 1, 3, 10]) :]


def _number(r: random.Random, text: str, others: list[tuple[str, str]]) -> str:
    numbers = list(re.finditer(r"\d+", text))
    if not numbers:
        return text
    match = r.choice(numbers)
    return text[: match.start()] + r.choice(NUMBERS) + text[match.end() :]


def _word(r: random.Random, text: str, others: list[tuple[str, str]]) -> str:
    words = list(re.finditer(r"[A-Za-z_]\w*", text))
    if not words:
        return text
    match = r.choice(words)
    other = r.choice(words)[0] if r.random() < 0.5 else nasty(r)
    return text[: match.start()] + other + text[match.end() :]


def _line(r: random.Random, text: str, others: list[tuple[str, str]]) -> str:
    lines = text.split("\n")
    at, to = r.randrange(len(lines)), r.randrange(len(lines))
    match r.randrange(5):
        case 0:
            del lines[at]
        case 1:
            lines.insert(to, lines[at])
        case 2:
            lines[at] = " " * r.choice([1, 2, 4, 60]) + lines[at]
        case 3:
            lines[at] = lines[at].lstrip()
        case _:
            lines[at:at] = [lines[at]] * r.choice([2, 30, 400])
    return "\n".join(lines)


def _graft(r: random.Random, text: str, others: list[tuple[str, str]]) -> str:
    other = r.choice(others)[1].split("\n")
    start = r.randrange(len(other))
    lines = text.split("\n")
    lines[r.randrange(len(lines) + 1) : 0] = other[start : start + r.choice([1, 2, 5])]
    return "\n".join(lines)


def _name(r: random.Random, text: str, others: list[tuple[str, str]]) -> str:
    """A name in quotes, as YAML and Python take it."""
    keys = list(re.finditer(r"(?<=[\s{,])([A-Za-z_]\w*)(?=:)|(?<=id: )\w+", text))
    if not keys:
        return text
    match = r.choice(keys)
    return text[: match.start()] + json.dumps(r.choice(NAMES), ensure_ascii=r.random() < 0.5) + text[match.end() :]


def _wrap(r: random.Random, text: str, others: list[tuple[str, str]]) -> str:
    depth = r.choice([1, 5, 70, 500])
    opened, closed = r.choice([("[", "]"), ("{a: ", "}"), ("(", ")"), ("- ", ""), ("not ", ""), ("lambda: ", ""), ("Seq(", ")")])
    lines = text.split("\n")
    at = r.randrange(len(lines))
    lines[at] = opened * depth + lines[at] + closed * depth
    return "\n".join(lines)


WAYS = [_splice, _splice, _number, _number, _word, _word, _line, _line, _graft, _name, _wrap]


def made(r: random.Random) -> tuple[str, str]:
    """A text that was never one of ours: random structures of the words of a notation."""
    if r.random() < 0.6:
        return r.choice(FOREIGN)(r)
    inputs = r.choice(["1x28x28", "32x100", "784", "3x8x8x8", "{a: 3x8x8, b: 5}", nasty(r)])
    layers = _structure(r, 4)
    return ".yaml", f"input: {inputs}\nlayers: {json.dumps(layers, ensure_ascii=False)}\n"


def _structure(r: random.Random, depth: int) -> object:
    if depth == 0 or r.random() < 0.35:
        pool = [
            " ".join(r.choices(WORD_LIST, k=r.randint(1, 5))),
            r.choice(WORD_LIST),
            r.choice(NUMBERS),
            nasty(r),
            3,
            None,
            True,
            1.5,
        ]
        return r.choice(pool)
    if r.random() < 0.5:
        return [_structure(r, depth - 1) for _ in range(r.randint(0, 4))]
    return {r.choice(WORD_LIST) if r.random() < 0.9 else nasty(r): _structure(r, depth - 1) for _ in range(r.randint(0, 3))}
