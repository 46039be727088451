"""Models of texts: BERT and RoBERTa, GPT-2, and what is built like Llama. Names are those of transformers."""

from __future__ import annotations

from typing import NamedTuple

from archcalc.layers.activation import Tanh
from archcalc.layers.linear import Embedding
from archcalc.notations.huggingface.work import MOST_LAYERS, Work


def tokens(r: Work, most: int, what: str) -> tuple[int, int]:
    """The input: a text of so many tokens, which no config says. Raises Stop."""
    node = r.building.inputs({"input_ids": None}, r.root.span, f"--input {min(most, 128)}")["input_ids"]
    steps = r.shape(node)
    if len(steps) != 1 or steps[0] > most:
        message = f"a text is a number of tokens, and {what} holds {most}; {'×'.join(map(str, steps))} is given"
        raise r.building.stop(message, r.root.span, f"--input {most}")
    return node, steps[0]


def heads_of(r: Work, width: int, heads: int, *names: str) -> int:
    """The size of a head. Raises Stop where the heads do not divide the width."""
    if width % heads:
        fits = next(h for h in range(heads, 0, -1) if width % h == 0)
        raise r.building.stop(f"{heads} heads do not divide a width of {width}", r.span(*names), str(fits))
    return width // heads


def bert(r: Work, architecture: str) -> int:
    """A stack of encoders over the sum of words, positions and kinds of text; the pooler only where a model uses it."""
    robust = architecture.startswith(("Roberta", "XLMRoberta"))
    stem = "roberta" if robust else "bert"
    task = architecture.partition("For")[2]
    pooled = task in (
        "",
        "PreTraining",
        "NextSentencePrediction",
        "MultipleChoice",
        *(() if robust else ("SequenceClassification",)),
    )
    width = r.whole(768, "hidden_size")
    vocabulary = r.whole(50265 if architecture.startswith("Roberta") else 30522, "vocab_size")
    heads, inner = r.whole(12, "num_attention_heads"), r.whole(3072, "intermediate_size")
    rows, kinds = r.whole(512, "max_position_embeddings"), r.whole(2, "type_vocab_size", least=0)
    layers, act = r.whole(12, "num_hidden_layers", most=MOST_LAYERS), r.activation("gelu")
    size = heads_of(r, width, heads, "num_attention_heads")
    r.word("absolute", "position_embedding_type")
    for name in ("is_decoder", "add_cross_attention"):
        if r.flag(False, name):
            raise r.building.stop(f"{name}: a decoder of BERT is not known here", r.span(name), "false")
    offset = r.whole(1, "pad_token_id", least=0) + 1 if robust else 0
    x, steps = tokens(r, rows - offset, "the table of positions")
    p = f"{stem}." if task else ""
    words = x = r.add(Embedding(vocabulary, width), [x], f"{p}embeddings.word_embeddings")
    x = r.plus(x, r.table(rows, width, steps, f"{p}embeddings.position_embeddings"), f"{p}embeddings.add_positions")
    if kinds:
        x = r.plus(x, r.table(kinds, width, steps, f"{p}embeddings.token_type_embeddings"), f"{p}embeddings.add_types")
    x = r.norm(x, f"{p}embeddings.LayerNorm")
    for i in range(layers):
        at = f"{p}encoder.layer.{i}"
        query, key, value = (r.linear(x, width, f"{at}.attention.self.{name}") for name in ("query", "key", "value"))
        made = r.attend(query, key, value, heads, heads, size, f"{at}.attention.self")
        made = r.linear(made, width, f"{at}.attention.output.dense")
        x = r.norm(r.plus(made, x, f"{at}.attention.output.add"), f"{at}.attention.output.LayerNorm")
        made = r.add(act, [r.linear(x, inner, f"{at}.intermediate.dense")], f"{at}.intermediate.act")
        made = r.linear(made, width, f"{at}.output.dense")
        x = r.norm(r.plus(made, x, f"{at}.output.add"), f"{at}.output.LayerNorm")
    first = r.first(x, width, f"{p}first") if pooled or task == "SequenceClassification" else x
    if pooled:
        first = r.add(Tanh(), [r.linear(first, width, f"{p}pooler.dense")], f"{p}pooler.act")
    if task == "":
        return first
    if task in ("MaskedLM", "PreTraining"):
        head, dense, norm, last = ("lm_head", "lm_head.dense", "lm_head.layer_norm", "lm_head.decoder") if robust else (
            "cls", "cls.predictions.transform.dense", "cls.predictions.transform.LayerNorm", "cls.predictions.decoder"
        )  # fmt: skip
        made = r.add(act, [r.linear(x, width, dense)], f"{head}.act")
        made = r.norm(made, norm)
        made = r.tied(made, vocabulary, last, words, bias=True) if tie(r, True) else r.linear(made, vocabulary, last)
        return made if task == "MaskedLM" else r.linear(first, 2, "cls.seq_relationship")
    if task == "NextSentencePrediction":
        return r.linear(first, 2, "cls.seq_relationship")
    if task == "MultipleChoice":
        return r.linear(first, 1, "classifier")
    if task == "SequenceClassification":
        if robust:
            first = r.add(Tanh(), [r.linear(first, width, "classifier.dense")], "classifier.act")
        return r.linear(first, r.labels(), "classifier.out_proj" if robust else "classifier")
    return r.linear(x, r.labels(), "qa_outputs" if task == "QuestionAnswering" else "classifier")


def tie(r: Work, default: bool) -> bool:
    """Whether the output layer uses the table of words."""
    return r.flag(default, "tie_word_embeddings")


