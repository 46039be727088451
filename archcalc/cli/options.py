"""The options that commands share, and the way from them to an analysis."""

from __future__ import annotations

import functools
import os
import sys
from collections.abc import Callable, Mapping, Sequence
from contextlib import suppress
from typing import TYPE_CHECKING, Any, TypedDict, TypeVar

import click

from archcalc.report import FORMATS

if TYPE_CHECKING:
    from click.shell_completion import CompletionItem

    from archcalc.analysis import Analysis
    from archcalc.network.nodes import Network
    from archcalc.questions.budgets import Budgets
    from archcalc.report.answer import Answer
    from archcalc.report.document import Document
    from archcalc.text.faults import Fault
    from archcalc.text.source import Source

if TYPE_CHECKING:
    _ParamType = click.ParamType[str]
else:  # older versions of click cannot be subscripted
    _ParamType = click.ParamType

F = TypeVar("F", bound=Callable[..., Any])


class Numbers(click.Command):
    """A command whose arguments may begin with a minus: `-1 3 -> -1`, `-x*y + 1`; no option has such signs in it."""

    def parse_args(self, ctx: click.Context, args: list[str]) -> list[str]:
        return super().parse_args(ctx, [f"−{a[1:]}" if a[:1] == "-" != a[1:2] and set(a) & set(" ;,*+/()^") else a for a in args])


class NetType(_ParamType):
    """A file, the bare name of an example, or `-`; completes both."""

    name = "net"

    def shell_complete(self, ctx: click.Context, param: click.Parameter, incomplete: str) -> list[CompletionItem]:
        from click.shell_completion import CompletionItem

        from archcalc.catalogue import names

        found = [CompletionItem(n) for n in names() if n.startswith(incomplete)]
        return [*found, CompletionItem(incomplete, type="file")]


NET = NetType()
TRAINED = "archcalc.train_mode"
OPENED = "archcalc.opened"
BROKEN = "archcalc.broken"


def net_argument(f: F) -> F:
    """The argument NET."""
    return click.argument("net", type=NET, metavar="NET")(f)


def _train(ctx: click.Context, param: click.Parameter, value: bool) -> None:
    """Lets every source of this command be opened as it is while it is trained."""
    ctx.meta[TRAINED] = value


def trained() -> bool:
    """Whether this command reads a network as it is while it is trained."""
    return bool(click.get_current_context().meta.get(TRAINED))


def opened(net: str, training: bool = False) -> Source:
    """The text that the command line names, to be read in the mode it asks for, or, where `training` is what is asked about and
    its notation has such a mode, as the network is while it is trained. Raises SpecError."""
    from archcalc.loading import open_source
    from archcalc.notations import as_trained

    source = open_source(net)
    source.train = source.train or trained()
    context = click.get_current_context()
    context.meta.setdefault(OPENED, []).append((source, context.params))
    return as_trained(source) if training else source


def opened_all(nets: Sequence[str]) -> list[str | Source]:
    """Several networks opened, but for layers on a line. Raises SpecError."""
    from archcalc.questions.sides import check_input, is_line

    check_input(nets)
    return [net if is_line(net) else opened(net) for net in nets]


def contradicted(context: click.Context) -> list[Fault]:
    """Budgets that are broken, and what the texts that a command has opened state of themselves (`expect`) and is not so."""
    from archcalc.analysis import contradictions
    from archcalc.loading import load
    from archcalc.text.faults import SpecError

    found: list[Fault] = [*context.meta.get(BROKEN, ())]
    for source, params in context.meta.get(OPENED, ()):
        if not source.notation or "expect" not in source.text:
            continue
        built = build_settings(params.get("inputs", ()), params.get("sets", ()), bool(params.get("no_bias")))
        for own in (built["variables"], {}):  # values of a sweep, or for one side, are no variables: then the file as it stands
            with suppress(SpecError):  # the command has said what is wrong, or never asked for this network
                found += contradictions(load(source, input=built["input"], variables=own, bias=built["bias"]))
                break
    return found


class Built(TypedDict):
    """How a network is built, as the library takes it: shapes and variables as they are typed."""

    input: dict[str, str]
    variables: dict[str, str]
    bias: bool


