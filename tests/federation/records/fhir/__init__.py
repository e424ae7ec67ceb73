"""How each category is read from FHIR R4, a file each."""
