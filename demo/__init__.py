"""The demo network: synthetic people, a node for each region, a stand-in for the tracing service."""
