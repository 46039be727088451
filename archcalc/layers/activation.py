"""Activations: one value in, one value out, except softmax and the learned slope of PReLU.

The element-wise work counted is that of the textbook formula, written in each docstring. A class without settings of its own is
no dataclass again: it inherits all of one, and decorating twenty of them would cost every table five milliseconds.
"""

from __future__ import annotations

from collections.abc import Sequence
from typing import TYPE_CHECKING, ClassVar

from archcalc.formulas import arithmetic as a
from archcalc.layers import kinds
from archcalc.layers.base import INPUT, OUTPUT, Call, Held, Layer, Operations, Shape, Shapes, Weight, dims, setting, unchanged
from archcalc.layers.frozen import dataclass
from archcalc.text.faults import Misfit, ValueFault

if TYPE_CHECKING:
    from archcalc.layers.sight import Readings


@dataclass(frozen=True)
class Activation(Layer):
    """A function of each value alone. `work` is what one value costs; `module` its class in torch."""

    work: ClassVar[Operations] = Operations()
    module: ClassVar[str] = ""
    follows = True
    held: ClassVar[tuple[Held, ...]] = (INPUT,)
    lies = "same"

    def operations(self, inputs: Shapes, output: Shape) -> Operations:
        n, w = a.product(output), self.work
        return Operations(
            multiplications=n * w.multiplications,
            additions=n * w.additions,
            comparisons=n * w.comparisons,
            divisions=n * w.divisions,
            exponentials=n * w.exponentials,
            complete=w.complete,
        )

    def torch(self, inputs: Shapes, output: Shape) -> Call:
        return Call(self.module)


class ReLU(Activation):
    """max(0, x). Source: torch.nn.ReLU."""

    kind = "relu"
    held = (OUTPUT,)
    equations = "relu"
    module = "nn.ReLU"
    work = Operations(comparisons=1)
    example = "relu"


class ReLU6(Activation):
    """min(max(0, x), 6). Source: Howard et al. 2017; torch.nn.ReLU6."""

    kind = "relu6"
    prefix = "relu"
    module = "nn.ReLU6"
    work = Operations(comparisons=2)
    example = "relu6"


@dataclass(frozen=True)
class LeakyReLU(Activation):
    """x where x > 0, else slope·x. Source: torch.nn.LeakyReLU."""

    slope: float = setting("slope below zero", kinds.real, 0.01, aliases=("negative_slope", "alpha"))

    kind = "leakyrelu"
    by_result = True
    names = ("leaky", "lrelu")
    positional = ("slope",)
    work = Operations(comparisons=1, multiplications=1)
    example = "leakyrelu 0.1"

    def torch(self, inputs: Shapes, output: Shape) -> Call:
        return Call("nn.LeakyReLU", {"negative_slope": self.slope})


@dataclass(frozen=True)
class PReLU(Activation):
    """Leaky ReLU whose slope is learned: one for all channels, or one each. Source: He et al. 2015; torch.nn.PReLU."""

    num: int = setting("slopes: 1, or as many as channels", kinds.count, 1, aliases=("num_parameters",))
    channels: bool = setting("one slope for each channel", kinds.flag, False, flags={"perchannel": True})

    kind = "prelu"
    positional = ("num",)
    work = Operations(comparisons=1, multiplications=1)
    example = "prelu"

    def __post_init__(self) -> None:
        if self.channels and self.num != 1:
            raise ValueFault(
                f"{self.num} slopes, and one for each channel; it is one of them", "prelu perchannel", f"prelu {self.num}"
            )

    def _slopes(self, inputs: Shapes) -> int:
        return inputs[0][0] if self.channels else self.num

    def output(self, inputs: Shapes) -> Shape:
        if self._slopes(inputs) not in (1, inputs[0][0]):
            raise Misfit(f"{self.num} slopes for {int(inputs[0][0])} channels of {dims(inputs[0])}", "1 slope", "perchannel")
        return inputs[0]

    def grows(self, inputs: Shapes) -> Shape | None:
        return unchanged(inputs)

    def weights(self, inputs: Shapes) -> list[Weight]:
        return [Weight("weight", (self._slopes(inputs),))]

    def _asked(self, inputs: Shapes) -> Call:
        return Call("nn.PReLU", {"num_parameters": self.num})

    def torch(self, inputs: Shapes, output: Shape) -> Call:
        return Call("nn.PReLU", {"num_parameters": self._slopes(inputs)})


@dataclass(frozen=True)
class ELU(Activation):
    """x where x > 0, else α(eˣ − 1). Source: Clevert et al. 2015; torch.nn.ELU."""

    alpha: float = setting("scale below zero", kinds.real, 1.0)

    kind = "elu"
    by_result = True
    positional = ("alpha",)
    work = Operations(comparisons=1, exponentials=1, additions=1, multiplications=1)
    example = "elu"

    def torch(self, inputs: Shapes, output: Shape) -> Call:
        return Call("nn.ELU", {"alpha": self.alpha})