def gpt2(r: Work, architecture: str) -> int:
    """A stack of decoders, normalised in front of each part; queries, keys and values are one product."""
    width, vocabulary, rows = r.whole(768, "n_embd"), r.whole(50257, "vocab_size"), r.whole(1024, "n_positions", "n_ctx")
    r.key("n_ctx")
    heads, layers, act = (
        r.whole(12, "n_head"),
        r.whole(12, "n_layer", most=MOST_LAYERS),
        r.activation("gelu_new", "activation_function"),
    )
    inner = r.whole(4 * width, "n_inner") if r.key("n_inner") is not None else 4 * width
    size = heads_of(r, width, heads, "n_head")
    if r.flag(False, "add_cross_attention"):
        message = "add_cross_attention: attention to another text is not known here"
        raise r.building.stop(message, r.span("add_cross_attention"), "false")
    x, steps = tokens(r, rows, "the table of positions")
    task = architecture.removeprefix("GPT2")
    p = "" if task == "Model" else "transformer."
    words = x = r.add(Embedding(vocabulary, width), [x], f"{p}wte")
    x = r.plus(x, r.table(rows, width, steps, f"{p}wpe"), f"{p}add")
    for i in range(layers):
        at = f"{p}h.{i}"
        made = r.linear(r.norm(x, f"{at}.ln_1", 1e-5), 3 * width, f"{at}.attn.c_attn")
        made = r.linear(r.attend(made, made, made, heads, heads, size, f"{at}.attn"), width, f"{at}.attn.c_proj")
        x = r.plus(made, x, f"{at}.add_1")
        made = r.add(act, [r.linear(r.norm(x, f"{at}.ln_2", 1e-5), inner, f"{at}.mlp.c_fc")], f"{at}.mlp.act")
        x = r.plus(r.linear(made, width, f"{at}.mlp.c_proj"), x, f"{at}.add_2")
    x = r.norm(x, f"{p}ln_f", 1e-5)
    if task == "LMHeadModel":
        return r.tied(x, vocabulary, "lm_head", words) if tie(r, True) else r.linear(x, vocabulary, "lm_head", False)
    return x if task == "Model" else r.linear(x, r.labels(), "score", False)


class Own(NamedTuple):
    """What transformers takes in a family of decoders where a config does not say it. No heads of keys are as many as queries."""

    vocabulary: int
    inner: int
    rows: int
    keys: int | None
    window: int | None


OWN = {
    "Llama": Own(32000, 11008, 2048, None, None),
    "Mistral": Own(32000, 14336, 131072, 8, 4096),
    "Qwen2": Own(151936, 22016, 32768, 32, None),
}


def llama(r: Work, architecture: str) -> int:
    """Decoders with normalisation by the root of the mean square, gated products, and fewer heads of keys than of queries."""
    family = architecture.partition("For")[0].removesuffix("Model")
    there = OWN[family]
    width, vocabulary = r.whole(4096, "hidden_size"), r.whole(there.vocabulary, "vocab_size")
    heads, layers, inner = (
        r.whole(32, "num_attention_heads"),
        r.whole(32, "num_hidden_layers", most=MOST_LAYERS),
        r.whole(there.inner, "intermediate_size"),
    )
    own = heads
    if r.key("num_key_value_heads") is not None or (there.keys is not None and not r.null("num_key_value_heads")):
        own = r.whole(there.keys or heads, "num_key_value_heads")
    size = (
        r.whole(width // heads, "head_dim") if r.key("head_dim") is not None else heads_of(r, width, heads, "num_attention_heads")
    )
    if heads % own:
        raise r.building.stop(f"{own} heads of keys do not divide {heads} of queries", r.span("num_key_value_heads"), str(heads))
    bias, mlp_bias, act = r.flag(False, "attention_bias"), r.flag(False, "mlp_bias"), r.activation("silu")
    sided = family == "Qwen2"
    rows = r.whole(there.rows, "max_position_embeddings")
    x, steps = tokens(r, rows, "the model")
    task = architecture.partition("For")[2]
    p = "model." if task else ""
    words = x = r.add(Embedding(vocabulary, width), [x], f"{p}embed_tokens")
    said = r.key("sliding_window")
    window = said.value if said is not None else None if r.null("sliding_window") else there.window
    if isinstance(window, int) and window < steps and (family == "Mistral" or r.flag(False, "use_sliding_window")):
        r.graph.note(f"sliding_window={window}: attention is counted as one to all {steps} tokens")
    r.graph.note("rotary positions multiply and add value by value, and have no rows: no parameters, and no products")
    for i in range(layers):
        at = f"{p}layers.{i}"
        made = r.rms(x, f"{at}.input_layernorm")
        query = r.linear(made, heads * size, f"{at}.self_attn.q_proj", bias or sided)
        key, value = (r.linear(made, own * size, f"{at}.self_attn.{name}_proj", bias or sided) for name in "kv")
        made = r.attend(query, key, value, heads, own, size, f"{at}.self_attn")
        x = r.plus(r.linear(made, width, f"{at}.self_attn.o_proj", bias), x, f"{at}.add_1")
        made = r.rms(x, f"{at}.post_attention_layernorm")
        gate = r.add(act, [r.linear(made, inner, f"{at}.mlp.gate_proj", mlp_bias)], f"{at}.mlp.act")
        made = r.times(gate, r.linear(made, inner, f"{at}.mlp.up_proj", mlp_bias), f"{at}.mlp.mul")
        x = r.plus(r.linear(made, width, f"{at}.mlp.down_proj", mlp_bias), x, f"{at}.add_2")
    x = r.rms(x, f"{p}norm")
    if task == "CausalLM":
        return r.tied(x, vocabulary, "lm_head", words) if tie(r, False) else r.linear(x, vocabulary, "lm_head", False)
    return x if not task else r.linear(x, r.labels(), "score", False)
