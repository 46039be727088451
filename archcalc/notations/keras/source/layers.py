"""keras.layers: how layers are made and called."""

from __future__ import annotations

from collections.abc import Callable, Sequence
from typing import TYPE_CHECKING

from archcalc.interpreter.code import Function
from archcalc.interpreter.signature import Misbound, Signature
from archcalc.interpreter.values import (
    UNSET,
    Class,
    Dict,
    List,
    Method,
    Native,
    Result,
    Task,
    Unknown,
    Value,
    host_class,
)
from archcalc.notations.keras.activations import ACTIVATIONS
from archcalc.notations.keras.layers import KINDS
from archcalc.notations.keras.source.objects import LayerObject, ModelObject, argument_spans, shown_value, sizes_shown, unheld
from archcalc.notations.keras.source.session import WORK_OF_A_PLACE, Session, config_of, plain, ruled, session, tensors_in
from archcalc.notations.keras.source.signatures import ALWAYS, FIRST_KERAS, OLD_WORDS, layer_of, parameters
from archcalc.notations.keras.source.tensors import KERAS_TENSOR, VARIABLE, another, of_keras, shown
from archcalc.notations.pytorch.vocabulary.moves import same_values
from archcalc.notations.pytorch.vocabulary.shapes import B, Batch, Dim, Full
from archcalc.notations.pytorch.vocabulary.tensors import Parameter, Step, Tensor
from archcalc.notations.pytorch.vocabulary.trace import moved, note
from archcalc.text.faults import SpecError, suggestions
from archcalc.text.located import Json
from archcalc.text.source import Source, Span

if TYPE_CHECKING:
    from archcalc.interpreter.machine import Machine

LAYER = host_class("Layer", LayerObject, module="keras.layers")
WORK_OF_A_MODULE = 150
# What a call may say beside its tensors, that changes no figure.
BESIDE = frozenset("training mask attention_mask use_causal_mask query_mask value_mask key_mask constants".split())
# What Keras's own layers call their weights.
WEIGHTS = frozenset("kernel bias gamma beta embeddings mean variance moving_mean moving_variance".split())
# What a model has once it is trained, or to be trained by.
OF_TRAINING = frozenset("metrics_names loss loss_weights input_names output_names stop_training total_loss targets".split())
# Layers that Keras makes inside another when it is first called: they take names that those after them would have.
HIDDEN = dict.fromkeys(("MultiHeadAttention", "GroupQueryAttention"), (("Softmax", ""), ("Dropout", "dropout")))
RECURRENT = frozenset("LSTM GRU SimpleRNN CuDNNLSTM CuDNNGRU RNN Bidirectional".split())
# Activations that only a table of Keras names: rules know them by these words.
WORDS = frozenset([*ACTIVATIONS, *(word.replace("_", "") for word in ACTIVATIONS), "exponential", "softsign", "linear"])


@LAYER.method("__new__", raw=True, unknown=True)
def new(machine: Machine, args: tuple[Value, ...], kwargs: dict[str, Value]) -> Value:
    """Remembers how a layer was made."""
    cls = args[0]
    assert isinstance(cls, Class)
    made = cls.host(cls)
    assert isinstance(made, LayerObject)
    made.arguments = (tuple(args[1:]), dict(kwargs))
    made.place = machine.place()
    machine.budget.spend("objects", 1, machine.span)
    machine.work(WORK_OF_A_MODULE + WORK_OF_A_PLACE * len(machine.tasks))
    session(machine).objects.append(made)
    return made


def settle(machine: Machine, self: LayerObject, given: dict[str, Value]) -> None:
    """What every layer has: its name and whether it is trained."""
    run = session(machine)
    name = given.get("name")
    if isinstance(name, Unknown):
        name = None
    self.name = name if isinstance(name, str) and name else self.name or run.named(self.cls.name)
    self.ready = True
    self.given = {**self.given, **given}
    self.attributes.setdefault("built", False)
    self.attributes.setdefault("trainable", given.get("trainable", True))
    self.attributes.setdefault("dtype", "float32")
    self.attributes.setdefault("supports_masking", False)


