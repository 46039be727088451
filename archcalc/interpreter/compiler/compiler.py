"""What compiles one body: its instructions so far, the names it may mean, how deep it stands."""

from __future__ import annotations

import ast

from archcalc.interpreter.code import Code, Operation
from archcalc.interpreter.instructions import names
from archcalc.interpreter.parsing import fault
from archcalc.interpreter.places import Located
from archcalc.interpreter.scopes import (
    MOST_NESTED,
    Comprehension,
    Function,
    Scope,
    name_of,
)
from archcalc.interpreter.signature import Signature
from archcalc.text.faults import SpecError


class Compiler:
    """Emits the instructions of one body."""

    __slots__ = ("code", "depth", "instructions", "loops", "nodes", "scope")

    def __init__(self, code: Code) -> None:
        self.code = code
        assert code.scope is not None
        self.scope: Scope = code.scope
        self.instructions = code.instructions
        self.nodes = code.nodes
        self.depth = 0
        self.loops = 0

    def emit(self, operation: Operation, argument: object, node: Located) -> int:
        """Add an instruction; its index, for a jump that is not known yet."""
        self.instructions.append((operation, argument))
        self.nodes.append(node)
        return len(self.instructions) - 1

    def here(self) -> int:
        """The index of the next instruction."""
        return len(self.instructions)

    def patch(self, *jumps: int) -> None:
        """Let these jumps lead to the next instruction."""
        for jump in jumps:
            self.instructions[jump] = (self.instructions[jump][0], len(self.instructions))

    def enter(self, node: Located) -> None:
        """One level deeper; refused where that is too deep."""
        self.depth += 1
        if self.depth > MOST_NESTED:
            raise self.fault(node, "nested too deep to be read", "a name for a part of it")

    def fault(self, node: Located, message: str, *repairs: str) -> SpecError:
        return fault(self.code.places, node, message, *repairs)

    # Names

    def load(self, name: str, node: Located) -> None:
        """The value of a name."""
        scope = self.scope
        name = scope.mangle(name)
        if scope.kind == "module" or name in scope.globals:
            self.emit(names.load_global, name, node)
        elif scope.kind == "class":
            self.emit(names.load_class_free if name in scope.free else names.load_class_name, name, node)
        elif name in scope.cells or name in scope.free:
            self.emit(names.load_cell, name, node)
        elif name in scope.bound:
            self.emit(names.load_local, name, node)
        else:
            self.emit(names.load_global, name, node)

    def store(self, name: str, node: Located) -> None:
        """The value on the stack becomes that of a name."""
        scope = self.scope
        name = scope.mangle(name)
        if name in scope.globals or (scope.kind == "module" and isinstance(node, ast.Name)):
            self.emit(names.store_global, name, node)
        elif scope.kind in ("module", "class") and name not in scope.nonlocals:
            self.emit(names.store_local, name, node)
        elif name in scope.cells or name in scope.free:
            self.emit(names.store_cell, name, node)
        else:
            self.emit(names.store_local, name, node)

    def delete(self, name: str, node: Located) -> None:
        """A name is without a value again."""
        scope = self.scope
        name = scope.mangle(name)
        if name in scope.globals:
            self.emit(names.delete_global, name, node)
        elif scope.kind not in ("module", "class") and (name in scope.cells or name in scope.free):
            self.emit(names.delete_cell, name, node)
        else:
            self.emit(names.delete_local, name, node)

    # Functions

    def function_code(self, node: Function | Comprehension, signature: Signature | None = None) -> Code:
        """The code of a function inside, not compiled yet."""
        code = Code(name_of(node), self.code.places, node, self.scope, self.scope.children.get(node), self.code.complete)
        if signature is not None:
            code.take(signature)
        return code

    def class_code(self, node: ast.ClassDef) -> Code:
        """The code of a class body."""
        return Code(node.name, self.code.places, node, self.scope, self.scope.children.get(node), self.code.complete)

    def signature(self, arguments: ast.arguments, node: Located) -> Signature:
        """The parameters of a function; the values of its defaults come when it is made."""
        mangle = self.scope.mangle
        positional = [mangle(a.arg) for a in (*arguments.posonlyargs, *arguments.args)]
        keyword_only = [mangle(a.arg) for a in arguments.kwonlyargs]
        rest = mangle(arguments.vararg.arg) if arguments.vararg else ""
        more = mangle(arguments.kwarg.arg) if arguments.kwarg else ""
        listed = [*positional, *keyword_only, *filter(None, (rest, more))]
        if len(set(listed)) < len(listed):
            twice = next(n for i, n in enumerate(listed) if n in listed[:i])
            raise self.fault(node, f"duplicate argument '{twice}' in function definition", "another name for one of them")
        return Signature(
            positional,
            (None,) * len(arguments.defaults),
            positional_only=len(arguments.posonlyargs),
            rest=rest,
            keyword_only=keyword_only,
            more=more,
        )
