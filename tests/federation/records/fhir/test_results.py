"""Results under their reports: which they are, what a report says for them, and whose labels."""

import gzip
import json

import msgspec
import pytest

from federation.merge.link import link
from federation.model import Category
from federation.records.clinical import value_text
from federation.records.fhir.investigations import MOST_LEVELS
from federation.records.fhir.readers import FHIR_READERS
from federation.records.fhir.resource import References, Resource, UnreadableError
from federation.records.results import RESULTS
from tests.federation.records.fhir.reading import SELF, coded, known, parse, read
from tests.real_data import DATA, NEEDS_DATA

WHEN = "2024-03-01T08:00:00Z"
LAB = {"category": [coded("laboratory", "Laboratory")]}
HAEMOGLOBIN = {
    "resourceType": "Observation",
    "id": "hb",
    "status": "final",
    "subject": SELF,
    "code": coded("1022431000000105", "Haemoglobin"),
    "valueQuantity": {"value": 131, "unit": "g/L"},
} | LAB
WHITE_CELLS = HAEMOGLOBIN | {"id": "wcc", "code": coded("16181000237107", "White cells")}
REPORT = {
    "resourceType": "DiagnosticReport",
    "id": "r1",
    "status": "final",
    "subject": SELF,
    "code": coded("721981007", "Diagnostic studies report"),
    "identifier": [{"system": "urn:lab", "value": "24-7"}],
    "effectiveDateTime": WHEN,
    "issued": "2024-03-02T09:00:00Z",
    "result": [{"reference": "Observation/hb"}],
}
GROUP = HAEMOGLOBIN | {
    "id": "fbc",
    "code": {"text": "Full blood count"},
    "hasMember": [{"reference": "Observation/hb"}, {"reference": "Observation/wcc"}],
}
GROUP = {name: value for name, value in GROUP.items() if name != "valueQuantity"}
LABEL = {"security": [{"system": "v3", "code": "R"}]}


def points(*ids):
    return [{"reference": f"Observation/{one}"} for one in ids]


def gathered(*resources, along=()):
    """What becomes of resources that were found together; `along` are others that they point at."""
    reading = FHIR_READERS[Category.RESULTS]
    return reading.gather(
        reading.readers, [parse(one) for one in resources], known(*resources, *along)
    )


def told(found):
    return [(item.source_id, item.report.display, item.report_id) for item in found.items]


FBC = "Diagnostic studies report: Full blood count"


