"""How often the first repair of a fault in PyTorch source is right.

    python benchmarks/repairs.py [--count N] [--seed N] [--repositories FOLDER …] [--show KIND]

Takes networks that are right (torchvision's own source, exports of random nets, the files of tests/sources, repositories whose
folders are given), makes one edit in each, keeps the edits that torch refuses, and asks archcalc. Two figures:

place: the fault stands at the edited call, or at the line of use with `made at` the edited call, or its first repair names the
edited call; a padding or stride, which shows only where two sizes meet, or a flatten that is lost and stands nowhere, may also be
pointed at where torch refuses it.
first repair: typed into the source as it is printed, it makes a network that torch accepts, with parameters of the same shapes
as those of the network before the edit.

torch runs on the meta device. What is typed follows from the printed words alone, by the signatures of torch's own classes.
"""

from __future__ import annotations

import argparse
import ast
import inspect
import io
import os
import random
import re
import sys
import time
import traceback
import types
import warnings
from collections import Counter
from collections.abc import Callable, Iterator
from contextlib import redirect_stderr, redirect_stdout
from pathlib import Path
from typing import Any, NamedTuple

HERE = Path(__file__).resolve().parent.parent
sys.path[:0] = [str(HERE), str(HERE / "tests")]
Shape = tuple[int, ...]


class Net(NamedTuple):
    """A network that is right: the text of its file, which of the networks in it, and what goes in."""

    name: str
    text: str
    path: str
    asked: str
    shape: Shape
    module: str = ""


class Edit(NamedTuple):
    """One edit: its kind, the text after it, and the lines and columns of the edited call before and after."""

    kind: str
    text: str
    first: tuple[int, int]
    last: tuple[int, int]
    said: str


# -- networks that are right ------------------------------------------------------------------------------------------

VISION = (
    "alexnet:alexnet vgg:vgg11 vgg:vgg16_bn resnet:resnet18 resnet:resnet50 resnet:resnext50_32x4d resnet:wide_resnet50_2 "
    "squeezenet:squeezenet1_0 squeezenet:squeezenet1_1 densenet:densenet121 googlenet:googlenet inception:inception_v3 "
    "mobilenetv2:mobilenet_v2 mobilenetv3:mobilenet_v3_large mobilenetv3:mobilenet_v3_small shufflenetv2:shufflenet_v2_x1_0 "
    "mnasnet:mnasnet0_5 efficientnet:efficientnet_b0 efficientnet:efficientnet_v2_s convnext:convnext_tiny "
    "regnet:regnet_y_400mf regnet:regnet_x_400mf vision_transformer:vit_b_16 swin_transformer:swin_t swin_transformer:swin_v2_t "
    "maxvit:maxvit_t"
).split()


def vision() -> Iterator[Net]:
    """torchvision's classifiers, where it is installed."""
    folder = torchvision_folder()
    for entry in VISION if folder else ():
        file, name = entry.split(":")
        assert folder is not None
        path = folder / "models" / f"{file}.py"
        size = 299 if file == "inception" else 224
        yield Net(f"torchvision {name}", path.read_text("utf-8"), str(path), name, (3, size, size), f"torchvision.models.{file}")


def exports(count: int) -> Iterator[Net]:
    """Random nets as `archcalc export --to torch` writes them."""
    from random_nets import written_net

    import archcalc
    from archcalc.pytorch.exporting import export
    from archcalc.text.faults import SpecError

    number = 0
    while count and number < 40 * count:
        number += 1
        try:
            network = archcalc.load(written_net(7, number))
            archcalc.analyse(network)
            text = export(network)
        except SpecError:
            continue
        body, _, end = text.partition("\n\n\nif __name__")
        made = re.search(r"net = (\w+)\(\)", end)
        if made is None or len(network.inputs) != 1 or len(network.nodes) < 3:
            continue
        count -= 1
        yield Net(f"export {number}", body + "\n", "", made[1], tuple(next(iter(network.inputs.values()))))


