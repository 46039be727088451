"""The modules of Keras and TensorFlow for one run, by their full names: what each name means to a program that is never run.

`keras`, `tf.keras`, `tf_keras` and the packages inside Keras (`keras.src`, `keras.engine`) are one. Keras's own applications are
programs of this vocabulary, read as text. What trains, loads or shows is known to change no network, and gives what is not known.
"""

from __future__ import annotations

from collections.abc import Callable
from typing import TYPE_CHECKING

from archcalc.interpreter.values import (
    OBJECT,
    UNSET,
    Class,
    Dict,
    Instance,
    List,
    Module,
    Native,
    Task,
    Unknown,
    Value,
)
from archcalc.notations.keras.source import layers, models
from archcalc.notations.keras.source.layers import WORDS
from archcalc.notations.keras.source.objects import sizes_shown, unheld
from archcalc.notations.keras.source.operations import FUNCTIONS, INSIDE, activation, entered
from archcalc.notations.keras.source.session import session, tensors_in
from archcalc.notations.keras.source.tensors import KERAS_TENSOR, of_keras
from archcalc.notations.pytorch.vocabulary.arrays import NUMPY
from archcalc.notations.pytorch.vocabulary.tensors import Tensor
from archcalc.notations.pytorch.vocabulary.trace import note
from archcalc.text.faults import SpecError, suggestions
from archcalc.text.source import Source

if TYPE_CHECKING:
    from archcalc.interpreter.machine import Machine

Missing = Callable[..., Value]
Names = dict[Value, Value]
# The applications of Keras, by the module of keras.src.applications that has them.
APPLICATIONS: dict[str, str] = {
    **dict.fromkeys("ConvNeXtTiny ConvNeXtSmall ConvNeXtBase ConvNeXtLarge ConvNeXtXLarge".split(), "convnext"),
    **dict.fromkeys("DenseNet121 DenseNet169 DenseNet201".split(), "densenet"),
    **dict.fromkeys([f"EfficientNetB{n}" for n in range(8)], "efficientnet"),
    **dict.fromkeys([f"EfficientNetV2{n}" for n in ("B0", "B1", "B2", "B3", "S", "M", "L")], "efficientnet_v2"),
    "InceptionResNetV2": "inception_resnet_v2",
    "InceptionV3": "inception_v3",
    "MobileNet": "mobilenet",
    "MobileNetV2": "mobilenet_v2",
    "MobileNetV3Large": "mobilenet_v3",
    "MobileNetV3Small": "mobilenet_v3",
    "NASNetLarge": "nasnet",
    "NASNetMobile": "nasnet",
    **dict.fromkeys("ResNet50 ResNet101 ResNet152".split(), "resnet"),
    **dict.fromkeys("ResNet50V2 ResNet101V2 ResNet152V2".split(), "resnet_v2"),
    "VGG16": "vgg16",
    "VGG19": "vgg19",
    "Xception": "xception",
}
TEXTS = "keras.src.applications"
DECORATORS = frozenset("register_keras_serializable keras_export tf_export deprecated function autograph do_not_convert".split())
DTYPES = frozenset(
    "float16 float32 float64 bfloat16 half double int8 uint8 int16 int32 int64 uint16 uint32 bool string complex64".split()
)
# The arrays that come with Keras: of a training and a test set, each the images or vectors and the labels.
DATA: dict[str, tuple[tuple[int, ...], tuple[int, ...], int, int]] = {
    "mnist": ((28, 28), (), 60_000, 10_000),
    "fashion_mnist": ((28, 28), (), 60_000, 10_000),
    "cifar10": ((32, 32, 3), (1,), 50_000, 10_000),
    "cifar100": ((32, 32, 3), (1,), 50_000, 10_000),
    "boston_housing": ((13,), (), 404, 102),
    "california_housing": ((8,), (), 16_512, 4_128),
}


