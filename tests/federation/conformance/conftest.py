"""The demo's small population, which its nodes are checked over."""

from tests.demo.conftest import population

__all__ = ["population"]
