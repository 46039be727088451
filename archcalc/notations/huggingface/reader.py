"""Hugging Face's config.json: the numbers of a model whose code is in the transformers library. The network it stands for.

What a model is, is in `encoders`, `decoders`, `pairs` and `images`, by the structure and the names of transformers; a config says
which and how large.
Which of its classes is meant the file says under `architectures`; `--set architectures=BertModel` asks for another.
"""

from __future__ import annotations

from collections.abc import Callable
from typing import NamedTuple

from archcalc.network.description import Given
from archcalc.network.nodes import Network
from archcalc.notations.building import Building
from archcalc.notations.huggingface import decoders, encoders, images, pairs
from archcalc.notations.huggingface.defaults import DEFAULTS
from archcalc.notations.huggingface.work import Work
from archcalc.text.faults import Fault, SpecError, suggestions
from archcalc.text.located import Json, read_json
from archcalc.text.source import Source


class Kind(NamedTuple):
    """A type of model: how it is built, the class it is without a head, and the classes that are known."""

    build: Callable[[Work, str], int]
    plain: str
    classes: frozenset[str]


def _kind(build: Callable[[Work, str], int], stem: str, tasks: str, extra: str = "") -> Kind:
    return Kind(build, f"{stem}Model", frozenset([f"{stem}Model", *(f"{stem}For{t}" for t in tasks.split()), *extra.split()]))


_CLASSIFIED = "SequenceClassification TokenClassification QuestionAnswering"
_MASKED = f"MaskedLM MultipleChoice {_CLASSIFIED}"
_CAUSAL = "CausalLM SequenceClassification TokenClassification"
KINDS: dict[str, Kind] = {
    "bert": _kind(encoders.bert, "Bert", f"PreTraining NextSentencePrediction {_MASKED}"),
    "roberta": _kind(encoders.bert, "Roberta", _MASKED),
    "xlm-roberta": _kind(encoders.bert, "XLMRoberta", _MASKED),
    "camembert": _kind(encoders.bert, "Camembert", _MASKED),
    "electra": _kind(encoders.bert, "Electra", f"PreTraining MaskedLM {_CLASSIFIED}"),
    "distilbert": _kind(encoders.distilbert, "DistilBert", _MASKED),
    "albert": _kind(encoders.albert, "Albert", f"PreTraining {_MASKED}"),
    "gpt2": _kind(decoders.gpt2, "GPT2", "SequenceClassification", "GPT2LMHeadModel"),
    "opt": _kind(decoders.opt, "OPT", "CausalLM SequenceClassification"),
    "gpt_neox": _kind(decoders.gpt_neox, "GPTNeoX", _CAUSAL),
    "phi": _kind(decoders.phi, "Phi", _CAUSAL),
    **{
        kind: _kind(decoders.llama, stem, _CAUSAL)
        for kind, stem in {
            "llama": "Llama", "mistral": "Mistral", "mixtral": "Mixtral", "qwen2": "Qwen2", "qwen3": "Qwen3", "phi3": "Phi3",
            "gemma": "Gemma", "gemma2": "Gemma2",
        }.items()
    },
    "t5": _kind(pairs.t5, "T5", "ConditionalGeneration", "T5EncoderModel"),
    "mt5": _kind(pairs.t5, "MT5", "ConditionalGeneration", "MT5EncoderModel"),
    "whisper": _kind(pairs.whisper, "Whisper", "ConditionalGeneration"),
    "vit": _kind(images.vit, "ViT", "ImageClassification"),
    "deit": _kind(images.vit, "DeiT", "ImageClassification ImageClassificationWithTeacher"),
    "resnet": _kind(images.resnet, "ResNet", "ImageClassification"),
    "convnext": _kind(images.convnext, "ConvNext", "ImageClassification"),
}  # fmt: skip
# Keys that no figure depends on: training, generating text, names and versions.
QUIET = frozenset(
    "_name_or_path _attn_implementation _commit_hash transformers_version torch_dtype dtype use_cache initializer_range "
    "initializer_factor layer_norm_eps layer_norm_epsilon rms_norm_eps hidden_dropout_prob attention_probs_dropout_prob "
    "classifier_dropout attention_dropout attn_pdrop embd_pdrop resid_pdrop summary_first_dropout drop_path_rate dropout "
    "gradient_checkpointing bos_token_id eos_token_id pad_token_id unk_token_id sep_token_id task_specific_params label2id "
    "problem_type finetuning_task directionality rope_theta rope_scaling rope_parameters pretraining_tp sliding_window "
    "max_window_layers use_sliding_window layer_types scale_attn_weights scale_attn_by_inverse_layer_idx reorder_and_upcast_attn "
    "output_attentions output_hidden_states return_dict chunk_size_feed_forward out_features out_indices stage_names "
    "pooler_fc_size pooler_num_attention_heads pooler_num_fc_layers pooler_size_per_head pooler_type encoder_stride "
    "summary_activation summary_proj_to_logits summary_type summary_use_proj model_type architectures id2label num_labels "
    "n_ctx tie_word_embeddings "
    "classifier_dropout_prob qa_dropout seq_classif_dropout summary_last_dropout layerdrop init_std rotary_pct rotary_emb_base "
    "partial_rotary_factor original_max_position_embeddings hidden_dropout query_pre_attn_scalar final_logit_softcapping "
    "attn_logit_softcapping cache_implementation output_router_logits router_aux_loss_coef router_jitter_noise "
    "relative_attention_max_distance dropout_rate dense_act_fn is_gated_act is_encoder_decoder decoder_start_token_id "
    "activation_dropout encoder_layerdrop decoder_layerdrop scale_embedding classifier_proj_size "
    "use_weighted_layer_sum apply_spec_augment mask_time_prob mask_time_length mask_time_min_masks mask_feature_prob "
    "mask_feature_length mask_feature_min_masks median_filter_width begin_suppress_tokens suppress_tokens forced_decoder_ids "
    "max_length alignment_heads prefix net_structure_type num_memory_blocks gap_size".split()
)


