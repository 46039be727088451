"""Models that read a text as a whole: BERT and what was made of it. Names are those of transformers."""

from __future__ import annotations

from archcalc.layers.activation import GELU, ReLU, Tanh
from archcalc.layers.linear import Embedding, Linear
from archcalc.layers.norm import LayerNorm
from archcalc.notations.huggingface.work import MOST_LAYERS, Work

ROBERTA = ("roberta", "xlm-roberta", "camembert")


def tokens(r: Work, most: int, what: str) -> tuple[int, int]:
    """The input: a text of so many tokens, which no config says. Raises Stop."""
    node = r.building.inputs({"input_ids": None}, r.root.span, f"--input {min(most, 128)}")["input_ids"]
    return node, steps_of(r, node, most, what)


def steps_of(r: Work, node: int, most: int, what: str) -> int:
    """How many tokens an input holds. Raises Stop."""
    steps = r.shape(node)
    if len(steps) != 1 or steps[0] > most:
        message = f"a text is a number of tokens, and {what} holds {most}; {'×'.join(map(str, steps))} is given"
        raise r.building.stop(message, r.root.span, f"--input {most}")
    return steps[0]


def heads_of(r: Work, width: int, heads: int, *names: str) -> int:
    """The size of a head. Raises Stop where the heads do not divide the width."""
    if width % heads:
        fits = next(h for h in range(heads, 0, -1) if width % h == 0)
        raise r.building.stop(f"{heads} heads do not divide a width of {width}", r.span(*names), str(fits))
    return width // heads


def tie(r: Work) -> bool:
    """Whether the output layer uses the table of words."""
    return r.flag("tie_word_embeddings")


def words_of(r: Work, width: int, p: str) -> tuple[int, int, int]:
    """The sum of words, positions and kinds of text, normalised; the table of words; and how many there are. Raises Stop."""
    vocabulary, rows = r.whole("vocab_size"), r.whole("max_position_embeddings")
    kinds = r.whole("type_vocab_size", least=0) if "type_vocab_size" in r.defaults else 0
    offset = r.whole("pad_token_id", least=0) + 1 if r.kind in ROBERTA else 0
    x, steps = tokens(r, rows - offset, "the table of positions")
    words = x = r.add(Embedding(vocabulary, width), [x], f"{p}embeddings.word_embeddings")
    x = r.plus(x, r.table(rows, width, steps, f"{p}embeddings.position_embeddings"), f"{p}embeddings.add_positions")
    if kinds:
        x = r.plus(x, r.table(kinds, width, steps, f"{p}embeddings.token_type_embeddings"), f"{p}embeddings.add_types")
    return r.norm(x, f"{p}embeddings.LayerNorm"), words, vocabulary


