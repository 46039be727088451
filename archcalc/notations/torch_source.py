"""PyTorch source: `nn.Sequential(...)` as a student pastes it, read with Python's `ast` and never run.

Torch's meaning throughout: no flatten is inserted, channels stated in the source are checked. Numbers assigned above become
variables of the network. `conv_arch = ((1, 64), …)` alone is Dive into Deep Learning's VGG.
"""

from __future__ import annotations

import ast
import re
from collections.abc import Iterator
from typing import NamedTuple

from archcalc.errors import Fault, Source, Span, SpecError, suggestions
from archcalc.spec import List, Map, Scalar, Value

MOST_CHARACTERS = 200_000
DEEPEST = 40


class Module(NamedTuple):
    """A module of torch.nn: our layer, its positional parameters in torch's order under our names, what may be ignored."""

    kind: str
    parameters: str = ""
    ignored: str = ""


_CONV = "in out kernel stride padding dilation groups bias"
_POOL = "kernel stride padding dilation return_indices ceil"
_NORM = "in eps momentum affine track_running_stats"
_RNN = "in hidden layers"
_ALWAYS = {"device", "dtype", "inplace"}

MODULES: dict[str, Module] = {
    **{f"Conv{r}d": Module("conv", _CONV, "padding_mode") for r in (1, 2, 3)},
    **{f"LazyConv{r}d": Module("conv", _CONV[3:], "padding_mode") for r in (1, 2, 3)},
    **{
        f"ConvTranspose{r}d": Module(
            "convtranspose", "in out kernel stride padding output_padding groups bias dilation", "padding_mode"
        )
        for r in (1, 2, 3)
    },
    **{f"MaxPool{r}d": Module("maxpool", _POOL, "return_indices") for r in (1, 2, 3)},
    **{
        f"AvgPool{r}d": Module("avgpool", "kernel stride padding ceil count_include_pad", "count_include_pad divisor_override")
        for r in (1, 2, 3)
    },
    **{f"AdaptiveAvgPool{r}d": Module("adaptiveavgpool", "out") for r in (1, 2, 3)},
    **{f"AdaptiveMaxPool{r}d": Module("adaptivemaxpool", "out", "return_indices") for r in (1, 2, 3)},
    **{f"BatchNorm{r}d": Module("bn", _NORM, "momentum track_running_stats") for r in (1, 2, 3)},
    **{f"LazyBatchNorm{r}d": Module("bn", _NORM[3:], "momentum track_running_stats") for r in (1, 2, 3)},
    **{f"InstanceNorm{r}d": Module("instancenorm", _NORM, "momentum track_running_stats") for r in (1, 2, 3)},
    **{f"Dropout{r}": Module("dropout", "p inplace") for r in ("", "1d", "2d", "3d")},
    **{f"ZeroPad{r}d": Module("zeropad", "padding") for r in (1, 2, 3)},
    "AlphaDropout": Module("dropout", "p inplace"),
    "Linear": Module("fc", "in out bias"),
    "LazyLinear": Module("fc", "out bias"),
    "Flatten": Module("flatten", "start_dim end_dim"),
    "Unflatten": Module("reshape", "dim shape"),
    "Identity": Module("identity", "", "*"),
    "Embedding": Module("embedding", "num dim", "padding_idx max_norm norm_type scale_grad_by_freq sparse"),
    "LayerNorm": Module("layernorm", "shape eps affine bias"),
    "GroupNorm": Module("groupnorm", "groups in eps affine"),
    "LocalResponseNorm": Module("lrn", "size alpha beta k", "alpha beta k"),
    "RNN": Module("rnn", _RNN, "batch_first nonlinearity"),
    "LSTM": Module("lstm", _RNN, "batch_first"),
    "GRU": Module("gru", _RNN, "batch_first"),
    "MultiheadAttention": Module("attention", "in heads dropout bias", "batch_first"),
    "TransformerEncoderLayer": Module(
        "transformer_encoder_layer", "model heads ff p act", "batch_first layer_norm_eps norm_first bias"
    ),
    "Upsample": Module("upsample", "size scale mode align_corners", "align_corners recompute_scale_factor"),
    "PixelShuffle": Module("pixelshuffle", "factor"),
    "ChannelShuffle": Module("channelshuffle", "groups"),
    "ReLU": Module("relu", "inplace"),
    "ReLU6": Module("relu6", "inplace"),
    "LeakyReLU": Module("leakyrelu", "slope inplace"),
    "PReLU": Module("prelu", "num init", "init"),
    "ELU": Module("elu", "alpha inplace"),
    "SELU": Module("selu", "inplace"),
    "GELU": Module("gelu", "approximate", "approximate"),
    "SiLU": Module("silu", "inplace"),
    "Mish": Module("mish", "inplace"),
    "Softplus": Module("softplus", "beta threshold", "beta threshold"),
    "Sigmoid": Module("sigmoid"),
    "Tanh": Module("tanh"),
    "Hardsigmoid": Module("hardsigmoid", "inplace"),
    "Hardswish": Module("hardswish", "inplace"),
    "Softmax": Module("softmax", "dim", "dim"),
    "LogSoftmax": Module("logsoftmax", "dim", "dim"),
}
_COMMENT_INPUT = re.compile(r"#\s*input(?:\s+shape)?\s*[:=]?\s*\(?(\d+(?:\s*[x×,]\s*\d+)*)", re.I)
_TENSORS = {"randn", "rand", "zeros", "ones", "empty"}


