"""The demo's FHIR resources, read back by the gateway's own readers."""
