"""The demo's FHIR R4 server: UK Core shaped resources over a node's store, a file each kind.

`app.py` routes, `search.py` searches, the rest turns the record's structs into resources.
"""
