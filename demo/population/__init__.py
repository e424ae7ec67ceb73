"""The synthetic people of the demo: `build` makes them.

Nobody here exists; every NHS number is from the range kept for tests.
"""

from demo.population.build import build

__all__ = ["build"]
