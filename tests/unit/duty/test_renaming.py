"""The saved plan of alerts, when they call others than before."""

from __future__ import annotations

from tests.support.notices import Night
from userstatus.duty.alert_plan import AlertPlan
from userstatus.duty.config import Alert, Config
from userstatus.duty.renaming import left_over, renamed

BOTH = Config(alerts=(Alert(("json://a",), "error"), Alert(("json://b",), "error")))


def test_alerts_in_the_same_places_go_on_and_the_rest_of_what_waits_is_left_over() -> None:
    plan = AlertPlan(BOTH)
    plan.see(Night().says(0, "Mount", "error"))
    other = Config(alerts=(Alert(("json://c",), "error"),))
    found = renamed(plan.as_json(), other)
    assert {place: len(lines) for place, lines in left_over(found, other).items()} == {"alerts[2]": 1}
    (call,) = AlertPlan(other, found).due(plan.time + 60)
    assert [line.text for line in call.lines.listed] == ["Mount"]


def test_alerts_that_are_rearranged_keep_their_names() -> None:
    plan = AlertPlan(BOTH).as_json()
    assert renamed(plan, Config(alerts=BOTH.alerts[::-1])) == plan
