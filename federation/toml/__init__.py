"""TOML that people write by hand: read into values, with every fault on its line, all at once."""

from federation.toml.lines import TomlPath, line_of, lines_of
from federation.toml.reading import Fault, Wrong, read_toml, refuse
from federation.toml.words import ONE_LINE, UNSEEN, mixes_scripts

__all__ = [
    "ONE_LINE",
    "UNSEEN",
    "Fault",
    "TomlPath",
    "Wrong",
    "line_of",
    "lines_of",
    "mixes_scripts",
    "read_toml",
    "refuse",
]
