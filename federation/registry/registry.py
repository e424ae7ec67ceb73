"""What the network looks like now: the one door for a network that changes while the gateway runs.

Every view takes one snapshot and keeps it; a change is seen by the next view, whole.
"""

from __future__ import annotations

from federation.registry.network import Network


class Registry:
    """Holds the network as it is now."""

    def __init__(self, network: Network) -> None:
        self._network = network

    def now(self) -> Network:
        """The network as it is now, as a value that does not change under its reader."""
        return self._network

    def take_over(self, network: Network) -> None:
        """Serve this network from now on."""
        # Invariant: one assignment, so that no view ever sees half of a change.
        self._network = network
