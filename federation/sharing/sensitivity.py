"""The classes of sensitive things: the closed list that rules and consents name.

What tells that a thing is of a class stands in `valuesets/`; finding it in an item is `signs.py`;
who may see it all the same is for the rules (`policies/sensitivity.cedar`). `docs/sensitivity.md`
has a row for each. Source: the sharing model's sensitivity classes.
"""

from __future__ import annotations

from enum import StrEnum


class Sensitivity(StrEnum):
    """Why a thing asks for more care than the rest of the record."""

    SEXUAL_HEALTH = "SEXUAL_HEALTH"
    HIV = "HIV"
    TERMINATION = "TERMINATION"
    CONTRACEPTION = "CONTRACEPTION"
    FERTILITY = "FERTILITY"
    GENDER_HISTORY = "GENDER_HISTORY"
    MENTAL_HEALTH = "MENTAL_HEALTH"
    SAFEGUARDING = "SAFEGUARDING"
    DOMESTIC_ABUSE = "DOMESTIC_ABUSE"
    SUBSTANCE = "SUBSTANCE"
    JUSTICE = "JUSTICE"
    THIRD_PARTY = "THIRD_PARTY"
    STAFF_SAFETY = "STAFF_SAFETY"
    LOCATION = "LOCATION"
    VIP = "VIP"
    RESTRICTED = "RESTRICTED"
    """Labelled as restricted by its source, which does not say why."""
    UNKNOWN_LABEL = "UNKNOWN_LABEL"
    """Labelled in a way that nobody here can read."""
