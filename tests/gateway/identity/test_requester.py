"""What the network adds to a token: organisations by day, and what applications are used on."""

from datetime import UTC, date, datetime

import pytest

from federation.errors import ProxyOverdueError, SettingsError, UnauthenticatedError
from federation.model import Device, Organisation, RequesterKind, Standing
from federation.registry.organisations import (
    Assurance,
    Belonging,
    DirectoryEntry,
    Organisations,
    Period,
)
from gateway.identity import Acquaintance, Clients, ClientSettings, TokenFault
from tests.builders import NUMBER
from tests.gateway.identity.tokens import (
    CONSULTANT,
    KEY,
    PRACTITIONER,
    MovingClock,
    a_verifier,
    bearer,
    claims,
    issuer_settings,
    jwks,
    sign,
    trusted,
)

WARD = ClientSettings(issuer="cis2", id="4711", name="Ward viewer", device=Device.SHARED)


async def test_the_organisation_is_the_directory_s(verifier):
    """Name, kind, region and standing come by the code, whatever a token says of them."""
    said = claims(nhsid_user_orgs=[{"org_code": "RRV", "org_name": "Somewhere else"}])
    requester = await verifier.requester_of(bearer(sign(said)))
    assert requester.organisation == Organisation(
        ods_code="RRV", name="A hospital", kind="acute", region="london"
    )
    assert (requester.standing, requester.assurance) == (Standing.MET, 3)
    assert requester.session == "session-1"
    assert requester.principal == "cis2\x1fsubject-1"


async def test_an_unknown_organisation_has_a_code_and_nothing_else(verifier):
    """A code that the directory does not know opens nothing."""
    said = claims(nhsid_nrbac_roles=[CONSULTANT | {"org_code": "XYZ"}])
    requester = await verifier.requester_of(bearer(sign(said)))
    assert requester.organisation == Organisation(ods_code="XYZ", name="XYZ")
    assert requester.standing is Standing.UNKNOWN


async def test_of_several_roles_none_is_acted_in_until_one_is_selected(verifier):
    """Without a selection there is no role and no organisation, and one sees what to select."""
    said = claims(nhsid_nrbac_roles=[CONSULTANT, PRACTITIONER])
    requester = await verifier.requester_of(bearer(sign(said)))
    assert (requester.role, requester.organisation) == (None, None)
    assert requester.standing is Standing.UNKNOWN
    shown = [(one.id, one.role, one.organisation.name) for one in requester.available_roles]
    assert shown == [("1", "R0050", "A hospital"), ("2", "R0260", "A practice")]


@pytest.mark.parametrize(
    ("said", "client", "device"),
    [
        ({"azp": "4711"}, "Ward viewer", Device.SHARED),
        ({"client_id": "4711"}, "Ward viewer", Device.SHARED),
        ({"azp": "4711", "client_id": "other"}, "Ward viewer", Device.SHARED),
        ({"azp": "other", "client_id": "4711"}, None, Device.UNKNOWN),
        ({"azp": ["4711"]}, None, Device.UNKNOWN),
        ({}, None, Device.UNKNOWN),
    ],
)
async def test_what_an_application_is_used_on_is_registered(issuer, clock, said, client, device):
    """The token names the application, its row says the rest; an unknown one is unknown."""
    acquaintance = Acquaintance(Organisations, Clients([WARD]))
    verifier = a_verifier([issuer], clock, acquaintance=acquaintance)
    requester = await verifier.requester_of(bearer(sign(claims(**said))))
    assert (requester.client, requester.device) == (client, device)


def test_an_application_is_registered_once_at_each_issuer():
    """One id may be two applications at two issuers, and not at one."""
    elsewhere = ClientSettings(issuer="two", id="4711", name="Phone", device=Device.MOBILE)
    clients = Clients([WARD, elsewhere])
    assert clients.of("two", {"azp": "4711"}) is elsewhere
    assert clients.of("three", {"azp": "4711"}) is None
    with pytest.raises(SettingsError, match="`4711` at `cis2`"):
        Clients([WARD, WARD])


