"""The demo network: synthetic people, a node for each region, and the tracing stand-in."""
