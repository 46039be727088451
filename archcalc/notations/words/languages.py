"""Words of other languages beside the English names of layers: `Eingabe: 28x28x1`, `32 filtros de 3x3`.

Each stands for an English word no longer than itself, so that every character keeps its place.
"""

from __future__ import annotations

import re

_WORDS = {
    "input": "eingabe eingang entrada entrée entree ingresso",
    "output": "ausgabe ausgang salida sortie saída uscita",
    "layer": "schicht couche strato camada",
    "filters": "filtres filtros",
    "filter": "filtre filtro",
    "neurons": "neuronen neurones neuronas neurônios neuroni",
    "units": "unités einheiten unidades",
    "channels": "kanäle",
    "stride": "schrittweite",
    "size": "größe taille tamaño",
    "details": "détails",
    "parameters": "paramètres parámetros parâmetros",
    "of": "de von",
    "with": "avec",
}
_ENGLISH = {word: english for english, words in _WORDS.items() for word in words.split() if len(word) >= len(english)}
# Short words and those that English has too are read so only beside the others.
_SURE = re.compile(rf"(?<![^\W\d_])(?:{'|'.join(w for w in _ENGLISH if len(w) > 4)})(?![^\W\d_])", re.I)
_ANY = re.compile(rf"(?<![^\W\d_])(?:{'|'.join(_ENGLISH)})(?![^\W\d_])", re.I)


def in_english(lines: list[str]) -> tuple[list[str], list[str]]:
    """The lines with such words in English, each at its place, and a note of which they were."""
    if not any(_SURE.search(line) for line in lines):
        return lines, []
    found: dict[str, None] = {}

    def english(match: re.Match[str]) -> str:
        meant = _ENGLISH[match[0].lower()]
        found[f"'{match[0]}' as {meant}"] = None
        return meant.ljust(len(match[0]))

    made = [_ANY.sub(english, line) for line in lines]
    return made, [f"read in English: {', '.join(found)}"]
