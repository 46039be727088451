"""Which piece of a line is what: the word that names the layer, its settings before and after, the layers that follow."""

from __future__ import annotations

import re

from archcalc.layers import KINDS, layer_class, normal
from archcalc.layers.kinds import LISTED, Choice, Count, Real
from archcalc.notations.own.expression import literal
from archcalc.notations.own.phrase.forms import Form, Given, Phrase, Slot, Words, layer_form, near_word
from archcalc.notations.own.phrase.tokens import (
    LONGEST,
    PhraseFault,
    Token,
    Word,
    is_expression,
    is_number,
    is_size,
    parse_value,
    tokens,
)
from archcalc.text.faults import ValueFault
from archcalc.text.signs import plain

# Nouns that a number may be counted in (`64 filters`, `2 layers`, `8 heads`).
_NOUNS = """filters filter channels channel units unit features feature maps map neurons neuron nodes node outputs output
    kernels layers layer input inputs heads head groups group hidden classes class cells cell"""
# Words and signs that carry no setting in a textbook's line; the one list of them.
_QUIET = """of with and a an the by each per using number size sized activation kernel kernel: window nonlinearity function
    then at has have uses having probability - + & -> → => @ zero"""
# Nouns that say something of their own where no number stands beside them: `3x3 group conv`.
_COUNTED_ONLY = frozenset(["group", "groups", "head", "heads", "hidden", "class", "classes"])
COUNTED = frozenset(_NOUNS.split())
FILLERS = COUNTED | frozenset(_QUIET.split())
ACTIVATION = frozenset(["activation", "act", "nonlinearity", "activationfunction"])
NO_ACTIVATION = frozenset(["none", "linear", "identity", "null", "~"])
_LETTER = re.compile(r"([A-Za-z]{1,2})[=:]?((?:\d|\?|\(|keep).*)")
# Lecture notes' letters: K filters of size F, where both are said.
_LETTERS_KF = r"(?<![\w=])[KFf](\s*[=:]\s*)(?=\d)"
_OPERATORS = frozenset(["*", "**", "//", "/", "%", "+", "-"])


