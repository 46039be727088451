"""Models of an encoder and a decoder: T5, and Whisper, which listens. Names are those of transformers."""

from __future__ import annotations

from archcalc.layers import layer_class
from archcalc.layers.conv import Conv
from archcalc.layers.learned import Constant, Learned
from archcalc.layers.linear import Embedding, Permute
from archcalc.notations.huggingface.encoders import heads_of, steps_of, tie
from archcalc.notations.huggingface.work import ACTIVATIONS, LARGEST, MOST_LAYERS, Work


class T5:
    """The pieces of T5: products without biases, and a learned number for each distance in place of positions."""

    def __init__(self, r: Work) -> None:
        self.r = r
        self.width, self.size, self.inner, self.heads, self.buckets = (
            r.whole(name) for name in ("d_model", "d_kv", "d_ff", "num_heads", "relative_attention_num_buckets")
        )
        function = r.word("feed_forward_proj", *ACTIVATIONS, *(f"gated-{name}" for name in ACTIVATIONS))
        self.gated = function.startswith("gated-")
        name = function.removeprefix("gated-")
        self.act = layer_class(ACTIVATIONS["gelu_new" if name == "gelu" and self.gated else name])()

    def stack(self, x: int, layers: int, p: str, memory: int | None = None) -> int:
        """Encoders; with a memory, decoders that look at it."""
        r, steps = self.r, self.r.shape(x)[0]
        table = f"{p}block.0.layer.0.SelfAttention.relative_attention_bias"
        near = r.add(Learned((self.buckets, self.heads), (self.heads, steps, steps)), [], table)
        for i in range(layers):
            at = f"{p}block.{i}.layer"
            made = r.rms(x, f"{at}.0.layer_norm")
            x = r.plus(self.attention(made, made, f"{at}.0.SelfAttention", near), x, f"{at}.0.add")
            if memory is not None:
                made = self.attention(r.rms(x, f"{at}.1.layer_norm"), memory, f"{at}.1.EncDecAttention")
                x = r.plus(made, x, f"{at}.1.add")
            at = f"{at}.{1 if memory is None else 2}"
            x = r.plus(self.products(r.rms(x, f"{at}.layer_norm"), f"{at}.DenseReluDense"), x, f"{at}.add")
        return r.rms(x, f"{p}final_layer_norm")

    def attention(self, x: int, of: int, at: str, near: int | None = None) -> int:
        r, wide = self.r, self.heads * self.size
        parts = [r.linear(n, wide, f"{at}.{name}", False) for name, n in (("q", x), ("k", of), ("v", of))]
        return r.linear(r.attend(parts, self.heads, self.heads, self.size, at, bias=near), self.width, f"{at}.o", False)

    def products(self, x: int, at: str) -> int:
        r = self.r
        if not self.gated:
            made = r.add(self.act, [r.linear(x, self.inner, f"{at}.wi", False)], f"{at}.act")
        else:
            gate = r.add(self.act, [r.linear(x, self.inner, f"{at}.wi_0", False)], f"{at}.act")
            made = r.times(gate, r.linear(x, self.inner, f"{at}.wi_1", False), f"{at}.mul")
        return r.linear(made, self.width, f"{at}.wo", False)


def t5(r: Work, architecture: str) -> int:
    """Two stacks over one table of words. A model of the encoder alone reads one text, the others two."""
    model = T5(r)
    vocabulary, layers = r.whole("vocab_size"), r.whole("num_layers", most=MOST_LAYERS)
    later = r.whole_or(layers, "num_decoder_layers", most=MOST_LAYERS)
    alone = architecture.endswith("EncoderModel")
    if alone:
        r.refuse("is_decoder", "an encoder that is a decoder")
        r.key("num_decoder_layers")
    names = ["input_ids"] if alone else ["input_ids", "decoder_input_ids"]
    advice = "--input 128" if alone else "--input input_ids=128 --input decoder_input_ids=128"
    found = r.building.inputs(dict.fromkeys(names), r.root.span, advice)
    for name in names:
        steps_of(r, found[name], LARGEST, name)
    words = r.add(Embedding(vocabulary, model.width), [found["input_ids"]], "shared")
    memory = model.stack(words, layers, "encoder.")
    if alone:
        return memory
    x = r.add(Embedding(vocabulary, model.width), [found["decoder_input_ids"]], "decoder.embed_tokens", shares=words)
    x = model.stack(x, later, "decoder.", memory)
    if architecture.endswith("Model"):
        return x
    if not tie(r):
        return r.linear(x, vocabulary, "lm_head", False)
    return r.tied(r.scaled(x, model.width**-0.5, "scale"), vocabulary, "lm_head", words)


