"""One rule for every name that a text can give: of layers, branches, heads, blocks, inputs and variables.

A name is letters, digits, `_` and `-`, at most 64 of them, brought into the form in which Python compares identifiers (NFKC), so
that two names that are one to Python are one here as well, and never a name that torch's modules use themselves. So
whatever is built of names (a path, an attribute of an exported class, a cell) holds no sign with a meaning of its own.
"""

from __future__ import annotations

import unicodedata
from functools import lru_cache

from archcalc.text.faults import ValueFault

LONGEST = 64

# Attributes of torch's nn.Module and its containers, and of the modules archcalc exports. A test holds list and torch together.
TAKEN = frozenset(
    "T_destination add_module append apply bfloat16 buffers call_super_init children clear compile cpu cuda device done double "
    "dump_patches eval extend extra_repr float forward get_buffer get_extra_state get_parameter get_submodule half insert ipu "
    "items keys load_state_dict modules mtia named_buffers named_children named_modules named_parameters parameters pop "
    "register_backward_hook register_buffer register_forward_hook register_forward_pre_hook register_full_backward_hook "
    "register_full_backward_pre_hook register_load_state_dict_post_hook register_load_state_dict_pre_hook register_module "
    "register_parameter register_state_dict_post_hook register_state_dict_pre_hook requires_grad_ self set_extra_state "
    "set_submodule share_memory state_dict steps to to_empty train training type update values xpu zero_grad".split()
)


def fit(text: str, what: str = "a name") -> str:
    """The name as it is compared. Raises ValueFault where the text is none, with the nearest that is one."""
    if text.isascii():
        name = text
    elif len(text) <= LONGEST:
        name = unicodedata.normalize("NFKC", text)
    else:
        name = ""
    if not 0 < len(text) <= LONGEST:
        shown = f"{len(text)} characters" if text else "no characters"
        raise ValueFault(f"{what} of {shown}; it has 1 to {LONGEST}", cleaned(text))
    if not _plain(name):
        raise ValueFault(f"{what} is letters, digits, _ and -, not '{text}'", cleaned(text))
    if name in TAKEN or name.startswith("__"):
        raise ValueFault(f"'{name}' is a name of torch's own modules, and no layer's", cleaned(text))
    return name


def cleaned(text: str) -> str:
    """The nearest name that is fit: other signs become `_`. What a reader of foreign texts calls a node by."""
    name = unicodedata.normalize("NFKC", text[: 4 * LONGEST])
    name = "".join(c if c.isalnum() or c in "_-" else "_" for c in name)[:LONGEST] or "unnamed"
    if name.startswith("__"):
        name = name.lstrip("_") or "unnamed"
    return f"{name[: LONGEST - 1]}_" if name in TAKEN else name


@lru_cache(maxsize=65536)
def part(text: str) -> str:
    """A part of a path: the name itself where it is fit, else the nearest that is."""
    try:
        return fit(text)
    except ValueFault:
        return cleaned(text)


def _plain(name: str) -> bool:
    return name.replace("_", "a").replace("-", "a").isalnum()
