"""Documents as metadata: what replaces what, whose labels, and nothing of the content."""

import msgspec
import pytest

from federation.merge.link import link
from federation.model import Category
from federation.records.documents import DOCUMENTS, HASH_SYSTEM
from federation.records.fhir.documents import CARE_SETTING_URL
from federation.records.fhir.readers import FHIR_READERS
from federation.records.fhir.resource import UnreadableError
from tests.federation.records.fhir.reading import SELF, coded, known, parse, read, uk_core
from tests.real_data import NEEDS_DATA

FORM = {
    "contentType": "application/pdf",
    "title": "Clinic letter",
    "url": "https://x.example/secret.pdf",
    "size": 4096,
    "creation": "2024-03-01",
}
LETTER = {
    "resourceType": "DocumentReference",
    "id": "d1",
    "status": "current",
    "subject": SELF,
    "type": {"text": "Clinical letter"},
    "date": "2024-03-02T09:00:00Z",
    "content": [{"attachment": FORM}],
}
SUMMARY = {
    "resourceType": "Composition",
    "id": "c1",
    "status": "final",
    "subject": SELF,
    "type": coded("373942005", "Discharge summary"),
    "date": "2024-03-02T09:00:00Z",
    "title": "Emergency department summary",
}
TO_THE_LETTER = "Adds to: Clinical letter"
NAME = {"system": "urn:letters", "value": "7"}
TRUST = {"display": "Example Trust", "reference": "Organization/t"}


def letter(*along, **changes):
    return read(Category.DOCUMENTS, LETTER, *along, **changes)


def summary(**changes):
    return read(Category.DOCUMENTS, SUMMARY, **changes)


def form(**changes):
    kept = {name: value for name, value in (FORM | changes).items() if value is not ...}
    return {"attachment": kept}


def gathered(*resources):
    """Documents found together, by id."""
    reading = FHIR_READERS[Category.DOCUMENTS]
    found = reading.gather(reading.readers, [parse(one) for one in resources], known(*resources))
    assert not found.unreadable
    return {item.source_id: item for item in found.items}


def replacing(code, target, **given):
    return LETTER | {"id": "d2", "relatesTo": [{"code": code, "target": target}]} | given


@pytest.mark.parametrize(
    ("changes", "field", "expected"),
    [
        ({}, "name", "Clinic letter"),
        ({"content": []}, "name", "Clinical letter"),
        ({}, "content_type", "application/pdf"),
        ({}, "size_bytes", 4096),
        ({}, "effective_at", "2024-03-01"),
        ({}, "recorded_at", "2024-03-02T09:00:00Z"),
        ({}, "availability", "AVAILABLE"),
        ({"content": [form(url=..., data="c2VjcmV0")]}, "availability", "AVAILABLE"),
        ({"content": [form(url=...)]}, "availability", "UNAVAILABLE"),
        ({"content": []}, "availability", "UNAVAILABLE"),
        # The format that can be had.
        (
            {"content": [form(url=..., title="none"), form(title="some")]},
            "name",
            "some",
        ),
        ({}, "status", "current"),
        ({"docStatus": "preliminary"}, "status", "preliminary"),
        ({"status": "superseded", "docStatus": "final"}, "status", "superseded"),
        ({}, "summary", None),
        (
            {
                "description": "Review of asthma",
                "category": [{"text": "Letters"}],
                "context": {"event": [{"text": "clinic"}]},
            },
            "summary",
            "Review of asthma\nCategory: Letters\nAbout: clinic",
        ),
        ({}, "setting", None),
        (
            {"context": {"practiceSetting": {"text": "Chest"}, "facilityType": {"text": "Clinic"}}},
            "setting",
            "Chest, Clinic",
        ),
        (
            {"context": {"period": {"start": "2024", "end": "2025"}}},
            "effective_at",
            "2024",
        ),
        ({"content": []}, "effective_at", None),
        ({}, "superseded_by", None),
    ],
)
def test_elements(changes, field, expected):
    """Each element of a document has its place."""
    assert getattr(letter(**changes), field) == expected


@pytest.mark.parametrize(
    ("changes", "expected"),
    [
        ({}, "Clinical letter"),
        ({"type": ..., "category": [{"text": "Letters"}]}, "Letters"),
        ({"type": ...}, "Clinic letter"),
        ({"type": ..., "content": [], "description": "A letter"}, "A letter"),
        ({"type": ..., "content": []}, "Document"),
    ],
)
def test_types(changes, expected):
    """A document without a type is of its category, else called by its own words."""
    assert letter(**changes).type.display == expected


