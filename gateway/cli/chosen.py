"""Which settings a command works with: those named, the environment's, or a demo's."""

from __future__ import annotations

from pathlib import Path

from demo.place import DEFAULT, Place
from federation.errors import SettingsError
from gateway.settings import Settings, load_settings


def chosen_settings(chosen: Path | None) -> Settings:
    """The settings chosen, the environment's, or those of a demo that was made in this folder."""
    try:
        return load_settings(chosen)
    except SettingsError:
        demo = Place(DEFAULT).settings
        if chosen is not None or not demo.exists():
            raise
        return load_settings(demo)