class KerasVocabulary:
    """The modules of Keras and TensorFlow for one run."""

    def __init__(self, text: Callable[[str], Source | None]) -> None:
        self._modules: dict[str, Module] = {}
        self._text = text  # the text of a module that is read as a program
        self._read: dict[str, Module] = {}

    def find(self, name: str) -> Module | None:
        """The module with this full name; None for what is not Keras's, or is read as text."""
        root = name.partition(".")[0]
        if root == "numpy":
            return _NUMPY if name == "numpy" else None
        if root == "keras_applications":
            return self.find(name.replace(root, "keras.applications", 1))
        if root not in ("keras", "tensorflow", "tf_keras", "keras_core"):
            return None
        if name.startswith(TEXTS):
            return None
        known = canonical(name)
        if known not in self._modules:
            self._modules[known] = self._made(known)
        return self._modules[known]

    def _made(self, name: str) -> Module:
        """A module by its canonical name."""
        parts = name.split(".")
        if parts[0] == "tensorflow":
            return Module(name, Dict(_TENSORFLOW if len(parts) == 1 else {}), _tensorflow(self, name))
        below = parts[1] if len(parts) > 1 else ""
        if below in ("", "models", "training", "topology", "base_layer", "input_layer", "functional", "sequential", "network"):
            return Module(name, Dict(_KERAS), _top(self, name))
        if below == "layers":
            return Module(name, Dict(_LAYERS), missing_layer)
        if below == "applications":
            return Module(name, Dict(), _application(self))
        if below == "backend" or below == "tensorflow_backend":
            return Module(name, Dict(_FUNCTIONS | _BACKEND), _backend(self, name))
        if below == "initializers":
            return Module(name, Dict({**_UTILS, **_BACKEND}), _initializer)
        if below in ("ops", "operations", "random", "activations"):
            return Module(name, Dict(_FUNCTIONS | _OPS), _operation(name))
        if below == "datasets":
            return Module(name, Dict(), _data(self, name))
        if below in ("utils", "api_export", "saving", "config", "dtype_policies", "optimizers"):
            return Module(name, Dict({**_UTILS, **_BACKEND}), _unread(name))
        if below == "callbacks":
            return Module(name, Dict({**_UTILS, "ModelCheckpoint": models.CHECKPOINT}), _unread(name))
        return Module(name, Dict(_UTILS), _unread(name))

    def program(self, machine: Machine, name: str) -> Module | None:
        """A module of Keras's that is a program of its vocabulary, read as text once; None where its text is not there."""
        if name not in self._read:
            source = self._text(name)
            if source is None:
                return None
            self._read[name] = machine.load(source, name)
        return self._read[name]


def canonical(name: str) -> str:
    """The name of a module of Keras or TensorFlow, whatever package it is taken from."""
    parts = name.split(".")
    if parts[0] == "tensorflow":
        parts = [p for p in parts if p not in ("python", "compat", "v1", "v2", "_api", "api")]
        if len(parts) > 1 and parts[1] == "keras":
            parts = parts[1:]
    if parts[0] in ("tf_keras", "keras_core"):
        parts[0] = "keras"
    if parts[0] == "keras":
        parts = ["keras", *(p for p in parts[1:] if p not in ("src", "_tf_keras", "keras", "api", "v2", "engine", "legacy"))]
    return ".".join(parts)


def _unread(name: str) -> Missing:
    def missing(machine: Machine, asked: str) -> Value:
        if asked[:2] == "__":
            return UNSET
        if asked in DECORATORS:
            return entered(asked, decorator)
        return Unknown(f"{name}.{asked}", machine.place(), f"{name}.{asked} changes no network, and is not read", harmless=True)

    return missing


def _backend(keras: KerasVocabulary, name: str) -> Missing:
    quiet = _unread(name)

    def missing(machine: Machine, asked: str) -> Value:
        return keras.find("tensorflow") if asked == "tf" else quiet(machine, asked)

    return missing


def _initializer(machine: Machine, asked: str) -> Value:
    """An initializer: called with a shape, it gives values of that shape."""
    if asked[:2] == "__":
        return UNSET
    if asked in DECORATORS:
        return entered(asked, decorator)

    def made(machine: Machine, args: tuple[Value, ...], kwargs: dict[str, Value]) -> Value:
        return FUNCTIONS["zeros"]

    return Native(asked, made, raw=True, unknown=True, binds=False)


def decorator(machine: Machine, *args: Value, **kwargs: Value) -> Value:
    """A decorator that changes nothing, with arguments or without."""
    if len(args) == 1 and not isinstance(args[0], str | List | tuple) and args[0] is not None and not isinstance(args[0], bool):
        return args[0]
    return Native("decorator", lambda machine, fn=None, *rest, **more: fn, unknown=True, binds=False)


