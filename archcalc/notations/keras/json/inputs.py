"""What goes into a model of Keras: the shapes of its input layers, and which way they lie."""

from __future__ import annotations

from archcalc.layers.base import Shape, dims
from archcalc.notations.keras.json.models import Part, is_sequential, tensors_of
from archcalc.notations.keras.work import Value, Work
from archcalc.text.located import Json

SHAPES = ("batch_input_shape", "batch_shape")
SPATIAL = ("Conv", "Pool", "Upsampling", "UpSampling", "ZeroPadding", "Cropping", "Separable", "Depthwise", "Locally")


def read_inputs(r: Work, root: Json, config: Json, parts: list[Part]) -> list[Value]:
    """The inputs of the whole model as values. Raises Stop where a size is not known."""
    by_name = {part.name: part for part in parts}
    if is_sequential(root):
        chosen = parts[:1]
        shapes = [shape_in(r, part, config) for part in chosen]
    else:
        names = [tensor[0] for tensor in tensors_of(r, config.get("input_layers"))]
        unknown = [name for name in names if name not in by_name]
        if unknown or not names:
            what = f"the input {unknown[0]} is no layer of this model" if unknown else "a functional model names its inputs"
            raise r.building.stop(what, config.span, '"input_layers": [["input_1", 0, 0]]')
        chosen = [by_name[name] for name in names]
        shapes = [shape_in(r, part, None) for part in chosen]
    r.channels_first = has_channels_first(root)
    written: dict[str, Shape | None] = {}
    asked: dict[str, str] = {}
    moved: dict[str, bool] = {}
    for part, shape in zip(chosen, shapes, strict=True):
        name = part.name if part.kind == "InputLayer" else f"{part.name}_input" if len(chosen) > 1 else "input"
        turned = not r.channels_first and shape is not None and (len(shape) > 2 or (len(shape) == 2 and spatial(parts)))
        moved[name] = turned
        if shape is not None and turned:
            shape = (shape[-1], *shape[:-1])
        known = shape is not None and all(size is not None for size in shape)
        written[name] = tuple(size for size in shape if size is not None) if shape is not None and known else None
        guess = [3 if n == 0 and turned else 224 if len(shape or ()) > 2 else 100 for n in range(len(shape or (1,)))]
        sizes = [str(size if size is not None else guess[n]) for n, size in enumerate(shape or (None,))]
        asked[name] = "x".join(sizes)
    lacking = [name for name, shape in written.items() if shape is None]
    place = chosen[list(written).index(lacking[0])].span if lacking else None
    only = len(written) == 1
    typed = " ".join(f"--input {asked[name]}" if only else f"--input {name}={asked[name]}" for name in lacking)
    nodes = r.building.inputs(written, place, typed)
    for name, node in nodes.items():
        shape_here = r.building.shape(node)
        if moved[name] and shape_here is not None:
            own = (*shape_here[1:], shape_here[0])
            listed = ", ".join(map(str, own))
            r.graph.note(f"channels come first here: Keras's ({listed}) is {dims(shape_here)}")
            break
    return [Value(node, moved[name]) for name, node in nodes.items()]


def shape_in(r: Work, part: Part, model: Json | None) -> tuple[int | None, ...] | None:
    """The input shape of a layer without the batch, None for a size that the text leaves open; None where it says nothing."""
    config = part.config
    while config.get(*SHAPES) is None and config.get("layers") is None and config.get("layer") is not None:
        inner = config.get("layer")
        below = inner.get("config") if inner is not None else None
        if below is None:
            break
        config = below
    found = config.get(*SHAPES)
    layers = config.get("layers") if isinstance(config.value, dict) else config
    if found is None and layers is not None and layers.items:
        first = layers.items[0].get("config")
        found = first.get(*SHAPES) if first is not None else None
    if found is None and model is not None and isinstance(model.value, dict):
        found = model.get("build_input_shape")
    if found is None:
        build = part.text.get("build_config")
        shape = build.get("input_shape") if build is not None else None
        found = shape if shape is not None and part.kind != "InputLayer" else None
    if found is not None and isinstance(found.value, dict):
        found = found.get("items")
    if found is not None and found.items and isinstance(found.items[0].value, list):
        found = found.items[0]
    if found is not None:
        return tuple(_size(r, item) for item in found.items[1:])
    length, width = config.get("input_length"), config.get("input_dim")
    if part.kind == "Embedding":
        return (None if length is None else _size(r, length),)
    if width is not None:
        return (*([_size(r, length)] if length is not None else []), _size(r, width))
    return None


def _size(r: Work, item: Json) -> int | None:
    if item.value is None:
        return None
    if not isinstance(item.value, int) or isinstance(item.value, bool) or not 0 < item.value <= 10**9:
        raise r.building.stop("a size is a whole number from 1, or null", item.span, "null")
    return item.value


def has_channels_first(root: Json) -> bool:
    """Whether a layer of the model has channels before positions, in Keras's own order."""
    written = (at.get("data_format", "dim_ordering") for at in root.walk())
    return any(value is not None and value.value in ("channels_first", "th") for value in written)


def spatial(parts: list[Part]) -> bool:
    """Whether the first layer that computes something is one over positions."""
    for part in parts:
        if part.kind in ("InputLayer", "Dropout", "GaussianNoise", "Masking", "Activation", "BatchNormalization"):
            continue
        return part.kind.startswith(SPATIAL) or part.kind.startswith(("Max", "Average")) or "Convolution" in part.kind
    return False
