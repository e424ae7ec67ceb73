"""Each thing of a TOML file has its line, however it is written."""

import tomllib

from federation.toml import line_of, lines_of

TEXT = '''# a comment with [brackets]
title = "a # that is no comment"
"quoted.key" = 1

[one.two]
three = [
  1,   # first
  { deep = "x", more = [2] },
  [3,
   4],
]
text = """
[not.a.table]
still = "text" and \\""" quotes
"""
raw = \'\'\'
no = "key"\'\'\'\'

[[many]]
a.b = 2026-01-01T00:00:00Z
[many.inner]
k = { x = 1, "y z" = [ "]" ] }
[[many.more]]
[[many]]
last = 02:00:00'''

EXPECTED = {
    ("title",): 2,
    ("quoted.key",): 3,
    ("one",): 5,
    ("one", "two"): 5,
    ("one", "two", "three"): 6,
    ("one", "two", "three", 0): 7,
    ("one", "two", "three", 1): 8,
    ("one", "two", "three", 1, "deep"): 8,
    ("one", "two", "three", 1, "more", 0): 8,
    ("one", "two", "three", 2): 9,
    ("one", "two", "three", 2, 1): 10,
    ("one", "two", "text"): 12,
    ("one", "two", "raw"): 16,
    ("many",): 19,
    ("many", 0): 19,
    ("many", 0, "a", "b"): 20,
    ("many", 0, "inner"): 21,
    ("many", 0, "inner", "k", "y z", 0): 22,
    ("many", 0, "more", 0): 23,
    ("many", 1): 24,
    ("many", 1, "last"): 25,
}


def test_everything_has_its_line():
    """Tables, arrays of them, dotted and quoted keys, and what stands inside of values."""
    lines = lines_of(TEXT)
    assert {path: lines.get(path) for path in EXPECTED} == EXPECTED


def test_nothing_is_named_that_is_not_there():
    """Text inside of strings is no key: all that has a line can be found in what was read."""
    read = tomllib.loads(TEXT)
    for path in lines_of(TEXT):
        found = read
        for step in path:
            found = found[step]


def test_line_ends_of_another_system_change_nothing():
    """A file with carriage returns has the same lines."""
    assert lines_of(TEXT.replace("\n", "\r\n")) == lines_of(TEXT)


def test_what_is_not_there_has_the_line_of_what_is_around_it():
    """A key that is missing is missing in its table, or in the file."""
    lines = lines_of(TEXT)
    assert line_of(lines, ("many", 1, "gone", "too")) == 24
    assert line_of(lines, ("gone",)) == 1