# -- keras --------------------------------------------------------------------------------------------------------------


def _top(keras: KerasVocabulary, name: str) -> Missing:
    quiet = _unread(name)

    def missing(machine: Machine, asked: str) -> Value:
        found = layers.layer_class(asked) if asked in ("InputLayer",) else None
        if found is not None:
            return found
        return _below(keras, asked) or quiet(machine, asked)

    return missing


BELOW = frozenset(
    "layers models backend ops activations applications datasets utils initializers regularizers constraints optimizers losses "
    "metrics callbacks preprocessing saving config random engine src wrappers legacy mixed_precision estimator".split()
)


def _below(keras: KerasVocabulary, asked: str) -> Value:
    return keras.find(f"keras.{asked}") if asked in BELOW else None


def missing_layer(machine: Machine, asked: str) -> Value:
    """A name of keras.layers."""
    found = layers.layer_class(asked)
    if found is not None:
        return found
    if asked in _KERAS:
        return _KERAS[asked]
    if asked in ("_Merge", "_Layer", "_Wrapper"):
        return layers.LAYER
    if asked[:2] == "__" or asked in ("experimental", "core", "convolutional", "pooling", "merge", "normalization", "recurrent"):
        return merged_old if asked == "merge" else UNSET
    if asked in ("preprocessing", "advanced_activations", "wrappers", "embeddings", "noise", "local", "convolutional_recurrent"):
        return UNSET
    if asked[:1].isupper():
        near = suggestions(asked, layers_known(), 3)
        why = f"layers.{asked} is not known here" + (f" (near it: {', '.join(near)})" if near else "")
        return Unknown(f"layers.{asked}", machine.place(), why, harmless=True)
    return Unknown(f"layers.{asked}", machine.place(), f"layers.{asked} is not read", harmless=True)


def layers_known() -> list[str]:
    """The names of all layers."""
    from archcalc.notations.keras.source.signatures import ALIASES, OLDER, SIGNATURES

    return [*SIGNATURES, *OLDER, *ALIASES]


def _merging(kind: str) -> Native:
    """layers.add([a, b]): a layer, made and called."""
    second = "axes" if kind == "Dot" else "axis"

    def host(machine: Machine, inputs: Value, *rest: Value, **kwargs: Value) -> Task:
        cls = layers.layer_class(kind)
        kwargs |= dict(zip((second, "normalize"), rest, strict=False))
        layer = yield machine.call(cls, **kwargs)
        return (yield machine.call(layer, inputs))

    return Native(kind.lower(), host, binds=False)


def old_merge(
    machine: Machine, inputs: Value, mode: Value = "sum", concat_axis: Value = -1, name: Value = None, **more: Value
) -> Task:
    """Keras 1's merge([a, b], mode='concat')."""
    kinds = {"sum": "Add", "mul": "Multiply", "concat": "Concatenate", "ave": "Average", "max": "Maximum"}
    if not isinstance(mode, str) or mode not in kinds:
        raise machine.fault(
            f"merge by {mode if isinstance(mode, str) else 'a function'} is not known here", "mode='sum'", "mode='concat'"
        )
    cls = layers.layer_class(kinds[mode])
    given: dict[str, Value] = {"axis": concat_axis} if mode == "concat" else {}
    if name is not None:
        given["name"] = name
    layer = yield machine.call(cls, **given)
    return (yield machine.call(layer, inputs))


merged_old = Native("merge", old_merge, binds=False)
_FUNCTIONS: Names = dict(FUNCTIONS)
_MERGED = "Add Multiply Average Maximum Minimum Subtract Concatenate Dot"
_MERGES: Names = {
    kind.lower(): _merging(kind) for kind in "Add Multiply Average Maximum Minimum Subtract Concatenate Dot".split()
}
INPUT = Native("Input", models.input_call, raw=True, unknown=True, binds=False)


def clone(machine: Machine, model: Value, *rest: Value, **more: Value) -> Value:
    """clone_model: a model of the same figures. Its weights are its own, and nothing here depends on their values."""
    return model


