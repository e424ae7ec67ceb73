"""The front door: HTTP, identity, limits, settings, command line. `app.py` builds it all."""
