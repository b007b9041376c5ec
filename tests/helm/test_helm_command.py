"""What helm is asked for, and what its failures mean; helm itself is spoken for by a recorder."""

from __future__ import annotations

from collections.abc import Sequence
from pathlib import Path

import pytest

from hubimages.errors import CommandFailed, CommandMissing, CommandTimedOut, Failure
from hubimages.helm import Helm, HelmTooOld, NoHelm
from hubimages.helm.failures import ChartBroken
from hubimages.process import Completed
from hubs import Recorder, said

LISTED = """\
NAME      \tVERSION\tREPOSITORY         \tSTATUS
jupyterhub\t4.3.3  \thttps://example.org\tok
basehub   \t0.1.0  \tfile://../basehub  \tunpacked
vendored  \t1.0.0  \t                   \tmissing

WARNING: "x.tgz" is in charts/ but not in Chart.yaml
"""


def helm(answer: Completed | Failure, version: str = "v3.10.1") -> tuple[Helm, Recorder]:
    def answered(argv: Sequence[str]) -> Completed:
        if argv[1] == "version":
            return said(argv, version)
        if isinstance(answer, Failure):
            raise answer
        return answer

    recorder = Recorder(answered)
    return Helm(_Timed(recorder)), recorder  # type: ignore[arg-type]


class _Timed:
    """The recorder takes no timeout, and helm is never asked without one."""

    def __init__(self, recorder: Recorder) -> None:
        self.recorder = recorder

    def __call__(self, argv: Sequence[str], *, timeout: float) -> Completed:
        assert timeout
        return self.recorder(argv)


def test_a_chart_is_pulled_by_its_kind_of_repository() -> None:
    run, recorder = helm(said(["helm"]))
    run.pull("hub", "1.0.0", "https://example.org/charts", Path("/into"))
    run.pull("hub", "1.0.0", "oci://example.org/charts/", Path("/into"))
    end = ["--version", "1.0.0", "--destination", "/into"]
    assert recorder.ran == [
        ["helm", "pull", "hub", "--repo", "https://example.org/charts", *end],
        ["helm", "pull", "oci://example.org/charts/hub", *end],
    ]


def test_dependencies_are_read_from_a_table() -> None:
    run, _ = helm(said(["helm"], LISTED))
    found = [("jupyterhub", "ok"), ("basehub", "unpacked"), ("vendored", "missing")]
    assert run.dependencies(Path("chart")) == found


@pytest.mark.parametrize(
    ("failure", "kind", "wanted"),
    [
        (CommandMissing("helm"), NoHelm, "no `helm` command"),
        (
            CommandFailed("helm", 1, "", "level=WARN msg=a\nError: it\n  broke"),
            ChartBroken,
            r"^example/staging cannot be rendered \(Helm v3\.10\.1\): it broke\n",
        ),
        (CommandFailed("helm", 1, "odd", ""), ChartBroken, r": odd\n"),
        (CommandTimedOut("helm", 300), ChartBroken, "helm did not end within 300 s"),
        (CommandFailed("helm", 1, "", "Error: " + "long " * 500), ChartBroken, r": … .*long\n"),
    ],
)
def test_a_failure_is_told(failure: Failure, kind: type[Failure], wanted: str) -> None:
    run, _ = helm(failure)
    with pytest.raises(kind, match=wanted) as found:
        run.template(Path("chart"), "staging", "ns", ["-f", "a"], "example/staging")
    assert found.value.fix
    assert "helm list" not in found.value.fix  # no cluster had a part in it


def test_a_fetch_that_fails_names_the_repository() -> None:
    run, _ = helm(CommandTimedOut("helm", 300))
    with pytest.raises(ChartBroken, match=r"The chart hub 1 of https://a\.org cannot") as found:
        run.pull("hub", "1", "https://a.org", Path())
    assert "see whether https://a.org answers" in found.value.fix


@pytest.mark.parametrize("version", ["v2.17.0", "Client: v2", "", "v1.0"])
def test_another_version_is_the_reason_of_a_failure(version: str) -> None:
    run, _ = helm(CommandFailed("helm", 1, "", "Error: unknown flag"), version)
    with pytest.raises(HelmTooOld, match="Helm 3 or 4 is needed"):
        run.dependencies(Path("chart"))


@pytest.mark.parametrize(
    ("version", "is_3"), [("v3.10.1", True), ("v4.1.4\n", False), ("v10.0.0", False)]
)
def test_versions(version: str, is_3: bool) -> None:
    run, _ = helm(said(["helm"]), version)
    assert run.version == version.strip()
    assert run.is_3 is is_3
