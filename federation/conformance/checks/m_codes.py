"""(m) Codes come with the words that were recorded, and codes of SNOMED CT and dm+d are codes."""

from __future__ import annotations

from collections.abc import Iterator

from federation.conformance.check import EVERY, Check, Finding, counted, judged
from federation.conformance.examination import Examination
from federation.conformance.heard import HeardPart, HeardRecord, Said, concepts
from federation.conformance.people import ExpectedCode
from federation.conformance.snomed import is_identifier
from federation.records.systems import SNOMED_SYSTEM


async def _look(exam: Examination) -> Finding:
    faults, kept, coded = [], 0, 0
    async for person, record in exam.records():
        for said in _concepts(record):
            coded += len(said.codes)
            faults += [f"{person.label}: {one}" for one in _faults(said)]
        for expected in person.codes:
            fault = _lost(record.parts.get(expected.category), expected)
            kept += fault is None
            faults += [f"{person.label}: {expected.category}: {fault}"] if fault else []
    if not any(one.codes for one in exam.target.people.held):
        return exam.not_brought("a person with a concept in `codes`")
    return judged(
        tuple(dict.fromkeys(faults)),
        [
            f"{counted(kept, 'concept')} of the expectations came as recorded, code and words",
            f"{counted(coded, 'code')} looked at; those of SNOMED CT have a good check digit",
        ],
    )


def _concepts(record: HeardRecord) -> Iterator[Said]:
    for part in record.parts.values():
        for item in part.items:
            yield from concepts(item.raw)


def _faults(said: Said) -> Iterator[str]:
    if any(system == SNOMED_SYSTEM and not is_identifier(code) for system, code in said.codes):
        yield "a code of SNOMED CT that is none"
    # With neither it is words alone, which FHIR allows.
    if any(bool(system) != bool(code) for system, code in said.codes):
        yield "a code without its system, or a system without its code"


def _lost(part: HeardPart | None, expected: ExpectedCode) -> str | None:
    wanted = (expected.system, expected.code)
    found = [
        said
        for item in (part.items if part else ())
        for said in concepts(item.raw)
        if wanted in said.codes
    ]
    if not found:
        return "a code of the expectations is not there"
    if expected.text is not None and not any(expected.text in said.words for said in found):
        return "the words that were recorded are not there"
    return None


CHECK = Check(
    letter="m",
    title="Original words and codes are preserved",
    why="A code that was mapped on the way may mean another medicine; the words tell.",
    mandatory=EVERY,
    look=_look,
)
