"""The shipped rules, parsed once for all tests of sharing."""

import pytest

from federation.sharing import CedarRules


@pytest.fixture(scope="session")
def rules() -> CedarRules:
    return CedarRules.shipped()
