"""archcalc convolve: the values of a small convolution or pooling."""

from __future__ import annotations

import click

from archcalc.cli.options import Numbers, format_option, give


@click.command("convolve", cls=Numbers, epilog='A single number below 0 comes after "--".')
@click.argument("values")
@click.argument("kernel", required=False)
@click.option("--stride", metavar="S", help="How far the kernel moves: 2, or 2x1 [1; the window for pooling].")
@click.option("--padding", metavar="P", help="Zeros on each side: 1, 1x0, same, full [0].")
@click.option("--true", "turned", is_flag=True, help="Turn the kernel round: the convolution of mathematics.")
@click.option("--bias", metavar="B", help="Added to every sum.")
@click.option("--transposed", is_flag=True, help="A transposed convolution: every value puts its multiple of the kernel.")
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
    transposed: bool,
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
      archcalc convolve "1 2; 3 4" "1 0; 2 -1" --transposed --stride 2
      archcalc convolve "1 2 3 4; 5 6 7 8" --pool max --window 2
    """
    from archcalc.homework.convolve import convolve

    found = convolve(
        values,
        kernel,
        stride=stride,
        padding=padding,
        true=turned,
        bias=bias,
        pool=pool,
        window=window,
        transposed=transposed,
    )
    give(found, format)
