"""Renaming: the plan of alerts names each by whom it calls, and goes on if that changes."""

from __future__ import annotations

from collections.abc import Mapping
from typing import Any

from userstatus.duty.alert_plan import names
from userstatus.duty.config import Config
from userstatus.duty.lines import Lines


def renamed(plan: Mapping[str, Any], config: Config) -> dict[str, Any]:
    """A saved plan, in which alerts that call others than before have the names of those in their places."""
    new = new_names(plan, config)

    def with_new_names(of_alerts: Mapping[str, Any]) -> dict[str, Any]:
        return {new.get(name, name): value for name, value in of_alerts.items()}

    mutes = {
        site: [*rest, with_new_names(muted), with_new_names(last)]
        for site, (*rest, muted, last) in plan.get("mutes", {}).items()
    }
    return {**plan, "alerts": with_new_names(plan.get("alerts", {})), "mutes": mutes}


def left_over(plan: Mapping[str, Any], config: Config) -> dict[str, Lines]:
    """What a plan, once renamed, has yet to tell by alerts that are gone, by their former places."""
    present, alerts = names(config.alerts), plan.get("alerts", {})
    return {
        f"alerts[{number}]": Lines.parse(alert["waiting"])
        for number, (name, alert) in enumerate(alerts.items(), 1)
        if name not in present
    }


def new_names(plan: Mapping[str, Any], config: Config) -> dict[str, str]:
    """The new names of alerts whose names are gone: those of the new ones in the same places."""
    before, after = list(plan.get("alerts", {})), list(names(config.alerts))
    return {
        old: new for old, new in zip(before, after, strict=False) if old not in after and new not in before
    }