@LAYER.method("__init__", unknown=True)
def initialise(machine: Machine, self: LayerObject, *args: Value, **kwargs: Value) -> Value:
    if args:
        raise machine.error("TypeError", f"Layer.__init__() takes 1 positional argument but {len(args) + 1} were given")
    strange = next((name for name in kwargs if name not in ALWAYS), None)
    if strange is not None:
        near = suggestions(strange, ALWAYS)
        raise machine.fault(f"Layer has no argument '{strange}'", *(near or ["super().__init__() without it"]))
    settle(machine, self, kwargs)
    return None


# -- the layers of the table --------------------------------------------------------------------------------------------

_CLASSES: dict[str, Class] = {}


def layer_class(name: str) -> Class | None:
    """The class of a layer of keras.layers; None where no layer has this name."""
    if name in _CLASSES:
        return _CLASSES[name]
    kind = layer_of(name)
    if kind is None:
        return None
    made = Class(name if name in FIRST_KERAS else kind, (LAYER,), LayerObject, module="keras.layers")
    made.names["__init__"] = Native(f"{name}.__init__", _maker(name, kind), raw=True, unknown=True, pure=True)
    made.names["call"] = Native(f"{name}.call", rule, raw=True, unknown=False, signature=_call_of(kind))
    _CLASSES[name] = made
    return made


# Layers of which call() says whether it trains.
TRAINED = ("Dropout", "BatchNormalization", "Gaussian", "LSTM", "GRU", "RNN", "Bidirectional", "TimeDistributed", "Attention")


def _call_of(kind: str) -> Signature:
    """What a program sees of call() of a layer that it looks into."""
    trained = any(word in kind for word in TRAINED)
    return Signature(["self", "inputs", *(["training"] if trained else [])], [None] if trained else [])


def _maker(name: str, kind: str) -> Callable[..., Result]:
    names = parameters(kind) or []
    bound = Signature(names, (UNSET,) * len(names), more="more")
    old = FIRST_KERAS.get(name, "").split()
    old_bound = Signature(old, (UNSET,) * len(old), more="more")

    def make(machine: Machine, args: tuple[Value, ...], kwargs: dict[str, Value]) -> Value:
        self = args[0]
        assert isinstance(self, LayerObject)
        first = (
            bool(old)
            and (len(args) > 3 or any(word in kwargs for word in old[:2]))
            and not {"filters", "kernel_size"} & set(kwargs)
        )
        listed = old if first else names
        self.span, self.spans = argument_spans(machine, listed, self.cls.name)
        try:
            values = (old_bound if first else bound).bind(args[1:], kwargs)
        except Misbound as error:
            raise machine.fault(f"{name} {error}", f"{name}({', '.join(listed[:6])}…)") from None
        more = values.pop()
        given = {n: v for n, v in zip(listed, values, strict=True) if v is not UNSET}
        assert isinstance(more, dict)
        for word, value in more.items():
            if word not in ALWAYS and word not in OLD_WORDS and not _quiet(str(word)):
                near = suggestions(str(word), [*listed, *ALWAYS])
                repairs = near or [f"{name}({', '.join(listed[:6])}…)"]
                fault = machine.fault(f"{name} has no argument '{word}'", *repairs)
                if str(word) in self.spans:
                    fault.faults[0].span = self.spans[str(word)]
                raise fault
            given[str(word)] = value
        if first:
            note(machine, f"{name} with a number for each axis of its kernel is read as Keras 1 has it")
        for word, value in given.items():
            if isinstance(value, Unknown) and word not in (OPEN if kind == "Embedding" else WIDE) and not _quiet(word):
                raise machine.fault_of(value, f"{name}: its {word}")
        self.kind = kind
        settle(machine, self, given)
        _lasting(self, kind, given)
        return None

    return make


# What may be unknown of a layer: its name changes no figure, and the size of what goes in is the command line's to say.
OPEN = frozenset("name input_shape batch_input_shape batch_shape input_length".split())
WIDE = OPEN | {"input_dim"}  # of an Embedding it is how many words there are


def _quiet(word: str) -> bool:
    return word.endswith(("_initializer", "_regularizer", "_constraint")) or word in ("weights", "seed", "vocabulary", "init")


PUBLIC = frozenset(
    "units filters kernel_size strides padding pool_size rate use_bias num_heads key_dim input_dim output_dim layer activation "
    "data_format axis epsilon target_shape function return_sequences dilation_rate groups cell n size".split()
)


