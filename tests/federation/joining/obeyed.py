"""Every key of a descriptor, and what keeps to it.

Whoever adds a key adds a row: the tests that fail where the key is passed over, or why nothing
hangs on it, which `docs/descriptor.md` then says too ("What nothing hangs on yet").
"""

from __future__ import annotations

from collections.abc import Mapping

_HERE = "tests/federation/joining"
_LIFE = f"{_HERE}/test_lifecycle.py"
_RATE = "tests/federation/protocols/test_rate.py"
_TLS = "tests/federation/protocols/test_node_tls.py"
_CONTRACT = "tests/federation/protocols/test_contract.py"
_CHECKED = "tests/gateway/joining/test_conformance.py"
_CHECKS = "tests/federation/conformance/test_checks.py"
_MAINTENANCE = "tests/federation/test_maintenance.py::test_when_a_window_holds"
_EXAMPLE = f"{_HERE}/test_descriptor.py::test_the_documented_example_is_one"

OBEYED: Mapping[str, tuple[str, ...]] = {
    "node.id": (
        f"{_LIFE}::test_a_node_of_another_region_cannot_be_taken_over",
        f"{_LIFE}::test_a_step_says_which_descriptor_it_brings",
    ),
    "node.name": (f"{_LIFE}::test_no_node_is_called_as_another",),
    "node.region": (f"{_LIFE}::test_a_region_is_called_as_it_was_enrolled",),
    "node.region_id": (f"{_LIFE}::test_a_region_has_to_be_enrolled",),
    "node.version": (f"{_LIFE}::test_a_version_is_higher_than_those_before",),
    "node.protocol": (f"{_CHECKED}::test_a_server_by_descriptor_alone", _EXAMPLE),
    "node.contact_route": (
        "tests/federation/merge/test_coverage.py::test_a_headline_says_whom_to_ring",
    ),
    "node.echoes_request": (
        (
            "tests/federation/protocols/test_requester_token.py"
            "::test_an_answer_to_another_request_is_not_believed"
        ),
    ),
    "node.verifies_requesters": (f"{_CHECKED}::test_a_server_by_descriptor_alone",),
    "controllers.from": (f"{_LIFE}::test_nothing_is_shown_for_whose_data_nobody_answers",),
    "controllers.until": (f"{_LIFE}::test_nothing_is_shown_for_whose_data_nobody_answers",),
    "test.endpoint": (f"{_CHECKED}::test_a_server_by_descriptor_alone",),
    "test.hooks": (f"{_CHECKS}::test_the_demo_node_passes",),
    "test.token_url": (f"{_CHECKED}::test_what_the_test_endpoint_has_of_its_own",),
    "test.server_name": (f"{_CHECKED}::test_what_the_test_endpoint_has_of_its_own",),
    "live.endpoint": (_EXAMPLE, f"{_LIFE}::test_addresses_are_held_to_the_regions_networks"),
    "live.probe_person": (
        (
            "tests/federation/watching/test_health.py"
            "::test_a_probe_asks_for_nobody_by_name_and_for_every_category"
        ),
    ),
    "categories.category": (
        (
            "tests/federation/test_locate.py"
            "::test_a_live_node_is_asked_for_what_it_offers_and_gets_rows_for_the_rest"
        ),
    ),
    "categories.current_within_minutes": (
        (
            "tests/federation/sharing/test_rows.py"
            "::test_a_feed_that_lags_further_than_was_declared_is_said_to"
        ),
    ),
    "limits.calls_per_second": (
        f"{_RATE}::test_a_node_is_never_asked_more_often_than_it_declared",
        "tests/acceptance/test_declared.py::test_a_node_is_asked_no_oftener_than_it_bears",
    ),
    "limits.timeout_seconds": (
        "tests/federation/test_fanout.py::test_a_node_has_its_own_limit_too",
    ),
    "limits.connect_timeout_seconds": (
        f"{_HERE}/test_obeyed.py::test_how_long_a_request_may_take",
    ),
    "limits.p95_seconds": (f"{_CHECKS}::test_a_bad_node_fails_its_check_and_no_other",),
    "limits.max_response_bytes": (f"{_CONTRACT}::test_too_large",),
    "limits.max_pages": ("tests/federation/protocols/fhir/test_pages.py::test_pages_have_an_end",),
    "maintenance.days": (_MAINTENANCE,),
    "maintenance.from": (_MAINTENANCE,),
    "maintenance.until": (
        _MAINTENANCE,
        "tests/acceptance/test_declared.py::test_a_node_that_is_down_as_it_announced_says_so",
    ),
    "keys.use": (f"{_LIFE}::test_the_descriptor_names_the_key_that_signs_it",),
    "keys.sha256": (
        f"{_LIFE}::test_the_descriptor_names_the_key_that_signs_it",
        f"{_HERE}/test_certificates.py::test_authorities_that_hold_nobody_off",
    ),
    "keys.until": (
        f"{_LIFE}::test_a_key_that_a_descriptor_says_is_over_signs_nothing",
        f"{_TLS}::test_an_authority_is_trusted_up_to_its_last_day",
    ),
    "tls.ca": (f"{_TLS}::test_what_is_pinned_is_all_that_is_trusted",),
    "tls.server_name": (f"{_TLS}::test_a_certificate_for_another_name_than_the_address",),
    "sharing.file": (
        f"{_HERE}/test_descriptor.py::test_a_file_beside_it_is_the_one_that_it_names",
    ),
    "sharing.sha256": (
        f"{_LIFE}::test_other_rules_or_people_than_the_descriptor_names_are_refused",
    ),
    "expectations.file": (
        f"{_HERE}/test_descriptor.py::test_a_file_beside_it_is_the_one_that_it_names",
    ),
    "expectations.sha256": (
        f"{_LIFE}::test_other_rules_or_people_than_the_descriptor_names_are_refused",
    ),
    "authentication.client_id": (
        f"{_HERE}/test_obeyed.py::test_a_token_is_fetched_as_was_declared",
    ),
    "authentication.token_url": (
        f"{_HERE}/test_obeyed.py::test_a_token_is_fetched_as_was_declared",
    ),
    "authentication.scope": (f"{_HERE}/test_obeyed.py::test_a_token_is_fetched_as_was_declared",),
}
"""The tests that fail where a key is passed over."""

