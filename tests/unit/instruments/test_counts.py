"""What is counted: in the right bucket, and for a bounded number of sites."""

from __future__ import annotations

from userstatus.instruments import counts
from userstatus.instruments.counts import Histogram, MessageCounts, Tally


def test_a_value_belongs_to_the_first_bound_that_it_does_not_exceed() -> None:
    histogram = Histogram(1, 2, 5)
    for value in (0.5, 1, 1.5, 5, 7):
        histogram.observe(value)
    assert list(histogram.cumulative()) == [("1.0", 2), ("2.0", 3), ("5.0", 4), ("+Inf", 5)]
    assert histogram.sum == 15


def test_a_tally_begins_at_nothing_and_remembers_only_what_happened() -> None:
    tally = Tally()
    tally["slow"] += 1
    assert (tally["slow"], tally["left"], dict(tally)) == (1, 0, {"slow": 1})


def test_messages_are_counted_by_site_and_level() -> None:
    messages = MessageCounts()
    for site, level in (("a", "info"), ("b", "info"), ("a", "info"), ("a", "error")):
        messages.add(site, level)
    assert messages.by_site == {("a", "info"): 2, ("b", "info"): 1, ("a", "error"): 1}


def test_sites_beyond_the_bound_share_a_name() -> None:
    messages = MessageCounts()
    for number in range(3 * counts.MAX_SITES):
        messages.add(f"site{number}", "info")
    messages.add("site0", "debug")
    assert len(messages.by_site) == counts.MAX_SITES + 2
    assert messages.by_site[counts.OTHER, "info"] == 2 * counts.MAX_SITES
    assert messages.by_site["site0", "debug"] == 1
    assert "site0" in messages.named
    assert f"site{counts.MAX_SITES}" not in messages.named
