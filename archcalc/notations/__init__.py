"""The notations: a reader a module, recognised by content, loaded when a text is in it.

A reader has one function, `read(source) -> Description`, and raises SpecError. The table is in the order of recognition: first
what a text surely is by a mark of its own, then what it is likely to be; `words`, last, takes what nothing else recognises.
"""

from __future__ import annotations

import importlib
import re
from collections.abc import Callable
from typing import NamedTuple

from archcalc.layers import KINDS, normal
from archcalc.network.description import Description
from archcalc.notations.own import TOP_KEYS
from archcalc.text.source import Source


class Notation(NamedTuple):
    """A notation: what it is called in a message, its module, the mark by which a text surely is in it, and a guess.

    The mark, compiled when it is asked for, is looked for in the text without its comments; the guess is asked where none was
    found. `sign` says in words what the text is recognised by; `example` is a line or two of one. A notation of files that are
    no text has, in place of mark and guess, the bytes they begin with, and how their names end. `several`: a text may hold
    networks that are asked for by name. `trains`: it is another network while it is trained.
    """

    title: str
    module: str
    mark: Callable[[], re.Pattern[str]] | None
    guess: Callable[[str], bool]
    sign: str
    example: str
    begins: bytes = b""
    ends: str = ""
    several: bool = False
    trains: bool = False


LONGEST_KEY = 100


# A key with its list or mapping, at the margin, is YAML whatever else is in the text, such as a source that says nn.LSTM(128).
def yaml_mark() -> re.Pattern[str]:
    return re.compile(
        r"\A\s*(?:\{|---(?:\s|$)|%YAML)|^['\"]?(?:layers|blocks|vars|outputs|inputs|expect)['\"]?\s*:[ \t]*(?:#.*|[\[{].*)?$",
        re.M,
    )


# Keras by name, TensorFlow where torch is not imported too, or a layer that only Keras spells so where Python makes one.
def keras_mark() -> re.Pattern[str]:
    return re.compile(
        r"^[ \t]{0,40}(?:import|from)[ \t]+(?:keras|tensorflow\.keras|tf_keras|keras_core)\b"
        r"|^[ \t]{0,40}from[ \t]+tensorflow[ \t]+import[^\n]{0,200}\bkeras\b"
        r"|\A(?![\s\S]*^[ \t]{0,40}(?:import|from)[ \t]+torch\b)[\s\S]*?(?:^[ \t]{0,40}(?:import|from)[ \t]+tensorflow\b"
        r"|(?:\.add[ \t]?\(\s{0,40}|=[ \t]?|\blayers\.|Sequential\(\s{0,40}\[\s{0,40})(?:\w{1,30}\.){0,3}"
        r"(?:Conv[123]D|Dense|(?:Max|Average)Pooling[123]D|BatchNormalization|SimpleRNN|InputLayer)[ \t]?\()",
        re.M,
    )


def python_mark() -> re.Pattern[str]:
    return re.compile(
        r"^[ \t]*(?:import \w|from \w[\w.]* import |class \w+\s*[(:]|(?:async )?def \w+\s*\(|>>> |@\w+\s*$)"
        r"|\bSequential\s*\(|\b(?:nn|torch|keras|layers)\.[A-Za-z]\w*[.(]|^[ \t]*\w*conv_arch\s*="
        r"|^[A-Za-z_]\w*\s*=\s*[A-Za-z_][\w.]*\(|^[ \t]*\w+\.add\s*\(",
        re.M,
    )


def _is_item(line: str) -> bool:
    return line.lstrip()[:1] == "-" and not line.lstrip()[1:2].strip()


def _image_item() -> re.Pattern[str]:
    return re.compile(r"\s*-\s+(?:[\w×✕,()-]+\s+){0,4}(?:image|input)\b(?!\s*:\s*$)", re.I)


def _sentence(line: str) -> bool:
    """Whether an item of a list says its layer in a sentence."""
    return (
        re.search(r"\blayer\s+(?:is|has|with)\b|\bfollowed\s+by\b|\bfeature\s+maps?\b|\bfilters\s+of\b", line[:200], re.I)
        is not None
    )