def read(source: Source) -> Map:
    """The spec tree of the network in a Python text. Raises SpecError."""
    return _Reader(source).tree()


class _Reader:
    """Finds the network in a text, and turns its modules into items of the tree."""

    def __init__(self, source: Source) -> None:
        self.source = source
        self.lines = source.text.split("\n")
        if len(source.text) > MOST_CHARACTERS:
            raise self._fault(f"a Python text of more than {MOST_CHARACTERS:,} characters", None)
        try:
            self.module = ast.parse(source.text)
        except SyntaxError as error:
            line, column = error.lineno or 1, error.offset or 1
            raise SpecError([Fault(f"not Python: {error.msg}", Span(source, line, column))]) from None
        except (ValueError, RecursionError, MemoryError):
            raise self._fault("not Python: nested too deep to be read", None) from None
        self.values: dict[str, ast.expr] = {}
        self.used: set[str] = set()
        self.notes: list[str] = []

    def tree(self) -> Map:
        """The whole."""
        self._assignments()
        root = self._network()
        if root is None:
            return self._conv_arch()
        items = self._items(root, 0)
        return self._map(items, self._input(root), [])

    # -- places ---------------------------------------------------------------------------------------------------

    def _place(self, node: ast.expr | ast.keyword) -> tuple[int, int]:
        """Line and column of a node, in characters (ast counts bytes)."""
        line = self.lines[node.lineno - 1].encode()
        return node.lineno, len(line[: node.col_offset].decode(errors="ignore")) + 1

    def _length(self, node: ast.expr) -> int:
        line, column = self._place(node)
        if node.end_lineno != node.lineno or node.end_col_offset is None:
            return len(self.lines[line - 1]) - column + 1
        return len(self.lines[line - 1].encode()[: node.end_col_offset].decode(errors="ignore")) - column + 1

    def _scalar(self, text: str, node: ast.expr) -> Scalar:
        line, column = self._place(node)
        return Scalar(text, self.source, line, column, max(1, self._length(node)))

    def _fault(self, message: str, node: ast.expr | None, *repairs: str) -> SpecError:
        span = self._scalar("", node).span() if node is not None else Span(self.source, 1, 1)
        return SpecError([Fault(message, span, repairs=repairs)])

    # -- finding --------------------------------------------------------------------------------------------------

    def _assignments(self) -> None:
        """What is assigned to plain names, at the top and in an `__init__` (self.features)."""
        for statement in self._statements():
            if isinstance(statement, ast.Assign) and len(statement.targets) == 1:
                target = statement.targets[0]
                if isinstance(target, ast.Name):
                    self.values[target.id] = statement.value
                elif isinstance(target, ast.Attribute) and isinstance(target.value, ast.Name) and target.value.id == "self":
                    self.values[f"self.{target.attr}"] = statement.value

    def _statements(self) -> Iterator[ast.stmt]:
        for statement in self.module.body:
            if isinstance(statement, ast.ClassDef):
                for method in statement.body:
                    if isinstance(method, ast.FunctionDef) and method.name == "__init__":
                        yield from method.body
            else:
                yield statement

    def _network(self) -> ast.expr | None:
        """The outermost Sequential of the text, or the only module; None where there is none."""
        candidates = [v for v in self.values.values() if _module(v)]
        candidates += [s.value for s in self.module.body if isinstance(s, ast.Expr) and _module(s.value)]
        inner = {id(self.values[n]) for c in candidates for n in _names(c) if n in self.values}
        outer = [c for c in candidates if id(c) not in inner]
        sequential = [c for c in outer if _module(c) == "Sequential"]
        found = sequential or outer
        classes = [s for s in self.module.body if isinstance(s, ast.ClassDef)]
        if classes and len(found) != 1:
            line = classes[0]
            span = Span(self.source, line.lineno, line.col_offset + 1, len("class ") + len(line.name))
            message = f"the class {line.name} is code; only nn.Sequential is read, and nothing is run"
            raise SpecError([Fault(message, span, repairs=["its layers in one nn.Sequential(…)", "the same net in YAML"])])
        if len(found) > 1:
            raise self._fault("several networks here; which is meant?", found[1], "one nn.Sequential(…) around all of them")
        return found[0] if found else None

    # -- modules --------------------------------------------------------------------------------------------------

    def _items(self, node: ast.expr, depth: int) -> list[Value]:
        """The items of the tree that a module or a list of modules makes."""
        if depth > DEEPEST:
            raise self._fault(f"modules nested more than {DEEPEST} deep", node)
        name = _dotted(node)
        if name in self.values:
            return self._items(self.values[name], depth + 1)
        if isinstance(node, ast.Starred):
            return self._items(node.value, depth + 1)
        if isinstance(node, ast.List | ast.Tuple):
            return [item for element in node.elts for item in self._items(element, depth + 1)]
        kind = _module(node)
        if kind is None or not isinstance(node, ast.Call):
            text = ast.unparse(node)
            raise self._fault(
                f"'{text[:40]}' is not a module of torch.nn written out; this text is read, not run",
                node,
                "nn.Conv2d(…), nn.ReLU() and so on",
            )
        if kind == "Sequential":
            if node.keywords:
                raise self._fault("nn.Sequential takes modules only", node.keywords[0].value)
            parts = self._ordered(node) if node.args and _called(node.args[0]) == "OrderedDict" else node.args
            return [item for part in parts for item in self._items(part, depth + 1)]
        if kind not in MODULES:
            near = [f"nn.{n}" for n in suggestions(kind, MODULES)]
            raise self._fault(f"nn.{kind} is not known here", node.func, *near)
        return [self._layer(kind, node)]

    def _ordered(self, node: ast.Call) -> list[ast.expr]:
        """The modules of Sequential(OrderedDict([('conv1', nn.Conv2d(…)), …]))."""
        inner = node.args[0]
        pairs = inner.args[0] if isinstance(inner, ast.Call) and inner.args else None
        if isinstance(pairs, ast.List | ast.Tuple) and all(isinstance(p, ast.Tuple) and len(p.elts) == 2 for p in pairs.elts):
            return [p.elts[1] for p in pairs.elts if isinstance(p, ast.Tuple)]
        raise self._fault("an OrderedDict is read as a list of ('name', module) pairs", inner)

    def _layer(self, kind: str, node: ast.Call) -> Value:
        module = MODULES[kind]
        names = module.parameters.split()
        if len(node.args) > len(names):
            raise self._fault(f"nn.{kind} takes {len(names)} arguments, {len(node.args)} are given", node.args[len(names)])
        given = [(name, value) for name, value in zip(names, node.args, strict=False)]
        for keyword in node.keywords:
            if keyword.arg is None:
                raise self._fault("** is not read", keyword.value)
            given.append((keyword.arg, keyword.value))
        ignored = {*module.ignored.split(), *_ALWAYS}
        entries: list[tuple[Scalar, Value]] = []
        for name, value in given:
            if isinstance(value, ast.Starred):
                raise self._fault("* is not read", value)
            if "*" in ignored or self._ignore(kind, name, value, ignored):
                continue
            key = self._scalar({"kernel_size": "kernel"}.get(name, name), value)
            entries.append((key, self._value(kind, name, value)))
        word = self._scalar(self._word(kind, module), node.func)
        return Map(
            [(word, Map(entries, self.source, word.line, word.column) if entries else self._scalar("", node))],
            self.source,
            word.line,
            word.column,
        )

    def _word(self, kind: str, module: Module) -> str:
        """Our name of a module; the dimensions of Conv2d are kept, since they are checked."""
        if module.kind in ("conv", "convtranspose", "maxpool", "avgpool"):
            return module.kind + kind[-2:]
        return module.kind

    def _ignore(self, kind: str, name: str, value: ast.expr, ignored: set[str]) -> bool:
        """Whether an argument changes nothing that is counted. Raises where it would."""
        plain = value.value if isinstance(value, ast.Constant) else ...
        if plain is None and name != "p":
            return True
        if kind == "Flatten":
            if (name, ast.unparse(value)) in (("start_dim", "1"), ("end_dim", "-1")):
                return True
            raise self._fault("nn.Flatten is read from dimension 1 to the last", value, "nn.Flatten()")
        if kind == "Unflatten" and name == "dim":
            if plain == 1:
                return True
            raise self._fault("nn.Unflatten is read for dimension 1", value)
        if kind == "Upsample" and name == "size":
            raise self._fault("nn.Upsample is read by its scale_factor", value, "scale_factor=2")
        if kind == "TransformerEncoderLayer" and name in ("norm_first", "bias") and plain != (name == "bias"):
            raise self._fault(f"{name}={plain!r} is not read", value)
        return name in ignored

    def _value(self, kind: str, name: str, node: ast.expr) -> Value:
        """An argument as a value of the tree: names stay names (they are variables), tuples become lists."""
        if isinstance(node, ast.Tuple | ast.List):
            values: list[Value] = [self._value(kind, name, e) for e in node.elts]
            line, column = self._place(node)
            if kind.startswith("ZeroPad") and len(values) > 1:
                # torch: last axis first, before then after; ours: a pair an axis, first axis first.
                pairs: list[Value] = [List(values[i : i + 2], self.source, line, column) for i in range(0, len(values), 2)]
                values = pairs[::-1]
            return List(values, self.source, line, column)
        if isinstance(node, ast.Call) and _called(node) == "Size" and node.args:
            return self._value(kind, name, node.args[0])
        for part in ast.walk(node):
            if isinstance(part, ast.Name):
                self._use(part)
        text = node.value if isinstance(node, ast.Constant) and isinstance(node.value, str) else ast.unparse(node)
        if kind == "TransformerEncoderLayer" and name in ("activation", "act"):
            text = text.split(".")[-1].strip("'")
        return self._scalar(text, node)

    def _use(self, node: ast.Name) -> None:
        value = self.values.get(node.id)
        if value is None:
            raise self._fault(f"'{node.id}' is assigned nowhere above", node)
        if not isinstance(value, ast.Constant | ast.BinOp | ast.UnaryOp):
            raise self._fault(f"'{node.id}' is not a number", node)
        if node.id not in self.used:
            self.used.add(node.id)
            for part in ast.walk(value):
                if isinstance(part, ast.Name):
                    self._use(part)

    # -- the whole ------------------------------------------------------------------------------------------------

    def _input(self, root: ast.expr) -> Scalar:
        """The input shape: from a comment, a tensor that is made, or the first layer; `?` where the size is not said."""
        for number, line in enumerate(self.lines, 1):
            if match := _COMMENT_INPUT.search(line):
                text = re.sub(r"\s*[×,x]\s*", "x", match[1])
                return Scalar(text, self.source, number, match.start(1) + 1, len(match[1]))
        for node in ast.walk(self.module):
            if isinstance(node, ast.Call) and _called(node) in _TENSORS:
                shape = next((k.value for k in node.keywords if k.arg == "size"), None)
                parts = shape if isinstance(shape, ast.Tuple) else node.args[0] if len(node.args) == 1 else None
                numbers = parts.elts if isinstance(parts, ast.Tuple | ast.List) else node.args
                plain = [n.value for n in numbers if isinstance(n, ast.Constant) and isinstance(n.value, int)]
                if len(plain) == len(numbers) >= 2:
                    self.notes.append(f"the input is that of {_called(node)}(…), without its first dimension, the batch")
                    return self._scalar("x".join(map(str, plain[1:])), node)
        first = self._first(root)
        kind = _module(first) if first is not None else None
        if first is None or not isinstance(first, ast.Call) or kind not in MODULES:
            return self._scalar("?", root)
        channels = first.args[0] if first.args else next((k.value for k in first.keywords if k.arg in _IN), None)
        text = ast.unparse(channels) if channels is not None and MODULES[kind].parameters.startswith("in ") else "?"
        if MODULES[kind].kind == "fc":
            return self._scalar(text, first)
        if MODULES[kind].kind in ("rnn", "lstm", "gru", "attention"):
            return self._scalar(f"?x{text}", first)
        axes = int(kind[-2]) if kind[-2:] in ("1d", "2d", "3d") else 2
        return self._scalar("x".join([text, *["?"] * axes]), first)

    def _first(self, node: ast.expr) -> ast.expr | None:
        """The first module inside Sequentials."""
        for _ in range(DEEPEST):
            name = _dotted(node)
            if name in self.values:
                node = self.values[name]
            elif _module(node) == "Sequential" and isinstance(node, ast.Call) and node.args:
                parts = self._ordered(node) if _called(node.args[0]) == "OrderedDict" else node.args
                if not parts:
                    return None
                node = parts[0].value if isinstance(parts[0], ast.Starred) else parts[0]
            elif isinstance(node, ast.List | ast.Tuple) and node.elts:
                node = node.elts[0]
            else:
                return node
        return None

    def _conv_arch(self) -> Map:
        """Dive into Deep Learning's `conv_arch`: a VGG block for every (number of convolutions, channels)."""
        pairs = self.values.get("conv_arch")
        if pairs is None:
            raise self._fault(
                "no nn.Sequential(…) is found in this Python text, which is read and never run", None, "net = nn.Sequential(…)"
            )
        items: list[Value] = []
        elements = pairs.elts if isinstance(pairs, ast.Tuple | ast.List) else []
        for pair in elements:
            numbers = pair.elts if isinstance(pair, ast.Tuple | ast.List) else []
            if len(numbers) != 2 or not all(isinstance(n, ast.Constant) and isinstance(n.value, int) for n in numbers):
                raise self._fault("conv_arch is a tuple of pairs (convolutions, channels)", pair, "(2, 256)")
            count, channels = (n.value for n in numbers if isinstance(n, ast.Constant))
            items.append(self._scalar(f"vgg {count!r} {channels!r}", pair))
        if not items:
            raise self._fault("conv_arch is a tuple of pairs (convolutions, channels)", pairs, "conv_arch = ((1, 64), (1, 128))")
        head = ["fc 4096 relu dropout 0.5", "fc 4096 relu dropout 0.5", "fc classes"]
        items += [self._scalar(line, pairs) for line in head]
        self.notes.append(
            "conv_arch is read as Dive into Deep Learning's VGG: 3×3 convolutions with padding 1 and ReLU, a 2×2 max pool "
            "after each pair, then two layers of 4096 with dropout and one of 10 classes, on an image of 1×224×224"
        )
        classes = (self._scalar("classes", pairs), self._scalar("10", pairs))
        tree = self._map(items, self._scalar("1x224x224", pairs), [classes])
        return Map([e for e in tree.entries if e[0].text != "flatten"], self.source, tree.line, tree.column)

    def _map(self, items: list[Value], shape: Scalar, variables: list[tuple[Scalar, Value]]) -> Map:
        line, column = shape.line, shape.column

        def key(text: str) -> Scalar:
            return Scalar(text, self.source, line, column, 1)

        ordered = [name for name in self.values if name in self.used]
        pairs: list[tuple[Scalar, Value]] = [(key(n), self._scalar(ast.unparse(self.values[n]), self.values[n])) for n in ordered]
        entries: list[tuple[Scalar, Value]] = [
            (key("input"), shape),
            (key("flatten"), key("never")),
            (key("layers"), List(items, self.source, line, column)),
        ]
        if pairs + variables:
            entries.insert(0, (key("vars"), Map(pairs + variables, self.source, line, column)))
        if self.notes:
            entries.append((key("notes"), List([key(n) for n in self.notes], self.source, line, column)))
        return Map(entries, self.source, line, column)


