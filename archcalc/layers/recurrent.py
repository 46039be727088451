"""Recurrent layers: RNN, LSTM, GRU over a sequence T×F."""

from __future__ import annotations

from collections.abc import Sequence
from dataclasses import replace
from typing import TYPE_CHECKING, ClassVar

from archcalc.formulas import arithmetic as a
from archcalc.layers import kinds
from archcalc.layers.base import (
    INPUT,
    OUTPUT,
    Argument,
    Call,
    Held,
    Layer,
    Operations,
    Shape,
    Shapes,
    Weight,
    as_sequence,
    check_in,
    check_setting,
    dims,
    setting,
)
from archcalc.layers.frozen import dataclass
from archcalc.text.faults import Misfit

if TYPE_CHECKING:
    from archcalc.layers.sight import Readings


@dataclass(frozen=True)
class Recurrent(Layer):
    """What RNN, LSTM and GRU share: `gates` products with W_x (F values) and W_h (the state's R values) at every step.

    The state has the H hidden units themselves, where they are not projected (`LSTM.proj`).

    Parameters of one layer and direction: gates·H·(F + H), and gates·H for each bias vector.
    """

    hidden: int = setting("hidden units", kinds.count, symbol="H", aliases=("hidden_size", "units", "out", "num_units"))
    layers: int = setting("layers, one on the other", kinds.few, 1, aliases=("num_layers", "depth"))
    bidirectional: bool = setting("a second pass from the end", kinds.flag, False, flags={"bidirectional": True, "bi": True})
    biases: int = setting(
        "bias vectors a gate: 2 as in torch, 1 as in papers and Keras, 0 for none",
        kinds.biases,
        2,
        flags={"nobias": 0, "onebias": 1},
        aliases=("bias",),
    )
    last: bool = setting("only the last step's output", kinds.flag, False, flags={"last": True, "sequence": False})
    dropout: float = setting("dropout between the layers", kinds.share, 0.0)
    input: int | None = check_setting("input features", "input_size")

    gates: ClassVar[int] = 1
    module: ClassVar[str] = ""
    step: ClassVar[Operations] = Operations()
    family = "recurrent"
    stated = -1
    positional = ("hidden", "layers")
    layout = "tokens"
    lies = "steps"
    reads = "tokens"

    @property
    def directions(self) -> int:
        """1, or 2 when bidirectional."""
        return 2 if self.bidirectional else 1

    @property
    def state(self) -> int:
        """Values that a step puts out, and hands to the next one, in one direction."""
        return self.hidden

    def output(self, inputs: Shapes) -> Shape:
        if len(inputs[0]) != 2:
            raise Misfit(f"a recurrent layer needs a sequence T×F; the input is {dims(inputs[0])}", as_sequence(inputs[0]))
        steps, features = inputs[0]
        check_in(self.input, features, "input features")
        width = self.state * self.directions
        return (width,) if self.last else (steps, width)

    def grows(self, inputs: Shapes) -> Shape | None:
        return self.output(inputs) if isinstance(inputs[0][-1], int) else None

    def weights(self, inputs: Shapes) -> list[Weight]:
        made = []
        for layer in range(self.layers):
            features = inputs[0][1] if layer == 0 else self.state * self.directions
            for direction in ("", "_reverse")[: self.directions]:
                rows = self.gates * self.hidden
                made.append(Weight(f"weight_ih_l{layer}{direction}", (rows, features)))
                made.append(Weight(f"weight_hh_l{layer}{direction}", (rows, self.state)))
                names = ("bias_ih", "bias_hh")[: self.biases]
                made += [Weight(f"{name}_l{layer}{direction}", (rows,), bias=True) for name in names]
                made += self.projected(f"l{layer}{direction}")
        return made

    def projected(self, end: str) -> list[Weight]:
        """The weights of one layer and direction by which its hidden units become a state, where they are not the state."""
        return []

    def operations(self, inputs: Shapes, output: Shape) -> Operations:
        steps, features = inputs[0]
        products = self._products(steps, features)
        for _ in range(self.layers - 1):
            products = products + self._products(steps, self.state * self.directions)
        cells = steps * self.hidden * self.layers * self.directions
        rows = self.gates * cells
        w = self.step
        return Operations(
            products=products * self.directions,
            sums=products * self.directions - 2 * rows,  # a gate is two sums, W_x·x and W_h·h; that they meet is in `step`
            biases=rows * self.biases,
            multiplications=cells * w.multiplications,
            additions=cells * w.additions,
            divisions=cells * w.divisions,
            exponentials=cells * w.exponentials,
        )

    def _products(self, steps: int, features: int) -> int:
        """Multiplications of one layer in one direction."""
        return a.recurrent_multiplies(self.gates, steps, self.hidden, features)

    def beyond(self, inputs: Shapes, output: Shape) -> int:
        return inputs[0][0] * output[0] if self.last else 0

    def keeps(self, inputs: Shapes, output: Shape) -> Sequence[Held]:
        steps, features = inputs[0]
        width, cells = self.state * self.directions, self.layers * self.directions
        kept = [Held("initial states", None, cells * self.started), *self.read]
        between = steps * width
        for layer in range(self.layers):
            kept += self.kept_of_layer(steps, features if layer == 0 else width, layer == self.layers - 1)
            if layer < self.layers - 1:
                if self.dropout:
                    kept += [Held("mask", None, between), Held("dropped outputs", None, between)]
                elif self.stacked:
                    kept.append(Held("outputs of a layer", None, between))
        return kept

    def sees(self, inputs: Shapes, output: Shape) -> Sequence[Readings | None]:
        from archcalc.layers.sight import WHOLE, Reading

        steps = WHOLE if self.last or self.bidirectional else Reading(0, until=True)
        return [(steps, WHOLE)]

    @property
    def started(self) -> int:
        """Values of the states that one layer begins with in one direction."""
        return self.state

    @property
    def stacked(self) -> bool:
        """Whether the next layer reads its outputs from a tensor of their own."""
        return True

    @property
    def read(self) -> tuple[Held, ...]:
        """The input as it is read, once for each direction."""
        return (INPUT._replace(order="steps"),) * self.directions

    def kept_of_layer(self, steps: int, features: int, ends: bool) -> list[Held]:
        """What one layer keeps of all its steps, in both directions; `ends` where it is the last one."""
        return [Held("hidden states", None, steps * self.hidden * self.directions)]

    def products_of_inputs(self, inputs: Shapes, output: Shape) -> Shape:
        # W_x·x of the first layer; the hidden state's products are between steps and layers.
        steps, features = inputs[0]
        return (self.gates * steps * self.hidden * features * self.directions,)

    def unasked(self, inputs: Shapes) -> str:
        return "torch would take a batch of vectors for one sequence without a batch" if len(inputs[0]) == 1 else ""

    def torch(self, inputs: Shapes, output: Shape) -> Call:
        return Call(
            f"support.{self.module}",
            {"input_size": inputs[0][1], "hidden_size": self.hidden},
            num_layers=(self.layers, 1),
            bidirectional=(self.bidirectional, False),
            dropout=(self.dropout, 0.0),
            last=(self.last, False),
            biases=(self.biases, 2),
        )