FOR_PEOPLE = frozenset(
    {
        "controllers.name",
        "controllers.ods_code",
        "categories.code_systems",
        *(
            f"contacts.{who}.{what}"
            for who in ("service_desk", "ig_lead", "caldicott_guardian", "clinical_safety_officer")
            for what in ("name", "phone", "email")
        ),
    }
)
"""What is read by those who approve, and by whoever rings; no gateway acts by it."""

KEPT: Mapping[str, str] = {
    "node.varies_by": "tests/gateway/joining/test_nothing_is_shared.py"
    "::test_every_look_asks_the_node_itself",
    "categories.cache_seconds": "tests/gateway/joining/test_nothing_is_shared.py"
    "::test_every_look_asks_the_node_itself",
}
"""What permits something that no gateway does, and the test that it does not."""

REACHES_THE_NODE: Mapping[str, tuple[tuple[str, str], ...]] = {
    "node.id": (("chiltern-care-record", "chilterns-care-record"),),
    "node.name": (('name = "Chiltern Care Record"', 'name = "Chiltern Record"'),),
    "node.region": (('region = "Chiltern"', 'region = "Chilterns"'),),
    "node.region_id": (('region_id = "chiltern"', 'region_id = "chilterns"'),),
    "node.protocol": (('"GRAPHQL"', '"FHIR_R4"'),),
    "node.contact_route": (("service desk, 01632 960800", "service desk, 01632 960899"),),
    "node.echoes_request": (("echoes_request = true", "echoes_request = false"),),
    "live.endpoint": (("https://node.chiltern", "https://nodes.chiltern"),),
    "live.probe_person": (("[live]", '[live]\nprobe_person = "9990000018"'),),
    "categories.category": (('"MEDICATIONS"', '"PROBLEMS"'),),
    "categories.current_within_minutes": (
        ("current_within_minutes = 60", "current_within_minutes = 61"),
    ),
    "limits.calls_per_second": (("calls_per_second = 20", "calls_per_second = 21"),),
    "limits.timeout_seconds": (("timeout_seconds = 5", "timeout_seconds = 6"),),
    "limits.connect_timeout_seconds": (("[limits]", "[limits]\nconnect_timeout_seconds = 1"),),
    "limits.max_response_bytes": (("[limits]", "[limits]\nmax_response_bytes = 4096"),),
    "limits.max_pages": (("[limits]", "[limits]\nmax_pages = 3"),),
    "maintenance.days": (("SUNDAY", "MONDAY"),),
    "maintenance.from": (("from = 02:00:00", "from = 01:00:00"),),
    "maintenance.until": (("until = 04:00:00", "until = 05:00:00"),),
    "authentication.client_id": (
        (
            "[sharing]",
            '[authentication]\nclient_id = "x"\ntoken_url = "https://t.example/"\n\n[sharing]',
        ),
    ),
}
"""What registry and clients go by, each with a change of the documented example."""
