"""The tree that `print(model)` of torch shows: modules in brackets, each with its settings and its children by name.

It is read by its brackets, so that lost indentation costs nothing. What stands around it (a prompt, a sentence) and what is left
out of it (`...`, an end that is cut off) is kept, to be said.
"""

from __future__ import annotations

import re
from bisect import bisect_right

from archcalc.text.faults import Fault, SpecError
from archcalc.text.source import Source, Span

Plain = int | float | str | bool | None | tuple["Plain", ...]

CHILD = re.compile(r"\((?P<key>[^()\n]{1,64})\):[ \t]*(?:(?P<times>\d{1,6}) x )?(?=\S)")
CLASS = re.compile(r"(?P<name>[A-Za-z_][\w.]{0,99}(?:\[[^\[\]\n]{0,99}\])?) ?\(")
PARAMETER = re.compile(r"(?:Parameter|Buffer|Tensor|Object)\b[^\n]*")
SIZES = re.compile(r"of (?:torch\.)?size (?P<sizes>\d{1,9}(?:x\d{1,9})*|(?=\]))")
NUMBER = re.compile(r"[+-]?(?:\d+\.?\d*|\.\d+)(?:[eE][+-]?\d+)?")
SETTING = re.compile(r"(?P<key>[A-Za-z_]\w*)\s*=\s*(?!=)")
LEFT_OUT = re.compile(r"\s*(?:\.{2,}|…)[\s.…]*")
PROMPT = re.compile(r"[ \t]*(?:>>>.*|\.\.\.|(?:In|Out) ?\[\d*\]:.*|print ?\(.*\)|```\w*|[A-Za-z_]\w{0,40})?[ \t]*")
WORDS: dict[str, Plain] = {"True": True, "False": False, "None": None, "inf": float("inf"), "nan": float("nan")}
DEEPEST = 60
LONGEST_NUMBER = 40
LONGEST_WORD = 200
DEEPEST_VALUE = 10


class Module:
    """A module of the tree: its name in its parent, its class, its settings as written, its children, how often it stands there.

    `sizes` is the shape of a parameter that is printed as a child. `cut` says that the text ends inside it.
    """

    __slots__ = ("children", "cls", "cut", "key", "left_out", "place", "settings", "settings_at", "sizes", "times")

    def __init__(self, key: str, cls: str, place: Span, times: int = 1) -> None:
        self.key = key
        self.cls = cls
        self.place = place
        self.times = times
        self.settings = ""
        self.settings_at = place
        self.children: list[Module] = []
        self.sizes: tuple[int, ...] | None = None
        self.cut = False
        self.left_out = False

    @property
    def written(self) -> str:
        """The module on one line."""
        return f"{self.cls}({' '.join(self.settings.split())})"


class Tree:
    """What a text shows: its modules at the top, what stands around them, and where it is cut off."""

    def __init__(self) -> None:
        self.roots: list[Module] = []
        self.around: list[tuple[str, Span]] = []
        self.cut: Module | None = None


def read_tree(source: Source) -> Tree:
    """The tree of a text. Raises SpecError."""
    return _Parser(source).tree()


