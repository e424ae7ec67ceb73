"""What the token of a persona says, in the claims of its provider.

The claims are those that `gateway/identity/mappings` reads, as the providers publish them.
"""

from __future__ import annotations

from typing import Any, NamedTuple

from demo.personas import Persona, PersonaRole


class AboutWhom(NamedTuple):
    """The curated person whom a citizen or a proxy asks about."""

    name: str
    nhs_number: str


def claims_of(persona: Persona, about: AboutWhom | None) -> dict[str, Any]:
    """The claims beside those that every token has; one of None is left out."""
    if persona.issuer == "cis2":
        return _cis2(persona)
    if persona.issuer == "staff":
        return _staff(persona)
    assert about is not None  # noqa: S101 - whoever asks here asks about somebody
    return _nhs_login(persona, about)


def _cis2(persona: Persona) -> dict[str, Any]:
    return {
        "sub": persona.subject,
        "uid": persona.subject,
        "nhsid_useruid": persona.subject,
        "name": persona.name,
        "sid": f"session-{persona.slug}",
        "id_assurance_level": "3",
        "authentication_assurance_level": "3",
        "nhsid_nrbac_roles": [_national(role) for role in persona.roles],
        "selected_roleid": persona.roles[0].id if len(persona.roles) == 1 else None,
    }


def _national(role: PersonaRole) -> dict[str, Any]:
    return {
        "person_orgid": f"{role.id}-at-{role.organisation}",
        "person_roleid": role.id,
        "org_code": role.organisation,
        "role_name": f'"Clinical":"Clinical Provision":"{role.role_name}"',
        "role_code": f"S8000:G8000:{role.role}",
        "activity_codes": [],
    }


def _staff(persona: Persona) -> dict[str, Any]:
    return {
        "sub": persona.subject,
        "name": persona.name,
        "sid": f"session-{persona.slug}",
        "amr": ["pwd", "otp", "mfa"],
    }


def _nhs_login(persona: Persona, about: AboutWhom) -> dict[str, Any]:
    said = {
        "sub": persona.subject,
        "name": about.name,
        "sid": f"session-{persona.slug}",
        "vot": f"{persona.proofing}.Cp.Cd",
        "identity_proofing_level": persona.proofing,
        "nhs_number": about.nhs_number,
    }
    if persona.proxy is None:
        return said
    return said | {
        "sub": f"person-of-{persona.slug}",
        "act": {"sub": persona.subject, "name": persona.name},
        "proxy": {
            "id": persona.proxy.id,
            "scope": ["health-record"],
            "review_date": persona.proxy.review.isoformat(),
        },
    }