_KERAS: dict[Value, Value] = {
    "Model": models.MODEL,
    "Functional": models.FUNCTIONAL,
    "Sequential": models.SEQUENTIAL,
    "Input": INPUT,
    "Layer": layers.LAYER,
    "Variable": FUNCTIONS["Variable"],
    "KerasTensor": KERAS_TENSOR,
    "clone_model": entered("clone_model", clone),
    "load_model": Native("load_model", models.load_model, raw=True, unknown=True, binds=False),
    "__version__": "3.15.0",
}
_LAYERS: dict[Value, Value] = {**_KERAS, **_MERGES, "InputSpec": Class("InputSpec", (OBJECT,), Instance, module="keras")}


def _nothing(machine: Machine, args: tuple[Value, ...], kwargs: dict[str, Value]) -> Value:
    return None


_spec = _LAYERS["InputSpec"]
assert isinstance(_spec, Class)
_spec.names["__init__"] = Native("InputSpec.__init__", _nothing, raw=True, unknown=True)


# -- the backend and what keras.utils has -------------------------------------------------------------------------------


def image_data_format(machine: Machine) -> Value:
    return "channels_first" if session(machine).channels_first else "channels_last"


def set_image_data_format(machine: Machine, data_format: Value) -> Value:
    session(machine).channels_first = data_format in ("channels_first", "th")
    return None


def dim_ordering(machine: Machine) -> Value:
    return "th" if session(machine).channels_first else "tf"


def is_keras_tensor(machine: Machine, x: Value) -> Value:
    return isinstance(x, Tensor)


def get_uid(machine: Machine, prefix: Value = "") -> Value:
    counts = session(machine).counts
    counts[f"uid {prefix}"] = counts.get(f"uid {prefix}", 0) + 1
    return counts[f"uid {prefix}"]


def clear_session(machine: Machine, *rest: Value, **more: Value) -> Value:
    session(machine).counts.clear()
    return None


def get_source_inputs(machine: Machine, tensor: Value, *rest: Value) -> Value:
    """The inputs that a tensor comes from."""
    run = session(machine)
    found: dict[int, Tensor] = {}
    waiting = list(tensors_in(tensor))
    seen: set[int] = set()
    while waiting:
        one = waiting.pop()
        if id(one) in seen:
            continue
        seen.add(id(one))
        machine.work(2)
        if (entry := run.entry_of.get(id(one))) is not None:
            found[entry.number] = one
        elif (record := run.records.get(id(one))) is not None:
            waiting += record.inputs()
    return List([found[n] for n in sorted(found)])


def no(machine: Machine, *args: Value, **kwargs: Value) -> Value:
    return False


def normal_format(machine: Machine, value: Value = None) -> Value:
    return value if isinstance(value, str) else image_data_format(machine)


def get_activation(machine: Machine, identifier: Value = None) -> Value:
    """keras.activations.get: a function for a word."""
    if isinstance(identifier, str):
        if identifier not in WORDS:
            near = suggestions(identifier, sorted(WORDS))
            raise machine.fault(f"the activation {identifier[:40]} is not known here", *(near or ["relu"]))
        return FUNCTIONS.get(identifier) or activation(identifier)
    return FUNCTIONS["linear"] if identifier is None else identifier


CONTEXT = Class("name_scope", (OBJECT,), Instance, module="keras")
for _word in ("__init__", "__enter__", "__exit__", "as_default"):
    CONTEXT.names[_word] = Native(_word, _nothing, raw=True, unknown=True)

