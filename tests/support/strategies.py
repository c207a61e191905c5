"""Hypothesis strategies for client input."""

from __future__ import annotations

from hypothesis import strategies as st

anything = st.recursive(
    st.none() | st.booleans() | st.integers() | st.floats() | st.text(),
    lambda inner: st.lists(inner, max_size=3) | st.dictionaries(st.text(), inner, max_size=3),
    max_leaves=8,
)
near_misses = st.fixed_dictionaries(
    {"site": st.just("tst") | anything, "log_message": st.just("x") | anything},
    optional={"log_level": anything, "timestamp": anything | st.text("0123456789-T:+Z. "), "uuid": anything},
)
