"""Hugging Face's config.json: published parameters, torch's own figures of networks that torchvision has too, and faults."""

from __future__ import annotations

import contextlib
import json
import random
import time

import pytest
from reference_data import table

import archcalc
from archcalc.analysis import Analysis
from archcalc.text.faults import SpecError

LABELS = {str(i): f"label {i}" for i in range(1000)}


def read(config: dict[str, object], **given: object) -> Analysis:
    return archcalc.analyse(archcalc.load(json.dumps(config, indent=1) + "\n", **given))  # type: ignore[arg-type]


# What `model.num_parameters()` of transformers 5.24.0 gives, its own classes built on the meta device from these configs (torch
# 2.13, 2026-11-26): BERT base and large, RoBERTa base, GPT-2 with its large and XL sizes, Llama 2 7B, TinyLlama 1.1B, Mistral 7B,
# Qwen2 0.5B, as they are published; and what each class is where a config says nothing more.
PUBLISHED: list[tuple[dict[str, object], int]] = [
    ({"model_type": "bert"}, 109_482_240),
    ({"model_type": "bert", "architectures": ["BertForMaskedLM"]}, 109_514_298),
    (
        {
            "model_type": "bert", "hidden_size": 1024, "num_attention_heads": 16, "num_hidden_layers": 24,
            "intermediate_size": 4096,
        },
        335_141_888,
    ),
    ({"model_type": "roberta", "max_position_embeddings": 514, "type_vocab_size": 1}, 124_645_632),
    (
        {
            "model_type": "roberta", "architectures": ["RobertaForMaskedLM"], "max_position_embeddings": 514,
            "type_vocab_size": 1,
        },
        124_697_433,
    ),
    ({"model_type": "gpt2", "architectures": ["GPT2LMHeadModel"]}, 124_439_808),
    ({"model_type": "gpt2", "architectures": ["GPT2LMHeadModel"], "n_embd": 1280, "n_layer": 36, "n_head": 20}, 774_030_080),
    ({"model_type": "gpt2", "n_embd": 1600, "n_layer": 48, "n_head": 25}, 1_557_611_200),
    ({"model_type": "llama", "architectures": ["LlamaForCausalLM"]}, 6_738_415_616),
    (
        {
            "model_type": "llama", "architectures": ["LlamaForCausalLM"], "hidden_size": 2048, "intermediate_size": 5632,
            "num_hidden_layers": 22, "num_key_value_heads": 4,
        },
        1_100_048_384,
    ),
    (
        {
            "model_type": "mistral", "architectures": ["MistralForCausalLM"], "intermediate_size": 14336,
            "num_key_value_heads": 8, "sliding_window": 4096,
        },
        7_241_732_096,
    ),
    (
        {
            "model_type": "qwen2", "architectures": ["Qwen2ForCausalLM"], "hidden_size": 896, "intermediate_size": 4864,
            "num_attention_heads": 14, "num_key_value_heads": 2, "num_hidden_layers": 24, "vocab_size": 151936,
            "tie_word_embeddings": True,
        },
        494_032_768,
    ),
    ({"model_type": "roberta"}, 124_644_864),
    ({"model_type": "xlm-roberta"}, 109_482_240),
    ({"model_type": "gpt2"}, 124_439_808),
    ({"model_type": "llama"}, 6_607_343_616),
    ({"model_type": "mistral"}, 7_110_660_096),
    ({"model_type": "qwen2"}, 11_427_516_416),
    ({"model_type": "qwen2", "num_key_value_heads": None}, 11_427_516_416),
    ({"model_type": "vit"}, 86_389_248),
    ({"model_type": "resnet"}, 23_508_032),
    ({"model_type": "convnext"}, 27_820_128),
]  # fmt: skip


@pytest.mark.parametrize(("config", "params"), PUBLISHED, ids=lambda x: x if isinstance(x, int) else "")
def test_totals_of_transformers(config: dict[str, object], params: int) -> None:
    """Published models, and what is left out."""
    pictures = config["model_type"] in ("vit", "resnet", "convnext")
    assert read(config, input="3x224x224" if pictures else 16).totals.params == params


def test_a_window_that_nobody_says() -> None:
    """Mistral's class has one of 4,096 tokens, which null takes away; Qwen2 uses its own where it says so."""
    said = "sliding_window=4096: attention is counted as one to all 5000 tokens"
    small = {"hidden_size": 8, "num_attention_heads": 2, "num_key_value_heads": 1, "num_hidden_layers": 1, "vocab_size": 9}
    for config, window in (
        ({"model_type": "mistral"}, True),
        ({"model_type": "mistral", "sliding_window": None}, False),
        ({"model_type": "mistral", "sliding_window": 4096}, True),
        ({"model_type": "qwen2", "sliding_window": 4096}, False),
        ({"model_type": "qwen2", "sliding_window": 4096, "use_sliding_window": True}, True),
        ({"model_type": "llama", "max_position_embeddings": 9000}, False),
    ):
        assert (said in read({**config, **small}, input=5000).notes) == window


RESNET18 = {"layer_type": "basic", "hidden_sizes": [64, 128, 256, 512], "depths": [2, 2, 2, 2]}


