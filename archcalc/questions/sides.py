"""Networks beside each other: how each is loaded with what is set for it alone, and which rows correspond."""

from __future__ import annotations

import os
from collections.abc import Callable, Mapping, Sequence

from archcalc.analysis import Analysis, Row, analyse
from archcalc.conventions import convention
from archcalc.loading import Net, Stated, Variables, from_line, network_of
from archcalc.network.nodes import Network
from archcalc.text.faults import Fault, SpecError
from archcalc.text.source import Source

MOST_PAIRS = 250_000  # beyond that, only equal rows are put together
LETTERS = "abcdefghijklmnopqrstuvwxyz"


def is_line(text: str) -> bool:
    """Whether a text is layers on one line, and no file's name that has a space in it."""
    return " " in text.strip() and "\n" not in text and not os.path.exists(text)


def check_input(nets: Sequence[Net | Network]) -> None:
    """Raises SpecError where standard input is named more than once: it can be read only once."""
    if sum(isinstance(net, str) and net == "-" for net in nets) > 1:
        raise SpecError([Fault("standard input can be read only once", repairs=["a file for one of them"])])


def of_sides(variables: Variables, count: int) -> list[dict[str, str | int | float]]:
    """What is set for each of so many networks: `width=0.5` for all, `b.width=0.5` for the second alone. Raises SpecError."""
    made: list[dict[str, str | int | float]] = [{} for _ in range(count)]
    for name, value in (variables or {}).items():
        side, dot, bare = str(name).partition(".")
        if not dot:
            for each in made:
                each.setdefault(name, value)
            continue
        if side not in LETTERS[:count] or len(side) != 1:
            repairs = [f"--set {letter}.{bare}={value}" for letter in LETTERS[:count]]
            raise SpecError([Fault(f"--set {name}={value}: there is no '{side}': the networks are a, b…", repairs=repairs[:3])])
        made[LETTERS.index(side)][bare] = value
    return made


def loaded(
    nets: Sequence[Net | Network],
    skip_zeros: bool = False,
    input: Stated = None,
    variables: Variables = None,
    bias: bool = True,
    train: bool = False,
) -> list[Analysis]:
    """The analysis of each network. Raises SpecError."""
    check_input(nets)
    if len(nets) > len(LETTERS):
        raise SpecError([Fault(f"{len(nets)} networks; at most {len(LETTERS)} are compared", repairs=["some of them"])])
    analyses = []
    for net, own in zip(nets, of_sides(variables, len(nets)), strict=True):
        if isinstance(net, str) and is_line(net):
            network = from_line(net, net, input=input, variables=own, bias=bias)
        else:
            network = network_of(net, input, own, bias, train)
        analyses.append(analyse(network, convention=convention(skip_zeros=skip_zeros)))
    return analyses


def typed(nets: Sequence[Net | Network], analyses: Sequence[Analysis], variables: Variables = None) -> list[str]:
    """What each network is called by those who named it: its file, or its own name where that tells more, with what is set
    for it alone."""
    alone = [
        ", ".join(f"{n.partition('.')[2]}={v}" for n, v in (variables or {}).items() if str(n).startswith(f"{letter}."))
        for letter in LETTERS[: len(nets)]
    ]
    files, own = [_named(net) for net in nets], [a.network.name for a in analyses]
    named = own if len({*files}) < len(files) and len({*own}) > len({*files}) else files
    made = [f"{name} ({settings})" if settings else name for name, settings in zip(named, alone, strict=True)]
    return [f"{letter}: {name}" if made.count(name) > 1 else name for letter, name in zip(LETTERS, made, strict=False)]


def _named(net: Net | Network) -> str:
    if isinstance(net, Network | Source):
        asked = f":{net.asked}" if isinstance(net, Source) and net.asked and net.notation != "yaml" else ""
        return f"{net.name}{asked}"
    text = os.fspath(net)
    return "<text>" if "\n" in text else text


def titles(nets: Sequence[Net | Network], analyses: Sequence[Analysis], variables: Variables = None) -> list[str]:
    """What each network is called beside the others: its own name, or what it was named by where two have one name."""
    own = [a.network.name for a in analyses]
    by = typed(nets, analyses, variables)
    return [name if own.count(name) == 1 else by[at] for at, name in enumerate(own)]


def paired(before: Sequence[Row], after: Sequence[Row], likeness: Callable[[Row, Row], int]) -> list[tuple[int, int]]:
    """Which rows go together, in the order of both: the alignment with the most in common in all.

    `likeness` is how much two rows have in common, 0 where they do not correspond.
    """
    if len(before) * len(after) > MOST_PAIRS:
        from difflib import SequenceMatcher

        was, is_ = ([(r.layer.kind, r.output) for r in rows] for rows in (before, after))
        blocks = SequenceMatcher(None, was, is_, autojunk=False).get_matching_blocks()
        return [(m.a + i, m.b + i) for m in blocks for i in range(m.size)]
    # best[i][j]: the most that before[i:] and after[j:] can have in common.
    best = [[0] * (len(after) + 1) for _ in range(len(before) + 1)]
    alike = [[likeness(a, b) for b in after] for a in before]
    for i in range(len(before) - 1, -1, -1):
        for j in range(len(after) - 1, -1, -1):
            together = best[i + 1][j + 1] + alike[i][j] if alike[i][j] else 0
            best[i][j] = max(best[i + 1][j], best[i][j + 1], together)
    found = []
    i = j = 0
    while i < len(before) and j < len(after):
        if alike[i][j] and best[i][j] == best[i + 1][j + 1] + alike[i][j]:
            found.append((i, j))
            i, j = i + 1, j + 1
        elif best[i][j] == best[i + 1][j]:
            i += 1
        else:
            j += 1
    return found


def partners(pairs: Sequence[tuple[int, int]]) -> tuple[Mapping[int, int], Mapping[int, int]]:
    """For each row of the one side, that of the other, and back."""
    return dict(pairs), {b: a for a, b in pairs}
