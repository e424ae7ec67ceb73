"""The nodes of the demo network and what serves each; `__main__.py` starts one."""
