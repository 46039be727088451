"""Models that write a text word by word: GPT-2, OPT, GPT-NeoX, Phi, and what is like Llama. Names are those of transformers."""

from __future__ import annotations

from collections.abc import Sequence

from archcalc.layers.activation import Softmax
from archcalc.layers.linear import Embedding, Linear
from archcalc.layers.move import Move
from archcalc.layers.norm import LayerNorm
from archcalc.notations.huggingface.encoders import heads_of, tie, tokens
from archcalc.notations.huggingface.work import MOST_LAYERS, Work

ROTARY = "rotary positions multiply and add value by value, and have no rows: no parameters, and no products"


def gpt2(r: Work, architecture: str) -> int:
    """A stack of decoders, normalised in front of each part; queries, keys and values are one product."""
    width, vocabulary, rows = r.whole("n_embd"), r.whole("vocab_size"), r.whole("n_positions", "n_ctx")
    r.key("n_ctx")
    heads, layers, act = r.whole("n_head"), r.whole("n_layer", most=MOST_LAYERS), r.activation("activation_function")
    inner = r.whole_or(4 * width, "n_inner")
    size = heads_of(r, width, heads, "n_head")
    r.refuse("add_cross_attention", "attention to another text")
    x, steps = tokens(r, rows, "the table of positions")
    task = architecture.removeprefix("GPT2")
    p = "" if task == "Model" else "transformer."
    words = x = r.add(Embedding(vocabulary, width), [x], f"{p}wte")
    x = r.plus(x, r.table(rows, width, steps, f"{p}wpe"), f"{p}add")
    for i in range(layers):
        at = f"{p}h.{i}"
        made = r.linear(r.norm(x, f"{at}.ln_1", 1e-5), 3 * width, f"{at}.attn.c_attn")
        made = r.linear(r.attend((made, made, made), heads, heads, size, f"{at}.attn"), width, f"{at}.attn.c_proj")
        x = r.plus(made, x, f"{at}.add_1")
        made = r.add(act, [r.linear(r.norm(x, f"{at}.ln_2", 1e-5), inner, f"{at}.mlp.c_fc")], f"{at}.mlp.act")
        x = r.plus(r.linear(made, width, f"{at}.mlp.c_proj"), x, f"{at}.add_2")
    x = r.norm(x, f"{p}ln_f", 1e-5)
    if task == "LMHeadModel":
        return _words_again(r, x, vocabulary, "lm_head", words)
    return x if task == "Model" else r.linear(x, r.labels(), "score", False)


def _words_again(r: Work, x: int, vocabulary: int, path: str, words: int, bias: bool = False) -> int:
    """A score for every word."""
    return r.tied(x, vocabulary, path, words, bias) if tie(r) else r.linear(x, vocabulary, path, bias)


def opt(r: Work, architecture: str) -> int:
    """Decoders with a learned table of positions; the smallest but one normalises behind each part, and has narrower words."""
    width, heads, inner = r.whole("hidden_size"), r.whole("num_attention_heads"), r.whole("ffn_dim")
    layers, act = r.whole("num_hidden_layers", most=MOST_LAYERS), r.activation("activation_function")
    vocabulary, rows, narrow = r.whole("vocab_size"), r.whole("max_position_embeddings"), r.whole_or(width, "word_embed_proj_dim")
    before, bias = r.flag("do_layer_norm_before", True), r.flag("enable_bias", True)
    scaled, unnormed = r.flag("layer_norm_elementwise_affine", True), r.flag("_remove_final_layer_norm")
    size = heads_of(r, width, heads, "num_attention_heads")
    task = architecture.partition("For")[2]
    x, steps = tokens(r, rows, "the table of positions")
    p = "model.decoder." if task else "decoder."

    def norm(x: int, path: str) -> int:
        return r.add(LayerNorm(1, affine=scaled, eps=1e-5), [x], path)

    words = x = r.add(Embedding(vocabulary, narrow), [x], f"{p}embed_tokens")
    if narrow != width:
        x = r.linear(x, width, f"{p}project_in", False)
    x = r.plus(x, r.table(rows + 2, width, steps, f"{p}embed_positions"), f"{p}add")
    for i in range(layers):
        at = f"{p}layers.{i}"
        made = norm(x, f"{at}.self_attn_layer_norm") if before else x
        parts = [r.linear(made, width, f"{at}.self_attn.{name}_proj", bias) for name in "qkv"]
        made = r.linear(r.attend(parts, heads, heads, size, f"{at}.self_attn"), width, f"{at}.self_attn.out_proj", bias)
        x = r.plus(made, x, f"{at}.add_1")
        x = x if before else norm(x, f"{at}.self_attn_layer_norm")
        made = norm(x, f"{at}.final_layer_norm") if before else x
        made = r.linear(r.add(act, [r.linear(made, inner, f"{at}.fc1", bias)], f"{at}.activation_fn"), width, f"{at}.fc2", bias)
        x = r.plus(made, x, f"{at}.add_2")
        x = x if before else norm(x, f"{at}.final_layer_norm")
    if before and not unnormed:
        x = norm(x, f"{p}final_layer_norm")
    if narrow != width:
        x = r.linear(x, narrow, f"{p}project_out", False)
    if task == "CausalLM":
        return _words_again(r, x, vocabulary, "lm_head", words)
    return x if not task else r.linear(x, r.labels(), "score", False)