@pytest.mark.parametrize(
    ("resources", "expected"),
    [
        ((REPORT, HAEMOGLOBIN), [("hb", "Diagnostic studies report", "r1")]),
        # Groups say in which part of the report a result stands, and are no results themselves.
        (
            (REPORT | {"result": points("fbc")}, GROUP, HAEMOGLOBIN, WHITE_CELLS),
            [("hb", FBC, "r1"), ("wcc", FBC, "r1")],
        ),
        # Unless they say something.
        (
            (
                REPORT | {"result": points("fbc")},
                GROUP | {"note": [{"text": "clotted"}]},
                HAEMOGLOBIN,
                WHITE_CELLS,
            ),
            [("fbc", "Diagnostic studies report", "r1"), ("hb", FBC, "r1"), ("wcc", FBC, "r1")],
        ),
        # Listed twice, directly and in a group: once.
        (
            (REPORT | {"result": points("hb", "fbc", "hb")}, GROUP, HAEMOGLOBIN, WHITE_CELLS),
            [("hb", "Diagnostic studies report", "r1"), ("wcc", FBC, "r1")],
        ),
        # By two reports: under the newer, and the other stands by itself.
        (
            (REPORT, REPORT | {"id": "r2", "issued": "2024-03-03T09:00:00Z"}, HAEMOGLOBIN),
            [
                ("hb", "Diagnostic studies report", "r2"),
                ("r1", "Diagnostic studies report", "r1"),
            ],
        ),
        # Without a report: by its group or by itself.
        (
            (GROUP, HAEMOGLOBIN, WHITE_CELLS),
            [("hb", "Full blood count", "fbc"), ("wcc", "Full blood count", "fbc")],
        ),
        (
            (GROUP | {"valueString": "see parts"}, HAEMOGLOBIN, WHITE_CELLS),
            [
                ("fbc", "Full blood count", None),
                ("hb", "Full blood count", "fbc"),
                ("wcc", "Full blood count", "fbc"),
            ],
        ),
        ((HAEMOGLOBIN,), [("hb", "Haemoglobin", None)]),
        ((HAEMOGLOBIN, HAEMOGLOBIN), [("hb", "Haemoglobin", None)]),
        (
            (HAEMOGLOBIN, HAEMOGLOBIN | {"status": "amended"}),
            [("hb", "Haemoglobin", None), ("hb", "Haemoglobin", None)],
        ),
        # Not a result at all.
        ((HAEMOGLOBIN | {"category": [coded("vital-signs")]},), []),
        # A report says something without results too.
        ((REPORT | {"result": []},), [("r1", "Diagnostic studies report", "r1")]),
        # Entered in error: the report, an analyte.
        ((REPORT | {"status": "entered-in-error"}, HAEMOGLOBIN), [("hb", "Haemoglobin", None)]),
        (
            (REPORT, HAEMOGLOBIN | {"status": "entered-in-error"}),
            [("r1", "Diagnostic studies report", "r1")],
        ),
        # Groups that hold each other.
        (
            (
                GROUP | {"id": "a", "hasMember": points("b")},
                GROUP | {"id": "b", "hasMember": points("a")},
            ),
            [],
        ),
    ],
)  # fmt: skip
def test_what_stands_under_which_report(resources, expected):
    """Each result stands under its report once, and each report and group that says something."""
    found = gathered(*resources)
    assert (told(found), found.unreadable) == (expected, {})


def test_the_innermost_group_that_holds_nothing_stands_for_itself():
    """Where no part of a group can be found, the group is all that is known of it."""
    found = gathered(REPORT | {"result": points("fbc")}, GROUP)
    assert told(found) == [("fbc", "Diagnostic studies report", "r1")]
    assert found.unreadable == {"a report that lists a result that cannot be found": 2}


def test_groups_within_groups():
    """The outermost group names the report; too deep ones are counted and not followed."""
    levels = [
        GROUP | {"id": f"g{at}", "code": {"text": f"G{at}"}, "hasMember": points(f"g{at + 1}")}
        for at in range(MOST_LEVELS + 2)
    ]
    (item,) = gathered(*levels[:2], HAEMOGLOBIN | {"id": "g2"}).items
    assert (item.report.display, item.report_id) == ("G0: G1", "g0")
    found = gathered(*levels, HAEMOGLOBIN | {"id": f"g{MOST_LEVELS + 2}"})
    assert found.unreadable["results that are grouped too deeply"] == 1


@pytest.mark.parametrize(
    ("result", "along", "reason"),
    [
        ("Observation/none", (), "a report that lists a result that cannot be found"),
        (
            "Device/d",
            ({"resourceType": "Device", "id": "d"},),
            "a report that lists a result of another type",
        ),
    ],
)
def test_results_that_are_not_there(result, along, reason):
    """A result that a report lists and nobody can find is counted; the report is shown."""
    found = gathered(REPORT | {"result": [{"reference": result}]}, along=along)
    assert [item.source_id for item in found.items] == ["r1"]
    assert found.unreadable == {reason: 1}


@pytest.mark.parametrize(
    ("report", "reason"),
    [
        ({"code": 4}, "an element has another shape than R4's"),
        ({"contained": [4]}, "not a resource"),
        ({"issued": "yesterday"}, "a date that is none"),
    ],
)
def test_a_report_that_cannot_be_read_bars_its_results(report, reason):
    """What it says of them, and who may see them, is not known: they are counted, not shown."""
    found = gathered(REPORT | report, HAEMOGLOBIN, WHITE_CELLS)
    assert [item.source_id for item in found.items] == ["wcc"]
    assert found.unreadable == {reason: 1, "a result of a report that cannot be read": 1}
    twice = gathered(REPORT | report, REPORT | {"id": "r2"}, HAEMOGLOBIN)
    assert [item.source_id for item in twice.items] == ["hb"]


