"""Watching as operators and everybody meet it: `/status` for people, `/metrics` for Prometheus.

What is watched, and what of it anybody may know, is `federation/watching`.
"""

from __future__ import annotations

from gateway.watching.watching import Watching

__all__ = ["Watching"]
