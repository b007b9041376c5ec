"""Where a user image is kept, and what that means for the clusters that pull it.

Advice, no verdict: only what an operator has to weigh for themselves is left open.
"""

from __future__ import annotations

import re

from hubimages.reference import DOCKER_HUB, Reference
from hubimages.userimages.findings import Check

# the registries of the clouds, by what `provider` of a cluster.yaml says
_OF_CLOUD = {
    "gcp": re.compile(r"(.+\.)?gcr\.io|[a-z0-9-]+-docker\.pkg\.dev"),
    "aws": re.compile(r"\d+\.dkr\.ecr\.[a-z0-9-]+\.amazonaws\.com|public\.ecr\.aws"),
    "azure": re.compile(r".+\.azurecr\.io"),
}
_NAMES = {
    "gcp": "Google Artifact Registry",
    "aws": "Amazon ECR",
    "azure": "Azure Container Registry",
}
_QUAY = "quay.io, free and without limits for public images, is the first choice"


def is_the_clouds_own(ref: Reference, provider: str) -> bool:
    """Whether an image is in the registry of the cloud that a cluster runs on."""
    pattern = _OF_CLOUD.get(provider)
    return bool(pattern and pattern.fullmatch(ref.registry))


def advice(ref: Reference, provider: str = "") -> Check:
    """Say what to know of an image's registry; provider is that of the hub's cluster, or empty.

    Docker Hub is a don't know: whether a cluster stays below its limits depends on how many
    nodes pull at once behind one address.
    """
    host = ref.registry
    if host in {DOCKER_HUB, f"registry-1.{DOCKER_HUB}"}:
        return Check(
            "registry",
            None,
            f"{ref.name} is on Docker Hub, which limits how often one address may pull: a busy class can "
            "be left without its image."
            + (" A name without a registry leads there." if "." not in ref.name else ""),
            "copy it to quay.io and name it there",
        )
    if is_the_clouds_own(ref, provider):
        what = (
            f"{_NAMES[provider]}, in the cloud that the hub runs on: pulls are fast and cost little"
        )
        return Check("registry", True, what)
    if host == "quay.io":
        return Check("registry", True, _QUAY)
    if host == "ghcr.io":
        what = (
            "GitHub's registry. Caution: packages begin as private, and GitHub does not promise how "
            "often anonymous clients may pull"
        )
        return Check("registry", True, what, f"see that the package is public; {_QUAY}")
    if host == "public.ecr.aws":
        what = "Amazon's public registry, which limits what may be pulled from outside of its cloud"
        return Check("registry", True, what, f"{_QUAY} for hubs on other clouds")
    cloud = next((key for key, pattern in _OF_CLOUD.items() if pattern.fullmatch(host)), "")
    if cloud:
        where = f"the hub's cluster is on {provider}" if provider else "the hub may run elsewhere"
        what = (
            f"{_NAMES[cloud]}, and {where}: pulls from outside of that cloud are slow and paid for"
        )
        return Check("registry", True, what, f"{_QUAY} for hubs on other clouds")
    return Check("registry", True, f"{host}, of which nothing special is known; {_QUAY}")