def gpt_neox(r: Work, architecture: str) -> int:
    """Decoders whose attention and products stand side by side, or one behind the other; positions are rotary."""
    width, heads, inner = r.whole("hidden_size"), r.whole("num_attention_heads"), r.whole("intermediate_size")
    layers, act = r.whole("num_hidden_layers", most=MOST_LAYERS), r.activation()
    vocabulary, rows = r.whole("vocab_size"), r.whole("max_position_embeddings")
    beside, bias = r.flag("use_parallel_residual", True), r.flag("attention_bias", True)
    size = heads_of(r, width, heads, "num_attention_heads")
    task = architecture.partition("For")[2]
    x, _ = tokens(r, rows, "the model")
    p = "gpt_neox." if task else ""
    words = x = r.add(Embedding(vocabulary, width), [x], f"{p}embed_in")
    r.graph.note(ROTARY)
    for i in range(layers):
        at = f"{p}layers.{i}"
        made = r.linear(r.norm(x, f"{at}.input_layernorm", 1e-5), 3 * width, f"{at}.attention.query_key_value", bias)
        made = r.linear(r.attend((made, made, made), heads, heads, size, f"{at}.attention"), width, f"{at}.attention.dense", bias)
        there = x if beside else r.plus(made, x, f"{at}.add_1")
        inside = r.linear(r.norm(there, f"{at}.post_attention_layernorm", 1e-5), inner, f"{at}.mlp.dense_h_to_4h")
        inside = r.linear(r.add(act, [inside], f"{at}.mlp.act"), width, f"{at}.mlp.dense_4h_to_h")
        x = r.plus(r.plus(inside, made, f"{at}.add_1") if beside else inside, there, f"{at}.add_2")
    x = r.norm(x, f"{p}final_layer_norm", 1e-5)
    if task == "CausalLM":
        return _words_again(r, x, vocabulary, "embed_out", words)
    if task == "TokenClassification":
        return r.linear(x, r.labels(), "classifier")
    return x if not task else r.linear(x, r.labels(), "score", False)


