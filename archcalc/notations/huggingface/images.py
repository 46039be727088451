"""Models of images: ViT, DeiT, ResNet and ConvNeXt. Names are those of transformers."""

from __future__ import annotations

from archcalc.layers.conv import Conv
from archcalc.layers.learned import Learned
from archcalc.layers.linear import Permute, Reshape
from archcalc.layers.merge import Concat
from archcalc.layers.move import Move
from archcalc.layers.norm import BatchNorm
from archcalc.layers.pointwise import Pointwise, Reduce
from archcalc.layers.pool import AdaptiveAvgPool, MaxPool
from archcalc.notations.huggingface.encoders import heads_of
from archcalc.notations.huggingface.work import MOST_LAYERS, Work


def vit(r: Work, architecture: str) -> int:
    """Patches as tokens behind a token of their own, and a stack of encoders that are normalised in front of each part.

    DeiT has a second token, and without a teacher reads the first alone.
    """
    width, heads, layers = (
        r.whole("hidden_size"),
        r.whole("num_attention_heads"),
        r.whole("num_hidden_layers", most=MOST_LAYERS),
    )
    inner, side, patch = r.whole("intermediate_size"), r.whole("image_size"), r.whole("patch_size")
    channels, bias, act = r.whole("num_channels"), r.flag("qkv_bias"), r.activation()
    size = heads_of(r, width, heads, "num_attention_heads")
    x = r.building.inputs({"pixel_values": (channels, side, side)}, r.root.span, f"--input {channels}x{side}x{side}")[
        "pixel_values"
    ]
    if r.shape(x) != (channels, side, side):
        message = f"its positions are those of an image of {channels}×{side}×{side}"
        raise r.building.stop(message, r.span("image_size"), f"--input {channels}x{side}x{side}")
    task = architecture.partition("For")[2]
    p = f"{r.kind}." if task else ""
    x = r.add(Conv(width, patch, patch), [x], f"{p}embeddings.patch_embeddings.projection")
    steps = (side // patch) ** 2
    x = r.add(Reshape((width, steps)), [x], f"{p}embeddings.reshape", inserted=True)
    x = r.add(Permute((2, 1)), [x], f"{p}embeddings.turn", inserted=True)
    names = ["cls_token", "distillation_token"] if r.kind == "deit" else ["cls_token"]
    tokens = [r.add(Learned((1, 1, width), (1, width)), [], f"{p}embeddings.{name}") for name in names]
    x = r.add(Concat(axis=0), [*tokens, x], f"{p}embeddings.concat")
    steps += len(tokens)
    positions = r.add(Learned((1, steps, width), (steps, width)), [], f"{p}embeddings.position_embeddings")
    x = r.plus(x, positions, f"{p}embeddings.add")
    for i in range(layers):
        at = f"{p}encoder.layer.{i}"
        made = r.norm(x, f"{at}.layernorm_before")
        query, key, value = (r.linear(made, width, f"{at}.attention.attention.{n}", bias) for n in ("query", "key", "value"))
        made = r.attend((query, key, value), heads, heads, size, f"{at}.attention.attention")
        x = r.plus(r.linear(made, width, f"{at}.attention.output.dense"), x, f"{at}.add_1")
        made = r.add(
            act, [r.linear(r.norm(x, f"{at}.layernorm_after"), inner, f"{at}.intermediate.dense")], f"{at}.intermediate.act"
        )
        x = r.plus(r.linear(made, width, f"{at}.output.dense"), x, f"{at}.add_2")
    tokens_out = r.norm(x, f"{p}layernorm")
    x = r.first(tokens_out, width, f"{p}first")
    pooled, pooler_act = r.whole_or(width, "pooler_output_size"), r.activation("pooler_act")
    if task.endswith("Teacher"):
        second = r.add(Move((width,), "second token", r.shape(tokens_out)), [tokens_out], f"{p}second", inserted=True)
        made = r.linear(x, r.labels(), "cls_classifier")
        both = r.plus(made, r.linear(second, r.labels(), "distillation_classifier"), "add")
        return r.add(Pointwise("div", 2.0), [both], "mean")
    if task:
        return r.linear(x, r.labels(), "classifier")
    return r.add(pooler_act, [r.linear(x, pooled, "pooler.dense")], "pooler.act")


def image(r: Work, channels: int) -> int:
    """An image of a size that the config does not say. Raises Stop."""
    return r.building.inputs({"pixel_values": None}, r.root.span, f"--input {channels}x224x224")["pixel_values"]


def resnet(r: Work, architecture: str) -> int:
    """Stages of residual layers: two convolutions, or three of which the middle one is 3×3 and strided."""
    channels, stem = r.whole("num_channels"), r.whole("embedding_size")
    widths, depths = r.wholes("hidden_sizes"), r.wholes("depths")
    kind, act = r.word("layer_type", "bottleneck", "basic"), r.activation()
    early, first = r.flag("downsample_in_bottleneck"), r.flag("downsample_in_first_stage")
    if len(widths) != len(depths):
        raise r.building.stop("hidden_sizes and depths are of one length", r.span("depths"), str([1] * len(widths)))
    task = architecture.partition("For")[2]
    p = "resnet." if task else ""

    def conv(x: int, out: int, kernel: int, stride: int, path: str, active: bool = True) -> int:
        x = r.add(Conv(out, kernel, stride, kernel // 2, bias=False), [x], f"{path}.convolution")
        x = r.add(BatchNorm(), [x], f"{path}.normalization")
        return r.add(act, [x], f"{path}.activation") if active else x

    x = conv(image(r, channels), stem, 7, 2, f"{p}embedder.embedder")
    x = r.add(MaxPool(3, 2, 1), [x], f"{p}embedder.pooler")
    have = stem
    for stage, (width, depth) in enumerate(zip(widths, depths, strict=True)):
        for number in range(depth):
            at = f"{p}encoder.stages.{stage}.layers.{number}"
            stride = 2 if number == 0 and (stage > 0 or first) else 1
            if kind == "basic":
                made = conv(conv(x, width, 3, stride, f"{at}.layer.0"), width, 3, 1, f"{at}.layer.1", False)
            else:
                made = conv(x, width // 4, 1, stride if early else 1, f"{at}.layer.0")
                made = conv(made, width // 4, 3, 1 if early else stride, f"{at}.layer.1")
                made = conv(made, width, 1, 1, f"{at}.layer.2", False)
            shortcut = conv(x, width, 1, stride, f"{at}.shortcut", False) if have != width or stride != 1 else x
            x = r.add(act, [r.plus(made, shortcut, f"{at}.add")], f"{at}.activation")
            have = width
    x = r.add(AdaptiveAvgPool(1), [x], f"{p}pooler")
    return r.linear(r.flat(x, "classifier.0"), r.labels(), "classifier.1") if task else x


def convnext(r: Work, architecture: str) -> int:
    """Stages of depthwise convolutions and two products on channels that come last, with a learned scale."""
    channels, patch = r.whole("num_channels"), r.whole("patch_size")
    widths, depths = r.wholes("hidden_sizes"), r.wholes("depths")
    r.key("num_stages")
    act, scale = r.activation(), r.key("layer_scale_init_value")
    scaled = scale is None or (isinstance(scale.value, int | float) and scale.value > 0)
    if len(widths) != len(depths):
        raise r.building.stop("hidden_sizes and depths are of one length", r.span("depths"), str([1] * len(widths)))
    task = architecture.partition("For")[2]
    p = "convnext." if task else ""

    def norm(x: int, path: str) -> int:
        x = r.add(Permute((2, 3, 1)), [x], f"{path}_last", inserted=True)
        return r.add(Permute((3, 1, 2)), [r.norm(x, path, 1e-6)], f"{path}_first", inserted=True)

    x = r.add(Conv(widths[0], patch, patch), [image(r, channels)], f"{p}embeddings.patch_embeddings")
    x = norm(x, f"{p}embeddings.layernorm")
    for stage, (width, depth) in enumerate(zip(widths, depths, strict=True)):
        at = f"{p}encoder.stages.{stage}"
        if stage:
            x = norm(x, f"{at}.downsampling_layer.0")
            x = r.add(Conv(width, 2, 2), [x], f"{at}.downsampling_layer.1")
        for number in range(depth):
            here = f"{at}.layers.{number}"
            made = r.add(Conv(width, 7, 1, 3, groups=width), [x], f"{here}.dwconv")
            made = r.add(Permute((2, 3, 1)), [made], f"{here}.last", inserted=True)
            made = r.linear(r.norm(made, f"{here}.layernorm", 1e-6), 4 * width, f"{here}.pwconv1")
            made = r.linear(r.add(act, [made], f"{here}.act"), width, f"{here}.pwconv2")
            if scaled:
                learned = r.add(Learned((width,), (1, 1, width)), [], f"{here}.layer_scale_parameter")
                made = r.times(made, learned, f"{here}.scale")
            made = r.add(Permute((3, 1, 2)), [made], f"{here}.first", inserted=True)
            x = r.plus(made, x, f"{here}.add")
    x = r.norm(r.add(Reduce("mean", (2, 3)), [x], f"{p}mean"), f"{p}layernorm", 1e-12)
    return r.linear(x, r.labels(), "classifier") if task else x
