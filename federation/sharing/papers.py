"""The papers that go with sharing: written from the agreements and rules that decide, and no other.

Each says which bundles it was written from, by version and digest, so that a paper that has gone
out of date shows itself. Pure text; reading bundles and writing files is for whoever calls.
"""

from __future__ import annotations

from collections.abc import Iterator, Mapping, Sequence
from datetime import date

from federation.model import RequesterKind
from federation.sharing.rulebook import Published
from federation.sharing.sheet import sentences, words
from federation.sharing.sheet.rows import AgreementRow


def write_papers(published: Sequence[Published], today: date) -> Mapping[str, str]:
    """Every paper by its file name, in Markdown. The same bundles give the same papers on a day."""
    return {
        "who-shares-what.md": "\n".join(_public_page(published, today)),
        "data-flows.md": "\n".join(_data_flows(published, today)),
        "privacy-notice.md": "\n".join(_privacy_notice(published, today)),
    }


def _public_page(published: Sequence[Published], today: date) -> Iterator[str]:
    yield "# Who shares what with whom\n"
    yield "Nothing is shared but by these agreements, and the rules under them only narrow.\n"
    for one in published:
        yield f"## {one.sheet.head.title}\n"
        for said in sentences(one.sheet):
            if said.what == "rule" or _is_open(_agreement(one, said.id), today):
                yield f"- {said.english}"
        yield ""
    yield from _sources(published)


def _data_flows(published: Sequence[Published], today: date) -> Iterator[str]:
    yield "# Data flows\n"
    columns = ("from", "to", "who", "what", "what for", "from when", "until", "kept", "agreement")
    yield f"| {' | '.join(columns)} |"
    yield f"|{'---|' * len(columns)}"
    for one in published:
        for row in one.sheet.agreements:
            if _is_open(row, today):
                yield f"| {' | '.join(_flow(one.sheet.owner, row))} |"
    yield ""
    yield from _sources(published)


def _flow(owner: str, row: AgreementRow) -> Iterator[str]:
    professional = RequesterKind.PROFESSIONAL in row.requester_kinds
    yield owner
    yield row.requester_region if professional else words.kinds(row.requester_kinds)
    yield (
        f"{words.roles(row.roles)}, at {words.organisation_kinds(row.organisation_kinds)}"
        if professional
        else words.kinds(row.requester_kinds)
    )
    yield words.categories(row.categories)
    yield words.purposes(row.purposes)
    yield words.day(row.valid_from)
    yield words.day(row.valid_until) if row.valid_until else "no end"
    yield f"{row.retention_days} days" if row.retention_days is not None else "not kept"
    yield f"{row.id} {row.version}"


def _privacy_notice(published: Sequence[Published], today: date) -> Iterator[str]:
    yield "# Sharing your record: the paragraph for a privacy notice\n"
    for one in published:
        rows = [row for row in one.sheet.agreements if _is_open(row, today)]
        staff = [row for row in rows if RequesterKind.PROFESSIONAL in row.requester_kinds]
        if staff:
            kinds = sorted({kind for row in staff for kind in row.organisation_kinds})
            regions = sorted({row.requester_region for row in staff})
            purposes = sorted({purpose for row in staff for purpose in row.purposes})
            yield (
                f"**{one.sheet.head.title}.** What we hold about you may be seen, for"
                f" {words.purposes(purposes)}, by staff who treat or care for you at"
                f" {words.organisation_kinds(kinds)} of {words.listed(regions)}."
                f" {_own_view(rows)} Some things are never shown, and every look is recorded."
                f"{_contact(one)}\n"
            )
    yield from _sources(published)


def _own_view(rows: Sequence[AgreementRow]) -> str:
    own = any(RequesterKind.CITIZEN in row.requester_kinds for row in rows)
    return "You may see it yourself." if own else "You may ask us for it."


def _contact(one: Published) -> str:
    contact = one.sheet.head.contact
    return f" To object, or to ask: {contact}." if contact else ""


def _agreement(one: Published, row_id: str) -> AgreementRow:
    return next(row for row in one.sheet.agreements if row.id == row_id)


def _is_open(row: AgreementRow, today: date) -> bool:
    ended = row.valid_until is not None and row.valid_until <= today
    return row.status == "ACTIVE" and row.valid_from <= today and not ended


def _sources(published: Sequence[Published]) -> Iterator[str]:
    yield "---\n"
    yield "Written from these bundles, and true for as long as they decide:\n"
    yield "| bundle | version | decides from | SHA-256 |"
    yield "|---|---|---|---|"
    for one in published:
        began = f"{one.row.effective_from:%Y-%m-%d}"
        yield f"| {one.row.owner} | {one.row.version} | {began} | {one.row.digest} |"
    yield ""