_IN = {"in_channels", "in_features", "input_size", "num_features", "embed_dim", "d_model"}


def _dotted(node: ast.expr) -> str:
    """`name` or `self.name`, where that is all a node is."""
    if isinstance(node, ast.Name):
        return node.id
    if isinstance(node, ast.Attribute) and isinstance(node.value, ast.Name) and node.value.id == "self":
        return f"self.{node.attr}"
    return ""


def _called(node: ast.expr) -> str:
    """The last part of the name a call calls: Sequential of torch.nn.Sequential(…)."""
    if not isinstance(node, ast.Call):
        return ""
    function = node.func
    return function.attr if isinstance(function, ast.Attribute) else function.id if isinstance(function, ast.Name) else ""


def _module(node: ast.expr) -> str | None:
    """The module of torch.nn a call makes; None for any other call. Names without `nn.` count where they are known."""
    name = _called(node)
    if not name or not isinstance(node, ast.Call):
        return None
    if isinstance(node.func, ast.Attribute):
        owner = ast.unparse(node.func.value)
        return name if owner in ("nn", "torch.nn") else None
    return name if name in MODULES or name == "Sequential" else None


def _names(node: ast.expr) -> set[str]:
    """The plain names a node mentions."""
    return {_dotted(n) for n in ast.walk(node) if isinstance(n, ast.Name | ast.Attribute)} - {""}
