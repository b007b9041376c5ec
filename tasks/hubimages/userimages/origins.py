"""Which tool built a user image, told from its labels and files, since advice differs."""

from __future__ import annotations

from collections.abc import Collection, Mapping

from hubimages.userimages.findings import Check, plain

_REPO2DOCKER = "/usr/local/bin/repo2docker-entrypoint"
_STACKS = ("/usr/local/bin/start-notebook", "/usr/local/bin/start-singleuser")
_PANGEO = {"/srv/start", "/srv/conda/envs/notebook"}
_JUPYTER = "jupyter@googlegroups.com"


def built_by(name: str, labels: Mapping[str, str], traces: Collection[str]) -> Check:
    """Say what built an image; traces are the files of inside.py that it has."""
    version = plain(labels.get("repo2docker.version", ""), 60)
    if version or _REPO2DOCKER in traces:
        what = f"repo2docker{f' {version}' if version else ''}"
        source = plain(labels.get("repo2docker.repo", ""), 200)
        at = f", from {source}" if source and source != "local" else ""
        fix = "change packages in that repository's environment.yml or apt.txt, and have its action push"
        return Check("built-by", True, what + at, fix)
    if "pangeo" in name or any("pangeo" in value.lower() for value in labels.values()):
        return Check("built-by", True, *_pangeo())
    if traces and set(traces) >= _PANGEO:
        return Check("built-by", True, *_pangeo())
    stacks = any(path.startswith(_STACKS) for path in traces)
    if stacks or _JUPYTER in labels.get("maintainer", ""):
        fix = (
            "packages go into a Dockerfile FROM a dated tag of it; take new dates every few months"
        )
        return Check("built-by", True, "Jupyter docker-stacks, or FROM one of its images", fix)
    return Check("built-by", None, "no label or file of a known tool is in it")


def _pangeo() -> tuple[str, str]:
    return (
        "Pangeo's images, or FROM one of them",
        "packages are those of its conda-lock file; take a newer dated tag for newer ones",
    )
