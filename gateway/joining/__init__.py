"""Nodes that join while the gateway runs: followed from the store, and served at once."""

from gateway.joining.follower import JoiningFollower
from gateway.joining.served import Served

__all__ = ["JoiningFollower", "Served"]
