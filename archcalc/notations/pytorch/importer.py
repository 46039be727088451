"""What the imports of a source mean: torch by its vocabulary, files beside it read the same way, everything else unknown."""

from __future__ import annotations

import os
import sys
from collections.abc import Mapping
from copy import copy

from archcalc.interpreter.importing import Importer, Programs
from archcalc.interpreter.values import Module
from archcalc.notations.pytorch.vocabulary import OTHERS, Vocabulary
from archcalc.text.files import decode
from archcalc.text.source import Source

# Libraries of which nothing is known but that they do not change a network they are given.
HARMLESS = frozenset(
    "numpy matplotlib tqdm PIL cv2 pandas sklearn scipy tensorboardX tensorboard wandb torchsummary torchinfo thop fvcore "
    "ptflops yaml requests IPython torchvision torchtext torchaudio datasets tensorflow seaborn skimage imageio h5py".split()
)
# Libraries whose source is read where they are installed.
INSTALLED = frozenset(["torchvision"])
MOST_BYTES = 2_000_000


class Files(Importer):
    """The importer of a source: `package` is the name of its file's package, `roots` are the folders names are looked for in,
    `replaced` the texts that stand for those of some files, by path.

    What was read and compiled is kept, so that the same files are run `again` without being read again.
    """

    harmless = HARMLESS

    def __init__(self, path: str, replaced: Mapping[str, str] | None = None) -> None:
        self.replaced = replaced or {}
        self.name = "__main__"
        self.package = ""
        self.roots: list[str] = []
        self.packages: set[str] = set()
        self.above: list[str] | None = None  # further folders of the project, once they are asked for
        self.elsewhere: dict[str, None] = {}  # files that were found there, each once
        self.sources: dict[str, Source | None] = {}
        self.libraries: set[str] = set()
        self.vocabulary = Vocabulary()
        self.programs = Programs()
        if path:
            self._settle(os.path.abspath(path))

    def _settle(self, path: str) -> None:
        folder, file = os.path.split(path)
        stem = file[:-3] if file.endswith(".py") else file
        parts = [] if stem == "__init__" else [stem]
        self.roots = [folder]
        at = folder
        while os.path.isfile(os.path.join(at, "__init__.py")) and os.path.dirname(at) != at:
            at, name = os.path.split(at)
            parts.insert(0, name)
        if at != folder:
            self.package = parts[0]
            self.roots.append(at)
        self.name = ".".join(parts) or "__main__"

    def again(self) -> Files:
        """The same files for another run, which has a vocabulary of its own: a program may change that."""
        files = copy(self)
        files.vocabulary = Vocabulary()
        return files

    def notes(self) -> list[str]:
        """What is said of files that lie elsewhere in the project."""
        names = list(self.elsewhere)
        more = f" and {len(names) - 6} more" if len(names) > 6 else ""
        return [f"read of the same project: {', '.join(names[:6])}{more}"] if names else []

    def library(self, name: str) -> None:
        """Lets a library that is installed be read as text."""
        self.libraries.add(name.partition(".")[0])

    def find(self, name: str) -> Module | Source | None:
        root = name.partition(".")[0]
        if root not in OTHERS or root not in self.libraries:
            found = self.vocabulary.find(name)
            if found is not None:
                return found
        if name not in self.sources:
            self.sources[name] = self._read(name)
        return self.sources[name]

    def is_package(self, name: str) -> bool:
        self.find(name)
        return name in self.packages

    def _read(self, name: str) -> Source | None:
        first = name.partition(".")[0]
        parts = name.split(".")
        if not all(part.isidentifier() for part in parts):
            return None
        for root in self.roots:
            if root != self.roots[0] and first != self.package:
                continue
            if found := self._file(root, parts, name):
                return found
        if found := self._of_own_folder(parts, name):
            return found
        if found := self._above(parts, name):
            return found
        if first in self.libraries or first in INSTALLED:
            for root in sys.path:
                if found := self._file(root, parts, name):
                    return found
        return None

    def _above(self, parts: list[str], name: str) -> Source | None:
        """A file of the project that the one that was named lies in, from where its programs are started."""
        if parts[0] in sys.stdlib_module_names:
            return None
        if self.above is None:
            self.above = folders_above(self.roots[0]) if self.roots else []
        for root in self.above:
            if found := self._file(root, parts, name):
                if found.text.strip():
                    self.elsewhere[found.name] = None
                return found
            if parts[0] != "src" and os.path.isdir(os.path.join(root, *parts)) and _has_python(os.path.join(root, *parts)):
                self.packages.add(name)  # a folder without an __init__.py is a package as well
                return Source(name, "", path=os.path.join(root, *parts, "__init__.py"))
        return None

    def _of_own_folder(self, parts: list[str], name: str) -> Source | None:
        """A file beside the one that was named, by the name of the folder that both stand in, which is no package."""
        if self.package or not self.roots or parts[0] != os.path.basename(self.roots[0]):
            return None
        if len(parts) == 1:
            self.packages.add(name)
            return Source(name, "", path=self.roots[0])
        return self._file(self.roots[0], parts[1:], name)

    def _file(self, root: str, parts: list[str], name: str) -> Source | None:
        path = os.path.join(root, *parts)
        for file, package in ((f"{path}.py", False), (os.path.join(path, "__init__.py"), True)):
            if os.path.isfile(file) and os.path.getsize(file) <= MOST_BYTES:
                if package:
                    self.packages.add(name)
                return Source(file, self.replaced[file], path=file) if file in self.replaced else read_file(file)
        return None


# What lies in the folder of a whole project, and how far above a file it is looked for.
ROOT = ".git pyproject.toml setup.py setup.cfg requirements.txt environment.yml README.md README.rst README".split()
MOST_ABOVE = 4


def folders_above(folder: str) -> list[str]:
    """The folders above one up to that of its project; none where no folder says that it is one's."""
    found: list[str] = []
    at = folder
    for _ in range(MOST_ABOVE):
        if any(os.path.exists(os.path.join(at, mark)) for mark in ROOT):
            return found
        above = os.path.dirname(at)
        if above == at:
            return []
        found.append(above)
        at = above
    return found if any(os.path.exists(os.path.join(at, mark)) for mark in ROOT) else []


def _has_python(folder: str) -> bool:
    with os.scandir(folder) as entries:
        return any(entry.name.endswith(".py") for entry in entries)


def read_file(path: str) -> Source:
    """The text of a file, as it is named from here."""
    shown = os.path.relpath(path)
    with open(path, "rb") as file:
        return decode(path if shown.startswith("..") else shown, file.read(), path=path)
