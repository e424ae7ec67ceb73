"""The native node protocol: one GraphQL document for everything that a node is asked for."""