def _lasting(self: LayerObject, kind: str, given: dict[str, Value]) -> None:
    """What Keras's own layer lets be read: dense.units, conv.kernel_size as a tuple."""
    rank = next((int(c) for c in kind if c in "123"), 0)
    for word, value in given.items():
        if word not in PUBLIC:
            continue
        if word in ("kernel_size", "strides", "pool_size", "dilation_rate") and isinstance(value, int) and rank:
            value = (value,) * rank
        self.attributes[word] = tuple(value) if isinstance(value, List) else value
    if "Conv" in kind and rank:
        usual: dict[str, Value] = {"strides": (1,) * rank, "dilation_rate": (1,) * rank, "padding": "valid", "use_bias": True}
        for word, value in usual.items():
            self.attributes.setdefault(word, value)
    after = given.get("activation")
    if isinstance(after, Native | LayerObject | Function | Method | Class) and word_of(after) is None:
        self.after = after


def word_of(activation: Value) -> str | None:
    """The word of an activation that the table knows; None for one that is a layer or function of its own."""
    if activation is None:
        return "linear"
    if isinstance(activation, str):
        return activation
    if isinstance(activation, Native) and activation.name in WORDS:
        return activation.name
    return None


def configuration(self: LayerObject) -> Json:
    """The configuration of a layer, as its rule reads it."""
    whole = self.span or (self.place.span() if self.place else Span(Source("<keras>", ""), 1, 1))
    values: dict[str, Value] = {}
    own = parameters(self.kind) or []
    for word, value in self.given.items():
        if word == "activation" and self.after is not None:
            continue
        if word == "activation" and (known := word_of(value)) is not None:
            values[word] = known
        elif word in ("layer", "cell", "backward_layer") and isinstance(value, LayerObject):
            inside: dict[str, Value] = {"class_name": value.kind or value.cls.name, "config": configuration(value)}
            values[word] = config_of(inside, {}, self.spans.get(word, whole))
        elif _quiet(word) or (word in ALWAYS and word not in own):
            if word in ("trainable", "data_format", "implementation") and not isinstance(value, Unknown):
                values[word] = value
        else:
            values[word] = value
    if self.kind in ("GRU", "GRUCell"):
        values.setdefault("reset_after", True)
    return config_of(values, self.spans, whole)


# -- calls --------------------------------------------------------------------------------------------------------------


@LAYER.method("__call__", unknown=True, raw=True)
def call(machine: Machine, args: tuple[Value, ...], kwargs: dict[str, Value]) -> Task:
    """A call of a layer: Keras's own steps around `call`."""
    self = args[0]
    assert isinstance(self, LayerObject)
    args = args[1:]
    run = session(machine)
    if self.unread is not None:
        raise machine.fault_of(self.unread, f"{self.cls.name} may have been changed")
    for value in (*args, *kwargs.values()):
        if unknown := _unknown_in(value):
            return unknown.part("output")
    for name in ("self", "function"):
        if name in kwargs:
            raise machine.error("TypeError", f"{self.cls.name}.call() got an unexpected keyword argument '{name}'")
    if not self.name:
        settle(machine, self, {})
    symbolic = run.symbolic
    if symbolic and not self.kind:
        args = tuple(_as_batch(machine, value) for value in args)
    path = run.paths.get(id(self))
    if path is None:
        path = run.paths[id(self)] = f"{run.scope()}{self.called()}"
        if run.graph is not None and not self.kind and path and path not in run.graph.groups:
            run.graph.group(path, self.written())
    machine.budget.check("depth", len(run.stack), machine.span)
    machine.work(40)
    run.stack.append(self)
    depth = run.depth
    run.depth += 1
    try:
        run.depth = 0
        try:
            yield from build_first(machine, self, args, kwargs)
        finally:
            run.depth = depth + 1
        for weight in self.weights:
            run.paths.setdefault(id(weight), f"{path}.{weight.name}" if path else weight.name)
        function = yield machine.get(self, "call")
        asked = dict(kwargs)
        if isinstance(function, Method) and isinstance(function.function, Function):
            names = function.function.code.signature.all_names if function.function.code.signature else ()
            if "training" in names and asked.get("training") is None and len(args) <= list(names).index("training") - 1:
                asked["training"] = False
            if "training" not in names and not (function.function.code.signature and function.function.code.signature.more):
                asked.pop("training", None)
        result = yield machine.call(function, *args, **asked)
        if self.after is not None:
            result = yield machine.call(self.after, result)
    finally:
        run.depth = depth
        run.stack.pop()
    if isinstance(result, Unknown):
        return result
    result = _own(run, args, kwargs, result)
    if symbolic:
        if self.first is None:
            self.first = (args, result)
        run.record(machine, self, args, kwargs, result)
    return result


