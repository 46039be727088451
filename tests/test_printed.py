"""Printed models: what `print(model)` shows, read by itself; torch, torchvision and Keras print, and hold the figures."""

from __future__ import annotations

import inspect
import json
import random
import warnings
from typing import Any

import jsonschema
import pytest
from click.testing import CliRunner
from installed_torchvision import folder, models
from torch_or_skip import torch_or_skip

import archcalc
from archcalc import schemas
from archcalc.analysis import Analysis
from archcalc.cli import COMMANDS, cli
from archcalc.notations.printed.torch import EMPTY, TENSORS
from archcalc.notations.printed.tree import settings_of
from archcalc.text.faults import SpecError

torch = torch_or_skip()
nn = torch.nn


def read(text: str, **given: Any) -> Analysis:
    """The analysis of a printed model."""
    return archcalc.analyse(archcalc.load(f"{text}\n", **given), partly=True)


def run(*words: str, text: str) -> Any:
    """A command on a text from standard input."""
    return CliRunner().invoke(cli, list(words), input=text)


RESNET_START = """ResNet(
  (conv1): Conv2d(3, 64, kernel_size=(7, 7), stride=(2, 2), padding=(3, 3), bias=False)
  (bn1): BatchNorm2d(64, eps=1e-05, momentum=0.1, affine=True, track_running_stats=True)
  (relu): ReLU(inplace=True)
  (fc): Linear(in_features=512, out_features=1000, bias=True)
)
"""


def owned(model: Any) -> dict[str, int]:
    """The parameters of every module that prints as a leaf, by its path; attention is one with the projection it prints."""
    found = {}
    for path, module in model.named_modules():
        inside = [m for m in module.modules() if m is not module]
        if isinstance(module, nn.MultiheadAttention) or (not inside and not path.endswith("out_proj")):
            found[path] = sum(p.numel() for p in module.parameters())
    return found


def equal(model: Any, analysis: Analysis) -> None:
    """Every row has the parameters of torch's module of its path, or is said to be unknown where the class is not torch's own."""
    own = owned(model)
    assert {row.path for row in analysis.rows} == set(own)
    for row in analysis.rows:
        if "params" in row.unknown:
            cls = str(row.layer).partition("(")[0]
            assert not hasattr(nn, cls), row.path
        else:
            assert row.params == own[row.path], row.path


if folder() is not None:
    MODELS = models(folder())
    NETS = (
        "alexnet convnext_tiny densenet121 efficientnet_b0 googlenet inception_v3 mnasnet0_5 mobilenet_v2 mobilenet_v3_small "
        "resnet18 resnext50_32x4d shufflenet_v2_x0_5 squeezenet1_1 swin_v2_t vgg11_bn vit_b_32 s3d maxvit_t"
    ).split()

    @pytest.mark.parametrize("name", NETS)
    def test_torchvision_printed(name: str) -> None:
        """What torch prints of a network of torchvision gives the parameters of every module; none is guessed."""
        with torch.device("meta"), warnings.catch_warnings():
            warnings.simplefilter("ignore")  # of how two of them are initialised
            model = MODELS.get_model(name)
        analysis = read(str(model))
        equal(model, analysis)
        direct = sum(
            p.numel()
            for module in model.modules()
            if list(module.children()) and not isinstance(module, nn.MultiheadAttention)
            for p in module.parameters(recurse=False)
        )
        if not analysis.unknown("params"):
            assert analysis.totals.params + direct == sum(p.numel() for p in model.parameters())
        assert all({"output", "multiplies"} <= row.unknown for row in analysis.rows)


