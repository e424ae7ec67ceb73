"""`/launch`: a host system's signed word on who is meant and why, changed for a one-use handle.

`endpoint.py` is the address, `message.py` says whether a message is believed, `claims.py` what it
says, `hosts.py` whom we believe, `record.py` puts it on the record. Keeping and redeeming is
`federation/launches.py`.
"""

from gateway.launch.endpoint import LaunchEndpoint
from gateway.launch.hosts import LaunchHost, LaunchHostSettings, enrol
from gateway.launch.message import LaunchFault, LaunchReader
from gateway.launch.record import LaunchRecord

__all__ = [
    "LaunchEndpoint",
    "LaunchFault",
    "LaunchHost",
    "LaunchHostSettings",
    "LaunchReader",
    "LaunchRecord",
    "enrol",
]
