"""The `helm` command: a question or an act each, and its failures made plain."""

from __future__ import annotations

import json
import re
from collections.abc import Sequence
from dataclasses import dataclass
from functools import cached_property
from pathlib import Path

from hubimages.errors import CommandFailed, CommandMissing, CommandTimedOut
from hubimages.helm.failures import HelmTooOld, NoHelm, broken_chart, meaning
from hubimages.helm.release import Release, Revision, revision
from hubimages.process import Completed, Runner

_QUESTION = 60.0  # seconds for a question to the cluster; Helm itself would wait for ever
_FETCH = 300.0  # seconds for a chart to arrive
_SLACK = 60.0  # seconds beyond Helm's own time-outs, after which it is ended
_MEND = "mend the chart or the values that it names"
_ASK = "see whether {} answers, and `dependencies:` in Chart.yaml; then run the same command again"
_NOT_FOUND = "release: not found"


@dataclass(frozen=True)
class Helm:
    """The helm command on the PATH."""

    run: Runner

    @cached_property
    def version(self) -> str:
        """Its version, such as v3.10.1; raises NoHelm, HelmTooOld."""
        try:
            done = self.run(["helm", "version", "--template", "{{.Version}}"], timeout=_QUESTION)
        except CommandMissing:
            raise NoHelm from None
        except CommandFailed as error:
            raise HelmTooOld(error.stderr.strip()[:100]) from None
        said = done.stdout.strip()
        if not re.match(r"v([3-9]|\d\d+)\.", said):
            raise HelmTooOld(said)
        return said

    @property
    def is_3(self) -> bool:
        """Whether this is Helm 3, some of whose flags have other names since."""
        return self.version.startswith("v3.")

    @property
    def _minor(self) -> int:
        return int(self.version.split(".")[1])

    # --- charts ---------------------------------------------------------------------------

    def pull(self, chart: str, version: str, repository: str, into: Path) -> None:
        """Fetch the archive of a chart into a folder that is there; raises ChartBroken."""
        if repository.startswith("oci://"):
            where = [f"{repository.rstrip('/')}/{chart}"]
        else:
            where = [chart, "--repo", repository]
        words = ["helm", "pull", *where, "--version", version, "--destination", str(into)]
        doing = f"The chart {chart} {version} of {repository} cannot be fetched"
        self._local(words, doing, fix=_ASK.format(repository))

    def check(self, archive: Path) -> None:
        """Raise ChartBroken where a file is no archive of a chart."""
        doing = f"What was fetched as {archive.name} is no chart"
        fix = _ASK.format("the chart's repository")
        self._local(["helm", "show", "chart", str(archive)], doing, fix=fix)

    def package(self, chart: Path, into: Path) -> None:
        """Pack a chart's folder, without what its .helmignore names; raises ChartBroken."""
        words = ["helm", "package", str(chart), "--destination", str(into)]
        self._local(words, f"The chart {chart.name} cannot be packed")

    def update_dependencies(self, chart: Path) -> None:
        """Fetch a chart's dependencies into its folder, the newest that fit; raises ChartBroken."""
        words = ["helm", "dependency", "update", str(chart)]
        fix = _ASK.format("their repository")
        self._local(words, f"The dependencies of {chart.name} cannot be fetched", fix=fix)

    def dependencies(self, chart: Path) -> list[tuple[str, str]]:
        """Return name and status of each dependency of a chart's folder: ok, unpacked, missing …"""
        words = ["helm", "dependency", "list", str(chart)]
        lines = self._local(
            words, f"The dependencies of {chart.name} cannot be listed"
        ).splitlines()
        cells = [[cell.strip() for cell in line.split("\t")] for line in lines[1:]]
        return [(row[0], row[3]) for row in cells if len(row) == 4]

    def template(
        self, chart: Path, release: str, namespace: str, values: Sequence[str], name: str
    ) -> str:
        """Return the manifests that a chart makes of its values; name is what messages call it."""
        words = ["helm", "template", release, str(chart), "--namespace", namespace, *values]
        return self._local(words, f"{name} cannot be rendered")

    def _local(self, words: list[str], doing: str, *, fix: str = _MEND) -> str:
        try:
            return self._run(words, _FETCH).stdout
        except CommandFailed as error:
            # asking for the version raises HelmTooOld, where that is the reason
            raise broken_chart(error, f"{doing} (Helm {self.version})", fix) from error
        except CommandTimedOut as error:
            raise broken_chart(error, doing, fix) from error

    # --- releases -------------------------------------------------------------------------

    def history(self, release: Release) -> tuple[Revision, ...]:
        """Return the revisions of a release, oldest first; none where there is no such release."""
        words = ["history", release.name, "--max", "256", "--output", "json"]
        try:
            done = self._ask(release, words)
        except CommandFailed as error:
            if _NOT_FOUND in error.stderr:
                return ()
            raise meaning(error, f"Asking about {release}") from error
        return tuple(revision(entry) for entry in json.loads(done.stdout))

    def manifest(self, release: Release, number: int) -> str:
        """Return what a revision of a release installed."""
        words = ["get", "manifest", release.name, "--revision", str(number)]
        try:
            return self._ask(release, words).stdout
        except CommandFailed as error:
            raise meaning(error, f"Asking about {release}") from error

    def preview(self, release: Release, chart: Path, values: Sequence[str]) -> str:
        """Return the manifests that an upgrade would install, hooks apart, asking the cluster alone.

        Helm before 3.13 looks nothing up there, so what a chart takes from the cluster is missing.
        """
        dry = "--dry-run" if self.is_3 and self._minor < 13 else "--dry-run=server"
        words = ["upgrade", release.name, str(chart), "--install", dry, *values, "--output", "json"]
        try:
            done = self._ask(release, words)
        except CommandFailed as error:
            raise meaning(error, f"Previewing {release}") from error
        return str(json.loads(done.stdout)["manifest"])

    def upgrade(
        self, release: Release, chart: Path, values: Sequence[str], *, seconds: int, note: str
    ) -> None:
        """Install or upgrade a release, wait until it is ready, and take it back where it fails.

        seconds is for everything to become ready, and again for the way back. note is kept in
        the release's history. Where this is interrupted, Helm takes back what it had begun.
        """
        words = ["upgrade", release.name, str(chart), "--install", "--create-namespace", *values]
        words += ["--atomic" if self.is_3 else "--rollback-on-failure", "--description", note]
        self._act(release, words, seconds, f"Deploying {release}")

    def rollback(self, release: Release, number: int, *, seconds: int) -> None:
        """Go back to a revision, without waiting until it is ready."""
        words = ["rollback", release.name, str(number)]
        self._act(release, words, seconds, f"Going back to revision {number} of {release}")

    def _act(self, release: Release, words: list[str], seconds: int, doing: str) -> None:
        argv = ["helm", *words, "--timeout", f"{seconds}s", *_where(release)]
        most = 2 * seconds + _SLACK
        try:
            self.run.stream(argv, timeout=most, grace=most)
        except CommandMissing:
            raise NoHelm from None
        except (CommandFailed, CommandTimedOut) as error:
            raise meaning(error, doing) from error

    def _ask(self, release: Release, words: list[str]) -> Completed:
        try:
            return self._run(["helm", *words, *_where(release)], _QUESTION)
        except CommandTimedOut as error:
            raise meaning(error, f"Asking about {release}") from error

    def _run(self, words: list[str], timeout: float) -> Completed:
        try:
            return self.run(words, timeout=timeout)
        except CommandMissing:
            raise NoHelm from None


def _where(release: Release) -> list[str]:
    return [*release.flags, "--kube-context", release.context]
