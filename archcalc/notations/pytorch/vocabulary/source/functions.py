"""Functions of torch that are made of others."""

import torch
import torch.nn.functional as F


# -- activations


def tanhshrink(input):
    return input - torch.tanh(input)


def softmin(input, dim=None, _stacklevel=3, dtype=None):
    return torch.softmax(-input, dim)


def threshold(input, threshold, value, inplace=False):
    return torch.where(input > threshold, input, value)


def hardshrink(input, lambd=0.5):
    return torch.where(torch.abs(input) > lambd, input, 0.0)


def softshrink(input, lambd=0.5):
    return torch.sign(input) * torch.clamp(torch.abs(input) - lambd, min=0.0)


def rrelu(input, lower=1.0 / 8, upper=1.0 / 3, training=False, inplace=False):
    return F.leaky_relu(input, (lower + upper) / 2)


def gumbel_softmax(logits, tau=1, hard=False, eps=1e-10, dim=-1):
    noisy = (logits + torch.empty(logits.shape)) / tau
    return torch.softmax(noisy, dim)


# -- normalisation, pools, maps


def lp_pool1d(input, norm_type, kernel_size, stride=None, ceil_mode=False):
    pooled = F.avg_pool1d(input.pow(norm_type), kernel_size, stride, 0, ceil_mode)
    return (pooled * kernel_size).pow(1.0 / norm_type)


def lp_pool2d(input, norm_type, kernel_size, stride=None, ceil_mode=False):
    wide = kernel_size * kernel_size if isinstance(kernel_size, int) else kernel_size[0] * kernel_size[1]
    pooled = F.avg_pool2d(input.pow(norm_type), kernel_size, stride, 0, ceil_mode)
    return (pooled * wide).pow(1.0 / norm_type)