_BACKEND: dict[Value, Value] = {
    "image_data_format": entered("image_data_format", image_data_format),
    "set_image_data_format": entered("set_image_data_format", set_image_data_format),
    "image_dim_ordering": entered("image_dim_ordering", dim_ordering),
    "set_image_dim_ordering": entered("set_image_dim_ordering", set_image_data_format),
    "is_keras_tensor": entered("is_keras_tensor", is_keras_tensor),
    "is_tensor": entered("is_tensor", is_keras_tensor),
    "get_uid": entered("get_uid", get_uid),
    "clear_session": entered("clear_session", clear_session),
    "learning_phase": entered("learning_phase", lambda machine: 0),
    "floatx": entered("floatx", lambda machine: "float32"),
    "epsilon": entered("epsilon", lambda machine: 1e-7),
    "backend": entered("backend", lambda machine: "tensorflow"),
    "standardize_data_format": entered("standardize_data_format", normal_format),
    "normalize_data_format": entered("normalize_data_format", normal_format),
    "name_scope": CONTEXT,
    "KerasTensor": KERAS_TENSOR,
}
_UTILS: dict[Value, Value] = {
    "get_source_inputs": entered("get_source_inputs", get_source_inputs),
    "normalize_data_format": entered("normalize_data_format", normal_format),
    "custom_object_scope": CONTEXT,
    "CustomObjectScope": CONTEXT,
    "Sequence": Class("Sequence", (OBJECT,), Instance, module="keras"),
    "Callback": Class("Callback", (OBJECT,), Instance, module="keras"),
    "Metric": Class("Metric", (OBJECT,), Instance, module="keras"),
    "Loss": Class("Loss", (OBJECT,), Instance, module="keras"),
    "Initializer": Class("Initializer", (OBJECT,), Instance, module="keras"),
    "Regularizer": Class("Regularizer", (OBJECT,), Instance, module="keras"),
    "Constraint": Class("Constraint", (OBJECT,), Instance, module="keras"),
}
for _value in _UTILS.values():
    if isinstance(_value, Class) and "__init__" not in _value.names:
        _value.names["__init__"] = Native(f"{_value.name}.__init__", _nothing, raw=True, unknown=True)
_OPS: dict[Value, Value] = {
    "get": entered("get", get_activation),
    "get_source_inputs": _UTILS["get_source_inputs"],
    "is_tensor": _BACKEND["is_tensor"],
    "convert_to_numpy": FUNCTIONS["identity"],
    "newaxis": None,
}


def _operation(name: str) -> Missing:
    quiet = _unread(name)

    def missing(machine: Machine, asked: str) -> Value:
        tail = name.rpartition(".")[2]
        if f"{tail}.{asked}" in INSIDE:
            return INSIDE[f"{tail}.{asked}"]
        if asked in ("numpy", "nn", "image", "linalg", "math", "core", "operation_utils"):
            return UNSET
        return quiet(machine, asked)

    return missing


# -- tensorflow ---------------------------------------------------------------------------------------------------------


def tensor_shape(machine: Machine, dims: Value = None) -> Value:
    """tf.TensorShape: a tuple."""
    dims = unheld(dims)
    return sizes_shown(tuple(dims)) if isinstance(dims, tuple | List) else dims  # type: ignore[arg-type]


_TENSORFLOW: dict[Value, Value] = {
    **_FUNCTIONS,
    **{name: name for name in DTYPES},
    "newaxis": None,
    "Tensor": KERAS_TENSOR,
    "Module": layers.LAYER,
    "TensorShape": entered("TensorShape", tensor_shape),
    "name_scope": CONTEXT,
    "variable_scope": CONTEXT,
    "device": CONTEXT,
    "control_dependencies": CONTEXT,
    "__version__": "2.9.0",  # which the checks of programs for 2.4 take, compared as numbers or as text
    "is_tensor": _BACKEND["is_tensor"],
    "executing_eagerly": entered("executing_eagerly", no),
}
for _name in ("round", "abs", "max", "min", "sum", "any", "all", "range", "slice"):
    if _name in ("max", "min", "sum", "any", "all"):
        _TENSORFLOW.pop(_name, None)


def _tensorflow(keras: KerasVocabulary, name: str) -> Missing:
    quiet = _unread(name)

    def missing(machine: Machine, asked: str) -> Value:
        if asked == "keras":
            return keras.find("keras")
        if asked in ("compat", "v1", "v2"):  # tf.compat.v1.image is tf.image
            return keras.find(name)
        tail = name.partition(".")[2]
        if f"{tail}.{asked}" in INSIDE:
            return INSIDE[f"{tail}.{asked}"]
        if tail in (
            "nn",
            "math",
            "linalg",
            "image",
            "random",
            "experimental",
            "layers",
            "signal",
            "strings",
            "contrib",
            "raw_ops",
        ):
            if tail == "nn" and asked in (
                "conv2d",
                "bias_add",
                "depthwise_conv2d",
            ):
                return Unknown(
                    f"tf.nn.{asked}", machine.place(), f"tf.nn.{asked} is not read; layers.Conv2D and its like are", harmless=True
                )
            if asked in FUNCTIONS:
                return FUNCTIONS[asked]
        if not tail and asked in (
            "nn",
            "math",
            "linalg",
            "image",
            "random",
            "python",
            "experimental",
            "data",
            "layers",
            "contrib",
            "signal",
        ):
            return UNSET
        return quiet(machine, asked)

    return missing


