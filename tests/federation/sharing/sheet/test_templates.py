"""Templates: what each row decides, and how it reads."""

from __future__ import annotations

from datetime import date

import pytest

from federation.flow import Disclosure, Outcome
from federation.model import Category, Device, Purpose, RequesterKind
from federation.sharing import CedarRules
from federation.sharing.bundle import shipped_bundles, shipped_schema
from federation.sharing.obligations import ObligationCode
from federation.sharing.sheet import sentences
from federation.sharing.sheet.templates import TEMPLATES
from federation.status import SourceCode
from tests.federation.sharing.given import CLINICAL, a_case, a_professional, an_agreement
from tests.federation.sharing.sheet.given import a_sheet

OPEN = an_agreement(
    organisation_kinds=frozenset(("gp", "acute", "pharmacy", "care-home")),
    roles=frozenset((*CLINICAL, "R8009")),
    purposes=frozenset(Purpose),
    requester_kinds=frozenset(RequesterKind),
)
RESULTS, ALLERGIES = Category.RESULTS, Category.ALLERGIES


def decided(row, **case):
    """What the shipped rules and this row say of a case."""
    owner = case.pop("owner", "node:london-care-record")
    rules = CedarRules((*shipped_bundles(), a_sheet(row, owner=owner).bundle()), shipped_schema())
    return rules.decide(a_case(**({"agreements": (OPEN,), "category": RESULTS} | case)))


def classed(*names):
    return frozenset(names)


RECEPTIONIST, PHARMACIST = a_professional("R8009", "gp"), a_professional("R1290", "pharmacy")
MOBILE = a_professional(device=Device.MOBILE)
PERMIT, WITHHOLD = Outcome.PERMIT, Outcome.WITHHOLD

