"""Time render for each of several hubs against `helm dependency update` and `helm template` by hand.

    PYTHONPATH=tasks:tests python bench/render.py

The chart is fetched from a repository on this machine: by hand each time, by render once. By hand
is one update and one template for each hub, and the manifests are made sure to be the same ones.
"""

from __future__ import annotations

import os
import subprocess
import sys
import tempfile
from pathlib import Path

from timing import ratio

import stack
from integration import fleets

HUBS = 5
MAIN = "from hubimages.commands.program import main; main()"
CHART = "helm-charts/basehub"


def cluster() -> str:
    """Return a cluster.yaml with hubs that share their values file."""
    listed = "[common.values.yaml]"
    entry = "  - {{name: hub{}, helm_chart: basehub, helm_chart_values_files: " + listed + "}}\n"
    return "name: example\nhubs:\n" + "".join(map(entry.format, range(HUBS)))


def main() -> None:
    """Measure."""
    tools = stack.helm_tools()
    with tempfile.TemporaryDirectory() as scratch, stack.ChartRepository("4.3.3") as charts:
        home, repo, hand = (Path(scratch) / name for name in ("home", "repo", "hand"))
        environ = {
            **os.environ,
            "PATH": tools.path(3, Path(scratch) / "bin"),
            "HOME": str(home),
            "XDG_CACHE_HOME": str(home / "cache"),
        }
        chart = stack.hub_repository(Path(scratch), registry="quay.io").path / CHART
        files = {
            f"{CHART}/Chart.yaml": (chart / "Chart.yaml").read_text(),
            f"{CHART}/values.yaml": (chart / "values.yaml").read_text(),
            "config/clusters/example/cluster.yaml": cluster(),
            "config/clusters/example/common.values.yaml": "jupyterhub: {custom: {}}\n",
        }
        url = "https://jupyterhub.github.io/helm-chart/"
        files = {path: text.replace(url, charts.url) for path, text in files.items()}
        for root in (repo, hand):
            fleets.write(root, files)
            subprocess.run(["git", "init", "--quiet"], cwd=root, check=True, env=environ)

        def run(*words: str, at: Path) -> str:
            done = subprocess.run(words, cwd=at, env=environ, check=True, capture_output=True)
            return fleets.without_made_up(done.stdout.decode())

        def ours() -> list[str]:
            render = (sys.executable, "-c", MAIN, "render", "--hub")
            return [run(*render, f"example/hub{number}", at=repo) for number in range(HUBS)]

        def by_hand() -> list[str]:
            found = []
            for number in range(HUBS):
                run("helm", "dependency", "update", CHART, at=hand)
                name, values = f"hub{number}", "config/clusters/example/common.values.yaml"
                found.append(
                    run("helm", "template", name, CHART, "-n", name, "-f", values, at=hand)
                )
            return found

        assert ours() == by_hand()
        ratio(f"render of {HUBS} hubs", ours, by_hand, target=5.0, rounds=5)


if __name__ == "__main__":
    main()
