"""The fuzzer: every command with every format and any of its options, on texts that are nearly right or never were.

    python -m tests.hostile.fuzz --seed 1 --cases 10000                     # what is found, a line a case
    python -m tests.hostile.fuzz --seed 1 --case 417 --show                 # one of them again, with its text and its output
    python -m tests.hostile.fuzz --seed 1 --cases 10000 --keep finds        # and each find in a file of its own
    python -m tests.hostile.fuzz --again finds/*.json                       # those once more

A case is held to the promise of SECURITY.md: exit status 0, 1 or 2; what is wrong said in words, at a place, with what to type
instead or why there is nothing; at most 2 seconds of processor time and 500 MB; no control character and nothing live in what is
written; an exported program that parses and, where torch is installed, has the parameters of the table.
"""

from __future__ import annotations

import argparse
import ast
import base64
import gc
import io
import json
import os
import random
import re
import resource
import signal
import sys
import tempfile
import time
from collections.abc import Iterator
from contextlib import contextmanager, suppress
from functools import cache
from importlib.util import find_spec
from pathlib import Path
from types import FrameType
from typing import Any, NamedTuple

import click

import archcalc.cli
from archcalc.cli import COMMANDS, LazyGroup, cli
from archcalc.text.faults import UNSAID, SpecError
from tests.hostile.texts import Corpus, corpus, made, mutated, nasty

SECONDS, MEGABYTES = 2.0, 500
# What these take is what is asked of them (SECURITY.md says so), so that their time is no fault; what else is promised holds.
UNTIMED = ("check", "quiz")
SHARE = {"params": 12, "check": 0.2, "export": 2, "grad": 0.5}  # of a command against 1 of another
MOST_WEIGHTS = 2**60  # torch numbers the bytes of a tensor with 64 bits, even on the meta device
# A name of a file that is never there; and what would be there if a text ran.
RAN = "PWNED"

# What can move a cursor, turn a line round or end one: C0, DEL, C1, marks of direction, separators, halves of pairs.
CONTROLS = {chr(c) for c in (*range(10), *range(11, 32), *range(127, 160), 0x200E, 0x200F, *range(0x2028, 0x202F))}
CONTROLS |= {chr(c) for c in (*range(0x2066, 0x206A), 0xFEFF, *range(0xD800, 0xE000))}
CONTROL = re.compile(f"[{''.join(sorted(CONTROLS))}]")
# A quoted line with right-to-left script stands between the two marks that keep its carets in place.
QUOTED = re.compile("(?m)( \\| )\u202d([^\u202c\u202d\n]*)\u202c$")

EXPRESSIONS = "sigmoid(w*x);w*x + b;mse(w*x + b, y);a = x*x; a + 1;softmax(x, y);log(x)/y;max(x, 0);relu(x)**2".split(";")
GIVEN = {
    "input": ["3x32x32", "1x28x28", "784", "32x100", "x=3x8x8", "3@8x8", "8x8x3", "205", "7"],
    "sets": ["width=0.5", "classes=7", "n=3", "a=b", "width=1/0", "width=0.5,1", "n=1:9:2", "resolution=8,16,...,40", "b.n=2"],
    "vary": ["width", "classes", "n", "x", "input", "width=0.5:1.5:0.5", "resolution=8:32:8", "batch"],
    "most": ["act=20MiB", "additions=1G", "params=3", "rf=3", "act"],
    "max_memory": ["20MiB", "1e3", "8 GiB", "-1"],
    "given": ["params=61706", "output=10", "conv1.output=6x28x28", "conv1.params=156"],
    "bounds": ["kernel=5", "?=3", "?k=9"],
    "max_params": ["2M", "61706", "1e5"],
    "kernel": ["3", "3x5", "?", "2..4"],
    "padding": ["same", "1", "0:1", "?", "full"],
    "stride": ["2", "1x2", "?"],
    "weights": ["1 -1", "0.5 2", "1,2"],
    "descend": ["0.1", "1e9"],
    "learn": ["w", "x"],
    "columns": ["layer,params", "params", "output,memory,share", "name,nonsense"],
    "kwargs": ["{}", '{"a": 1}'],
}
NETS = {
    "params",
    "shapes",
    "multiplies",
    "memory",
    "explain",
    "min-input",
    "fit",
    "sweep",
    "compare",
    "diff",
    "export",
    "solve",
    "check",
}


