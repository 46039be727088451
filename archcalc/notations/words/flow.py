"""Shapes on the way through a figure whose lines state their results: what is open follows from them, what differs is refused."""

from __future__ import annotations

import re

from archcalc.layers.base import Shape, dims
from archcalc.network.nodes import Network
from archcalc.notations.own.tree import Scalar, Value, list_of, map_of
from archcalc.notations.words.lines import Layers
from archcalc.notations.words.places import compose, leaves, shown, sub
from archcalc.notations.words.stated import Fact, bare, contradiction
from archcalc.text.faults import Fault, Misfit, SpecError
from archcalc.text.source import Source

LARGEST_KERNEL = 15
MOST_CHECKED = 500
STRIDE = re.compile(r"(?:\bs\s*=?\s*|stride\W{0,3}(?:of\s+)?|/\s*)(\d{1,2})\b", re.I)


class Flow:
    """Follows the shape from line to line. `shape` is what goes into the next; None where it is not known."""

    def __init__(self, source: Source, layers: Layers, defaults: list[tuple[Scalar, Value]], shape: Shape | None) -> None:
        self.source = source
        self.layers = layers
        self.defaults = defaults
        self.shape = shape
        self.unchecked: list[int] = []
        self.checked = 0
        self.followed: dict[str, list[str]] = {}
        self.groups: list[str] = []

    def check_image(self, facts: list[Fact]) -> None:
        """Holds what the image line states against the image. Raises SpecError."""
        if self.shape is not None:
            self._check(facts, self.shape, 0, 0)

    @property
    def notes(self) -> list[str]:
        """What followed from the stated results."""
        found = list(self.groups)
        if self.unchecked:
            where = ", ".join(map(str, self.unchecked[:6]))
            found.append(f"what is stated of a result is not checked before the input is known (line {where})")
        for more, lines in self.followed.items():
            shown = ", ".join(list(dict.fromkeys(lines))[:4])
            which = f"the {len(lines)} lines {shown}" if len(lines) > 1 else shown
            found.append(f"`{more}` of {which} follows from what is stated of the result")
        return found

    def through(self, place: Scalar, values: list[Value], facts: list[Fact]) -> list[Value]:
        """The values of a line, what it leaves open filled in from what it states. Raises SpecError."""
        self.checked += bool(facts)
        if self.checked > MOST_CHECKED:
            message = f"more than {MOST_CHECKED} lines state their results, the most checked"
            raise SpecError([Fault(message, place.span(), repairs=["the lines without what they state"])])
        arrives = [fact for fact in facts if fact.kind == "input"]
        facts = [fact for fact in facts if fact.kind != "input"]
        if self.shape is None and arrives and isinstance(arrives[0].value, tuple):
            self.shape = arrives[0].value
        if self.shape is not None:
            self._check(arrives, self.shape, 0, 0)
        result = self._run(values)
        if result is None and self.shape is not None and (halved := self._halved(place)) is not None:
            values, result = halved, self._run(halved)
        output = next((fact for fact in facts if fact.kind == "output"), None)
        if output is not None and self.shape is not None and (result is None or not _same(result[0], output)):
            filled = self._softmax(place, values, output) or self._filled(place, output)
            if filled is not None:
                values = filled
                result = self._run(values)
        if output is not None and result is not None and not _same(result[0], output):
            self._refuse_stride(place, output, result[0])
        if facts and self.shape is None:
            self.unchecked.append(place.line)
        if result is None:
            # The line has a fault of its own, which the building finds; what it states is taken for its result.
            self.shape = output.value if output is not None and isinstance(output.value, tuple) else None
            return values
        shape, params, weights = result
        self._check(facts, shape, params, weights)
        self.shape = shape
        return values

    def _refuse_stride(self, place: Scalar, output: Fact, ours: Shape) -> None:
        """Refuses a stride where only 1 gives what is stated: the last depthwise row of MobileNet's table. Raises SpecError."""
        match = STRIDE.search(place.text)
        if match is None or match[1] == "1":
            return
        made = compose(place, (0, match.start(1)), ("1", *match.span(1)), (match.end(1), len(place.text)))
        kept = dict(self.followed)
        filled = self._filled(made, output)
        self.followed = kept
        if (filled is not None and self._fits(filled, output)) or self._fits(self.layers.read(made), output):
            assert isinstance(output.value, tuple)
            message = f"{dims(output.value)} is stated to come out; with stride {match[1]} this layer gives {dims(ours)}"
            at = sub(place, *match.span(1)).span()
            raise SpecError([Fault(message, at, repairs=["1, which gives what is stated"])])

    def _halved(self, place: Scalar) -> list[Value] | None:
        """AlexNet's `256 kernels of size 5x5x48` over 96 maps: in two groups, each over the maps of its own GPU."""
        for read in self.layers.read(place):
            for text, leaf, _ in leaves([read]):
                match = re.search(r"\bin=(\d{1,7})\b", text)
                if match is None or self.shape is None or 2 * int(match[1]) != self.shape[0]:
                    continue
                at = leaf.text.find(match[0])
                if at < 0:
                    continue
                made = compose(leaf, (0, at), ("g2", at, at + len(match[0])), (at + len(match[0]), len(leaf.text)))
                self.groups.append(
                    f"'{match[1]}' of '{shown(place)}' is half of the {self.shape[0]} channels that arrive: in two groups"
                )
                return [made]
        return None

    def _softmax(self, place: Scalar, values: list[Value], output: Fact) -> list[Value] | None:
        """A table's `Softmax | 10` behind 84 values: a fully connected layer, and a softmax."""
        stated = [n for n in output.value if n > 1] if isinstance(output.value, tuple) else []
        found = [self.layers.phrases(text) for text, _, _ in leaves(values)]
        if len(found) != 1 or not found[0] or found[0][0].givens or len(stated) != 1 or self.shape is None:
            return None
        layer = found[0][0].form.layer
        if layer is None or not layer.ends or layer.vector:  # a classifier's end that is no fully connected layer
            return None
        self.groups.append(f"'{shown(place)}' puts out {stated[0]}: read as a fully connected layer with a softmax")
        end = len(place.text)
        return self.layers.read(compose(place, (f"fc {stated[0]}, softmax", 0, end)))

    def _check(self, facts: list[Fact], shape: Shape, params: int, weights: int) -> None:
        faults = [fault for fact in facts if (fault := contradiction(fact, shape, params, weights)) is not None]
        if faults:
            raise SpecError(faults)

    def _run(self, values: list[Value]) -> tuple[Shape, int, int] | None:
        """Output, parameters and weights of a line's layers on the shape that arrives; None where they do not fit it."""
        from archcalc.network.description import Given
        from archcalc.notations.own.expand.spec import Spec

        if self.shape is None:
            return None
        layers, defaults = list_of(self.source, values), map_of(self.source, self.defaults)
        try:
            network = Spec(map_of(self.source, [("defaults", defaults), ("layers", layers)])).network(Given({"": self.shape}))
        except SpecError:
            return None
        found = reckoned(network)
        return found and found[:3]

    def _filled(self, place: Scalar, output: Fact) -> list[Value] | None:
        """The line with the one setting that gives the stated result; None where there is nothing open to set."""
        arrives = self.shape
        assert isinstance(output.value, tuple)
        stated = output.value
        assert arrives is not None
        read = self.layers.read(place)
        found = [(text, leaf) for text, leaf, _ in leaves(read)]
        if not found:
            return None
        phrases = self.layers.phrases(found[0][0])
        if not phrases:
            return None
        form = phrases[0].form
        stated = stated if "kernel" in form.slots else bare(stated)
        given = {g.slot.name for g in phrases[0].givens}
        for key, rest in self.defaults:
            if key.text == form.word and isinstance(rest, Scalar):
                given |= {g.slot.name for p in self.layers.phrases(f"{form.word} {rest.text}")[:1] for g in p.givens}
        counts = len(stated) != 2 and "out" not in given and [slot.name for slot in form.positional[:1]] == ["out"]
        extra = f" {stated[0]}" if counts else ""
        if extra and "kernel" not in form.slots:
            return self._with(place, extra, output)
        if "kernel" not in form.slots or len(stated) < 2:
            return self._with(place, extra, output) if extra else None
        kernels = [g.value for g in phrases[0].givens if g.slot.name == "kernel"]
        sizes = [n for k in kernels for n in (k if isinstance(k, tuple) else (k,)) if isinstance(n, int)]
        strided = "stride" in given and not re.search(r"\b(?:s|stride)\W{0,3}1\b", found[0][0])
        for options in self._options(given, arrives, stated, max(sizes, default=8) if strided else 8):
            fits = [more for more in options if self._fits(self._extended(place, extra + more, output), output)]
            if len(fits) == 1 or (fits and fits[0] == ""):
                return self._with(place, extra + fits[0], output)
            if fits:
                shown = " or ".join(f"`{more.strip()}`" for more in fits[:4])
                message = f"{output.place.text} may come of {shown}"
                raise SpecError([Fault(message, place.span(), repairs=[f"{place.text}{extra}{more}" for more in fits[:3]])])
        return None

    def _fits(self, values: list[Value], output: Fact) -> bool:
        result = self._run(values)
        return result is not None and _same(result[0], output)

    def _options(self, given: set[str], arrives: Shape, stated: Shape, kernel: int) -> list[list[str]]:
        """What may be set beside what the line gives, the plainest first; of each kind all that are looked at together.

        A padding is less than `kernel`: with a stride, no window stands on padding alone.
        """
        most = min(LARGEST_KERNEL, *arrives[1:]) if len(arrives) > 1 else 1
        open_kernel, open_pad, open_stride = ("kernel" not in given, "padding" not in given, "stride" not in given)
        kernels, pads, strides = range(1, most + 1), range(1, min(8, max(2, kernel))), range(2, 5)
        found: list[list[str]] = [[""]]
        if open_kernel and arrives[1:] == stated[-len(arrives[1:]) :] and open_pad:
            return [*found, [" k1", *(f" k{2 * p + 1} p{p}" for p in pads[:3])]]
        if open_kernel:
            found.append([f" k{k}" for k in kernels])
        if open_pad:
            found.append([f" p{p}" for p in pads])
        if open_stride:
            found.append([f" s{s}" for s in strides])
        if open_kernel and open_stride:
            found.append([f" k{k} s{s}" for k in kernels for s in strides])
        if open_stride and open_pad:
            found.append([f" s{s} p{p}" for s in strides for p in pads])
        return found

    def _extended(self, place: Scalar, more: str, output: Fact) -> list[Value]:
        end = len(place.text)
        made = compose(place, (0, end), (more, max(0, end - 1), end)) if more else place
        return self.layers.read(made)

    def _with(self, place: Scalar, more: str, output: Fact) -> list[Value]:
        values = self._extended(place, more, output)
        if more:
            self.followed.setdefault(more.strip(), []).append(f"'{shown(place)}'")
        return values


def reckoned(network: Network) -> tuple[Shape, int, int, int] | None:
    """The last output, the parameters with and without biases, the multiplications; None where a layer does not fit."""
    steps = list(network.walk())
    output = steps[-1].output
    if isinstance(output, Misfit) or any(isinstance(step.output, Misfit) for step in steps):
        return None
    learned = [w for step in steps if step.node.shares is None for w in step.node.layer.weights(step.inputs) if w.learned]
    products = 0
    for step in steps:
        assert not isinstance(step.output, Misfit)
        products += step.node.layer.operations(step.inputs, step.output).products
    return output, sum(w.count for w in learned), sum(w.count for w in learned if not w.bias), products


def _same(shape: Shape, output: Fact) -> bool:
    return contradiction(output, shape, 0, 0) is None