def likely_yaml(text: str) -> bool:
    """Whether the lines are keys of the notation, or a list of layers; lines of a figure are neither."""
    stripped = text.strip()
    if stripped[:1] == "[":
        if not re.search(r"[^\d\s,;\[\]]", stripped):
            return False  # a perceptron by its sizes: [784, 256, 10]
        return stripped[-1:] == "]" or stripped[1:].lstrip()[:1] in ('"', "'", "{")
    lines = [line for line in text.split("\n") if line.strip()]
    margin = [line for line in lines if not line[0].isspace()]
    top = any(_key(line) in TOP_KEYS for line in margin)
    items = [line for line in lines if _is_item(line)]
    if items:
        # Bullets may stand before the lines of a figure as well: then the image is one of them.
        loose = [line for line in margin if not _is_item(line) and line[0] not in "]}"]
        return top or not (loose or any(_image_item().match(line) or _sentence(line) for line in items))
    keys = [_key(line) for line in margin]
    if not top and any(key and _is_layer(key) for key in keys):
        return False
    if not top or not all(keys):
        return bool(margin) and all(keys) and any(line.rstrip().endswith(":") for line in margin)
    return not any(key and key not in TOP_KEYS and normal(key) in KINDS for key in keys)


def _key(line: str) -> str:
    """The key that a line at the margin begins with; empty where it begins with none."""
    key, colon, value = line[:LONGEST_KEY].partition(":")
    key = key.strip().strip("'\"")
    plain = key.replace("_", "a").replace("-", "a").replace(" ", "a")
    return key if colon and plain.isalnum() and (not value or value[0].isspace()) else ""


def _is_layer(key: str) -> bool:
    """Whether a key is the name of a layer, perhaps with its number: `Convolution Layer 1`."""
    return normal(re.sub(r"(?:\s*layers?)?\s*\d*$", "", key, flags=re.I)) in KINDS


# A cfg file has sections alone on their lines; one that begins with another section has options in it.
def darknet_mark() -> re.Pattern[str]:
    return re.compile(
        r"^[ \t]*\[[ \t]*(?:net|network|convolutional|maxpool|yolo|route|shortcut|connected)\s*\][ \t]*(?:;.*)?$"
        r"|\A(?:[ \t]*(?:;[^\n]*)?\n)*[ \t]*\[\w+\][ \t]*\n(?:[ \t]*\n)*[ \t]*\w+[ \t]*=",
        re.M,
    )


# A prototxt has layers in braces, sizes of inputs, or the settings of a solver.
def caffe_mark() -> re.Pattern[str]:
    return re.compile(
        # A program may quote one.
        r"\A(?![\s\S]*^(?:import \w|from \w[\w.]* import |class \w+\s*[(:]|(?:async )?def \w+\s*\())[\s\S]*?"
        r"(?:^[ \t]*layers?\s*(?:\{\s*(?:$|(?:name|type|bottom|top|include|exclude|param|\w+_param)\b)"
        r"|:\s*\{\s*(?:name|type|bottom|top)\s*:)"
        r"|^[ \t]*input_(?:dim\s*:|shape\s*:?\s*\{)|^[ \t]*(?:base_lr|test_iter|lr_policy|train_net|solver_mode)\s*:)",
        re.M,
    )


# A JSON with a class and its config; TensorFlow.js puts it into a file of its own.
def keras_json_mark() -> re.Pattern[str]:
    return re.compile(r'\A\s*\{(?=[\s\S]*"class_name"\s*:)(?=[\s\S]*"config"\s*:)')


# The numbers of a model of the transformers library.
def huggingface_mark() -> re.Pattern[str]:
    return re.compile(r'\A\s*\{(?=[\s\S]*"model_type"\s*:)')


# Lines of [from, repeats, module, arguments] under `backbone`.
def ultralytics_mark() -> re.Pattern[str]:
    return re.compile(r"^backbone\s*:(?=[\s\S]*^head\s*:)", re.M)


# A program, in which a printed model is only quoted.
_PROGRAM = r"\A(?![\s\S]*^(?:import \w|from \w[\w.]* import |class \w+\s*[(:]|(?:async )?def \w+\s*\())[\s\S]*?"