class Case(NamedTuple):
    """One call: its arguments, the files beside it, and what stands on standard input."""

    argv: list[str]
    files: dict[str, bytes]
    stdin: bytes


class Late(BaseException):
    """The time of a case is over. No command catches it."""


def make(seed: int, number: int, texts: Corpus) -> Case:
    """The case of a number: the same in every run."""
    r = random.Random(f"{seed}/{number}")
    if r.random() < 0.2:
        return documented(r, texts)
    suffix, data = spoilt(r, made(r) if r.random() < 0.25 else r.choice(texts.nets), texts)
    suffix = r.choice([".yaml", ".txt", ".py", ".json"]) if r.random() < 0.05 else suffix
    net, files = f"net{suffix}", {f"net{suffix}": data}
    command = r.choices(list(COMMANDS), weights())[0]
    sheet = ""
    if command in ("grade", "quiz"):
        ending, answers = spoilt(r, r.choice(texts.sheets), texts)
        sheet = f"sheet{ending}"
        files[sheet] = answers
    argv = [command, *arguments(r, command, net, sheet)]
    return Case(argv, files, data if "-" in argv else b"")


@cache
def weights() -> list[float]:
    """How often each command is drawn; without torch, `check` never."""
    return [0 if name == "check" and not find_spec("torch") else SHARE.get(name, 1) for name in COMMANDS]


def spoilt(r: random.Random, text: tuple[str, str], texts: Corpus) -> tuple[str, bytes]:
    """A file's ending and its bytes: the text with something done to it."""
    suffix, changed = text[0], mutated(r, text[1], texts.nets)
    data = changed.encode("utf-8", "surrogatepass")
    if r.random() < 0.02:
        at = r.randrange(len(data) + 1)
        data = data[:at] + r.randbytes(r.randint(1, 8)) + data[at:]
    return suffix, data


def documented(r: random.Random, texts: Corpus) -> Case:
    """A command line of the documentation with something done to it, and to the files it is about."""
    line, files = r.choice(texts.commands)
    argv = list(line)
    for _ in range(r.choice([0, 1, 1, 2, 3])):
        at = r.randrange(len(argv))
        match r.randrange(6):
            case 0:
                argv[at] = nasty(r)
            case 1:
                argv[at] = mutated(r, argv[at], texts.nets)[:3000]
            case 2:
                argv.insert(at, r.choice(argv))
            case 3:
                argv += ["--format", r.choice(["table", "markdown", "csv", "json", "latex", "html"])]
            case 4:
                argv.append(r.choice(["--no-bias", "--skip-zeros", "--help", "--batch=2", "--set=a=1", "--input=3x8x8"]))
            case _:
                argv[at] = argv[at].replace("=", r.choice(["==", "=-", "=?", " "]))
    if argv[:1] in (["grad"], ["check"]):
        argv.append("--no-torch" if argv[0] == "grad" else "--meta")
    changed = {name: spoilt(r, ("", text), texts)[1] if r.random() < 0.5 else text.encode() for name, text in files.items()}
    return Case([a.replace("\0", "") for a in argv], changed, next(iter(changed.values()), b""))


@cache
def parameters(command: str) -> list[click.Parameter]:
    """What a command declares."""
    found = LazyGroup("archcalc").get_command(click.Context(cli), command)
    assert found is not None
    return found.params


def arguments(r: random.Random, command: str, net: str, sheet: str) -> list[str]:
    """Arguments and options of a command: those it declares, with values that are right or nearly so."""
    given: list[str] = []
    for parameter in parameters(command):
        if isinstance(parameter, click.Argument):
            if parameter.required or r.random() < 0.6:
                count = 1 if parameter.nargs == 1 else r.randint(1, 3)
                given += [_argument(r, command, parameter.name or "", net, sheet) for _ in range(count)]
        elif isinstance(parameter, click.Option):
            needed = parameter.required or (command, parameter.name) == ("sweep", "sets")
            often = 0.9 if needed else {"format": 0.6, "net": 0.7, "questions": 0.4}.get(parameter.name or "", 0.06)
            if r.random() < often and parameter.name not in ("ask_torch", "force", "against"):
                given.append(r.choice(parameter.opts + parameter.secondary_opts))
                given += [] if parameter.is_flag else [_value(r, parameter, net, sheet)]
    given += ["--no-torch"] * (command == "grad") + ["--meta"] * (command == "check" and r.random() < 0.8)
    return [a.replace("\0", "") for a in given]  # no argument of a process can hold one


