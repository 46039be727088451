"""Models in the styles people write, each read by archcalc and run by torch: the files of tests/sources.

They are the tests' own, and so torch may run them. Held are the parameters of every module, the shapes of all that every module
gives, in order, and the multiplications by torch's counter for one input.
"""

from __future__ import annotations

import importlib
import importlib.util
import sys
from pathlib import Path
from types import ModuleType
from typing import Any

import pytest
from both_sides import BATCH, Side, built, by_module, on_meta, read
from torch_or_skip import torch_or_skip

from archcalc.layers.base import Shape
from archcalc.loading import open_source

torch = torch_or_skip()

FOLDER = Path(__file__).parent / "sources"
Inputs = str | dict[str, str]
# What is asked of each file, and what goes in: 3x32x32, or numbers of words (int 16), or several by name.
ASKED: list[tuple[str, str, Inputs]] = [
    ("actor_critic.py", "Agent", "4x84x84"),
    ("actor_critic.py", "Dueling()", "8"),
    ("asked_sizes.py", "Segment", "3x40x40"),
    ("asked_sizes.py", "Segment(classes=2)", "3x34x46"),
    ("attention_gates.py", "Mixer", "3x32x32"),
    ("audio_conv.py", "AudioNet", "1x16000"),
    ("autoencoder.py", "AutoEncoder", "784"),
    ("autoencoder.py", "AutoEncoder([20, 7])", "20"),
    ("bottleneck_factory.py", "resnet_small", "3x64x64"),
    ("bottleneck_factory.py", "ResNet(Bottleneck, [1, 1, 1, 2], num_classes=7)", "3x96x64"),
    ("char_rnn_cells.py", "CellLoop", "5x12"),
    ("char_rnn_cells.py", "HandMadeGate", "6x10"),
    ("config_dict.py", "build", "3x24x24"),
    ("config_dict.py", "build(act='leaky', conv=[dict(out=6, k=7, s=4)], head=[3])", "3x24x24"),
    ("cross_attention.py", "Perceiver", "20x10"),
    ("cross_attention.py", "CrossAttention(12, 8)", {"x": "5x12", "context": "9x8"}),
    ("darknet_rows.py", "Model", "3x64x64"),
    ("dataclass_config.py", "StageNet(NetConfig())", "3x32x32"),
    ("dataclass_config.py", "grouped", "3x32x32"),
    ("dcgan.py", "G", "100x1x1"),
    ("dcgan.py", "D", "3x64x64"),
    ("dense_growth.py", "DenseNet", "3x32x32"),
    ("diffusion_unet.py", "Denoiser", {"x": "3x16x16", "t": "int "}),
    ("encoder_states.py", "Encoder(40)", "int 16"),
    ("encoder_states.py", "Thought", "int 9"),
    ("fpn.py", "Detector", "3x64x64"),
    ("functional_only.py", "Functional", "3x32x32"),
    ("gan_generator.py", "Generator", "64"),
    ("gan_generator.py", "Discriminator", "1x32x32"),
    ("gpt_block.py", "GPT(GPTConfig())", "int 40"),
    ("gpt_block.py", "GPT(GPTConfig(n_layer=1, bias=False))", "int 64"),
    ("graph_conv.py", "GCN", {"x": "12x30", "adj": "12x12"}),
    ("heads.py", "MultiTask", "100"),
    ("heads.py", "MultiTask({'a': 3})", "100"),
    ("inception.py", "MiniGoogLeNet", "3x32x32"),
    ("inception.py", "MiniGoogLeNet(aux=False)", "3x32x32"),
    ("lazy_net.py", "LazyNet", "3x20x20"),
    ("lazy_net.py", "net", "3x17x17"),
    ("lightning_like.py", "LitClassifier", "1x28x28"),
    ("lstm_tagger.py", "SentimentLSTM", "int 12"),
    ("lstm_tagger.py", "Tagger", "int 9"),
    ("lstm_tagger.py", "WithState", "7x10"),
    ("mobile_blocks.py", "MobileNet", "3x64x64"),
    ("mobile_blocks.py", "MobileNet(width_mult=0.5)", "3x64x64"),
    ("moe.py", "SoftMoE", "10x32"),
    ("ordered.py", "net", "1x28x28"),
    ("package/__init__.py", "Network", "3x32x32"),
    ("package/model.py", "Network(classes=3)", "3x32x32"),
    ("pointnet.py", "PointNet", "3x50"),
    ("registry.py", "create_model('cnn', width=4)", "3x8x8"),
    ("registry.py", "create_model('mlp')", "3x8x8"),
    ("resnet_student.py", "model", "3x32x32"),
    ("rotary.py", "GroupedQueryAttention", "20x64"),
    ("script_with_main.py", "Net", "1x28x28"),
    ("scripting.py", "Branchy", "3x16x16"),
    ("se_cbam.py", "CBAMNet", "3x32x32"),
    ("seq2seq.py", "Seq2Seq", {"src": "int 7", "trg": "int 5"}),
    ("siamese.py", "SiameseNet", {"x1": "1x35x35", "x2": "1x35x35"}),
    ("space_to_depth.py", "model", "3x32x32"),
    ("stylish.py", "Pipeline", "3x32x32"),
    ("stylish.py", "Pipeline.small([8, 16, 32])", "3x32x32"),
    ("super_resolution.py", "SRNet", "3x12x12"),
    ("super_resolution.py", "SRNet(scale=2, n_blocks=1, mode='bilinear')", "3x12x12"),
    ("tcn.py", "TCN", "30x8"),
    ("text_cnn.py", "TextCNN", "int 20"),
    ("text_cnn.py", "TextCNN(static=True, sizes=[2])", "int 20"),
    ("tied_weights.py", "TiedAutoencoder", "50"),
    ("tied_weights.py", "RNNModel", "int 11"),
    ("tied_weights.py", "RNNModel('RNN_TANH', tie_weights=False)", "int 11"),
    ("transfer.py", "model", "3x32x32"),
    ("transformer_modules.py", "Translator", {"src": "int 9", "tgt": "int 7"}),
    ("transformer_modules.py", "Caption", "8x16"),
    ("unet.py", "UNet", "1x48x48"),
    ("unet.py", "UNet(3, 4, [8, 16])", "3x50x50"),
    ("vae.py", "ConvVAE", "1x28x28"),
    ("vgg_cfg.py", "VGG('A')", "3x32x32"),
    ("video_3d.py", "C3D", "3x4x16x16"),
    ("vit.py", "ViT", "3x32x32"),
    ("vit.py", "ViT(image_size=(16, 32), pool='mean', num_classes=0)", "3x16x32"),
    ("weights_shared.py", "SharedDepth", "24"),
]
# Of these torch asks for values: of what a lazy layer is to be, of an array of numpy's, of a mask.
VALUES = ("lazy_net.py", "pointnet.py", "transformer_modules.py")


