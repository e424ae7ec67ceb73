"""What narratives, lines and telephone numbers say in words."""

import pytest

from federation.records.fhir.elements import Coding, ContactPoint, Extension
from federation.records.fhir.words import OTHER_CONTACT_URL, labelled, lines, phones, plain_text


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
