"""The checks that a node must pass, in the order of their letters: one a file.

A new check is a file and a line here, and a row in `docs/conformance.md`.
"""

from __future__ import annotations

from federation.conformance.check import Check
from federation.conformance.checks import (
    a_not_held,
    b_empty_category,
    c_no_known_allergy,
    d_special_people,
    e_echo,
    f_withheld,
    g_in_transit,
    h_dissent,
    i_excluded,
    j_tokens,
    k_audit_entry,
    l_stable_ids,
    m_codes,
    n_currency,
    o_paging,
    p_faults,
    q_rate_limit,
    r_unknown_parameter,
    s_times,
    t_labels,
    u_merges,
    v_objections,
    w_read_only,
    x_tls,
    y_addresses_and_logs,
    z_speed,
)

CHECKS: tuple[Check, ...] = (
    a_not_held.CHECK,
    b_empty_category.CHECK,
    c_no_known_allergy.CHECK,
    d_special_people.CHECK,
    e_echo.CHECK,
    f_withheld.CHECK,
    g_in_transit.CHECK,
    h_dissent.CHECK,
    i_excluded.CHECK,
    j_tokens.CHECK,
    k_audit_entry.CHECK,
    l_stable_ids.CHECK,
    m_codes.CHECK,
    n_currency.CHECK,
    o_paging.CHECK,
    p_faults.CHECK,
    q_rate_limit.CHECK,
    r_unknown_parameter.CHECK,
    s_times.CHECK,
    t_labels.CHECK,
    u_merges.CHECK,
    v_objections.CHECK,
    w_read_only.CHECK,
    x_tls.CHECK,
    y_addresses_and_logs.CHECK,
    z_speed.CHECK,
)
