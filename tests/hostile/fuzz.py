"""The fuzzer: every command with every format and any of its options, on texts that are nearly right or never were.

    python -m tests.hostile.fuzz --seed 1 --cases 10000          # what is found, a line a case
    python -m tests.hostile.fuzz --seed 1 --case 417 --show      # one of them again, with its text and its output

A case is held to the promise of SECURITY.md: exit status 0, 1 or 2, what is wrong said in words, at most 2 seconds of processor
time and 500 MB, no control character in what is written, and an exported program that parses.
"""

from __future__ import annotations

import argparse
import ast
import os
import random
import re
import resource
import signal
import sys
import tempfile
import time
from collections.abc import Iterator
from contextlib import contextmanager
from pathlib import Path
from types import FrameType
from typing import NamedTuple

import click
from click.testing import CliRunner

from archcalc.cli import COMMANDS, LazyGroup, cli
from tests.hostile.texts import made, mutated, nasty, readable

SECONDS, MEGABYTES = 2.0, 500
# `check` builds real modules and measures real time; it has cases of its own. `grad` would import torch.
LEFT_OUT = ("check",)
TAKES_NET = ("params", "shapes", "multiplies", "explain", "min-input", "fit", "compare", "grade", "export", "solve", "quiz")


# What can move a cursor, turn a line round or end one: C0, DEL, C1, marks of direction, separators, halves of pairs.
CONTROLS = {chr(c) for c in (*range(10), *range(11, 32), *range(127, 160), 0x200E, 0x200F, *range(0x2028, 0x202F))}
CONTROLS |= {chr(c) for c in (*range(0x2066, 0x206A), *range(0xD800, 0xE000))}


class Case(NamedTuple):
    """One call: its arguments, the files beside it, and what stands on standard input."""

    argv: list[str]
    files: dict[str, bytes]
    stdin: bytes


class Late(BaseException):
    """The time of a case is over. No command catches it."""


def make(seed: int, number: int, texts: list[tuple[str, str]]) -> Case:
    """The case of a number: the same in every run."""
    r = random.Random(f"{seed}/{number}")
    suffix, text = made(r) if r.random() < 0.1 else r.choice(texts)
    text = mutated(r, text, texts)
    suffix = r.choice([".yaml", ".txt", ".py", ".json"]) if r.random() < 0.05 else suffix
    name = f"net{suffix}"
    data = text.encode("utf-8", "surrogatepass")
    if r.random() < 0.02:
        at = r.randrange(len(data) + 1)
        data = data[:at] + r.randbytes(r.randint(1, 8)) + data[at:]
    names = [c for c in COMMANDS if c not in LEFT_OUT]
    command = r.choice(names) if r.random() < 0.4 else "params"
    argv = [command, *arguments(r, command, name)]
    return Case(argv, {name: data}, data if "-" in argv else b"")


def arguments(r: random.Random, command: str, net: str) -> list[str]:
    """Arguments and options of a command: those it declares, with values that are right or nearly so."""
    found = LazyGroup("archcalc").get_command(click.Context(cli), command)
    assert found is not None
    given: list[str] = []
    for parameter in found.params:
        if isinstance(parameter, click.Argument):
            count = 1 if parameter.nargs == 1 else r.randint(1, 3)
            if not parameter.required and r.random() < 0.5:
                continue
            given += [_argument(r, command, net) for _ in range(count)]
        elif isinstance(parameter, click.Option) and r.random() < (0.5 if "--format" in parameter.opts else 0.05):
            if "--torch" in parameter.opts or parameter.name == "ask_torch":
                continue
            option = r.choice(parameter.opts + parameter.secondary_opts)
            given.append(option)
            if not parameter.is_flag:
                given.append("out.txt" if parameter.opts[0] in ("-o", "--output") else _value(r, parameter))
    if command == "grad":
        given.append("--no-torch")
    return given


def _argument(r: random.Random, command: str, net: str) -> str:
    if command in TAKES_NET and r.random() < 0.9:
        return r.choice([net, net, net, net, "-"])
    lines = ["conv 18 k3 p1", "lstm", "conv", "softmax", "sigmoid(w*x)", "x=2", "lenet5", "1 2 3", nasty(r)]
    return r.choice(lines) if r.random() < 0.6 else nasty(r)


def _value(r: random.Random, option: click.Option) -> str:
    kind = option.type
    if isinstance(kind, click.Choice) and r.random() < 0.9:
        return str(r.choice(list(kind.choices)))
    if isinstance(kind, click.types.IntParamType | click.types.FloatParamType) and r.random() < 0.8:
        return r.choice(["0", "1", "2", "3", "-1", "50"])
    shapes = ["3x32x32", "1x28x28", "x=3x8x8", "width=0.5", "params=61706", "2M", "kernel=5", "784", "32x32x3"]
    return r.choice(shapes) if r.random() < 0.7 else nasty(r)


