"""Operators hear of an agreement's end once for each warning."""

from datetime import timedelta

from structlog.testing import capture_logs

from gateway.sharing.expiry import Expiry
from tests.builders import NOW
from tests.federation.sharing.given import an_agreement


async def test_each_warning_is_given_once():
    """Hour by hour nothing is said twice, and nothing is left out."""
    ends = (NOW + timedelta(days=90)).date()
    now = [NOW - timedelta(days=1)]
    expiry = Expiry(lambda: [an_agreement(valid_until=ends)], lambda: now[0])
    with capture_logs() as logs:
        for _ in range(2500):
            await expiry.look()
            now[0] += timedelta(hours=1)
    assert [one["days"] for one in logs] == [90, 30, 7, 1]
    assert {one["event"] for one in logs} == {"agreement expires"}
    assert {one["agreement"] for one in logs} == {"london-itself"}
