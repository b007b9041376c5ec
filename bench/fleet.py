"""Makes a fleet of hubs for measurements: the same files each time, in the sizes of real ones.

In the corpus a cluster.yaml has 1.1 kB on average, a common values file 6 kB, any values file 3.1 kB.
"""

from __future__ import annotations

from pathlib import Path

PER_CLUSTER = 4  # hubs; each has a values file of its own, beside one that all of a cluster share
PROFILES = 5

CHART = """\
apiVersion: v2
name: basehub
version: 0.1.0
dependencies:
  - {name: jupyterhub, version: 4.3.3, repository: https://jupyterhub.github.io/helm-chart/}
"""
VALUES = """\
jupyterhub:
  hub:
    image:
      name: quay.io/example/hub
      tag: 0.0.1-0.dev.git.1.h0123456
"""
CLUSTER = """\
name: cluster-{number}
provider: aws
account: "0123456789"
support: {{helm_chart_values_files: [support.values.yaml]}}
hubs:
"""
HUB = """\
  - name: hub-{number}
    display_name: "Hub {number}"
    domain: hub-{number}.example.org
    helm_chart: basehub
    helm_chart_values_files: [common.values.yaml, hub-{number}.values.yaml]
"""
COMMON = """\
jupyterhub:
  custom:
    homepage:
      templateVars:
        org: {{name: "Organisation {number}", url: https://example.org/{number}}}
        operated_by: {{name: Operators, url: https://example.org}}
  hub:
    config:
      JupyterHub: {{authenticator_class: github}}
      GitHubOAuthenticator:
        allowed_organizations: [example-{number}, example-{number}:admins]
        scope: [read:org]
  singleuser:
    nodeSelector: {{node.kubernetes.io/instance-type: n2-highmem-4}}
    image:
      name: quay.io/example/user
      tag: "2024-03-{number}"
    profileList:
"""
PROFILE = """\
      - display_name: "Profile {n}: for work that takes an afternoon"
        description: A machine with {n} GB of memory
        slug: profile-{n}
        default: false
        kubespawner_override:
          mem_guarantee: {n}.5G
          cpu_limit: {n}
          image: quay.io/example/user-{n}:{number}
          node_selector: {{node.kubernetes.io/instance-type: n2-highmem-{n}}}
        profile_options:
          image:
            display_name: Image
            choices:
              python: {{display_name: Python, kubespawner_override: {{image: "quay.io/example/py:{n}"}}}}
              r: {{display_name: R, kubespawner_override: {{image: "quay.io/example/r:{n}"}}}}
"""
OWN = """\
jupyterhub:
  ingress:
    hosts: [hub-{number}.example.org]
    tls: [{{secretName: https-auto-tls, hosts: [hub-{number}.example.org]}}]
  hub:
    config:
      GitHubOAuthenticator: {{oauth_callback_url: https://hub-{number}.example.org/hub/oauth_callback}}
  singleuser:
    memory: {{limit: 2G, guarantee: 1G}}
    extraEnv: {{SCRATCH_BUCKET: s3://scratch-{number}/$(JUPYTERHUB_USER)}}
    extraFiles:
"""
EXTRA = """\
      file-{n}:
        mountPath: /etc/jupyter/file-{n}.json
        mode: "0644"
        data:
          NotebookApp: {{shutdown_no_activity_timeout: {n}00, quit_button: false}}
          MappingKernelManager: {{cull_idle_timeout: 3600, cull_interval: 300}}
"""
EXTRAS = 8


def files(hubs: int) -> dict[str, str]:
    """Return the files, by path, of a fleet of so many hubs."""
    charts, clusters = "helm-charts/basehub", "config/clusters"
    made = {f"{charts}/Chart.yaml": CHART, f"{charts}/values.yaml": VALUES}
    for first in range(0, hubs, PER_CLUSTER):
        number = first // PER_CLUSTER
        folder = f"{clusters}/cluster-{number:05}"
        mine = range(first, min(first + PER_CLUSTER, hubs))
        made[f"{folder}/cluster.yaml"] = CLUSTER.format(number=number) + "".join(
            HUB.format(number=hub) for hub in mine
        )
        made[f"{folder}/common.values.yaml"] = COMMON.format(number=number) + "".join(
            PROFILE.format(n=n, number=number) for n in range(PROFILES)
        )
        for hub in mine:
            made[f"{folder}/hub-{hub}.values.yaml"] = OWN.format(number=hub) + "".join(
                EXTRA.format(n=n) for n in range(EXTRAS)
            )
    return made


def write(root: Path, hubs: int) -> list[Path]:
    """Write a fleet of so many hubs, and return its YAML files."""
    written = []
    for path, text in files(hubs).items():
        at = root / path
        at.parent.mkdir(parents=True, exist_ok=True)
        at.write_text(text)
        written.append(at)
    return written
