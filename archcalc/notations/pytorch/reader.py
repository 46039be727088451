"""PyTorch source, read and never run: interpreted on values of our own, with a torch that knows only shapes.

What goes in is not part of such source: it comes from a comment (`# input: 1x28x28`), a tensor beside the network
(`X = torch.rand(size=(1, 1, 28, 28))`), a first nn.Linear, or `--input`.
"""

from __future__ import annotations

from collections.abc import Mapping
from functools import partial
from typing import TYPE_CHECKING

from archcalc.interpreter import margin
from archcalc.interpreter.code import Function
from archcalc.interpreter.importing import Imports
from archcalc.interpreter.onward import DEAR, Onward, passed_over
from archcalc.interpreter.values import Module, UnknownFault
from archcalc.layers.base import Shape, dims
from archcalc.network.description import Given
from archcalc.network.nodes import Network
from archcalc.notations.pytorch import vgg
from archcalc.notations.pytorch.choosing import NoNetwork, called, chosen, parameters
from archcalc.notations.pytorch.importer import Files
from archcalc.notations.pytorch.inputs import beside, candidates, hint, leaves, together
from archcalc.notations.pytorch.run import TorchMachine, parameters_of_forward, traced
from archcalc.notations.pytorch.vocabulary.misfits import Turned
from archcalc.notations.pytorch.vocabulary.objects import ModuleObject
from archcalc.text.budget import Budget
from archcalc.text.faults import Fault, SpecError
from archcalc.text.source import Source, Span

if TYPE_CHECKING:
    from archcalc.notations.pytorch.remedies.text import Remedy


def read(source: Source) -> Description:
    """The description of PyTorch source."""
    return Description(source)


MOST_TRIED = 12  # shapes that a text may mean for its input