def _argument(r: random.Random, command: str, name: str, net: str, sheet: str) -> str:
    if r.random() < 0.06:
        return nasty(r)
    if sheet:
        return sheet
    if command in NETS and name in ("net", "nets", "old", "new", "target", "what"):
        return r.choice([net] * 12 + ["-", "lenet5"])
    if command == "grad":
        return r.choice(EXPRESSIONS if name in ("expr", "expression", "text") else ["x=2", "w=0.5", "y=-1", "b=1e9", "x=", "q=1"])
    if command == "perceptron":
        return r.choice(["0 0 -> 0", "1 1 -> 1", "-1 3 -> -1", "1 -> 1", "0.5 1e300 -> 1", "a -> 1"])
    if command == "convolve":
        return r.choice(["1 2 3 4", "1 2; 3 4", "1 0 -1", "1", "1 2; 3", "1e308 2 3", "0.5 1/3"])
    lines = [
        "conv 18 k3 p1",
        "lstm 3",
        "conv",
        "softmax",
        "maxpool 2",
        "fc 10",
        "conv1",
        "lenet5",
        "figure",
        "yaml",
        "bottleneck",
    ]
    return r.choice([*lines, *KINDS_OF_ALL])


KINDS_OF_ALL = "dense attention gru rnn embedding bn groupnorm convtranspose mse report bottleneck words".split()


def _value(r: random.Random, option: click.Option, net: str, sheet: str) -> str:
    if r.random() < 0.08:
        return nasty(r)
    kind, name = option.type, option.name or ""
    if isinstance(kind, click.Choice):
        return str(r.choice(list(kind.choices)))
    if name == "net":
        return net
    if name == "questions":
        return sheet
    if name in ("file", "key", "feedback"):
        return r.choice(["out.txt", "out.txt", "-", net, "nowhere/out.txt"])
    if isinstance(kind, click.types.IntParamType | click.types.FloatParamType):
        return r.choice(["0", "1", "2", "3", "-1", "7"])
    return r.choice(GIVEN.get(name, [])[:] or GIVEN["input"])


@contextmanager
def limits(seconds: float) -> Iterator[None]:
    """Ends what takes too long, or more memory than a case may have."""

    def late(number: int, frame: FrameType | None) -> None:
        raise Late

    with open("/proc/self/statm") as sizes:
        used = int(sizes.read().split()[0]) * resource.getpagesize()
    old = resource.getrlimit(resource.RLIMIT_AS)
    signal.signal(signal.SIGVTALRM, late)
    signal.setitimer(signal.ITIMER_VIRTUAL, seconds)
    resource.setrlimit(resource.RLIMIT_AS, (used + MEGABYTES * 1_000_000, old[1]))
    try:
        yield
    finally:
        signal.setitimer(signal.ITIMER_VIRTUAL, 0)
        resource.setrlimit(resource.RLIMIT_AS, old)


class Answer:
    """What a call came to: its status, what it wrote to both streams, the faults it reported, what escaped it."""

    def __init__(self, case: Case, seconds: float) -> None:
        self.faults: list[SpecError] = []
        self.error: BaseException | None = None
        self.status = 0
        # write_through would cost a call a character; the streams are read at the end.
        out, err = (io.TextIOWrapper(io.BytesIO(), "utf-8", errors="surrogatepass") for _ in range(2))
        old = sys.stdin, sys.stdout, sys.stderr, archcalc.cli.report_error
        sys.stdin, sys.stdout, sys.stderr = io.TextIOWrapper(io.BytesIO(case.stdin), "utf-8"), out, err
        archcalc.cli.report_error = self._report
        self._report_to = old[3]
        start = time.process_time()
        try:
            with limits(seconds):
                cli(case.argv, prog_name="archcalc")
        except SystemExit as end:
            self.status = end.code if isinstance(end.code, int) else 0
        except (Exception, Late) as error:
            self.error = error
        finally:
            self.seconds = time.process_time() - start
            sys.stdin, sys.stdout, sys.stderr, archcalc.cli.report_error = old
        # A file of ONNX is no text: what is promised of one is not promised of it.
        self.out = "" if "onnx" in case.argv and case.argv[:1] == ["export"] else self._text(out)
        self.err = self._text(err)

    def _report(self, error: SpecError, format: str = "table") -> None:
        self.faults.append(error)
        self._report_to(error, format)

    @staticmethod
    def _text(stream: io.TextIOWrapper) -> str:
        stream.flush()
        assert isinstance(stream.buffer, io.BytesIO)
        return stream.buffer.getvalue().decode("utf-8", "surrogatepass")


