"""The log in forms that others read: FHIR R4 AuditEvents, a table, and JSON lines of our own.

One file a form, each event by event, so that a log of any length goes through. `names.py` says
under which names people stand in all of them.
"""

from federation.audit.export.forms import FORMS, Form
from federation.audit.export.names import Names

__all__ = ["FORMS", "Form", "Names"]