def bert(r: Work, architecture: str) -> int:
    """A stack of encoders; the pooler only where a model uses it. ELECTRA's words may be narrower, and it has no pooler."""
    robust, electra = r.kind in ROBERTA, r.kind == "electra"
    stem = "roberta" if robust else r.kind
    task = architecture.partition("For")[2]
    single = ("NextSentencePrediction", "MultipleChoice", "SequenceClassification")
    pooled = not electra and (task in ("", *single[:2]) or (not robust and task in ("PreTraining", single[2])))
    width, heads, inner = r.whole("hidden_size"), r.whole("num_attention_heads"), r.whole("intermediate_size")
    narrow = r.whole("embedding_size") if electra else width
    layers, act = r.whole("num_hidden_layers", most=MOST_LAYERS), r.activation()
    size = heads_of(r, width, heads, "num_attention_heads")
    r.word("position_embedding_type", "absolute")
    for name in ("is_decoder", "add_cross_attention"):
        r.refuse(name, "a decoder of BERT")
    p = f"{stem}." if task else ""
    x, words, vocabulary = words_of(r, narrow, p)
    if narrow != width:
        x = r.linear(x, width, f"{p}embeddings_project")
    for i in range(layers):
        at = f"{p}encoder.layer.{i}"
        parts = [r.linear(x, width, f"{at}.attention.self.{name}") for name in ("query", "key", "value")]
        made = r.attend(parts, heads, heads, size, f"{at}.attention.self")
        made = r.linear(made, width, f"{at}.attention.output.dense")
        x = r.norm(r.plus(made, x, f"{at}.attention.output.add"), f"{at}.attention.output.LayerNorm")
        made = r.add(act, [r.linear(x, inner, f"{at}.intermediate.dense")], f"{at}.intermediate.act")
        made = r.linear(made, width, f"{at}.output.dense")
        x = r.norm(r.plus(made, x, f"{at}.output.add"), f"{at}.output.LayerNorm")
    first = r.first(x, width, f"{p}first") if pooled or task in single else x
    if pooled:
        first = r.add(Tanh(), [r.linear(first, width, f"{p}pooler.dense")], f"{p}pooler.act")
    if task == "":
        return first
    if task == "MaskedLM" or (task == "PreTraining" and not electra):
        dense, norm, last = _HEADS["roberta" if robust else r.kind]
        made = r.add(GELU() if electra else act, [r.linear(x, narrow, dense)], f"{dense.rpartition('.')[0] or 'head'}.act")
        made = _words_again(r, r.norm(made, norm), vocabulary, last, words)
        return made if task == "MaskedLM" else r.linear(first, 2, "cls.seq_relationship")
    if task == "PreTraining":
        made = r.add(act, [r.linear(x, width, "discriminator_predictions.dense")], "discriminator_predictions.act")
        return r.linear(made, 1, "discriminator_predictions.dense_prediction")
    if task == "NextSentencePrediction":
        return r.linear(first, 2, "cls.seq_relationship")
    if task == "MultipleChoice":
        return r.linear(first, 1, "classifier")
    if task == "SequenceClassification":
        if robust or electra:
            first = r.add(GELU() if electra else Tanh(), [r.linear(first, width, "classifier.dense")], "classifier.act")
        return r.linear(first, r.labels(), "classifier.out_proj" if robust or electra else "classifier")
    return r.ends(x) if task == "QuestionAnswering" else r.linear(x, r.labels(), "classifier")


_HEADS = {
    "bert": ("cls.predictions.transform.dense", "cls.predictions.transform.LayerNorm", "cls.predictions.decoder"),
    "roberta": ("lm_head.dense", "lm_head.layer_norm", "lm_head.decoder"),
    "electra": ("generator_predictions.dense", "generator_predictions.LayerNorm", "generator_lm_head"),
}


def _words_again(r: Work, x: int, vocabulary: int, path: str, words: int) -> int:
    """A score for every word, with a bias."""
    return r.tied(x, vocabulary, path, words, bias=True) if tie(r) else r.linear(x, vocabulary, path)


def distilbert(r: Work, architecture: str) -> int:
    """BERT without kinds of text and without a pooler."""
    task = architecture.partition("For")[2]
    width, heads, inner = r.whole("dim"), r.whole("n_heads"), r.whole("hidden_dim")
    layers, act = r.whole("n_layers", most=MOST_LAYERS), r.activation("activation")
    size = heads_of(r, width, heads, "n_heads")
    r.refuse("sinusoidal_pos_embds", "a table of positions that is not learned")
    p = "distilbert." if task else ""
    x, words, vocabulary = words_of(r, width, p)
    for i in range(layers):
        at = f"{p}transformer.layer.{i}"
        parts = [r.linear(x, width, f"{at}.attention.{name}_lin") for name in "qkv"]
        made = r.linear(r.attend(parts, heads, heads, size, f"{at}.attention"), width, f"{at}.attention.out_lin")
        x = r.norm(r.plus(made, x, f"{at}.add_1"), f"{at}.sa_layer_norm")
        made = r.add(act, [r.linear(x, inner, f"{at}.ffn.lin1")], f"{at}.ffn.activation")
        x = r.norm(r.plus(r.linear(made, width, f"{at}.ffn.lin2"), x, f"{at}.add_2"), f"{at}.output_layer_norm")
    if task == "MaskedLM":
        made = r.norm(r.add(act, [r.linear(x, width, "vocab_transform")], "activation"), "vocab_layer_norm")
        return _words_again(r, made, vocabulary, "vocab_projector", words)
    if task in ("SequenceClassification", "MultipleChoice"):
        made = r.add(ReLU(), [r.linear(r.first(x, width, "first"), width, "pre_classifier")], "relu")
        return r.linear(made, 1 if task == "MultipleChoice" else r.labels(), "classifier")
    if task == "QuestionAnswering":
        return r.ends(x)
    return x if not task else r.linear(x, r.labels(), "classifier")


