"""What becomes of the log where the store fails: a full disk, a file that cannot be written."""

from __future__ import annotations

from collections.abc import AsyncIterator
from pathlib import Path

import pytest
import pytest_asyncio

from federation.audit import AuditKeys, AuditTrail, Sealer
from federation.audit.checkpoint import of_lines, of_rows, read_lines
from federation.audit.checkpointer import Checkpointer
from federation.audit.proof import ChainProof, prove
from federation.errors import AuditUnavailableError, SettingsError, StorageError
from federation.storage import Storage, open_storage
from tests.builders import KEY as AUDIT_KEY
from tests.federation.audit.values import KEYS, Ticking, a_signing_key, an_event, events

KEY = a_signing_key()
SEALER = Sealer(KEYS)


@pytest.fixture
def url(tmp_path: Path) -> str:
    return f"sqlite:///{tmp_path / 'watling.db'}"


@pytest_asyncio.fixture
async def storage(url: str) -> AsyncIterator[Storage]:
    opened = await open_storage(url)
    yield opened
    await opened.close()


async def pragma(storage: Storage, statement: str) -> int | None:
    """Set on the connection that writes, which is let go after an error."""
    writer = storage.audit._writer  # type: ignore[attr-defined]  # SQL's own

    def work(connection):
        result = connection.exec_driver_sql(f"PRAGMA {statement}")
        return result.scalar() if result.returns_rows else None

    return await writer.transact(work)


async def proved(storage: Storage, sealer: Sealer | None = SEALER) -> ChainProof:
    checkpoints = of_rows(await storage.keeping.checkpoints(), KEY.public)
    (proof,) = (await prove(storage.audit.read(), checkpoints, sealer)).values()
    return proof


async def signed(storage: Storage, trail: AuditTrail, file: Path) -> Checkpointer:
    return await Checkpointer.open(
        trail, storage.keeping, KEY, file, Ticking(), report_failure=lambda _: None
    )


async def test_a_full_disk(storage: Storage):
    """The look is unavailable and nothing of it is written; with room the chain goes on."""
    told: list[BaseException] = []
    trail = await AuditTrail.open(
        storage.audit, "gateway-1", KEYS, Ticking(), report_failure=told.append
    )
    await trail.record(events(2))
    pages = await pragma(storage, "page_count")
    await pragma(storage, f"max_page_count = {pages}")

    with pytest.raises(AuditUnavailableError):
        await trail.record(events(200, "too-many"))
    assert [str(error.__cause__.orig) for error in told] == ["database or disk is full"]  # type: ignore[union-attr]  # of the database
    assert (await proved(storage)).head.sequence == 2

    await trail.record((an_event("after"),))
    await trail.aclose()
    proof = await proved(storage)
    assert (proof.broken, proof.head.sequence) == (None, 3)


async def test_a_store_that_can_be_read_alone(storage: Storage, url: str):
    """Whether it is opened so or becomes so: no look, and the log stays as it was."""
    trail = await AuditTrail.open(storage.audit, "gateway-1", KEYS, Ticking())
    await trail.record(events(2))
    await pragma(storage, "query_only = 1")
    with pytest.raises(AuditUnavailableError):
        await trail.record((an_event("refused"),))
    await trail.aclose()

    reading = await open_storage(url, read_only=True)
    other = await AuditTrail.open(reading.audit, "gateway-1", KEYS, Ticking())
    with pytest.raises(AuditUnavailableError):
        await other.record((an_event("refused"),))
    await other.aclose()
    await reading.close()

    proof = await proved(storage)
    assert (proof.broken, proof.head.sequence) == (None, 2)


