"""Random texts in the notations of other systems: their words, numbers nearly right, references to anything."""

from __future__ import annotations

import json
import random

Text = tuple[str, str]
SIZES = [1, 1, 2, 3, 3, 5, 7, 8, 16, 64, 0, -1, 1000, 10**9, 10**12]


def number(r: random.Random) -> int:
    """A size, seldom one that cannot be."""
    return r.choice(SIZES[: r.choice([9, 9, 9, 11, len(SIZES)])])


def darknet(r: random.Random) -> Text:
    """A cfg of darknet."""
    kinds = "convolutional maxpool avgpool route shortcut upsample yolo connected dropout softmax local crop region rnn lstm"
    keys = "filters size stride pad padding groups activation batch_normalize layers from output axis classes mask num"
    lines = ["[net]", f"height={number(r)}", f"width={number(r)}", f"channels={number(r)}"]
    for _ in range(r.randint(0, 8)):
        lines.append(f"[{r.choice(kinds.split())}]")
        for key in r.sample(keys.split(), r.randint(0, 5)):
            value = {"activation": r.choice(["leaky", "mish", "linear", "x"]), "layers": f"-{number(r)},{number(r)}"}.get(key)
            lines.append(f"{key}={value if value is not None else number(r)}")
    return ".cfg", "\n".join(lines) + "\n"


def caffe(r: random.Random) -> Text:
    """A prototxt of Caffe."""
    kinds = "Convolution Pooling InnerProduct ReLU LRN Concat Eltwise Dropout Softmax BatchNorm Scale Deconvolution Slice "
    kinds += "Reshape Split Crop PReLU Power Data Input Accuracy SoftmaxWithLoss Python"
    lines = [f'name: "n{number(r)}"', 'input: "b0"']
    lines += [f"input_dim: {number(r)}" for _ in range(r.choice([4, 4, 4, 3, 2]))]
    for at in range(r.randint(0, 7)):
        kind = r.choice(kinds.split())
        bottoms = " ".join(f'bottom: "b{r.randint(0, at)}"' for _ in range(r.choice([1, 1, 1, 2, 0])))
        tops = " ".join(f'top: "b{n}"' for n in {at + 1, r.randint(0, at + 1)})
        settings = " ".join(
            f"{key}: {number(r)}"
            for key in r.sample("num_output kernel_size stride pad group dilation axis local_size".split(), r.randint(0, 4))
        )
        param = {"Pooling": "pooling_param", "InnerProduct": "inner_product_param"}.get(kind, "convolution_param")
        lines.append(f'layer {{ name: "l{at}" type: "{kind}" {bottoms} {tops} {param} {{ {settings} }} }}')
    return ".prototxt", "\n".join(lines) + "\n"


def keras_json(r: random.Random) -> Text:
    """A model as Keras writes it: a sequence, or layers that name what they read."""
    kinds = "Conv2D Conv1D Dense Flatten MaxPooling2D AveragePooling2D GlobalAveragePooling2D BatchNormalization Dropout LSTM "
    kinds += (
        "GRU Embedding Add Concatenate Multiply ReLU Activation DepthwiseConv2D SeparableConv2D Conv2DTranspose UpSampling2D "
    )
    kinds += "ZeroPadding2D Reshape Permute LayerNormalization MultiHeadAttention Bidirectional TimeDistributed Lambda InputLayer"
    keys = "filters kernel_size strides padding units activation use_bias pool_size dilation_rate groups rate axis target_shape "
    keys += "return_sequences input_dim output_dim data_format size layer num_heads key_dim depth_multiplier name dtype"
    pair = [number(r), number(r)]
    values: list[object] = [number(r), pair, [pair, pair], "same", "valid", "relu", True, False, None, 0.5, -1, {}, []]
    values.append({"class_name": "LSTM", "config": {"units": 3}})
    layers: list[dict[str, object]] = []
    functional = r.random() < 0.5
    shape = [None, *(number(r) for _ in range(r.choice([3, 3, 1, 2])))]
    for at in range(r.randint(0, 7)):
        config = {key: r.choice(values) for key in r.sample(keys.split(), r.randint(0, 5))}
        config |= {"batch_input_shape": shape} if at == 0 else {}
        layer: dict[str, object] = {"class_name": r.choice(kinds.split()) if at else "InputLayer", "config": config}
        if functional:
            reads = [[f"l{r.randint(0, at)}", 0, 0, {}] for _ in range(r.choice([1, 1, 2]))]
            layer |= {"name": f"l{at}", "inbound_nodes": [reads] if at else []}
        layers.append(layer)
    config = {"name": "m", "layers": layers}
    if functional:
        config |= {"input_layers": [["l0", 0, 0]], "output_layers": [[f"l{len(layers) - 1}", 0, 0]]}
    return ".json", json.dumps({"class_name": "Functional" if functional else "Sequential", "config": config})