CIFAR = {
    "kuangliu+pytorch-cifar": (
        "vgg.py:VGG('VGG11') resnet.py:ResNet18 resnet.py:ResNet50 preact_resnet.py:PreActResNet18 googlenet.py:GoogLeNet "
        "densenet.py:densenet_cifar resnext.py:ResNeXt29_2x64d mobilenet.py:MobileNet mobilenetv2.py:MobileNetV2 dpn.py:DPN26 "
        "shufflenetv2.py:ShuffleNetV2(1) senet.py:SENet18 efficientnet.py:EfficientNetB0 regnet.py:RegNetX_200MF "
        "dla_simple.py:SimpleDLA dla.py:DLA lenet.py:LeNet pnasnet.py:PNASNetB"
    ),
    "weiaicunzai+pytorch-cifar100": (
        "resnet.py:resnet18 vgg.py:vgg11_bn densenet.py:densenet121 googlenet.py:googlenet inceptionv3.py:inceptionv3 "
        "mobilenet.py:mobilenet mobilenetv2.py:mobilenetv2 nasnet.py:nasnet preactresnet.py:preactresnet18 resnext.py:resnext50 "
        "rir.py:resnet_in_resnet senet.py:seresnet18 shufflenet.py:shufflenet shufflenetv2.py:shufflenetv2 "
        "squeezenet.py:squeezenet stochasticdepth.py:stochastic_depth_resnet18 wideresidual.py:wideresnet xception.py:xception "
        "attention.py:attention56"
    ),
}  # fmt: skip


def repositories(folders: list[str]) -> Iterator[Net]:
    """The two repositories of CIFAR models, where their folders are given."""
    for folder in map(Path, folders):
        for name, entries in CIFAR.items():
            for entry in entries.split() if folder.name == name else ():
                file, asked = entry.split(":")
                path = folder / "models" / file
                yield Net(f"{name} {asked}", path.read_text("utf-8"), str(path), asked, (3, 32, 32))


def own() -> Iterator[Net]:
    """The files of tests/sources, asked for as their test asks, where one tensor goes in."""
    test = HERE / "tests" / "test_sources.py"
    if not test.is_file():
        return
    table = re.search(r"^ASKED\b[^=]*= (\[.*?^\])", test.read_text("utf-8"), re.M | re.S)
    for file, asked, shape in ast.literal_eval(table[1]) if table else ():
        path = test.parent / "sources" / file
        if isinstance(shape, str) and "/" not in file and file not in ("lazy_net.py", "pointnet.py"):
            sizes = tuple(int(n) for n in shape.removeprefix("int ").split("x"))
            yield Net(f"sources {file}:{asked}", path.read_text("utf-8"), str(path), asked, sizes)


# -- edits ------------------------------------------------------------------------------------------------------------

CALLS = re.compile(
    r"(?:nn\.|torch\.nn\.)?((?:Conv|ConvTranspose|BatchNorm|MaxPool|AvgPool)[123]d|Linear|Flatten|LayerNorm|GroupNorm)$"
)


class Text:
    """A source and its tree, with offsets in characters."""

    def __init__(self, text: str) -> None:
        self.text = text
        self.tree = ast.parse(text)
        self.starts = [0]
        for line in text.split("\n"):
            self.starts.append(self.starts[-1] + len(line) + 1)
        self.lines = text.split("\n")

    def at(self, line: int, column: int) -> int:
        """The offset of a line and a column in bytes."""
        return self.starts[line - 1] + len(self.lines[line - 1].encode()[:column].decode())

    def ends(self, node: ast.expr | ast.stmt | ast.keyword) -> tuple[int, int]:
        """Where a node begins and ends."""
        assert node.end_lineno is not None
        assert node.end_col_offset is not None
        return self.at(node.lineno, node.col_offset), self.at(node.end_lineno, node.end_col_offset)

    def of(self, node: ast.expr | ast.stmt | ast.keyword) -> str:
        """The characters of a node."""
        first, last = self.ends(node)
        return self.text[first:last]

    def calls(self) -> list[tuple[ast.Call, str]]:
        """The calls of torch's layers, and their names."""
        calls = [node for node in ast.walk(self.tree) if isinstance(node, ast.Call)]
        named = [(node, CALLS.match(ast.unparse(node.func))) for node in calls]
        return [(node, match[1]) for node, match in named if match]