def test_who_wrote_it_and_whose_it_is():
    """The author is who wrote it; the custodian who keeps it, whoever wrote it."""
    house = {"display": "Another Trust", "reference": "Organization/a"}
    item = letter(author=[{"display": "Dr Ada"}, house], custodian=TRUST)
    assert (item.author.name, item.custodian.name) == ("Dr Ada", "Example Trust")
    assert letter(author=[house]).custodian.name == "Another Trust"
    assert summary(author=[house], custodian=TRUST).custodian.name == "Example Trust"
    assert summary(author=[house]).custodian.name == "Another Trust"


def test_nothing_of_the_content_goes_further():
    """Neither a document's data nor its address is in what is read of it."""
    item = letter(content=[form(data="c2VjcmV0")])
    told = msgspec.json.encode(item)
    assert b"secret" not in told
    assert b"c2VjcmV0" not in told


@pytest.mark.parametrize(
    ("label", "expected"),
    [
        (coded("R", "restricted", "v3"), ("v3", "R")),
        ({"text": "not for carers"}, (None, "not for carers")),
        ({}, (None, "unreadable")),
    ],
)
def test_labels(label, expected):
    """A document's own label is a label of the item, also one that no rule can know."""
    item = letter(meta={"security": [{"code": "SDV"}]}, securityLabel=[label])
    assert [(one.system, one.code) for one in item.security_labels] == [(None, "SDV"), expected]


def test_names():
    """A document is named by its identifiers and by its content."""
    item = letter(
        masterIdentifier=NAME, identifier=[NAME, {"value": "x"}], content=[form(hash="Zm9v")]
    )
    assert [(one.system, one.value) for one in item.identifiers] == [
        ("urn:letters", "7"),
        (HASH_SYSTEM, "Zm9v"),
    ]


@pytest.mark.parametrize(
    "target",
    [
        {"reference": "DocumentReference/d1"},
        {"reference": "https://x.example/DocumentReference/d1/_history/2"},
        {"identifier": NAME},
    ],
)
def test_a_replaced_document_says_by_which(target):
    """The one that replaces is current, and the replaced one shows that it is not."""
    items = gathered(LETTER | {"masterIdentifier": NAME}, replacing("replaces", target))
    assert (items["d1"].superseded_by, items["d1"].status) == ("d2", "superseded")
    assert (items["d2"].superseded_by, items["d2"].status) == (None, "current")


@pytest.mark.parametrize(
    "changes",
    [
        {"status": "entered-in-error"},
        {"relatesTo": [{"code": "replaces", "target": {}}]},
        {"relatesTo": [{"code": "replaces", "target": {"reference": "DocumentReference/d2"}}]},
        {"relatesTo": [{"code": "appends", "target": {"reference": "DocumentReference/d1"}}]},
    ],
)
def test_a_document_that_replaces_nothing(changes):
    """One entered in error, one that names nobody or itself, or an addition, replaces nothing."""
    items = gathered(
        LETTER, replacing("replaces", {"reference": "DocumentReference/d1"}, **changes)
    )
    assert {item.superseded_by for item in items.values()} == {None}


@pytest.mark.parametrize(
    ("relation", "expected"),
    [
        ({"code": "appends", "target": {"reference": "DocumentReference/d1"}}, TO_THE_LETTER),
        ({"code": "transforms", "target": {"display": "the scan"}}, "Another form of: the scan"),
        ({"code": "signs"}, "Signs: another document"),
    ],
)  # fmt: skip
def test_other_relations(relation, expected):
    """What a document does to another one without replacing it is told in words."""
    assert letter(LETTER, relatesTo=[relation]).summary == expected


