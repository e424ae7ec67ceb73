"""The store gives back what was put into it."""

from demo.model import HERTS, Holding
from demo.store import NodeStore, NodeStoreWriter, StoredPart
from federation.model import Assertion, Category
from federation.records.base import Concept
from federation.records.problems import Problem
from tests.builders import NUMBER, OTHER_NUMBER, a_person


def test_parts_come_back_as_they_were_kept(tmp_path):
    """An assertion before the first list, the first list and those that are packed by it."""
    many = tuple(
        Problem(source_id=str(at), condition=Concept(display=f"problem {at}")) for at in range(200)
    )
    writer = NodeStoreWriter(tmp_path / "node.sqlite3")
    kept = {"none": (), "one": many[:1], "many": many}
    for key, number, items in zip(
        kept, (NUMBER, OTHER_NUMBER, "9990000158"), kept.values(), strict=True
    ):
        holding = Holding(
            node=HERTS,
            person=a_person(nhs_number=number),
            items={Category.PROBLEMS: items} if items else {},
            assertions={} if items else {Category.PROBLEMS: Assertion.NONE_KNOWN},
        )
        writer.add(holding, key)
    writer.close()

    store = NodeStore(tmp_path / "node.sqlite3")
    found = {key: store.part(store.person(key), Category.PROBLEMS) for key in kept}
    store.close()

    assert found["none"] == StoredPart(assertion=Assertion.NONE_KNOWN)
    assert {key: part.items for key, part in found.items()} == kept
