"""The rows of a rule sheet as values: what stands in a bundle file, before any template reads it.

One kind of row for rules, one for agreements, one head. What a row means is for `templates.py`;
`file.py` reads rows from TOML, `spreadsheet.py` from CSV, both to equal values.
"""

from __future__ import annotations

from datetime import date, datetime
from typing import Annotated

from msgspec import Meta, Struct

from federation.flow import Disclosure
from federation.model import AgreementStatus, Category, Device, Purpose, RequesterKind
from federation.sharing.obligations import ObligationCode
from federation.toml import ONE_LINE

RowId = Annotated[str, Meta(pattern=r"\A[a-z0-9]+(-[a-z0-9]+)*\Z", max_length=64)]
Slug = Annotated[str, Meta(pattern=r"\A[a-z0-9]+(-[a-z0-9]+)*\Z", max_length=64)]
Words = Annotated[str, Meta(pattern=ONE_LINE, max_length=300)]
RoleCode = Annotated[str, Meta(pattern=r"\A[A-Z][A-Z0-9_]*\Z", max_length=64)]
OrganisationCode = Annotated[str, Meta(pattern=r"\A[A-Z0-9]{3,12}\Z")]
ClassName = Annotated[str, Meta(pattern=r"\A[A-Z][A-Z0-9_]*\Z", max_length=64)]
Label = Annotated[str, Meta(pattern=r"\A[^\s|;\"\\]{1,120}\|[^\s|;\"\\]{1,40}\Z")]
KindOfTie = Annotated[str, Meta(pattern=r"\A[A-Z][A-Z0-9_]*\Z", max_length=64)]
FieldPath = Annotated[str, Meta(pattern=r"\A[A-Za-z_]+(\.[a-z_]+)*\Z", max_length=64)]
Version = Annotated[str, Meta(pattern=r"\A[0-9]{1,6}(\.[0-9]{1,6}){0,3}\Z")]
OwnerName = Annotated[str, Meta(pattern=r"\A(node:[a-z0-9-]{1,64}|organisation:[A-Z0-9]{3,12})\Z")]


class Head(Struct, frozen=True, kw_only=True, forbid_unknown_fields=True):
    """Whose bundle it is, which version, from when on it decides, and whom to ask about it."""

    owner: OwnerName
    version: Version
    effective_from: Annotated[datetime, Meta(tz=True)]
    title: Words
    contact: Words | None = None


class RuleRow(
    Struct,
    frozen=True,
    kw_only=True,
    forbid_unknown_fields=True,
    omit_defaults=True,
    rename={"starts": "from"},
):
    """One rule: who, for what purpose, which things, from when to when, and with what effect.

    What is left out does not narrow the rule. `starts` (written `from`) and `until` are local days,
    the last day being the one before `until`. `before` and `older_than_days` speak of the day of an
    item; one without a day is not meant.
    """

    id: RowId
    template: Slug = "rule"
    reason: Words
    kinds: tuple[RequesterKind, ...] = ()
    roles: tuple[RoleCode, ...] = ()
    except_roles: tuple[RoleCode, ...] = ()
    organisation_kinds: tuple[Slug, ...] = ()
    except_organisation_kinds: tuple[Slug, ...] = ()
    organisations: tuple[OrganisationCode, ...] = ()
    except_organisations: tuple[OrganisationCode, ...] = ()
    regions: tuple[Slug, ...] = ()
    devices: tuple[Device, ...] = ()
    assurance: Annotated[int, Meta(ge=1, le=3)] | None = None
    relationships: tuple[KindOfTie, ...] = ()
    purposes: tuple[Purpose, ...] = ()
    categories: tuple[Category, ...] = ()
    classes: tuple[ClassName, ...] = ()
    labels: tuple[Label, ...] = ()
    custodians: tuple[OrganisationCode, ...] = ()
    author_roles: tuple[RoleCode, ...] = ()
    before: date | None = None
    older_than_days: Annotated[int, Meta(ge=1, le=36_500)] | None = None
    starts: date | None = None
    until: date | None = None
    disclosure: Disclosure | None = None
    liftable: bool | None = None
    redact: tuple[FieldPath, ...] = ()
    obligations: tuple[ObligationCode, ...] = ()


class AgreementRow(
    Struct, frozen=True, kw_only=True, forbid_unknown_fields=True, omit_defaults=True
):
    """One agreement of a node with one region: the fields of `model.Agreement` but its source."""

    id: RowId
    version: Words
    requester_region: Slug
    requester_kinds: tuple[RequesterKind, ...] = (RequesterKind.PROFESSIONAL,)
    organisation_kinds: tuple[Slug, ...] = ()
    roles: tuple[RoleCode, ...] = ()
    categories: Annotated[tuple[Category, ...], Meta(min_length=1)]
    purposes: Annotated[tuple[Purpose, ...], Meta(min_length=1)]
    custodians: tuple[OrganisationCode, ...] = ()
    valid_from: date
    valid_until: date | None = None
    status: AgreementStatus = AgreementStatus.ACTIVE
    obligations: tuple[ObligationCode, ...] = ()
    signatories: tuple[Words, ...] = ()
    onward_sharing: bool = False
    retention_days: Annotated[int, Meta(ge=0, le=36_500)] | None = None
