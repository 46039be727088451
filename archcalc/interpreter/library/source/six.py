"""six, for programs of two Pythons, of which this reads the later one."""

from functools import wraps

import six.moves as moves

PY2 = False
PY3 = True
PY34 = True
string_types = (str,)
text_type = str
integer_types = (int,)
class_types = (type,)


def iterkeys(d):
    return iter(d.keys())


def itervalues(d):
    return iter(d.values())


def iteritems(d):
    return iter(d.items())


def raise_from(value, cause):
    raise value from cause


def add_metaclass(metaclass):
    return lambda cls: cls


def callable(value):
    return hasattr(value, "__call__")
