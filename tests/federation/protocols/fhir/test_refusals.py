"""What is asked again without, what is not, and a look-up that fails."""

import pytest

from federation.model import Category
from tests.federation.protocols.fhir.asking import (
    MEDICATIONS,
    a_medicine,
    a_statement,
    ask,
    holding,
    part,
)
from tests.federation.protocols.speakers import (
    fhir_allergy,
)
from tests.stubs.fhir_node import outcome
from tests.stubs.http import Answer


def refusing(*names, status=400):
    """A node that refuses every search with one of these parameters."""

    def override(request):
        form = request.body.decode()
        return outcome("invalid", status=status) if any(name in form for name in names) else None

    return override


@pytest.mark.parametrize("status", [400, 422])
async def test_a_parameter_that_is_refused(transport, status):
    """A node that refuses to send things along is asked once more without, and they are fetched."""
    stub = holding(a_statement(), a_medicine())
    reply, requests = await ask(
        transport, stub, categories=MEDICATIONS, override=refusing("_include", status=status)
    )
    found = reply.records[0].parts[Category.MEDICATIONS]
    assert (found.state, found.items[0].form) == ("FRESH", "Capsule")
    asked = [one.target for one in requests if "MedicationStatement" in one.target]
    assert len(asked) == 2


async def test_a_refusal_that_stays(transport):
    """A node that refuses the plain form as well is not asked a third time: its row says so."""
    stub = holding(fhir_allergy(1, "Latex"))
    reply, requests = await ask(transport, stub, override=refusing("patient="))
    found = reply.records[0].parts[Category.ALLERGIES]
    assert (found.state, found.code) == ("UNAVAILABLE", "NODE_ERROR")
    assert len([one for one in requests if "AllergyIntolerance" in one.target]) == 2


@pytest.mark.parametrize("status", [405, 415, 501])
async def test_a_node_that_cannot_be_searched_by_post(transport, status):
    """No number is put into an address instead: the node is unavailable, and operators see why."""
    override = lambda request: Answer(status) if request.method == "POST" else None  # noqa: E731
    failure, requests = await ask(transport, holding(), override=override)
    assert (failure.state, failure.code) == ("UNAVAILABLE", "OTHER")
    assert "POST" in failure.detail
    assert [request.method for request in requests] == ["POST"]


LOOK_UPS = [
    # status of the look-up, what the row says
    (403, ("FRESH", None)),
    (404, ("FRESH", None)),
    (429, ("PARTIAL", "RATE_LIMITED")),
    (500, ("PARTIAL", "NODE_ERROR")),
    (504, ("PARTIAL", "DEADLINE_EXCEEDED")),
]


@pytest.mark.parametrize(("status", "expected"), LOOK_UPS)
async def test_a_look_up_that_fails(transport, status, expected):
    """Where it might be answered another time that is said; the reference's own words stand in."""

    def override(request):
        return Answer(status) if "Practitioner/_search" in request.target else None

    recorder = {"reference": "Practitioner/d1", "display": "Dr Ada Example"}
    allergy = fhir_allergy(1, "Latex") | {"recorder": recorder}
    found = await part(transport, holding(allergy), override=override)
    assert (found.state, found.code) == expected
    assert found.items[0].author.name == "Dr Ada Example"
