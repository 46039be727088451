"""Products of tensors: matrices, einsum, attention; and the layers of torch.nn.functional whose weights are given."""

from __future__ import annotations

from typing import TYPE_CHECKING

from archcalc.interpreter.values import List, Value
from archcalc.layers.base import Layer
from archcalc.notations.pytorch.vocabulary.arithmetic import aligned, two
from archcalc.notations.pytorch.vocabulary.checks import flag, per_axis, whole
from archcalc.notations.pytorch.vocabulary.names import functional, method, op
from archcalc.notations.pytorch.vocabulary.plans import MAP, ROW, Plan
from archcalc.notations.pytorch.vocabulary.reasons import AS_TORCH, MIXED
from archcalc.notations.pytorch.vocabulary.shapes import Batch, Dim, Full, broadcast, inner, same, shown_shape
from archcalc.notations.pytorch.vocabulary.tensors import Parameter, Tensor
from archcalc.notations.pytorch.vocabulary.trace import emit, expected, inside, own, place, trace
from archcalc.text.faults import ValueFault

if TYPE_CHECKING:
    from archcalc.interpreter.machine import Machine


def product(machine: Machine, left: Tensor, right: Tensor) -> Tensor:
    """left @ right."""
    from archcalc.layers.product import MatMul

    a, b = left.shape, right.shape
    if not a or not b:
        raise ValueFault("both arguments to matmul need to be at least 1D", AS_TORCH)
    k = b[-2] if len(b) > 1 else b[-1]
    if not same(a[-1], k):
        raise ValueFault(f"{shown_shape(a)} times {shown_shape(b)}: {_text(a[-1])} columns meet {_text(k)} rows", AS_TORCH)
    if isinstance(k, Batch):
        raise ValueFault("a product sums over the inputs of a batch", MIXED)
    lead = broadcast([a[:-2], b[:-2]]) if len(a) > 2 or len(b) > 2 else ()
    shape: Full = (*lead, *a[-2:-1], *(b[-1:] if len(b) > 1 else ()))
    if left.fixed and right.fixed:
        return Tensor(shape)
    seen_a = (*aligned(a[:-2], lead), *inner(a[-2:]))
    seen_b = (*aligned(b[:-2], lead), *inner(b[-2:])) if len(b) > 1 else inner(b)
    if len(inner(a[-2:])) == 1 and len(a) > 1 and len(inner(b[-2:])) == 2:
        # The batch stands among the rows: for one input the left side is one row.
        return emit(machine, MatMul(), [left, right], shape, examples=((*aligned(a[:-2], lead), *inner(a[-1:])), seen_b))
    return emit(machine, MatMul(), [left, right], shape, examples=(seen_a, seen_b))


def _text(n: Dim) -> str:
    return shown_shape((n,))


@op("matmul", at="torch method")
def matmul(machine: Machine, input: Tensor, other: Tensor) -> Value:
    return product(machine, expected(machine, input, "matmul"), expected(machine, other, "matmul"))


@op("mm", "bmm", "mv", "dot", at="torch method")
def matrices(machine: Machine, input: Tensor, other: Tensor) -> Value:
    trace(machine).way = "matrices"
    return product(machine, expected(machine, input, "matmul"), expected(machine, other, "matmul"))


@method("__matmul__")
def matmul_operator(machine: Machine, self: Tensor, other: Value) -> Value:
    return product(machine, self, expected(machine, other, "@"))


@op("addmm", "baddbmm", "addbmm", at="torch method")
def addmm(machine: Machine, input: Tensor, mat1: Tensor, mat2: Tensor, *, beta: Value = 1, alpha: Value = 1) -> Value:
    return two(machine, "add", product(machine, mat1, mat2), input)


@op("einsum", at="torch")
def einsum(machine: Machine, equation: Value, *operands: Value) -> Value:
    if not isinstance(equation, str):
        raise ValueFault("einsum() takes the equation first", AS_TORCH)
    given = operands[0] if len(operands) == 1 and isinstance(operands[0], tuple | List) else operands
    if not isinstance(given, tuple | List):
        raise ValueFault("einsum() takes tensors", AS_TORCH)
    tensors = [expected(machine, t, "einsum") for t in given]
    terms, out = _terms(equation, tensors)
    while len(tensors) > 2:
        later = set("".join(terms[2:]) + out)
        between = "".join(dict.fromkeys(i for i in terms[0] + terms[1] if i in later))
        made = _contract(machine, terms[:2], between, tensors[:2])
        terms, tensors = [between, *terms[2:]], [made, *tensors[2:]]
    return _contract(machine, terms, out, tensors)


