"""Searches texts for what must not be in them: people's numbers, names, addresses, tokens ..."""

from __future__ import annotations

import re
from collections.abc import Iterable

SHORTEST_NAME = 3


class Search:
    """Finds any of these secrets; says which kind was found, and where."""

    def __init__(
        self,
        *,
        numbers: Iterable[str] = (),
        names: Iterable[str] = (),
        tokens: Iterable[str] = (),
        staff: Iterable[str] = (),
        addresses: Iterable[str] = (),
        phones: Iterable[str] = (),
    ) -> None:
        self._patterns = {
            "an nhs number": _any(map(_spaced, numbers)),
            "a name": _any(rf"\b{re.escape(word)}\b" for word in _words(names)),
            "a member of staff": _any(rf"\b{re.escape(_untitled(name))}\b" for name in staff),
            "an address": _any((rf"\b{_loose(part)}\b" for part in addresses), folded=True),
            "a telephone number": _any(rf"(?<!\d){_loose(phone)}(?!\d)" for phone in phones),
            "a token": _any(re.escape(part) for part in _parts(tokens)),
        }

    def found(self, where: str, text: str) -> list[str]:
        """Each kind of secret in the text, with its line, cut short around what was found."""
        return [
            f"{where}: {kind} in: {line[max(0, hit.start() - 80) : hit.end() + 40]}"
            for kind, pattern in self._patterns.items()
            for line in text.splitlines()
            if (hit := pattern.search(line))
        ]


def _any(patterns: Iterable[str], *, folded: bool = False) -> re.Pattern[str]:
    choices = sorted(set(patterns))
    return re.compile("|".join(choices) if choices else r"(?!)", re.IGNORECASE if folded else 0)


def _spaced(number: str) -> str:
    """The number as it is typed, in one piece or in three."""
    return rf"{number[:3]}[ -]?{number[3:6]}[ -]?{number[6:]}"


def _loose(text: str) -> str:
    """The text however it is spaced: an address or a telephone number."""
    return r"[\s+%-]*".join(map(re.escape, text.split()))


def _untitled(name: str) -> str:
    """Two people may share a word of their names with a service, but not the whole."""
    return name.removeprefix("Dr ")


def _words(names: Iterable[str]) -> set[str]:
    return {word for name in names for word in name.split() if len(word) >= SHORTEST_NAME}


def _parts(tokens: Iterable[str]) -> set[str]:
    """Whole tokens, what they say and their signatures: the header is the same for all."""
    return {part for token in tokens for part in (token, *token.split(".")[1:]) if part}