class _Parser:
    def __init__(self, source: Source) -> None:
        self.source = source
        self.text = source.text
        self.starts = [0] + [m.end() for m in re.finditer("\n", self.text)]

    def span(self, at: int, end: int | None = None) -> Span:
        line = bisect_right(self.starts, at)
        return Span(self.source, line, at - self.starts[line - 1] + 1, max(1, min((end or at + 1) - at, 100)))

    def fault(self, message: str, at: int, repair: str) -> SpecError:
        return SpecError([Fault(message, self.span(at), repairs=[repair])])

    def tree(self) -> Tree:
        found = Tree()
        at = 0
        headless: Module | None = None
        while (child := CHILD.search(self.text, at)) is not None:
            begin = self._root(at, child.start())
            if begin is None:
                # Lines of a tree whose first line was not pasted.
                self._between(found, at, child.start())
                if headless is None:
                    headless = Module("", "", self.span(child.start()))
                    found.roots.append(headless)
                root, at = headless, child.start()
            else:
                self._between(found, at, begin.start())
                root = Module("", begin["name"], self.span(begin.start("name"), begin.end("name")))
                found.roots.append(root)
                at = begin.end()
            at = self._inside(root, at, found)
        self._between(found, at, len(self.text))
        return found

    def _root(self, start: int, end: int) -> re.Match[str] | None:
        """The class that is opened in front of its first child."""
        between = self.text[start:end]
        last = None
        for match in CLASS.finditer(between):
            if "(" not in between[match.end() :] and not re.search(r"\)\s*\S*\s*$", between[match.end() :]):
                last = match
        if last is None:
            return None
        return CLASS.match(self.text, start + last.start())

    def _between(self, found: Tree, start: int, end: int) -> None:
        """What stands before, between and behind the trees: prompts, and lines that are said to be passed over."""
        at = start
        for line in self.text[start:end].split("\n"):
            if not PROMPT.fullmatch(line):
                begin = at + len(line) - len(line.lstrip())
                if line.strip() == ")" * len(line.strip()):
                    raise self.fault("this bracket closes nothing", begin, "the text without it")
                found.around.append((line.strip(), self.span(begin, at + len(line))))
            at += len(line) + 1

    def _inside(self, root: Module, at: int, found: Tree) -> int:
        """Reads what is in the brackets of a module, and in those inside them; returns where they end."""
        open_ = [root]
        while open_:
            here = open_[-1]
            at = self._space(at)
            if at >= len(self.text):
                if here.cls or len(open_) > 1:
                    found.cut = here
                    for module in open_:
                        module.cut = True
                return at
            if self.text[at] == ")":
                if not here.cls:
                    raise self.fault("this bracket closes nothing", at, "the text without it")
                open_.pop()
                at += 1
                continue
            child = CHILD.match(self.text, at)
            if child is None:
                if not here.cls:
                    return at  # below a tree without its first line
                at = self._settings(here, at)
                continue
            at = self._child(here, child, open_)
        return at

    def _child(self, here: Module, child: re.Match[str], open_: list[Module]) -> int:
        """A child: opened, or a parameter that is printed on its line. Returns where reading goes on."""
        key, times = child["key"].strip(), int(child["times"] or 1)
        cls = CLASS.match(self.text, child.end())
        if cls is None or PARAMETER.match(self.text, child.end()):
            parameter = PARAMETER.match(self.text, child.end())
            if parameter is None:
                end = self.text.find("\n", child.end())
                end = len(self.text) if end < 0 else end
                if LEFT_OUT.fullmatch(self.text[child.end() : end]):
                    here.left_out = True
                    return end
                raise self.fault(f"'{self.text[child.end() : end][:40]}' is no module", child.end(), "ReLU()")
            made = Module(key, "Parameter", self.span(child.start(), parameter.end()))
            sizes = SIZES.search(parameter[0])
            if sizes is not None:
                made.sizes = tuple(int(n) for n in sizes["sizes"].split("x") if n)
            made.settings = parameter[0]
            here.children.append(made)
            return parameter.end()
        made = Module(key, cls["name"], self.span(cls.start("name"), cls.end("name")), times)
        if times > 1 or "-" in key:
            self._repeated(made, child)
        if len(open_) > DEEPEST:
            raise self.fault(f"modules more than {DEEPEST} deep", child.start(), "fewer levels")
        here.children.append(made)
        open_.append(made)
        return cls.end()

    def _repeated(self, made: Module, child: re.Match[str]) -> None:
        """`(0-5): 6 x Block(`: the numbers and the count say the same, or the text is wrong."""
        ends = re.fullmatch(r"(\d{1,6})-(\d{1,6})", made.key)
        if ends is None and made.times == 1:
            return  # a name with a dash
        if ends is None or int(ends[2]) - int(ends[1]) + 1 != made.times or made.times < 1:
            count = int(ends[2]) - int(ends[1]) + 1 if ends else 0
            right = f"{count} x" if count > 1 else f"(0-{max(made.times, 2) - 1}): {max(made.times, 2)} x"
            raise self.fault(f"({made.key}) does not stand for {made.times} modules", child.start(), right)

    def _settings(self, here: Module, at: int) -> int:
        """Settings up to the bracket that closes the module, or to its first child."""
        start, depth, quote = at, 0, ""
        while at < len(self.text):
            char = self.text[at]
            if quote:
                quote = "" if char == quote else quote
            elif char in "'\"":
                quote = char if self._closes(at, char) else ""
            elif char in "([{<":
                if char == "(" and not depth and CHILD.match(self.text, at) and self._begins_line(at):
                    break
                depth += char != "<"
            elif char in ")]}":
                if not depth:
                    break
                depth -= 1
            at += 1
        text = self.text[start:at]
        if LEFT_OUT.fullmatch(text):
            here.left_out = True
        else:
            here.settings = f"{here.settings} {text.strip()}".strip()
            here.settings_at = self.span(start, at)
        if at < len(self.text) and self.text[at] in "]}":
            raise self.fault(f"'{self.text[at]}' closes nothing here", at, ")")
        return at

    def _closes(self, at: int, quote: str) -> bool:
        """Whether a quotation mark is closed on its line, and near: an apostrophe in a setting is none."""
        end = self.text.find("\n", at + 1, at + LONGEST_WORD)
        return self.text.find(quote, at + 1, at + LONGEST_WORD if end < 0 else end) >= 0

    def _begins_line(self, at: int) -> bool:
        while at > 0 and self.text[at - 1] in " \t":
            at -= 1
        return at == 0 or self.text[at - 1] in "\n)("

    def _space(self, at: int) -> int:
        while at < len(self.text) and self.text[at].isspace():
            at += 1
        return at


def settings_of(text: str) -> tuple[list[Plain], dict[str, Plain]]:
    """Settings as values: those without a name in order, and those with one."""
    bare: list[Plain] = []
    named: dict[str, Plain] = {}
    for part in _split(text):
        match = SETTING.match(part)
        if match is not None:
            named[match["key"]] = value_of(part[match.end() :])
        elif part == "inplace":
            named["inplace"] = True  # torch before 1.2
        elif part:
            bare.append(value_of(part))
    return bare, named


def value_of(text: str, depth: int = 0) -> Plain:
    """A value as Python prints it; a word that is none stays text."""
    text = text.strip()
    if text in WORDS:
        return WORDS[text]
    if NUMBER.fullmatch(text) and len(text) <= LONGEST_NUMBER:
        return float(text) if any(c in text for c in ".eE") else int(text)
    if len(text) > 1 and text[0] == text[-1] and text[0] in "'\"":
        return text[1:-1]
    if text[:1] in ("(", "[") and text[-1:] in (")", "]") and depth < DEEPEST_VALUE:
        return tuple(value_of(part, depth + 1) for part in _split(text[1:-1]) if part)
    return text


def _split(text: str) -> list[str]:
    """The parts between commas that stand in no brackets."""
    found, depth, start = [], 0, 0
    for at, char in enumerate(text):
        depth += (char in "([{") - (char in ")]}")
        if char == "," and depth <= 0:
            found.append(text[start:at].strip())
            start = at + 1
    return [*found, text[start:].strip()]
