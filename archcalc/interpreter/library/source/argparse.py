"""argparse, written in the subset itself: no command line is read, so every option has the value of its default."""

from _archcalc import is_unknown, no_value, say

SUPPRESS = "==SUPPRESS=="
REMAINDER = "..."
OPTIONAL = "?"


class HelpFormatter:
    pass


class ArgumentDefaultsHelpFormatter(HelpFormatter):
    pass


class RawTextHelpFormatter(HelpFormatter):
    pass


class RawDescriptionHelpFormatter(HelpFormatter):
    pass


class ArgumentTypeError(Exception):
    pass


class BooleanOptionalAction:
    pass


class Namespace:
    def __init__(self, **kwargs):
        for name in kwargs:
            setattr(self, name, kwargs[name])

    def __contains__(self, key):
        return key in self.__dict__


class _Group:
    def __init__(self, options):
        self._options = options

    def add_argument(self, *flags, action=None, nargs=None, const=None, default=None, type=None, choices=None, required=False,
                     help=None, metavar=None, dest=None, version=None):
        long = [flag for flag in flags if flag[:2] == "--"]
        first = (long or list(flags) or [dest])[0]
        name = dest or first.lstrip("-").replace("-", "_")
        positional = bool(flags) and flags[0][:1] != "-"
        if action in ("help", "version"):
            return
        if default is None and action == "store_true":
            default = False
        elif default is None and action == "store_false":
            default = True
        elif default is None and (required or (positional and nargs not in ("?", "*"))):
            default = no_value(f"the option {first}, which has no default")
        elif isinstance(default, str) and type is not None and not is_unknown(type):
            default = type(default)
        self._options[name] = default

    def add_argument_group(self, *args, **kwargs):
        return _Group(self._options)

    def add_mutually_exclusive_group(self, *, required=False):
        return _Group(self._options)

    def set_defaults(self, **kwargs):
        self._options.update(kwargs)


class ArgumentParser(_Group):
    def __init__(self, *args, **kwargs):
        super().__init__({})

    def parse_args(self, args=None, namespace=None):
        say("the options of the command line have the values of their defaults")
        found = Namespace() if namespace is None else namespace
        for name, value in self._options.items():
            setattr(found, name, value)
        return found

    def parse_known_args(self, args=None, namespace=None):
        return self.parse_args(args, namespace), []

    def get_default(self, dest):
        return self._options.get(dest)

    def print_help(self, file=None):
        pass

    def format_help(self):
        return ""
