"""The file by which Helm and kubectl find the cluster."""

from __future__ import annotations

import base64
import json
from collections.abc import Mapping
from pathlib import Path


def write_kubeconfig(
    path: Path,
    address: str,
    token: str,
    certificate: Path,
    contexts: Mapping[str, str],
    namespace: str = "",
) -> None:
    """Write contexts, each with the name of its cluster; the first is the current one."""
    ca = base64.b64encode(certificate.read_bytes()).decode()
    server = {"server": f"https://{address}", "certificate-authority-data": ca}
    at = {"user": "operator"} | ({"namespace": namespace} if namespace else {})
    config = {
        "apiVersion": "v1",
        "kind": "Config",
        "current-context": next(iter(contexts)),
        "clusters": [
            {"name": name, "cluster": server} for name in dict.fromkeys(contexts.values())
        ],
        "contexts": [
            {"name": name, "context": {"cluster": cluster, **at}}
            for name, cluster in contexts.items()
        ],
        "users": [{"name": "operator", "user": {"token": token}}],
    }
    path.write_text(json.dumps(config, indent=2))  # JSON is YAML
    path.chmod(0o600)  # Helm complains of others