def test_a_result_that_cannot_be_read_takes_nothing_with_it():
    """It is counted; the report and its other results are shown."""
    bad = HAEMOGLOBIN | {"valueSampledData": {"data": "1 2"}}
    shapeless = WHITE_CELLS | {"code": 4}
    found = gathered(REPORT | {"result": points("hb", "wcc")}, bad, shapeless)
    assert told(found) == [("r1", "Diagnostic studies report", "r1")]
    assert found.unreadable == {
        "a value of samples": 1,
        "an element has another shape than R4's": 1,
    }


def test_results_inside_a_report():
    """Observations that a report contains are named after it, and alike in two reports are two."""
    inside = {name: value for name, value in HAEMOGLOBIN.items() if name != "subject"}
    first = REPORT | {"contained": [inside], "result": [{"reference": "#hb"}]}
    found = gathered(first, first | {"id": "r2"})
    assert sorted(item.source_id for item in found.items) == [
        "DiagnosticReport/r1#hb",
        "DiagnosticReport/r2#hb",
    ]


@pytest.mark.parametrize(
    ("own", "report", "expected"),
    [
        ("final", "final", "FINAL"),
        ("final", "partial", "PRELIMINARY"),
        ("final", "appended", "AMENDED"),
        ("final", "cancelled", "CANCELLED"),
        ("unknown", "final", "FINAL"),
        ("final", "unknown", "FINAL"),
        ("preliminary", "final", "PRELIMINARY"),
        ("amended", "final", "AMENDED"),
        ("corrected", "final", "CORRECTED"),
        ("cancelled", "final", "CANCELLED"),
        ("registered", "final", "REGISTERED"),
        ("invented", "unknown", "UNKNOWN"),
    ],
)
def test_status(own, report, expected):
    """A result that says itself how far it has come is believed, else its report."""
    (item,) = gathered(REPORT | {"status": report}, HAEMOGLOBIN | {"status": own}).items
    assert item.status == expected


SPECIMEN = {
    "resourceType": "Specimen",
    "id": "s",
    "type": {"text": "Blood"},
    "collection": {"collectedDateTime": "2024-02-28", "bodySite": {"text": "left arm"}},
}
REQUEST = {
    "resourceType": "ServiceRequest",
    "id": "q",
    "requester": {"reference": "Practitioner/d", "display": "Dr Ada Example"},
}
STUDY = {
    "resourceType": "ImagingStudy",
    "id": "i",
    "status": "available",
    "started": "2024-02-28",
    "modality": [{"code": "CT"}],
    "description": "CT of the chest",
    "series": [{"modality": {"code": "CT"}, "bodySite": {"display": "Chest"}}],
}
MEDIA = {
    "resourceType": "Media",
    "id": "m",
    "createdDateTime": "2024-02-28",
    "content": {"contentType": "image/png", "data": "c2VjcmV0"},
}
ALONG = (SPECIMEN, REQUEST, STUDY, MEDIA)


def points_to(kind, identity, display=None):
    return {"reference": f"{kind}/{identity}"} | ({"display": display} if display else {})


