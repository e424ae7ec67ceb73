"""The tables of the store, as far as the node reads them. Yours look different: change these."""

from __future__ import annotations

from pathlib import Path

from sqlalchemy import Boolean, Column, Date, ForeignKey, Index, Integer, MetaData, String, Table
from sqlalchemy.ext.asyncio import AsyncEngine, create_async_engine
from sqlalchemy.pool import NullPool

STORE = Path(__file__).with_name("store.sqlite")

tables = MetaData()
patients = Table(
    "patients",
    tables,
    Column("id", Integer, primary_key=True),
    Column("nhs_number", String, nullable=False, unique=True),
    Column("family_name", String, nullable=False),
    Column("given_name", String, nullable=False),
    Column("birth_date", Date, nullable=False),
    Column("gender", String, nullable=False),
    Column("no_known_allergies", Boolean, nullable=False, default=False),
    Column("allergies_waiting", Boolean, nullable=False, default=False),
    Column("letters_withheld", Boolean, nullable=False, default=False),
    Column("deceased", Boolean, nullable=False, default=False),
    Column("protected", Boolean, nullable=False, default=False),
    Column("objects", Boolean, nullable=False, default=False),
)
# Every number that leads to a patient, those from before a merge included.
numbers = Table(
    "numbers",
    tables,
    Column("number", String, primary_key=True),
    Column("patient", ForeignKey("patients.id"), nullable=False),
)
allergies = Table(
    "allergies",
    tables,
    Column("id", Integer, primary_key=True),
    Column("patient", ForeignKey("patients.id"), nullable=False),
    Column("snomed", String, nullable=False),
    Column("words", String, nullable=False),
    Column("active", Boolean, nullable=False),
    Column("severe", Boolean, nullable=False),
    # As precisely as it is known: 1999, 2011-03, 2011-03-02.
    Column("recorded", String, nullable=False),
    Column("version", Integer, nullable=False, default=1),
    Column("updated_at", String, nullable=False),
)
letters = Table(
    "letters",
    tables,
    Column("id", Integer, primary_key=True),
    Column("patient", ForeignKey("patients.id"), nullable=False),
    Column("written_on", Date, nullable=False),
    Column("title", String, nullable=False),
    Column("label", String),
    # What the law or the region keeps in: it is never sent.
    Column("kept_in", Boolean, nullable=False, default=False),
    Column("version", Integer, nullable=False, default=1),
    Column("updated_at", String, nullable=False),
    # What a page is read by. Without it, every page sorts all letters anew.
    Index("letters_newest_first", "patient", "written_on", "id"),
)


def open_store(path: Path) -> AsyncEngine:
    """The store, opened anew for each query; a database server deserves a pool."""
    return create_async_engine(f"sqlite+aiosqlite:///{path}", poolclass=NullPool)
