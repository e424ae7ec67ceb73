"""What an operator may write, and what stops the start."""

from __future__ import annotations

from pathlib import Path

import msgspec
import pytest

from federation.errors import SettingsError
from gateway.identity import ClientSettings, IssuerSettings, RoleTableSettings
from gateway.launch import LaunchHostSettings
from gateway.settings import LimitSettings, Secret, Settings, load_settings

FILE = """\
network_file = "network.toml"
organisations_file = "organisations.toml"
storage_url = "sqlite:////var/lib/watling.db"
audit_key_file = "keys/audit.toml"
id_key_file = "/etc/keys/id.key"
cursor_key_file = "keys/cursor.key"
sharing_key_file = "keys/sharing.key"
gateway_id = "https://gateway.example"
requester_keys_file = "keys/requester.json"

[[issuers]]
id = "sign-in"
issuer = "https://sign-in.example"
audience = "watling"
mapping = "oidc"
jwks_file = "jwks.json"
"""


@pytest.fixture
def file(tmp_path: Path) -> Path:
    path = tmp_path / "watling.toml"
    path.write_text(FILE)
    return path


def refused(path: Path | None, environ: dict[str, str] | None = None) -> str:
    with pytest.raises(SettingsError) as caught:
        load_settings(path, environ or {})
    return str(caught.value)


def test_paths_are_relative_to_the_file(file: Path) -> None:
    """A path in the file means the same wherever the gateway is started from."""
    settings = load_settings(file, {})
    assert settings.network_file == file.parent / "network.toml"
    assert settings.issuers[0].jwks_file == file.parent / "jwks.json"
    assert settings.id_key_file == Path("/etc/keys/id.key")


def test_the_environment_lies_over_the_file(file: Path) -> None:
    """A variable wins over the file; two underscores join the names of a nested one."""
    environ = {
        "WATLING_PORT": "9000",
        "WATLING_GRAPHIQL": "true",
        "WATLING_SHUTDOWN_SECONDS": "2.5",
        "WATLING_LIMITS__MAX_DEPTH": "7",
        "WATLING_STORAGE_URL": "sqlite:///other.db",
        "WATLING_NETWORK_FILE": "elsewhere.toml",
        "PATH": "/bin",
    }
    settings = load_settings(file, environ)
    assert (settings.port, settings.graphiql, settings.shutdown_seconds) == (9000, True, 2.5)
    assert settings.limits.max_depth == 7
    assert settings.limits.max_aliases == Settings.__struct_defaults__[-1].max_aliases
    assert settings.storage_url.reveal() == "sqlite:///other.db"
    assert settings.network_file == Path("elsewhere.toml")


def test_the_environment_alone_will_do() -> None:
    """Without a file every setting can come from variables, lists as JSON."""
    environ = {
        "WATLING_NETWORK_FILE": "network.toml",
        "WATLING_ORGANISATIONS_FILE": "organisations.toml",
        "WATLING_STORAGE_URL": "sqlite:///watling.db",
        "WATLING_AUDIT_KEY_FILE": "audit.toml",
        "WATLING_ID_KEY_FILE": "id.key",
        "WATLING_CURSOR_KEY_FILE": "cursor.key",
        "WATLING_ISSUERS": '[{"id": "i", "issuer": "https://i", "audience": "a",'
        ' "mapping": "cis2", "jwks_url": "https://i/keys"}]',
        "WATLING_SHARING_KEY_FILE": "sharing.key",
        "WATLING_GATEWAY_ID": "https://gateway.example",
        "WATLING_REQUESTER_KEYS_FILE": "requester.json",
    }
    settings = load_settings(None, environ)
    assert settings.issuers[0].issuer == "https://i"