@contextmanager
def limits() -> Iterator[None]:
    """Ends what takes too long, or more memory than a case may have."""

    def late(number: int, frame: FrameType | None) -> None:
        raise Late

    used = (
        int(Path("/proc/self/statm").read_text().split()[0]) * resource.getpagesize() if os.path.exists("/proc/self/statm") else 0
    )
    old = resource.getrlimit(resource.RLIMIT_AS)
    signal.signal(signal.SIGVTALRM, late)
    signal.setitimer(signal.ITIMER_VIRTUAL, 2 * SECONDS)
    if used:
        resource.setrlimit(resource.RLIMIT_AS, (used + MEGABYTES * 1_000_000, old[1]))
    try:
        yield
    finally:
        signal.setitimer(signal.ITIMER_VIRTUAL, 0)
        resource.setrlimit(resource.RLIMIT_AS, old)


def wrong(case: Case) -> tuple[str, str]:
    """What a case breaks of the promise, empty where nothing; and what it printed. Runs in the current folder."""
    for name, data in case.files.items():
        Path(name).write_bytes(data)
    start = time.process_time()
    try:
        with limits():
            result = CliRunner().invoke(cli, case.argv, input=case.stdin, prog_name="archcalc")
    except Late:
        return f"over {2 * SECONDS:.0f} s", ""
    spent = time.process_time() - start
    out = result.output
    if isinstance(result.exception, MemoryError):
        return f"over {MEGABYTES} MB", out
    if result.exception is not None and not isinstance(result.exception, SystemExit):
        return f"internal fault {type(result.exception).__name__}: {str(result.exception)[:100]}", out
    if result.exit_code not in (0, 1, 2):
        return f"exit status {result.exit_code}", out
    if result.exit_code == 2 and not result.stderr.strip():
        return "refused without a word", out
    if spent > SECONDS:
        return f"{spent:.1f} s", out
    # A quoted line with right-to-left script stands between the two marks that keep its carets in place.
    bare = re.sub(r"(?m)( \| )\u202d([^\u202c\u202d\n]*)\u202c$", r"\1\2", out)
    bad = next((c for c in bare if c in CONTROLS), "")
    if bad and not ("csv" in case.argv and bad == "\r") and not (bad == "\t" and "csv" in case.argv):
        return f"control character U+{ord(bad):04X} in the output", out
    if os.path.exists("PWNED"):
        return "ran code of the text", out
    return _export(case, result.exit_code, result.stdout), out


def _export(case: Case, status: int, printed: str) -> str:
    """An exported program parses."""
    if case.argv[0] != "export" or status != 0:
        return ""
    text = Path("out.txt").read_text(encoding="utf-8") if "out.txt" in case.argv and os.path.exists("out.txt") else printed
    if not text.startswith(('"""', "'''", "#", 'r"""')):
        return ""
    try:
        ast.parse(text)
    except (SyntaxError, ValueError) as error:
        return f"the export does not parse: {error}"
    return ""


def run(seed: int, numbers: range) -> Iterator[tuple[int, str]]:
    """The cases of some numbers; what is wrong with each that is."""
    texts = readable()
    here = os.getcwd()
    with tempfile.TemporaryDirectory() as folder:
        os.chdir(folder)
        try:
            for number in numbers:
                case = make(seed, number, texts)
                fault, _ = wrong(case)
                for name in os.listdir("."):
                    if os.path.isfile(name):
                        os.remove(name)
                if fault:
                    yield number, f"{fault} :: {' '.join(case.argv)!r}"
        finally:
            os.chdir(here)


def main() -> None:
    """The command line of the fuzzer."""
    parser = argparse.ArgumentParser(description=__doc__)
    parser.add_argument("--seed", type=int, default=1)
    parser.add_argument("--first", type=int, default=0)
    parser.add_argument("--cases", type=int, default=1000)
    parser.add_argument("--case", type=int)
    parser.add_argument("--show", action="store_true")
    given = parser.parse_args()
    if given.case is not None:
        case = make(given.seed, given.case, readable())
        with tempfile.TemporaryDirectory() as folder:
            os.chdir(folder)
            fault, out = wrong(case)
        print(case.argv, "\n" + fault)
        if given.show:
            print("-" * 40, *(d.decode("utf-8", "replace") for d in case.files.values()), "-" * 40, out[:4000], sep="\n")
        sys.exit(bool(fault))
    found = 0
    for number, fault in run(given.seed, range(given.first, given.first + given.cases)):
        found += 1
        print(number, fault, flush=True)
    print(f"seed {given.seed}, cases {given.first} to {given.first + given.cases - 1}: {found} wrong")
    sys.exit(bool(found))


if __name__ == "__main__":
    main()
