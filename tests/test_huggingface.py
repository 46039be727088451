"""Hugging Face's config.json against transformers itself, networks that torchvision has too, and faults.

`reference/huggingface.csv` is what transformers ran; how the figures were obtained is said beside it.
"""

from __future__ import annotations

import contextlib
import json
import random
import time

import pytest
from reference_data import table

import archcalc
from archcalc.analysis import Analysis
from archcalc.notations.huggingface.defaults import DEFAULTS
from archcalc.notations.huggingface.reader import KINDS
from archcalc.text.faults import SpecError

LABELS = {str(i): f"label {i}" for i in range(1000)}


def read(config: dict[str, object], **given: object) -> Analysis:
    return archcalc.analyse(archcalc.load(json.dumps(config, indent=1) + "\n", **given))  # type: ignore[arg-type]


# What `num_parameters(only_trainable=True)` of transformers 4.57.1 gives for the class, made on the meta device on 2026-11-26.
FULL: list[tuple[str, str, dict[str, object], int]] = [
    ("bert", "BertModel", {}, 109_482_240),
    ("bert", "BertForMaskedLM", {}, 109_514_298),
    (
        "bert", "BertModel",
        {"hidden_size": 1024, "num_attention_heads": 16, "num_hidden_layers": 24, "intermediate_size": 4096}, 335_141_888,
    ),
    ("roberta", "RobertaModel", {}, 124_644_864),
    ("roberta", "RobertaModel", {"max_position_embeddings": 514, "type_vocab_size": 1}, 124_645_632),
    ("roberta", "RobertaForMaskedLM", {"max_position_embeddings": 514, "type_vocab_size": 1}, 124_697_433),
    ("xlm-roberta", "XLMRobertaModel", {}, 109_482_240),
    (
        "camembert", "CamembertForMaskedLM",
        {"vocab_size": 32005, "max_position_embeddings": 514, "type_vocab_size": 1}, 110_655_493,
    ),
    ("distilbert", "DistilBertForMaskedLM", {}, 66_985_530),
    ("albert", "AlbertModel", {"hidden_size": 768, "num_attention_heads": 12, "intermediate_size": 3072}, 11_683_584),
    ("electra", "ElectraForPreTraining", {}, 13_549_057),
    ("gpt2", "GPT2LMHeadModel", {}, 124_439_808),
    ("gpt2", "GPT2LMHeadModel", {"n_embd": 1280, "n_layer": 36, "n_head": 20}, 774_030_080),
    ("gpt2", "GPT2Model", {"n_embd": 1600, "n_layer": 48, "n_head": 25}, 1_557_611_200),
    ("opt", "OPTForCausalLM", {}, 125_239_296),
    (
        "opt", "OPTForCausalLM",
        {"hidden_size": 1024, "num_hidden_layers": 24, "num_attention_heads": 16, "ffn_dim": 4096, "word_embed_proj_dim": 512,
         "do_layer_norm_before": False}, 331_196_416,
    ),
    (
        "gpt_neox", "GPTNeoXForCausalLM",
        {"hidden_size": 512, "num_hidden_layers": 6, "num_attention_heads": 8, "intermediate_size": 2048, "vocab_size": 50304},
        70_426_624,
    ),
    ("phi", "PhiForCausalLM", {"hidden_size": 2560, "num_hidden_layers": 32, "intermediate_size": 10240}, 2_779_683_840),
    ("phi3", "Phi3ForCausalLM", {}, 3_821_079_552),
    ("llama", "LlamaForCausalLM", {}, 6_738_415_616),
    (
        "llama", "LlamaForCausalLM",
        {"hidden_size": 2048, "intermediate_size": 5632, "num_hidden_layers": 22, "num_key_value_heads": 4}, 1_100_048_384,
    ),
    ("mistral", "MistralForCausalLM", {}, 7_241_732_096),
    ("mixtral", "MixtralForCausalLM", {}, 46_702_792_704),
    ("qwen2", "Qwen2ForCausalLM", {}, 12_049_846_272),
    (
        "qwen2", "Qwen2ForCausalLM",
        {"hidden_size": 896, "intermediate_size": 4864, "num_attention_heads": 14, "num_key_value_heads": 2,
         "num_hidden_layers": 24, "tie_word_embeddings": True}, 494_032_768,
    ),
    (
        "qwen3", "Qwen3ForCausalLM",
        {"hidden_size": 1024, "intermediate_size": 3072, "num_hidden_layers": 28, "num_attention_heads": 16,
         "num_key_value_heads": 8, "tie_word_embeddings": True}, 596_049_920,
    ),
    (
        "gemma", "GemmaForCausalLM",
        {"hidden_size": 2048, "intermediate_size": 16384, "num_hidden_layers": 18, "num_attention_heads": 8,
         "num_key_value_heads": 1}, 2_506_172_416,
    ),
    ("gemma2", "Gemma2ForCausalLM", {}, 2_614_341_888),
    ("t5", "T5ForConditionalGeneration", {}, 60_506_624),
    (
        "t5", "T5ForConditionalGeneration",
        {"d_model": 768, "d_ff": 2048, "num_layers": 12, "num_heads": 12, "feed_forward_proj": "gated-gelu",
         "tie_word_embeddings": False}, 247_577_856,
    ),
    ("mt5", "MT5ForConditionalGeneration", {}, 300_176_768),
    ("whisper", "WhisperForConditionalGeneration", {}, 37_184_640),
    ("vit", "ViTForImageClassification", {}, 85_800_194),
    ("deit", "DeiTForImageClassificationWithTeacher", {"num_labels": 1000}, 87_338_192),
    ("resnet", "ResNetForImageClassification", {}, 23_512_130),
    ("convnext", "ConvNextForImageClassification", {}, 27_821_666),
]  # fmt: skip
IMAGES = ("vit", "deit", "resnet", "convnext")


