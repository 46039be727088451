"""A file that a command writes: beside its place first, then renamed, so that what was there is whole until the new one is."""

from __future__ import annotations

import os
from contextlib import suppress

from archcalc.text.faults import Fault, SpecError


def write_file(path: str, text: str | bytes, source: str, force: bool = False) -> None:
    """Writes a command's answer to a file; over one that is there already with `force` alone.

    `source` is what it was made of, which is never overwritten. A pipe or a device is written to as it is, a link not followed.
    Raises SpecError.
    """
    data = text if isinstance(text, bytes) else text.encode("utf-8", "backslashreplace")
    if os.path.exists(source) and os.path.exists(path) and os.path.samefile(source, path):
        raise _refused(f"{path} is what is read: it would be overwritten", f"-o {_other(path)}")
    try:
        if os.path.exists(path) and not os.path.isfile(path):
            with open(path, "wb") as stream:
                stream.write(data)
            return
        if os.path.islink(path):
            raise _refused(f"{path} is a link, and links are not followed", f"-o {os.path.realpath(path)}")
        if os.path.exists(path) and not force:
            raise _refused(f"{path} is there already", f"-o {_other(path)}", f"-o {path} --force")
        beside = f"{path}.{os.getpid()}.part"
        try:
            with open(beside, "xb") as file:
                file.write(data)
            if os.path.exists(path):
                os.chmod(beside, os.stat(path).st_mode & 0o7777)
            os.replace(beside, path)
        except BaseException:
            with suppress(OSError):
                os.remove(beside)
            raise
    except (OSError, ValueError) as error:
        reason = error.strerror if isinstance(error, OSError) and error.strerror else "not a usable path"
        raise _refused(f"{path[:100]}: {reason}", "-o in a folder that can be written to, or no -o for standard output") from None


def _other(path: str) -> str:
    """A free name beside a file."""
    stem, suffix = os.path.splitext(path)
    return next(name for n in range(2, 10**9) if not os.path.lexists(name := f"{stem}_{n}{suffix}"))


def _refused(message: str, repair: str, *more: str) -> SpecError:
    return SpecError([Fault(message, repairs=(repair, *more))])
