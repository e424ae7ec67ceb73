"""Descriptors for tests: the documented example, with whatever a test changes in it."""

import re
from pathlib import Path

PAGE = Path(__file__).parents[3] / "docs" / "descriptor.md"
EXAMPLE = re.search(
    r"^```toml\n(.*?)^```", PAGE.read_text("utf-8"), re.MULTILINE | re.DOTALL
).group(1)


def descriptor(*changes: tuple[str, str]) -> bytes:
    """The example with each of these words, which must be in it, in the place of others."""
    text = EXAMPLE
    for old, new in changes:
        assert old in text, old
        text = text.replace(old, new)
    return text.encode()
