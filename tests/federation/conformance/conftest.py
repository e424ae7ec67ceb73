"""The demo's small population, which its nodes are checked over, and a client's key."""

from tests.demo.conftest import population
from tests.federation.protocols.conftest import client_key

__all__ = ["client_key", "population"]