@dataclass(frozen=True)
class CELU(Activation):
    """x where x > 0, else α(e^(x/α) − 1). Source: Barron 2017; torch.nn.CELU."""

    alpha: float = setting("scale below zero, of the exponent too", kinds.real, 1.0)

    kind = "celu"
    by_result = True
    positional = ("alpha",)
    work = Operations(comparisons=1, exponentials=1, additions=1, multiplications=1, divisions=1)
    example = "celu"

    def torch(self, inputs: Shapes, output: Shape) -> Call:
        return Call("nn.CELU", {"alpha": self.alpha})


@dataclass(frozen=True)
class Hardtanh(Activation):
    """min(max(low, x), high). Source: Collobert 2004; torch.nn.Hardtanh."""

    low: float = setting("the least that goes out", kinds.real, -1.0, aliases=("min_val",))
    high: float = setting("the most that goes out", kinds.real, 1.0, aliases=("max_val",))

    kind = "hardtanh"
    names = ("htanh",)
    positional = ("low", "high")
    work = Operations(comparisons=2)
    example = "hardtanh"

    def __post_init__(self) -> None:
        if self.low >= self.high:
            raise ValueFault(f"hardtanh from {self.low:g} to {self.high:g} lets nothing through", "hardtanh low=-1 high=1")

    def torch(self, inputs: Shapes, output: Shape) -> Call:
        return Call("nn.Hardtanh", {"min_val": self.low, "max_val": self.high})


class Softsign(Activation):
    """x/(1 + |x|). Source: Bergstra et al. 2009; torch.nn.Softsign."""

    kind = "softsign"
    module = "nn.Softsign"
    work = Operations(comparisons=1, additions=1, divisions=1)
    example = "softsign"

    def keeps(self, inputs: Shapes, output: Shape) -> Sequence[Held]:
        return INPUT, Held("1 + |x|", None, a.product(output))


class LogSigmoid(Activation):
    """−ln(1 + e⁻ˣ); the logarithm has no count in these terms. Source: torch.nn.LogSigmoid."""

    kind = "logsigmoid"
    lies = "plain"
    module = "nn.LogSigmoid"
    work = Operations(complete=False)
    example = "logsigmoid"

    def keeps(self, inputs: Shapes, output: Shape) -> Sequence[Held]:
        return INPUT, Held("1 + e⁻ˣ", None, a.product(output))


class SELU(Activation):
    """λ·ELU with the fixed λ, α of Klambauer et al. 2017. Source: torch.nn.SELU."""

    kind = "selu"
    by_result = True
    module = "nn.SELU"
    work = Operations(comparisons=1, exponentials=1, additions=1, multiplications=2)
    example = "selu"


class GELU(Activation):
    """x·Φ(x), the normal distribution's; erf has no count in these terms. Source: Hendrycks and Gimpel 2016; torch.nn.GELU."""

    kind = "gelu"
    module = "nn.GELU"
    work = Operations(complete=False)
    example = "gelu"


class Sigmoid(Activation):
    """1/(1 + e⁻ˣ). Source: torch.nn.Sigmoid."""

    kind = "sigmoid"
    held = (OUTPUT,)
    equations = "sigmoid"
    names = ("logistic",)
    module = "nn.Sigmoid"
    work = Operations(exponentials=1, additions=1, divisions=1)
    example = "sigmoid"


class Tanh(Activation):
    """2/(1 + e⁻²ˣ) − 1. Source: torch.nn.Tanh."""

    kind = "tanh"
    held = (OUTPUT,)
    equations = "tanh"
    module = "nn.Tanh"
    work = Operations(exponentials=1, additions=2, divisions=1, multiplications=1)
    example = "tanh"


class SiLU(Activation):
    """x·σ(x), also called swish. Source: Ramachandran et al. 2017; torch.nn.SiLU."""

    kind = "silu"
    names = ("swish",)
    module = "nn.SiLU"
    work = Operations(exponentials=1, additions=1, divisions=1, multiplications=1)
    example = "silu"


class Hardsigmoid(Activation):
    """min(max(0, x + 3), 6)/6. Source: Howard et al. 2019 (MobileNetV3); torch.nn.Hardsigmoid."""

    kind = "hardsigmoid"
    names = ("hsigmoid",)
    module = "nn.Hardsigmoid"
    work = Operations(additions=1, comparisons=2, divisions=1)
    example = "hardsigmoid"


class Hardswish(Activation):
    """x·min(max(0, x + 3), 6)/6. Source: Howard et al. 2019 (MobileNetV3); torch.nn.Hardswish."""

    kind = "hardswish"
    names = ("hswish",)
    module = "nn.Hardswish"
    work = Operations(additions=1, comparisons=2, divisions=1, multiplications=1)
    example = "hardswish"


class Mish(Activation):
    """x·tanh(ln(1 + eˣ)); the logarithm has no count in these terms. Source: Misra 2019; torch.nn.Mish."""

    kind = "mish"
    module = "nn.Mish"
    work = Operations(complete=False)
    example = "mish"