def _own(run: Session, args: tuple[Value, ...], kwargs: dict[str, Value], result: Value) -> Value:
    """Tensors that come out as they went in, as tensors of their own: each is made by one call."""
    came = {id(t) for t in tensors_in((args, tuple(kwargs.values())))}

    def own(value: Value) -> Value:
        if isinstance(value, Tensor):
            return another(value) if id(value) in came or id(value) in run.records or isinstance(value, Parameter) else value
        if isinstance(value, tuple):
            return tuple(own(item) for item in value)
        if isinstance(value, List):
            return List([own(item) for item in value])
        if type(value) is Dict:
            return Dict({key: own(item) for key, item in value.items()})
        return value

    return own(result)


def _unknown_in(value: Value) -> Unknown | None:
    if isinstance(value, Unknown):
        return value
    if isinstance(value, tuple | List) and type(value) in (tuple, List):
        for item in value:
            if isinstance(item, Unknown):
                return item
    return None


def _as_batch(machine: Machine, value: Value) -> Value:
    """An example that a model is called on, np.zeros((1, 28, 28, 1)), as a batch of whatever size."""
    if isinstance(value, Tensor) and value.fixed and value.shape and not any(isinstance(n, Batch) for n in value.shape):
        made = Tensor((B, *value.shape[1:]), value.kind, KERAS_TENSOR)
        made.node = -(10**9)
        return made
    return value


def build_first(machine: Machine, self: LayerObject, args: tuple[Value, ...], kwargs: dict[str, Value]) -> Task:
    """build() of a layer that the program defines, before its first call."""
    if self.attributes.get("built") is True:
        return None
    self.attributes["built"] = True
    build = self.cls.find("build")
    if not isinstance(build, Function):
        return None
    first = args[0] if args else next(iter(kwargs.values()), None)
    yield machine.call(Method(build, self), shape_seen(first))
    self.attributes["built"] = True
    return None


def shape_seen(value: Value) -> Value:
    """The shape that build() is told: of a tensor, or of each of several."""
    if isinstance(value, Tensor):
        return sizes_shown(value.shape)
    if isinstance(value, tuple | List):
        return List([shape_seen(item) for item in value])
    if isinstance(value, Dict):
        return Dict({key: shape_seen(item) for key, item in value.items()})
    return None


def rule(machine: Machine, args: Sequence[Value], kwargs: dict[str, Value]) -> Result:
    """call() of a layer of the table."""
    self = args[0]
    assert isinstance(self, LayerObject)
    if not self.kind:
        raise machine.fault(f"{self.cls.name} was not initialised", "super().__init__(…) in its __init__")
    if self.kind == "Activation" and self.after is not None:
        return args[1] if len(args) > 1 else kwargs.get("inputs")  # the function follows
    special = SPECIAL.get(self.kind)
    if special is not None:
        return special(machine, self, tuple(args[1:]), kwargs)
    return ruled_call(machine, self, tuple(args[1:]), kwargs)


