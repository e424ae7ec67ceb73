"""What this server can do, as CapabilityStatement."""

from __future__ import annotations

from collections.abc import Iterable

from demo.fhir.catalogue import LISTED, Offered
from demo.fhir.elements import Resource
from demo.population.pen import AS_OF


def capability_statement(name: str, offered: Iterable[Offered]) -> Resource:
    """The statement of one node."""
    return {
        "resourceType": "CapabilityStatement",
        "status": "active",
        "date": AS_OF.isoformat(),
        "kind": "instance",
        "implementation": {"description": name},
        "fhirVersion": "4.0.1",
        "format": ["application/fhir+json"],
        "rest": [
            {
                "mode": "server",
                "resource": [
                    _searched("Patient", (), ("identifier", "token")),
                    *map(_offered, offered),
                    *(_listed(one) for one in LISTED),
                ],
            }
        ],
    }


def _listed(resource_type: str) -> Resource:
    return {
        "type": resource_type,
        "interaction": [{"code": "read"}, {"code": "search-type"}],
        "searchParam": [{"name": "_id", "type": "token"}],
    }


def _offered(one: Offered) -> Resource:
    narrowing = ((name, "token") for name in one.narrowing)
    return _searched(one.type, one.includes, ("patient", "reference"), *narrowing)


def _searched(
    resource_type: str, includes: Iterable[str], *parameters: tuple[str, str]
) -> Resource:
    return {
        "type": resource_type,
        "interaction": [{"code": "search-type"}],
        "searchInclude": list(includes),
        "searchParam": [{"name": name, "type": kind} for name, kind in parameters],
    }
