"""The metrics of a service: names, stage, and nothing shared with another service."""

from __future__ import annotations

from pathlib import Path

import pytest
from prometheus_client.parser import text_string_to_metric_families

from tests.support.messages import stored
from userstatus import __version__
from userstatus.instruments import metrics
from userstatus.instruments.counts import MAX_SITES
from userstatus.live import channels
from userstatus.live.channels import WaitingChannel
from userstatus.service import Service
from userstatus.settings import Settings
from userstatus.web.parameters import read_query


@pytest.fixture
def service(tmp_path: Path) -> Service:
    return Service(Settings.from_environ({"DATABASE_URL": f"sqlite:///{tmp_path}/x.db"}), "dev")


def samples(service: Service) -> dict[str, float]:
    """All samples without the label of the stage, which every one of them must have."""
    found = {}
    for family in text_string_to_metric_families(service.metrics.text().decode()):
        for sample in family.samples:
            labels = dict(sample.labels)
            assert labels.pop("stage") == "dev"
            found[sample.name + "".join(f" {name}={value}" for name, value in labels.items())] = sample.value
    return found


def test_the_version_is_told(service: Service) -> None:
    assert samples(service)[f"userstatus_build version={__version__}"] == 1


def test_a_status_without_a_word_of_its_own_is_told_as_other(service: Service) -> None:
    service.wsgi.rejected["418"] += 2
    service.wsgi.rejected["400"] += 1
    service.delivery.fanout.rejected["400"] += 1
    found = samples(service)
    assert found["userstatus_rejected_total reason=other"] == 2
    assert found["userstatus_rejected_total reason=invalid"] == 2


def test_every_reason_is_there_before_it_occurs(service: Service) -> None:
    found = samples(service)
    for reason in ("other", *metrics.REASONS.values()):
        assert found[f"userstatus_rejected_total reason={reason}"] == 0
    for reason in channels.REASONS:
        assert found[f"userstatus_disconnects_total reason={reason}"] == 0


def test_viewers_of_sites_that_never_posted_have_no_name_of_their_own(service: Service) -> None:
    fanout = service.delivery.fanout
    service.log.journal.stored.add("a", "info")
    channel = WaitingChannel(read_query({"site": "a"}, now=0), 10)
    with fanout.registered(channel) as sid:
        fanout.watch(sid, ["a", "*", *(f"made-up-{number}" for number in range(MAX_SITES))])
        found = samples(service)
    assert found["userstatus_viewers kind=poll site=a"] == 1
    assert found["userstatus_viewers kind=poll site=*"] == 1
    assert found["userstatus_viewers kind=poll site=other"] == MAX_SITES
    assert not any("made-up" in name for name in found)


def test_the_lag_of_a_delivery_is_never_negative(service: Service) -> None:
    service.delivery.fanout.deliver([stored(1, site="a", received_at=9e9)])
    assert samples(service)["userstatus_delivery_lag_seconds_sum"] == 0
    assert samples(service)["userstatus_delivery_lag_seconds_count"] == 1