def inputs_of(kind: str, architecture: str) -> object:
    """What a model of text is given here: 7 tokens, 5 for a decoder; an image of 32×32."""
    if kind in IMAGES:
        return "3x32x32"
    if kind == "whisper":
        return {"decoder_input_ids": 7}
    return {"input_ids": 7, "decoder_input_ids": 5} if kind in ("t5", "mt5") and "Encoder" not in architecture else 7


@pytest.mark.parametrize(("kind", "architecture", "given", "params"), FULL, ids=lambda x: x if isinstance(x, int) else "")
def test_totals_are_those_of_transformers(kind: str, architecture: str, given: dict[str, object], params: int) -> None:
    """Of whole models, at the values of transformers where nothing is given."""
    config = {"model_type": kind, "architectures": [architecture], **given}
    size = "3x224x224" if kind in IMAGES else inputs_of(kind, architecture)
    assert read(config, input=size).totals.params == params


# Numbers for a model that is run in a blink, each where it is a key of its type.
SMALL = {
    "hidden_size": 32, "num_attention_heads": 4, "num_hidden_layers": 2, "intermediate_size": 40, "vocab_size": 60,
    "max_position_embeddings": 24, "embedding_size": 16, "dim": 32, "n_heads": 4, "n_layers": 2, "hidden_dim": 40, "n_embd": 32,
    "n_head": 4, "n_layer": 2, "n_positions": 24, "ffn_dim": 40, "num_key_value_heads": 2, "head_dim": 6, "num_local_experts": 4,
    "d_model": 32, "d_kv": 6, "d_ff": 40, "num_layers": 2, "num_heads": 4, "encoder_layers": 2, "decoder_layers": 2,
    "encoder_attention_heads": 4, "decoder_attention_heads": 4, "encoder_ffn_dim": 40, "decoder_ffn_dim": 44,
    "max_source_positions": 10, "max_target_positions": 24, "num_mel_bins": 8, "image_size": 32, "patch_size": 8,
}  # fmt: skip


