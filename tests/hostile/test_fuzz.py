"""The fuzzer itself, on a few thousand cases: it says nothing of a case that holds, and finds one that does not."""

from __future__ import annotations

import sys
from collections import Counter

import pytest

from archcalc.cli import COMMANDS
from archcalc.notations import NOTATIONS, recognise
from archcalc.report import FORMATS
from archcalc.text.faults import Fault, SpecError
from tests.hostile import fuzz
from tests.hostile.texts import corpus

SEED, CASES, PARTS = 3, 3000, 6


@pytest.mark.parametrize("part", range(PARTS))
def test_no_case_breaks_the_promise(part: int) -> None:
    """Exit status 0, 1 or 2 with advice, 2 seconds, 500 MB, nothing live; `tests/hostile/fuzz.py` says what a case is held to."""
    each = CASES // PARTS
    found = [(number, fault, case.argv) for number, case, fault in fuzz.run(SEED, range(part * each, (part + 1) * each))]
    assert found == []


def test_every_notation_command_and_format_is_drawn() -> None:
    """The texts are in every notation; the calls are of every command, in every format, with nearly every option."""
    texts = corpus()
    notations = Counter(recognise(text) for _, text in texts.nets)
    calls = [fuzz.make(SEED, number, texts) for number in range(9000)]
    drawn = {recognise(data.decode("utf-8", "replace")) for case in calls for data in case.files.values()}
    assert drawn == {name for name, notation in NOTATIONS.items() if not notation.begins}  # what is no text has its own mutations
    assert set(notations) >= {"yaml", "words", "python", "darknet", "caffe", "keras_json", "ultralytics"} & set(NOTATIONS)
    assert {case.argv[0] for case in calls if case.argv} >= {
        name for name in COMMANDS if fuzz.weights()[list(COMMANDS).index(name)]
    }
    words = {word for case in calls for word in case.argv}
    assert words >= set(FORMATS)
    options = {o for name in COMMANDS for p in fuzz.parameters(name) for o in p.opts if o.startswith("--")}
    assert options - words <= {"--force", "--against", "--torch", "--kwargs", "--device", "--dtype", "--meta", "--measure"}


@pytest.mark.parametrize(
    ("broken", "said"),
    [
        (lambda: sys.stdout.write("\x1b[31m"), "control character U+001B"),
        (lambda: {}["x"], "internal fault KeyError"),
        (lambda: sys.exit(3), "exit status 3"),
        (lambda: sys.exit(2), "refused without a word"),
        (lambda: [0] * 10**9, "over 500 MB"),
        (lambda: any(False for _ in iter(lambda: 1, 0)), "over 4 s"),
        (lambda: open(fuzz.RAN, "w").close(), "ran code of the text"),
        (lambda: _raise(SpecError([Fault("broken", repairs=[])])), "a fault without a try: broken"),
    ],
)
def test_a_broken_promise_is_found(broken: object, said: str, monkeypatch: pytest.MonkeyPatch) -> None:
    """Each promise broken on purpose, inside a command."""
    command = fuzz.LazyGroup("archcalc").get_command(fuzz.click.Context(fuzz.cli), "examples")
    assert command is not None
    monkeypatch.setattr(command, "callback", lambda **_: broken() if callable(broken) else None)
    with fuzz.empty_folder():
        assert said in fuzz.wrong(fuzz.Case(["examples"], {}, b""))[0]


def _raise(error: Exception) -> None:
    raise error