def whisper(r: Work, architecture: str) -> int:
    """Two convolutions over frames of sound and a stack of encoders; decoders that write what was said."""
    width, mels, vocabulary = r.whole("d_model"), r.whole("num_mel_bins"), r.whole("vocab_size")
    frames, rows = r.whole("max_source_positions", most=LARGEST // 2), r.whole("max_target_positions")
    act = r.activation("activation_function")
    inputs = {"input_features": (mels, 2 * frames), "decoder_input_ids": None}
    found = r.building.inputs(inputs, r.root.span, "--input decoder_input_ids=128")
    x, said = found["input_features"], found["decoder_input_ids"]
    if r.shape(x) != (mels, 2 * frames):
        message = f"{mels} numbers for each of {2 * frames} frames are what its table of positions is for"
        raise r.building.stop(message, r.span("max_source_positions"), f"--input input_features={mels}x{2 * frames}")
    steps = steps_of(r, said, rows, "the table of positions")
    p = "model." if "For" in architecture else ""
    x = r.add(act, [r.add(Conv(width, 3, 1, 1), [x], f"{p}encoder.conv1")], f"{p}encoder.gelu_1")
    x = r.add(act, [r.add(Conv(width, 3, 2, 1), [x], f"{p}encoder.conv2")], f"{p}encoder.gelu_2")
    x = r.add(Permute((2, 1)), [x], f"{p}encoder.turn", inserted=True)
    fixed = r.add(Constant((frames, width)), [], f"{p}encoder.embed_positions")
    r.graph.note(
        f"the encoder's positions are fixed: their {frames * width:,} values are among transformers' parameters, not here"
    )
    x = r.plus(x, fixed, f"{p}encoder.add")

    def attention(x: int, of: int, heads: int, at: str) -> int:
        size = heads_of(r, width, heads, "encoder_attention_heads")
        parts = [r.linear(n, width, f"{at}.{name}_proj", name != "k") for name, n in (("q", x), ("k", of), ("v", of))]
        return r.linear(r.attend(parts, heads, heads, size, at), width, f"{at}.out_proj")

    def stack(x: int, side: str, memory: int | None) -> int:
        heads, inner = r.whole(f"{side}_attention_heads"), r.whole(f"{side}_ffn_dim")
        for i in range(r.whole(f"{side}_layers", most=MOST_LAYERS)):
            at = f"{p}{side}.layers.{i}"
            made = r.norm(x, f"{at}.self_attn_layer_norm", 1e-5)
            x = r.plus(attention(made, made, heads, f"{at}.self_attn"), x, f"{at}.add_1")
            if memory is not None:
                made = r.norm(x, f"{at}.encoder_attn_layer_norm", 1e-5)
                x = r.plus(attention(made, memory, heads, f"{at}.encoder_attn"), x, f"{at}.add_2")
            made = r.add(act, [r.linear(r.norm(x, f"{at}.final_layer_norm", 1e-5), inner, f"{at}.fc1")], f"{at}.activation_fn")
            x = r.plus(r.linear(made, width, f"{at}.fc2"), x, f"{at}.add_3")
        return r.norm(x, f"{p}{side}.layer_norm", 1e-5)

    memory = stack(x, "encoder", None)
    words = x = r.add(Embedding(vocabulary, width), [said], f"{p}decoder.embed_tokens")
    x = stack(r.plus(x, r.table(rows, width, steps, f"{p}decoder.embed_positions"), f"{p}decoder.add"), "decoder", memory)
    if not p:
        return x
    return r.tied(x, vocabulary, "proj_out", words) if tie(r) else r.linear(x, vocabulary, "proj_out", False)
