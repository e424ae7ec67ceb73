"""Identify: make the person whom every node's answer is compared with; see `reference.py`."""

from federation.identify.known_numbers import KnownNumbers
from federation.identify.reference import identify
from federation.identify.tracing import PdsTracer, Traced, TraceOutcome, Tracer

__all__ = ["KnownNumbers", "PdsTracer", "TraceOutcome", "Traced", "Tracer", "identify"]