def phi(r: Work, architecture: str) -> int:
    """Decoders whose attention and products read one normalised text side by side; every product has a bias."""
    width, heads, inner = r.whole("hidden_size"), r.whole("num_attention_heads"), r.whole("intermediate_size")
    layers, act = r.whole("num_hidden_layers", most=MOST_LAYERS), r.activation()
    vocabulary, rows, own = r.whole("vocab_size"), r.whole("max_position_embeddings"), keys_of(r, heads)
    size = heads_of(r, width, heads, "num_attention_heads")
    r.refuse("qk_layernorm", "a normalisation of queries and keys")
    task = architecture.partition("For")[2]
    x, _ = tokens(r, rows, "the model")
    p = "model." if task else ""
    words = x = r.add(Embedding(vocabulary, width), [x], f"{p}embed_tokens")
    r.graph.note(ROTARY)
    for i in range(layers):
        at = f"{p}layers.{i}"
        there = r.norm(x, f"{at}.input_layernorm", 1e-5)
        parts = [r.linear(there, n * size, f"{at}.self_attn.{name}_proj") for name, n in (("q", heads), ("k", own), ("v", own))]
        made = r.linear(r.attend(parts, heads, own, size, f"{at}.self_attn"), width, f"{at}.self_attn.dense")
        inside = r.add(act, [r.linear(there, inner, f"{at}.mlp.fc1")], f"{at}.mlp.activation_fn")
        x = r.plus(r.plus(made, r.linear(inside, width, f"{at}.mlp.fc2"), f"{at}.add_1"), x, f"{at}.add_2")
    x = r.norm(x, f"{p}final_layernorm", 1e-5)
    if task == "CausalLM":
        return _words_again(r, x, vocabulary, "lm_head", words, bias=True)
    return x if not task else r.linear(x, r.labels(), "score", task == "TokenClassification")


def keys_of(r: Work, heads: int) -> int:
    """How many heads of keys there are: as many as of queries, or a part of them. Raises Stop."""
    own = r.whole_or(heads, "num_key_value_heads")
    if heads % own:
        raise r.building.stop(f"{own} heads of keys do not divide {heads} of queries", r.span("num_key_value_heads"), str(heads))
    return own


class Llama:
    """What differs among the models that are built like Llama, and the pieces of one decoder."""

    def __init__(self, r: Work) -> None:
        self.r = r
        self.kind = kind = r.kind
        self.gemma = kind in ("gemma", "gemma2")
        self.width, self.heads, self.inner = (
            r.whole(name) for name in ("hidden_size", "num_attention_heads", "intermediate_size")
        )
        self.own = keys_of(r, self.heads)
        stated = r.key("head_dim") is not None or "head_dim" in r.defaults
        self.size = r.whole("head_dim") if stated else heads_of(r, self.width, self.heads, "num_attention_heads")
        self.bias = kind in ("llama", "qwen3", "gemma", "gemma2") and r.flag("attention_bias")
        self.mlp_bias = kind == "llama" and r.flag("mlp_bias")
        self.act = r.activation("hidden_activation" if self.gemma else "hidden_act")
        if self.gemma:
            r.key("hidden_act")  # which transformers does not look at
        self.experts = r.whole("num_local_experts", most=MOST_LAYERS) if kind == "mixtral" else 0
        self.chosen = r.whole("num_experts_per_tok", most=self.experts) if self.experts else 0

    def decoder(self, x: int, at: str) -> int:
        """Attention and gated products, each behind a normalisation and added to what it reads."""
        r, after = self.r, self.kind == "gemma2"
        made = self.attention(r.rms(x, f"{at}.input_layernorm"), f"{at}.self_attn")
        if after:
            made = r.rms(made, f"{at}.post_attention_layernorm")
        x = r.plus(made, x, f"{at}.add_1")
        made = r.rms(x, f"{at}.{'pre_feedforward' if after else 'post_attention'}_layernorm")
        made = self.mixture(made, f"{at}.block_sparse_moe") if self.experts else self.products(made, f"{at}.mlp")
        if after:
            made = r.rms(made, f"{at}.post_feedforward_layernorm")
        return r.plus(made, x, f"{at}.add_2")

    def attention(self, x: int, at: str) -> int:
        r, bias = self.r, self.bias or self.kind == "qwen2"
        sizes = (self.heads * self.size, self.own * self.size, self.own * self.size)
        if self.kind == "phi3":
            parts = self.parts(r.linear(x, sum(sizes), f"{at}.qkv_proj", False), sizes, ("query", "key", "value"), at)
        else:
            parts = [r.linear(x, n, f"{at}.{name}_proj", bias) for name, n in zip("qkv", sizes, strict=True)]
        made = r.attend(parts, self.heads, self.own, self.size, at, norm=r.rms if self.kind == "qwen3" else None)
        return r.linear(made, self.width, f"{at}.o_proj", self.bias)

    def products(self, x: int, at: str) -> int:
        r, bias = self.r, self.mlp_bias
        if self.kind == "phi3":
            joined = r.linear(x, 2 * self.inner, f"{at}.gate_up_proj", False)
            gate, up = self.parts(joined, (self.inner, self.inner), ("gate", "up"), at)
        else:
            gate, up = (r.linear(x, self.inner, f"{at}.{name}_proj", bias) for name in ("gate", "up"))
        made = r.times(r.add(self.act, [gate], f"{at}.act_fn"), up, f"{at}.mul")
        return r.linear(made, self.width, f"{at}.down_proj", bias)

    def parts(self, joined: int, sizes: Sequence[int], names: Sequence[str], at: str) -> list[int]:
        """The parts of a product that several read."""
        came = self.r.shape(joined)
        return [
            self.r.add(Move((came[0], n), f"its part for the {name}", came), [joined], f"{at}.{name}_part", inserted=True)
            for n, name in zip(sizes, names, strict=True)
        ]

    def mixture(self, x: int, at: str) -> int:
        """Experts of which each token runs a few; those it does not run stand in rows that hold their weights alone."""
        r, shape = self.r, self.r.shape(x)
        shares = r.add(Softmax(axis=1), [r.linear(x, self.experts, f"{at}.gate", False)], f"{at}.shares")
        found = []
        for e in range(self.experts):
            here = f"{at}.experts.{e}"
            if e >= self.chosen:
                hidden = (shape[0], self.inner)
                for name, n, came in (("w1", self.inner, shape), ("w3", self.inner, shape), ("w2", self.width, hidden)):
                    r.add(Linear(n, False), [], f"{here}.{name}", unrun=(came,))
                continue
            gate = r.add(self.act, [r.linear(x, self.inner, f"{here}.w1", False)], f"{here}.act_fn")
            made = r.linear(
                r.times(gate, r.linear(x, self.inner, f"{here}.w3", False), f"{here}.mul"), self.width, f"{here}.w2", False
            )
            share = r.add(Move((shape[0], 1), "its share", (shape[0], self.experts)), [shares], f"{here}.share", inserted=True)
            found.append(r.times(made, share, f"{here}.scale"))
        made = found[0]
        for e, other in enumerate(found[1:], 1):
            made = r.plus(made, other, f"{at}.add_{e}")
        return made