def ultralytics(r: random.Random) -> Text:
    """A YAML of YOLO: from, repeats, module, arguments."""
    modules = "Conv C2f C3 SPPF Concat nn.Upsample Detect Bottleneck BottleneckCSP Focus DWConv nn.MaxPool2d Classify SPP"
    lines = [f"nc: {number(r)}", f"scales: {{n: [0.33, 0.25, {number(r)}]}}", "backbone:"]
    for part in range(2):
        lines += ["head:"] if part else []
        for _ in range(r.randint(0, 6)):
            start = r.choice([-1, -1, -1, [-1, number(r)], number(r)])
            arguments = [r.choice([number(r), number(r), "None", True, "nearest", "nc", [3, 3]]) for _ in range(r.randint(0, 4))]
            lines.append(f"  - [{start}, {number(r)}, {r.choice(modules.split())}, {arguments}]".replace("'", ""))
    return ".yaml", "\n".join(lines) + "\n"


def timm(r: random.Random) -> Text:
    """Lines of blocks as timm writes them."""
    lines = ["input: 3x64x64", "layers:", "  - conv 32 k3 s2 p1 nobias bn relu6"]
    for _ in range(r.randint(1, 5)):
        parts = [f"{letter}{number(r)}" for letter in r.sample("rksec", r.randint(0, 5))]
        parts += r.choice([[], [], ["se0.25"], ["noskip"], ["nre"], ["d2"], ["cn1_x"], ["a3"]])
        lines.append("  - " + "_".join([r.choice(["ds", "ir", "er", "cn", "dsa", "xx"]), *parts]))
    return ".yaml", "\n".join(lines) + "\n"


def torch_source(r: random.Random) -> Text:
    """A module of PyTorch with a few statements in its forward."""
    kinds = ["Conv2d({a}, {b}, {k})", "Linear({a}, {b})", "BatchNorm2d({b})", "ReLU()", "MaxPool2d({k})", "Flatten({k})"]
    kinds += ["LSTM({a}, {b}, {k})", "Sequential(nn.ReLU(), nn.Linear({a}, {b}))", "ModuleList([nn.Linear({a}, {b})] * {k})"]
    kinds += ["Embedding({a}, {b})", "Dropout({a})", "MultiheadAttention({a}, {b})", "Parameter(torch.zeros({a}, {b}))"]
    says = ["x = self.l{n}(x)", "x = x + self.l{n}(x)", "x = torch.cat([x, x], {k})", "x = x.view(-1, {a})", "x = x[:, {k}]"]
    says += ["x = F.relu(x)", "for i in range({k}): x = self.l{n}(x)", "x = x.flatten({k})", "x = x.mean([{k}, {k}])", "x, _ = x"]
    says += ["x = x.permute(0, {k}, 1)", "x = torch.matmul(x, x)", "y = x.size({k}); x = x.reshape(y, -1)", "x = x * {a} / {k}"]
    says += [
        "x = F.interpolate(x, scale_factor={k})",
        "x = x.chunk({k})[{k}]",
        "x = self.l{n}(x, x)",
        "if x.shape[1] > {a}: x = -x",
    ]
    count = r.randint(1, 5)

    def filled(text: str) -> str:
        return text.format(a=number(r), b=number(r), k=r.choice([0, 1, 2, 3, -1]), n=r.randrange(count))

    lines = [
        "import torch",
        "import torch.nn as nn",
        "import torch.nn.functional as F",
        "",
        "# input 3x32x32",
        "class Net(nn.Module):",
    ]
    lines += ["    def __init__(self):", "        super().__init__()"]
    lines += [f"        self.l{n} = nn.{filled(r.choice(kinds))}" for n in range(count)]
    lines += [
        "    def forward(self, x):",
        *(f"        {filled(r.choice(says))}" for _ in range(r.randint(1, 6))),
        "        return x",
    ]
    return ".py", "\n".join(lines) + "\n"


FOREIGN = [darknet, caffe, keras_json, ultralytics, timm, torch_source]
