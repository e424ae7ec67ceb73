"""Writes an index of invented people's letters, to try the node on: `python make_example.py`.

Your own archive takes its place; then this file and its people go.
"""

from __future__ import annotations

import json
from pathlib import Path

from letters import INDEX

FILE = {"media_type": "application/pdf", "version": "1", "updated": "2026-03-05T09:00:00Z"}
LETTER = FILE | {"kind": "Clinical letter", "snomed": "823691000000103"}
SUMMARY = FILE | {"kind": "Discharge summary", "snomed": "373942005"}
PEOPLE = [
    {
        "number": "9990000018",
        "family_name": "Example",
        "given_name": "Ada",
        "birth_date": "1952-05-17",
        "gender": "FEMALE",
        "letters": [
            SUMMARY
            | {"id": "doc-0", "written": "2025-03-04", "title": "Discharge from the stroke unit"},
            *(
                LETTER
                | {"id": f"doc-{n}", "written": f"{2010 + n}-04-{n:02}", "title": f"Letter {n}"}
                for n in range(1, 13)
            ),
        ],
    },
    {
        "number": "9990000026",
        "family_name": "Example",
        "given_name": "Bert",
        "birth_date": "1980-01-31",
        "gender": "MALE",
        "letters": [],
    },
    {
        "number": "9990000034",
        "family_name": "Example",
        "given_name": "Cyra",
        "birth_date": "2001-12-01",
        "gender": "FEMALE",
        "letters": [
            LETTER
            | {
                "id": "doc-20",
                "written": "2026-02-11",
                "title": "Fertility clinic",
                "locked": True,
            },
            LETTER | {"id": "doc-21", "written": "2026-02-12", "title": "Physiotherapy"},
        ],
    },
]


def write(path: Path) -> None:
    """A new index with the people above."""
    path.write_text(json.dumps(PEOPLE, indent=1), "utf-8")


if __name__ == "__main__":
    write(INDEX)
    print(f"{INDEX.name} holds {len(PEOPLE)} invented people")
