"""From what a person names to a network: a path, the name of an example, `-`, or the text itself."""

from __future__ import annotations

import os
import sys
from collections.abc import Mapping, Sequence

from archcalc.layers.base import Shape
from archcalc.network.description import Given
from archcalc.network.nodes import Network
from archcalc.notations import binary, read
from archcalc.text.faults import Fault, SpecError, suggestions
from archcalc.text.files import MOST_BYTES, MOST_HELD, decode, examples_folder, held, mapped
from archcalc.text.source import Source

# What names a network: a path, an example's name, the text itself (of more than one line), or a source that was opened.
Net = str | os.PathLike[str] | Source
# What may be stated of its inputs, and of its variables.
Stated = str | int | Sequence[int] | Mapping[str, str | int | Sequence[int]] | None
Variables = Mapping[str, str | int | float] | None


def open_source(where: str) -> Source:
    """The text a person names on the command line: a file, an example's bare name, or `-` for standard input.

    Raises SpecError.
    """
    if where == "-":
        return _standard_input()
    try:
        example = os.path.exists(where) and _named(where)
        if os.path.isfile(where):
            if example:
                raise _missing(
                    f"'{where}' is a file here, and an example",
                    f"{os.path.join(os.curdir, where)} for the file",
                    f"`archcalc examples {where} | archcalc params {_piped(where)}` for the example",
                )
            with open(where, "rb") as file:
                notation = binary(file.read(16), where)
                file.seek(0)
                if notation:
                    return mapped(where, file, notation)
                return decode(where, file.read(MOST_BYTES + 1), path=where)
        if ":" in where and (found := _part_of(where)):
            return found
        if os.path.isdir(where) and not example:
            raise _missing(f"{where} is a folder, not a network", *(_inside(where) or ["the name of a file in it"]))
        if os.path.exists(where) and not example:
            raise _missing(f"{where} is not a regular file", "`-` and a redirection to read from it")
    except (OSError, ValueError) as error:
        reason = error.strerror if isinstance(error, OSError) and error.strerror else "not a usable path"
        raise _missing(f"{where[:100]}: {reason}", "another file, or the name of an example") from None
    return open_example(where)


def open_example(name: str) -> Source:
    """The text of an example by its bare name; of a network of a family, the family's, asked for this one. Raises SpecError."""
    direct, asked = _example(name), ""
    if not direct:
        from archcalc.catalogue import files, find, names, within

        found = find(name)
        if found is None:
            beside = _beside(name)
            near = suggestions(name, [*names(), *beside], 3)
            if not near or (near[0] not in beside and abs(len(near[0]) - len(name)) > 1):
                near = within(name) or near  # more than a slip
            near = near[:1] + [other for other in near[1:] if other[:3] == near[0][:3]]
            raise _missing(
                f"no file and no example is called '{name[:100]}'", *(near or ["`archcalc examples` for what there is"])
            )
        family, asked = found
        direct = _example(family) or str(files()[family])
    with open(direct, "rb") as file:
        source = decode(os.path.basename(direct), file.read())
    source.asked = asked
    return source


def _example(where: str) -> str:
    """The file of the example of a bare name, found without listing the folder; empty where there is none."""
    direct = os.path.join(examples_folder(), f"{where}.yaml")
    return direct if where.replace("_", "a").replace("-", "a").isalnum() and os.path.isfile(direct) else ""


def _named(where: str) -> bool:
    """Whether a bare word is the very name of an example."""
    from archcalc.catalogue import names

    return bool(_example(where)) or (where.replace("_", "a").isalnum() and where in names())


def _piped(name: str) -> str:
    """How the text of an example is read from standard input as the network of that name."""
    from archcalc.catalogue import find

    found = find(name)
    return f"-:{found[1]}" if found and found[1] else "-"


def _standard_input() -> Source:
    """What comes on standard input. Raises SpecError."""
    if sys.stdin is None:
        raise _missing("standard input is closed", "a file, or the name of an example")
    try:
        data = sys.stdin.buffer.read(MOST_BYTES + 1)
        notation = binary(data[:16])
        if notation:
            return held("<stdin>", data + sys.stdin.buffer.read(MOST_HELD + 1 - len(data)), notation)
        return decode("<stdin>", data)
    except OSError as error:
        raise _missing(f"standard input: {error.strerror or 'cannot be read'}", "a file, or the name of an example") from None


def _inside(folder: str) -> list[str]:
    """The first files of a folder that may be networks."""
    from archcalc.catalogue import SUFFIXES

    try:
        return [os.path.join(folder, name) for name in sorted(os.listdir(folder)) if name.endswith(SUFFIXES)][:3]
    except OSError:
        return []


def _part_of(where: str) -> Source | None:
    """`model.py:Net`, `-:Net` or `package.module:Net`: a source, and which network in it is meant; None for anything else."""
    for at in (i for i, c in enumerate(where) if c == ":"):
        file, asked = where[:at], where[at + 1 :].strip()
        if not asked:
            continue
        if file == "-" or os.path.isfile(file):
            found = open_source(file)
            found.asked = asked
            return found
        if "." in file or file.isidentifier():
            path = _module(file)
            if path is not None:
                found = open_source(path)
                found.name, found.asked, found.library = file, asked, True
                return found
    return None