@pytest.mark.parametrize(
    ("config", "name"),
    [
        ({"model_type": "vit", "architectures": ["ViTForImageClassification"]}, "vit_b_16"),
        ({"model_type": "resnet", "architectures": ["ResNetForImageClassification"]}, "resnet50"),
        ({"model_type": "resnet", "architectures": ["ResNetForImageClassification"], **RESNET18}, "resnet18"),
        ({"model_type": "convnext", "architectures": ["ConvNextForImageClassification"]}, "convnext_tiny"),
    ],
    ids=lambda x: x if isinstance(x, str) else "",
)
def test_networks_of_torchvision(config: dict[str, object], name: str) -> None:
    """The same networks as torchvision's, of which torch has counted both."""
    row = next(row for row in table("torchvision.csv") if row["network"] == name)
    totals = read({**config, "id2label": LABELS}, input="3x224x224").totals
    assert (totals.params, totals.multiplies) == (int(row["params"]), int(row["multiplies"]))


def test_what_attention_multiplies() -> None:
    """A decoder of one layer, counted by hand: 5 tokens of 8, two heads of queries and one of keys, 4 values each."""
    config = {
        "model_type": "llama", "hidden_size": 8, "num_attention_heads": 2, "num_key_value_heads": 1, "num_hidden_layers": 1,
        "intermediate_size": 12, "vocab_size": 20,
    }  # fmt: skip
    totals = read(config, input=5).totals
    assert totals.multiplies == 5 * (8 * 8 + 2 * 8 * 4 + 8 * 8 + 3 * 8 * 12) + 2 * 2 * 5 * 5 * 4
    assert totals.params == 20 * 8 + 8 * 8 + 2 * 8 * 4 + 8 * 8 + 3 * 8 * 12 + 3 * 8


def test_names_are_those_of_transformers() -> None:
    """The weights of a file of bert-base-uncased; `self`, which no module of torch may be called here, is `self_`."""
    analysis = read({"model_type": "bert", "architectures": ["BertForMaskedLM"], "num_hidden_layers": 1}, input=4)
    names = {f"{row.path}.{w.name}" for row in analysis.rows for w in row.weights if w.name not in row.node.tied}
    layer = "bert.encoder.layer.0."
    own = "attention.self_.query attention.self_.key attention.self_.value attention.output.dense attention.output.LayerNorm"
    own += " intermediate.dense output.dense output.LayerNorm"
    assert {f"{layer}{name}.{kind}" for name in own.split() for kind in ("weight", "bias")} <= names
    tables = {f"bert.embeddings.{name}_embeddings.weight" for name in ("word", "position", "token_type")}
    rest = {"cls.predictions.transform.dense.weight", "cls.predictions.decoder.bias", "bert.embeddings.LayerNorm.weight"}
    assert tables | rest <= names
    assert len(names) == 16 + 3 + 2 + 5


def test_what_a_file_leaves_out_and_what_is_not_known() -> None:
    """The class is asked for, values of transformers are said, and so are keys that nobody reads."""
    config: dict[str, object] = {"model_type": "gpt2", "n_layer": 1, "architectures": ["GPT2LMHeadModel"], "my_key": 3}
    analysis = read(config, input=8, variables={"architectures": "GPT2Model"})
    assert analysis.rows[-1].path == "ln_f"
    assert "keys that are not known here, and not read: my_key" in analysis.notes
    assert any(
        note.startswith("not in the file, so that transformers' own values are taken: n_embd=768") for note in analysis.notes
    )
    assert not read(config, input=8, bias=False).totals.params_without_bias > analysis.totals.params


@pytest.mark.parametrize(
    ("config", "message", "tried"),
    [
        ({"model_type": "gtp2"}, "the model_type gtp2 is not known here", '"gpt2"'),
        ({"model_type": "bert"}, "the size of the input is not known", "--input 128"),
        (
            {"model_type": "bert", "architectures": ["BertFor"]},
            "the architecture BertFor is not known",
            "--set architectures=BertModel",
        ),
        ({"model_type": "bert", "hidden_size": "768"}, "hidden_size is a whole number", "768"),
        ({"model_type": "bert", "hidden_act": "gello"}, "hidden_act is one of gelu", '"gelu"'),
        ({"model_type": "gpt2", "n_head": 7}, "7 heads do not divide a width of 768", "6"),
        ({"model_type": "convnext", "depths": [1]}, "hidden_sizes and depths are of one length", "[1, 1, 1, 1]"),
    ],
)
def test_faults(config: dict[str, object], message: str, tried: str) -> None:
    """Each at its place in the file, with what to type."""
    with pytest.raises(SpecError) as caught:
        read(config)
    assert message in caught.value.faults[0].message
    assert caught.value.faults[0].tries[0] == tried
    assert caught.value.faults[0].span is not None


def test_a_text_longer_than_its_table() -> None:
    with pytest.raises(SpecError, match="the table of positions holds 512; 600 is given"):
        read({"model_type": "bert"}, input=600)


def test_mutated_files() -> None:
    """None breaks the reader or takes long."""
    rng = random.Random(3)
    for number in range(300):
        config: dict[str, object] = dict(PUBLISHED[number % len(PUBLISHED)][0])
        config |= {"num_hidden_layers": 2, "n_layer": 2}
        key = rng.choice([*config, "hidden_size", "vocab_size", "num_attention_heads", "n_embd", "depths", "head_dim"])
        config[key] = rng.choice([0, -1, 3, 10**9, "x", None, [], [1, 2], {}, True, 0.5, 10**30])
        text = json.dumps(config) + "\n"
        at = rng.randrange(len(text))
        text = text if number % 2 else text[:at] + rng.choice('{}[],:"x9') + text[at + rng.randrange(2) :]
        start = time.perf_counter()
        with contextlib.suppress(SpecError):
            archcalc.analyse(archcalc.load(text, input=16))
        assert time.perf_counter() - start < 2, text
