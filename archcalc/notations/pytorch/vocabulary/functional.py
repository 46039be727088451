"""torch.nn.functional, and the forward of layers that read their tensor in a way of their own."""

from __future__ import annotations

import math
from typing import TYPE_CHECKING

from archcalc.interpreter.values import List, Result, Value
from archcalc.layers.base import Layer
from archcalc.layers.linear import Identity
from archcalc.notations.pytorch.vocabulary import moves, parts
from archcalc.notations.pytorch.vocabulary.arithmetic import aligned, reduced, single, two
from archcalc.notations.pytorch.vocabulary.checks import per_axis, share, whole, word
from archcalc.notations.pytorch.vocabulary.leaves import FORWARDS, Leaf, adjusted, apply, once, overwritten, run
from archcalc.notations.pytorch.vocabulary.names import functional, op
from archcalc.notations.pytorch.vocabulary.plans import MAKERS, Plan
from archcalc.notations.pytorch.vocabulary.reasons import AS_TORCH
from archcalc.notations.pytorch.vocabulary.shapes import Batch, Full, axis, batched, broadcast, inner, shown_shape
from archcalc.notations.pytorch.vocabulary.tensors import Parameter, Step, Tensor
from archcalc.notations.pytorch.vocabulary.trace import emit, expected, moved, note, trace
from archcalc.text.faults import Misfit, ValueFault

if TYPE_CHECKING:
    from archcalc.interpreter.machine import Machine


def planned(machine: Machine, plan: Plan, x: Value, name: str, inplace: Value = False) -> Tensor:
    """A layer without a module."""
    tensor = expected(machine, x, name)
    if tensor.fixed:
        return Tensor(tensor.shape, tensor.kind)
    if plan.note:
        note(machine, plan.note)
    made = apply(machine, plan, tensor, name)
    return overwritten(machine, made) if inplace is True else made


# -- activations ------------------------------------------------------------------------------------------------------


def _activation(module: str, *names: str, at: str = "torch method functional") -> None:
    def apply_(machine: Machine, input: Value, inplace: Value = False) -> Value:
        return planned(machine, MAKERS[module](module), input, names[0], inplace)

    op(*names, *(f"{n}_" for n in names), at=at)(apply_)


_activation("ReLU", "relu")
_activation("ReLU6", "relu6", at="functional")
_activation("SELU", "selu", at="torch functional")
_activation("SiLU", "silu", at="functional")
_activation("Hardsigmoid", "hardsigmoid", at="functional")
_activation("Hardswish", "hardswish", at="functional")
_activation("Mish", "mish", at="functional")
_activation("Sigmoid", "sigmoid")
_activation("Tanh", "tanh")


@functional("leaky_relu", "leaky_relu_")
def leaky_relu(machine: Machine, input: Value, negative_slope: Value = 0.01, inplace: Value = False) -> Value:
    return planned(machine, MAKERS["LeakyReLU"]("LeakyReLU", negative_slope), input, "F.leaky_relu", inplace)


@functional("elu", "elu_")
def elu(machine: Machine, input: Value, alpha: Value = 1.0, inplace: Value = False) -> Value:
    return planned(machine, MAKERS["ELU"]("ELU", alpha), input, "F.elu", inplace)


@functional("hardtanh", "hardtanh_")
def hardtanh(machine: Machine, input: Value, min_val: Value = -1.0, max_val: Value = 1.0, inplace: Value = False) -> Value:
    return planned(machine, MAKERS["Hardtanh"]("Hardtanh", min_val, max_val), input, "F.hardtanh", inplace)


@op("celu", "celu_", at="torch functional")
def celu(machine: Machine, input: Value, alpha: Value = 1.0, inplace: Value = False) -> Value:
    return planned(machine, MAKERS["CELU"]("CELU", alpha), input, "F.celu", inplace)


@functional("softsign")
def softsign(machine: Machine, input: Value) -> Value:
    return planned(machine, MAKERS["Softsign"]("Softsign"), input, "F.softsign")


@functional("gelu")
def gelu(machine: Machine, input: Value, approximate: Value = "none") -> Value:
    return planned(machine, MAKERS["GELU"]("GELU", approximate), input, "F.gelu")


