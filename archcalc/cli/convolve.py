"""archcalc convolve: the values of a small convolution or pooling."""

from __future__ import annotations

from fractions import Fraction
from typing import TYPE_CHECKING

import click

from archcalc.cli.options import format_option, give

if TYPE_CHECKING:
    from archcalc.homework.convolve import Convolution
    from archcalc.text.faults import SpecError


@click.command("convolve", epilog='VALUES that begin with a minus come after "--".')
@click.argument("values")
@click.argument("kernel", required=False)
@click.option("--stride", metavar="S", help="How far the kernel moves: 2, or 2x1 [1; the window for pooling].")
@click.option("--padding", metavar="P", help="Zeros on each side: 1, 1x0, same, full [0].")
@click.option("--true", "turned", is_flag=True, help="Turn the kernel round: the convolution of mathematics.")
@click.option("--bias", metavar="B", help="Added to every sum.")
@click.option("--pool", type=click.Choice(("max", "avg")), help="Pooling instead of a kernel.")
@click.option("--window", metavar="K", help="The window of a pooling: 2, or 2x3.")
@format_option
def command(
    values: str,
    kernel: str | None,
    stride: str | None,
    padding: str | None,
    turned: bool,
    bias: str | None,
    pool: str | None,
    window: str | None,
    format: str,
) -> None:
    """The values of a small convolution or pooling, every window's sum written out.

    VALUES and KERNEL are numbers along one axis, or rows between `;`. Shown is the cross-correlation, which libraries
    call convolution, S(i) = Σ I(i + m)·K(m), beside the true convolution S(i) = Σ I(i − m)·K(m); --true puts that first.

    \b
      archcalc convolve "1 2 3 4" "1 0 -1"
      archcalc convolve "1 2 3; 4 5 6; 7 8 9" "1 0; 0 -1" --padding 1 --stride 2
      archcalc convolve "1 2 3 4; 5 6 7 8" --pool max --window 2
    """
    found = question(values, kernel, stride, padding, turned, bias, pool, window)
    give(found, format)


def question(
    values: str,
    kernel: str | None,
    stride: str | None,
    padding: str | None,
    turned: bool,
    bias: str | None,
    pool: str | None,
    window: str | None,
) -> Convolution:
    """What is asked, from what is typed. Raises SpecError."""
    from archcalc.homework.convolve import Convolution
    from archcalc.homework.numbers import matrix, number
    from archcalc.text.source import Source

    inputs = matrix(values, "VALUES")
    rank = 1 if len(inputs) == 1 else 2
    if pool:
        for name, given in (("a KERNEL", kernel), ("--true", turned), ("--bias", bias)):
            if given:
                raise fault(f"{name} belongs to a convolution; pooling has a window", "--window 2")
        if window is None:
            raise fault("how large is the window?", "--window 2")
        sizes = per_axis("window", window, rank)
        weights = [[Fraction(1)] * sizes[-1]] * (sizes[0] if rank == 2 else 1)
    elif kernel is None:
        raise fault("a KERNEL is missing", '"1 0 -1"', "--pool max --window 2")
    elif window:
        raise fault("--window belongs to pooling; a kernel has its own size", "--pool max")
    else:
        weights = matrix(kernel, "KERNEL")
        rank = max(rank, 1 if len(weights) == 1 else 2)
        sizes = (len(weights), len(weights[0]))[-rank:]
    steps = per_axis("stride", stride, rank) if stride else sizes if pool else (1,) * rank
    sides = padded(padding, sizes, rank)
    if (padding or "").strip().lower() == "same" and any(s != 1 for s in steps):
        raise fault("same padding is defined for stride 1 only, as in torch", "--padding 1")
    if pool and any(2 * max(p) > k for p, k in zip(sides, sizes, strict=True)):
        raise fault("a window has at most half its size of padding, as in torch", f"--padding {min(sizes) // 2}")
    added = number(bias, Source("--bias", bias)) if bias else Fraction(0)
    return Convolution(inputs, weights, steps, sides, turned, pool or "", added)


def fault(message: str, repair: str, *more: str) -> SpecError:
    """A fault of the command line."""
    from archcalc.text.faults import Fault, SpecError

    return SpecError([Fault(message, repairs=(repair, *more))])


def per_axis(name: str, text: str, rank: int, least: int = 1) -> tuple[int, ...]:
    """A number for every axis. Raises SpecError."""
    from archcalc.text.signs import plain

    parts = plain(text).lower().split("x")
    if not all(p.strip().isdigit() and len(p) < 5 and int(p) >= least for p in parts) or len(parts) not in (1, rank):
        example = "2" if rank == 1 else "2x1"
        raise fault(f"--{name} {text[:20]}: a whole number from {least}, or one for each of {rank} axes", f"--{name} {example}")
    made = tuple(int(p) for p in parts)
    return made * rank if len(made) == 1 else made


def padded(text: str | None, sizes: tuple[int, ...], rank: int) -> tuple[tuple[int, int], ...]:
    """The padding before and after, an axis each. Raises SpecError."""
    word = (text or "0").strip().lower()
    if word == "valid":
        word = "0"
    if word == "full":
        return tuple((k - 1, k - 1) for k in sizes)
    if word == "same":
        return tuple(((k - 1) // 2, k - 1 - (k - 1) // 2) for k in sizes)  # the odd one after, as in torch
    return tuple((p, p) for p in per_axis("padding", word, rank, 0))
