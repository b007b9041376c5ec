"""The person's kubeconfig: which contexts there are, and which one is current.

It is only read, and nothing of its logins is kept.
https://kubernetes.io/docs/concepts/configuration/organize-cluster-access-kubeconfig/
"""

from __future__ import annotations

import os
from collections.abc import Mapping
from dataclasses import dataclass
from pathlib import Path
from typing import Any

from hubimages.errors import BadFile, Failure
from hubimages.tree import WorkTree
from hubimages.yamlread import load_mapping


class NoContext(Failure):
    """No context was named, and the kubeconfig has no current one, or not that."""


@dataclass(frozen=True, kw_only=True)
class KubeContext:
    """One context: its own name, and that of the cluster that it leads to."""

    name: str
    cluster: str


@dataclass(frozen=True, kw_only=True)
class Kubeconfig:
    """All files of a kubeconfig together; where names them."""

    contexts: tuple[KubeContext, ...]
    current: str
    where: str

    def named(self, name: str) -> KubeContext:
        """Return a context by name, or the current one for an empty name; raises NoContext."""
        wanted = name or self.current
        found = next((context for context in self.contexts if context.name == wanted), None)
        if found:
            return found
        known = ", ".join(context.name for context in self.contexts[:8])
        what = f"no context `{wanted}`" if wanted else "no current context"
        raise NoContext(
            f"The kubeconfig ({self.where}) has {what}.",
            fix=f"kubectl config use-context NAME, or add --context NAME, one of {known}"
            if known
            else "get one from who runs the cluster, for instance: aws eks update-kubeconfig, "
            "gcloud container clusters get-credentials; KUBECONFIG names another file",
        )


def load(environ: Mapping[str, str] = os.environ) -> Kubeconfig:
    """Read the files that KUBECONFIG names, or ~/.kube/config; of what two say, the first counts."""
    named = [path for path in environ.get("KUBECONFIG", "").split(os.pathsep) if path]
    paths = named or [str(Path("~/.kube/config").expanduser())]
    current, found = environ.get("HELM_KUBECONTEXT", ""), dict[str, KubeContext]()
    for path in paths:
        raw = _read(path)
        current = current or str(raw.get("current-context") or "")
        listed = raw.get("contexts") or []
        for entry in listed if isinstance(listed, list) else [listed]:
            context = _context(entry, path)
            found.setdefault(context.name, context)
    return Kubeconfig(contexts=tuple(found.values()), current=current, where=", ".join(paths))


def _read(path: str) -> dict[str, Any]:
    text = WorkTree(Path("/")).read(str(Path(path).absolute()))
    return load_mapping(text, path) if text is not None else {}


def _context(entry: Any, path: str) -> KubeContext:
    said = entry.get("context") if isinstance(entry, dict) else None
    if not isinstance(said, dict) or not isinstance(entry.get("name"), str):
        raise BadFile(path, "`contexts` has to be a list of {name, context}.")
    return KubeContext(name=entry["name"], cluster=str(said.get("cluster") or ""))