def _module(name: str) -> str | None:
    """The file of a Python module on the path, looked for and not imported."""
    parts = name.split(".")
    if not all(part.isidentifier() for part in parts):
        return None
    for root in sys.path:
        path = os.path.join(root or ".", *parts)
        for file in (f"{path}.py", os.path.join(path, "__init__.py")):
            if os.path.isfile(file):
                return file
    return None


def _beside(where: str) -> list[str]:
    """Names in the folder a mistyped path points to."""
    try:
        folder = os.path.dirname(where)
        return [os.path.join(folder, name) for name in sorted(os.listdir(folder or "."))[:1000]]
    except (OSError, ValueError):
        return []


def _missing(message: str, repair: str, *more: str) -> SpecError:
    return SpecError([Fault(message, repairs=(repair, *more))])


def load(
    net: Net,
    *,
    input: Stated = None,
    variables: Variables = None,
    bias: bool = True,
    train: bool = False,
) -> Network:
    """The network of a path, an example's name, or a text in any notation (a text has more than one line).

    `input` replaces the input shape (`"1x32x32"`, `(1, 32, 32)`, or a mapping for several inputs), `variables` values
    under `vars`; `bias=False` builds without biases. `train=True` reads PyTorch source as it is while it is trained.
    Raises SpecError.
    """
    source = source_of(net)
    source.train = source.train or train
    return _built(source, given_of(input, variables, bias))


def network_of(
    net: Net | Network, input: Stated = None, variables: Variables = None, bias: bool = True, train: bool = False
) -> Network:
    """The same of what may be a network already, which is built and takes no more settings. Raises SpecError."""
    if not isinstance(net, Network):
        return load(net, input=input, variables=variables, bias=bias, train=train)
    if input is not None or variables or not bias or train:
        raise _missing("a network that is loaded already takes no input, variables, bias or mode", "load(…, input=…)")
    return net


def source_of(net: Net) -> Source:
    """The text of what a person names. Raises SpecError."""
    if isinstance(net, Source):
        return net
    text = os.fspath(net)
    return Source("<text>", text) if "\n" in text else open_source(text)


def given_of(input: Stated, variables: Variables, bias: bool = True) -> Given:
    """What a person states beside a text, looked at as --input and --set are. Raises SpecError."""
    stated = input if isinstance(input, Mapping) else {} if input is None else {"": input}
    shapes = dict(parse_input(f"{name}={_typed(shape)}" if name else _typed(shape)) for name, shape in stated.items())
    values = {str(name).strip(): str(value).strip() for name, value in (variables or {}).items()}
    for name, value in values.items():
        if not name or not value:
            raise _missing(f"--set {name}={value}: a variable has a name and a value", "--set width=0.5")
    return Given(shapes, values, bias)


def _typed(shape: str | int | Sequence[int]) -> str:
    """A shape as it would be typed after --input, so that both are looked at by one rule."""
    return str(shape) if isinstance(shape, str | int) else "x".join(map(str, shape))


def from_source(
    source: Source, *, inputs: Mapping[str, Shape] | None = None, variables: Mapping[str, str] | None = None, bias: bool = True
) -> Network:
    """The network of a source. Raises SpecError, whose `partial` is the analysis of what stands before the first fault."""
    return _built(source, Given(inputs or {}, variables or {}, bias))


def _built(source: Source, given: Given) -> Network:
    description = read(source)
    try:
        return description.network(given)
    except SpecError as error:
        raise _whole(error) from None


def _whole(error: SpecError) -> SpecError:
    """The error of a reader, with the analysis of what stands before the first fault, and what is wrong with that."""
    if not isinstance(error.partial, Network):
        return error
    from archcalc.analysis import analyse

    try:
        return SpecError(error.faults, analyse(error.partial, partly=True))
    except SpecError as before:
        return SpecError([*before.faults, *error.faults], before.partial)


def from_line(name: str, line: str, *, input: Stated = None, variables: Variables = None, bias: bool = True) -> Network:
    """The network of a few layers on one line, in the words of a figure or of the notation: `depthwise k3 p1; conv 18 k1`.

    Its name is the line; `name` is what a message calls it. Raises SpecError.
    """
    network = _built(Source(name, line, "words"), given_of(input, variables, bias))
    network.name = line.strip()
    return network


def parse_input(text: str) -> tuple[str, Shape]:
    """`1x28x28` or `deep=6` as name and shape. Raises SpecError."""
    from archcalc.notations.own.expand.values import parse_shape
    from archcalc.notations.own.phrase import parse_value
    from archcalc.notations.own.shapes import Typed
    from archcalc.text.faults import ValueFault
    from archcalc.text.signs import plain

    name, sign, shape = plain(text).rpartition("=")
    try:
        value = parse_value(shape.strip(" ()[]").replace(",", "x").replace("*", "x").replace("X", "x").replace(" ", ""))
        if isinstance(value, str):
            raise ValueFault(f"'{shape}' is not a shape", "1x28x28")
        found = parse_shape(value)
        return name.strip() if sign else "", found if "@" in shape else Typed(found)
    except ValueFault as error:
        raise _missing(f"--input {text}: {error.message}", *(error.repairs or ("1x28x28",))) from None
