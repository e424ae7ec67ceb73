"""What the demo's nodes must say of their test people, for a conformance check: data alone."""