@pytest.mark.parametrize(
    ("line", "said"),
    [
        ("prot = 8000", "no such setting: `prot`"),
        ('port = "eighty"', "expected `int`, got `str` - at `port`"),
        ("port = 70000", "expected `int` <= 65535 - at `port`"),
        ("graphiql = 1", "expected `bool`, got `int` - at `graphiql`"),
        ('log_level = "loud"', "invalid enum value 'loud' - at `log_level`"),
        ("[limits]\nmax_dpeth = 3", "no such setting: `max_dpeth` in `limits`"),
        ("[limits]\nmax_depth = 0", "expected `int` >= 1 - at `limits.max_depth`"),
        (
            'service_desk = " "',
            r"expected `str` matching regex '^\\S(.*\\S)?$' - at `service_desk`",
        ),
        ("port = ", "is not TOML (at line 1, column 8)"),
    ],
)
def test_a_wrong_line_is_named(file: Path, line: str, said: str) -> None:
    """A setting that is unknown or does not fit stops the start, naming the file and the place."""
    file.write_text(f"{FILE}{line}" if line.startswith("[") else f"{line}\n{FILE}")
    assert refused(file) == f"`{file}`: {said}"


@pytest.mark.parametrize("name", ["network_file", "storage_url", "cursor_key_file", "issuer"])
def test_a_missing_setting_is_named(file: Path, name: str) -> None:
    """What has no default must be given."""
    file.write_text("\n".join(line for line in FILE.splitlines() if not line.startswith(name)))
    assert name in refused(file)


CLIENT = """
[[clients]]
issuer = "sign-in"
id = "4711"
name = "Ward viewer"
device = "SHARED"
"""


@pytest.mark.parametrize(
    ("text", "said"),
    [
        (CLIENT.replace("sign-in", "nobody"), "there is no issuer `nobody`"),
        (CLIENT.replace("SHARED", "TABLET"), "device"),
        ("proof_required = true\n", "`public_url` is not set"),
        ('[[role_tables]]\nissuer = "sign-in"\n', "organisation"),
    ],
)
def test_rows_that_cannot_work_are_refused(file: Path, text: str, said: str) -> None:
    """A row about an issuer that is not there, or about nothing, stops the start."""
    file.write_text(FILE + text)
    assert said in refused(file)


@pytest.mark.parametrize("name", ["audit_checkpoint_key_file", "audit_checkpoint_file"])
def test_a_key_of_checkpoints_needs_their_file(file: Path, name: str) -> None:
    """One without the other would sign nothing, and nobody would know."""
    file.write_text(f'{name} = "one"\n{FILE}')
    assert "need each other" in refused(file)


def test_checkpoints_are_made_or_not(file: Path) -> None:
    """Who says that there are none has no file for them."""
    both = 'audit_checkpoint_key_file = "one"\naudit_checkpoint_file = "two"\n'
    file.write_text(f'audit_checkpoints = "none"\n{both}{FILE}')
    assert "set all the same" in refused(file)


@pytest.mark.parametrize(
    "address",
    [
        "proxy.example:3128",
        "https://proxy.example:3128",
        "http://proxy.example",
        "http://watling:secret@proxy.example",
        "http://proxy.example:3128/secret",
        "socks5://proxy.example:1080",
    ],
)
def test_what_is_no_proxy(file: Path, address: str) -> None:
    """A proxy is a plain http address with a port; what was written may hold a password."""
    said = refused(file, {"WATLING_EGRESS_PROXY": address})
    assert said.endswith("`egress_proxy` must be like http://proxy.example:3128")


def test_a_proxy_and_a_certificate(file: Path) -> None:
    """The proxy's password does not show, and a key without its certificate is refused."""
    said = "http://watling:secret@proxy.example:3128"
    settings = load_settings(file, {"WATLING_EGRESS_PROXY": said})
    assert settings.egress_proxy is not None
    assert settings.egress_proxy.reveal() == said
    assert "secret" not in repr(settings)
    key = {"WATLING_CLIENT_KEY_FILE": "gateway.key"}
    assert refused(file, key).endswith("`client_key_file` needs `client_certificate_file`")
    both = load_settings(file, key | {"WATLING_CLIENT_CERTIFICATE_FILE": "gateway.pem"})
    assert both.client_certificate().key_file == "gateway.key"


