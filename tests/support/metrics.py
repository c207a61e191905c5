"""The metrics of a running service."""

from __future__ import annotations

import requests
from prometheus_client.parser import text_string_to_metric_families

from tests.support.service import Service

Samples = dict[tuple[str, str], float]
"""Values by name and labels, such as `("userstatus_viewers", "kind=ws site=a")`; the stage is left out."""


def scrape(service: Service, prefix: str = "", stage: str = "prod") -> Samples:
    """All samples at /metrics."""
    response = requests.get(f"{service.url}{prefix}/metrics", timeout=10)
    assert response.status_code == 200, response.text
    return parsed(response.text, stage)


def parsed(text: str, stage: str = "prod") -> Samples:
    """The samples in Prometheus's text format."""
    found: Samples = {}
    for family in text_string_to_metric_families(text):
        for sample in family.samples:
            labels = dict(sample.labels)
            assert labels.pop("stage") == stage
            text = " ".join(f"{name}={value}" for name, value in sorted(labels.items()))
            found[sample.name, text] = sample.value
    return found


def families(service: Service) -> set[str]:
    """The names of all metrics, as queries use them."""
    return {name for name, _ in scrape(service) if not name.endswith("_created")}