def ruled_call(machine: Machine, self: LayerObject, args: tuple[Value, ...], kwargs: dict[str, Value]) -> Value:
    """A layer's rule on what it is called with."""
    run = session(machine)
    if self.kind in HIDDEN and run.graph is None and self.first is None:
        for inside, when in HIDDEN[self.kind]:
            if not when or self.given.get(when):
                run.named(inside)
    named = [kwargs[name] for name in ("inputs", "query", "value", "key", "sequence", "sequences") if name in kwargs]
    states = [value for name, value in kwargs.items() if name in ("initial_state", "states")]
    for name in kwargs:
        if name not in BESIDE and name not in (
            "inputs", "query", "value", "key", "sequence", "sequences", "initial_state", "states", "return_attention_scores",
            "return_state",
        ):  # fmt: skip
            raise machine.error("TypeError", f"{self.cls.name}.call() got an unexpected keyword argument '{name}'")
    inputs: list[Tensor] = []
    given = [*args, *named]
    several = self.kind == "MultiHeadAttention" or self.kind == "GroupQueryAttention"
    for n, value in enumerate(given if several else given[:1]):
        if isinstance(value, Tensor):
            inputs.append(value)
        elif isinstance(value, tuple | List):
            inputs += [item for item in value if isinstance(item, Tensor)]
            if any(not isinstance(item, Tensor) for item in value):
                raise _no_tensor(machine, self, next(item for item in value if not isinstance(item, Tensor)))
        elif value is not None or n == 0:
            raise _no_tensor(machine, self, value)
    if not inputs:
        raise machine.fault(f"{self.called()} is called on nothing", f"{self.called()}(x)")
    if self.kind in RECURRENT:
        states += inputs[1:] + [value for value in args[1:] if isinstance(value, Tensor)]
        inputs = inputs[:1]
    inputs = [t if t.shape else same_values(machine, t, (1,), "reshape") for t in inputs]
    path = run.paths[id(self)]
    made = self.place.span() if self.place is not None else None
    at = made if run.through is self else run.span(machine)
    notes = [f"made at {made.at}: {self.written()}"] if made is not None and at is not None and made != at else []
    try:
        found = ruled(
            machine, self.kind, configuration(self), str(id(self)), path, inputs, beside=any(tensors_in(tuple(states))), span=at,
            notes=notes,
        )  # fmt: skip
    except SpecError as error:
        raise _in_keras_words(self, inputs, error) from None
    if self.kind in RECURRENT:
        return _with_states(machine, self, found[0])
    if kwargs.get("return_attention_scores") is True:
        heads = self.given.get("num_heads")
        scores = moved(
            machine,
            found[0],
            (*inputs[0].shape[:1], heads if isinstance(heads, int) else 1, *inputs[0].shape[1:-1]),
            Step("scores"),
        )
        return (found[0], of_keras(scores))
    return found[0] if len(found) == 1 else tuple(found)


def _no_tensor(machine: Machine, self: LayerObject, value: Value) -> Exception:
    what = "a layer" if isinstance(value, LayerObject) else shown_value(value)
    repairs = [f"{value.called()}(x)" if isinstance(value, LayerObject) else "a tensor"]
    return machine.fault(f"{self.called()} is called on {what}, which is no tensor", *repairs)


def _in_keras_words(self: LayerObject, inputs: list[Tensor], error: SpecError) -> SpecError:
    """The fault of a layer with the shapes in Keras's order."""
    for fault in error.faults:
        fault.notes = [*fault.notes, "inputs: " + ", ".join(shown(t.shape) for t in inputs)]
    return error


def _with_states(machine: Machine, self: LayerObject, found: Tensor) -> Value:
    """A recurrent layer's output, with its states where it is to return them."""
    inner = self.given.get("layer")
    source = inner if isinstance(inner, LayerObject) else self
    if source.given.get("return_state") is not True:
        return found
    both = isinstance(inner, LayerObject)
    count = (2 if source.kind in ("LSTM", "CuDNNLSTM") else 1) * (2 if both else 1)
    units = source.given.get("units")
    width: Dim = units if isinstance(units, int) else found.shape[-1]
    shape: Full = (*found.shape[:1], width)
    return List([found, *(of_keras(moved(machine, found, shape, Step("state"))) for _ in range(count))])


# -- layers that call others --------------------------------------------------------------------------------------------


def lambda_call(machine: Machine, self: LayerObject, args: tuple[Value, ...], kwargs: dict[str, Value]) -> Task:
    """A Lambda is the function it holds."""
    function = self.given.get("function")
    if function is None or isinstance(function, str):
        raise machine.fault("a Lambda holds a function", "layers.Lambda(lambda x: x)")
    extra = self.given.get("arguments")
    more = {str(k): v for k, v in extra.items()} if type(extra) is Dict else {}
    result = yield machine.call(function, *args, **more)
    if isinstance(result, Unknown):
        raise machine.fault_of(result, f"what the Lambda {self.called()} gives")
    return result


