"""einops, written in the subset itself: what its patterns say as reshapes and permutations."""

import torch
from torch import nn


def _groups(side):
    found, inside = [], None
    for token in side.replace("(", " ( ").replace(")", " ) ").replace("…", "...").split():
        if token == "(":
            inside = []
        elif token == ")":
            found.append(inside)
            inside = None
        elif inside is None:
            found.append([] if token == "1" else [token])
        elif token != "1":
            inside.append(token)
    return found


def _opened(groups, count):
    """The groups with names of its own for each dimension that the dots stand for."""
    names = [f"...{i}" for i in range(count)]
    found = []
    for group in groups:
        if group == ["..."]:
            found += [[name] for name in names]
        else:
            found.append([part for name in group for part in (names if name == "..." else [name])])
    return found


def _axes(groups):
    return [name for group in groups for name in group]


def _read(shape, pattern, lengths):
    """The groups of both sides, and the length of every axis of the first."""
    if pattern.count("->") != 1:
        raise ValueError(f"a pattern of einops has one ->, and '{pattern}' has {pattern.count('->')}")
    left, right = (_groups(side) for side in pattern.split("->"))
    hidden = len(shape) - len([group for group in left if group != ["..."]])
    if hidden < 0 or (hidden > 0 and ["..."] not in left):
        raise ValueError(f"the pattern '{pattern}' takes {len(left)} dimensions, and {len(shape)} arrive")
    left, right = _opened(left, hidden), _opened(right, hidden)
    known = dict(lengths)
    for size, group in zip(shape, left):
        open_, product = [], 1
        for name in group:
            if name in known:
                product = known[name] * product
            else:
                open_.append(name)
        if len(open_) > 1:
            raise ValueError(f"the lengths of {' and '.join(open_)} in '{pattern}' are not both known")
        if open_:
            if size % product != 0:
                raise ValueError(f"{size} values are no multiple of {product} in '{pattern}'")
            known[open_[0]] = size // product
        elif size != product:
            raise ValueError(f"a dimension of {size} arrives where '{pattern}' has {product}")
    return left, right, known


def _length(group, known):
    product = 1
    for name in group:
        product = known[name] * product
    return product


def _reshaped(tensor, groups, known):
    if all(len(group) == 1 for group in groups):
        return tensor
    return tensor.reshape([_length(group, known) for group in groups])


def _elementary(tensor, left, known):
    if all(len(group) == 1 for group in left):
        return tensor
    return tensor.reshape([known[name] for name in _axes(left)])


def _ordered(tensor, before, after):
    return tensor if before == after else tensor.permute([before.index(name) for name in after])


def rearrange(tensor, pattern, **axes_lengths):
    if isinstance(tensor, (list, tuple)):
        tensor = torch.stack(list(tensor))
    left, right, known = _read(tensor.shape, pattern, axes_lengths)
    before, after = _axes(left), _axes(right)
    if sorted(before) != sorted(after):
        raise ValueError(f"the axes on both sides of '{pattern}' are not the same")
    return _reshaped(_ordered(_elementary(tensor, left, known), before, after), right, known)


def reduce(tensor, pattern, reduction, **axes_lengths):
    left, right, known = _read(tensor.shape, pattern, axes_lengths)
    before, after = _axes(left), _axes(right)
    gone = [i for i, name in enumerate(before) if name not in after]
    tensor = _elementary(tensor, left, known)
    if gone:
        word = {"mean": "mean", "sum": "sum", "max": "amax", "min": "amin", "prod": "prod"}[reduction]
        tensor = getattr(tensor, word)(dim=gone)
    return _reshaped(_ordered(tensor, [name for name in before if name in after], after), right, known)


def repeat(tensor, pattern, **axes_lengths):
    left, right, known = _read(tensor.shape, pattern, axes_lengths)
    before, after = _axes(left), _axes(right)
    kept = [name for name in after if name in before]
    tensor = _ordered(_elementary(tensor, left, known), before, kept)
    for i, name in enumerate(after):
        if name not in before:
            tensor = tensor.unsqueeze(i)
    if kept != after:
        tensor = tensor.expand([known[name] for name in after])
    return _reshaped(tensor, right, known)


def einsum(*tensors_and_pattern):
    *tensors, pattern = tensors_and_pattern
    letters = {}
    for name in pattern.replace("->", " ").replace(",", " ").split():
        letters.setdefault(name, "abcdefghijklmnopqrstuvwxyz"[len(letters)])
    left, right = pattern.split("->")
    sides = ["".join(letters[name] for name in part.split()) for part in left.split(",")]
    return torch.einsum(f"{','.join(sides)}->{''.join(letters[name] for name in right.split())}", *tensors)


class Rearrange(nn.Module):
    def __init__(self, pattern, **axes_lengths):
        super().__init__()
        self.pattern = pattern
        self.axes_lengths = axes_lengths

    def forward(self, input):
        return rearrange(input, self.pattern, **self.axes_lengths)


class Reduce(nn.Module):
    def __init__(self, pattern, reduction, **axes_lengths):
        super().__init__()
        self.pattern = pattern
        self.reduction = reduction
        self.axes_lengths = axes_lengths

    def forward(self, input):
        return reduce(input, self.pattern, self.reduction, **self.axes_lengths)
