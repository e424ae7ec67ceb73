"""FHIR R4 nodes: a person by NHS number, then a search for each category."""
