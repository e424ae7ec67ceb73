"""How a FHIR R4 `Dosage` reads in words, made of what it says and nothing else.

Where a source gives the dose in its own words, those are the dose; figures beside them are told in
the note, because the two may differ. Without words the figures are put into a fixed order: how
much, how fast, how often, when, for how long. A code that is not known here stands as it is.
"""

from __future__ import annotations

from collections.abc import Iterable, Iterator

from federation.records.fhir.elements import Period, joined
from federation.records.fhir.structs.medicines import Amounts, Dosage, Repeat, Timing
from federation.records.fhir.telling import between, counted, length, per
from federation.records.fhir.words import labelled

_DAYS = {
    "mon": "Monday",
    "tue": "Tuesday",
    "wed": "Wednesday",
    "thu": "Thursday",
    "fri": "Friday",
    "sat": "Saturday",
    "sun": "Sunday",
}
_EVENTS = {
    # R4's event timing: HL7's own codes and those of v3 TimingEvent.
    "MORN": "in the morning",
    "MORN.early": "in the early morning",
    "MORN.late": "in the late morning",
    "NOON": "at noon",
    "AFT": "in the afternoon",
    "AFT.early": "in the early afternoon",
    "AFT.late": "in the late afternoon",
    "EVE": "in the evening",
    "EVE.early": "in the early evening",
    "EVE.late": "in the late evening",
    "NIGHT": "at night",
    "PHS": "after going to sleep",
    "HS": "before going to sleep",
    "WAKE": "on waking",
    "C": "with a meal",
    "CM": "with breakfast",
    "CD": "with lunch",
    "CV": "with the evening meal",
    "AC": "before a meal",
    "ACM": "before breakfast",
    "ACD": "before lunch",
    "ACV": "before the evening meal",
    "PC": "after a meal",
    "PCM": "after breakfast",
    "PCD": "after lunch",
    "PCV": "after the evening meal",
}


def in_order(dosages: Iterable[Dosage]) -> tuple[Dosage, ...]:
    """Doses as they follow each other; those without a number before the others."""
    return tuple(sorted(dosages, key=lambda one: one.sequence or 0))


def dose_in_words(dosages: Iterable[Dosage]) -> str | None:
    """The doses in the source's words, else in figures, several parted by semicolons."""
    return "; ".join(text for one in dosages if (text := _words(one) or figures(one))) or None


def _words(dosage: Dosage) -> str | None:
    return dosage.text or dosage.patient_instruction


def figures(dosage: Dosage) -> str | None:
    """A dose from its structured elements: `500 mg, 3 times every day, for 7 days`."""
    needed = "as needed" if dosage.as_needed_boolean else None
    return ", ".join(filter(None, (*_figures(dosage), needed))) or None


def _figures(dosage: Dosage) -> Iterator[str | None]:
    yield from _amounts(dosage)
    yield from _timing(dosage.timing)
    reason = joined((dosage.as_needed_codeable_concept,))
    yield f"as needed for {reason}" if reason else None


def _amounts(dosage: Dosage) -> Iterator[str | None]:
    yield dosage.dose.words() if dosage.dose else None
    for one in (dosage, *dosage.dose_and_rate):
        yield from _amount(one)


def _amount(one: Amounts) -> Iterator[str | None]:
    yield one.dose_quantity.words() if one.dose_quantity else None
    yield between(one.dose_range)
    rate = one.rate_quantity.words() if one.rate_quantity else None
    rate = rate or between(one.rate_range) or per(one.rate_ratio)
    yield f"at {rate}" if rate else None


def _timing(timing: Timing) -> Iterator[str | None]:
    repeat = timing.repeat
    yield joined((timing.code,))
    yield _frequency(repeat)
    yield _listed("on ", (_DAYS.get(day, day) for day in repeat.day_of_week))
    yield _listed("at ", repeat.time_of_day)
    yield _listed(_offset(repeat), (_EVENTS.get(event, event) for event in repeat.when))
    yield _span("over ", repeat.duration, repeat.duration_max, repeat.duration_unit)
    yield _count(repeat)
    length_of_it = length(repeat.bounds_duration) or between(repeat.bounds_range)
    yield f"for {length_of_it}" if length_of_it else None
    yield _listed("on ", timing.event)


def _listed(before: str, texts: Iterable[str]) -> str | None:
    said = " and ".join(texts)
    return f"{before}{said}" if said else None


def _offset(repeat: Repeat) -> str:
    # Minutes by R4; whether before or after, the events themselves say.
    return f"{counted(repeat.offset, 'min')} " if repeat.offset else ""


def _frequency(repeat: Repeat) -> str | None:
    often = _times(repeat.frequency, repeat.frequency_max)
    if repeat.period is None:
        return often
    every = _every(repeat.period, repeat.period_max, repeat.period_unit)
    return f"{often} {every}" if often else every


def _times(least: int | None, most: int | None) -> str | None:
    if least is None:
        return f"at most {most} times" if most is not None else None
    if most is not None and most != least:
        return f"{least} to {most} times"
    return "once" if least == 1 else f"{least} times"


def _every(least: float, most: float | None, unit: str | None) -> str:
    if most is not None and most != least:
        return f"every {least:.15g} to {counted(most, unit)}"
    # "every day", and not "every 1 day": the same, as a person writes it.
    return f"every {counted(least, unit)}".replace("every 1 ", "every ")


def _span(before: str, least: float | None, most: float | None, unit: str | None) -> str | None:
    if least is None:
        return None
    if most is not None and most != least:
        return f"{before}{least:.15g} to {counted(most, unit)}"
    return f"{before}{counted(least, unit)}"


def _count(repeat: Repeat) -> str | None:
    if repeat.count is None:
        return None
    return f"{_times(repeat.count, repeat.count_max)} in all"


# ── for fields and notes ────────────────────────────────────────────────────────────────────────


def as_needed(dosages: Iterable[Dosage]) -> bool | None:
    """Whether it is taken only when needed; None where nobody says, or not the same of each."""
    said = {_is_as_needed(one) for one in dosages}
    return said.pop() if len(said) == 1 else None


def _is_as_needed(dosage: Dosage) -> bool | None:
    return True if dosage.as_needed_codeable_concept else dosage.as_needed_boolean


def bounds(dosages: Iterable[Dosage]) -> Period:
    """From when and until when, by the first dose that says it."""
    found = (dosage.timing.repeat.bounds_period for dosage in dosages)
    return next((one for one in found if one), Period())


def rest(dosages: Iterable[Dosage]) -> Iterator[str | None]:
    """Lines for what doses say beside the words that are shown as the dose."""
    told = tuple(dosages)
    for one in told:
        if _words(one):
            yield labelled("In figures", _figures(one))
    yield labelled("For the person", (one.patient_instruction for one in told if one.text))
    yield labelled("Instruction", (joined(one.additional_instruction) for one in told))
    yield labelled("Method", dict.fromkeys(joined((one.method,)) for one in told))
    yield labelled("At most", (most for one in told for most in _most(one)))
    if len({_is_as_needed(one) for one in told}) > 1:
        yield labelled("Each dose", (figures(one) or _words(one) for one in told))


def _most(dosage: Dosage) -> Iterator[str | None]:
    yield per(dosage.max_dose_per_period)
    for amount, what in (
        (dosage.max_dose_per_administration, "at a time"),
        (dosage.max_dose_per_lifetime, "in a lifetime"),
    ):
        yield f"{amount.words()} {what}" if amount else None