def argument(call: ast.Call, name: str, index: int) -> ast.expr | None:
    """An argument as it is written; None where it is not."""
    for keyword in call.keywords:
        if keyword.arg == name:
            return keyword.value
    if any(isinstance(a, ast.Starred) for a in call.args[: index + 1]):
        return None
    return call.args[index] if index < len(call.args) else None


def signature(name: str) -> list[str]:
    """The names of the arguments of a class of torch."""
    import torch

    return [n for n in inspect.signature(getattr(torch.nn, name).__init__).parameters if n != "self"]


def edits(net: Net, r: random.Random) -> Iterator[Edit]:
    """Every edit of a network that is tried, in a random order."""
    text = Text(net.text)
    calls = text.calls()
    r.shuffle(calls)
    for call, name in calls:
        yield from of_call(text, call, name, r)
    yield from of_flatten(text, r)
    yield from of_order(text)


def replaced(text: Text, kind: str, node: ast.expr, new: str, call: ast.expr | ast.stmt, said: str = "") -> Edit:
    """The edit that puts another text in the place of a node."""
    first, last = text.ends(node)
    return cut(text, kind, first, last, new, call, said)


def cut(text: Text, kind: str, first: int, last: int, new: str, call: ast.expr | ast.stmt, said: str = "") -> Edit:
    """The edit that replaces characters."""
    assert call.end_lineno is not None
    made = text.text[:first] + new + text.text[last:]
    grown = new.count("\n") - text.text[first:last].count("\n")
    old = " ".join(text.text[first:last].split())
    place = (call.lineno, call.col_offset)
    return Edit(kind, made, place, (call.end_lineno + grown, 0), said or f"{old or '·'} → {new.strip() or '·'}")


