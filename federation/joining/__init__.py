"""How a node joins the network: its descriptor, who signs it, and the steps of its life.

Start in `descriptor.py`. What is asked of a node that joins, and how, is no affair of this package.
"""
