"""Deeds: what changes or explains access to a record, each in a file of its own.

Every deed goes the same way (`desk.py`): admitted by the rules, decided, made durable in the audit,
then stored, then answered. Nothing is granted that is not on the record; a grant that is on the
record and could not be stored is not granted. Refused deeds are on the record too. To read who
looked (`access_log.py`) is a deed as well.
"""

from federation.access.access_log import AuditLog
from federation.access.desk import AccessDesk, Happened
from federation.access.node_steps import Membership
from federation.access.standing import Parts

__all__ = ["AccessDesk", "AuditLog", "Happened", "Membership", "Parts"]