def pixel_unshuffle(input, downscale_factor):
    r = downscale_factor
    b, c, h, w = input.shape
    return input.reshape(b, c, h // r, r, w // r, r).permute(0, 1, 3, 5, 2, 4).reshape(b, c * r * r, h // r, w // r)


def upsample_nearest(input, size=None, scale_factor=None):
    return F.interpolate(input, size, scale_factor, "nearest")


def upsample_bilinear(input, size=None, scale_factor=None):
    return F.interpolate(input, size, scale_factor, "bilinear", align_corners=True)


def bilinear(input1, input2, weight, bias=None):
    y = torch.einsum("...i,oij,...j->...o", input1, weight, input2)
    return y if bias is None else y + bias


# -- joining and parting


def vstack(tensors):
    return torch.cat([torch.atleast_2d(t) for t in tensors], 0)


row_stack = vstack


def dstack(tensors):
    return torch.cat([torch.atleast_3d(t) for t in tensors], 2)


def column_stack(tensors):
    return torch.cat([t.reshape(t.shape[0], 1) if t.dim() == 1 else t for t in tensors], 1)


def atleast_1d(input):
    return input.reshape(1) if input.dim() == 0 else input


def atleast_2d(input):
    return input.reshape(1, 1) if input.dim() == 0 else input.unsqueeze(0) if input.dim() == 1 else input


def atleast_3d(input):
    if input.dim() == 1:
        return input.reshape(1, input.shape[0], 1)
    return input.unsqueeze(-1) if input.dim() == 2 else input.reshape(1, 1, 1) if input.dim() == 0 else input


def hsplit(input, indices_or_sections):
    return torch.tensor_split(input, indices_or_sections, 0 if input.dim() == 1 else 1)


def vsplit(input, indices_or_sections):
    return torch.tensor_split(input, indices_or_sections, 0)


def dsplit(input, indices_or_sections):
    return torch.tensor_split(input, indices_or_sections, 2)


def broadcast_tensors(*tensors):
    shape = torch.broadcast_shapes(*[t.shape for t in tensors])
    return tuple(t.expand(shape) for t in tensors)


def fliplr(input):
    return torch.flip(input, [1])


def flipud(input):
    return torch.flip(input, [0])


def rot90(input, k=1, dims=(0, 1)):
    turned = input.transpose(dims[0], dims[1]) if k % 2 else input
    return torch.flip(turned, [dims[0]])


def adjoint(input):
    return input.mT


# -- products and reductions


def inner(input, other):
    return torch.einsum("...i,...i->...", input, other) if other.dim() == input.dim() == 1 else input @ other.mT


def vdot(input, other):
    return torch.dot(input, other)


def tensordot(a, b, dims=2):
    if isinstance(dims, int):
        first, second = list(range(a.dim() - dims, a.dim())), list(range(dims))
    else:
        first, second = ([d] if isinstance(d, int) else list(d) for d in dims)
    first, second = [d % a.dim() for d in first], [d % b.dim() for d in second]
    left = ["abcdefghijkl"[i] for i in range(a.dim())]
    right = ["mnopqrstuvwx"[i] for i in range(b.dim())]
    for i, j in zip(first, second):
        right[j] = left[i]
    kept = [left[i] for i in range(a.dim()) if i not in first] + [right[j] for j in range(b.dim()) if j not in second]
    return torch.einsum("".join(left) + "," + "".join(right) + "->" + "".join(kept), a, b)


def addmv(input, mat, vec, beta=1, alpha=1):
    return input + mat @ vec


def addr(input, vec1, vec2, beta=1, alpha=1):
    return input + torch.outer(vec1, vec2)


def addcdiv(input, tensor1, tensor2, value=1):
    return input + value * (tensor1 / tensor2)


def chain_matmul(*matrices):
    y = matrices[0]
    for m in matrices[1:]:
        y = y @ m
    return y


def std_mean(input, dim=None, unbiased=True, keepdim=False, correction=1):
    return torch.std(input, dim, keepdim=keepdim), torch.mean(input, dim, keepdim)


def var_mean(input, dim=None, unbiased=True, keepdim=False, correction=1):
    return torch.var(input, dim, keepdim=keepdim), torch.mean(input, dim, keepdim)


def aminmax(input, dim=None, keepdim=False):
    return torch.amin(input, dim, keepdim), torch.amax(input, dim, keepdim)


def nansum(input, dim=None, keepdim=False, dtype=None):
    return torch.sum(input, dim, keepdim)


def nanmean(input, dim=None, keepdim=False, dtype=None):
    return torch.mean(input, dim, keepdim)


def count_nonzero(input, dim=None):
    return torch.sum(input != 0, dim)


def dist(input, other, p=2):
    return torch.norm(input - other, p)


def cdist(x1, x2, p=2.0, compute_mode=""):
    return torch.norm(x1.unsqueeze(-2) - x2.unsqueeze(-3), p, -1)


def logaddexp(input, other):
    return torch.log(torch.exp(input) + torch.exp(other))


def xlogy(input, other):
    return input * torch.log(other)


def hypot(input, other):
    return torch.sqrt(torch.square(input) + torch.square(other))


def embedding_bag(input, weight, offsets=None, max_norm=None, norm_type=2, scale_grad_by_freq=False, mode="mean", sparse=False,
                  per_sample_weights=None, include_last_offset=False, padding_idx=None):
    if offsets is not None or input.dim() != 2:
        raise NotImplementedError("bags are read as the rows of a matrix, all of one length: offsets are values")
    rows = F.embedding(input, weight)
    if per_sample_weights is not None:
        rows = rows * per_sample_weights.unsqueeze(-1)
    return rows.mean(1) if mode == "mean" else rows.sum(1) if mode == "sum" else rows.amax(1)


# -- attention


def multi_head_attention_forward(
    query, key, value, embed_dim_to_check, num_heads, in_proj_weight, in_proj_bias, bias_k, bias_v, add_zero_attn, dropout_p,
    out_proj_weight, out_proj_bias, training=True, key_padding_mask=None, need_weights=True, attn_mask=None,
    use_separate_proj_weight=False, q_proj_weight=None, k_proj_weight=None, v_proj_weight=None, static_k=None, static_v=None,
    average_attn_weights=True, is_causal=False,
):
    """Steps first, as in torch: T×B×E."""
    if bias_k is not None or bias_v is not None or add_zero_attn or static_k is not None or static_v is not None:
        raise NotImplementedError("multi_head_attention_forward with bias_k, add_zero_attn or static_k is not read")
    alone = query.dim() == 2
    if alone:
        query, key, value = query.unsqueeze(1), key.unsqueeze(1), value.unsqueeze(1)
    steps, batch, size = query.shape
    if size != embed_dim_to_check:
        raise AssertionError(f"was expecting embedding dimension of {embed_dim_to_check}, but got {size}")
    biases = (None, None, None) if in_proj_bias is None else in_proj_bias.chunk(3)
    weights = (q_proj_weight, k_proj_weight, v_proj_weight) if use_separate_proj_weight else in_proj_weight.chunk(3)
    q, k, v = (F.linear(x, w, b) for x, w, b in zip((query, key, value), weights, biases))
    heads = [x.reshape(x.shape[0], batch, num_heads, size // num_heads).permute(1, 2, 0, 3) for x in (q, k, v)]
    if need_weights:
        scores = (heads[0] * (size // num_heads) ** -0.5) @ heads[1].transpose(-2, -1)
        shares = torch.softmax(scores, -1)
        made = F.dropout(shares, dropout_p, training) @ heads[2]
    else:
        shares = None
        made = F.scaled_dot_product_attention(*heads, attn_mask, dropout_p if training else 0.0, is_causal)
    out = F.linear(made.permute(2, 0, 1, 3).reshape(steps, batch, size), out_proj_weight, out_proj_bias)
    if shares is not None and average_attn_weights:
        shares = shares.mean(1)
    if alone:
        return out.squeeze(1), None if shares is None else shares.squeeze(0)
    return out, shares