class Description:
    """A source, and the network in it that is meant (`source.asked`, where a person said which)."""

    def __init__(self, source: Source, budget: Budget | None = None, replaced: Mapping[str, str] | None = None) -> None:
        self.source = source
        self.files = Files(source.path, replaced)
        if source.library:
            self.files.library(self.files.name)
        self.budget = budget
        self.replaced = replaced
        self.machine: TorchMachine | None = None
        self.beyond: SpecError | None = None  # a fault that the network does not depend on
        self.settings: Mapping[str, str] = {}
        self.variables: dict[str, int | float | str] = {}
        self.module: Module | None = None  # what was read last

    def network(self, given: Given = Given()) -> Network:  # noqa: B008
        """The network for what is given. Raises SpecError, with what was tried and would be read in front of its repairs.

        A search for a size, which is `strict`, asks for no repairs.
        """
        self.beyond = None
        try:
            return self._network(given)
        except SpecError as raised:
            depends = isinstance(raised, NoNetwork | UnknownFault)
            error = self.beyond if self.beyond is not None and depends else raised
            if self.machine is not None and self.replaced is None and not given.strict:
                from archcalc.notations.pytorch.remedies import mended

                mended(self.machine, error, lambda remedy: self._reads(remedy, given))
                if self.machine.budget.spent["steps"] <= DEAR:
                    read = partial(self._set, given)
                    margin.advise(error, raised, self.source, self.machine.imports, given.variables, read)
            raise error from None

    def _reads(self, remedy: Remedy, given: Given) -> bool:
        """Whether there is a network once a remedy is typed."""
        assert self.machine is not None
        source, changed = self.source, remedy.places.source
        replaced = {}
        if (changed.path, changed.text) == (source.path, source.text):
            source = Source(source.name, remedy.text(), source.notation, path=source.path, asked=source.asked)
            source.library, source.train = self.source.library, self.source.train
        else:
            replaced[changed.path] = remedy.text()
        spent, budget = self.machine.budget.spent, Budget()
        budget.spent["steps"] = spent["steps"]  # time is drawn from one budget; memory is free again after each
        trial = Description(source, budget, replaced)
        trial.files.programs = self.files.programs
        try:
            trial.network(given)
        except SpecError:
            return False
        finally:
            spent["steps"] = budget.spent["steps"]
        return True

    def _set(self, given: Given, settings: Mapping[str, str]) -> tuple[Imports | None, SpecError | None]:
        """How the reading ends with other values stated."""
        trial = Description(self.source)
        ended = None
        try:
            trial.network(given._replace(variables=settings, strict=True))
        except SpecError as error:
            ended = error
        return trial.machine.imports if trial.machine is not None else None, ended

    def _network(self, given: Given) -> Network:
        self.settings = given.variables
        if not given.bias:
            message = "PyTorch source says itself which layers have a bias: --no-bias is not for it"
            raise SpecError([Fault(message, repairs=["the column `without bias`", "bias=False in the source"])])
        try:
            machine, root, name = self._root()
        except NoNetwork as none:
            if vgg.tables(none.module):
                return self._vgg(none.module, given)
            raise
        if not leaves(root) and not any(True for _ in root.named()) and not self._computes(root):
            unread = next((u for _, module in root.walk() for u in module.unread_names.values()), None)
            if unread is not None:
                raise unread.fault("this network has no layers that are read", unread.place.span() if unread.place else None)
            place = root.place
            raise SpecError(
                [Fault("this network has no layers", place.span() if place else None, repairs=["nn.Linear(784, 10)"])]
            )
        needed, optional = parameters_of_forward(machine, root)
        tried = list(self._inputs(root, needed, optional, given.inputs))
        error: SpecError | None = None
        failing = self.machine
        for count, (inputs, note, single) in enumerate(tried):
            if count:
                machine, root, name = self._root()
            try:
                network = self._traced(root, machine, inputs, name, single)
            except SpecError as raised:
                if error is None:
                    error, failing = raised, self.machine
                continue
            if not network.nodes:
                ran = "forward runs no layer: what it is given is what it gives"
                place = root.place or root.cls.place
                raise SpecError([Fault(ran, place.span() if place else None, repairs=["x = self.fc(x) in forward"])])
            network.notes = (*filter(None, (note, self._mode())), *self.files.notes(), *network.notes)
            if self.beyond is not None:
                network.notes = (*network.notes, passed_over(self.beyond))
            network.variables = self.variables
            assert self.module is not None
            network.margin = margin.numbers(self.module)
            network.notes = (*margin.said(self.module), *network.notes)
            return network
        assert error is not None
        self.machine = failing
        raise error

    def _mode(self) -> str:
        """What is said of the mode: of training always, of evaluation where the source looks at it."""
        if self.source.train:
            return "read in training mode; the statistics of batches are not counted"
        return "read in evaluation mode (--train-mode for the other)" if ".training" in self.source.text else ""

    @staticmethod
    def _computes(root: ModuleObject) -> bool:
        """Whether it or a module in it has a forward of its own, and nothing stands in them that is not read."""
        inside = [module for _, module in root.walk()]
        return any(isinstance(m.cls.find("forward"), Function) for m in inside) and not any(m.unread_names for m in inside)

    def _vgg(self, module: Module, given: Given) -> Network:
        """Dive into Deep Learning's table of blocks."""
        stated = next(iter(given.inputs.values()), None)
        found = next(beside(self.source.text), None)
        shape, note = (stated, "") if stated else found or ((1, 224, 224), "input 1×224×224 assumed")
        taken = margin.taken(module)
        others = {n: text for n, text in given.variables.items() if n not in taken}
        network = vgg.network(self.source, module, shape, note or f"input {dims(shape)}", others)
        network.notes = (*margin.said(module), *network.notes)
        return network

    def _traced(self, root: ModuleObject, machine: TorchMachine, inputs: Mapping[str, Shape], name: str, single: bool) -> Network:
        try:
            return traced(machine, root, inputs, name, 0, single, self.source.train)
        except Turned:
            machine, root, name = self._root()
            network = traced(machine, root, inputs, name, 1, single, self.source.train)
            said = "the batch is the second dimension of the input: a layer of the network reads steps first"
            network.notes = (said, *network.notes)
            return network

    def _root(self) -> tuple[TorchMachine, ModuleObject, str]:
        machine, module = self._module()
        asked = called(module, self.source, self.settings) if self.settings and not vgg.tables(module) else self.source.asked
        root, name = chosen(machine, module, self.source, asked)
        self.variables = parameters(module, self.source) | {n: margin.value_of(text) for n, text in self.settings.items()}
        self.module = module
        return machine, root, name

    def _module(self) -> tuple[TorchMachine, Module]:
        """The source, run on a machine of its own; read on behind a fault, in which something beside the network may stand."""
        files = self.files.again()
        self.machine = machine = TorchMachine(files, self.budget)
        if self.beyond is not None:
            machine.imports = Onward(machine, files)
        machine.imports.stated = margin.stated(self.settings)
        try:
            return machine, machine.load(self.source, files.name, self.source.path.endswith("__init__.py"))
        except SpecError as error:
            if self.beyond is not None or self.replaced is not None or machine.budget.spent["steps"] > DEAR:
                raise
            self.beyond = error
            return self._module()

    def _inputs(
        self, root: ModuleObject, needed: list[str], optional: list[str], given: Mapping[str, Shape]
    ) -> list[tuple[dict[str, Shape], str, bool]]:
        """The input shapes to try, in order; what is said of each; whether they are given by position."""
        if given:
            return [self._stated(root, needed, optional, dict(given))]
        if len(needed) <= 1:
            found = [({"input": shape}, note, True) for shape, note in candidates(self.source.text, root)]
        else:
            found = [
                (dict(zip(needed, shapes, strict=True)), note, False) for shapes, note in together(self.source.text, len(needed))
            ]
        if found:
            shapes = [entry[0] for entry in found]
            # The source is run anew for each that is tried.
            return [entry for at, entry in enumerate(found) if entry[0] not in shapes[:at]][:MOST_TRIED]
        known, typed, leaf = hint(root)
        if len(needed) > 1:
            typed = " --input ".join(f"{n}={typed}" for n in needed)
            known = f"forward takes {', '.join(needed)}"
        place = leaf.place if leaf is not None and leaf.place is not None else root.place
        span = place.span() if place is not None else Span(self.source, 1, 1)
        repairs = [f"--input {typed}"] + ([f"a line `# input: {typed}`"] if len(needed) <= 1 else [])
        raise SpecError([Fault(f"the input is not known: {known}", span, repairs=repairs)])

    def _stated(
        self, root: ModuleObject, needed: list[str], optional: list[str], given: dict[str, Shape]
    ) -> tuple[dict[str, Shape], str, bool]:
        names = [*needed, *optional]
        if "" in given and len(given) == 1 and len(needed) <= 1:
            return {"input": given[""]}, "", True
        if set(given) == {"input"} and len(needed) <= 1 and "input" not in names:
            return given, "", True
        if unknown := [n for n in given if n not in names]:
            word = f"'{unknown[0]}'" if unknown[0] else "without a name"
            typed = " ".join(f"--input {n}=3x224x224" for n in needed)
            raise SpecError(
                [Fault(f"forward of {root.cls.name} takes no input {word}; it takes {', '.join(names)}", repairs=[typed])]
            )
        if lacking := [n for n in needed if n not in given]:
            raise SpecError(
                [Fault(f"forward of {root.cls.name} needs {', '.join(lacking)} too", repairs=[f"--input {lacking[0]}=16"])]
            )
        return {n: given[n] for n in names if n in given}, "", False
