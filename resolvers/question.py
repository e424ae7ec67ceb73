"""From the arguments and the selection of `patient` to a `Question`, every range checked.

What is refused is refused by the name of the argument, never with its value.
"""

from __future__ import annotations

from collections.abc import Iterable
from datetime import date

from federation.errors import BadUserInputError
from federation.flow import Confirmation, Question, Window
from federation.model import Purpose
from federation.nhs_number import NhsNumber
from resolvers.context import Context
from resolvers.selection import Selected

MAX_FIRST = 500
MAX_CODES = 50
MAX_CODE_LENGTH = 300
MAX_CURSOR_LENGTH = 4096
MAX_NAME_LENGTH = 200
SHORTEST_WAIT_MS = 100
LONGEST_WAIT_MS = 8000


def make_question(
    context: Context,
    selected: Selected,
    *,
    nhs_number: NhsNumber,
    purpose: Purpose,
    birth_date: date | None,
    family_name: str | None,
    launch: str | None,
    answer_within_ms: int,
) -> Question:
    """One verified request about one person, or the refusal that the caller reads."""
    if not SHORTEST_WAIT_MS <= answer_within_ms <= LONGEST_WAIT_MS:
        raise BadUserInputError("`answerWithinMs` must be 100 to 8000")
    check_windows(window for pages in selected.windows.values() for window in pages)
    return Question(
        view_id=context.new_view_id(),
        request_id=context.request_id,
        requester=context.requester,
        purpose=purpose,
        nhs_number=nhs_number,
        confirm=_confirmation(birth_date, family_name),
        launch=launch,
        categories=selected.categories,
        windows=selected.windows,
        asked_at=context.clock(),
        deadline=context.loop_time() + answer_within_ms / 1000,
    )


def _confirmation(birth_date: date | None, family_name: str | None) -> Confirmation | None:
    # Whether one is needed is for `identify` to say, whose refusals are on the record.
    if birth_date is None:
        return None
    if family_name is not None and len(family_name) > MAX_NAME_LENGTH:
        raise BadUserInputError("`familyName` is too long")
    return Confirmation(birth_date=birth_date, family_name=family_name)


def check_windows(windows: Iterable[Window]) -> None:
    """Refuse a page that is out of range."""
    for window in windows:
        if not 1 <= window.first <= MAX_FIRST:
            raise BadUserInputError("`first` must be 1 to 500")
        if window.since and window.until and window.since > window.until:
            raise BadUserInputError("`since` must not be after `until`")
        if window.after is not None and len(window.after) > MAX_CURSOR_LENGTH:
            raise BadUserInputError("`after` is too long to be a cursor")
        _check_codes(window.codes or ())


def _check_codes(codes: tuple[str, ...]) -> None:
    if len(codes) > MAX_CODES:
        raise BadUserInputError("`codes` may name 50 codes at most")
    for token in codes:
        system, bar, code = token.partition("|")
        if not (system and bar and code) or "|" in code or len(token) > MAX_CODE_LENGTH:
            raise BadUserInputError("`codes` must be written as `system|code`")
