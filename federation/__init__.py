"""The domain of Watling: plain Python that knows neither GraphQL nor the web server.

Start with `pipeline.py`, which reads as a table of contents, and `flow.py`, which holds the values
that its stages hand on.
"""