def wrong(case: Case) -> tuple[str, str]:
    """What a case breaks of the promise, empty where nothing; and what it printed. Runs in the current folder."""
    for name, data in case.files.items():
        Path(name).write_bytes(data)
    untimed = case.argv[:1] and (case.argv[0] in UNTIMED or (case.argv[0] == "export" and "onnx" in case.argv))
    if case.argv[:1] == ["check"] or (case.argv[:1] == ["export"] and "onnx" in case.argv):
        import torch  # noqa: F401  # it is no part of the case
    answer = Answer(case, 2 * SECONDS)
    return _judged(case, answer, bool(untimed)), answer.out + answer.err


def _judged(case: Case, answer: Answer, untimed: bool) -> str:
    error = answer.error
    if isinstance(error, Late):
        return "" if untimed else f"over {2 * SECONDS:.0f} s"
    if isinstance(error, MemoryError):
        return f"over {MEGABYTES} MB"
    if error is not None:
        return f"internal fault {type(error).__name__}: {str(error)[:100]}"
    if answer.status not in (0, 1, 2):
        return f"exit status {answer.status}"
    if answer.status == 2 and not answer.err.strip():
        return "refused without a word"
    if answer.seconds > SECONDS and not untimed:
        return f"{answer.seconds:.1f} s"
    if os.path.exists(RAN):
        return "ran code of the text"
    # A table of csv ends its lines as csv does.
    out = answer.out.replace("\r\n", "\n") if "csv" in case.argv or "points" in case.argv else answer.out
    bad = CONTROL.search(out) or CONTROL.search(QUOTED.sub(r"\1\2", answer.err))
    if bad:
        return f"control character U+{ord(bad[0]):04X} in the output"
    return _live(case, answer) or _export(case, answer) or _unhelpful(answer)


def _unhelpful(answer: Answer) -> str:
    """A fault that leaves a person without the next step."""
    if answer.status == 2 and not answer.faults and "Usage:" not in answer.err:
        return f"refused without advice: {answer.err[:100]!r}"
    for fault in (fault for error in answer.faults for fault in error.faults):
        if UNSAID in fault.repairs:
            return f"a fault without a try: {fault.message[:80]}"
        if not all(repair.strip() for repair in fault.repairs):
            return f"an empty try: {fault.message[:80]}"
    return ""


def _live(case: Case, answer: Answer) -> str:
    """Something of a text that a format would act on."""
    written = next((case.argv[i + 1] for i, a in enumerate(case.argv[:-1]) if a in ("-f", "--format")), "table")
    if written == "json" and answer.status in (0, 1) and answer.out and "--help" not in case.argv and "-h" not in case.argv:
        with suppress(ValueError):
            json.loads(answer.out)
            return ""
        return "what is written is no JSON"
    if written == "html" and "<b>x</b>" in answer.out:
        return "markup of the text in HTML"
    if written == "latex" and re.search(r"(?m)^(?!%).*\\input\{/", answer.out):  # a comment, of one line, is not live
        return "a macro of the text in LaTeX"
    if written == "csv" and re.search(r'(?m)(?:^|,)"?[=@]', answer.out):
        return "a formula in CSV"
    return ""


def _export(case: Case, answer: Answer) -> str:
    """An exported program parses and, where it is one of torch's and torch is there, has as many parameters as the table."""
    if case.argv[:1] != ["export"] or answer.status != 0 or "onnx" in case.argv:
        return ""
    text = Path("out.txt").read_text(encoding="utf-8") if "out.txt" in case.argv and os.path.exists("out.txt") else answer.out
    if not text.startswith('"""'):
        return ""
    try:
        tree = ast.parse(text)
    except (SyntaxError, ValueError) as error:
        return f"the export does not parse: {error}"
    stated = re.search(r"^([\d,]+) parameters, ", text, re.M)
    if stated is None:
        return "the export does not say how many parameters it has"
    if not find_spec("torch") or len(text) > 30_000 or "export --to torch" not in text[:2000]:
        return ""
    import torch

    names: dict[str, Any] = {"__name__": "exported"}
    last = [node.name for node in tree.body if isinstance(node, ast.ClassDef)][-1]
    try:
        exec(compile(tree, "exported.py", "exec"), names)
        with torch.device("meta"):
            net = names[last]()
    except Exception as error:
        too_large = int(stated[1].replace(",", "")) > MOST_WEIGHTS and "overflow" in str(error)
        return "" if too_large else f"the export does not run: {type(error).__name__}: {str(error)[:100]}"
    count = sum(p.numel() for p in net.parameters())
    if os.path.exists(RAN):
        return "the export ran code of the text"
    wanted = int(stated[1].replace(",", ""))
    return "" if count == wanted else f"the export has {count} parameters, the table {wanted}"