async def test_a_checkpoint_on_a_full_disk(storage: Storage, tmp_path: Path):
    """The file has it and the store not; it is given to the store when there is room."""
    trail = await AuditTrail.open(storage.audit, "gateway-1", KEYS, Ticking())
    checkpoints = await signed(storage, trail, tmp_path / "checkpoints.jsonl")
    await trail.record(events(2))
    await pragma(storage, "query_only = 1")
    await checkpoints.sign_now()
    assert await storage.keeping.checkpoints() == ()

    await checkpoints.aclose()
    lines = read_lines(tmp_path / "checkpoints.jsonl")
    assert [said.sequence for said in of_lines(lines, KEY.public)] == [2]
    assert (await proved(storage)).signed_up_to == 2


async def test_two_processes_with_one_name(storage: Storage, url: str, tmp_path: Path):
    """No fork: whoever is behind is refused once, and both write on in one chain that is signed."""
    file = tmp_path / "checkpoints.jsonl"
    second = await open_storage(url)
    trails = [
        await AuditTrail.open(each.audit, "gateway-1", KEYS, Ticking())
        for each in (storage, second)
    ]
    signing = [
        await signed(each, trail, file)
        for each, trail in zip((storage, second), trails, strict=True)
    ]
    await trails[0].record(events(2, "one"))
    with pytest.raises(AuditUnavailableError):
        await trails[1].record((an_event("behind"),))
    for turn in range(3):
        await trails[1].record((an_event(f"two-{turn}"),))
        await signing[1].sign_now()
        with pytest.raises(AuditUnavailableError):
            await trails[0].record((an_event("behind"),))
        await trails[0].record((an_event(f"one-{turn}"),))
        await signing[0].sign_now()
        with pytest.raises(AuditUnavailableError):
            await trails[1].record((an_event("behind"),))
    for one in signing:
        await one.aclose()

    proof = await proved(second)
    await second.close()
    assert (proof.broken, proof.head.sequence, proof.signed_up_to) == (None, 8, 8)
    lines = of_lines(read_lines(file), KEY.public)
    assert sorted(said.sequence for said in lines) == [3, 4, 5, 6, 7, 8]


@pytest.mark.parametrize("stride", [4096])
async def test_a_file_that_was_cut_short(url: str, tmp_path: Path, stride: int):
    """At every page, and a byte before it: an error or a break, and never a log that holds."""
    path, file = tmp_path / "watling.db", tmp_path / "checkpoints.jsonl"
    storage = await open_storage(url)
    trail = await AuditTrail.open(storage.audit, "gateway-1", KEYS, Ticking())
    checkpoints = await signed(storage, trail, file)
    await trail.record(events(30))
    await checkpoints.aclose()
    await storage.close()
    whole = path.read_bytes()
    said = of_lines(read_lines(file), KEY.public)

    for length in range(0, len(whole), stride):
        for each in {length, max(length - 1, 0)}:
            path.write_bytes(whole[:each])
            try:
                reading = await open_storage(url, read_only=True)
            except SettingsError:
                continue
            try:
                found = await prove(reading.audit.read(), said, SEALER)
                assert found["gateway-1"].broken is not None, each
            except StorageError:
                pass
            finally:
                await reading.close()


async def test_a_key_that_was_rotated_between_events(storage: Storage):
    """Both keys open all of it; one alone is asked for the other; without any the chain holds."""
    both = AuditKeys(current="2027-01", by_id={"2027-01": bytes(32), "2026-11": AUDIT_KEY})
    for keys in (KEYS, both):
        trail = await AuditTrail.open(storage.audit, "gateway-1", keys, Ticking())
        await trail.record(events(2))
        await trail.aclose()

    for sealer in (Sealer(both), None):
        proof = await proved(storage, sealer)
        assert (proof.broken, proof.head.sequence) == (None, 4)
    with pytest.raises(SettingsError, match="`2027-01` is needed"):
        await proved(storage, SEALER)
    alone = AuditKeys(current="2027-01", by_id={"2027-01": bytes(32)})
    with pytest.raises(SettingsError, match="`2026-11` is needed"):
        await proved(storage, Sealer(alone))
