"""Searches texts for what must not be in them: people's numbers, names, addresses, tokens ..."""

from __future__ import annotations

import re
from collections.abc import Iterable, Iterator

SHORTEST_NAME = 3
_NUMBER = re.compile(r"(?=(\d{3}[ -]?\d{3}[ -]?\d{4}))")
"""Ten digits as they are typed, in one piece or in three, wherever they begin."""
_WORD = re.compile(r"\w+")
_HEAD = 40
_TOKEN = re.compile(rf"[A-Za-z0-9_-]{{{_HEAD},}}")
"""What may be a part of a token, or have one in it; the shortest is a signature of 43 letters."""


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
        words = _words(names)
        self._numbers = frozenset(numbers)
        self._names = frozenset(word for word in words if _WORD.fullmatch(word))
        self._tokens = frozenset(_parts(tokens))
        self._heads = {part[:_HEAD] for part in self._tokens if len(part) >= _HEAD}
        self._short = [part for part in self._tokens if len(part) < _HEAD]
        self._patterns = {
            "a name": _any(rf"\b{re.escape(word)}\b" for word in words - self._names),
            "a member of staff": _any(rf"\b{re.escape(_untitled(name))}\b" for name in staff),
            "an address": _any((rf"\b{_loose(part)}\b" for part in addresses), folded=True),
            "a telephone number": _any(rf"(?<!\d){_loose(phone)}(?!\d)" for phone in phones),
        }

    def found(self, where: str, text: str) -> list[str]:
        """Each kind of secret in the text, with its line, cut short around what was found."""
        return [
            f"{where}: {kind} in: {line[max(0, begin - 80) : end + 40]}"
            for line in text.splitlines()
            for kind, begin, end in self._in(line)
        ]

    def _in(self, line: str) -> Iterator[tuple[str, int, int]]:
        # Thousands of numbers, names and tokens are looked up and not tried one after another: the
        # logs of a whole run would take minutes.
        for kind, hits in (
            ("an nhs number", _NUMBER.finditer(line)),
            ("a name", _WORD.finditer(line)),
            ("a token", _TOKEN.finditer(line)),
        ):
            hit = next((hit for hit in hits if self._is_secret(kind, hit)), None)
            if hit:
                yield kind, hit.start(), hit.end()
        for kind, pattern in self._patterns.items():
            if found := pattern.search(line):
                yield kind, found.start(), found.end()

    def _is_secret(self, kind: str, hit: re.Match[str]) -> bool:
        if kind == "an nhs number":
            return re.sub("[ -]", "", hit[1]) in self._numbers
        if kind == "a name":
            return hit[0] in self._names
        return self._has_token(hit[0])

    def _has_token(self, run: str) -> bool:
        """Whether a part of a token stands anywhere in this run of letters."""
        at = [n for n in range(len(run) - _HEAD + 1) if run[n : n + _HEAD] in self._heads]
        return any(part in run for part in self._short) or (
            bool(at) and any(part in run for part in self._tokens)
        )


def _any(patterns: Iterable[str], *, folded: bool = False) -> re.Pattern[str]:
    choices = sorted(set(patterns))
    return re.compile("|".join(choices) if choices else r"(?!)", re.IGNORECASE if folded else 0)


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
