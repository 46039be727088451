"""An interpreter of a stated subset of Python that runs nothing of Python's: it knows no torch and no Keras.

A text becomes instructions of our own (`compiler`), which the machine runs (`interpreting`) on frames and on values of our own
(`code`, `values`). A text can reach no object of Python's, no file, no name of the host; it can exhaust nothing: every step,
every value held and every call inside another is drawn from a `Budget` before it is made. What is not known is `Unknown`, spreads
to what is computed from it, and is a fault where something depends on it.

How a vocabulary stands beside it
---------------------------------

A vocabulary (torch, Keras) is a table of modules. What its objects know is kept in a subclass of `Instance`, in slots that no
program can see; what a program sees of them are the functions entered in a `Class`:

    from archcalc.interpreter.values import Class, Instance, Module, Result, Task, host_class

    class Tensor(Instance):
        __slots__ = ("shape",)

        def __init__(self, shape):
            super().__init__(TENSOR)
            self.shape = shape

    TENSOR = host_class("Tensor", Tensor, module="torch")
    TORCH = Module("torch")
    NN = Module("torch.nn")
    TORCH.names["Tensor"] = TENSOR
    TORCH.names["nn"] = NN

    @TORCH.function("cat", "concat")                     # the signature is the host function's own, less `machine`
    def cat(machine, tensors, dim=0): ...

    @TENSOR.method()                                     # t.view(-1, 400)
    def view(machine, self, *shape): ...

    @TENSOR.method("__add__", "__radd__")                # operators are methods, as in Python; NOT_IMPLEMENTED passes on
    def add(machine, self, other): ...

    @TENSOR.method("__bool__")
    def decides(machine, self):
        raise machine.fault("the value of a tensor decides here, and only shapes are known", "a condition on its shape")

    @TENSOR.getter()                                     # t.shape
    def shape(machine, self): ...

A class of a program derives from a class of the vocabulary as from any other: its objects are then made of the same host class,
`super().__init__()`, `isinstance` and overriding work, and these methods are asked where the class has them:
`__init__ __new__ __call__ __getattr__ __setattr__ __delattr__ __getitem__ __setitem__ __delitem__ __len__ __iter__ __next__
__contains__ __bool__ __eq__ … __add__ __radd__ __iadd__ … __neg__ __invert__ __enter__ __exit__ __repr__ __str__ __format__
__hash__ __index__ __int__ __float__ __init_subclass__ __set_name__ __class_getitem__`.

    class ModuleObject(Instance):
        __slots__ = ("children", "parameters")

        def __init__(self, cls):                         # made by `Net(…)` before `__init__`, with the class of the program
            super().__init__(cls)
            self.children, self.parameters = {}, {}

    MODULE = host_class("Module", ModuleObject, module="torch.nn.modules.module")

    @MODULE.method("__setattr__", unknown=True)          # takes Unknown values as they are
    def set_attribute(machine, self, name, value):
        if isinstance(value, ModuleObject):
            self.children[name] = value
            return None
        return machine.set_plainly(self, name, value)    # what object.__setattr__ does

    @MODULE.method("__getattr__")                        # asked for what ordinary look-up does not find
    def get_attribute(machine, self, name):
        if name in self.children:
            return self.children[name]
        raise machine.error("AttributeError", f"'{self.cls.name}' object has no attribute '{name}'")

    @MODULE.method("__call__")
    def call(machine, self, *args, **kwargs):            # calls the program, so it is a generator: it yields the call
        entered = machine.state.setdefault("modules", [])
        entered.append(self)
        try:
            forward = yield machine.get(self, "forward")
            return (yield machine.call(forward, *args, **kwargs))
        finally:
            entered.pop()

The signature is read from the host function, so a wrong call is an exception of the program with Python's words. Where a
signature is made from a table (the settings of a layer), give `Native(name, function, signature=Signature(…), …)`, or take
`(machine, args, kwargs)` with `raw=True`.

What the machine offers (`machine.Machine`)
-------------------------------------------

What may have to run the program gives a `Result`: inside a host function **yield it** and be sent the value.

    machine.call(function, *args, **kwargs)              # anything callable
    machine.get(value, "name")  .set(value, "name", v)  .delete(value, "name")
    machine.find(value, "name")                          # as get; UNSET where there is none
    machine.binary("+", a, b)   .unary("-", a)   .compare("==", a, b)   .contains(container, item)
    machine.index(value, key)   .set_index(value, key, v)
    machine.truth(value)        .length(value)   .items(value)           # a List of all it iterates over, bounded
    machine.text(value)         .written(value)                          # str and repr
    machine.set_plainly(instance, name, v)               # past a program's or vocabulary's own hooks

At once, without a yield:

    machine.error("TypeError", "…")      # an exception of the program, to raise: a program may catch it
    machine.fault("…", "what to type")   # a SpecError at this place, to raise: no program can catch it
    machine.place()  .span()             # the innermost place in a file of the person's
    machine.places()                     # every call's place, innermost first: (function's name, Place)
    machine.class_of(value)  .is_instance(value, cls)
    machine.make_unread(value, unknown)  # what may have changed is unknown from here on, with all that is reached through it
    machine.hand_over(value, unknown)    # the same where something unknown is given a value, unless it is harmless
    machine.budget.spend("nodes", 1, machine.span)
    machine.state                        # a dict for the vocabulary's own state of this run
    machine.known(value)                 # raises MetUnknown for an Unknown, and lists that hold one, else gives the value

From outside:

    machine = Interpreter(importer, budget)              # interpreting.Interpreter
    module = machine.load(source, "model")               # a Module; .names holds what the file defines
    value = machine.evaluate("ResNet(BasicBlock, [2, 2, 2, 2])", module)    # Source or text of an expression
    value = machine.run(value, x)                        # a call
    value = machine.finish(result)                       # any Result, run to its end

An importer answers what a name of a module is (`importing.Importer`): a `Module` of a vocabulary, a `Source` to be read the same
way, ABSENT (`ImportError`, as Python raises where nothing is installed), or None: then the name is Unknown.
"""