def build_options(f: Callable[..., None]) -> Callable[..., None]:
    """--input, --set, --no-bias, --train-mode: how a network is built, which the function receives as `built`."""

    @functools.wraps(f)
    def command(*, inputs: tuple[str, ...], sets: tuple[str, ...], no_bias: bool, **rest: object) -> None:
        f(built=build_settings(inputs, sets, no_bias), **rest)

    for decorate in (
        click.option(
            "--train-mode",
            is_flag=True,
            expose_value=False,
            callback=_train,
            help="Read PyTorch source as it is while it is trained.",
        ),
        click.option("--no-bias", is_flag=True, help="Build every layer without its bias."),
        click.option(
            "--set",
            "sets",
            multiple=True,
            metavar="NAME=VALUE",
            help="Replace a value under `vars`, a parameter of source, or a name that it assigns (repeatable).",
        ),
        click.option(
            "--input",
            "inputs",
            multiple=True,
            metavar="SHAPE",
            help="Replace the input shape: 1x32x32, or deep=6 for one of several.",
        ),
    ):
        command = decorate(command)
    return command


def skip_zeros_option(f: F) -> F:
    """--skip-zeros alone, for what compares one figure."""
    return click.option("--skip-zeros", is_flag=True, help="Leave out multiplications by padding zeros.")(f)


def budget_options(f: F) -> F:
    """--max-params and its like, and --max for any other figure: what a network may have."""
    for decorate in (
        click.option(
            "--max", "most", multiple=True, metavar="FIGURE=N", help="The same of any figure of `archcalc columns`: act=20MiB."
        ),
        click.option("--max-memory", metavar="SIZE", help="At most so many bytes: 8GiB, 500MB."),
        click.option("--max-multiplies", metavar="N", help="At most so many multiplications for one input."),
        click.option("--max-params-without-bias", metavar="N", help="At most so many, additive biases left out."),
        click.option("--max-params", metavar="N", help="At most so many parameters: 2M, 150k, 61706."),
    ):
        f = decorate(f)
    return f


def dtype_option(f: F) -> F:
    """--dtype: the type of number that bytes are counted in."""
    kinds = click.Choice(("fp32", "fp16", "bf16", "int8"))
    return click.option("--dtype", type=kinds, default="fp32", show_default=True, help="The type of every number.")(f)


def use_options(f: F) -> F:
    """--train, --optimizer, --dtype: what memory is counted for, where a budget or a column asks for it."""
    for decorate in (
        dtype_option,
        click.option("--optimizer", type=click.Choice(("sgd", "momentum", "adam", "adamw")), help="The same with its state."),
        click.option("--train", is_flag=True, help="The memory of training, not of inference."),
    ):
        f = decorate(f)
    return f


def _known_convention(ctx: click.Context, param: click.Parameter, value: str) -> str:
    """A name of the table of conventions."""
    from archcalc.conventions import names

    return str(click.Choice(names()).convert(value.replace("-", "_"), param, ctx))


def _conventions(ctx: click.Context, param: click.Parameter, incomplete: str) -> list[str]:
    """The names of conventions that begin so, for the shell."""
    from archcalc.conventions import names

    return [name for name in names() if name.startswith(incomplete.replace("-", "_"))]


def count_options(f: F) -> F:
    """--batch, --count, --skip-zeros: how the figures are counted."""
    for decorate in (
        skip_zeros_option,
        click.option(
            "--count",
            callback=_known_convention,
            shell_complete=_conventions,
            default="paper",
            show_default=True,
            metavar="CONVENTION",
            help="paper: multiply-adds; exact: every kind of operation in a column; or a tool's: torchinfo, fvcore, thop…",
        ),
        click.option("--batch", type=click.IntRange(1, 10**9), default=1, show_default=True, help="Inputs computed together."),
    ):
        f = decorate(f)
    return f


def _remember_format(ctx: click.Context, param: click.Parameter, value: str) -> str:
    """Leaves the format where an error's report finds it: a program that asked for JSON gets no table in front of it."""
    ctx.meta["archcalc.format"] = value
    return value