def test_an_application_and_a_table_are_rows(file: Path) -> None:
    """Applications and signed tables are read, the files of a table beside the settings."""
    table = (
        '[[role_tables]]\nissuer = "sign-in"\norganisation = "Z99280"\n'
        'table_file = "Z99280.jws"\nkey_file = "Z99280-key.json"\nroles = ["R1330"]\n'
    )
    file.write_text(FILE + CLIENT + table)
    settings = load_settings(file, {})
    assert settings.clients[0].name == "Ward viewer"
    assert settings.role_tables[0].table_file == file.parent / "Z99280.jws"
    assert settings.role_tables[0].key_file == file.parent / "Z99280-key.json"


def test_no_issuer_is_no_gateway(file: Path) -> None:
    """A gateway that believes nobody's tokens does not start."""
    file.write_text(FILE.partition("[[issuers]]")[0] + "issuers = []\n")
    assert "issuers" in refused(file)


@pytest.mark.parametrize(
    ("name", "value"),
    [
        ("WATLING_PROT", "8000"),
        ("WATLING_LIMITS__DEPTH", "3"),
        ("WATLING_NOTHING__PORT", "3"),
        ("WATLING_PORT__DEPTH", "3"),
        ("WATLING_PORT", "eighty"),
        ("WATLING_GRAPHIQL", "perhaps"),
        ("WATLING_ISSUERS", "[{"),
    ],
)
def test_a_wrong_variable_is_named(file: Path, name: str, value: str) -> None:
    """A variable with our prefix that is unknown or does not fit stops the start."""
    assert refused(file, {name: value}).startswith(f"`{name}`: ")


def test_a_missing_file_is_named(tmp_path: Path) -> None:
    """A file that is not there is said in plain words."""
    path = tmp_path / "none.toml"
    assert refused(path) == f"`{path}`: cannot be read (No such file or directory)"


@pytest.mark.parametrize("url", ["postgresql://u:hidden-word@db/x", "sqlite:///watling.db"])
def test_a_log_of_its_own_is_a_file_of_its_own(file: Path, url: str) -> None:
    """Not another database, and not the one that everything else is in."""
    said = refused(
        file, {"WATLING_STORAGE_URL": "sqlite:///watling.db", "WATLING_AUDIT_STORAGE_URL": url}
    )
    assert "`audit_storage_url` must be a SQLite file" in said
    assert "hidden-word" not in said


def test_secrets_do_not_show(file: Path) -> None:
    """The storage URL, which may carry a password, is in no printed form of the settings."""
    settings = load_settings(file, {"WATLING_STORAGE_URL": "postgresql://u:hidden-word@db/x"})
    assert "hidden-word" not in f"{settings!r} {settings} {Secret('hidden-word')!r}"
    assert "hidden-word" in settings.storage_url.reveal()


def test_every_setting_has_its_row() -> None:
    """`docs/settings.md` names each setting, with the default that it has."""
    page = (Path(__file__).parents[2] / "docs" / "settings.md").read_text()
    top, *parts = page.split("\n## ")
    parts = {part.splitlines()[0]: part for part in parts}
    tables = {
        Settings: top,
        IssuerSettings: parts["`[[issuers]]`"],
        RoleTableSettings: parts["`[[role_tables]]`"],
        ClientSettings: parts["`[[clients]]`"],
        LaunchHostSettings: parts["`[[launch_hosts]]`"],
        LimitSettings: parts["`[limits]`"],
    }
    for kind, text in tables.items():
        for field in msgspec.structs.fields(kind):
            lines = [line for line in text.splitlines() if line.startswith("| ")]
            (row,) = [line for line in lines if f"`{field.name}`" in line.split("|")[1]]
            numeric = isinstance(field.default, int) and not isinstance(field.default, bool)
            if numeric and field.name != "port":
                assert f"| `{field.default}` |" in row, field.name
