"""The second look: a node that was missing when somebody looked is asked again once it is back.

`missed.py` says which looks wait for which node, and seals them; `news.py` whether what a node says
now would have changed what was seen; `waiting.py` keeps them and asks, gently. How a question is
asked again, under the rules of then, is the pipeline's (`Pipeline.look_again`).
"""

from __future__ import annotations

from federation.second_look.missed import Missed, is_missing, missed_of
from federation.second_look.news import news
from federation.second_look.waiting import SecondLooks, Waits

__all__ = ["Missed", "SecondLooks", "Waits", "is_missing", "missed_of", "news"]
