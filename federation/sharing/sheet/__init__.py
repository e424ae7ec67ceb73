"""The rule sheet: rows that people write, what they mean as Cedar, and in English as shown back.

    rows.py, file.py, spreadsheet.py   rows as values, from TOML and from CSV
    templates.py, clauses.py           what a row means
    cedar.py, english.py               the same meaning for the engine, and for whoever signs

Start with `templates.py`.
"""

from federation.sharing.sheet.english import sentences
from federation.sharing.sheet.file import Sheet, pack, read_sheet

__all__ = ["Sheet", "pack", "read_sheet", "sentences"]
