"""Cedar text cut into rules: each with its line, whatever stands in texts and comments."""

import pytest

from federation.sharing.policy_text import split

TEXTS = [
    # text, lines and ids of its rules, why
    ("", [], "nothing"),
    ("// only a comment; with a semicolon\n", [], "comments are no rules"),
    ('@id("a")\nforbid (principal, action, resource);', [(1, "a")], "one"),
    (
        (
            '// first\n\n@id("a") forbid (principal, action, resource);\n'
            '@id("b")\npermit (principal, action, resource);'
        ),
        [(3, "a"), (4, "b")],
        "two, the first behind a comment",
    ),
    (
        '@id("a; b")\n@reason("say \\"no;\\"") forbid (principal, action, resource) // why; so\n;',
        [(1, "a; b")],
        "semicolons in texts and comments end nothing",
    ),
    ("forbid (principal, action, resource);", [(1, None)], "no id"),
    ('@id("a") forbid (principal', [(1, "a")], "what does not end is a rule all the same"),
]


@pytest.mark.parametrize(("text", "expected", "why"), TEXTS)
def test_rules_are_told_apart(text, expected, why):
    """Each rule begins where it begins, and has the id that it says."""
    assert [(one.line, one.id) for one in split(text)] == expected, why