def llama(r: Work, architecture: str) -> int:
    """Decoders with normalisation by the root of the mean square, gated products, and fewer heads of keys than of queries.

    Qwen2 has biases, Qwen3 normalises each head, Gemma multiplies its words and Gemma 2 normalises behind each part as well,
    Phi-3 joins products that read the same, and Mixtral has experts.
    """
    model = Llama(r)
    vocabulary, rows = r.whole("vocab_size"), r.whole("max_position_embeddings")
    layers = r.whole("num_hidden_layers", most=MOST_LAYERS)
    x, steps = tokens(r, rows, "the model")
    task = architecture.partition("For")[2]
    p = "model." if task else ""
    words = x = r.add(Embedding(vocabulary, model.width), [x], f"{p}embed_tokens")
    if model.gemma:
        x = r.scaled(x, model.width**0.5, f"{p}scale")
    said = r.key("sliding_window")
    window = said.value if said is not None else None if "sliding_window" in r.root.entries else r.defaults.get("sliding_window")
    if r.flag("use_sliding_window", not r.kind.startswith("qwen")) and isinstance(window, int) and window < steps:
        r.graph.note(f"sliding_window={window}: attention is counted as one to all {steps} tokens")
    r.graph.note(ROTARY)
    if model.experts:
        r.graph.note(
            f"each token runs {model.chosen} of {model.experts} experts: the first {model.chosen} stand for those it runs"
        )
    for i in range(layers):
        x = model.decoder(x, f"{p}layers.{i}")
    x = r.rms(x, f"{p}norm")
    if task == "CausalLM":
        return _words_again(r, x, vocabulary, "lm_head", words)
    return x if not task else r.linear(x, r.labels(), "score", task == "TokenClassification")