class Softplus(Activation):
    """ln(1 + eˣ); the logarithm has no count in these terms. Source: torch.nn.Softplus."""

    kind = "softplus"
    module = "nn.Softplus"
    work = Operations(complete=False)
    example = "softplus"


class Heaviside(Activation):
    """0 below zero, 1 from zero on: the perceptron's step. Source: torch.heaviside with 1 at 0."""

    kind = "heaviside"
    held = ()
    names = ("step", "threshold")
    module = "support.Heaviside"
    work = Operations(comparisons=1)
    example = "heaviside"


class Sign(Activation):
    """−1, 0 or 1. Source: torch.sign."""

    kind = "sign"
    held = ()
    module = "support.Sign"
    work = Operations(comparisons=2)
    example = "sign"


@dataclass(frozen=True)
class GLU(Layer):
    """Gated linear unit: half of the channels, times the sigmoid of the other half. Source: Dauphin et al. 2016; torch.nn.GLU."""

    axis: int | None = setting(
        "the dimension halved, 0 the first after the batch; channels, or the features of a sequence",
        kinds.number0,
        None,
        aliases=("dim",),
    )

    kind = "glu"
    held = (INPUT,)
    names = ("gatedlinearunit",)
    follows = True
    example = "fc 64 glu"

    def settled(self, inputs: Shapes, layout: str) -> Layer:
        tokens = len(inputs[0]) == 2 and layout != "channels"
        return self if self.axis is not None else GLU(1 if tokens else 0)

    def output(self, inputs: Shapes) -> Shape:
        at, shape = self.axis or 0, inputs[0]
        if at >= len(shape):
            raise Misfit(f"there is no dimension {at} in {dims(shape)}", f"axis={len(shape) - 1}")
        if shape[at] % 2:
            raise Misfit(f"{int(shape[at])} cannot be halved", f"{int(shape[at]) + 1} of them")
        return (*shape[:at], a.exact_div(shape[at], 2), *shape[at + 1 :])

    def grows(self, inputs: Shapes) -> Shape | None:
        return self.output(inputs) if isinstance(inputs[0][self.axis or 0], int) else None

    def operations(self, inputs: Shapes, output: Shape) -> Operations:
        n = a.product(output)
        return Operations(multiplications=n, additions=n, divisions=n, exponentials=n)

    def sees(self, inputs: Shapes, output: Shape) -> Sequence[Readings | None]:
        from archcalc.layers.sight import Reading

        at = self.axis or 0
        return [tuple(Reading(i, offsets=((0, output[i]),)) if i == at else Reading(i) for i in range(len(output)))]

    def torch(self, inputs: Shapes, output: Shape) -> Call:
        return Call("nn.GLU", dim=((self.axis or 0) + 1, -1))


@dataclass(frozen=True)
class Softmax(Activation):
    """eˣ divided by the sum of all eˣ: over channels of C×H×W, otherwise over the last dimension. Source: torch.nn.Softmax."""

    axis: int | None = setting("the dimension summed over, where it is another; 0 the first after the batch", kinds.number0, None)

    kind = "softmax"
    lies = "plain"
    held = (OUTPUT,)
    ends = True
    reads = "tokens"
    equations = "softmax"
    example = "softmax"

    def _axis(self, output: Shape) -> int:
        if not output:
            raise Misfit("a single value arrives, and softmax is over a dimension", "`keep` on the reduction before it")
        if self.axis is not None:
            if self.axis >= len(output):
                raise Misfit(f"there is no dimension {self.axis} in {dims(output)}", f"axis={len(output) - 1}")
            return self.axis
        return 0 if len(output) >= 3 else len(output) - 1

    def output(self, inputs: Shapes) -> Shape:
        self._axis(inputs[0])
        return inputs[0]

    def grows(self, inputs: Shapes) -> Shape | None:
        return inputs[0]

    def operations(self, inputs: Shapes, output: Shape) -> Operations:
        n = a.product(output)
        return Operations(exponentials=n, additions=n - n // output[self._axis(output)], divisions=n)

    def sees(self, inputs: Shapes, output: Shape) -> Sequence[Readings | None]:
        from archcalc.layers.sight import along

        return [along(output, (self._axis(output),))]

    def torch(self, inputs: Shapes, output: Shape) -> Call:
        return Call("nn.Softmax", dim=(self._axis(output) + 1, ...))


class LogSoftmax(Softmax):
    """The logarithm of softmax; the logarithm has no count in these terms. Source: torch.nn.LogSoftmax."""

    kind = "logsoftmax"
    equations = ""
    example = "logsoftmax"

    def operations(self, inputs: Shapes, output: Shape) -> Operations:
        return Operations(complete=False)

    def torch(self, inputs: Shapes, output: Shape) -> Call:
        return Call("nn.LogSoftmax", dim=(self._axis(output) + 1, ...))
