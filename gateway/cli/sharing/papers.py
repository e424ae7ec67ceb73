"""`watling sharing papers`: the papers that go with sharing, from what decides now."""

from __future__ import annotations

import asyncio
import sys
from collections.abc import Mapping
from html import escape
from pathlib import Path

import click
from markdown_it import MarkdownIt

from federation.sharing.papers import write_papers
from federation.sharing.rulebook import Published
from federation.storage import open_storage
from gateway.cli.sharing.published import rules_of
from gateway.cli.sharing.terminal import SETTINGS, plain_errors, today
from gateway.settings import Settings, load_settings


@click.command()
@click.argument("folder", type=click.Path(path_type=Path, file_okay=False))
@click.option("--check", "only_check", is_flag=True, help="Only say whether they are up to date.")
@SETTINGS
def papers(folder: Path, settings: Path | None, *, only_check: bool) -> None:
    """Write who shares what with whom, the data flows, and the privacy notice into FOLDER.

    Each as Markdown and as a page that needs nothing else.
    """
    with plain_errors():
        published = asyncio.run(_in_force(load_settings(settings)))
    written = with_pages(write_papers(published, today()))
    if only_check:
        _compare(folder, written)
        return
    folder.mkdir(parents=True, exist_ok=True)
    for name, text in written.items():
        (folder / name).write_text(text, "utf-8")
        click.echo(f"wrote {folder / name}")


def with_pages(papers_: Mapping[str, str]) -> Mapping[str, str]:
    """Each paper, and the same as a page without scripts, pictures or addresses of its own."""
    # Words of a bundle are words: what looks like HTML in them is shown, not obeyed.
    marked = MarkdownIt("commonmark", {"html": False}).enable("table").disable(["image", "link"])
    pages = {
        f"{Path(name).stem}.html": _page(text, marked.render(text))
        for name, text in papers_.items()
    }
    return {**papers_, **pages}


def _page(text: str, body: str) -> str:
    title = escape(text.splitlines()[0].lstrip("# "))
    return f"""<!doctype html>
<html lang="en"><head><meta charset="utf-8"><title>{title}</title><style>
body {{ font: 16px/1.5 sans-serif; margin: 2em auto; max-width: 60em; color: #111 }}
table {{ border-collapse: collapse; font-size: 14px }}
td, th {{ border: 1px solid #999; padding: .25em .5em; text-align: left; vertical-align: top }}
td {{ overflow-wrap: anywhere }}
</style></head><body>
{body}</body></html>
"""


def _compare(folder: Path, written: Mapping[str, str]) -> None:
    stale = [name for name, text in written.items() if _text(folder / name) != text]
    for name in stale:
        click.echo(f"watling: {folder / name} does not say what decides now", err=True)
    if stale:
        sys.exit(1)
    click.echo("the papers say what decides now")


def _text(path: Path) -> str | None:
    try:
        return path.read_text("utf-8")
    except OSError:
        return None


async def _in_force(settings: Settings) -> tuple[Published, ...]:
    storage = await open_storage(settings.storage_url.reveal(), read_only=True)
    try:
        return (await rules_of(storage, settings)).bundles
    finally:
        await storage.close()