DECIDED = [
    # row, case, outcome, why
    ({"categories": ["RESULTS"]}, {}, WITHHOLD, "a plain row keeps back what it names"),
    ({"categories": ["RESULTS"]}, {"category": ALLERGIES}, PERMIT, "and nothing else"),
    ({"purposes": ["EMERGENCY"]}, {}, PERMIT, "another purpose"),
    ({"regions": ["london"]}, {}, WITHHOLD, "a region"),
    ({"regions": ["kent"]}, {}, PERMIT, "another region"),
    ({"except_roles": ["R0050"]}, {}, PERMIT, "an exception"),
    ({"except_roles": ["R0260"]}, {}, WITHHOLD, "an exception for others"),
    ({"except_organisation_kinds": ["acute"]}, {}, PERMIT, "an exception for a kind"),
    ({"except_organisations": ["X12"]}, {}, WITHHOLD, "an exception for another organisation"),
    ({"from": "2026-10-06"}, {}, PERMIT, "it begins tomorrow"),
    ({"from": "2026-10-05"}, {}, WITHHOLD, "it begins today"),
    ({"until": "2026-10-05"}, {}, PERMIT, "it ended yesterday"),
    ({"until": "2026-10-06"}, {}, WITHHOLD, "its last day is today"),
    ({"labels": ["urn:x|SECRET"]}, {}, PERMIT, "no such label"),
    ({"author_roles": ["R1330"]}, {"author_role": "R1330"}, WITHHOLD, "who wrote it"),
    ({"author_roles": ["R1330"]}, {"author_role": None}, PERMIT, "nobody knows who wrote it"),
    (
        {"template": "role-may-not-see", "roles": ["R0050"], "categories": ["RESULTS"]},
        {},
        WITHHOLD,
        "the role",
    ),
    (
        {"template": "role-may-not-see", "roles": ["R0260"], "categories": ["RESULTS"]},
        {},
        PERMIT,
        "another role",
    ),
    (
        {"template": "role-sees-only", "roles": ["R0050"], "categories": ["ALLERGIES"]},
        {},
        WITHHOLD,
        "everything else",
    ),
    (
        {"template": "role-sees-only", "roles": ["R0050"], "categories": ["RESULTS"]},
        {},
        PERMIT,
        "what is named",
    ),
    (
        {
            "template": "organisation-kind-sees-only",
            "organisation_kinds": ["pharmacy"],
            "categories": ["ALLERGIES"],
        },
        {"requester": PHARMACIST},
        WITHHOLD,
        "pharmacies see allergies only",
    ),
    (
        {
            "template": "organisation-kind-may-not-see",
            "organisation_kinds": ["pharmacy"],
            "categories": ["RESULTS"],
        },
        {"requester": PHARMACIST},
        WITHHOLD,
        "pharmacies do not see results",
    ),
    (
        {"template": "not-to-organisation", "organisations": ["X1A"]},
        {},
        PERMIT,
        "another organisation",
    ),
    (
        {"template": "class-stays-with-its-authors", "classes": ["SEXUAL_HEALTH"]},
        {"classes": classed("SEXUAL_HEALTH")},
        WITHHOLD,
        "somebody else's",
    ),
    (
        {"template": "class-stays-with-its-authors", "classes": ["SEXUAL_HEALTH"]},
        {"classes": classed("SEXUAL_HEALTH"), "own_organisation": True},
        PERMIT,
        "their own",
    ),
    (
        {"template": "class-stays-with-its-authors", "classes": ["SEXUAL_HEALTH"]},
        {"classes": classed("SEXUAL_HEALTH"), "category": ALLERGIES},
        PERMIT,
        "an allergy stays for those who treat",
    ),
    (
        {"template": "custodian-keeps-back", "custodians": ["RRV"]},
        {"custodian": "RRV"},
        WITHHOLD,
        "what this custodian keeps",
    ),
    (
        {"template": "custodian-keeps-back", "custodians": ["RRV"]},
        {"custodian": "RWG"},
        PERMIT,
        "another's",
    ),
    (
        {"template": "custodian-keeps-back", "custodians": ["RRV"]},
        {"custodian": None},
        PERMIT,
        "nobody's",
    ),
    (
        {"template": "unit-confidential", "custodians": ["RRV"]},
        {"custodian": "RRV"},
        WITHHOLD,
        "the unit",
    ),
    (
        {"template": "unit-confidential", "custodians": ["RRV"]},
        {"custodian": "RRV", "own_organisation": True},
        PERMIT,
        "the unit itself",
    ),
    (
        {"template": "older-than", "older_than_days": 365},
        {"day": date(2026, 10, 5), "kind": None},
        PERMIT,
        "without a day",
    ),
    (
        {"template": "only-with-relationship", "relationships": ["ADMISSION", "REGISTERED"]},
        {"relationships": frozenset(("REFERRAL",))},
        WITHHOLD,
        "another tie",
    ),
    (
        {"template": "only-with-relationship", "relationships": ["REFERRAL", "REGISTERED"]},
        {"relationships": frozenset(("REFERRAL",))},
        PERMIT,
        "one of them",
    ),
    ({"template": "assurance-needed", "assurance": 2}, {"assurance": 1}, WITHHOLD, "unsure"),
    ({"template": "assurance-needed", "assurance": 2}, {"assurance": 2}, PERMIT, "sure enough"),
]


@pytest.mark.parametrize(("row", "case", "outcome", "why"), DECIDED)
def test_what_a_row_decides(row, case, outcome, why):
    """Each row keeps back what it says, from whom it says, and nothing else."""
    case = {name: value for name, value in case.items() if value is not None or name != "kind"}
    assert decided(row, **case).outcome is outcome, why


def test_what_is_hidden_leaves_no_trace():
    """A confidential unit is hidden, and nothing says so."""
    hidden = decided({"template": "unit-confidential", "custodians": ["RRV"]}, custodian="RRV")
    assert hidden.disclosure is Disclosure.HIDE


def test_a_missing_relationship_is_told():
    """Who lacks a tie is told so, by the source's row, and an emergency lifts it."""
    decision = decided(
        {"template": "only-with-relationship", "relationships": ["ADMISSION"]},
        relationships=frozenset(("REFERRAL",)),
    )
    assert (decision.code, decision.disclosure, decision.liftable) == (
        SourceCode.RELATIONSHIP_NEEDED,
        Disclosure.WITHHOLD_SOURCE,
        True,
    )