class RNN(Recurrent):
    """Elman's recurrent layer: h = tanh(W_x·x + W_h·h + b). Source: torch.nn.RNN."""

    kind = "rnn"
    equations = "rnn"
    names = ("simplernn", "elman")
    module = "RNN"
    # The two products are added, then tanh.
    step = Operations(additions=3, exponentials=1, divisions=1, multiplications=1)
    example = "rnn 128"


@dataclass(frozen=True)
class LSTM(Recurrent):
    """Long short-term memory: four gates. 4·H·(F + H) weights, 4·H for each bias vector.

    `proj 32` projects the hidden units of a step to a state of R = 32 values, which is what goes on: 4·H·(F + R) + R·H weights.
    Source: Hochreiter and Schmidhuber 1997, with the forget gate of Gers et al. 2000; torch.nn.LSTM; for the projection Sak et
    al. 2014, "Long short-term memory recurrent neural network architectures for large scale acoustic modeling".
    """

    proj: int = setting(
        "values the hidden units are projected to, fewer than they are; 0 for no projection",
        kinds.number0,
        0,
        symbol="R",
        quiet=True,
        aliases=("proj_size", "projection", "projection_size"),
    )

    kind = "lstm"
    gates = 4
    module = "LSTM"
    # Per unit and step: 4 sums of the two products, 3 sigmoids, 2 tanh, c = f·c + i·g, h = o·tanh(c).
    step = Operations(additions=4 + 3 + 4 + 1, exponentials=5, divisions=5, multiplications=2 + 3)
    equations = "lstm"
    example = "lstm 256 layers=2"

    @property
    def state(self) -> int:
        return self.proj or self.hidden

    def output(self, inputs: Shapes) -> Shape:
        if self.proj >= self.hidden:
            units, values = int(self.hidden), int(self.proj)
            smaller = [f"proj ≤ {units - 1}"] if units > 1 else []
            raise Misfit(f"a projection to {values} is no smaller than hidden {units}", *smaller, f"hidden ≥ {values + 1}")
        return super().output(inputs)

    def projected(self, end: str) -> list[Weight]:
        return [Weight(f"weight_hr_{end}", (self.proj, self.hidden))] if self.proj else []

    def _products(self, steps: int, features: int) -> int:
        if not self.proj:
            return super()._products(steps, features)
        return a.projected_multiplies(self.gates, steps, self.hidden, self.proj, features)

    def operations(self, inputs: Shapes, output: Shape) -> Operations:
        made = super().operations(inputs, output)
        if not self.proj:
            return made
        projected = inputs[0][0] * self.proj * self.layers * self.directions
        return replace(made, sums=made.sums - projected)  # each is a sum of its own

    @property
    def apart(self) -> str:  # type: ignore[override]
        # torch runs it in one kernel, which keeps the gates in a workspace of a size that is its own affair; projected in none.
        return "" if self.proj else "the workspace of its kernel"

    @property
    def misexported(self) -> str:  # type: ignore[override]
        return f"an LSTM of {self.proj} hidden units, from parts of the weights" if self.proj else ""

    @property
    def started(self) -> int:
        return self.hidden + self.state

    @property
    def stacked(self) -> bool:
        return bool(self.bidirectional or self.proj)

    @property
    def read(self) -> tuple[Held, ...]:
        return super().read if self.proj else super().read[:1]

    def kept_of_layer(self, steps: int, features: int, ends: bool) -> list[Held]:
        kept = []
        for _ in range(self.directions):
            kept += self._kept_projected(steps) if self.proj else self._kept(steps, features, ends)
        return kept

    def _kept(self, steps: int, features: int, ends: bool) -> list[Held]:
        kept = [OUTPUT if ends and not self.bidirectional else Held("outputs", None, steps * self.hidden)]
        kept.append(Held("last states", None, 2 * self.hidden))
        if not self.biases:
            weights = self.gates * self.hidden * (features + self.hidden)
            kept.append(Held("weights, laid out anew", None, weights, once=True))
        return kept

    def _kept_projected(self, steps: int) -> list[Held]:
        # At every step the gates, tanh(c) and what is projected; and what the next step begins with.
        gates = Held("gates", None, self.gates * steps * self.hidden)
        return [gates, Held("hidden units", None, 2 * steps * self.hidden), Held("states", None, (steps - 1) * self.started)]

    def equated(self, output: Shape) -> str:
        return "projected_lstm" if self.proj else self.equations

    def torch(self, inputs: Shapes, output: Shape) -> Call:
        made = super().torch(inputs, output)
        made.arguments.append(Argument("proj_size", self.proj, 0))
        return made


class GRU(Recurrent):
    """Gated recurrent unit: three gates. 3·H·(F + H) weights, 3·H for each bias vector.

    Source: Cho et al. 2014, with the reset gate after the product as in torch.nn.GRU.
    """

    kind = "gru"
    equations = "gru"
    gates = 3
    module = "GRU"
    # Per unit and step: 3 sums, 2 sigmoids, 1 tanh, r·(W_h·h), h = (1 − z)·n + z·h.
    step = Operations(additions=3 + 2 + 2 + 2, exponentials=3, divisions=3, multiplications=1 + 1 + 2)
    example = "gru 256"

    def kept_of_layer(self, steps: int, features: int, ends: bool) -> list[Held]:
        width = self.hidden * self.directions
        # At every step the gates, W_h·h of the candidate, the candidate, and what the update gate is multiplied with.
        return [Held("hidden states", None, (steps - 1) * width), Held("gates and candidates", None, 6 * steps * width)]