def _terms(equation: str, tensors: list[Tensor]) -> tuple[list[str], str]:
    left, arrow, out = equation.replace(" ", "").partition("->")
    terms = left.split(",")
    if len(terms) != len(tensors):
        raise ValueFault(f"'{equation}' names {len(terms)} operands, {len(tensors)} are given", AS_TORCH)
    spare = [c for c in "ABCDEFGHIJKLMNOPQRSTUVWXYZ" if c not in equation]
    most = max((len(t.shape) - len(term) + 3 for term, t in zip(terms, tensors, strict=True) if "..." in term), default=0)
    dots = "".join(spare[:most])
    made = []
    for term, t in zip(terms, tensors, strict=True):
        count = len(t.shape) - len(term) + 3
        made.append(term.replace("...", dots[len(dots) - count :] if count else "") if "..." in term else term)
        if len(made[-1]) != len(t.shape):
            raise ValueFault(f"'{term}' names {len(made[-1])} dimensions; the operand has {shown_shape(t.shape)}", AS_TORCH)
    if arrow:
        return made, out.replace("...", dots)
    letters = sorted(set("".join(made)))
    return made, dots + "".join(c for c in letters if "".join(made).count(c) == 1 and c not in dots)


def _contract(machine: Machine, terms: list[str], out: str, tensors: list[Tensor]) -> Tensor:
    from archcalc.layers.product import Einsum

    sizes: dict[str, Dim] = {}
    for term, t in zip(terms, tensors, strict=True):
        for letter, n in zip(term, t.shape, strict=True):
            have = sizes.get(letter, 1)
            if not same(have, 1) and not same(n, 1) and not same(have, n):
                raise ValueFault(f"index {letter} is {_text(have)} and {_text(n)}", AS_TORCH)
            sizes[letter] = n if same(have, 1) else have
    if missing := [c for c in out if c not in sizes]:
        raise ValueFault(f"index {missing[0]} of the result stands at no operand", AS_TORCH)
    shape = tuple(sizes[c] for c in out)
    if all(t.fixed for t in tensors):
        return Tensor(shape)
    batch = [c for c, n in sizes.items() if isinstance(n, Batch)]
    if any(c not in out for c in batch):
        raise ValueFault("einsum sums over the inputs of a batch", MIXED)

    def without(term: str) -> str:
        return "".join(c for c in term if c not in batch)

    equation = f"{','.join(map(without, terms))}->{without(out)}"
    examples = tuple(
        tuple(int(n) for c, n in zip(term, t.shape, strict=True) if c not in batch)  # type: ignore[arg-type]
        for term, t in zip(terms, tensors, strict=True)
    )
    return emit(machine, Einsum(equation), tensors, shape, examples=examples)


@functional("scaled_dot_product_attention")
def scaled_dot_product_attention(
    machine: Machine, query: Tensor, key: Tensor, value: Tensor, attn_mask: Value = None, dropout_p: Value = 0.0,
    is_causal: Value = False, scale: Value = None, enable_gqa: Value = False,
) -> Value:  # fmt: skip
    from archcalc.layers.product import DotAttention

    tensors = [expected(machine, t, "scaled_dot_product_attention") for t in (query, key, value)]
    if any(len(inner(t.shape[-2:])) < 2 for t in tensors):
        shapes = ", ".join(shown_shape(t.shape) for t in tensors)
        raise ValueFault(f"attention is of sequences …×T×E, the batch in front; {shapes} arrive", "x.unsqueeze(1) in front")
    heads = [t.shape[-3] for t in tensors[:2] if len(t.shape) > 3 and isinstance(t.shape[-3], int)]
    leads = [t.shape[:-2] for t in tensors]
    if flag(enable_gqa, "enable_gqa"):
        leads[1:] = [(*lead[:-1], tensors[0].shape[-3]) for lead in leads[1:] if lead]
    elif len({*heads, 1}) > 2:
        raise ValueFault(f"{heads[0]} heads of queries and {heads[1]} of keys do not go together", "enable_gqa=True")
    lead = broadcast(leads)
    examples = tuple((*aligned(t.shape[:-2], lead), *inner(t.shape[-2:])) for t in tensors)
    shape = (*lead, tensors[0].shape[-2], tensors[2].shape[-1])
    return emit(machine, DotAttention(), tensors, shape, examples=examples)


