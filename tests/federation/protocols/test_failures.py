"""The tables that say what a failed exchange means."""

import httpx
import pytest

from federation.protocols.failures import BY_ERROR, BY_WORD, by_error, by_status, by_words
from federation.protocols.transport import TlsError, TooLargeError
from federation.status import SourceState

# Errors of httpx that an exchange through a transport cannot meet.
ELSEWHERE = {
    httpx.InvalidURL: "an address is parsed before the exchange",
    httpx.CookieConflict: "no cookies are kept",
    httpx.StreamError: "streams are read once, by `exchange`",
    httpx.StreamConsumed: "likewise",
    httpx.StreamClosed: "likewise",
    httpx.ResponseNotRead: "likewise",
    httpx.RequestNotRead: "likewise",
}


def httpx_errors():
    """Every exception that httpx makes public."""
    public = (getattr(httpx, name) for name in httpx.__all__)
    return [one for one in public if isinstance(one, type) and issubclass(one, Exception)]


@pytest.mark.parametrize("error", httpx_errors(), ids=lambda error: error.__name__)
def test_no_error_of_httpx_is_missing(error):
    """Every exception of httpx has its verdict, or a reason why none is needed."""
    assert (error in BY_ERROR) != (error in ELSEWHERE)


def test_an_error_of_a_kind_that_is_not_known_yet():
    """A later httpx's error is judged by the kind it is of."""

    class SlowerThanEver(httpx.ReadTimeout):
        pass

    assert by_error(SlowerThanEver("x")) == BY_ERROR[httpx.ReadTimeout]


@pytest.mark.parametrize(
    ("error", "code"),
    [
        (TlsError("x"), "TLS_FAILED"),
        (httpx.ConnectError("x"), "CONNECTION_REFUSED"),
        (TooLargeError("x"), "TOO_LARGE"),
        (httpx.PoolTimeout("x"), "DEADLINE_EXCEEDED"),
    ],
)
def test_our_own_errors_are_told_apart(error, code):
    """TLS, size and a full pool are none of the wider kinds they belong to."""
    assert by_error(error).code == code


def test_the_first_known_word_counts():
    """A node's narrower word comes first; words that nobody knows are passed over."""
    assert by_words(("new", "NO_PATIENT_CONSENT", "INTERNAL")) == BY_WORD["NO_PATIENT_CONSENT"]
    assert by_words(("new",)) is None


@pytest.mark.parametrize("status", [*range(100, 200), *range(201, 600)])
def test_no_status_is_a_good_one(status):
    """Whatever the status, but for 200, it is no fresh data."""
    assert by_status(status).state not in {SourceState.FRESH, SourceState.FRESH_EMPTY}