@functional("softplus")
def softplus(machine: Machine, input: Value, beta: Value = 1, threshold: Value = 20) -> Value:
    return planned(machine, MAKERS["Softplus"]("Softplus"), input, "F.softplus")


@functional("logsigmoid")
def logsigmoid(machine: Machine, input: Value) -> Value:
    return planned(machine, MAKERS["LogSigmoid"]("LogSigmoid"), input, "F.logsigmoid")


@functional("glu")
def glu(machine: Machine, input: Tensor, dim: Value = -1) -> Value:
    from archcalc.layers.activation import GLU

    at = axis(dim, len(input.shape))
    size = input.shape[at]
    if isinstance(size, Batch):
        raise ValueFault("the batch is cut into parts", "dim=1")
    if size % 2:
        raise ValueFault(f"Halving dimension must be even, but dimension {at} is size {size}", AS_TORCH)
    shape = (*input.shape[:at], size // 2, *input.shape[at + 1 :])
    return Tensor(shape) if input.fixed else emit(machine, GLU(parts.within(input.shape, at)), [input], shape)


def softened(machine: Machine, layer: type[Layer], x: Tensor, dim: Value, module: Leaf | None = None) -> Tensor:
    """softmax over a dimension."""
    rank = len(x.shape)
    if dim is None:
        dim = 0 if rank in (0, 1, 3) else 1  # torch's old rule
    at = axis(dim, rank)
    if rank and isinstance(x.shape[at], Batch):
        raise ValueFault(f"softmax over the inputs of a batch: dimension {dim} of {shown_shape(x.shape)}", "dim=1")
    within = [i for i, n in enumerate(x.shape) if not isinstance(n, Batch)]
    made = layer(axis=within.index(at)) if within else layer()
    example = inner(x.shape)
    usual = layer()
    if example and usual._axis(example) == within.index(at):  # type: ignore[attr-defined]
        made = usual
    return once(machine, made, [x], x.shape, (example,), module)


@op("softmax")
def softmax(machine: Machine, input: Tensor, dim: Value = None, _stacklevel: Value = 3, dtype: Value = None) -> Value:
    from archcalc.layers.activation import Softmax

    return Tensor(input.shape) if input.fixed else softened(machine, Softmax, input, dim)


@op("log_softmax")
def log_softmax(machine: Machine, input: Tensor, dim: Value = None, _stacklevel: Value = 3, dtype: Value = None) -> Value:
    from archcalc.layers.activation import LogSoftmax

    return Tensor(input.shape) if input.fixed else softened(machine, LogSoftmax, input, dim)


def _forward_softmax(machine: Machine, self: Leaf, input: Value) -> Value:
    from archcalc.layers.activation import LogSoftmax, Softmax

    layer = LogSoftmax if self.torch_name == "LogSoftmax" else Softmax
    return softened(machine, layer, expected(machine, input, self.torch_name), self.given.get("dim"), self)


for _name in ("Softmax", "LogSoftmax", "Softmin"):
    FORWARDS[_name] = _forward_softmax


# -- pooling ----------------------------------------------------------------------------------------------------------


def with_indices(machine: Machine, made: Tensor, asked: Value) -> Value:
    """What a pool gives, and where its values came from where that is asked for."""
    if asked is not True:
        return made
    indices = moved(machine, made, made.shape, Step("indices"))
    indices.kind = "int"
    return (made, indices)


def unpooled(
    machine: Machine, x: Tensor, rank: int, kernel: Value, stride: Value, padding: Value, size: Value, module: Leaf | None = None
) -> Value:
    """Values back where a pool took them from, zeros between: (W − 1)·S − 2P + K along each axis."""
    if len(x.shape) != rank + 2 or batched(x.shape[1:]):
        raise ValueFault(f"unpooling takes B×C and {rank} sizes; {shown_shape(x.shape)} arrives", AS_TORCH)
    k, s, p = (per_axis(v, rank, n, 0) for v, n in ((kernel, "kernel_size"), (kernel if stride is None else stride, "stride"),
                                                   (padding, "padding")))  # fmt: skip
    each = [(v,) * rank if isinstance(v, int) else v for v in (k, s, p)]
    sizes_ = tuple((w - 1) * t - 2 * q + n for w, n, t, q in zip(inner(x.shape[2:]), *each, strict=True))
    if isinstance(size, tuple | List):
        sizes_ = inner(tuple(size)[-rank:])
    made = moved(machine, x, (*x.shape[:2], *sizes_), Step("unpool"))
    return made if module is None else _eager(machine, x, made, module)


def _forward_max_pool(machine: Machine, self: Leaf, input: Value) -> Value:
    made = run(machine, self, input)
    return with_indices(machine, made, self.given["return_indices"]) if isinstance(made, Tensor) else None


def _forward_max_unpool(machine: Machine, self: Leaf, input: Value, indices: Value, output_size: Value = None) -> Value:
    x, given = expected(machine, input, f"nn.{self.torch_name}"), self.given
    rank = int(self.torch_name[-2])
    return unpooled(machine, x, rank, given["kernel_size"], given["stride"], given["padding"], output_size, self)


def _pools(rank: int) -> None:
    def max_pool(
        machine: Machine, input: Value, kernel_size: Value, stride: Value = None, padding: Value = 0, dilation: Value = 1,
        ceil_mode: Value = False, return_indices: Value = False,
    ) -> Value:  # fmt: skip
        name = f"MaxPool{rank}d"
        plan = MAKERS[name](name, kernel_size, stride, padding, dilation, return_indices, ceil_mode)
        return with_indices(machine, planned(machine, plan, input, f"F.max_pool{rank}d"), return_indices)

    def max_unpool(
        machine: Machine, input: Value, indices: Value, kernel_size: Value, stride: Value = None, padding: Value = 0,
        output_size: Value = None,
    ) -> Value:  # fmt: skip
        x = expected(machine, input, f"F.max_unpool{rank}d")
        return unpooled(machine, x, rank, kernel_size, stride, padding, output_size)

    def avg_pool(
        machine: Machine, input: Value, kernel_size: Value, stride: Value = None, padding: Value = 0, ceil_mode: Value = False,
        count_include_pad: Value = True, divisor_override: Value = None,
    ) -> Value:  # fmt: skip
        name = f"AvgPool{rank}d"
        return planned(machine, MAKERS[name](name, kernel_size, stride, padding, ceil_mode), input, f"F.avg_pool{rank}d")

    def adaptive_avg_pool(machine: Machine, input: Value, output_size: Value) -> Value:
        name = f"AdaptiveAvgPool{rank}d"
        return planned(machine, MAKERS[name](name, output_size), input, f"F.adaptive_avg_pool{rank}d")

    def adaptive_max_pool(machine: Machine, input: Value, output_size: Value, return_indices: Value = False) -> Value:
        name = f"AdaptiveMaxPool{rank}d"
        return planned(machine, MAKERS[name](name, output_size, return_indices), input, f"F.adaptive_max_pool{rank}d")

    op(f"max_pool{rank}d", at="torch functional")(max_pool)
    op(f"max_unpool{rank}d", at="functional")(max_unpool)
    FORWARDS[f"MaxPool{rank}d"] = _forward_max_pool
    FORWARDS[f"MaxUnpool{rank}d"] = _forward_max_unpool
    op(f"avg_pool{rank}d", at="torch functional")(avg_pool)
    op(f"adaptive_avg_pool{rank}d", at="torch functional")(adaptive_avg_pool)
    op(f"adaptive_max_pool{rank}d", at="torch functional")(adaptive_max_pool)


for _rank in (1, 2, 3):
    _pools(_rank)


# -- dropout and normalisation ----------------------------------------------------------------------------------------


@op("dropout", "dropout_", at="torch functional")
def dropout(machine: Machine, input: Value, p: Value = 0.5, training: Value = True, inplace: Value = False) -> Value:
    return planned(machine, MAKERS["Dropout"]("Dropout", p), input, "F.dropout", inplace)


@functional("dropout1d", "dropout2d", "dropout3d", "alpha_dropout", "feature_alpha_dropout")
def dropout2d(machine: Machine, input: Value, p: Value = 0.5, training: Value = True, inplace: Value = False) -> Value:
    return planned(machine, MAKERS["Dropout"]("Dropout", p), input, "F.dropout2d")


@functional("_drop_path")
def drop_path(machine: Machine, input: Value, p: Value = 0.0) -> Value:
    """What torchvision's StochasticDepth and timm's DropPath do; torch itself has no name for it."""
    from archcalc.layers.linear import DropPath

    return planned(machine, Plan(DropPath(share(p)), ()), input, "stochastic_depth")


@functional("normalize")
def normalize(machine: Machine, input: Tensor, p: Value = 2.0, dim: Value = 1, eps: Value = 1e-12, out: Value = None) -> Value:
    length = reduced(machine, input, "norm", dim, True)
    return two(machine, "div", input, single(machine, length, "clamp", "clamp"))


@functional("local_response_norm")
def local_response_norm(
    machine: Machine, input: Value, size: Value, alpha: Value = 1e-4, beta: Value = 0.75, k: Value = 1.0
) -> Value:
    return planned(machine, MAKERS["LocalResponseNorm"]("LocalResponseNorm", size), input, "F.local_response_norm")


@functional("instance_norm")
def instance_norm(machine: Machine, input: Tensor, *rest: Value, **more: Value) -> Value:
    name = f"InstanceNorm{len(input.shape) - 2}d"
    if name not in MAKERS:
        raise ValueFault(f"F.instance_norm takes B×C×…; {shown_shape(input.shape)} arrives", AS_TORCH)
    return planned(machine, MAKERS[name](name, None), input, "F.instance_norm")


# -- moving -----------------------------------------------------------------------------------------------------------


def _eager(machine: Machine, x: Tensor, made: Tensor, module: Leaf) -> Tensor:
    """A module that only moves values has its row all the same, under its own name."""
    run = trace(machine)
    if run.graph is None or x.fixed or made is x or id(module) not in run.paths:
        return made
    from archcalc.notations.pytorch.vocabulary.trace import layer_of

    came, wanted = inner(x.shape), inner(made.shape)
    layer = layer_of(made.steps, came, wanted) or Identity()
    span = module.place.span() if run.through is module and module.place is not None else None
    return emit(machine, layer, [x], made.shape, examples=(came,), module=module, span=span)


def _forward_flatten(machine: Machine, self: Leaf, input: Value) -> Value:
    x = expected(machine, input, "nn.Flatten")
    made = moves.flattened(machine, x, self.given["start_dim"], self.given["end_dim"])
    return _eager(machine, x, made, self)


def _forward_unflatten(machine: Machine, self: Leaf, input: Value) -> Value:
    x = expected(machine, input, "nn.Unflatten")
    made = moves.unflattened(machine, x, self.given["dim"], self.given["unflattened_size"])
    return _eager(machine, x, made, self)


def _forward_pad(machine: Machine, self: Leaf, input: Value) -> Value:
    x = expected(machine, input, f"nn.{self.torch_name}")
    rank = int(self.torch_name[-2])
    if len(x.shape) not in (rank + 1, rank + 2):
        message = f"nn.{self.torch_name} takes B×C and {rank} sizes; {shown_shape(x.shape)} arrives"
        raise machine.fault(message, f"a reshape in front to {rank + 2} dimensions, the batch among them")
    padding = self.given["padding"]
    sides = padding if isinstance(padding, tuple | List) else (padding,) * (2 * rank)
    return _eager(machine, x, expected(machine, moves.padded(machine, x, sides, PADS[self.torch_name[:-2]]), ""), self)


# What nn's pads are as F.pad's modes.
PADS = {
    "ZeroPad": "constant",
    "ConstantPad": "constant",
    "ReflectionPad": "reflect",
    "ReplicationPad": "replicate",
    "CircularPad": "circular",
}
for _name in (f"{stem}{r}d" for stem in PADS for r in (1, 2, 3)):
    FORWARDS[_name] = _forward_pad
FORWARDS["Flatten"] = _forward_flatten
FORWARDS["Unflatten"] = _forward_unflatten


@functional("pixel_shuffle")
def pixel_shuffle(machine: Machine, input: Value, upscale_factor: Value) -> Value:
    return planned(machine, MAKERS["PixelShuffle"]("PixelShuffle", upscale_factor), input, "F.pixel_shuffle")


@functional("channel_shuffle")
def channel_shuffle(machine: Machine, input: Value, groups: Value) -> Value:
    return planned(machine, MAKERS["ChannelShuffle"]("ChannelShuffle", groups), input, "F.channel_shuffle")


MODES = {"nearest": "nearest", "nearest-exact": "nearest", "linear": "linear", "bilinear": "bilinear", "trilinear": "trilinear"}


def resized(machine: Machine, x: Tensor, size: Value, scale: Value, mode: Value, name: str, module: Leaf | None = None) -> Tensor:
    """A map in another size."""
    from archcalc.layers.resample import Upsample

    rank = len(x.shape) - 2
    if rank not in (1, 2, 3) or batched(x.shape[1:]):
        raise ValueFault(f"{name} takes B×C×H×W; {shown_shape(x.shape)} arrives", AS_TORCH)
    have = inner(x.shape[2:])
    wanted: tuple[int, ...]
    if size is not None:
        found = per_axis(size, rank, "size")
        wanted = (found,) * rank if isinstance(found, int) else found
    else:
        factors = list(scale) if isinstance(scale, tuple | List) else [scale] * rank
        if len(factors) != rank or not all(isinstance(f, int | float) for f in factors):
            raise ValueFault("scale_factor is one number, or one an axis", "scale_factor=2")
        wanted = tuple(math.floor(w * f) for w, f in zip(have, factors, strict=True) if isinstance(f, int | float))
    if min(wanted) < 1:
        raise ValueFault(f"{name} to {shown_shape(wanted)}: nothing is left", AS_TORCH)
    if x.fixed:
        return Tensor((*x.shape[:2], *wanted))
    shape = (*x.shape[:2], *wanted)
    known = {"nearest", "nearest-exact", "linear", "bilinear", "trilinear", "bicubic", "area"}
    how = word(mode, "mode", *sorted(known))
    if how not in MODES:
        raise ValueFault(f"mode='{how}' has no count here", "mode='bilinear'")
    even = all(w % h == 0 for w, h in zip(wanted, have, strict=True))
    factor = tuple(w // h for w, h in zip(wanted, have, strict=True))
    if even and size is None:
        layer = Upsample(scale=factor[0] if len(set(factor)) == 1 else factor, mode=MODES[how])
    else:
        layer = Upsample(size=wanted[0] if len(set(wanted)) == 1 else wanted, mode=MODES[how])
    return once(machine, layer, [x], shape, (inner(x.shape[1:]),), module)


def _forward_transposed(machine: Machine, self: Leaf, input: Value, output_size: Value = None) -> Value:
    """A transposed convolution to an asked size: what is lacking is the padding of its output, as in torch.nn.ConvTranspose2d."""
    if output_size is None or self.plan is None:
        return run(machine, self, input)
    import dataclasses

    from archcalc.formulas.arithmetic import transposed_out
    from archcalc.layers.base import per_axis as axes_of_layer
    from archcalc.layers.transposed import ConvTranspose

    layer = self.plan.layer
    assert isinstance(layer, ConvTranspose)
    x = expected(machine, input, f"nn.{self.torch_name}")
    rank = int(self.torch_name[-2])
    listed = list(output_size) if isinstance(output_size, tuple | List) else [output_size]
    listed = listed[-rank:] if len(listed) == rank + 2 else listed
    if len(listed) != rank or len(x.shape) < rank or any(isinstance(n, bool) or not isinstance(n, int) for n in listed):
        raise ValueFault(f"output_size is {rank} sizes, or a shape with the batch and the channels", "output_size=x.size()")
    kernel, stride, padding, dilation = (
        axes_of_layer(getattr(layer, name), rank, name) for name in ("kernel", "stride", "padding", "dilation")
    )
    lacking = []
    for wanted, have, k, s, p, d in zip(listed, inner(x.shape[-rank:]), kernel, stride, padding, dilation, strict=True):
        least = transposed_out(have, k, p, s, d)
        assert isinstance(wanted, int)
        if not least <= wanted < least + s:
            raise ValueFault(f"output_size {wanted} is not in what {have} can give, {least} to {least + s - 1}", f"{least}")
        lacking.append(wanted - least)
    asked = dataclasses.replace(layer, output_padding=tuple(lacking))
    return apply(machine, self.plan._replace(layer=asked), x, f"nn.{self.torch_name}", self)


for _rank in (1, 2, 3):
    FORWARDS[f"ConvTranspose{_rank}d"] = _forward_transposed


@functional("interpolate", "upsample")
def interpolate(
    machine: Machine, input: Tensor, size: Value = None, scale_factor: Value = None, mode: Value = "nearest",
    align_corners: Value = None, recompute_scale_factor: Value = None, antialias: Value = False,
) -> Value:  # fmt: skip
    return resized(machine, input, size, scale_factor, mode, "F.interpolate")


def _forward_upsample(machine: Machine, self: Leaf, input: Value) -> Value:
    given, name = self.given, self.torch_name
    mode = given.get("mode", "bilinear" if "Bilinear" in name else "nearest")
    x = expected(machine, input, f"nn.{name}")
    return resized(machine, x, given["size"], given["scale_factor"], mode, f"nn.{name}", self)


for _name in ("Upsample", "UpsamplingNearest2d", "UpsamplingBilinear2d"):
    FORWARDS[_name] = _forward_upsample


@functional("unfold")
def unfold(
    machine: Machine, input: Tensor, kernel_size: Value, dilation: Value = 1, padding: Value = 0, stride: Value = 1
) -> Value:
    shape = input.shape
    if len(shape) != 4:
        raise ValueFault(f"F.unfold takes B×C×H×W; {shown_shape(shape)} arrives", AS_TORCH)
    sizes = [
        per_axis(v, 2, n, 0)
        for v, n in ((kernel_size, "kernel_size"), (dilation, "dilation"), (padding, "padding"), (stride, "stride"))
    ]
    from archcalc.layers.folding import Unfold

    layer = Unfold(*sizes)
    try:
        made = layer.output((inner((1, *shape[1:]))[1:],))
    except Misfit as misfit:
        raise ValueFault(misfit.message, *misfit.repairs) from None
    return moved(machine, input, (shape[0], *made), Step("windows", layer))


@functional("fold")
def fold(
    machine: Machine, input: Tensor, output_size: Value, kernel_size: Value, dilation: Value = 1, padding: Value = 0,
    stride: Value = 1,
) -> Value:  # fmt: skip
    from archcalc.layers.folding import Fold

    shape = input.shape
    if len(shape) != 3 or any(isinstance(n, Batch) for n in shape[1:]):
        raise ValueFault(f"F.fold takes B×(C·K·K)×L; {shown_shape(shape)} arrives", AS_TORCH)
    named = (
        (output_size, "output_size"), (kernel_size, "kernel_size"), (dilation, "dilation"), (padding, "padding"),
        (stride, "stride"),
    )  # fmt: skip
    layer = Fold(*(per_axis(v, 2, n, 0 if n == "padding" else 1) for v, n in named))
    columns = inner((1, *shape[1:]))[1:]
    try:
        made = layer.output((columns,))
    except Misfit as misfit:
        raise ValueFault(misfit.message, *misfit.repairs) from None
    return Tensor((shape[0], *made)) if input.fixed else emit(machine, layer, [input], (shape[0], *made), examples=(columns,))


@functional("one_hot")
def one_hot(machine: Machine, tensor: Tensor, num_classes: Value = -1) -> Value:
    count = whole(num_classes, "num_classes")
    return moved(machine, tensor, (*tensor.shape, count), Step("one-hot"))


@functional("cosine_similarity")
def cosine_similarity(machine: Machine, x1: Tensor, x2: Tensor, dim: Value = 1, eps: Value = 1e-8) -> Value:
    dot = reduced(machine, expected(machine, two(machine, "mul", x1, x2), ""), "sum", dim, False)
    lengths = two(machine, "mul", reduced(machine, x1, "norm", dim, False), reduced(machine, x2, "norm", dim, False))
    return two(machine, "div", dot, lengths)


@functional("pairwise_distance")
def pairwise_distance(
    machine: Machine, x1: Tensor, x2: Tensor, p: Value = 2.0, eps: Value = 1e-6, keepdim: Value = False
) -> Value:
    return reduced(machine, expected(machine, two(machine, "sub", x1, x2), ""), "norm", -1, keepdim)


@op("prelu")
def prelu(machine: Machine, input: Tensor, weight: Value) -> Value:
    from archcalc.layers.activation import PReLU
    from archcalc.notations.pytorch.vocabulary.products import given

    slopes = expected(machine, weight, "F.prelu")
    return given(machine, PReLU(int(inner(slopes.shape)[0])), input, input.shape, {"weight": weight})


# -- sequences --------------------------------------------------------------------------------------------------------


def _forward_recurrent(machine: Machine, self: Leaf, input: Value, hx: Value = None) -> Value:
    """The outputs of every step, and the last state: (output, h) or (output, (h, c))."""
    from archcalc.layers.recurrent import Recurrent
    from archcalc.notations.pytorch.vocabulary.misfits import Turned

    assert self.plan is not None
    x = expected(machine, input, f"nn.{self.torch_name}")
    layer = adjusted(machine, self.plan.layer, self)
    first = self.given["batch_first"] is True
    if len(x.shape) not in (2, 3):
        raise machine.fault(
            f"nn.{self.torch_name} takes B×T×F; {shown_shape(x.shape)} arrives", "x.flatten(2).transpose(1, 2) in front"
        )
    at = (0 if first else 1) if len(x.shape) == 3 else None
    if at is not None and batched(x.shape) and not isinstance(x.shape[at], Batch):
        raise Turned.at(machine, f"nn.{self.torch_name}", first, x)
    if at is None and batched(x.shape):
        raise machine.fault(f"nn.{self.torch_name} takes B×T×F; {shown_shape(x.shape)} arrives", "x.unsqueeze(1) in front")
    assert isinstance(layer, Recurrent)
    shape: Full = (*x.shape[:-1], layer.state * layer.directions)
    seen = inner(x.shape) if at is None or batched(x.shape) else inner((*x.shape[:at], *x.shape[at + 1 :]))
    out = once(machine, layer, [x], shape, (seen,), self)
    out.kind = "float"
    batch: Full = () if at is None else (x.shape[at],)
    states = (layer.layers * layer.directions, *batch)
    h = moved(machine, out, (*states, layer.state), Step("state"))
    if self.torch_name == "LSTM":
        return (out, (h, moved(machine, out, (*states, layer.hidden), Step("state"))))
    return (out, h)


for _name in ("RNN", "LSTM", "GRU"):
    FORWARDS[_name] = _forward_recurrent


def _forward_attention(
    machine: Machine, self: Leaf, query: Value, key: Value, value: Value, key_padding_mask: Value = None,
    need_weights: Value = True, attn_mask: Value = None, average_attn_weights: Value = True, is_causal: Value = False,
) -> Value:  # fmt: skip
    from archcalc.notations.pytorch.vocabulary.misfits import Turned

    assert self.plan is not None
    name = "nn.MultiheadAttention"
    q, k, v = (expected(machine, t, name) for t in (query, key, value))
    first = self.given["batch_first"] is True
    if len(q.shape) == 3 and batched(q.shape) and not isinstance(q.shape[0 if first else 1], Batch):
        raise Turned.at(machine, name, first, q)
    tensors = [q] if q is k is v else [q, k] if k is v else [q, k, v]
    at = 0 if first else 1
    # A program that tries its network out has numbers for a batch: net(torch.zeros(1, 4, 8)).
    tried = trace(machine).graph is None and len(q.shape) == 3 and not any(batched(t.shape) for t in tensors)
    seen = tuple(inner((*t.shape[:at], *t.shape[at + 1 :]) if tried else t.shape) for t in tensors)
    out = once(machine, self.plan.layer, tensors, q.shape, seen, self)
    graph = trace(machine).graph
    if graph is not None and out.node is not None and self.torchs_own:
        words = "" if first else "unfused", "" if need_weights is False else "weights"
        graph.nodes[out.node].called = " ".join(filter(None, words)) or "module"
    if need_weights is False:
        return (out, None)
    long, wide = (next((n for i, n in enumerate(t.shape[:-1]) if i != at or len(t.shape) == 2), 1) for t in (q, k))
    batch = (q.shape[at],) if len(q.shape) == 3 else ()
    heads = () if average_attn_weights is not False else (self.plan.layer.heads,)  # type: ignore[attr-defined]
    return (out, moved(machine, out, (*batch, *heads, long, wide), Step("weights")))


FORWARDS["MultiheadAttention"] = _forward_attention
__all__ = ["Parameter", "Result", "aligned", "broadcast"]