# -- layers whose weights are given -----------------------------------------------------------------------------------


def given(
    machine: Machine, layer: Layer, x: Tensor, shape: Full, weights: dict[str, Value], word: str = "", examples: bool = False
) -> Tensor:
    """A layer's row whose weights are parameters of the module, or computed."""
    run = trace(machine)
    path = None
    parameters = {n: w for n, w in weights.items() if isinstance(w, Parameter)}
    if run.graph is not None:
        first = weights.get("weight")
        if isinstance(first, Parameter) and first.owner is None and id(first) in run.paths:
            home, _, name = run.paths[id(first)].rpartition(".")
            module = run.homes.get(home)
            if home and name == "weight" and module is not None and not module.modules and home not in run.graph.paths:
                path = home
        for weight in weights.values():
            if isinstance(weight, Tensor) and not isinstance(weight, Parameter) and not weight.fixed:
                place(machine, weight)
    made = emit(machine, layer, [x], shape, examples=(inner(x.shape[1:]),) if examples else None, word=word, path=path)
    if run.graph is not None and made.node is not None:
        own(machine, made.node, parameters)
        if parameters and all(inside(run, w) for w in parameters.values()):
            run.graph.nodes[made.node].called = "inside"
        elsewhere = {n: -1 for n, w in weights.items() if w is not None and n not in parameters}
        if elsewhere:
            run.graph.nodes[made.node].tied = {**run.graph.nodes[made.node].tied, **elsewhere}
    return made


@functional("linear")
def linear(machine: Machine, input: Tensor, weight: Value, bias: Value = None) -> Value:
    from archcalc.layers.linear import Linear

    w = expected(machine, weight, "F.linear")
    if len(w.shape) != 2 or any(isinstance(n, Batch) for n in w.shape):
        raise ValueFault(f"the weight of F.linear is N_out×N_in; {shown_shape(w.shape)} is given", AS_TORCH)
    if not input.shape or isinstance(input.shape[-1], Batch):
        raise ValueFault("F.linear reads the last dimension, and the batch stands there", MIXED)
    out, into = inner(w.shape)
    layer = Linear(out, bias is not None, into)
    return given(machine, layer, input, (*input.shape[:-1], out), {"weight": weight, "bias": bias})


def _conv(rank: int) -> None:
    def conv(
        machine: Machine, input: Tensor, weight: Value, bias: Value = None, stride: Value = 1, padding: Value = 0,
        dilation: Value = 1, groups: Value = 1,
    ) -> Value:  # fmt: skip
        from archcalc.layers.conv import Conv

        w = expected(machine, weight, f"F.conv{rank}d")
        sizes = inner(w.shape)
        if len(sizes) != rank + 2 or len(w.shape) != rank + 2:
            raise ValueFault(f"the weight has {len(w.shape)} dimensions {shown_shape(w.shape)}; {rank + 2} are meant", AS_TORCH)
        parts = whole(groups, "groups")
        sides = padding if isinstance(padding, str) else per_axis(padding, rank, "padding", 0)
        sides = 0 if sides == "valid" else sides
        layer = Conv(
            sizes[0], sizes[2:], per_axis(stride, rank, "stride"), sides, per_axis(dilation, rank, "dilation"), parts,
            bias is not None, sizes[1] * parts, rank,
        )  # fmt: skip
        shape = through_map(machine, layer, input, f"F.conv{rank}d", rank)
        return given(machine, layer, input, shape, {"weight": weight, "bias": bias}, examples=True)

    op(f"conv{rank}d", at="torch functional")(conv)

    def conv_transpose(
        machine: Machine, input: Tensor, weight: Value, bias: Value = None, stride: Value = 1, padding: Value = 0,
        output_padding: Value = 0, groups: Value = 1, dilation: Value = 1,
    ) -> Value:  # fmt: skip
        from archcalc.layers.transposed import ConvTranspose

        w = expected(machine, weight, f"F.conv_transpose{rank}d")
        sizes = inner(w.shape)
        if len(sizes) != rank + 2:
            raise ValueFault(f"the weight has {len(w.shape)} dimensions {shown_shape(w.shape)}; {rank + 2} are meant", AS_TORCH)
        parts = whole(groups, "groups")
        layer = ConvTranspose(
            sizes[1] * parts, sizes[2:], per_axis(stride, rank, "stride"), per_axis(padding, rank, "padding", 0),
            per_axis(output_padding, rank, "output_padding", 0), per_axis(dilation, rank, "dilation"), parts,
            bias is not None, sizes[0], rank,
        )  # fmt: skip
        shape = through_map(machine, layer, input, f"F.conv_transpose{rank}d", rank)
        return given(machine, layer, input, shape, {"weight": weight, "bias": bias}, examples=True)

    op(f"conv_transpose{rank}d", at="torch functional")(conv_transpose)