class Parser:
    """Parses one line; holds the tokens, where it stands, and where it may not look beyond."""

    def __init__(self, text: str, lexicon: Words, inner: list[Token] | None = None) -> None:
        if len(text) > LONGEST:
            raise PhraseFault(
                f"a line of {len(text):,} characters; the longest allowed is {LONGEST:,}", 0, 1, "a line for every layer"
            )
        self.text = _filters_and_size(plain(text))
        self.lexicon = lexicon
        self.tokens = _sums(tokens(self.text), self.text, lexicon.variables) if inner is None else inner
        self.at = 0
        self.end = len(self.tokens)
        self.followers: list[Phrase] = []

    def phrases(self) -> list[Phrase]:
        """The layer of the line and those that follow it. Raises PhraseFault."""
        if not self.tokens:
            raise PhraseFault("an empty line", 0, 1, "a layer, as in conv 16 k3")
        found = [self._first(), *self.followers]
        while self.at < len(self.tokens):
            word, start, end = self.tokens[self.at]
            if word in self.lexicon.variables:
                found.append(Phrase(found[-1].form, [], start, end, variable=word))
                self.at += 1
                continue
            form, count = self._form_at(self.at)
            extra: list[Token] = []
            if form is None:
                form, extra = self._glued(self.at)
                count = 1
            if form is None:
                raise self._stray(found[-1].form)
            if not form.follows:
                last = found[-1].form.word
                raise PhraseFault(f"'{word}' starts a layer of its own after {last}", start, end, "a new line for it")
            self.followers = []
            found += [self._phrase(form, self.at, self.at, count, extra), *self.followers]
        return found

    # -- the word -------------------------------------------------------------------------------------------------

    def _first(self) -> Phrase:
        """The first phrase; its word may stand after its settings, as in `3x3 conv, 64`."""
        for index in range(len(self.tokens)):
            form, count = self._form_at(index)
            extra: list[Token] = []
            if form is None:
                form, extra = self._glued(index)
                count = 1
            if form is None:
                continue
            if index and self._implied(index) and not ("kernel" in form.slots and "out" in form.slots):
                break  # `6 5x5 filters with stride 1, pad 2` is a convolution, whatever follows
            return self._phrase(form, 0, index, count, extra)
        if self._implied(len(self.tokens)):
            return self._phrase(layer_form("conv"), 0, 0, 0, [])
        for word, start, end in self.tokens:
            if not is_number(word) and word.lower() not in FILLERS and word[0] not in "/(":
                raise self.lexicon.unknown(re.split(r"[(:]", word)[0] or word, start, end)
        raise PhraseFault("no layer is named here", 0, len(self.text), "a name in front, as in `conv 6 k5`")

    def _implied(self, end: int) -> bool:
        """Whether these tokens say a convolution without the word: `64@5x5`, `32 5x5 filters`."""
        words = [word.lower() for word, _, _ in self.tokens[:end]]
        if any("@" in word and word[0].isdecimal() for word in words):
            return True
        sized = any(word[0].isdecimal() and is_size(word) for word in words)
        return sized and any(w in ("filters", "kernels") for w in words) and any(w.isdecimal() for w in words)

    def _form_at(self, index: int) -> tuple[Form | None, int]:
        """The form named by the longest run of tokens from here, and how many tokens that is."""
        word = self.tokens[index][0]
        rank = re.fullmatch(r"([123])-?[dD]", word) if word[-1] in "dD" else None
        if rank:
            for count in range(min(4, len(self.tokens) - index - 1), 0, -1):
                name = normal("".join(t[0] for t in self.tokens[index + 1 : index + 1 + count])) + rank[1] + "d"
                if name in KINDS:
                    return layer_form(name), count + 1
            return None, 0
        for count in range(min(4, len(self.tokens) - index), 0, -1):
            words = [t[0] for t in self.tokens[index : index + count]]
            if count > 1:
                words[-1] = words[-1].rstrip(":.")
                if not all(w.replace("-", "").replace("_", "").isalpha() for w in words):
                    continue
                if not all(self._joined(i) for i in range(index + 1, index + count)):
                    continue
            form = self.lexicon.find(words[0].rstrip(":.") if count == 1 else "".join(words))
            if form is not None:
                return form, count
        return None, 0

    def _glued(self, index: int) -> tuple[Form | None, list[Token]]:
        """A word with its numbers or followers attached: conv3-64, FC-4096, Conv(6), FC4096, Conv-BN-ReLU."""
        word, start, end = self.tokens[index]
        find = self.lexicon.find
        match = re.fullmatch(r"([A-Za-z][A-Za-z_]*?(?:[123][dD])?)(\d+(?:x\d+)?)?-(\d+)|([A-Za-z][\w-]*?):?(\(.*\))?:?", word)
        if match:
            name, kernel, number, plain, inside = match.groups()
            form = find(name or plain)
            if form is not None and number:
                extra = [(number, end - len(number), end)]
                if kernel:
                    at = start + len(name)
                    extra.insert(0, (f"k{kernel}", at, at + len(kernel)))
                return form, extra
            if form is not None and inside == "()":
                return form, []
            if form is not None and inside:
                at = start + word.index("(")
                return form, [(inside, at, at + len(inside))]
        numbered = re.fullmatch(r"([A-Za-z][A-Za-z_-]*?)(\d{2,})", word) if word[-1].isdecimal() else None
        form = find(numbered[1]) if numbered else None
        # Where there is a kernel the number may be a label as well (conv12), so nothing is guessed.
        if numbered and form and form.layer and "kernel" not in form.slots and form.positional and form.positional[0].required:
            return form, [(numbered[2], start + numbered.start(2), end)]
        return self._compound(word, start)

    def _compound(self, word: str, start: int) -> tuple[Form | None, list[Token]]:
        """Names joined by signs, of which the first takes the settings: Conv-BN-ReLU, FC-4096-ReLU."""
        parts = list(re.finditer(r"[^-+/]+", word))
        form = self.lexicon.find(parts[0][0]) if len(parts) > 1 and word[0].isalpha() else None
        extra: list[Token] = []
        followers: list[Phrase] = []
        for part in parts[1:] if form else []:
            at, end = start + part.start(), start + part.end()
            follower = self.lexicon.find(part[0])
            if part[0].isdecimal() and not followers:
                extra.append((part[0], at, end))
            elif follower is not None and follower.follows:
                followers.append(Phrase(follower, [], at, end))
            else:
                return None, []
        self.followers += followers
        return (form, extra) if followers else (None, [])

    def _phrase(self, form: Form, first: int, index: int, count: int, extra: list[Token]) -> Phrase:
        """A phrase whose word stands at `index`, `count` tokens long; its settings begin at `first`."""
        givens: list[Given] = []
        start = self.tokens[first][1]
        self.at, self.end = first, index
        while self.at < index:
            if not self._setting(form, givens):
                word, at, end = self.tokens[self.at]
                raise self.lexicon.unknown(word.rstrip(":"), at, end) if word[0].isalpha() else self._stray(form)
            self.at += 1
        self.at = index + count
        self.tokens[self.at : self.at] = extra
        self.end = len(self.tokens)
        while self.at < self.end and self._setting(form, givens):
            self.at += 1
        end = max((t[2] for t in self.tokens[first : self.at]), default=start + 1)
        self._check(form, givens)
        return Phrase(form, givens, start, end)

    def _check(self, form: Form, givens: list[Given]) -> None:
        """Refuses `conv 3x3x64`, which a reader may take for a kernel with filters, or for a 3-D kernel."""
        out = form.slots.get("out")
        if form.layer is None or "kernel" not in form.slots or out is None or not out.required:
            return
        if any(g.slot is out for g in givens):
            return
        for given in givens:
            if given.slot.name == "kernel" and isinstance(given.value, tuple) and len(given.value) == 3:
                sizes = "x".join(map(str, given.value))
                kernel, last = sizes.rpartition("x")[0], given.value[-1]
                raise PhraseFault(
                    f"{sizes} may be a {kernel} kernel with {last} filters or a 3-D kernel",
                    given.start,
                    given.end,
                    f"{kernel} {form.word}, {last}",
                    f"{form.word} 64 k{sizes}",
                )

    def _stray(self, form: Form) -> PhraseFault:
        """The fault of a token that is no setting of the layer and no layer that may follow."""
        word, start, end = self.tokens[self.at]
        if word.isalpha() and self.at + 1 < len(self.tokens) and word.lower() == normal(word):
            joined = normal(word + self.tokens[self.at + 1][0])
            if joined in KINDS:  # `batch normlaization` keeps its own suggestion
                word, end = joined, self.tokens[self.at + 1][2]
        known = [*form.slots, *form.flags, *(k for k in KINDS if layer_class(KINDS[k]).follows)]
        near = near_word(normal(word), known)
        if word.lower() == "nobias" and "noshift" in form.flags:
            near = ["noshift"]
        if not near and not form.positional and is_number(word):
            near = [f"{slot.name}={word}" for slot in form.all_slots() if isinstance(slot.convert, Real)][:1]
        if not near and literal(word) is not None:
            if meant := self._numberless(form, word):
                return PhraseFault(f"{form.word} has no place for a bare {word}", start, end, meant)
            hints = [f"{letter}{word}" for letter in form.letters]
            before = self.tokens[self.at - 1][0] if self.at else ""
            if not hints and form.positional and isinstance(form.positional[-1].convert, LISTED) and before[:1].isdecimal():
                hints = [f"{before}x{word}"]
            return PhraseFault(
                f"{form.word} has no place for a bare {word}",
                start,
                end,
                *(hints[:3] or [form.page]),
            )
        shown = word if len(word) <= 40 else word[:37] + "…"
        return PhraseFault(f"'{shown}' is no setting of {form.word}", start, end, *(near or [form.page]))

    def _numberless(self, form: Form, word: str) -> str:
        """What is rather meant by a number beside a layer that takes none, or a second beside one that takes one."""
        if form.layer is None or not word.isdecimal():
            return ""
        if form.layer.pools:
            return f"s{word}, or the line without it: a pool keeps its channels" if self.at and "kernel" in form.slots else ""
        if form.follows and not form.positional and len(self.tokens) < 4:
            return f"`fc {word}, {form.word}`, where a fully connected layer is meant"
        before = self.tokens[self.at - 1][0].strip("(),") if self.at else ""
        if "in" in form.slots and "kernel" not in form.slots and before.isdecimal():
            return f"{form.word} {word} in={before}"
        return ""

    # -- settings -------------------------------------------------------------------------------------------------

    def _joined(self, index: int) -> bool:
        """Whether no comma stands before this token."""
        return not any(c in ",;|" for c in self.text[self.tokens[index - 1][2] : self.tokens[index][1]])

    def _next(self, ahead: int = 1) -> str:
        """The token further on, in lower case, where no comma stands before it; empty where there is none."""
        index = self.at + ahead
        return self.tokens[index][0].lower() if index < self.end and self._joined(index) else ""

    def _setting(self, form: Form, givens: list[Given]) -> bool:
        """Takes the token here, and those that belong to it, as a setting of the form; False when it is none."""
        word, start, end = self.tokens[self.at]
        lower = word.lower()
        taken = {g.slot.name for g in givens}
        free = next((slot for slot in form.positional if slot.name not in taken), None)
        if word in self.lexicon.variables:
            self._both(form, free, word, start, end)
            return self._bare(form, givens, word, start, end)
        if free is not None and isinstance(free.convert, Choice) and free.convert.word(word):
            return self._give(form, givens, free, Word(lower), start, end)
        if (found := self._named(form, givens)) is not None:
            return found
        chosen = [s for s in form.all_slots() if s.name not in taken and isinstance(s.convert, Choice) and s.convert.word(word)]
        if len(chosen) == 1:
            return self._give(form, givens, chosen[0], Word(lower), start, end)
        if lower in form.flags:
            slot, value = form.flags[lower]
            return self._give(form, givens, slot, value, start, end)
        letter = _LETTER.fullmatch(word)
        if letter and letter[1].lower() in form.letters:
            slot = form.letters[letter[1].lower()]
            return self._give(form, givens, slot, self._value(slot, letter[2]), start, end)
        for count in (2, 1):
            after = self._next().rstrip(":") if count == 2 else ""
            name = normal(word + after)
            if name in form.slots and not is_number(word) and (count == 1 or after.isalpha()):
                return self._worded(form, givens, form.slots[name], count)
        short = None if word.isalpha() else re.fullmatch(r"([A-Za-z_]{3,})-?(\d[\w.]*)", word)
        if short and (of := form.slots.get(normal(short[1]))) is not None:
            return self._give(form, givens, of, self._value(of, short[2]), start, end)
        if lower == "zero" and not self._next().startswith("pad"):
            return False
        if lower.rstrip(":") in FILLERS and (lower not in _COUNTED_ONLY or self._beside_number()):
            return True
        if is_symbol(word):
            return True  # the letter of a formula behind its name: `Stride (S): 2`
        return self._figure(form, givens)

    def _both(self, form: Form, free: Slot | None, word: str, start: int, end: int) -> None:
        """Refuses a name that is a letter with its number too, where no bare value has a place: `p1`, of a variable p1."""
        letter = _LETTER.fullmatch(word)
        if free is None and letter and (slot := form.letters.get(letter[1].lower())) is not None:
            raise PhraseFault(
                f"{word} is a variable here; {slot.name} {letter[2]} is written {letter[1]}={letter[2]}",
                start,
                end,
                f"{letter[1]}={letter[2]}",
                "another name for the variable",
            )

    def _beside_number(self) -> bool:
        """Whether a number stands before or after the token here, and with it what the noun counts."""
        before = self.tokens[self.at - 1][0] if self.at else ""
        return before[:1].isdecimal() or self._next()[:1].isdecimal()

    def _named(self, form: Form, givens: list[Given]) -> bool | None:
        """`name=value`, `name: value`, `no bias`, `zero-padding 1`; None where the token is no such thing."""
        word, start, end = self.tokens[self.at]
        lower = word.lower()
        if lower in ("no", "without") and self._next() in ("bias", "biases", "padding", "pad"):
            self.at += 1
            if self._next(0).startswith("pad") and (padding := form.slots.get("padding")):
                return self._give(form, givens, padding, 0, start, self.tokens[self.at][2])
            slot, value = form.flags.get("nobias", (None, None))
            return slot is not None and self._give(form, givens, slot, value, start, self.tokens[self.at][2])
        if lower in ("zero-padding", "zeropadding", "zero-pad") and (padding := form.slots.get("padding")) is not None:
            return self._worded(form, givens, padding, 1)
        name, sign, rest = _split(word)
        if not sign:
            return None
        if normal(name) in ACTIVATION and normal(name) not in form.slots:
            if not rest:
                self.at += 1
                if self.at >= self.end:
                    raise PhraseFault(f"{name} is given no value", start, end, f"{name}=relu")
                rest, start, end = self.tokens[self.at]
                name = ""
            self._follow(_unquoted(rest), end - len(rest), end)
            return True
        slot = form.slots.get(normal(name)) or form.letters.get(name.lower())
        if slot is not None:
            if not rest:
                return self._worded(form, givens, slot, 1)
            return self._give(form, givens, slot, self._value(slot, rest), start, end)
        if name.isidentifier() and sign == "=":
            near = near_word(normal(name), form.slots)
            raise PhraseFault(
                f"{form.word} has no setting '{name}'",
                start,
                start + len(name),
                *(near or [form.page]),
            )
        return None

    def _follow(self, word: str, start: int, end: int) -> None:
        """A layer named as an activation (`activation='relu'`) follows."""
        if word.lower() in NO_ACTIVATION:
            return
        form = self.lexicon.find(word)
        if form is None or not form.follows:
            raise self.lexicon.unknown(word, start, end)
        self.followers.append(Phrase(form, [], start, end))

    def _figure(self, form: Form, givens: list[Given]) -> bool:
        """Numbers and what is made of them: `/2`, `6@5x5`, `3→64`, `4096-d`, `(6, 5x5)`, `50%`, expressions."""
        word, start, end = self.tokens[self.at]
        lower = word.lower()
        stride = form.slots.get("stride")
        if word[0] == "/" and (match := re.fullmatch(r"/s?(\d+)", lower)):
            return stride is not None and self._give(form, givens, stride, int(match[1]), start, end)
        if word == "/":
            if stride is not None and self._next().isdecimal():
                self.at += 1
                return self._give(form, givens, stride, int(self._next(0)), start, self.tokens[self.at][2])
            return True
        if "@" in word and (match := re.fullmatch(r"(\d+)@(\d+(?:x\d+)*)", lower)):
            size = match[2] if "x" in match[2] else f"{match[2]}x{match[2]}"
            self._bare(form, givens, match[1], start, start + match.end(1))
            return self._bare(form, givens, size, start, end)
        arrow = re.compile(r"(\d+)\s*(?:->|→|=>)\s*(\d+)(?![\w.])") if ">" in self.text or "→" in self.text else None
        if arrow and (match := arrow.match(self.text, start)) and (of := form.slots.get("in")) and form.positional:
            while self._next() and self.tokens[self.at][2] < match.end():
                self.at += 1
            self._give(form, givens, of, int(match[1]), start, match.end(1))
            return self._give(form, givens, form.positional[0], int(match[2]), match.start(2), match.end())
        if lower[-1].isalpha() and (match := re.fullmatch(r"(\d+)-?(d|dim|dims|dimensional|way|ways)", lower)):
            return self._bare(form, givens, match[1], start, end)
        if "-" in word and (match := re.fullmatch(r"(\d+)-([a-z]+)", lower)) and match[2] in COUNTED:
            return self._counted(form, givens, match[1], match[2], start, end)
        noun = self._next()  # a variable of that name is a value
        if word.isdecimal() and noun in COUNTED and noun not in self.lexicon.variables and not self._noun_first():
            self.at += 1
            return self._counted(form, givens, word, noun, start, self.tokens[self.at][2])
        if word[0] == "(" and self._inside(form, givens, word, start):
            return True
        if word[0] == "[" and word[-1] == "]" and (is_number(word[1:-1] or " ") or is_size(word[1:-1])):
            return self._bare(form, givens, word[1:-1].strip(), start + 1, end - 1)
        if is_number(word) or is_size(word) or is_expression(word):
            return self._bare(form, givens, word, start, end)
        return False

    def _noun_first(self) -> bool:
        """Whether the noun after this number has a number of its own: `256 layers 2`, not `2 layers 256 units`."""
        return self._next(2).isdecimal() and self._next(3) not in COUNTED

    def _counted(self, form: Form, givens: list[Given], number: str, noun: str, start: int, end: int) -> bool:
        """A number with the noun it counts: its setting where the form has one, else the next bare value."""
        slot = form.slots.get(noun) or form.slots.get(noun + "s")
        if slot is None:
            return self._bare(form, givens, number, start, end)
        return self._give(form, givens, slot, int(number), start, end)

    def _inside(self, form: Form, givens: list[Given], word: str, start: int) -> bool:
        """Settings in brackets: (6), (6, 5x5), (64 units), (32, (3, 3), activation='relu'); all of it or nothing."""
        inner = [(w, start + 1 + s, start + 1 + e) for w, s, e in tokens(word[1:-1])] if word[-1] == ")" else []
        first, second, third = [*(w for w, _, _ in inner), *"   "][:3]
        if is_number(first) and is_number(second) and third not in COUNTED and not givens and form.torch_begins_with_in:
            raise PhraseFault(
                f"which number of {word} is which must be said",
                start,
                start + len(word),
                f"{form.word} {second} in={first}",
                f"{form.word} {first} {form.positional[1].name}={second}",
            )
        parser = Parser(self.text, self.lexicon, inner)
        found = list(givens)
        try:
            while parser.at < parser.end:
                if not parser._setting(form, found):
                    follower = self.lexicon.find(parser.tokens[parser.at][0])
                    if follower is None or not follower.follows:
                        return False
                    parser.followers.append(Phrase(follower, [], *parser.tokens[parser.at][1:]))
                parser.at += 1
        except PhraseFault:
            if is_expression(word[1:-1]) and "=" not in word:
                return False
            raise
        givens[:] = found
        self.followers += parser.followers
        return bool(inner)

    def _worded(self, form: Form, givens: list[Given], slot: Slot, count: int) -> bool:
        """A long name and the value that stands after it: `pad 2`, `stride of 2`, `kernel size: 5`."""
        start = self.tokens[self.at][1]
        before = self.tokens[self.at - 1][2] if self.at else -1
        if any(g.slot == slot and g.end == before for g in givens):  # `same padding`, `64 output channels`
            self.at += count - 1
            return True
        at = self.at + count
        letters = [letter for letter, known in form.letters.items() if known is slot]
        while at < self.end and (self.tokens[at][0].lower() in ("of", "=", ":", "is") or is_symbol(self.tokens[at][0])):
            at += 1
        if at + 2 < self.end and self.tokens[at][0].lower() in letters and self.tokens[at + 1][0] in ("=", ":"):
            at += 2  # `stride S = 2`
        if at < self.end:
            word, _, end = self.tokens[at]
            if word[:1].lower() in letters and word[1:2] in ("=", ":") and len(word) > 2:
                word = word[2:]  # `zero-padding P=1`
            value = self._value(slot, word)
            written = isinstance(value, str) and not isinstance(value, Word)
            if not written or word in self.lexicon.variables or is_expression(word) or is_number(word):
                self.at = at
                return self._give(form, givens, slot, value, start, end)
        if any(g.slot == slot for g in givens):
            self.at += count - 1
            return True
        word, start, end = self.tokens[self.at]
        raise self._valueless(form, word.rstrip(":"), start, end)

    def _valueless(self, form: Form, name: str, start: int, end: int) -> PhraseFault:
        """The fault of a setting's name without its value: `2x2x1 stride` has it in front, `in the first layer` says a place."""
        message = f"{name} of {form.word} is given no value"
        rest = self.text[end:].split()
        if name.lower() == "in" and rest and rest[0].isalpha():
            said = f"'in {' '.join(rest)[:40]}' is no setting of {form.word}"
            told = any(c.isdecimal() for c in " ".join(rest[1:])) and rest[0].lower() == "which"
            return PhraseFault(
                said, start, len(self.text), "its settings alone, as in `stride 1`" if told else "the line without it"
            )
        before, at, _ = self.tokens[self.at - 1] if self.at else ("", start, start)
        if match := re.fullmatch(r"(?:(\d+x\d+)x)?(\d{1,4})", before):
            meant = f"{match[1]}, {name} {match[2]}" if match[1] else f"{name} {match[2]}"
            return PhraseFault(message, at, end, meant)
        return PhraseFault(message, start, end, f"{name} 1")

    def _bare(self, form: Form, givens: list[Given], word: str, start: int, end: int) -> bool:
        """A value without a name: the next free positional slot; a size like 3x3 is the kernel where there is one."""
        percent = re.fullmatch(r"(\d+(?:\.\d+)?)%", word) if word[-1:] == "%" else None
        value = float(percent[1]) / 100 if percent else parse_value(word, self.lexicon.variables)
        taken = {g.slot.name for g in givens}
        slot = next((s for s in form.positional if s.name not in taken), None)
        if isinstance(value, tuple) and "kernel" in form.slots and not (slot and isinstance(slot.convert, LISTED)):
            if slot is not None and word[0] in "([" and len(set(map(str, value))) > 1:
                raise PhraseFault(
                    f"which number of {word} is which must be said",
                    start,
                    end,
                    *(_orders(form.word, value) or ["each by its name"]),
                )
            slot = form.slots["kernel"]
        elif isinstance(value, tuple) and slot and slot.name == "kernel" and word[0] in "([" and len(set(value)) > 1:
            kernel, *rest = map(str, value)
            raise PhraseFault(
                f"{word} may be a {'×'.join(map(str, value))} window or a window of {kernel} with stride {rest[0]}",
                start,
                end,
                f"k{'x'.join(map(str, value))}",
                f"k{kernel} s{rest[0]}",
            )
        if slot is None:
            return False
        if isinstance(value, tuple) and isinstance(slot.convert, Count):
            if len(value) == 1 and isinstance(value[0], tuple):
                apart = " ".join(map(str, value[0]))
                raise PhraseFault(
                    f"{word} is a padding before and after; {form.word} has none", start, end, f"{form.word} {apart}"
                )
            message = f"{word} holds {len(value)} numbers; {form.word} takes one, its {slot.name}"
            in_ = f" in={value[0]}" if "in" in form.slots else ""
            raise PhraseFault(message, start, end, f"{form.word} {value[-1]}{in_}")
        return self._give(form, givens, slot, value, start, end)

    def _value(self, slot: Slot, text: str) -> object:
        """A written value of a setting: a word that it knows, or what `parse_value` reads."""
        text = _unquoted(text)
        if slot.convert is not None and slot.convert.word(text):
            return Word(text.lower())
        return parse_value(text, self.lexicon.variables)

    def _give(self, form: Form, givens: list[Given], slot: Slot, value: object, start: int, end: int) -> bool:
        before = next((g for g in givens if g.slot == slot), None)
        if before is not None:
            if _alike(slot, before.value, value):
                return True  # `padding: valid (no padding)` says one thing twice
            raise PhraseFault(f"{slot.name} of {form.word} is given twice", start, end, "one of the two")
        givens.append(Given(slot, value, start, end))
        return True


