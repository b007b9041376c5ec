"""What Helm's words mean where several things are in them at once."""

from __future__ import annotations

import pytest

from hubimages.errors import CommandFailed
from hubimages.helm.failures import ClusterSilent, HelmFailed, NotAllowed, NotReady, meaning

REFUSED = 'Get "https://10.0.0.1/version": dial tcp 10.0.0.1:443: connect: connection refused'


@pytest.mark.parametrize(
    ("said", "kind"),
    [
        (
            "UPGRADE FAILED: an error occurred while finding last successful release. original upgrade "
            "error: resource Deployment/staging/hub not ready. status: Unknown, message: : "
            f"kubernetes cluster unreachable: {REFUSED}",
            ClusterSilent,
        ),
        (f"Kubernetes cluster unreachable: {REFUSED}: context deadline exceeded", ClusterSilent),
        (
            "Kubernetes cluster unreachable: the server has asked for the client to provide credentials",
            NotAllowed,
        ),
        ("resource Deployment/staging/hub not ready. status: InProgress, message: 0/1", NotReady),
    ],
)
def test_the_cause_counts_rather_than_what_came_of_it(said: str, kind: type[HelmFailed]) -> None:
    error = CommandFailed("helm upgrade", 1, "", f"level=WARN msg=x\nError: {said}\n")
    assert type(meaning(error, "Deploying it")) is kind