for _rank in (1, 2, 3):
    _conv(_rank)


def through_map(machine: Machine, layer: Layer, x: Tensor, name: str, rank: int) -> Full:
    """The shape of a map after a layer."""
    from archcalc.notations.pytorch.vocabulary.leaves import through

    return through(machine, Plan(layer, (), MAP, (rank,)), layer, x, name, None)[0]


@functional("batch_norm")
def batch_norm(
    machine: Machine, input: Tensor, running_mean: Value, running_var: Value, weight: Value = None, bias: Value = None,
    training: Value = False, momentum: Value = 0.1, eps: Value = 1e-5,
) -> Value:  # fmt: skip
    from archcalc.layers.norm import BatchNorm

    weights = {"weight": weight, "bias": bias} if weight is not None else {}
    layer = BatchNorm(weight is not None, float(eps) if isinstance(eps, int | float) else 1e-5)
    return given(machine, layer, input, input.shape, weights, examples=True)


@functional("layer_norm")
def layer_norm(
    machine: Machine, input: Tensor, normalized_shape: Value, weight: Value = None, bias: Value = None, eps: Value = 1e-5
) -> Value:
    from archcalc.layers.norm import LayerNorm
    from archcalc.notations.pytorch.vocabulary.checks import shape_of

    over = shape_of(normalized_shape, "normalized_shape")
    layer = LayerNorm(len(over), weight is not None, bias is not None, float(eps) if isinstance(eps, int | float) else 1e-5, over)
    weights = {"weight": weight, **({"bias": bias} if bias is not None else {})} if weight is not None else {}
    return given(machine, layer, input, input.shape, weights)


@op("rms_norm", at="torch functional")
def rms_norm(machine: Machine, input: Tensor, normalized_shape: Value, weight: Value = None, eps: Value = None) -> Value:
    from archcalc.layers.norm import RMSNorm
    from archcalc.notations.pytorch.vocabulary.checks import shape_of

    over = shape_of(normalized_shape, "normalized_shape")
    layer = RMSNorm(len(over), weight is not None, 1e-6, over)
    return given(machine, layer, input, input.shape, {"weight": weight} if weight is not None else {})


@functional("group_norm")
def group_norm(
    machine: Machine, input: Tensor, num_groups: Value, weight: Value = None, bias: Value = None, eps: Value = 1e-5
) -> Value:
    from archcalc.layers.norm import GroupNorm

    layer = GroupNorm(whole(num_groups, "num_groups"), weight is not None, shift=bias is not None)
    weights = {"weight": weight, **({"bias": bias} if bias is not None else {})} if weight is not None else {}
    return given(machine, layer, input, input.shape, weights, examples=True)


@functional("embedding")
def embedding(machine: Machine, input: Tensor, weight: Value, padding_idx: Value = None, *rest: Value, **more: Value) -> Value:
    from archcalc.layers.linear import Embedding

    w = expected(machine, weight, "F.embedding")
    num, dim = inner(w.shape)
    made = given(machine, Embedding(num, dim), input, (*input.shape, dim), {"weight": weight})
    made.kind = "float"
    return made


ROWS = ROW
