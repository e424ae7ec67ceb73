"""Nodes that join while the gateway runs: followed from the store, and served at once."""

from gateway.joining.conformance import Conformance
from gateway.joining.examining import Examiner
from gateway.joining.follower import JoiningFollower
from gateway.joining.opening import NodesOpening
from gateway.joining.served import Served

__all__ = ["Conformance", "Examiner", "JoiningFollower", "NodesOpening", "Served"]
