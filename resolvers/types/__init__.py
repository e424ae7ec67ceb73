"""The types of the schema.

Closed sets are registered here, before any type can mention one: strawberry would else name it
itself.
"""

from resolvers.types.enums import ENUMS, enum_type

SHARED_ENUMS = tuple(map(enum_type, ENUMS))
