"""Multiplications as torch counts them: its FlopCounterMode, halved.

That counter sees matrix products and convolutions as they are dispatched. Of a fused recurrent layer it sees nothing on the
CPU and on CUDA, and of fused attention nothing on the CPU; for these the same computation is run again in torch's
own unfused parts (its cells, its attention function with explicit products), whose products it does see. The function
`scaled_dot_product_attention` is run by its kernel that is written in products, and a sum over indices as a product of matrices.
"""

from __future__ import annotations

import warnings
from collections.abc import Callable
from fractions import Fraction
from functools import partial
from math import prod
from typing import Any

import torch
import torch.nn.functional as F
from torch import Tensor, nn

from archcalc.pytorch import support

# Every step of a recurrent layer does the same: of a longer sequence so many are counted, and the count is scaled.
MOST_STEPS = 64
CELLS: dict[type[nn.Module], Callable[..., Any]] = {
    nn.LSTM: torch.lstm_cell,
    nn.GRU: torch.gru_cell,
    nn.RNN: torch.rnn_tanh_cell,
}


class Counter:
    """Counts multiplications inside a `with`; `total` may be read at any time."""

    def __init__(self) -> None:
        with warnings.catch_warnings():
            warnings.simplefilter("ignore")
            from torch.utils.flop_counter import FlopCounterMode

            self._mode = FlopCounterMode(display=False)

    def __enter__(self) -> Counter:
        self._products = attention_in_products()
        self._products.__enter__()
        self._mode.__enter__()
        return self

    def __exit__(self, *error: Any) -> None:
        self._mode.__exit__(*error)
        self._products.__exit__(*error)

    @property
    def total(self) -> int:
        """Multiplications so far: FLOPs halved."""
        return int(self._mode.get_total_flops()) // 2


def attention_in_products() -> Any:
    """Within it torch's function for attention is run by the kernel that writes its products out."""
    try:
        from torch.nn.attention import SDPBackend, sdpa_kernel
    except ImportError:  # torch before 2.3
        return torch.backends.cuda.sdp_kernel(enable_flash=False, enable_mem_efficient=False)
    return sdpa_kernel(SDPBackend.MATH)


def unseen(module: nn.Module) -> bool:
    """Whether torch's counter may see nothing of this module as it runs."""
    if isinstance(module, support.Einsum):  # a sum over one value is none to torch's einsum, as it is to its product of matrices
        terms = module.equation.partition("->")[0].split(",")
        return len(terms) == 2 and all(len(set(term)) == len(term) for term in terms)
    return isinstance(module, (nn.RNNBase, nn.MultiheadAttention))


def decomposed(module: nn.Module, inputs: tuple[Tensor, ...]) -> Tensor | None:
    """The module's output computed in parts the counter sees; None where that is not known how."""
    if isinstance(module, nn.MultiheadAttention):
        return attention(module, *inputs)
    if isinstance(module, support.Einsum):
        return contraction(module.equation, *inputs)
    cell = next((c for kind, c in CELLS.items() if isinstance(module, kind)), None)
    return None if cell is None else recurrence(module, cell, inputs[0])


def counted_apart(module: nn.Module, inputs: tuple[Tensor, ...], counter: Counter) -> Fraction | None:
    """Multiplications of a batch in a module whose own run the counter does not see; None where that is not known how."""
    before, steps, part = counter.total, 1, 1
    if isinstance(module, nn.RNNBase):
        steps = inputs[0].shape[1]
        part = min(steps, MOST_STEPS)
        inputs = (inputs[0][:, :part],)
    if decomposed(module, inputs) is None:
        return None
    return Fraction(counter.total - before) * Fraction(steps, part)