def time_distributed(machine: Machine, self: LayerObject, args: tuple[Value, ...], kwargs: dict[str, Value]) -> Task:
    """A layer at every step: the steps are inputs of it, beside one another."""
    inner = self.given.get("layer")
    x = args[0] if args else None
    if not isinstance(inner, LayerObject):
        raise machine.fault("a TimeDistributed holds a layer", "layers.TimeDistributed(layers.Dense(10))")
    if not isinstance(x, Tensor):
        raise _no_tensor(machine, self, x)
    if len(x.shape) < 3:
        raise machine.fault(f"a TimeDistributed reads steps of a sequence; {shown(x.shape)} arrives", "a dimension of steps")
    batch, steps = x.shape[0], x.shape[1]
    if not isinstance(batch, Batch) or isinstance(steps, Batch):
        raise machine.fault(f"a TimeDistributed reads steps of a sequence; {shown(x.shape)} arrives", "a dimension of steps")
    folded = of_keras(same_values(machine, x, (Batch(batch.times * steps), *x.shape[2:]), "steps"))
    made = yield machine.call(inner, folded)
    if not isinstance(made, Tensor):
        raise machine.fault("a TimeDistributed holds a layer of one output", "a layer of one output")
    return of_keras(same_values(machine, made, (batch, steps, *made.shape[1:]), "steps"))


def bidirectional(machine: Machine, self: LayerObject, args: tuple[Value, ...], kwargs: dict[str, Value]) -> Result:
    inner = self.given.get("layer")
    if isinstance(inner, LayerObject) and inner.kind and inner.kind not in RECURRENT:
        raise machine.fault(f"a Bidirectional {inner.cls.name} is not known here", "layers.Bidirectional(layers.LSTM(32))")
    return ruled_call(machine, self, args, kwargs)


SPECIAL = {"Lambda": lambda_call, "TimeDistributed": time_distributed, "Bidirectional": bidirectional}


# -- what a layer may be asked ------------------------------------------------------------------------------------------


@LAYER.method("build", unknown=True)
def build(machine: Machine, self: LayerObject, *args: Value, **kwargs: Value) -> Value:
    self.attributes["built"] = True
    return None


@LAYER.method("call", unknown=True, raw=True)
def no_call(machine: Machine, args: tuple[Value, ...], kwargs: dict[str, Value]) -> Value:
    self = args[0]
    assert isinstance(self, LayerObject)
    raise machine.fault(f"{self.cls.name} defines no call()", "def call(self, inputs): in the class")


@LAYER.method("add_weight", "add_variable", unknown=True)
def add_weight(machine: Machine, self: LayerObject, *args: Value, **kwargs: Value) -> Value:
    """A weight of the layer's own. Keras 2 took its name first."""
    listed = list(args)
    name = kwargs.get("name")
    if listed and isinstance(listed[0], str):
        name = listed.pop(0)
    shape = kwargs.get("shape", listed[0] if listed else ())
    if isinstance(shape, Unknown):
        raise machine.fault_of(shape, f"the shape of a weight of {self.called()}")
    sizes = [shape] if isinstance(shape, int) else list(shape) if isinstance(shape, tuple | List) else []
    if any(isinstance(n, bool) or not isinstance(n, int) or n < 1 for n in sizes):
        bad = next(n for n in sizes if isinstance(n, bool) or not isinstance(n, int) or n < 1)
        raise machine.fault(f"the shape of a weight is whole numbers, not {shown_value(bad)}", "shape=(64, 32)")
    machine.budget.spend("tensors", 1, machine.span)
    sized: Full = tuple(n for n in sizes if isinstance(n, int)) or (1,)
    run = session(machine)
    if kwargs.get("trainable", True) is False:
        held = Tensor(sized, "float", KERAS_TENSOR)
        total = 1
        for n in sized:
            total *= int(n)  # type: ignore[arg-type]
        run.fixed[id(self)] = run.fixed.get(id(self), 0) + total
        return held
    made = Parameter(sized, VARIABLE)
    made.name = name if isinstance(name, str) else "variable"
    made.place = machine.place()
    self.weights.append(made)
    run.variables.append(made)
    return made


@LAYER.getter("name")
def layer_name(machine: Machine, self: LayerObject) -> Value:
    if not self.name:
        settle(machine, self, {})
    return self.called()


