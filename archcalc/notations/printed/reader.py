"""What `print(model)` of torch shows: modules, their settings, who holds whom; not who reads whom.

A tree of nn.Sequential alone runs in the order in which it is printed, and is read as that source. In any other the parameters
of every module follow from its settings, and shapes and multiplications are unknown.
"""

from __future__ import annotations

from collections.abc import Sequence

from archcalc.network.description import Given
from archcalc.network.nodes import Network, Told
from archcalc.notations.building import Building
from archcalc.notations.printed.told import Printed, Rewritten, finished, nothing_else, untold
from archcalc.notations.printed.torch import Held, held, in_source, values_of
from archcalc.notations.printed.tree import Module, Plain, Tree, read_tree
from archcalc.text.faults import Fault, SpecError, ValueFault, suggestions
from archcalc.text.source import Source, Span

SOURCE = "the source it was printed of: archcalc params model.py --input 3x224x224"
MOST_SHOWN = 4


def read(source: Source) -> PrintedModel:
    """The description of a printed model. Raises SpecError."""
    tree = read_tree(source)
    if not tree.roots:
        raise SpecError([Fault("no module stands here", Span(source, 1, 1), repairs=["(fc): Linear(in_features=3, …)"])])
    return PrintedModel(source, tree, _chosen(source, tree.roots))


def _chosen(source: Source, roots: Sequence[Module]) -> Module:
    """The one model that is meant. Raises SpecError where there are several."""
    names = [root.cls for root in roots]
    if source.asked:
        found = [root for root in roots if root.cls == source.asked]
        if len(found) == 1:
            return found[0]
        near = suggestions(source.asked, names) or names[:3]
        message = f"{len(found) or 'no'} printed models are called '{source.asked[:60]}'"
        raise SpecError(
            [Fault(message, roots[0].place, repairs=[f"{source.name}:{name}" for name in near if name] or ["another"])]
        )
    if len(roots) > 1:
        message = f"{len(roots)} models are printed here: {', '.join(name or 'one without its first line' for name in names[:5])}"
        repairs = [f"{source.name}:{name}" for name in dict.fromkeys(names) if name and names.count(name) == 1]
        raise SpecError([Fault(message, roots[1].place, repairs=repairs[:3] or ["the text of one of them"])])
    return roots[0]


class PrintedModel:
    """A printed model that has been read."""

    def __init__(self, source: Source, tree: Tree, root: Module) -> None:
        self.source = source
        self.tree = tree
        self.root = root

    def network(self, given: Given = Given()) -> Network:  # noqa: B008 a tuple of what is given, never changed
        """The network for what is given. Raises SpecError with every fault."""
        asks = ""
        if self._in_order():
            try:
                return self._noted(self._sequential(given))
            except SpecError as error:
                if given.inputs or not error.faults[0].message.startswith("the input is not known"):
                    raise
                asks = error.faults[0].tries[0]
        return self._noted(_Reader(self, given, asks).network())

    def _noted(self, network: Network) -> Network:
        """The same with what is to be said of the text."""
        notes = []
        around = self.tree.around
        if around:
            shown = ", ".join(f"'{text[:40]}'" for text, _ in around[:MOST_SHOWN])
            notes.append(f"what stands around the model is passed over: {shown}{' …' if len(around) > MOST_SHOWN else ''}")
        if self.root.cut and self.tree.cut is not None:
            inside = self.tree.cut.key or self.tree.cut.cls
            notes.append(f"the text ends inside {inside}: what stood behind is not counted")
        if _left_out(self.root):
            notes.append("what `…` leaves out of the text is not counted")
        network.notes = (*notes, *network.notes)
        return network

    # -- a tree of Sequential -------------------------------------------------------------------------------------------

    def _in_order(self) -> bool:
        """Whether the order of execution is in the text: nothing but nn.Sequential holds the layers."""
        waiting = [self.root]
        while waiting:
            module = waiting.pop()
            if module.cls == "Sequential":
                if module.settings or module.cut or module.left_out:
                    return False
                waiting += module.children
            elif module is self.root or module.cut or not in_source(module):
                return False
        return True

    def _sequential(self, given: Given) -> Network:
        """The network of the same nn.Sequential as source. Raises SpecError."""
        from archcalc.notations.pytorch.reader import Description

        lines = ["from collections import OrderedDict; from torch import nn; net = \\"]
        places: dict[int, Span] = {}
        notes: list[str] = []

        def write(module: Module, key: str) -> None:
            places[len(lines) + 1] = module.place
            name = f"({key!r}, " if key else ""
            if module.cls == "Sequential":
                lines.append(f"{name}nn.Sequential(OrderedDict([")
                for child in module.children:
                    for number in _keys(child):
                        write(child, number)
                lines.append("]))" + (")," if key else ""))
            else:
                bare, named, _, note = values_of(module)
                if note and note not in notes:
                    notes.append(note)
                made = ", ".join([*map(_typed, bare), *(f"{k}={_typed(v)}" for k, v in named.items())])
                lines.append(f"{name}nn.{module.cls}({made})),")

        write(self.root, "")
        rewritten = Rewritten(self.source, lines, places)
        network = rewritten.network(Description(rewritten.text, replaced={}), given)
        network.name = Building(self.source, given).stem()
        network.notes = (*notes, *network.notes)
        return network