MADE = {
    "Conv1d": (3, 4, 3), "Conv2d": (4, 6, (3, 1)), "Conv3d": (2, 4, 3), "ConvTranspose1d": (3, 4, 3),
    "ConvTranspose2d": (4, 6, 3), "ConvTranspose3d": (2, 4, 3), "Linear": (3, 4), "Bilinear": (3, 4, 5), "Embedding": (10, 3),
    "EmbeddingBag": (10, 3), "BatchNorm1d": (3,), "BatchNorm2d": (3,), "BatchNorm3d": (3,), "SyncBatchNorm": (3,),
    "InstanceNorm1d": (3,), "InstanceNorm2d": (3,), "InstanceNorm3d": (3,), "GroupNorm": (2, 4), "LayerNorm": ((3, 4),),
    "RMSNorm": (5,), "PReLU": (3,), "RNN": (3, 4), "LSTM": (3, 4), "GRU": (3, 4), "RNNCell": (3, 4), "LSTMCell": (3, 4),
    "GRUCell": (3, 4), "MultiheadAttention": (8, 2), "LocalResponseNorm": (2,), "CrossMapLRN2d": (2,), "Fold": (4, 2),
    "Unfold": (2,), "Threshold": (1, 2), "PixelShuffle": (2,), "PixelUnshuffle": (2,), "ChannelShuffle": (2,),
    "Unflatten": (1, (2, 2)), "Upsample": (None, 2), "UpsamplingNearest2d": (None, 2), "UpsamplingBilinear2d": (None, 2),
    "LPPool1d": (2, 2), "LPPool2d": (2, 2), "LPPool3d": (2, 2), "FractionalMaxPool2d": (2, 3), "FractionalMaxPool3d": (2, 3),
    "NonDynamicallyQuantizableLinear": (3, 4), "ConstantPad1d": (1, 0), "ConstantPad2d": (1, 0), "ConstantPad3d": (1, 0),
}  # fmt: skip
OPTIONS = [
    {}, {"bias": False}, {"affine": True}, {"affine": False}, {"affine": True, "bias": False}, {"num_layers": 2},
    {"bidirectional": True},
    {"num_layers": 2, "bidirectional": True, "batch_first": True, "dropout": 0.1}, {"proj_size": 2, "num_layers": 2},
    {"elementwise_affine": False}, {"groups": 2}, {"padding": "same"}, {"stride": 2, "padding": 1, "dilation": 2},
    {"padding_idx": 0}, {"mode": "bilinear"}, {"mode": "sum"}, {"inplace": True}, {"ceil_mode": True}, {"nonlinearity": "relu"},
    {"return_indices": True}, {"output_padding": 1, "stride": 2}, {"add_zero_attn": True}, {"track_running_stats": False},
]  # fmt: skip
# What prints children or parameters, is only a base of others, or takes a function.
COMPOSITE = frozenset(
    "Module Container ParameterList ParameterDict Transformer TransformerEncoder TransformerDecoder TransformerEncoderLayer "
    "TransformerDecoderLayer AdaptiveLogSoftmaxWithLoss NLLLoss2d DataParallel LinearCrossEntropyLoss RNNBase RNNCellBase "
    "TripletMarginWithDistanceLoss".split()
)
CLASSES = sorted(
    name
    for name in dir(nn)
    if inspect.isclass(getattr(nn, name))
    and issubclass(getattr(nn, name), nn.Module)
    and name not in COMPOSITE
    and not name.startswith("Lazy")
)


@pytest.mark.parametrize("name", CLASSES)
def test_every_class_of_torch_is_known_as_it_prints(name: str) -> None:
    """With each setting that its class takes, a module of torch.nn holds as many values as its print says, biases apart."""
    cls = getattr(nn, name)
    made = 0
    for options in OPTIONS:
        if options == {"padding": "same"} and name not in ("Conv1d", "Conv2d", "Conv3d"):
            continue  # others take the word unseen, and print nonsense
        arguments: tuple[Any, ...] = MADE.get(name, ())
        if not arguments:
            wanted = [p for p in inspect.signature(cls.__init__).parameters.values() if p.default is p.empty][1:]
            arguments = tuple(2 for p in wanted if p.kind is p.POSITIONAL_OR_KEYWORD)
        try:
            module = cls(*arguments, **options)
        except (TypeError, ValueError, NotImplementedError, AssertionError):
            continue
        made += 1
        rows = read(f"Net(\n  (it): {str(module).replace(chr(10), chr(10) + '  ')}\n)").rows
        row = next(row for row in rows if row.path == "it")
        assert "params" not in row.unknown, module
        assert row.params == sum(p.numel() for p in module.parameters()), module
        if "Norm" not in name:
            biases = sum(p.numel() for key, p in module.named_parameters() if "bias" in key)
            assert row.params_without_bias == row.params - biases, module
    assert made


