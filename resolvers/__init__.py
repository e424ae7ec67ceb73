"""The schema: GraphQL types, roots, selection, projection, errors. No I/O of its own.

`schema.build_schema` is what the gateway uses, with one `context.Context` for each HTTP request.
"""
