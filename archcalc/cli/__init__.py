"""The command line: a lazy group, a file a command.

The table holds each command's module and its one-line help, so that `archcalc --help` imports no command. A command's
module has one public name, `command`. Errors of the library are printed here, and nowhere else.
"""

from __future__ import annotations

import importlib
import sys

import click

from archcalc.text.faults import SpecError

COMMANDS: dict[str, tuple[str, str]] = {
    "params": ("params", "Shapes, parameters and multiplications of every layer: the main table."),
    "shapes": ("shapes", "Input and output shape of every layer."),
    "multiplies": ("multiplies", "Multiplications (`macs`) of every layer, and its share."),
    "memory": ("memory", "Bytes: weights, what training keeps, the peak of inference, the model's file."),
    "explain": ("explain", "The working of every figure: formula, numbers put in, result."),
    "layer": ("layer", "One layer without a file, with its working."),
    "layers": ("layers", "The layers that can be written, and their settings."),
    "blocks": ("blocks", "The blocks that can be used, and how they are made."),
    "columns": ("columns", "The figures that a report can show, for `--columns`."),
    "notations": ("notations", "The notations that are read, and what each is recognised by."),
    "examples": ("examples", "The networks that come with archcalc."),
    "schema": ("schema", "JSON Schemas of the report and of the notation."),
    "solve": ("solve", "What was left out of a layer or a network: every answer, with the algebra."),
    "min-input": ("min_input", "The smallest input a network accepts, and the layer that stops one less."),
    "fit": ("fit", "The largest value of a variable, or of several, that keeps a budget."),
    "sweep": ("sweep", "The figures of every combination of values: widths, resolutions; the best marked, drawn."),
    "diff": ("diff", "What changed between two versions of a network, layer by layer."),
    "compare": ("compare", "Networks or modules side by side: totals, shares, ratios, rows."),
    "why": ("why", "Which tool, version and terms make a figure that somebody printed."),
    "grade": ("grade", "Answer sheets marked: true value, working, the mistake's name."),
    "quiz": ("quiz", "Fresh questions with a worked key."),
    "check": ("check", "Build the network in torch, run it, and compare every figure."),
    "export": ("export", "Write the network as code, or as a file of another system: torch, Keras, ONNX, YAML."),
    "equations": ("equations", "The forward and backward equations of a layer or a loss."),
    "grad": ("grad", "Backpropagate through an expression, gate by gate; steps of gradient descent."),
    "convolve": ("convolve", "The values of a small convolution or pooling, window by window."),
    "perceptron": ("perceptron", "A perceptron's updates, sample by sample."),
}
ALIASES = {"macs": "multiplies"}


class LazyGroup(click.Group):
    """A group whose commands are imported when they are run or asked for help themselves."""

    def list_commands(self, ctx: click.Context) -> list[str]:
        return list(COMMANDS)

    def get_command(self, ctx: click.Context, cmd_name: str) -> click.Command | None:
        name = ALIASES.get(cmd_name, cmd_name)
        if name not in COMMANDS:
            return None
        command: click.Command = importlib.import_module(f"archcalc.cli.{COMMANDS[name][0]}").command
        return command

    def resolve_command(self, ctx: click.Context, args: list[str]) -> tuple[str | None, click.Command | None, list[str]]:
        name = click.utils.make_str(args[0])
        if name not in COMMANDS and name not in ALIASES and not name.startswith("-"):
            from archcalc.text.faults import suggestions

            near = suggestions(name, [*COMMANDS, *ALIASES])
            if not near and ("." in name or "/" in name):
                near = [f"params {name}"]
            hint = f" Did you mean `archcalc {near[0]}`?" if near else " `archcalc --help` lists the commands."
            ctx.fail(f"No such command '{name}'.{hint}")
        found = super().resolve_command(ctx, args)
        if found[1] is not None:
            refuse_repeats(ctx, found[1], found[2])
        return found

    def format_commands(self, ctx: click.Context, formatter: click.HelpFormatter) -> None:
        with formatter.section("Commands"):
            formatter.write_dl([(name, help_) for name, (_, help_) in COMMANDS.items()])

    def _held(self, ctx: click.Context) -> object:
        """Runs the command; where a budget is broken, or a text contradicts itself (`expect`), says so and ends with status 1."""
        result, status = None, 0
        try:
            result = super().invoke(ctx)
        except SystemExit as ended:
            if ended.code != 1:
                raise
            status = 1  # the answer is no
        if "archcalc.opened" in ctx.meta:
            from archcalc.cli.options import contradicted

            if faults := contradicted(ctx):
                sys.stdout.flush()
                report_error(SpecError(faults))
                status = 1
        if status:
            sys.exit(status)
        return result

    def invoke(self, ctx: click.Context) -> object:
        try:
            return self._held(ctx)
        except SpecError as error:
            report_error(error, ctx.meta.get("archcalc.format", "table"))
            ctx.exit(2)
        except click.ClickException as error:
            from io import StringIO

            from archcalc.cli.terminal import painter
            from archcalc.text.visible import one_line

            vars(error)["message"] = one_line(error.message)  # it repeats what was typed
            shown = StringIO()
            error.show(shown)
            sys.stderr.write(shown.getvalue().replace("Error:", painter(sys.stderr)("Error:", "bad"), 1))
            ctx.exit(error.exit_code)


def refuse_repeats(ctx: click.Context, command: click.Command, args: list[str]) -> None:
    """That no option which takes one value is given twice: click would keep the last and drop the others unsaid."""
    inner = click.Context(command, info_name=command.name, parent=ctx)
    try:
        _, _, order = command.make_parser(inner).parse_args(list(args))
    except click.UsageError:
        return  # the command itself reports it
    seen: set[str] = set()
    for param in order:
        if isinstance(param, click.Option) and not (param.multiple or param.is_flag or param.count):
            if param.opts[-1] in seen or not seen.isdisjoint(param.opts):
                name = max(param.opts, key=len)
                inner.fail(f"{name} is given twice, and takes one value.")
            seen.update(param.opts)


def report_error(error: SpecError, format: str = "table") -> None:
    """The table up to the fault on standard output, where a table was asked for; what is wrong on standard error."""
    from archcalc.analysis import Analysis
    from archcalc.cli.terminal import is_terminal, painter

    if format == "table" and isinstance(error.partial, Analysis) and error.partial.rows:
        from archcalc.cli.options import finish
        from archcalc.figures.table import lay_out

        error.partial.network.name += " (up to the fault)"
        finish(lay_out(error.partial), "table")
        sys.stdout.flush()
        if is_terminal(sys.stderr):
            sys.stderr.write("\n")  # where both are read together
    sys.stderr.write(f"{error.written(painter(sys.stderr))}\n")


def _version(ctx: click.Context, param: click.Parameter, value: bool) -> None:
    if value:
        from archcalc import __version__

        click.echo(f"archcalc {__version__}")
        ctx.exit()


@click.group(cls=LazyGroup, context_settings={"help_option_names": ["-h", "--help"]})
@click.option("--version", is_flag=True, is_eager=True, expose_value=False, callback=_version, help="Show the version and exit.")
def cli() -> None:
    """The calculator for neural-network architectures: output shapes, parameters with and without bias, and multiplications,
    with the working shown.

    \b
      archcalc params lenet5               an example by its name
      archcalc params my_net.yaml          YAML, a textbook figure, pasted nn.Sequential
      archcalc explain lenet5 conv2        why a figure is what it is
      archcalc layer "conv 18 k3 p1" --input 3x28x28
    """