def test_the_classes_without_parameters_are_torchs() -> None:
    """The table names classes of torch.nn, or of torchvision's ops, and torch's hold nothing, however they are made."""
    elsewhere = set(
        "StochasticDepth FrozenBatchNorm2d RoIAlign RoIPool PSRoIAlign PSRoIPool Permute QuantStub DeQuantStub".split()
    )
    assert {name for name in EMPTY if not hasattr(nn, name)} == elsewhere
    assert {name for name in TENSORS if not hasattr(nn, name)} == {"Conv1D"}


def module(rng: random.Random, depth: int = 0) -> Any:
    """A random tree of modules."""
    if depth < 3 and rng.random() < 0.4:
        children = [module(rng, depth + 1) for _ in range(rng.randint(0, 4))]
        kind = rng.choice((nn.Sequential, nn.ModuleList, Net))
        if kind is nn.Sequential:
            return kind(*children)
        if kind is nn.ModuleList:
            return kind(children)
        return Net(children)
    a, b = rng.randint(1, 9), rng.randint(1, 9)
    flag = rng.random() < 0.5
    makers = [
        lambda: nn.Conv2d(2 * a, 2 * b, rng.choice((1, 3, (3, 5))), bias=flag, groups=rng.choice((1, 2))),
        lambda: nn.Conv1d(a, b, 3, padding=rng.choice(("same", 1)), bias=flag),
        lambda: nn.ConvTranspose2d(a, b, 4, stride=2, bias=flag),
        lambda: nn.Linear(a, b, bias=flag),
        lambda: nn.BatchNorm2d(a, affine=flag),
        lambda: nn.LayerNorm((a, b), elementwise_affine=flag),
        lambda: nn.LSTM(a, b, num_layers=rng.randint(1, 3), bidirectional=flag, batch_first=True),
        lambda: nn.GRUCell(a, b, bias=flag),
        lambda: nn.MultiheadAttention(4 * a, 2, bias=flag),
        lambda: nn.Embedding(a, b),
        lambda: rng.choice(
            (nn.ReLU(inplace=flag), nn.GELU(), nn.Dropout(0.25), nn.MaxPool2d(2), nn.Softmax(dim=1), nn.Identity())
        ),
    ]
    return rng.choice(makers)()


class Net(nn.Module):
    """A module of somebody's own, with children of any name."""

    def __init__(self, children: list[Any]) -> None:
        super().__init__()
        for number, child in enumerate(children):
            self.add_module(f"part_{number}", child)


@pytest.mark.parametrize("seed", range(60))
def test_random_trees(seed: int) -> None:
    """Parameters of every module of a random tree; its lines may lose their indentation, or all stand on one."""
    rng = random.Random(seed)
    model = Net([module(rng) for _ in range(rng.randint(1, 6))])
    text = str(model)
    ways = (text, "\n".join(line.strip() for line in text.split("\n")), f">>> model\n{text}", " ".join(text.split()))
    for way in ways:
        rows = [row for row in read(way).rows if str(row.layer) not in ("Net()", "ModuleList()", "Sequential()")]
        found = {row.path: row.params for row in rows}
        assert found == {path: n for path, n in owned(model).items() if path in found}
        assert sum(found.values()) == sum(owned(model).values()) == sum(p.numel() for p in model.parameters())


def test_repeats() -> None:
    """`(0-2): 3 x Block(` is three of them; another count contradicts the numbers."""
    model = nn.ModuleList(nn.Sequential(nn.Linear(3, 4), nn.ReLU()) for _ in range(3))
    text = f"Net(\n  (blocks): {str(model).replace(chr(10), chr(10) + '  ')}\n)"
    assert "3 x" in text
    assert [row.path for row in read(text).rows if row.params] == [f"blocks.{i}.0" for i in range(3)]
    with pytest.raises(SpecError, match=r"\(0-2\) does not stand for 4 modules"):
        read(text.replace("3 x", "4 x"))