def test_compositions():
    """A document made of resources, by its title and headings."""
    setting = {"url": CARE_SETTING_URL, "valueCodeableConcept": {"text": "Emergency"}}
    item = summary(
        identifier=NAME,
        extension=[setting],
        confidentiality="R",
        category=[{"text": "Summaries"}],
        event=[{"code": [{"text": "attendance"}], "period": {"start": "2024-03-01"}}, {}],
        section=[{"title": "Allergies"}, {"code": {"text": "Plan"}}, {}],
        relatesTo=[{"code": "appends", "targetReference": {"display": "a note"}}],
    )
    assert (item.name, item.type.display, item.status) == (
        "Emergency department summary",
        "Discharge summary",
        "final",
    )
    assert (item.setting, item.availability) == ("Emergency", "UNSUPPORTED")
    assert (item.effective_at, item.recorded_at) == ("2024-03-01", "2024-03-02T09:00:00Z")
    assert item.summary == (
        "Category: Summaries\nAbout: attendance\nHeadings: Allergies, Plan\nAdds to: a note"
    )
    assert [one.code for one in item.security_labels] == ["R"]
    assert [one.value for one in item.identifiers] == ["7"]
    assert summary(title=...).name == "Discharge summary"


def test_a_composition_that_replaces_another():
    """It says so by an identifier too."""
    newer = SUMMARY | {"id": "c2", "relatesTo": [{"code": "replaces", "targetIdentifier": NAME}]}
    items = gathered(SUMMARY | {"identifier": NAME}, newer)
    assert items["c1"].superseded_by == "c2"


@pytest.mark.parametrize(
    ("resource", "changes"),
    [
        (LETTER, {"status": "entered-in-error"}),
        (LETTER, {"docStatus": "entered-in-error"}),
        (SUMMARY, {"status": "entered-in-error"}),
    ],
)
def test_what_is_no_document(resource, changes):
    """What was entered in error is nothing."""
    assert read(Category.DOCUMENTS, resource, **changes) is None


@pytest.mark.parametrize(
    ("resource", "changes", "reason"),
    [
        (LETTER, {"id": ...}, "a resource without an id"),
        (LETTER, {"date": "yesterday"}, "a date that is none"),
        (LETTER, {"type": {}}, "a concept without code or words"),
        (LETTER, {"content": {}}, "an element has another shape than R4's"),
        (SUMMARY, {"type": ...}, "an element has another shape than R4's"),
    ],
)
def test_what_cannot_be_read_safely(resource, changes, reason):
    """A document that would mislead is refused with a reason."""
    with pytest.raises(UnreadableError, match=reason):
        read(Category.DOCUMENTS, resource, **changes)


def test_versions_of_one_set_are_not_one_document():
    """A name that a source gives to several documents names none of them."""
    versions = [
        LETTER
        | {"id": f"d{at}", "identifier": [NAME], "masterIdentifier": NAME | {"value": f"7.{at}"}}
        for at in (1, 2)
    ]
    items = gathered(*versions)
    assert [one.value for one in items["d1"].identifiers] == ["7.1"]
    assert [one.value for one in items["d2"].identifiers] == ["7.2"]


def test_the_same_content_is_one_document():
    """However each source counts its versions; other content under one name is another version."""
    same = {"identifier": [NAME], "content": [form(hash="Zm9v")]}
    (here,) = gathered(LETTER | same | {"meta": {"versionId": "1"}}).values()
    (there,) = gathered(LETTER | same | {"id": "x", "meta": {"versionId": "9"}}).values()
    other = {"identifier": [NAME], "content": [form(hash="YmFy")]}
    (newer,) = gathered(LETTER | other | {"id": "y", "meta": {"versionId": "2"}}).values()
    assert [len(line.items) for line in link(DOCUMENTS, [(here,), (there,)])] == [2]
    assert [len(line.items) for line in link(DOCUMENTS, [(here,), (newer,)])] == [1, 1]


@NEEDS_DATA
def test_uk_core_examples():
    """UK Core's own care plan report, trace and discharge summary."""
    plan = read(Category.DOCUMENTS, uk_core("DocumentReference-CarePlanReportPDF"))
    assert (plan.name, plan.type.display, plan.status) == (
        "Care Plan Report",
        "Care plan",
        "current",
    )
    assert (plan.content_type, plan.availability) == ("application/pdf", "AVAILABLE")
    trace = read(Category.DOCUMENTS, uk_core("DocumentReference-ECG"))
    assert (trace.status, trace.summary) == (
        "preliminary",
        "About: Cardiac electrophysiology report",
    )
    discharge = read(Category.DOCUMENTS, uk_core("Composition-Discharge"))
    assert (discharge.name, discharge.setting) == (
        "Accident & Emergency Discharge summary",
        "Accident and Emergency service",
    )
