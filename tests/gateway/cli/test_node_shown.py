"""What a node or its region says does nothing to the screen of whoever checks it."""

from datetime import UTC, datetime

from federation.conformance import Outcome, Report, Result
from federation.model import Category, NodeProtocol
from gateway.cli.node.shown import print_report

_AT = datetime(2026, 11, 26, 9, 0, tzinfo=UTC)


def test_nothing_said_is_markup_or_obeyed(capsys):
    """A name with brackets is a name, and a code for a terminal is a mark on it."""
    result = Result(
        letter="a",
        title="Somebody who is not held",
        why="",
        mandatory=True,
        outcome=Outcome.FAIL,
        evidence=("HTTP 500 \x1b[2J[/nothing]",),
    )
    print_report(
        Report(
            node="theirs",
            name="Theirs [/] [bold]\x9b31m",
            protocol=NodeProtocol.GRAPHQL,
            endpoint="https://node.example/graphql",
            descriptor_digest=None,
            categories=(Category.ALLERGIES,),
            started_at=_AT,
            finished_at=_AT,
            rate_per_second=1,
            p95_seconds=1,
            people=1,
            people_digest="",
            results=(result,),
        )
    )
    told = capsys.readouterr().out
    assert "Theirs [/] [bold]\N{REPLACEMENT CHARACTER}31m: " in told
    assert "HTTP 500 \N{REPLACEMENT CHARACTER}[2J[/nothing]" in told
    assert not {"\x1b", "\x9b"} & set(told)
