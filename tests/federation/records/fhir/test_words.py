"""What narratives, references and lines say in words."""

import pytest

from federation.records.fhir_elements import Coding, ContactPoint, Extension, Reference
from federation.records.fhir_r4 import References
from federation.records.fhir_words import (
    OTHER_CONTACT_URL,
    labelled,
    lines,
    phones,
    plain_text,
    pointed_at,
    type_of,
)
from tests.federation.records.fhir.reading import known

NOTHING = References.none()


@pytest.mark.parametrize(
    ("div", "expected"),
    [
        ("<div>Tea &amp; toast &#163;2</div>", "Tea & toast £2"),
        ("<div><p>One</p><p>Two</p></div>", "One\nTwo"),
        ("<div>One<br/>Two<br>Three</div>", "One\nTwo\nThree"),
        ("<div><ul><li>tea</li><li> toast </li></ul></div>", "tea\ntoast"),
        ("<table><tr><th>Name</th><td>Paul</td></tr><tr><td>x</td></tr></table>", "Name Paul\nx"),
        ("<div>a\n  b\t c</div>", "a b c"),
        ("<div>seen<script>alert(1)</script><style>p{}</style></div>", "seen"),
        ("<div>seen<script>alert('<p>')</script>again</div>", "seenagain"),
        ("<div><script/>seen</div>", "seen"),
        ("<div><b>bold</b>er</div>", "bolder"),
        ("<div>&lt;script&gt;words&lt;/script&gt;</div>", "<script>words</script>"),
        ("<div><!-- not seen -->seen</div>", "seen"),
        ("<div onclick='x()'>5 < 6 & more", "5 < 6 & more"),
        ("</script>kept", "kept"),
        ("plain", "plain"),
        ("", ""),
    ],
)
def test_the_words_of_a_narrative(div, expected):
    """Markup goes, what a reader would see stays, and nothing of it is ever code."""
    assert plain_text(div) == expected


@pytest.mark.parametrize(
    ("resource", "expected"),
    [
        ({"code": {"text": "asthma"}}, "asthma"),
        ({"type": {"text": "letter"}}, "letter"),
        ({"title": "My plan"}, "My plan"),
        ({"description": "what it says"}, "what it says"),
        ({}, None),
        ({"code": 7}, None),
    ],
)
def test_what_a_reference_points_at(resource, expected):
    """A resource that is known gives its name, and the reference's own words come first."""
    there = known({"resourceType": "Condition", "id": "c"} | resource)
    assert pointed_at(Reference(reference="Condition/c"), there) == expected
    assert pointed_at(Reference(reference="Condition/c", display="hay fever"), there) == "hay fever"
    assert pointed_at(Reference(reference="Condition/d"), there) is None


@pytest.mark.parametrize(
    ("reference", "expected"),
    [
        (Reference(reference="Patient/7"), "Patient"),
        (Reference(reference="https://x.example/fhir/Patient/7/_history/2"), "Patient"),
        (Reference(type="Location"), "Location"),
        (Reference(reference="urn:uuid:7"), None),
        (Reference(), None),
    ],
)
def test_the_type_that_a_reference_points_at(reference, expected):
    """The address says it, or the reference itself."""
    assert type_of(reference, NOTHING) == expected


def test_lines_of_a_note():
    """What says nothing is left out."""
    assert lines(None, "one", "", "two") == "one\ntwo"
    assert lines(None, None) is None
    assert labelled("With", [None, "Joy", "Jane"]) == "With: Joy, Jane"
    assert labelled("With", [None]) is None


TEXTPHONE = Extension(url=OTHER_CONTACT_URL, value_coding=Coding(code="textphone"))
FAX = Extension(url=OTHER_CONTACT_URL, value_coding=Coding(code="fax"))


@pytest.mark.parametrize(
    ("said", "expected"),
    [
        ({"system": "phone"}, ("01632 960111",)),
        ({"system": "phone", "use": "old"}, ()),
        ({"system": "email"}, ()),
        ({"system": "other"}, ()),
        ({"system": "other", "extension": (TEXTPHONE,)}, ("01632 960111 (textphone)",)),
        ({"system": "other", "extension": (FAX,)}, ()),
        ({"system": "phone", "value": None}, ()),
    ],
)
def test_telephone_numbers(said, expected):
    """Numbers in use are shown, that of a textphone as one; addresses of other kinds are not."""
    assert phones([ContactPoint(**{"value": "01632 960111"} | said)]) == expected
