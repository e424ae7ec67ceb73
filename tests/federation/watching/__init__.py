"""How nodes are watched."""