def test_the_core_that_stays_loses_its_origin():
    """A sensitive allergy is shown to those who treat, without who recorded it, where and why."""
    row = {"template": "class-stays-with-its-authors", "classes": ["SEXUAL_HEALTH"]}
    decision = decided(row, classes=classed("SEXUAL_HEALTH"), category=ALLERGIES)
    assert "custodian" in decision.redact
    assert "author" in decision.redact


def test_fields_go_and_obligations_come():
    """What redacts or asks in return withholds nothing."""
    redacted = decided({"template": "redact", "redact": ["note"], "categories": ["RESULTS"]})
    assert (redacted.outcome, redacted.redact) == (PERMIT, ("note",))
    authorless = decided({"template": "redact-author"})
    assert (authorless.outcome, authorless.redact) == (PERMIT, ("author",))
    asked = decided({"template": "oblige", "obligations": ["WATERMARK", "NO_CACHE"]})
    assert asked.outcome is PERMIT
    assert set(asked.obligations) == {ObligationCode.WATERMARK, ObligationCode.NO_CACHE}
    reason = decided({"template": "require-reason", "categories": ["RESULTS"]})
    assert reason.obligations == (ObligationCode.REQUIRE_REASON,)


@pytest.mark.parametrize(
    ("requester", "expected"), [(MOBILE, (ObligationCode.NO_DOWNLOAD,)), (a_professional(), ())]
)
def test_nothing_is_downloaded_to_a_mobile_device(requester, expected):
    """A mobile device is asked not to keep anything, a managed one is not."""
    assert decided({"template": "mobile-no-download"}, requester=requester).obligations == expected


READS = [
    # row, how it is said back
    (
        {"template": "role-sees-only", "roles": ["R8009"], "categories": ["DEMOGRAPHICS"]},
        (
            "Anybody in the role of receptionist (R8009) may see demographics only."
            " The category's row says that it is not shared, whether or not anything is held. "
            "Emergency access does not lift this. Why: because."
        ),
    ),
    (
        {
            "template": "custodian-keeps-back",
            "custodians": ["RRV"],
            "from": "2026-04-01",
            "until": "2027-04-01",
            "disclosure": "WITHHOLD_SOURCE",
            "liftable": True,
        },
        (
            "Nobody may see anything kept by RRV. The source's row says that it withholds, and whom"
            " to ring. Emergency access lifts this. Why: because. This holds from"
            " 1 April 2026 until 1 April 2027."
        ),
    ),
    (
        {"template": "hide-from-proxy", "classes": ["SAFEGUARDING"], "kinds": ["CITIZEN", "PROXY"]},
        (
            "The person themselves and those who act for the person may not see anything of the"
            " class safeguarding. Nothing may tell that there is anything at all."
            " Emergency access does not lift this. Why: because."
        ),
    ),
    (
        {"template": "mobile-no-download", "organisation_kinds": ["community"]},
        (
            "Anybody at community services on a mobile device may see anything, and is told: do not"
            " download or print what you see. Why: because."
        ),
    ),
]


@pytest.mark.parametrize(("row", "expected"), READS)
def test_how_a_row_reads(row, expected):
    """Each row is said back in sentences that can be signed."""
    (sentence,) = sentences(a_sheet(row))
    assert sentence.english == expected


EXAMPLES = {
    "roles": ["R0050"],
    "organisation_kinds": ["gp"],
    "organisations": ["RRV"],
    "categories": ["RESULTS"],
    "classes": ["HIV"],
    "custodians": ["RRV"],
    "relationships": ["REFERRAL"],
    "assurance": 2,
    "redact": ["note"],
    "obligations": ["WATERMARK"],
}


@pytest.mark.parametrize("owner", ["node:london-care-record", "organisation:RRV"])
@pytest.mark.parametrize("name", TEMPLATES)
def test_every_template_comes_to_rules_that_are_read(name, owner):
    """Each template, with what it needs, comes to valid Cedar of the owner's own."""
    row = {"template": name} | {need: EXAMPLES[need] for need in TEMPLATES[name].needs}
    if name == "older-than":
        row["before"] = "2015-01-01"
    sheet = a_sheet(row, owner=owner)
    CedarRules((*shipped_bundles(), sheet.bundle()), shipped_schema())
    assert all(one.english.endswith("Why: because.") for one in sentences(sheet))