def read(source: Source) -> Config:
    """The description of a config. Raises SpecError."""
    root = read_json(source)
    kind = root.get("model_type")
    if kind is None or kind.string() not in KINDS:
        written = kind.string() if kind is not None else ""
        near = suggestions(written, KINDS) or list(KINDS)
        message = f"the model_type {written[:60]} is not known here" if written else "a config says its model_type"
        raise SpecError([Fault(message, kind.span if kind is not None else root.span, repairs=[f'"{n}"' for n in near])])
    return Config(source, root)


class Config:
    """A config that has been read."""

    def __init__(self, source: Source, root: Json) -> None:
        self.source = source
        self.root = root

    def network(self, given: Given = Given()) -> Network:  # noqa: B008 a tuple of what is given, never changed
        """The network for what is given. Raises SpecError with every fault; `partial` is the network before the first."""
        kind = self.root.get("model_type")
        assert kind is not None
        work = Work(Building(self.source, given), self.root, kind.string(), DEFAULTS[kind.string()])
        outputs: list[int] = []
        with work.building.reading():
            outputs.append(self._build(work))
        return work.building.finish("", outputs or None)

    def _build(self, work: Work) -> int:
        known = KINDS[work.kind]
        architecture = self._architecture(work, known)
        made = known.build(work, architecture)
        if work.missing:
            listed = ", ".join(f"{name}={value}" for name, value in work.missing.items())
            work.graph.note(f"not in the file, so that transformers' own values are taken: {listed}")
        unknown = [name for name in self.root.entries if name not in work.used and name not in QUIET]
        if unknown:
            listed = ", ".join(name[:40] for name in unknown[:8]) + ("…" if unknown[8:] else "")
            work.graph.note(f"keys that are not known here, and not read: {listed}")
        work.graph.note(f"read as {architecture} of transformers")
        return made

    def _architecture(self, work: Work, kind: Kind) -> str:
        """Which class is meant: what is asked for, or the file names. Raises Stop."""
        for name, value in work.building.given.variables.items():
            if name != "architectures":
                raise work.building.stop(
                    f"--set {name}: a config has no such variable", None, f"--set architectures={kind.plain}"
                )
            if value not in kind.classes:
                near = suggestions(value, sorted(kind.classes)) or sorted(kind.classes)
                message = f"--set architectures={value}: not known here"
                raise work.building.stop(message, None, *(f"--set architectures={n}" for n in near))
            return value
        named = self.root.get("architectures")
        first = named.items[0] if named is not None and named.items else None
        if first is None:
            return kind.plain
        if first.string() not in kind.classes:
            message = f"the architecture {first.string()[:60]} is not known here"
            raise work.building.stop(message, first.span, f"--set architectures={kind.plain}")
        return first.string()
