"""What goes into a network: `input` with its sizes, Input layers, and layers that read data, which seldom know a size."""

from __future__ import annotations

from archcalc.layers.base import Shape
from archcalc.notations.caffe.text import Message, Value
from archcalc.notations.caffe.work import LOSSES, Part, Work

SOURCES = (
    "Input",
    "Data",
    "ImageData",
    "HDF5Data",
    "MemoryData",
    "DummyData",
    "WindowData",
    "AnnotatedData",
    "DenseImageData",
    "Python",
)


def read_inputs(r: Work) -> list[Part]:
    """Makes the inputs of a network; returns the layers that are no more than that. Raises Stop where a size is not known."""
    read = {name for part in r.parts if part.type not in LOSSES for name in part.read}
    written: dict[str, Shape | None] = {}
    places: dict[str, tuple[Value | None, str]] = {}
    for value, shape in zip(r.root.values("input"), _top_shapes(r), strict=False):
        written[value.text] = shape
        places[value.text] = (value, "")
    parts = [part for part in r.parts if part.type in SOURCES and not part.bottoms]
    for part in parts:
        shapes, crop = _shapes(r, part)
        for number, top in enumerate(part.tops):
            # A label, which only a loss reads, is no input of the network.
            if top.text in read or top.text in r.building.given.inputs:
                written[top.text] = shapes[number] if number < len(shapes) else None
                places[top.text] = (top, crop if number == 0 else "")
            else:
                r.blobs[top.text] = None
    if not written:
        made = {top.text for part in r.parts for top in part.tops}
        missing = [bottom for part in r.parts for bottom in part.bottoms if bottom.text not in made]
        written = {"data": None} if not missing else {missing[0].text: None}
        places = dict.fromkeys(written, (missing[0] if missing else None, ""))
    lacking = [name for name, shape in written.items() if shape is None]
    place = next((places[name][0] for name in lacking), None)
    flat = {name for part in r.parts if part.type == "InnerProduct" for name in part.read}
    guesses = {
        name: "784" if name in flat and not places[name][1] else f"3x{places[name][1] or 224}x{places[name][1] or 224}"
        for name in lacking
    }
    only = len(written) == 1
    repair = " ".join(f"--input {guess}" if only else f"--input {name}={guess}" for name, guess in guesses.items())
    r.blobs |= r.building.inputs(written, place.span if place else None, repair)
    return parts


def _top_shapes(r: Work) -> list[Shape | None]:
    """The sizes of the top-level inputs: a shape each, or four numbers each."""
    found: list[Shape | None] = [shape_of(r, message) for message in r.root.messages("input_shape")]
    dims = [r.whole(value, 1, 1) for value in r.root.values("input_dim")]
    while dims:
        found.append(tuple(dims[1:4]) if len(dims) >= 4 else None)
        r.batch = r.batch or dims[0]
        dims = dims[4:]
    return found + [None] * len(r.root.values("input"))


def shape_of(r: Work, message: Message) -> Shape | None:
    """The sizes of a blob without the batch; None where it is a number for each input of the batch, or less."""
    dims = [r.whole(value, 1, 1) for value in message.values("dim")]
    r.batch = r.batch or (dims[0] if dims else None)
    return tuple(dims[1:]) or None


def _shapes(r: Work, part: Part) -> tuple[list[Shape | None], str]:
    """The sizes that a layer of data states for its tops, and the size it cuts images to."""
    message = part.message
    if part.type == "Input":
        shapes = [shape_of(r, shape) for shape in message.message("input_param").messages("shape")]
        return shapes * len(part.tops) if len(shapes) == 1 else shapes, ""
    if part.type == "DummyData":
        given = message.message("dummy_data_param")
        shapes = [shape_of(r, shape) for shape in given.messages("shape")]
        if not shapes:
            sizes = [[r.whole(value, 1, 1) for value in given.values(key)] for key in ("channels", "height", "width")]
            given.values("num")
            count = max(map(len, sizes))
            shapes = [tuple(size[min(n, len(size) - 1)] if size else 1 for size in sizes) for n in range(count)]
        return shapes * len(part.tops) if len(shapes) == 1 else shapes, ""
    if part.type == "MemoryData":
        given = message.message("memory_data_param")
        given.value("batch_size")
        size = [r.whole(given.value(key), 0) for key in ("channels", "height", "width")]
        return [tuple(size) if all(size) else None], ""
    crop = ""
    for field in message.fields:
        if isinstance(field.value, Message) and field.name.endswith("_param"):
            field.used = True
            value = field.value.value("crop_size")
            crop = value.text if value and value.text.isdecimal() and int(value.text[:9]) else crop
            for inner in field.value.fields:
                inner.used = True
    return [], crop