def formats(*more: str) -> Callable[[F], F]:
    """--format: every format there is, and what a command has beside them."""
    return click.option(
        "--format",
        "-f",
        "format",
        type=click.Choice([*FORMATS, *more]),
        default="table",
        show_default=True,
        callback=_remember_format,
        help="How the answer is written.",
    )


format_option = formats()


def analysis_command(f: Callable[..., None]) -> Callable[..., None]:
    """NET and every option on the way to an analysis; the function receives it as its first argument."""

    @net_argument
    @build_options
    @count_options
    @dtype_option
    @functools.wraps(f)
    def command(net: str, built: Built, batch: int, count: str, skip_zeros: bool, dtype: str, **rest: object) -> None:
        from archcalc.analysis import analyse
        from archcalc.conventions import convention

        trains = bool(rest.get("max_memory") and (rest.get("train") or rest.get("optimizer")))  # and is read as it is trained
        network, counted = network_of(net, built, trains), convention(count, skip_zeros)
        f(analyse(network, batch=batch, convention=counted, dtype=dtype, partly=True), **rest)

    return command


def network_of(net: str, built: Built, training: bool = False) -> Network:
    """The network a command line names, where `training` is asked about as it is while it is trained. Raises SpecError."""
    from archcalc.loading import load

    return load(opened(net, training), **built)


def build_settings(inputs: tuple[str, ...] = (), sets: tuple[str, ...] = (), no_bias: bool = False) -> Built:
    """--input and --set as mappings, as they are typed, and --no-bias."""
    from archcalc.text.signs import plain

    variables: dict[str, str] = {}
    shapes: dict[str, str] = {}
    for text in sets:
        name, sign, value = plain(text).partition("=")
        if not sign or not name.strip() or not value.strip():
            raise click.BadParameter(f"'{text}' is not NAME=VALUE, as in width=0.5", param_hint="--set")
        _once(variables, name.strip(), value.strip(), "--set")
    for text in inputs:
        at = plain(text).rfind("=")
        _once(shapes, plain(text[: max(at, 0)]).strip(), text[at + 1 :], "--input")
    return {"input": shapes, "variables": variables, "bias": not no_bias}


def _once(made: dict[str, str], name: str, value: str, option: str) -> None:
    """One more of what is given by name, which is given once: the last would replace the others unsaid."""
    if name in made:
        raise click.BadParameter(f"{f'{name} is' if name else 'a shape without a name is'} given twice", param_hint=option)
    made[name] = value


def held(analysis: Analysis, limits: Mapping[str, Any], train: bool = False, optimizer: str | None = None) -> Budgets | None:
    """The budgets of `budget_options`, and what a network has of them; None where none is set. Raises SpecError."""
    if not any(limits.values()):
        return None
    from archcalc.questions.budgets import budgets

    return budgets(analysis, **limits, train=train, optimizer=optimizer)


def give_held(document: Document, format: str, found: Budgets | None) -> None:
    """Writes a report with the budgets that were set; leaves what is to be said of broken ones for the end of the command."""
    if found is not None:
        from archcalc.report.document import Note

        document.add(*map(Note, found.notes))
        data = document.data
        document.data = lambda: {**data(), "budgets": found.plain()}
    finish(document, format)
    if found is not None:
        context = click.get_current_context()
        context.meta[BROKEN] = found.faults(context.params.get("net", ""))


def give(answer: Answer, format: str) -> None:
    """Writes an answer to standard output, and exits with status 1 where it is no."""
    finish(answer.as_document(), format, answer.ok)


def finish(document: Document, format: str, ok: bool = True) -> None:
    """Writes a document to standard output, for a terminal where it is one; where the answer is no, exits with status 1."""
    from archcalc.cli.terminal import is_terminal, terminal_width
    from archcalc.report import written

    if format == "table" and is_terminal(sys.stdout):
        color = not os.environ.get("NO_COLOR")
        sys.stdout.write(written(document, "terminal" if color else "table", terminal_width()) + "\n")
    else:
        sys.stdout.write(written(document, FORMATS[format][0]) + "\n")
    if not ok:
        sys.stdout.flush()
        sys.exit(1)


def write(text: str) -> None:
    """Writes text and a line end to standard output."""
    from archcalc.text.visible import visible

    sys.stdout.write(visible(text) + "\n")
