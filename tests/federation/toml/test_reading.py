"""A file of somebody else's costs little to refuse, and its words do nothing to a terminal."""

import pytest
from msgspec import Struct

from federation.errors import FaultyFileError
from federation.toml import read_toml
from federation.toml.reading import MOST_BYTES, MOST_FAULTS


class _Row(Struct, frozen=True, forbid_unknown_fields=True):
    name: str = ""


class _File(Struct, frozen=True, forbid_unknown_fields=True):
    row: tuple[_Row, ...] = ()
    title: str = ""


def _refused(body: bytes) -> FaultyFileError:
    with pytest.raises(FaultyFileError) as refused:
        read_toml(body, _File, "theirs.toml")
    return refused.value


_FULL = MOST_BYTES // 2 - 4


@pytest.mark.parametrize(
    "body",
    [
        b"a." * _FULL + b"a = 1",
        b'\ntitle = "x"\n[' + b"a." * _FULL + b"a]",
        b"\"a\" . 'a'." * (_FULL // 5) + b"a = 1",
    ],
    ids=["key", "header", "quoted"],
)
def test_a_key_of_endless_parts_is_not_read(body):
    """What would take the gateway minutes to read is refused by its form."""
    refused = _refused(body[: MOST_BYTES - 10] if body.endswith(b"]") else body)
    assert str(refused).endswith("is nested too deeply")
    assert len(refused.lines) == 1


def test_parts_within_a_text_are_no_key():
    """An address, a list of them and a sentence with dots are what they are."""
    said = 'title = "' + "1.2.3.4, " * 40 + "and so on. " * 40 + '"'
    assert read_toml(said.encode(), _File, "theirs.toml").title.startswith("1.2.3.4")


def test_so_many_faults_are_enough():
    """A file that is wrong everywhere is told of its first faults, and in their order."""
    body = b"\n".join(b"k%d = 1" % number for number in range(20_000))
    assert list(_refused(body).lines) == list(range(1, MOST_FAULTS + 1))
    many = b"row = [" + b"{ n = 1 }," * 20_000 + b"]"
    assert len(_refused(many).lines) == MOST_FAULTS


def test_a_number_without_end_is_no_toml():
    """What Python does not convert is refused as any other text."""
    assert str(_refused(b"title = " + b"9" * 5_000)) == "theirs.toml: is not TOML"


def test_a_key_is_shown_as_it_is_safe_to_show():
    """No key colours, moves or turns round what somebody's terminal says of the file."""
    told = str(_refused(b'"\\u001b[2J\\u009b\\u202e" = 1'))
    assert told == "theirs.toml: line 1: `\\u001b[2J\\u009b\\u202e`: there is no such key"
    assert len(str(_refused(b'"' + b"x" * 10_000 + b'" = 1'))) < 200