@pytest.mark.parametrize(
    ("changes", "field", "expected"),
    [
        ({"conclusion": "Anaemia"}, "conclusion", "Anaemia"),
        (
            {"conclusion": "Anaemia", "conclusionCode": [{"text": "iron"}, coded("x")]},
            "conclusion",
            "Anaemia; iron, x",
        ),
        ({}, "conclusion", None),
        ({"specimen": [points_to("Specimen", "s")]}, "specimen", "Blood, left arm"),
        ({"specimen": [points_to("Specimen", "none", "Urine")]}, "specimen", "Urine"),
        ({"specimen": [{"reference": "Specimen/none"}]}, "specimen", None),
        ({"effectiveDateTime": "2024-03"}, "effective_at", "2024-03"),
        (
            {"effectiveDateTime": ..., "effectivePeriod": {"start": "2024", "end": "2025"}},
            "effective_at",
            "2024",
        ),
        ({"effectiveDateTime": ..., "effectivePeriod": {"end": "2025"}}, "effective_at", "2025"),
        (
            {"effectiveDateTime": ..., "specimen": [points_to("Specimen", "s")]},
            "effective_at",
            "2024-02-28",
        ),
        ({"effectiveDateTime": ...}, "effective_at", None),
        ({"issued": "2024-03-02T09:00:00Z"}, "issued_at", "2024-03-02T09:00:00Z"),
        (
            {"imagingStudy": [points_to("ImagingStudy", "i")]},
            "images",
            ("CT, CT of the chest, Chest, 2024-02-28",),
        ),
        ({"imagingStudy": [points_to("ImagingStudy", "none")]}, "images", ("Imaging study",)),
        ({"imagingStudy": [points_to("ImagingStudy", "none", "MRI")]}, "images", ("MRI",)),
        ({"imagingStudy": [points_to("ImagingStudy", "bare")]}, "images", ("Imaging study",)),
        ({"imagingStudy": [points_to("ImagingStudy", "mistake")]}, "images", ()),
    ],
)
def test_what_a_report_says_for_all(changes, field, expected):
    """A report's own elements stand at each of its results, and at the report without any."""
    bare = {"resourceType": "ImagingStudy", "id": "bare"}
    along = (*ALONG, bare, bare | {"id": "mistake", "status": "entered-in-error"})
    report = {name: value for name, value in (REPORT | changes).items() if value is not ...}
    (item,) = gathered(report, HAEMOGLOBIN, along=along).items
    (alone,) = gathered(report | {"result": []}, along=along).items
    assert (getattr(item, field), getattr(alone, field)) == (expected, expected)


def test_attachments_are_named_and_never_carried():
    """Of what comes with a report its name, type, size and date are told, and nothing of it."""
    form = {"contentType": "application/pdf", "size": 9, "creation": "2024", "data": "c2VjcmV0"}
    forms = [form, form | {"title": "The letter", "url": "https://x.example/secret"}]
    media = [
        {"link": points_to("Media", "m")},
        {"comment": "Slide", "link": points_to("Media", "n")},
    ]
    report = REPORT | {"presentedForm": forms, "media": [*media, {}], "result": []}
    (item,) = gathered(report, along=ALONG).items
    told = [
        (one.name, one.content_type, one.size_bytes, one.created_at) for one in item.attachments
    ]
    assert told == [
        ("Diagnostic studies report", "application/pdf", 9, "2024"),
        ("The letter", "application/pdf", 9, "2024"),
        ("Image", "image/png", None, "2024-02-28"),
        ("Slide", None, None, None),
        ("Image", None, None, None),
    ]
    assert b"secret" not in msgspec.json.encode(item)
    assert b"c2VjcmV0" not in msgspec.json.encode(item)


def test_who_asked_for_it():
    """The analyte's own request comes first, then the report's; one not at hand names nobody."""
    other = REQUEST | {"id": "own", "requester": {"display": "Dr Bo Example"}}
    asked = [points_to("ServiceRequest", "q")]
    report, analyte = REPORT | {"basedOn": asked}, HAEMOGLOBIN
    (by_report,) = gathered(report, analyte, along=ALONG).items
    own = {"basedOn": [points_to("ServiceRequest", "own")]}
    (by_analyte,) = gathered(report, analyte | own, along=(*ALONG, other)).items
    (by_nobody,) = gathered(report, analyte).items
    names = [one.requester and one.requester.name for one in (by_report, by_analyte, by_nobody)]
    assert names == ["Dr Ada Example", "Dr Bo Example", None]


