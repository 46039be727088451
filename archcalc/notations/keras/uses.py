"""One call of one layer of Keras: its config, what it reads, and which way that lies."""

from __future__ import annotations

import math
from collections.abc import Sequence

from archcalc.layers.base import Layer, Shape
from archcalc.notations.keras.work import Value, Work
from archcalc.text.faults import suggestions
from archcalc.text.located import Json
from archcalc.text.source import Span

# What every layer may have that no figure depends on: how weights begin, are kept small, and are held.
QUIET = frozenset(
    "name trainable dtype batch_input_shape batch_shape input_shape input_dim input_length input_dtype sparse ragged optional "
    "autocast build_config registered_name module seed noise_shape weights init inner_init forget_bias_init consume_less "
    "synchronized renorm renorm_clipping renorm_momentum supports_masking lora_rank lora_alpha lora_enabled "
    "quantization_config rate_multiplier zero_output_for_mask input_spec".split()
)
QUIET_ENDS = ("_initializer", "_regularizer", "_constraint", "_learning_rate_multiplier")


class Use:
    """A layer of Keras at one of its calls."""

    def __init__(
        self,
        work: Work,
        config: Json,
        kind: str,
        path: str,
        span: Span,
        inputs: list[Value],
        beside: bool,
        numbers: list[Json],
    ) -> None:
        self.r = work
        self.config = config
        self.kind = kind
        self.path = path
        self.span = span
        self.inputs = inputs
        self.beside = beside
        self.numbers = numbers  # plain values among what it is called with
        self.used: set[str] = set()
        if (trainable := config.get("trainable")) is not None and trainable.value is False:
            work.frozen = True

    # -- the config ---------------------------------------------------------------------------------------------------

    def take(self, *names: str) -> Json | None:
        """The value under the first of these names that is there; all of them are used by that."""
        self.used.update(names)
        return self.config.get(*names)

    def place(self, *names: str) -> Span:
        """Where a value stands; the layer's own place where it is not given."""
        found = self.config.get(*names)
        return found.span if found is not None else self.span

    def fault(self, message: str, span: Span, repair: str, *more: str) -> None:
        """Notes a fault of this layer; reading goes on to find the others."""
        self.r.building.fault(f"{self.path}: {message}", span, *map(self.r.typed, (repair, *more)))

    def whole(self, *names: str, default: int | None = None, least: int = 1) -> int | None:
        """A whole number; the default where it is not given, a fault where it must be; None after a fault."""
        found = self.take(*names)
        if found is None:
            if default is None:
                self.fault(f"{self.kind} needs {names[0]}", self.span, f'"{names[0]}": 64')
            return default
        value = found.value
        if isinstance(value, float) and value.is_integer():
            value = int(value)
        if isinstance(value, bool) or not isinstance(value, int) or not least <= value <= 10**9:
            self.fault(f"{names[0]} is a whole number from {least}", found.span, f'"{names[0]}": {max(least, default or 1)}')
            return None
        return value

    def real(self, *names: str, default: float = 0.0) -> float:
        """A number; the default where it is not given, and after a fault."""
        found = self.take(*names)
        if found is None:
            return default
        value = found.value
        if isinstance(value, dict) and (inner := found.get("config")) is not None:  # a number in a wrapper of NumPy's
            value = inner.get("value").value if inner.get("value") else value  # type: ignore[union-attr]
        if isinstance(value, bool) or not isinstance(value, int | float) or not math.isfinite(value):
            self.fault(f"{names[0]} is a number", found.span, f'"{names[0]}": {default:g}')
            return default
        return float(value)

    def flag(self, *names: str, default: bool) -> bool:
        """True or false; the default where it is not given, and after a fault."""
        found = self.take(*names)
        if found is None:
            return default
        if not isinstance(found.value, bool):
            self.fault(f"{names[0]} is true or false", found.span, "true", "false")
            return default
        return found.value

    def word(self, *names: str, default: str = "") -> str:
        """A word; the default where it is not given, and after a fault."""
        found = self.take(*names)
        if found is None:
            return default
        if isinstance(found.value, str):
            return found.value
        # Keras 3 writes a function of its own as an object of its class.
        inner = found.get("config")
        for at in (inner, found):
            if at is not None and isinstance(at.value, str):
                return at.value
        called = found.get("class_name")
        if called is not None and called.string() not in ("", "function"):
            return called.string()
        self.fault(f"{names[0]} is a word", found.span, f'"{default}"')
        return default

    def sizes(self, *names: str, rank: int, default: int | None = None, least: int = 1) -> tuple[int, ...] | None:
        """A size along each axis: one number for all, or a list; None after a fault."""
        found = self.take(*names)
        if found is None:
            if default is None:
                self.fault(f"{self.kind} needs {names[0]}", self.span, f'"{names[0]}": [3, 3]')
                return None
            return (default,) * rank
        values = [item.value for item in found.items] if isinstance(found.value, list) else [found.value] * rank
        if len(values) == 1:
            values *= rank
        if len(values) != rank or not all(isinstance(v, int) and not isinstance(v, bool) and least <= v <= 10**9 for v in values):
            self.fault(f"{names[0]} is {rank} whole numbers from {least}", found.span, str([max(default or 1, least)] * rank))
            return None
        return tuple(v for v in values if isinstance(v, int))

    def only(self, name: str, *allowed: object) -> None:
        """Refuses a value that makes a layer that is not known here."""
        found = self.take(name)
        if found is not None and found.plain() not in allowed:
            first = allowed[0]
            wanted = "null" if first is None else str(first).lower() if isinstance(first, bool) else first
            shown = str(found.plain())[:40]
            self.fault(f"{self.kind} with {name} {shown} is not known here", found.span, f'"{name}": {wanted}')

    def channels_first(self) -> bool:
        """Whether the layer takes channels before positions, in Keras's own order; as the model does where it does not say."""
        usual = "channels_first" if self.r.channels_first else "channels_last"
        return self.word("data_format", "dim_ordering", default=usual) in ("channels_first", "th")

    def number(self) -> float | None:
        """The only number it is called with beside a tensor; None where there is none."""
        if len(self.numbers) != 1 or isinstance(self.numbers[0].value, str):
            return None
        value = self.numbers.pop().value
        return float(value) if isinstance(value, int | float) else None

    def rest(self, quiet: frozenset[str]) -> None:
        """What of the config and of the call nothing has used: known to have no effect on a figure, or a fault."""
        for value in self.numbers:
            self.fault(
                f"{self.kind} is called with {str(value.value)[:20]}, which is not known here", value.span, "the tensor alone"
            )
        for name, value in self.config.entries.items():
            if name in self.used or name in QUIET or name in quiet or name.endswith(QUIET_ENDS):
                continue
            near = suggestions(name, sorted(self.used))
            self.fault(f"{self.kind} has no {name}", value.span, *(near or ["the file without it"]))

    # -- values -------------------------------------------------------------------------------------------------------

    def one(self) -> Value:
        """The only input; None in it after a fault."""
        if len(self.inputs) != 1:
            self.fault(f"{self.kind} reads one tensor, not {len(self.inputs)}", self.span, "one inbound layer")
            return Value(None)
        return self.inputs[0]

    def shape(self, value: Value) -> Shape | None:
        """The shape of a value in Keras's own order."""
        shape = self.r.shape(value)
        return (*shape[1:], shape[0]) if shape is not None and value.moved else shape

    def first(self, value: Value) -> Value:
        """A value with its channels, last in Keras's order, in front."""
        shape = self.r.shape(value)
        if value.moved or shape is None or len(shape) < 2:
            return value
        return Value(self._permuted(value, (len(shape), *range(1, len(shape)))), True)

    def own(self, value: Value) -> Value:
        """A value in Keras's own order."""
        shape = self.r.shape(value)
        if not value.moved or shape is None:
            return value
        return Value(self._permuted(value, (*range(2, len(shape) + 1), 1)))

    def _permuted(self, value: Value, order: tuple[int, ...]) -> int | None:
        layer = self.r.building.layer("permute", self.span, order=order)
        return self.r.add(layer, [value.node], f"{self.path}_permute", self.span, inserted=True)

    def spatial(self, value: Value, first: bool) -> Value:
        """A value as a layer over positions takes it."""
        return self.own(value) if first else self.first(value)

    def layer(self, kind: str, **settings: object) -> Layer | None:
        """A layer of these settings; None after a fault, or where one of them is not known."""
        return self.r.building.layer(kind, self.span, **settings)

    def node(
        self,
        kind: str,
        values: Sequence[Value],
        suffix: str = "",
        inserted: bool = False,
        /,
        moved: bool | None = None,
        **settings: object,
    ) -> Value:
        """A layer in the network, under the path of this one."""
        if any(value.state for value in values):
            self.fault(
                "it reads the state of a recurrent layer, which only another begins with", self.span, '"return_sequences": false'
            )
        made = self.r.add(
            self.layer(kind, **settings), [v.node for v in values], f"{self.path}{suffix}", self.span, inserted=inserted
        )
        return Value(made, bool(values and values[0].moved) if moved is None else moved)