def shape_of(text: str) -> Shape:
    """3x32x32 as a shape; `int ` in front says that it holds numbers of words, and nothing behind it that it is one a batch."""
    return tuple(int(n) for n in text.removeprefix("int ").split("x") if n)


def of(inputs: Inputs) -> dict[str, str]:
    """The inputs by their names; the one that needs none has an empty one."""
    return {"": inputs} if isinstance(inputs, str) else inputs


class Absent(ModuleType):
    """A library that is not there: its LightningModule is torch's Module, and all else whatever is asked."""

    def __getattr__(self, name: str) -> Any:
        if name.startswith("__"):
            raise AttributeError(name)
        if name == "LightningModule":
            return type(name, (torch.nn.Module,), {"save_hyperparameters": lambda self: None, "log": lambda self, *_: None})
        return type(name, (), {})


def run(file: str, monkeypatch: pytest.MonkeyPatch) -> ModuleType:
    """The file as Python runs it, without a command line and without the libraries that no network depends on."""
    for name in ("matplotlib", "matplotlib.pyplot", "torchvision", "pytorch_lightning"):
        monkeypatch.setitem(sys.modules, name, Absent(name))
    monkeypatch.setattr(sys, "argv", [file])
    monkeypatch.syspath_prepend(str(FOLDER))
    path = FOLDER / file
    name = ".".join(path.relative_to(FOLDER).with_suffix("").parts).removesuffix(".__init__")
    for known in [known for known in sys.modules if known.partition(".")[0] == name.partition(".")[0]]:
        monkeypatch.delitem(sys.modules, known)
    return importlib.import_module(name)


def made(file: str, asked: str, monkeypatch: pytest.MonkeyPatch) -> Any:
    """The network as torch makes it."""
    found = eval(asked, vars(run(file, monkeypatch)))
    return found if isinstance(found, torch.nn.Module) else found()


def theirs(net: Any, inputs: Inputs, batch: int, device: str) -> Side:
    """What torch says of a batch of that many."""
    with torch.device(device):
        given = {}
        for name, text in of(inputs).items():
            given[name] = torch.zeros((batch, *shape_of(text)), dtype=torch.long if text.startswith("int ") else torch.float)
        return built(net, list(given.values()) if "" in given else given, batch)


@pytest.mark.parametrize(("file", "asked", "inputs"), ASKED, ids=[f"{file}:{asked}" for file, asked, _ in ASKED])
@pytest.mark.filterwarnings("ignore")  # torch's own
def test_torch_says_the_same(file: str, asked: str, inputs: Inputs, monkeypatch: pytest.MonkeyPatch) -> None:
    """Parameters, shapes and multiplications are those of the file as torch runs it."""
    if file == "attention_gates.py":
        pytest.importorskip("einops", reason="einops is not installed; it is no dependency")
    _, ours = read(open_source(f"{FOLDER / file}:{asked}"), {name: shape_of(text) for name, text in of(inputs).items()})
    # On the meta device torch's counter sees recurrent layers, which it does not on the CPU.
    device = "cpu" if file in VALUES else "meta"
    net = made(file, asked, monkeypatch) if file in VALUES else on_meta(lambda: made(file, asked, monkeypatch))
    pair, single = theirs(net, inputs, BATCH, device), theirs(net, inputs, 1, device)
    modules = {path for path, _ in net.named_modules()}
    assert by_module(ours.own, modules) == by_module(pair.own, modules)
    assert ours.calls == pair.calls
    assert ours.multiplies == single.multiplies


def test_every_file_is_asked() -> None:
    """No file lies there unread, and there are forty at least."""
    files = {path.relative_to(FOLDER).as_posix() for path in FOLDER.rglob("*.py")}
    assert len(files) >= 40
    assert files - {file for file, _, _ in ASKED} == {"package/blocks.py"}
