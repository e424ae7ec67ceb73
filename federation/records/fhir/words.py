"""What FHIR R4's elements say in words: lines of a note, narratives, telephone numbers."""

from __future__ import annotations

from collections.abc import Iterable
from html.parser import HTMLParser

from federation.records.fhir.elements import UK_CORE_EXTENSION, ContactPoint, Element
from federation.records.fhir.r4 import extension

OTHER_CONTACT_URL = f"{UK_CORE_EXTENSION}OtherContactSystem"
_UNSEEN = frozenset(("script", "style", "head", "title", "template"))
_BREAKS = frozenset(
    ("p", "div", "br", "hr", "pre", "blockquote", "section", "caption", "table", "tr", "ul", "ol")
) | frozenset(("li", "dl", "dt", "dd", "h1", "h2", "h3", "h4", "h5", "h6"))
_CELLS = frozenset(("td", "th"))


class Narrative(Element, frozen=True, kw_only=True, rename="camel"):
    """A resource or a part of one as a person reads it; `status` says where it came from."""

    status: str | None = None
    div: str = ""


def lines(*said: str | None) -> str | None:
    """What is said, a line each; None where nothing is."""
    return "\n".join([one for one in said if one]) or None


def labelled(label: str, said: Iterable[str | None]) -> str | None:
    """`Label: one, another`, None where nothing is said."""
    told = ", ".join([one for one in said if one])
    return f"{label}: {told}" if told else None


def plain_text(div: str) -> str:
    r"""The words of a narrative, without markup and without what a reader would not see.

    >>> plain_text("<div><p>Tea &amp; toast</p><p>at 7</p><script>x()</script></div>")
    'Tea & toast\nat 7'
    """
    reader = _Words()
    reader.feed(div)
    reader.close()
    rows = (" ".join(row.split()) for row in "".join(reader.found).split("\n"))
    return "\n".join(row for row in rows if row)


def phones(points: Iterable[ContactPoint]) -> tuple[str, ...]:
    """Telephone numbers in use; that of a textphone says that it is one."""
    numbers = (_number(point) for point in points if point.value and point.use != "old")
    return tuple(filter(None, numbers))


def _number(point: ContactPoint) -> str | None:
    if point.system == "phone":
        return point.value
    other = extension(point.extension, OTHER_CONTACT_URL)
    kind = other.value_coding.code if other and other.value_coding else None
    # Somebody who cannot hear is rung by it.
    return f"{point.value} (textphone)" if kind == "textphone" else None


class _Words(HTMLParser):
    def __init__(self) -> None:
        super().__init__(convert_charrefs=True)
        self.found: list[str] = []
        self._unseen = 0

    def handle_starttag(self, tag: str, attrs: list[tuple[str, str | None]]) -> None:
        if tag in _UNSEEN:
            self._unseen += 1
        self._part(tag)

    def handle_startendtag(self, tag: str, attrs: list[tuple[str, str | None]]) -> None:
        self._part(tag)

    def handle_endtag(self, tag: str) -> None:
        if tag in _UNSEEN and self._unseen:
            self._unseen -= 1
        self._part(tag)

    def handle_data(self, data: str) -> None:
        if not self._unseen:
            # A line break of the source is a space; only markup parts lines.
            self.found.append(" ".join(data.split("\n")))

    def _part(self, tag: str) -> None:
        if tag in _BREAKS:
            self.found.append("\n")
        elif tag in _CELLS:
            self.found.append(" ")
