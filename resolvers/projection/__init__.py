"""Compiled projection: one generated function a selection, in place of execution by field.

The answer, its errors and the order of its keys are the same: whatever is unusual is handed back to
graphql-core, which does the same part again in its own way. `executor.py` is where it enters,
`writer.py` writes the functions, `leaves.py` knows the scalars.
"""