def test_what_cannot_be_read_beside_a_result():
    """A specimen or a request whose entry cannot be read loses no result."""
    bad = SPECIMEN | {"type": 4}
    report = REPORT | {"specimen": [points_to("Specimen", "s", "Blood")]}
    (item,) = gathered(report, HAEMOGLOBIN, along=(bad,)).items
    assert item.specimen == "Blood"


def test_what_a_result_says_itself_comes_first():
    """Its own date, specimen, author and words; then its group's, then the report's."""
    lab = {"display": "Exampleton Laboratory", "reference": "Organization/lab"}
    report = REPORT | {"result": points("fbc"), "performer": [lab, {"display": "Dr Lab"}]}
    group = GROUP | {"effectiveDateTime": "2024-02-27", "performer": [{"display": "Nurse Ada"}]}
    own = HAEMOGLOBIN | {
        "effectiveDateTime": "2024-02-26",
        "issued": "2024-02-29T10:00:00Z",
        "performer": [{"display": "Dr Own"}],
        "specimen": {"display": "Capillary blood"},
        "bodySite": {"text": "finger"},
        "method": {"text": "photometry"},
        "note": [{"text": "repeat"}],
        "interpretation": [coded("L")],
        "referenceRange": [{"low": {"value": 130}}],
        "component": [{"code": {"text": "part"}}],
    }
    items = {one.source_id: one for one in gathered(report, group, own, WHITE_CELLS).items}
    mine, grouped = items["hb"], items["wcc"]
    assert (mine.effective_at, grouped.effective_at) == ("2024-02-26", "2024-02-27")
    assert (mine.author.name, grouped.author.name) == ("Dr Own", "Nurse Ada")
    assert (mine.custodian.name, mine.issued_at) == ("Exampleton Laboratory", REPORT["issued"])
    assert (mine.recorded_at, mine.specimen) == ("2024-02-29T10:00:00Z", "Capillary blood")
    assert (mine.body_site, mine.method, mine.note) == ("finger", "photometry", "repeat")
    assert (mine.interpretation, mine.reference_range.low) == ("Low", 130.0)
    assert [one.code.display for one in mine.components] == ["part"]
    (lone,) = gathered(own).items
    assert lone.issued_at == "2024-02-29T10:00:00Z"
    (dated,) = gathered(HAEMOGLOBIN | {"specimen": points_to("Specimen", "s")}, along=ALONG).items
    assert dated.effective_at == "2024-02-28"


def test_labels_of_everything_above_protect_a_result():
    """A label on any report that lists it or on a group above it is a label of the result."""
    label = {"security": [{"code": "SDV"}]}
    report = REPORT | {"meta": LABEL, "result": points("fbc")}
    other = REPORT | {
        "id": "r0",
        "issued": "2020-01-01T00:00:00Z",
        "meta": {"security": [{"code": "V"}]},
    }
    group = GROUP | {"meta": label}
    items = gathered(report, other, group, HAEMOGLOBIN | {"meta": LABEL}, WHITE_CELLS).items
    labels = {one.source_id: [label.code for label in one.security_labels] for one in items}
    assert labels == {"hb": ["R", "SDV", "V"], "wcc": ["R", "SDV"], "r0": ["V"]}
    (member, _) = gathered(group, HAEMOGLOBIN, WHITE_CELLS).items
    assert [one.code for one in member.security_labels] == ["SDV"]


def test_one_analyte_by_two_nodes_is_one_and_two_analytes_never_are():
    """The report's identifier is among each result's, with which merging tells them by analyte."""
    report = REPORT | {"result": points("hb", "wcc")}
    here, cells = gathered(report, HAEMOGLOBIN, WHITE_CELLS).items
    elsewhere = HAEMOGLOBIN | {"id": "other", "identifier": [{"system": "urn:b", "value": "1"}]}
    (there,) = gathered(REPORT | {"id": "x", "result": points("other")}, elsewhere).items
    assert set(here.identifiers) & set(there.identifiers) & set(cells.identifiers)
    lines = link(RESULTS, [(here, cells), (there,)])
    assert sorted(sorted(one.source_id for one in line.items) for line in lines) == [
        ["hb", "other"],
        ["wcc"],
    ]