def _sums(found: list[Token], text: str, variables: frozenset[str]) -> list[Token]:
    """The pieces of a line with what is written apart joined to expressions: `64 * 2**i`, wherever a variable takes part."""
    if not variables or not any(word in _OPERATORS for word, _, _ in found):
        return found
    made: list[Token] = []
    at = 0
    while at < len(found):
        last = at
        while (
            last + 2 < len(found)
            and found[last + 1][0] in _OPERATORS
            and _operand(found[last + 2][0], variables)
            and not text[found[last][2] : found[last + 1][1]].strip()
            and not text[found[last + 1][2] : found[last + 2][1]].strip()
        ):
            last += 2
        head = found[at][0].rpartition("=")[2]
        start, end = found[at][1], found[last][2]
        chain = re.findall(r"[^\W\d]\w*", " ".join(word for word, _, _ in found[at : last + 1]))
        if last == at or not _operand(head, variables) or not variables.intersection(chain):
            made.append(found[at])
            at += 1
        else:
            made.append((text[start:end], start, end))
            at = last + 1
    return made


def _operand(word: str, variables: frozenset[str]) -> bool:
    """Whether a piece of a line may stand beside an operator: a number, a variable, a bracket, or an expression."""
    return is_number(word) or word in variables or word[0] == "(" or is_expression(word)


