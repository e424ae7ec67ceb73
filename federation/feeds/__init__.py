"""What others tell of people in files: who cares for them, who acts for them, what they agreed to.

`rows.py` says what a row of each kind of feed holds, `read.py` reads a file of them. A feed is
loaded into the sharing store whole, in place of what it said before.
"""

from federation.feeds.read import FEED_NAME, Feed, read_feed
from federation.feeds.rows import ROWS

__all__ = ["FEED_NAME", "ROWS", "Feed", "read_feed"]