def test_sequential_alone_is_a_network() -> None:
    """Its order is in the text: with an input it has torch's shapes and multiplications; without, parameters and the advice."""
    model = nn.Sequential(
        nn.Conv2d(1, 6, 5, padding=2),
        nn.BatchNorm2d(6),
        nn.Sequential(nn.ReLU(), nn.MaxPool2d(2)),
        nn.Flatten(),
        nn.Linear(1176, 10),
    )
    known = read(str(model), input="1x28x28")
    shapes = {}
    for path, inner in model.named_modules():
        inner.register_forward_hook(lambda m, a, out, path=path: shapes.__setitem__(path, tuple(out.shape[1:])))
    model.eval()(torch.zeros(1, 1, 28, 28))
    assert {row.path: row.output for row in known.rows} == {p: s for p, s in shapes.items() if p not in ("", "2")}
    assert known.totals.multiplies == 6 * 25 * 28 * 28 + 11760
    assert known.totals.params == sum(p.numel() for p in model.parameters())
    open_ = read(str(model))
    assert open_.totals.params == known.totals.params
    assert any("`--input 1x" in note for note in open_.notes)
    held = [read(str(nn.Sequential(nn.Linear(3, 4), nn.Sequential(nn.Tanh()), nn.Linear(4, 2))))]
    assert held[0].totals.multiplies == 20  # the first layer says what goes in


@pytest.mark.parametrize(
    "last", [nn.LSTM(3, 4), Net([nn.Linear(4, 4)]), nn.ModuleList([nn.Linear(4, 4)]), nn.MultiheadAttention(4, 2)]
)
def test_what_is_not_sequential_is_no_network(last: Any) -> None:
    """One module whose forward is not known, or that gives more than a tensor, and no shape follows."""
    text = str(nn.Sequential(nn.Linear(3, 4), last))
    if isinstance(last, nn.LSTM):
        with pytest.raises(SpecError):
            read(text, input="3")
    else:
        with pytest.raises(SpecError, match="print"):
            read(text, input="3")
        assert all("multiplies" in row.unknown for row in read(text).rows)


def test_what_is_not_shown_is_said() -> None:
    """Unknown classes, parameters held directly, what stands around, an end cut off, and lines left out are notes."""
    said = " ".join(read("Here it is:\nNet(\n  (a): Linear(in_features=2, out_features=3, bias=True)\n  (b): Swish()\n").notes)
    for word in ("'Here it is:'", "the text ends inside Net", "b: Swish is no class of torch.nn", "nn.Parameter", "(?)"):
        assert word in said
    said = " ".join(read("Net(\n  (a): Linear(in_features=2, out_features=3, bias=True)\n  ...\n  (b): ReLU()\n)").notes)
    assert "leaves out" in said
    cut = read("Net(\n  (a): Linear(in_features=2, out_features=3, bias=True)\n  (b): Conv2d(3, 4, ker")
    assert [row.path for row in cut.unknown("params")] == ["b"]
    norm = "Net(\n  (bn): BatchNormAct2d(\n    64, eps=1e-05, momentum=0.1\n    (drop): Identity()\n    (act): ReLU()\n  )\n)"
    assert [row.path for row in read(norm).unknown("params")] == ["bn.itself"]


@pytest.mark.parametrize(
    ("text", "params"),
    [
        (
            "Net (\n  (fc1): Linear (320 -> 50)\n  (pool): MaxPool2d (size=(2, 2), stride=(2, 2), dilation=(1, 1))\n)",
            320 * 50 + 50,
        ),
        ("(conv): Conv2d(3, 8, kernel_size=(3, 3), stride=(1, 1))\n(relu): ReLU(inplace)\n", 3 * 9 * 8 + 8),
        ("Net(\n  (w): ParameterList(\n    (0): Parameter containing: [torch.float32 of size 2x3]\n  )\n)", 6),
        ("GPT2(\n  (c_attn): Conv1D(nf=2304, nx=768)\n)", 768 * 2304 + 2304),
        ("Net((a): Linear(in_features=2, out_features=3, bias=False) (b): ReLU())", 6),
    ],
)
def test_older_and_other_prints(text: str, params: int) -> None:
    """What torch 0.1 to 1.1 printed, a tree without its first line, parameters in a list, Hugging Face's Conv1D, one line."""
    analysis = read(text)
    assert analysis.totals.params == params
    assert not analysis.unknown("params")


