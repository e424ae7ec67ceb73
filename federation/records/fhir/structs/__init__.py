"""FHIR R4 resources as structs of the fields that are read, and nothing else."""
