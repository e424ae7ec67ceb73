"""How each category is read from FHIR R4.

A category's reading has the category's name and ends with one `FhirReading`; `readers.py` registers
them. `resource.py` has resources and references, `elements.py` and `structs/` what of them is read,
`r4.py` what it means; `words.py`, `telling.py` and `pointers.py` say in words what no field takes.
"""
