"""What the sections of a cfg file have in common while its network is built: the layers so far, and values of options."""

from __future__ import annotations

from archcalc.notations.building import Building
from archcalc.notations.darknet.sections import WHOLE, Option, Section
from archcalc.text.source import Span

LARGEST = 10**9


class Work:
    """One network being built from a cfg file. `made` holds the node of every section by its number, None after a fault."""

    def __init__(self, building: Building) -> None:
        self.building = building
        self.graph = building.graph
        self.source = building.source
        self.input: int | None = None
        self.made: list[int | None] = []
        self.convolutions: dict[int, tuple[int, int | None]] = {}  # by section: whose weights it has, and whose statistics

    def fault(self, message: str, span: Span | None, repair: str, *more: str) -> None:
        """Notes a fault; reading goes on to find the others."""
        self.building.fault(message, span, repair, *more)

    def whole(self, section: Section, key: str, default: int, least: int = 1) -> int:
        """A whole number of at least `least`; the default where it is not given, and after a fault."""
        option = section.take(key)
        if option is None:
            return default
        number = self.number(option, option.value)
        if number is None:
            return default
        if number < least:
            self.fault(f"{key}={number} is too small: the least is {least}", option.span, f"{key}={max(least, default)}")
            return default
        return number

    def number(self, option: Option, text: str) -> int | None:
        """A whole number written in an option; None after a fault."""
        match = WHOLE.match(text)
        if match is None or abs(int(match[1][:20])) > LARGEST:
            what = "is no whole number" if match is None else "is too large: the most allowed is 1,000,000,000"
            self.fault(f"{option.key}: '{text[:40]}' {what}", option.span, f"{option.key}=1")
            return None
        return int(match[1])

    def before(self, section: Section) -> int | None:
        """The node that a section reads where it names none."""
        return self.made[section.number - 1] if section.number else self.input

    def named(self, section: Section, key: str) -> list[int | None]:
        """The nodes that a section names by numbers."""
        return [None if number is None else self.made[number] for number in self.numbers(section, key)]

    def numbers(self, section: Section, key: str) -> list[int | None]:
        """The layers that a section names: negative numbers count back from here, others from the first layer, 0."""
        option = section.take(key)
        if option is None:
            self.fault(f"[{section.name}] needs {key}=", section.span, f"{key}=-1")
            return [None]
        found: list[int | None] = []
        text = option.value.split("#")[0].split(";")[0].rstrip(",")
        for part in text.split(","):
            number = self.number(option, part)
            index = None if number is None else section.number + number if number < 0 else number
            if index is not None and not 0 <= index < section.number:
                least = f"{-section.number} to -1, or 0 to {section.number - 1}" if section.number else "none: this is the first"
                message = f"{key}: there is no layer {number} before this one, which is layer {section.number}"
                self.fault(message, option.span, least)
                index = None
            found.append(index)
        return found