@pytest.mark.parametrize(
    ("text", "said", "line"),
    [
        (RESNET_START + RESNET_START, "2 models are printed here", 7),
        ("Net(\n  (a): ReLU()\n))\n", "this bracket closes nothing", 3),
        ("Net(\n  (a): Conv2d(3, 4, kernel_size=(0, 3), stride=(1, 1))\n)", "Conv2d: kernel_size=0 is too small", 2),
        ("Net(\n  (a): none of it\n  (b): ReLU()\n)", "'none of it' is no module", 2),
        ("Net(\n  (a): LSTM(4, 8, num_layers=2000, proj_size=2)\n)", "LSTM: num_layers=2000 is too large", 2),
    ],
)
def test_refused_at_its_place(text: str, said: str, line: int) -> None:
    """What is no model, or no value that torch takes, with what to type instead."""
    with pytest.raises(SpecError) as caught:
        read(text)
    fault = caught.value.faults[0]
    assert said in fault.message
    assert fault.span is not None
    assert fault.span.line == line
    assert fault.tries


def test_one_of_several_is_chosen(tmp_path: Any) -> None:
    """`file.txt:Net` reads the model of that name."""
    file = tmp_path / "two.txt"
    file.write_text(RESNET_START + RESNET_START.replace("ResNet", "Other").replace("1000", "10"))
    result = CliRunner().invoke(cli, ["params", f"{file}:Other", "--format", "json"])
    assert json.loads(result.output)["totals"]["params"] == 9408 + 128 + 5130


@pytest.mark.parametrize("command", sorted(set(COMMANDS) - {"quiz"}))
def test_every_command_gives_what_is_told_or_says_what_is_not(command: str) -> None:
    """No command makes a figure of what is unknown: exit status 0, 1 or 2 with advice, never an internal fault."""
    words = {"layer": ["--input", "3"], "export": ["-", "--to", "keras"], "compare": ["-", "lenet5"]}.get(command, ["-"])
    result = run(command, *words, text=RESNET_START)
    assert result.exit_code in (0, 1, 2), result.exception
    if command not in ("params", "shapes", "multiplies") and "order" in result.output:
        assert "try: the source it was printed of" in result.output
    for options in (["--batch", "2"], ["--count", "exact"], ["--depth", "1"], ["--columns", "rf,params,act,share"]):
        if command == "params":
            result = run(command, *words, *options, text=RESNET_START)
            assert result.exit_code == 0
            assert "?" in result.output


def test_unknown_in_every_format() -> None:
    """? for people, null for programs; a total that rests on it is so too."""
    data = json.loads(run("params", "-", "--format", "json", text=RESNET_START).output)
    jsonschema.validate(data, schemas.report())
    assert data["totals"] == {"params": 522536, "params_without_bias": 521536, "multiplies": None}
    assert [layer["output"] for layer in data["layers"]] == [None] * 4
    assert [layer["params"] for layer in data["layers"]] == [9408, 128, 0, 513000]
    for format, cell in (("markdown", "| ? |"), ("csv", ",?"), ("latex", "& ?"), ("html", ">?<"), ("table", " ? ")):
        assert cell in run("params", "-", "--format", format, text=RESNET_START).output, format


def test_settings_are_values() -> None:
    """As Python prints them; a word in no quotes stays one."""
    bare, named = settings_of("(768,), 3, eps=1e-12, padding=same, mode='nearest', size=(7, (1, 2)), inplace, bias=True, x=None")
    assert bare == [(768,), 3]
    assert named == {
        "eps": 1e-12, "padding": "same", "mode": "nearest", "size": (7, (1, 2)), "inplace": True, "bias": True, "x": None,
    }  # fmt: skip