def angles(kind: str, config: dict[str, object]) -> int:
    """The products by which transformers makes the angles of rotary positions, which torch counts: places times half a head."""
    if kind not in {"gpt_neox", "phi", "llama", "mistral", "mixtral", "qwen2", "qwen3", "phi3", "gemma", "gemma2"}:
        return 0
    size = int(str(config.get("head_dim") or int(str(config["hidden_size"])) // int(str(config["num_attention_heads"]))))
    share = {"gpt_neox": 0.25, "phi": 0.5}.get(kind, 1.0)
    share = float(str(config.get("partial_rotary_factor", config.get("rotary_pct", share))))
    return 7 * ((int(size * share) + 1) // 2)


def test_small_models_are_those_that_transformers_runs() -> None:
    """Parameters and multiplications of every class, and of every key that changes the network, as torch counted them."""
    off = []
    for row in table("huggingface.csv"):
        kind, architecture = row["model_type"], row["architecture"]
        own = {k: v for k, v in SMALL.items() if k in DEFAULTS[kind] and kind not in ("resnet", "convnext")}
        own["pad_token_id"] = 1 if kind in ("roberta", "xlm-roberta", "camembert") else 0
        config: dict[str, object] = {"model_type": kind, **own, **json.loads(row["set"])}
        size = inputs_of(kind, architecture)
        totals = read(
            {**config, "architectures": [architecture]},
            input=f"{config.get('num_channels', 3)}x32x32" if kind in IMAGES else size,
        ).totals
        if (totals.params, totals.multiplies + angles(kind, config)) != (int(row["params"]), int(row["multiplies"])):
            off.append((architecture, row["set"], row["params"], row["multiplies"], totals.params, totals.multiplies))
    assert off == []


def test_every_type_has_its_rows() -> None:
    """No class is known here that transformers was not asked about."""
    asked = {(row["model_type"], row["architecture"]) for row in table("huggingface.csv")}
    assert asked == {(kind, name) for kind, known in KINDS.items() for name in known.classes}
    assert KINDS.keys() == DEFAULTS.keys()


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
        (
            {"model_type": "t5"},
            "the size of the input 'input_ids' is not known",
            "--input input_ids=128 --input decoder_input_ids=128",
        ),
        ({"model_type": "whisper"}, "the size of the input 'decoder_input_ids' is not known", "--input decoder_input_ids=128"),
        ({"model_type": "qwen3", "head_dim": None}, "head_dim is a whole number", "128"),
        ({"model_type": "distilbert", "sinusoidal_pos_embds": True}, "a table of positions that is not learned", "false"),
        ({"model_type": "albert", "num_hidden_groups": 13}, "12 layers in 13 groups of 1", "1"),
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


def test_an_answer_has_two_ends() -> None:
    """transformers takes the scores apart in two, and breaks on three."""
    with pytest.raises(SpecError, match="an answer has two ends, and 3 labels are named"):
        read({"model_type": "bert", "architectures": ["BertForQuestionAnswering"], "num_labels": 3}, input=8)


def test_a_text_longer_than_its_table() -> None:
    with pytest.raises(SpecError, match="the table of positions holds 512; 600 is given"):
        read({"model_type": "bert"}, input=600)


def test_mutated_files() -> None:
    """None breaks the reader or takes long."""
    rng = random.Random(3)
    for number in range(300):
        kind, architecture, given, _ = FULL[number % len(FULL)]
        config: dict[str, object] = {"model_type": kind, "architectures": [architecture], **given}
        config |= {"num_hidden_layers": 2, "n_layer": 2}
        key = rng.choice([*config, "hidden_size", "vocab_size", "num_attention_heads", "n_embd", "depths", "head_dim"])
        config[key] = rng.choice([0, -1, 3, 10**9, "x", None, [], [1, 2], {}, True, 0.5, 10**30])
        text = json.dumps(config) + "\n"
        at = rng.randrange(len(text))
        text = text if number % 2 else text[:at] + rng.choice('{}[],:"x9') + text[at + rng.randrange(2) :]
        start = time.perf_counter()
        with contextlib.suppress(SpecError):
            archcalc.analyse(archcalc.load(text, input=inputs_of(kind, architecture)))  # type: ignore[arg-type]
        assert time.perf_counter() - start < 2, text


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