def _keys(module: Module) -> list[str]:
    """The names under which a module stands in its parent: `(0-2): 3 x …` are three."""
    if module.times == 1:
        return [module.key]
    first = int(module.key.partition("-")[0])
    return [str(first + i) for i in range(module.times)]


def _typed(value: Plain) -> str:
    return f"float('{value}')" if isinstance(value, float) and (value != value or abs(value) == float("inf")) else repr(value)


def _left_out(root: Module) -> bool:
    waiting = [root]
    while waiting:
        module = waiting.pop()
        if module.left_out:
            return True
        waiting += module.children
    return False


class _Reader:
    """The rows of one printed model whose order of execution is not known."""

    def __init__(self, model: PrintedModel, given: Given, asks: str) -> None:
        self.model = model
        self.asks = asks
        self.building = Building(model.source, given)
        self.unknown: dict[str, str] = {}  # a class whose parameters are not known, and where it first stands
        self.notes: dict[str, None] = {}

    def network(self) -> Network:
        root = self.model.root
        with self.building.reading():
            nothing_else(self.building, "what print(model) shows", "what print(model) shows does not say what reads the input")
            self._module(root, "")
        network = finished(self.building, root.cls if root.cls not in ("", "Sequential") else "")
        if self.asks:
            message = "the size of the input is not in what print(model) shows"
            notes = [f"{message}: `{self.asks}` gives shapes and multiplications too"]
            untold(network, message, root.place, self.asks)
        else:
            message = "print(model) does not show in which order its modules run: their shapes are not known"
            notes = [
                "print(model) does not show in which order modules run, so output shapes and multiplications are unknown (?)"
            ]
            untold(network, message, root.place, SOURCE)
        notes.append(
            "parameters that a module holds itself (nn.Parameter) are not printed, and not counted; shared ones are counted twice"
        )
        for cls, path in self.unknown.items():
            notes.append(f"{path}: {cls} is no class of torch.nn that prints so; whether it holds parameters is unknown")
        network.notes = (*notes, *self.notes, *network.notes)
        return network

    def _module(self, module: Module, path: str) -> None:
        """A module and what is in it; a module that holds others has a row where it may hold more."""
        self.building.begin()
        try:
            found = None if module.cut and not module.children else held(module)
        except ValueFault as error:
            self.building.fault(f"{module.cls}: {error.message}", module.settings_at, *error.repairs)
            return
        attention = found is not None and module.cls == "MultiheadAttention"
        if module.children and not attention:
            if path:
                self.building.graph.group(path, module.cls)
            if found is None and module.settings:
                self._row(module, f"{path}.itself" if path else "itself", found)
            for child in module.children:
                for key in _keys(child):
                    self._module(child, f"{path}.{key}" if path else key)
        elif path or not module.cut:
            self._row(module, path or module.cls, found)

    def _row(self, module: Module, path: str, found: Held | None) -> None:
        if found is not None:
            if found.note:
                self.notes[found.note] = None
            layer, told = found.layer, Told(weights=found.weights)
        else:
            layer, told = Printed(module.written), Told()
            self.unknown.setdefault(module.cls, path)
        self.building.graph.add(layer, [], path, module.place, told=told)