def another(node: ast.expr, text: Text, r: random.Random) -> str:
    """Another size: what a slip makes of a number or an expression."""
    if isinstance(node, ast.Constant) and isinstance(node.value, int):
        n = node.value
        return str(r.choice([n * 2, n + 1, n + 8, n - 1 if n > 1 else n + 2, max(1, n // 2)]))
    written = text.of(node)
    return r.choice([f"{written} + 1", f"({written}) * 2", f"{written} + 16", f"({written}) // 2"])


def of_call(text: Text, call: ast.Call, name: str, r: random.Random) -> Iterator[Edit]:
    """The edits of one call of a layer."""
    made = signature(name)
    first = argument(call, made[0], 0) if made else None
    if name == "Linear" and first is not None:
        yield replaced(text, "in_features", first, another(first, text, r), call)
    if "Conv" in name and first is not None:
        yield replaced(text, "in_channels", first, another(first, text, r), call)
    if name.startswith(("BatchNorm", "LayerNorm")) and first is not None and not isinstance(first, ast.Tuple | ast.List):
        yield replaced(text, "num_features", first, another(first, text, r), call)
    if (name == "Linear" or "Conv" in name) and first is not None:
        second = argument(call, made[1], 1)
        if second is not None and text.of(first) != text.of(second):
            (a, b), (c, d) = sorted([text.ends(first), text.ends(second)])
            swapped = text.text[c:d] + text.text[b:c] + text.text[a:b]
            yield cut(text, "swapped dimensions", a, d, swapped, call, f"{text.text[a:b]} ⇄ {text.text[c:d]}")
    for word in ("padding", "stride"):
        if word not in made or name == "Flatten":
            continue
        have = argument(call, word, made.index(word))
        if have is not None:
            if isinstance(have, ast.Constant) and isinstance(have.value, int):
                n = have.value
                new = r.choice([n + 1, n + 2] if n == 0 else [0, n + 1] if word == "padding" else [n + 1, 1 if n > 1 else 2])
                yield replaced(text, word, have, str(new), call)
            elif not isinstance(have, ast.Constant):
                yield replaced(text, word, have, r.choice(["1", f"{text.of(have)} + 1", "2"]), call)
        elif call.args or call.keywords:
            yield appended(text, word, call, f"{word}={2 if word == 'stride' else 1}")
    if "Conv" in name and "Transpose" not in name:
        have = argument(call, "groups", made.index("groups"))
        if have is None:
            yield appended(text, "groups", call, f"groups={r.choice([3, 5, 7])}")
        elif isinstance(have, ast.Constant):
            yield replaced(text, "groups", have, str(r.choice([have.value + 1, max(2, have.value - 1)])), call)
        else:
            yield replaced(text, "groups", have, f"{text.of(have)} + 1", call)


def appended(text: Text, kind: str, call: ast.Call, word: str) -> Edit:
    """The edit that writes one more argument."""
    end = text.ends(call)[1] - 1
    before = text.text[:end].rstrip()
    comma = "" if before.endswith((",", "(")) else ","
    return cut(text, kind, len(before), end, f"{comma} {word}", call)


def of_flatten(text: Text, r: random.Random) -> Iterator[Edit]:
    """A flatten that is lost, or stands a second time where it does not belong."""
    for node in ast.walk(text.tree):
        if isinstance(node, ast.Assign) and isinstance(node.value, ast.Call) and _flattens(node.value):
            receiver = _receiver(node.value)
            if receiver is not None:
                yield replaced(text, "flatten lost", node.value, text.of(receiver), node)
        elif isinstance(node, ast.Call) and node.args and not isinstance(node.func, ast.Name):
            inner = node.args[0]
            if isinstance(inner, ast.Call) and _flattens(inner) and (receiver := _receiver(inner)) is not None:
                yield replaced(text, "flatten lost", inner, text.of(receiver), node)
            written = ast.unparse(node.func)
            if written.startswith("self.") and len(node.args) == 1 and isinstance(inner, ast.Name):
                yield replaced(text, "flatten doubled", inner, f"{inner.id}.flatten(1)", node)
        if isinstance(node, ast.Call) and re.match(r"(?:nn\.)?(?:Sequential|OrderedDict)$", ast.unparse(node.func)):
            items: list[ast.expr] = [*node.args]
            for item in items:
                if isinstance(item, ast.Call) and ast.unparse(item.func) in ("nn.Flatten", "Flatten"):
                    first, last = text.ends(item)
                    rest = re.match(r",?[ \t]*\n?", text.text[last:])
                    assert rest is not None
                    yield cut(text, "flatten lost", first, last + rest.end(), "", node)
                elif isinstance(item, ast.Call) and ast.unparse(item.func).startswith("nn.") and r.random() < 0.3:
                    first = text.ends(item)[0]
                    yield cut(text, "flatten doubled", first, first, "nn.Flatten(), ", node)
            for keyword in node.keywords:
                if isinstance(keyword.value, ast.Call) and ast.unparse(keyword.value.func) == "nn.Flatten":
                    yield replaced(text, "flatten lost", keyword.value, "nn.Identity()", node)


def _flattens(call: ast.Call) -> bool:
    written = ast.unparse(call)
    return bool(
        re.match(r"torch\.flatten\(.*, 1\)$", written)
        or re.search(r"\.flatten\(1\)$|\.(?:view|reshape)\((?:\w+\.(?:size\(0\)|shape\[0\])|-1), (?:-1|[\w *.]+)\)$", written)
    )


def _receiver(call: ast.Call) -> ast.expr | None:
    if isinstance(call.func, ast.Attribute):
        if ast.unparse(call.func) == "torch.flatten":
            return call.args[0]
        return call.func.value
    return None


def of_order(text: Text) -> Iterator[Edit]:
    """Dimensions in another order: two arguments of a permute or transpose."""
    for node in ast.walk(text.tree):
        if not isinstance(node, ast.Call) or not isinstance(node.func, ast.Attribute):
            continue
        if node.func.attr == "permute" and len(node.args) >= 3 and not isinstance(node.args[0], ast.Tuple | ast.List):
            a, b = node.args[-2:]
            first, last = text.ends(a)[0], text.ends(b)[1]
            new = text.of(b) + text.text[text.ends(a)[1] : text.ends(b)[0]] + text.of(a)
            yield cut(text, "swapped dimensions", first, last, new, node)
        if node.func.attr == "transpose" and len(node.args) == 2:
            yield replaced(text, "swapped dimensions", node, text.of(node.func.value), node)


# -- torch ------------------------------------------------------------------------------------------------------------


class Verdict(NamedTuple):
    """What torch says: its refusal (empty where it takes the network), where in the file, and the parameters' shapes.

    `slip`: it is no refusal of torch's, but a check of the program's own, or Python's.
    """

    refusal: str
    line: int = 0
    path: str = ""
    shapes: tuple[tuple[int, ...], ...] = ()
    slip: bool = False


def ready() -> None:
    """Lets torchvision's models be imported alone, without its operators, its transforms and what draws pictures."""
    import importlib
    from unittest.mock import MagicMock

    import torch

    warnings.simplefilter("ignore")
    torch.set_num_threads(1)
    folder = torchvision_folder()
    if folder is None:
        return

    def entered(name: str, below: str = "", **names: object) -> types.ModuleType:
        made = types.ModuleType(name)
        made.__path__ = [str(folder / below)]
        made.__dict__.update(names)
        sys.modules[name] = made
        return made

    def repeated(x: Any, n: int) -> tuple[Any, ...]:
        return tuple(x) if isinstance(x, tuple | list) else (x,) * n

    entered("torchvision")
    entered("torchvision.transforms", "transforms")
    sys.modules["torchvision.transforms._presets"] = MagicMock()
    entered("torchvision.utils", _log_api_usage_once=lambda *given: None, _make_ntuple=repeated)
    ops = entered("torchvision.ops", "ops")
    entered("torchvision.models", "models")
    for name in ("misc", "stochastic_depth"):
        ops.__dict__.update(importlib.import_module(f"torchvision.ops.{name}").__dict__)


def torchvision_folder() -> Path | None:
    """Where torchvision is installed, found without importing it."""
    return next((Path(p) / "torchvision" for p in sys.path if (Path(p) / "torchvision" / "models").is_dir()), None)


def judged(net: Net, text: str, shape: Shape | None = None) -> Verdict:
    """torch's own verdict on a text."""
    import torch

    name = net.module or "edited_source"
    file = net.path or f"<{net.name}>"
    module = types.ModuleType(name)
    module.__file__ = file
    folder = os.path.dirname(net.path)
    if net.module:
        import torchvision.models._api as api

        __import__(net.module)
        api.BUILTIN_MODELS.clear()
        module.__package__ = "torchvision.models"
    source = text.split("\n")
    arguments, sys.argv = sys.argv, [file]  # a program with options has their defaults
    before = list(sys.path)
    sys.path[:0] = [folder, os.path.dirname(folder)] if folder else []
    kept = sys.modules.get(name)
    sys.modules[name] = module
    try:
        with redirect_stdout(io.StringIO()), redirect_stderr(io.StringIO()), torch.device("meta"), torch.no_grad():
            exec(compile(text, file, "exec"), module.__dict__)  # nothing but networks that this script chose
            value = eval(net.asked, module.__dict__)
            model = value if isinstance(value, torch.nn.Module) else made(torch, value)
            model.eval()
            model(example(torch, model, shape or net.shape))
            shapes = tuple(sorted(tuple(p.shape) for p in model.parameters()))
        return Verdict("", 0, "", shapes)
    except Exception as error:
        lines = [f.lineno or 0 for f in traceback.extract_tb(error.__traceback__) if f.filename == file]
        said = f"{type(error).__name__}: {str(error).splitlines()[0][:150] if str(error) else ''}"
        last = traceback.extract_tb(error.__traceback__)[-1]
        own = last.filename == file and source[(last.lineno or 1) - 1].lstrip().startswith("raise")
        slip = own or isinstance(error, AttributeError | TypeError)
        return Verdict(said, lines[-1] if lines else 0, refused_in(torch, error), slip=slip)
    finally:
        sys.argv = arguments
        sys.path[:] = before
        if kept is not None:
            sys.modules[name] = kept
        else:
            sys.modules.pop(name, None)


def refused_in(torch: Any, error: Exception) -> str:
    """The path of the innermost module that was running."""
    modules = [f.f_locals.get("self") for f, _ in traceback.walk_tb(error.__traceback__)]
    running = [m for m in modules if isinstance(m, torch.nn.Module)]
    if not running:
        return ""
    try:
        paths = {id(module): name for name, module in running[0].named_modules()}
    except AttributeError:  # it is still being made
        return ""
    return next((paths[id(m)] for m in reversed(running) if id(m) in paths), "")


def made(torch: Any, maker: Any) -> Any:
    """What a class or function makes; on the CPU where it computes sizes with tensors."""
    try:
        return maker()
    except NotImplementedError:
        with torch.device("cpu"):
            return maker().to("meta")


def example(torch: Any, model: Any, shape: Shape) -> Any:
    """An input: whole numbers where an embedding reads it."""
    first = next((m for m in model.modules() if not list(m.children())), None)
    if isinstance(first, torch.nn.Embedding):
        return torch.zeros(2, *shape, dtype=torch.long, device="meta")
    return torch.empty(2, *shape, device="meta")


# -- archcalc ---------------------------------------------------------------------------------------------------------


def asked(net: Net, text: str, shape: Shape | None = None) -> Any:
    """The first fault archcalc finds in a text; None where it reads it."""
    from archcalc.analysis import analyse
    from archcalc.loading import from_source
    from archcalc.text.faults import SpecError
    from archcalc.text.source import Source

    source = Source(os.path.basename(net.path) or "net.py", text, "python", path=net.path, asked=net.asked)
    source.library = bool(net.module)
    try:
        analyse(from_source(source, inputs={"": shape or net.shape}))
    except SpecError as error:
        return error.faults[0]
    return None


def typed(text: str, fault: Any) -> tuple[str, Shape | None]:
    """The text with the first repair typed into it, and the input where the repair is one.

    Raises ValueError where it cannot be typed.
    """
    repair = fault.repairs[0]
    if match := re.match(r"--input ([\dx]+)$", repair):
        return text, tuple(int(n) for n in match[1].split("x"))
    place = re.search(r" (?:at|in) (\d+):(\d+)$", repair)
    words = repair[: place.start()] if place else repair
    tree = Text(text)
    if words.startswith("without `"):
        return without(tree, words[9:-1], (int(place[1]), int(place[2])) if place else (fault.span.line, fault.span.column)), None
    if match := re.match(r"`(.+)` in front of `(.+)`$", words):
        words = f"`{match[1]} {match[2]}` for `{match[2]}`"
    if match := re.match(r"`(.+)` for `(.+)`$", words):
        line, column = (int(place[1]), int(place[2])) if place else (fault.span.line, fault.span.column)
        at = tree.at(line, 0) + column - 1
        if not text[at:].startswith(match[2]):
            raise ValueError(f"{match[2]} does not stand at {line}:{column}")
        return text[:at] + match[1] + text[at + len(match[2]) :], None
    if not re.match(r"\w+=[^=]", words):
        raise ValueError(f"not to be typed: {repair}")
    if place:
        at_ = (int(place[1]), int(place[2]))
    else:
        made = next((m for note in fault.notes if (m := re.match(r"made at (\d+):(\d+)", note))), None)
        at_ = (int(made[1]), int(made[2])) if made else (fault.span.line, fault.span.column)
    for word in re.split(r", (?=\w+=)", words):
        name, _, value = word.partition("=")
        tree = Text(with_argument(tree, at_, name, value))
    return tree.text, None


def without(text: Text, written: str, at: tuple[int, int]) -> str:
    """The text without what stands at a place, and without the comma behind it."""
    first = text.at(at[0], 0) + at[1] - 1
    if not text.text[first:].startswith(written):
        raise ValueError(f"{written} does not stand at {at[0]}:{at[1]}")
    rest = re.match(r",?[ \t]*", text.text[first + len(written) :])
    assert rest is not None
    return text.text[:first] + text.text[first + len(written) + rest.end() :]


def with_argument(text: Text, at: tuple[int, int], name: str, value: str) -> str:
    """The text with one argument of a call written anew."""
    around: ast.Call | None = None
    for node in ast.walk(text.tree):
        if isinstance(node, ast.Call):
            where = (node.lineno, len(text.lines[node.lineno - 1].encode()[: node.col_offset].decode()) + 1)
            end = (node.end_lineno or 0, node.end_col_offset or 0)
            inside = where <= at <= end
            if (where == at and around is None) or (
                inside and around is None and not any(isinstance(n, ast.Call) for n in ast.walk(node) if n is not node)
            ):
                around = node
    if around is None:
        raise ValueError(f"no call at {at[0]}:{at[1]}")
    called = ast.unparse(around.func).rpartition(".")[2]
    for keyword in around.keywords:
        if keyword.arg == name:
            first, last = text.ends(keyword.value)
            return text.text[:first] + value + text.text[last:]
    try:
        index = signature(called).index(name)
    except (AttributeError, ValueError):
        index = -1
    if 0 <= index < len(around.args):
        first, last = text.ends(around.args[index])
        return text.text[:first] + value + text.text[last:]
    return appended(text, "", around, f"{name}={value}").text


# -- the measurement --------------------------------------------------------------------------------------------------


class Outcome(NamedTuple):
    """What became of an edit that torch refuses."""

    net: Net
    edit: Edit
    torch: str
    place: bool
    right: bool
    accepted: bool
    said: str


def measured(net: Net, edit: Edit, before: Verdict) -> Outcome | None:
    """The outcome of an edit; None where torch takes the network all the same, and where what refuses it is not torch: a check
    that the program makes of itself, or Python's own, as of a tuple that is flattened."""
    refused = judged(net, edit.text)
    if not refused.refusal or refused.slip:
        return None
    try:
        fault = asked(net, edit.text)
    except Exception as error:
        return Outcome(net, edit, refused.refusal, False, False, False, f"CRASH {type(error).__name__}: {error}")
    if fault is None:
        return Outcome(net, edit, refused.refusal, False, False, False, "READ AS RIGHT")
    there = fault.span is not None and (fault.span.line == refused.line or (fault.path and fault.path == refused.path))
    placed = at_the_edit(fault, edit) or (edit.kind in ("padding", "stride", "flatten lost") and there)
    accepted = right = False
    said = str(fault)
    try:
        text, shape = typed(edit.text, fault)
        after = judged(net, text, shape)
        accepted = not after.refusal
        right = accepted and after.shapes == before.shapes
        said += f"\n  typed: {after.refusal or ('right' if right else 'accepted, other parameters')}"
    except (ValueError, IndexError, SyntaxError) as error:
        said += f"\n  typed: {type(error).__name__} {error}"
    return Outcome(net, edit, refused.refusal, placed, right, accepted, said)


def at_the_edit(fault: Any, edit: Edit) -> bool:
    """Whether a fault points at the edited call."""
    places = [(fault.span.line, fault.span.column)] if fault.span is not None else []
    for words in (*fault.notes, *fault.repairs[:1]):
        places += [(int(a), int(b)) for a, b in re.findall(r"\b(\d+):(\d+)", words)]
    return any(edit.first[0] <= line <= edit.last[0] for line, _ in places)


def run(nets: list[Net], count: int, seed: int, each: int, limit: float = 1e9) -> list[Outcome]:
    """Edits of the networks, until so many are refused by torch."""
    r = random.Random(seed)
    began = time.perf_counter()
    found: list[Outcome] = []
    r.shuffle(nets)
    for net in nets:
        if time.perf_counter() - began > limit:
            break
        before = judged(net, net.text)
        if before.refusal:
            print(f"{net.name}: torch refuses the original: {before.refusal}", file=sys.stderr)
            continue
        if (fault := asked(net, net.text)) is not None:
            print(f"{net.name}: archcalc refuses the original: {fault}", file=sys.stderr)
            continue
        kinds: Counter[str] = Counter()
        tried: Counter[str] = Counter()
        for edit in edits(net, r):
            if kinds[edit.kind] >= each or tried[edit.kind] >= 3 * each:
                continue
            tried[edit.kind] += 1
            try:
                compile(edit.text, "edit", "exec")
            except SyntaxError:
                continue
            outcome = measured(net, edit, before)
            if outcome is not None:
                kinds[edit.kind] += 1
                found.append(outcome)
                print("." if outcome.place and outcome.right else "!", end="", file=sys.stderr, flush=True)
                if len(found) >= count or time.perf_counter() - began > limit:
                    return found
    return found


def table(found: list[Outcome]) -> str:
    """The figures by kind of edit."""
    lines = [f"{'edit':20} {'refused':>8} {'place':>8} {'accepted':>9} {'right':>8}"]
    kinds = sorted({o.edit.kind for o in found})
    for kind in [*kinds, "all"]:
        of = [o for o in found if kind in (o.edit.kind, "all")]
        shares = [
            f"{100 * sum(map(bool, column)) / len(of):.1f} %"
            for column in ([o.place for o in of], [o.accepted for o in of], [o.right for o in of])
        ]
        lines.append(f"{kind:20} {len(of):8} {shares[0]:>8} {shares[1]:>9} {shares[2]:>8}")
    return "\n".join(lines)


def main() -> None:
    """The command line."""
    parser = argparse.ArgumentParser(description=__doc__, formatter_class=argparse.RawDescriptionHelpFormatter)
    parser.add_argument("--count", type=int, default=2000, help="stop after so many edits that torch refuses")
    parser.add_argument("--seconds", type=float, default=1e9, help="stop after so long")
    parser.add_argument("--each", type=int, default=2, help="of each kind so many a network")
    parser.add_argument("--seed", type=int, default=1)
    parser.add_argument("--exports", type=int, default=120, help="so many random nets")
    parser.add_argument("--only", default="", help="the networks whose name has this in it")
    parser.add_argument("--show", action="store_true", help="print what was not right")
    parser.add_argument("--repositories", nargs="*", default=[], metavar="FOLDER")
    options = parser.parse_args()
    ready()
    makers: list[Callable[[], Iterator[Net]]] = [
        vision,
        own,
        lambda: repositories(options.repositories),
        lambda: exports(options.exports),
    ]
    nets = [net for make in makers for net in make() if options.only in net.name]
    began = time.perf_counter()
    found = run(nets, options.count, options.seed, options.each, options.seconds)
    if options.show:
        for o in found:
            if not (o.place and o.right):
                wrong = " ".join(w for w, fine in (("place", o.place), ("repair", o.right)) if not fine)
                print(f"=== {o.net.name}: {o.edit.kind} at {o.edit.first[0]}, {o.edit.said}; wrong: {wrong}")
                print(f"    torch: {o.torch}\n{o.said}\n")
    print(table(found))
    print(f"{len({o.net.name for o in found})} networks, seed {options.seed}, {time.perf_counter() - began:.0f} s")


if __name__ == "__main__":
    main()
