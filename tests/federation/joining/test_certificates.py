"""What a descriptor says of its node's certificates."""

from datetime import date
from hashlib import sha256
from ssl import PEM_cert_to_DER_cert

import pytest

from federation.errors import FaultyFileError
from federation.joining.descriptor import node_of, read_descriptor
from federation.model import NodeState, NodeTls
from tests.certificates import Authority
from tests.federation.joining.given import descriptor

OURS, OTHERS = Authority("the region's own"), Authority("somebody else's")
PEM = OURS.pem.decode("ascii")


def with_tls(ca, *named, more=""):
    """The example, with these authorities, and these named among its keys."""
    prints = (sha256(PEM_cert_to_DER_cert(one.pem.decode("ascii"))).hexdigest() for one in named)
    keys = "".join(f'[[keys]]\nuse = "TLS_AUTHORITY"\nsha256 = "{each}"\n\n' for each in prints)
    table = f'[tls]\nca = """\n{ca}"""\n{more}\n' if ca is not None else ""
    return descriptor(("[sharing]", f"{keys}{table}[sharing]"))


def test_a_node_is_trusted_by_its_own_authorities():
    """They are pinned as they stand in the file that was approved."""
    body = with_tls(PEM, OURS, more='server_name = "node.chiltern.example"')
    node = node_of(read_descriptor(body), NodeState.LIVE)
    assert node.tls == NodeTls(ca=PEM, server_name="node.chiltern.example")
    assert node_of(read_descriptor(descriptor()), NodeState.LIVE).tls is None


def test_from_when_on_an_authority_counts_no_more():
    """As its key says; one without a day counts on."""
    both = PEM + OTHERS.pem.decode("ascii")
    body = with_tls(both, OURS, OTHERS)
    mark = sha256(PEM_cert_to_DER_cert(PEM)).hexdigest()
    named = f'sha256 = "{mark}"\n'.encode()
    assert named in body
    body = body.replace(named, named + b"until = 2027-03-01\n")
    node = node_of(read_descriptor(body), NodeState.LIVE)
    assert node.tls.ca_until == ((mark, date(2027, 3, 1)),)


def test_several_authorities():
    """While they change there are two."""
    both = PEM + OTHERS.pem.decode("ascii")
    tls = read_descriptor(with_tls(both, OURS, OTHERS)).tls
    assert tls is not None
    assert tls.ca == both


@pytest.mark.parametrize(
    ("body", "why"),
    [
        (with_tls(None, OURS), "there is no `[tls]`"),
        (with_tls(PEM), "must be those that `[[keys]]` has"),
        (with_tls(PEM, OTHERS), "must be those that `[[keys]]` has"),
        (with_tls(PEM, OURS, OTHERS), "must be those that `[[keys]]` has"),
        (with_tls("nonsense", OURS), "must be the certificates of authorities, in PEM"),
        (with_tls(PEM + "-----BEGIN", OURS), "must be the certificates of authorities, in PEM"),
        (with_tls(PEM, OURS, more="key_file = '/etc/x'"), "key_file"),
        (with_tls(PEM, OURS, more='server_name = "https://x"'), "the name of a host"),
    ],
)
def test_authorities_that_hold_nobody_off(body, why):
    """An authority that is named and not given, or given and not named, is a fault."""
    with pytest.raises(FaultyFileError) as refused:
        read_descriptor(body)
    assert why in str(refused.value)