def _first(machine: Machine, self: LayerObject, which: int) -> Value:
    if isinstance(self, ModelObject) and self.outputs is not None:
        return self.inputs if which == 0 else self.outputs
    if self.first is None:
        raise machine.error("AttributeError", f"The layer {self.called()} has never been called and thus has no defined output.")
    if which == 1:
        return self.first[1]
    args = self.first[0]
    return args[0] if len(args) == 1 else args


@LAYER.getter("output")
def output(machine: Machine, self: LayerObject) -> Value:
    return _first(machine, self, 1)


@LAYER.getter("input")
def input_(machine: Machine, self: LayerObject) -> Value:
    return _first(machine, self, 0)


@LAYER.getter("output_shape")
def output_shape(machine: Machine, self: LayerObject) -> Value:
    return shape_seen(_first(machine, self, 1))


@LAYER.getter("input_shape")
def input_shape(machine: Machine, self: LayerObject) -> Value:
    return shape_seen(_first(machine, self, 0))


@LAYER.method("compute_output_shape", unknown=True)
def compute_output_shape(machine: Machine, self: LayerObject, input_shape: Value) -> Task:
    """The shape it would put out, tried on a tensor of that shape."""
    run = session(machine)
    input_shape = unheld(input_shape)
    sizes = list(input_shape) if isinstance(input_shape, tuple | List) else []
    if not sizes or any(n is not None and not isinstance(n, int) for n in sizes[1:]):
        raise machine.fault("compute_output_shape takes a shape, its batch in front", "(None, 28, 28, 1)")
    made = Tensor((B, *(n if isinstance(n, int) else 1 for n in sizes[1:])), "float", KERAS_TENSOR)
    made.node = -(10**9)
    graph, work = run.graph, run.work
    run.graph = run.work = None
    run.depth += 1
    try:
        result = yield machine.call(self, made)
    finally:
        run.depth -= 1
        run.graph, run.work = graph, work
    return shape_seen(result)


@LAYER.method("get_config", unknown=True)
def get_config(machine: Machine, self: LayerObject) -> Value:
    return Dict(dict({**self.given, "name": self.called()}.items()))


@LAYER.getter("weights", "trainable_weights", "trainable_variables", "variables")
def weights(machine: Machine, self: LayerObject) -> Value:
    found: list[Value] = list(self.weights)
    for layer in self.sublayers():
        found += layer.weights
    return (
        Unknown(f"{self.called()}.weights", machine.place(), "the values of weights are not known", harmless=True)
        if self.kind
        else List(found)
    )


@LAYER.method("__getattr__", unknown=True)
def not_found(machine: Machine, self: LayerObject, name: str) -> Value:
    """What nobody set: a weight of a layer of the table, of which the values are not known."""
    if self.kind and name in WEIGHTS:
        return Unknown(f"a weight of {self.called()}", machine.place(), "the values of weights are not known", harmless=True)
    if isinstance(self, ModelObject) and name in OF_TRAINING:
        return Unknown(f"{self.called()}.{name}", machine.place(), "nothing is trained here", harmless=True)
    raise machine.error("AttributeError", f"'{self.cls.name}' object has no attribute '{name}'")


@LAYER.getter("non_trainable_weights", "non_trainable_variables", "losses", "metrics", "updates")
def nothing_held(machine: Machine, self: LayerObject) -> Value:
    return List()


@LAYER.method(
    "compute_mask",
    "adapt",
    "set_vocabulary",
    "add_loss",
    "add_metric",
    "add_update",
    "set_weights",
    "_set_dtype_policy",
    unknown=True,
    raw=True,
)
def nothing(machine: Machine, args: tuple[Value, ...], kwargs: dict[str, Value]) -> Value:
    return None


@LAYER.method("get_weights", "count_params", "get_vocabulary", "vocabulary_size", unknown=True, raw=True)
def not_known(machine: Machine, args: tuple[Value, ...], kwargs: dict[str, Value]) -> Value:
    return Unknown("the weights", machine.place(), "the values of weights are not known", harmless=True)


@LAYER.class_method("from_config")
def from_config(machine: Machine, cls: Value, config: Value) -> Task:
    """A layer of a configuration."""
    given = {str(k): v for k, v in config.items()} if type(config) is Dict else {}
    return (yield machine.call(cls, **given))


__all__ = ["KINDS", "plain"]