def _changing() -> Acquaintance:
    """A hospital that changes region at midnight, as its assurance lapses."""
    day = date(2026, 10, 6)
    entry = DirectoryEntry(
        code="RRV",
        name="A hospital",
        belongings=(
            Belonging(during=Period(ends=day), kind="acute", region="london"),
            Belonging(during=Period(begins=day), kind="acute", region="essex"),
        ),
        assurances=(Assurance(during=Period(ends=day), grace_ends=date(2026, 11, 1)),),
    )
    return Acquaintance(lambda: Organisations([entry]), Clients())


async def test_what_is_dated_changes_at_midnight(issuer):
    """A remembered token is looked at anew when the day ends here, and not a minute later."""
    clock = MovingClock()
    clock.at = datetime(2026, 10, 5, 22, 59, 30, tzinfo=UTC)  # half a minute before, in London
    verifier = a_verifier([issuer], clock, acquaintance=_changing())
    header = bearer(sign(claims(iat=None, exp=int(clock.at.timestamp()) + 3600)))
    before = await verifier.requester_of(header)
    clock.move(30)
    after = await verifier.requester_of(header)
    assert (before.organisation.region, before.standing) == ("london", Standing.MET)
    assert (after.organisation.region, after.standing) == ("essex", Standing.GRACE)


class TestProxies:
    """Tokens of somebody who acts for somebody else."""

    @pytest.fixture
    def clock(self):
        made = MovingClock()
        made.at = datetime(2026, 10, 5, 22, 59, 30, tzinfo=UTC)
        return made

    @pytest.fixture
    def verifier(self, tmp_path, clock, faults):
        settings = issuer_settings(
            jwks(tmp_path, KEY.as_dict(private=False)), id="nhs-login", mapping="nhs-login"
        )
        return a_verifier([trusted(settings)], clock, refused=faults.append)

    def _token(self, clock, review):
        return bearer(
            sign(
                claims(
                    sub="person-1",
                    iat=None,
                    exp=int(clock.at.timestamp()) + 3600,
                    vot="P9.Cp.Cd",
                    nhs_number=NUMBER,
                    act={"sub": "parent-1"},
                    proxy={"id": "p-1", "scope": ["health-record"], "review_date": review},
                )
            )
        )

    async def test_a_proxy_is_who_acts_and_has_the_person_s_number(self, verifier, clock):
        """Whether the relationship holds is for the stores; the token names it."""
        requester = await verifier.requester_of(self._token(clock, "2026-10-07"))
        assert (requester.kind, requester.subject) == (RequesterKind.PROXY, "parent-1")
        assert (requester.person, requester.proxy_id) == (NUMBER, "p-1")
        assert requester.role is None

    @pytest.mark.parametrize("review", ["2026-10-05", "2020-01-01"])
    async def test_a_proxy_overdue_for_review_is_refused(self, verifier, clock, faults, review):
        """From the day of review on they are told that they may not, and not to sign in again."""
        with pytest.raises(ProxyOverdueError) as raised:
            await verifier.requester_of(self._token(clock, review))
        assert raised.value.__context__ is None
        assert faults == [TokenFault.OVERDUE]

    async def test_a_remembered_proxy_is_refused_when_the_day_comes(self, verifier, clock):
        """Memory does not outlast the day before the review."""
        header = self._token(clock, "2026-10-06")
        assert await verifier.requester_of(header)
        clock.move(30)
        with pytest.raises(ProxyOverdueError):
            await verifier.requester_of(header)

    async def test_a_member_of_staff_is_nobody_there(self, verifier):
        """Claims of another kind of provider describe nobody."""
        with pytest.raises(UnauthenticatedError):
            await verifier.requester_of(bearer(sign(claims())))
