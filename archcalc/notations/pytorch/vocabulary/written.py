"""Functions that torch makes of others, written in the subset itself (`source/functions.py`), and what is refused by name."""

from __future__ import annotations

from typing import TYPE_CHECKING

from archcalc.interpreter.values import UNSET, Method, Result
from archcalc.notations.pytorch.vocabulary.tensors import TENSOR, Tensor

if TYPE_CHECKING:
    from archcalc.interpreter.machine import Machine

FUNCTIONAL = frozenset(
    "multi_head_attention_forward tanhshrink softmin threshold hardshrink softshrink rrelu gumbel_softmax lp_pool1d "
    "lp_pool2d pixel_unshuffle upsample_nearest upsample_bilinear bilinear embedding_bag".split()
)
BOTH = frozenset(
    "hsplit vsplit dsplit fliplr flipud rot90 adjoint inner vdot addmv addr addcdiv aminmax nansum nanmean count_nonzero "
    "dist logaddexp xlogy hypot".split()
)
TORCH_ONLY = frozenset(
    "vstack row_stack dstack column_stack atleast_1d atleast_2d atleast_3d broadcast_tensors tensordot chain_matmul "
    "std_mean var_mean cdist threshold rrelu pixel_unshuffle bilinear embedding_bag".split()
)
METHODS = BOTH | {"hardshrink"}
# What a tensor can do in torch and is not read: it depends on values, or has no rule here.
REFUSED = frozenset(
    "addbmm_ allclose apply_ argsort argwhere as_strided bernoulli cholesky cholesky_inverse cholesky_solve corrcoef cov "
    "cross cummax cummin det eig equal frexp gcd geqrf histc histogram i0 igamma index_add index_add_ index_put "
    "index_put_ index_reduce inverse istft kron kthvalue lcm ldexp logcumsumexp logdet lstsq lu lu_solve map_ matrix_exp "
    "matrix_power median mode msort multinomial mvlgamma nanmedian nanquantile nextafter orgqr ormqr pinverse polygamma "
    "put_ qr quantile real imag renorm scatter_add scatter_add_ scatter_reduce scatter_reduce_ select_scatter "
    "slice_scatter slogdet stft svd to_sparse unique_consecutive vander".split()
)


def missing_method(machine: Machine, self: Tensor, name: str) -> Result:
    """A method of tensors that is written in the subset, bound; a refusal by name; the program's AttributeError."""
    if name in METHODS:
        written = machine.state["written"]
        assert callable(written)
        return Method(written(machine, name), self)
    if name in REFUSED:
        raise machine.fault(f"x.{name}() has no rule here: what it gives, or costs, is not known", "the network without it")
    return UNSET


def _asked(machine: Machine, self: Tensor, name: str) -> Result:
    found = missing_method(machine, self, name)
    if found is UNSET:
        raise machine.error("AttributeError", f"'{self.cls.name}' object has no attribute '{name}'")
    return found


TENSOR.method("__getattr__")(_asked)