@pytest.mark.parametrize(
    ("resource", "changes", "expected"),
    [
        (REPORT, {"result": []}, ["r1"]),
        (HAEMOGLOBIN, {}, ["hb"]),
        (HAEMOGLOBIN, {"category": []}, []),
    ],
)
def test_one_resource_alone(resource, changes, expected):
    """A report or an observation by itself is what it says."""
    found = read(Category.RESULTS, resource, **changes)
    assert [item.source_id for item in found] == expected


def test_one_resource_alone_that_cannot_be_read():
    """Where nothing can be shown, the reason is raised."""
    with pytest.raises(UnreadableError, match="a date that is none"):
        read(Category.RESULTS, REPORT, issued="yesterday", result=[])


# ── resources that this project did not write ─────────────────────────────────────────────────────


@NEEDS_DATA
def test_every_published_observation_is_read_once():
    """Whole synthetic records: each observation is an observation or a result, and never both."""
    reports = 0
    for path in sorted((DATA / "synthea").glob("*.gz")):
        entries = json.loads(gzip.decompress(path.read_bytes()))["entry"]
        addressed = {one["fullUrl"]: parse(one["resource"]) for one in entries}
        items = [
            item
            for category in (Category.OBSERVATIONS, Category.RESULTS)
            for item in _all(category, addressed.values(), addressed)
        ]
        observations = [one.id for one in addressed.values() if one.kind == "Observation"]
        assert sorted(item.source_id for item in items) == sorted(observations)
        reports += len({item.report_id for item in items if getattr(item, "report_id", None)})
    assert reports == 59


def _all(category, resources, addressed):
    reading = FHIR_READERS[category]
    own = [one for one in resources if one.kind in reading.readers]
    found = reading.gather(reading.readers, own, References(addressed, {}))
    assert not found.unreadable
    return found.items


@NEEDS_DATA
def test_uk_core_reports():
    """UK Core's own reports: a blood count in its group, a joint, a scan and a trace."""
    paths = sorted((DATA / "ukcore").glob("*.json"))
    resources = [Resource.parse(path.read_bytes()) for path in paths]
    addressed = {f"{one.kind}/{one.id}": one for one in resources}
    items = _all(Category.RESULTS, resources, addressed)
    found = {
        item.source_id.removeprefix("UKCore-").removesuffix("-Example"): item for item in items
    }
    assert set(found) == {
        "Observation-FingerJointInflamed",
        "Observation-Lab-WhiteCellCount",
        "Observation-Lab-RedCellCount",
        "Observation-Lab-Albumin",
        "Observation-Lab-Sn-AbsentData",
        "DiagnosticReport-CTChestScan",
        "DiagnosticReport-ECG",
    }
    cells = found["Observation-Lab-WhiteCellCount"]
    assert (cells.report.display, value_text(cells.value)) == (FBC, "11.2 10*9/L")
    assert (cells.specimen, cells.custodian.ods_code) == (
        "Blood specimen, Tip of index finger",
        "RR8",
    )
    assert (cells.author, cells.effective_at) == (None, "2023-01-13T14:53:23+00:00")
    assert found["Observation-FingerJointInflamed"].conclusion.startswith("Mild soft tissue injury")
    scan = found["DiagnosticReport-CTChestScan"]
    assert scan.images == ("CT, Thoracic segment of trunk, 2023-01-24T09:01:20+00:00",)
    assert scan.requester.name == "Dr Paul Rastall"
    (form,) = found["DiagnosticReport-ECG"].attachments
    assert (form.name, form.content_type) == ("Cardiac electrophysiology report", "application/pdf")
    absent = found["Observation-Lab-Sn-AbsentData"]
    assert value_text(absent.value) == "Specimen unsatisfactory for evaluation"