def _filters_and_size(text: str) -> str:
    """A line with lecture notes' `F=5` as the notation's `k=5`; with `K=10` beside it, the bare number of filters.

    Raises PhraseFault where K and F are rather filters F of size K.
    """
    if ("=" not in text and ":" not in text) or not ("F" in text or "f" in text):
        return text
    found = {m[0][0]: m for m in re.finditer(_LETTERS_KF, text)}
    size = found.get("F") or found.get("f")
    if size is None or ("F" in found and "f" in found):
        return text
    count = found.get("K")
    if count is not None:
        f, k = (int(re.match(r"\d+", text[m.end() :])[0]) for m in (size, count))  # type: ignore[index]
        if f > 15 or (f > k and f > 7):
            message = f"K={k} filters of size F={f}? F is the size and K the number of filters, as in cs231n"
            start, end = min(size.start(), count.start()), max(size.end(), count.end()) + 1
            raise PhraseFault(message, start, end, f"{f} k{k}", f"{k} k{f}")
    return re.sub(_LETTERS_KF, lambda m: " " * len(m[0]) if m[0][0] == "K" else "k" + m[0][1:], text)


def _orders(word: str, value: tuple[object, ...]) -> list[str]:
    """What numbers without names may mean: torch's order (in, out, kernel), Keras' (out, kernel), or a kernel alone."""
    numbers = [str(v) for v in value if isinstance(v, int)]
    named = "".join(f" {v}" for v in value if isinstance(v, str) and "=" in v)
    if len(numbers) < len(value):
        return [f"{word} {numbers[-2]} k{numbers[-1]}{named}"] if len(numbers) > 1 else []
    return [f"{word} {value[-2]} k{value[-1]}", f"{word} 64 k{'x'.join(map(str, value))}"]


def _alike(slot: Slot, a: object, b: object) -> bool:
    """Whether two written values of a slot are the same one."""
    if slot.convert is None or any(isinstance(v, str) and not isinstance(v, Word) for v in (a, b)):
        return False
    try:
        found = slot.convert(a), slot.convert(b)
    except ValueFault:
        return False
    alike = [set(v) if isinstance(v, tuple) else {v} for v in found]
    return alike[0] == alike[1]


def is_symbol(word: str) -> bool:
    """Whether a word is the letter of a formula behind its name: `(S)` of `Stride (S): 2`."""
    return word[0] == "(" and word[2:] in (")", "):", ")=") and word[1].isascii() and word[1].isalpha()


def _unquoted(text: str) -> str:
    return text[1:-1] if len(text) > 1 and text[0] in "'\"" and text[0] == text[-1] else text


def _split(word: str) -> tuple[str, str, str]:
    """name, sign, value of `name=value` or `name:`; no sign where there is none outside brackets and comparisons."""
    match = re.match(r"([A-Za-z_]\w*)(=(?!=)|:)", word) if "=" in word or ":" in word else None
    if match is None or (match[2] == ":" and match.end() != len(word)):
        return word, "", ""
    return match[1], match[2], word[match.end() :]