# -- applications and data ----------------------------------------------------------------------------------------------


def _application(keras: KerasVocabulary) -> Missing:
    """keras.applications: programs of Keras's, read as text."""

    def missing(machine: Machine, asked: str) -> Value:
        if asked in APPLICATIONS:
            module = keras.program(machine, f"{TEXTS}.{APPLICATIONS[asked]}")
            if module is None:
                why = f"keras.applications.{asked} is read as text where Keras is installed: pip install keras"
                return Unknown(f"keras.applications.{asked}", machine.place(), why, harmless=True)
            return machine.finish(machine.get(module, asked))
        if asked == "preprocess_input":
            return entered(asked, preprocess)
        if asked in ("_obtain_input_shape", "obtain_input_shape"):
            module = keras.program(machine, f"{TEXTS}.imagenet_utils")
            if module is not None:
                return entered(asked, _input_shape(module))
        if asked in _MODULES or asked[:2] == "__":
            return UNSET
        return Unknown(f"keras.applications.{asked}", machine.place(), f"keras.applications.{asked} is not read", harmless=True)

    return missing


def _input_shape(module: Module) -> Callable[..., Task]:
    """obtain_input_shape, which older programs import, and call by older names."""

    def obtain(machine: Machine, input_shape: Value = None, *rest: Value, **more: Value) -> Task:
        names = ("default_size", "min_size", "data_format", "require_flatten", "weights")
        given: dict[str, Value] = dict(zip(names, rest, strict=False)) | more
        if "include_top" in given:
            given["require_flatten"] = given.pop("include_top")
        return (yield machine.call(module.names["obtain_input_shape"], input_shape, **given))

    return obtain


_MODULES = frozenset([*APPLICATIONS.values(), "resnet50", "imagenet_utils"])


def preprocess(machine: Machine, x: Value, *rest: Value, **more: Value) -> Value:
    """preprocess_input scales images before the network."""
    if isinstance(x, Tensor):
        note(machine, "preprocess_input is not followed: it scales the image, and learns nothing")
    return x


def _data(keras: KerasVocabulary, name: str) -> Missing:
    """keras.datasets: arrays whose shapes are known."""

    def missing(machine: Machine, asked: str) -> Value:
        which = name.rpartition(".")[2]
        if asked in DATA:
            return keras.find(f"keras.datasets.{asked}")
        if asked == "load_data" and which in DATA:
            return Native("load_data", _loader(which), unknown=True, binds=False)
        return Unknown(f"{name}.{asked}", machine.place(), "data are not loaded here", harmless=True)

    return missing


def _loader(which: str) -> Callable[..., Value]:
    one, label, train, test = DATA[which]

    def load_data(machine: Machine, *args: Value, **kwargs: Value) -> Value:
        def arrays(count: int) -> Value:
            return (Tensor((count, *one), "int", KERAS_TENSOR), Tensor((count, *label), "int", KERAS_TENSOR))

        return (arrays(train), arrays(test))

    return load_data


_TYPES: Names = {name: name for name in DTYPES}
_ARRAYS: Names = {name: FUNCTIONS[name] for name in "expand_dims reshape zeros ones squeeze transpose zeros_like stack".split()}


def _of_data(host: Native) -> Native:
    """A function of numpy, of which what cannot be followed is not known: data are no part of a network."""

    def lenient(machine: Machine, args: tuple[Value, ...], kwargs: dict[str, Value]) -> Value:
        try:
            return of_keras(machine.finish(machine.call(host, *args, **kwargs)))
        except SpecError as error:
            if any(isinstance(t, Tensor) and not t.fixed for t in tensors_in((tuple(args), tuple(kwargs.values())))):
                raise
            return Unknown(f"numpy.{host.name}", machine.place(), error.faults[0].message, harmless=True)

    return Native(host.name, lenient, raw=True, unknown=True, binds=False)


_FOLLOWED: Names = {name: _of_data(value) if isinstance(value, Native) else value for name, value in NUMPY.names.items()}
_NUMPY = Module("numpy", Dict(_ARRAYS | {"newaxis": None, **_TYPES} | _FOLLOWED), NUMPY.missing)
