"""Merge: link, order, find conflicts, say what is missing. Pure; begin reading in `record.py`."""

from federation.merge.pages import check_cursors
from federation.merge.record import merge

__all__ = ["check_cursors", "merge"]