@contextmanager
def empty_folder() -> Iterator[None]:
    """Work in a folder of its own, in memory where there is one."""
    here = os.getcwd()
    with tempfile.TemporaryDirectory(dir="/dev/shm" if os.path.isdir("/dev/shm") else None) as folder:
        os.chdir(folder)
        try:
            yield
        finally:
            os.chdir(here)


def swept() -> None:
    """Takes away what a case has left behind."""
    for entry in list(os.scandir(".")):
        if entry.is_dir(follow_symlinks=False):
            import shutil

            shutil.rmtree(entry.name)
        else:
            os.remove(entry.name)


def run(seed: int, numbers: range) -> Iterator[tuple[int, Case, str]]:
    """The cases of some numbers; what is wrong with each that is."""
    texts = corpus()
    gc.freeze()  # what is there now need not be walked again and again
    gc.set_threshold(50_000, 20, 20)
    with empty_folder():
        for number in numbers:
            case = make(seed, number, texts)
            fault, _ = wrong(case)
            swept()
            if fault:
                yield number, case, fault


def kept(case: Case) -> str:
    """A case as a text that can be read again."""
    files = {name: base64.b64encode(data).decode() for name, data in case.files.items()}
    return json.dumps({"argv": case.argv, "files": files, "stdin": base64.b64encode(case.stdin).decode()})


def read_again(text: str) -> Case:
    """The case of a text that was kept."""
    data = json.loads(text)
    files = {name: base64.b64decode(content) for name, content in data["files"].items()}
    return Case(data["argv"], files, base64.b64decode(data["stdin"]))


def show(case: Case) -> None:
    """A case with its files and its output."""
    fault, out = wrong(case)
    print(case.argv, "\n" + (fault or "as it should be"))
    print("-" * 40, *(d.decode("utf-8", "replace") for d in case.files.values()), "-" * 40, out[:4000], sep="\n")


def main() -> None:
    """The command line of the fuzzer."""
    parser = argparse.ArgumentParser(description=__doc__, formatter_class=argparse.RawDescriptionHelpFormatter)
    parser.add_argument("--seed", type=int, default=1)
    parser.add_argument("--first", type=int, default=0)
    parser.add_argument("--cases", type=int, default=1000)
    parser.add_argument("--case", type=int)
    parser.add_argument("--show", action="store_true")
    parser.add_argument("--keep", type=Path)
    parser.add_argument("--again", type=Path, nargs="*")
    given = parser.parse_args()
    keep = given.keep.resolve() if given.keep else None
    sys.setrecursionlimit(1000)
    if given.again or given.case is not None:
        cases = [read_again(path.read_text()) for path in given.again or []]
        cases += [make(given.seed, given.case, corpus())] if given.case is not None else []
        found = 0
        for at, case in enumerate(cases):
            with empty_folder():
                if given.show:
                    show(case)
                    continue
                fault, _ = wrong(case)
            found += bool(fault)
            print(given.again[at] if given.again else given.case, fault or "as it should be", "::", case.argv, flush=True)
        print(f"{len(cases)} cases: {found} wrong")
        sys.exit(bool(found))
    found = 0
    start = time.process_time()
    for number, case, fault in run(given.seed, range(given.first, given.first + given.cases)):
        found += 1
        print(number, f"{fault} :: {' '.join(case.argv)[:200]!r}", flush=True)
        if keep:
            keep.mkdir(parents=True, exist_ok=True)
            (keep / f"{given.seed}-{number}.json").write_text(kept(case))
    spent = (time.process_time() - start) / max(1, given.cases)
    last = given.first + given.cases - 1
    print(f"seed {given.seed}, cases {given.first} to {last}: {found} wrong, {1000 * spent:.2f} ms a case", flush=True)
    sys.exit(bool(found))


if __name__ == "__main__":
    main()
