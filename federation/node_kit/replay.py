"""What has been seen before: each token is good for one request, so its id is remembered.

In this process's memory, as long as the token lives. A node of several processes sees a token at
most once in each; what it is bound to (`requester.py`) holds for all of them.
"""

from __future__ import annotations

from collections import OrderedDict

MOST_REMEMBERED = 200_000


class FullError(Exception):
    """So many tokens are alive that one more could not be remembered."""


class Seen:
    """The ids of the tokens that are still alive."""

    def __init__(self, most: int = MOST_REMEMBERED) -> None:
        self._until: OrderedDict[str, float] = OrderedDict()
        self._most = most

    def is_new(self, token_id: str, until: float, now: float) -> bool:
        """Whether it was not seen before; it has been from now on, up to `until` (seconds).

        Raises `FullError`: nothing that is alive is ever forgotten to make room.
        """
        self._forget(now)
        if token_id in self._until:
            return False
        if len(self._until) >= self._most:
            raise FullError
        self._until[token_id] = until
        return True

    def _forget(self, now: float) -> None:
        # In the order in which they came, which is nearly that in which they end.
        while self._until:
            token_id, until = next(iter(self._until.items()))
            if until > now:
                return
            del self._until[token_id]
