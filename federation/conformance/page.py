"""The report as one page of HTML that a region can send to its board.

Self-contained: no script, no address that is fetched, readable on a telephone and on paper.
"""

from __future__ import annotations

from collections.abc import Iterator
from datetime import UTC, datetime
from html import escape

from federation.conformance.check import Outcome
from federation.conformance.report import Report, Result
from federation.model import NodeProtocol

_WORDS = {Outcome.PASS: "PASS", Outcome.FAIL: "FAIL", Outcome.NOT_TESTABLE: "NOT TESTABLE"}
_PROTOCOLS = {
    NodeProtocol.GRAPHQL: "the native node protocol",
    NodeProtocol.FHIR_R4: "FHIR R4",
}
_ABOUT = (
    "What a record node must do before it may answer for people, checked one by one with invented"
    " people."
)
_STYLE = """
:root { color-scheme: light; --line: #d0d5dd; --quiet: #475467; }
* { box-sizing: border-box; }
body { font: 16px/1.5 system-ui, sans-serif; color: #101828; background: #fff; margin: 0 auto;
  max-width: 60rem; padding: 1.5rem 1rem 4rem; }
h1 { font-size: 1.6rem; line-height: 1.2; margin: 0 0 .25rem; }
h2 { font-size: 1.2rem; margin: 2.5rem 0 .5rem; }
.quiet { color: var(--quiet); }
.verdict { border-left: .5rem solid; padding: .75rem 1rem; margin: 1.25rem 0; font-size: 1.1rem; }
.verdict.pass { border-color: #067647; background: #ecfdf3; }
.verdict.fail { border-color: #b42318; background: #fef3f2; }
dl { display: grid; grid-template-columns: max-content 1fr; gap: .25rem 1.25rem; margin: 1rem 0; }
dt { color: var(--quiet); } dd { margin: 0; overflow-wrap: anywhere; }
.counts { display: flex; flex-wrap: wrap; gap: .75rem; padding: 0; margin: 1rem 0;
  list-style: none; }
.counts li { border: 1px solid var(--line); border-radius: .4rem; padding: .5rem .9rem; }
.counts b { display: block; font-size: 1.5rem; line-height: 1.2; }
.check { border-top: 1px solid var(--line); padding: .9rem 0; break-inside: avoid; }
.check h3 { font-size: 1rem; margin: 0; display: flex; flex-wrap: wrap; gap: .3rem .75rem;
  align-items: baseline; justify-content: space-between; }
.check p { margin: .15rem 0; } .check ul { margin: .35rem 0 0; padding-left: 1.2rem; }
.word { font-size: .8rem; font-weight: 700; padding: .1rem .5rem; border: 1.5px solid;
  border-radius: .3rem; white-space: nowrap; }
.PASS { color: #067647; } .FAIL { color: #b42318; } .NOT_TESTABLE { color: #93370d; }
.waiver { border: 1px dashed var(--quiet); padding: .5rem .75rem; margin-top: .5rem; }
@media (max-width: 32rem) { dl { grid-template-columns: 1fr; } dt { margin-top: .5rem; } }
@media print { body { font-size: 10.5pt; max-width: none; padding: 0; } @page { margin: 18mm; } }
"""


def page(report: Report) -> str:
    """The whole page."""
    title = f"Conformance of {report.name}"
    return "\n".join(
        (
            "<!doctype html>",
            '<html lang="en-GB">',
            "<head>",
            '<meta charset="utf-8">',
            '<meta name="viewport" content="width=device-width, initial-scale=1">',
            f"<title>{escape(title)}</title>",
            f"<style>{_STYLE}</style>",
            "</head>",
            "<body>",
            f"<h1>{escape(title)}</h1>",
            f'<p class="quiet">{_ABOUT}</p>',
            *_verdict(report),
            *_facts(report),
            *_counts(report),
            *_in_the_way(report),
            "<h2>Every check</h2>",
            *(line for one in report.results for line in _check(one)),
            "</body>",
            "</html>",
            "",
        )
    )


def _verdict(report: Report) -> Iterator[str]:
    stand = [one for one in report.results if one.stands_in_the_way]
    if not stand:
        held = "every mandatory check is passed, not testable by its nature, or waived by name"
        yield f'<p class="verdict pass"><strong>Passed</strong>: {held}.</p>'
        return
    checks = "mandatory check stands" if len(stand) == 1 else "mandatory checks stand"
    told = f"<strong>Not passed</strong>: {len(stand)} {checks} in the way."
    yield f'<p class="verdict fail">{told}</p>'


def _facts(report: Report) -> Iterator[str]:
    declared = f"{report.rate_per_second:g} questions a second, 95 of 100 within"
    rows = {
        "Node": report.node,
        "Speaks": _PROTOCOLS[report.protocol],
        "Test endpoint": report.endpoint,
        "Checked": f"{_when(report.started_at)} to {_when(report.finished_at)}",
        "Test people": f"{report.people}, all invented",
        "Declared load": f"{declared} {report.p95_seconds:g} s",
        "Categories": ", ".join(_words(one) for one in report.categories),
        "Expectations": f"SHA-256 {report.people_digest}",
    }
    if report.descriptor_digest is not None:
        rows["Descriptor"] = f"SHA-256 {report.descriptor_digest}"
    yield "<dl>"
    for name, value in rows.items():
        yield f"<dt>{name}</dt><dd>{escape(value)}</dd>"
    yield "</dl>"


def _counts(report: Report) -> Iterator[str]:
    yield '<ul class="counts">'
    for outcome, word in _WORDS.items():
        yield f'<li class="{outcome}"><b>{report.count(outcome)}</b>{word}</li>'
    waived = sum(one.waiver is not None for one in report.results)
    yield f"<li><b>{waived}</b>waived</li>"
    yield "</ul>"


def _in_the_way(report: Report) -> Iterator[str]:
    stand = [one for one in report.results if one.stands_in_the_way]
    if not stand:
        return
    yield "<h2>What stands in the way</h2>"
    yield "<ol>"
    for one in stand:
        link = f'<a href="#{one.letter}">({one.letter}) {escape(one.title)}</a>'
        yield f"<li>{link}: {escape(one.evidence[0])}</li>"
    yield "</ol>"


def _check(one: Result) -> Iterator[str]:
    duty = "mandatory" if one.mandatory else "not mandatory for this protocol"
    yield f'<section class="check" id="{one.letter}">'
    yield (
        f"<h3><span>({one.letter}) {escape(one.title)}</span>"
        f'<span class="word {one.outcome}">{_WORDS[one.outcome]}</span></h3>'
    )
    yield f'<p class="quiet">{escape(one.why)} <em>{duty.capitalize()}.</em></p>'
    yield "<ul>"
    yield from (f"<li>{escape(line)}</li>" for line in one.evidence)
    yield "</ul>"
    if one.waiver is not None:
        waiver = one.waiver
        yield (
            f'<p class="waiver"><strong>Waived</strong> by {escape(waiver.by)} until'
            f" {waiver.until:%d %B %Y}: {escape(waiver.reason)}</p>"
        )
    yield "</section>"


def _when(moment: datetime) -> str:
    return f"{moment.astimezone(UTC):%d %B %Y, %H:%M:%S} UTC"


def _words(category: str) -> str:
    return category.replace("_", " ").lower()