def contraction(equation: str, left: Tensor, right: Tensor) -> Tensor:
    """An einsum of two tensors as a product of matrices; where nothing is summed, as one value by value."""
    terms, _, out = equation.partition("->")
    first, second = terms.split(",")
    summed = [i for i in first if i in second and i not in out]
    if not summed:
        return torch.einsum(equation, left, right)
    kept = [i for i in first if i in second and i in out]
    sizes = {i: max(n, right.shape[second.index(i)]) for i, n in zip(first, left.shape, strict=True) if i in second}
    own = [[i for i in term if i not in other and i in out] for term, other in ((first, second), (second, first))]
    matrices = []
    for x, term, mine in zip((left, right), (first, second), own, strict=True):
        x = torch.einsum(f"{term}->{''.join([*kept, *mine, *summed])}", x)
        x = x.expand(*(sizes[i] for i in kept), *x.shape[len(kept) : len(kept) + len(mine)], *(sizes[i] for i in summed))
        matrices.append((x.shape, x.reshape(*x.shape[: len(kept)], -1, prod(x.shape[len(kept) + len(mine) :]))))
    (a, rows), (b, columns) = matrices
    y = torch.matmul(rows, columns.transpose(-1, -2))
    y = y.reshape(*a[: len(kept) + len(own[0])], *b[len(kept) : len(kept) + len(own[1])])
    return torch.einsum(f"{''.join([*kept, *own[0], *own[1]])}->{out}", y)


def recurrence(module: nn.RNNBase, cell: Callable[..., Any], x: Tensor) -> Tensor:
    """A recurrent layer by torch's cells, step by step; x is batch × T × F."""
    steps = list(x.unbind(1))
    for layer in range(module.num_layers):
        ends = []
        for suffix in ("", "_reverse")[: 2 if module.bidirectional else 1]:
            names = [f"{name}_l{layer}{suffix}" for name in ("weight_ih", "weight_hh", "bias_ih", "bias_hh")]
            weights = [getattr(module, name) for name in names[: 4 if module.bias else 2]]
            zeros = x.new_zeros(x.shape[0], module.hidden_size)
            state: Any = (zeros, zeros) if isinstance(module, nn.LSTM) else zeros
            if module.proj_size:
                cell = partial(projected_cell, getattr(module, f"weight_hr_l{layer}{suffix}"))
                state = (zeros[:, : module.proj_size], zeros)
            outputs = []
            for step in steps if not suffix else reversed(steps):
                state = cell(step, state, *weights)
                outputs.append(state[0] if isinstance(state, tuple) else state)
            ends.append(outputs if not suffix else outputs[::-1])
        steps = [torch.cat(parts, -1) for parts in zip(*ends, strict=True)]
    y = torch.stack(steps, 1)
    return y[:, -1] if getattr(module, "last", False) else y


def projected_cell(
    projection: Tensor, x: Tensor, state: tuple[Tensor, Tensor], from_x: Tensor, from_h: Tensor, *biases: Tensor
) -> tuple[Tensor, Tensor]:
    """One step of an LSTM that projects its states, for which torch has no cell."""
    h, c = state
    bias_x, bias_h = biases or (None, None)
    i, f, g, o = (F.linear(x, from_x, bias_x) + F.linear(h, from_h, bias_h)).chunk(4, 1)
    c = torch.sigmoid(f) * c + torch.sigmoid(i) * torch.tanh(g)
    return F.linear(torch.sigmoid(o) * torch.tanh(c), projection), c


def attention(module: nn.MultiheadAttention, queries: Tensor, keys: Tensor | None = None, values: Tensor | None = None) -> Tensor:
    """Multi-head attention with its products written out; queries are batch × L × E, keys batch × S × E, values as many."""
    first = queries.transpose(0, 1)
    second = first if keys is None else keys.transpose(0, 1)
    third = second if values is None else values.transpose(0, 1)
    weights = [getattr(module, f"{name}_proj_weight") for name in "qkv"]
    result, _ = F.multi_head_attention_forward(
        first, second, third, module.embed_dim, module.num_heads, module.in_proj_weight, module.in_proj_bias, None, None, False,
        0.0, module.out_proj.weight, module.out_proj.bias, training=False, need_weights=True,
        use_separate_proj_weight=module.in_proj_weight is None,
        q_proj_weight=weights[0], k_proj_weight=weights[1], v_proj_weight=weights[2],
    )  # fmt: skip
    y: Tensor = result.transpose(0, 1)
    return y


def additive_biases(module: nn.Module) -> set[str]:
    """The names of a module's parameters that are biases of a convolution, a matrix product, a cell or attention."""
    kinds: tuple[type[nn.Module], ...] = (
        nn.modules.conv._ConvNd,
        nn.Linear,
        nn.RNNBase,
        nn.MultiheadAttention,
        support.LocallyConnected,
        nn.Bilinear,
    )
    kinds += (support.WindowAttention,)
    return {name for name, _ in module.named_parameters() if "bias" in name} if isinstance(module, kinds) else set()