# Modules in brackets by their names, as torch prints them.
def printed_mark() -> re.Pattern[str]:
    return re.compile(
        _PROGRAM + r"(?:^[ \t]*\([\w.-]{1,64}\):[ \t]+(?:\d+ x )?[A-Za-z_][\w.]* ?\("
        r"|\b\w+\([ \t]*\(\w{1,64}\):[ \t]+[A-Za-z_]\w* ?\()",
        re.M,
    )


# The heading of a summary, in a box or not.
def summary_mark() -> re.Pattern[str]:
    return re.compile(
        _PROGRAM + r"(?:^[ \t┃│|]*Layer \(type(?:\)|:depth-idx\)| ?\(var_name\)(?::depth-idx)?\))(?=[^\n]*(?:Output|Param|Input))"
        r"|^[ \t]*\|[ \t]*Name[ \t]*\|[ \t]*Type[ \t]*\|[ \t]*Params)",
        re.M,
    )


def never(text: str) -> bool:
    """The guess of a notation that is recognised by its mark alone."""
    return False


NOTATIONS: dict[str, Notation] = {
    "darknet": Notation(
        "darknet cfg",
        "darknet.reader",
        darknet_mark,
        never,
        "`[net]`, `[convolutional]` or another section alone on its line",
        "[net]\nheight=416\nwidth=416\nchannels=3\n[convolutional]\nfilters=32",
    ),
    "caffe": Notation(
        "Caffe prototxt",
        "caffe.reader",
        caffe_mark,
        never,
        "`layer {` or `layers {`, or the size of an input",
        'layer {\n  name: "conv1"  type: "Convolution"  bottom: "data"  top: "conv1"\n'
        "  convolution_param { num_output: 96 kernel_size: 11 stride: 4 }\n}",
    ),
    "keras_json": Notation(
        "Keras JSON",
        "keras.json.reader",
        keras_json_mark,
        never,
        'JSON with a "class_name" and a "config"',
        '{"class_name": "Sequential", "config": {"layers": [{"class_name": "Dense", "config": {"units": 10}}]}}',
    ),
    "onnx": Notation(
        "ONNX",
        "onnx.reader",
        None,
        never,
        "its first byte, or a name that ends in .onnx",
        'torch.onnx.export(model, (image,), "model.onnx")',
        b"\x08",
        ".onnx",
    ),
    "huggingface": Notation(
        "Hugging Face config.json",
        "huggingface.reader",
        huggingface_mark,
        never,
        'JSON with a "model_type"',
        '{"model_type": "gpt2", "architectures": ["GPT2LMHeadModel"], "n_embd": 768, "n_layer": 12, "n_head": 12}',
    ),
    "ultralytics": Notation(
        "Ultralytics YAML",
        "ultralytics.reader",
        ultralytics_mark,
        never,
        "`backbone:` and `head:` at the margin",
        "backbone:\n  - [-1, 1, Conv, [64, 3, 2]]\nhead:\n  - [-1, 1, Detect, [nc]]",
    ),
    "printed": Notation(
        "print(model) of torch",
        "printed.reader",
        printed_mark,
        never,
        "modules in brackets by their names, `(conv1): Conv2d(`",
        "Net(\n  (conv1): Conv2d(1, 6, kernel_size=(5, 5), stride=(1, 1))\n"
        "  (fc): Linear(in_features=864, out_features=10, bias=True)\n)",
        several=True,
    ),
    "summary": Notation(
        "printed summary",
        "printed.summary",
        summary_mark,
        never,
        "the heading `Layer (type)  Output Shape  Param #` of Keras, torchsummary or torchinfo, or Lightning's",
        "Layer (type)          Output Shape        Param #\nconv2d (Conv2D)       (None, 26, 26, 32)  320",
    ),
    "yaml": Notation(
        "YAML",
        "own.reader",
        yaml_mark,
        likely_yaml,
        "`layers:` at the margin, or a list of layers",
        "input: 1x28x28\nlayers: [conv 6 k5 p2 relu, maxpool 2, fc 10]",
        several=True,
    ),
    "keras": Notation(
        "Keras source",
        "keras.source.reader",
        keras_mark,
        never,
        "imports of keras or tensorflow, `Dense(` or `Conv2D(`",
        "model = keras.Sequential([keras.Input((28, 28, 1)), layers.Conv2D(32, 3)])",
        several=True,
    ),
    "python": Notation(
        "PyTorch source",
        "pytorch.reader",
        python_mark,
        never,
        "imports, classes, `nn.` or `Sequential(`",
        "net = nn.Sequential(nn.Conv2d(1, 6, 5, padding=2), nn.ReLU())",
        several=True,
        trains=True,
    ),
    "words": Notation(
        "textbook words",
        "words.reader",
        None,
        lambda text: True,
        "nothing: what is none of the others",
        "Image (28 × 28)\n5 × 5 Conv (6), pad 2",
    ),
}