def albert(r: Work, architecture: str) -> int:
    """Encoders that share their weights: each of `num_hidden_groups` runs several times, and is counted once."""
    task = architecture.partition("For")[2]
    width, heads, inner, narrow = (
        r.whole(name) for name in ("hidden_size", "num_attention_heads", "intermediate_size", "embedding_size")
    )
    layers, act = r.whole("num_hidden_layers", most=MOST_LAYERS), r.activation()
    groups, each = r.whole("num_hidden_groups"), r.whole("inner_group_num", most=MOST_LAYERS)
    if layers * each > MOST_LAYERS or groups > layers:
        raise r.building.stop(f"{layers} layers in {groups} groups of {each}", r.span("num_hidden_groups"), "1")
    size = heads_of(r, width, heads, "num_attention_heads")
    r.word("position_embedding_type", "absolute")
    p = "albert." if task else ""
    x, words, vocabulary = words_of(r, narrow, p)
    x = r.linear(x, width, f"{p}encoder.embedding_hidden_mapping_in")
    held: dict[str, int] = {}

    def weighed(layer: Linear | LayerNorm, x: int, path: str, home: str) -> int:
        made = r.add(layer, [x], path, shares=held.get(home))
        return held.setdefault(home, made) if home not in held else made

    for i in range(layers):
        group = int(i / (layers / groups))
        for j in range(each):
            home = f"{p}encoder.albert_layer_groups.{group}.albert_layers.{j}"
            at = home if home not in held else f"{home}.run_{i + 1}"
            held.setdefault(home, x)
            parts = [weighed(Linear(width), x, f"{at}.attention.{n}", f"{home}.{n}") for n in ("query", "key", "value")]
            made = r.attend(parts, heads, heads, size, f"{at}.attention")
            made = weighed(Linear(width), made, f"{at}.attention.dense", f"{home}.dense")
            made = r.plus(made, x, f"{at}.attention.add")
            x = weighed(LayerNorm(1, eps=1e-12), made, f"{at}.attention.LayerNorm", f"{home}.norm")
            made = r.add(act, [weighed(Linear(inner), x, f"{at}.ffn", f"{home}.ffn")], f"{at}.activation")
            made = r.plus(weighed(Linear(width), made, f"{at}.ffn_output", f"{home}.ffn_output"), x, f"{at}.add")
            x = weighed(LayerNorm(1, eps=1e-12), made, f"{at}.full_layer_layer_norm", f"{home}.full")
    first = x
    if task in ("", "PreTraining", "SequenceClassification", "MultipleChoice"):
        first = r.add(Tanh(), [r.linear(r.first(x, width, f"{p}first"), width, f"{p}pooler")], f"{p}pooler_activation")
    if task in ("MaskedLM", "PreTraining"):
        made = r.norm(r.add(act, [r.linear(x, narrow, "predictions.dense")], "predictions.activation"), "predictions.LayerNorm")
        made = _words_again(r, made, vocabulary, "predictions.decoder", words)
        return made if task == "MaskedLM" else r.linear(first, r.labels(), "sop_classifier.classifier")
    if task == "MultipleChoice":
        return r.linear(first, 1, "classifier")
    if task == "QuestionAnswering":
        return r.ends(x)
    return first if not task else r.linear(first, r.labels(), "classifier")