def plainly_ours(text: str) -> bool:
    """Whether `layers:` stands alone on a line at the margin with no brace behind it, which no other notation has.

    No pattern is compiled to see it, which is most of what recognising costs a small file.
    """
    before, key, after = f"\n{text}".partition("\nlayers:\n")
    return bool(key) and before.lstrip()[:1] != "{" and after.lstrip()[:1] != "{"


def recognise(text: str) -> str:
    """The notation a text is in."""
    if plainly_ours(text):
        return "yaml"
    bare = re.sub(r"(?m)(?:^|(?<=\s))#.*$", "", text) if "#" in text else text
    for name, notation in NOTATIONS.items():
        if notation.mark is not None and notation.mark().search(bare) and not (name == "python" and _listed_calls(bare)):
            return name
    return next(name for name, notation in NOTATIONS.items() if notation.guess(bare))


def _listed_calls(text: str) -> bool:
    """Whether a text is a figure whose lines are torch's calls, `Input 3x32x32` above `nn.Conv2d(3, 6, 5)`."""
    lines = [line.strip().rstrip(",") for line in text.split("\n") if line.strip()]
    first = re.match(r"(?:input|image)\b[\s:(\[]*\d", lines[0], re.I) if lines else None
    return first is not None and all(re.match(r"(?:torch\.)?nn\.[A-Z]\w*\(.*\)$|[A-Za-z]+$", line) for line in lines[1:])


def binary(head: bytes, name: str = "") -> str:
    """The notation of a file that is no text, by its first bytes or its name; empty for a text."""
    found = (n for n, notation in NOTATIONS.items() if notation.begins)
    return next((n for n in found if head.startswith(NOTATIONS[n].begins) or name.lower().endswith(NOTATIONS[n].ends)), "")


def as_trained(source: Source) -> Source:
    """The source, to be read as the network is while it is trained, where its notation has such a mode."""
    source.train = source.train or NOTATIONS[source.notation or recognise(source.text)].trains
    return source


def read(source: Source) -> Description:
    """The description of a text; `source.notation` says what it was taken for. Raises SpecError."""
    if not source.notation:
        if '"nbformat"' in source.text:
            from archcalc.text.notebook import is_notebook, read_notebook

            if is_notebook(source.text):
                read_notebook(source)
        source.notation = recognise(source.text)
        if source.notation == "words" or (source.notation == "yaml" and source.text.lstrip()[:1] in ("{", "[", "<")):
            from archcalc.notations.lookalikes import refuse

            refuse(source)
    notation = NOTATIONS[source.notation]
    if source.train and not notation.trains:
        from archcalc.text.faults import Fault, SpecError

        other = " and ".join(n.title for n in NOTATIONS.values() if n.trains)
        said = f"{notation.title} is read in one way: only {other} has a mode of training"
        raise SpecError([Fault(said, repairs=["the command without --train-mode"])])
    if source.asked and not notation.several:
        from archcalc.text.faults import Fault, SpecError

        said = f"{notation.title} holds one network: there is no '{source.asked[:100]}' in it"
        raise SpecError([Fault(said, repairs=[source.name])])
    module = importlib.import_module(f"archcalc.notations.{notation.module}")
    found: Description = module.read(source)
    return found
