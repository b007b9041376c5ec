"""Archives are kept whole or not at all; helm is spoken for by a recorder."""

from __future__ import annotations

from dataclasses import dataclass, field
from pathlib import Path

import pytest

from hubimages.charts import Dependency
from hubimages.rendering import archives
from hubimages.rendering.archives import Archives


@dataclass
class FakeHelm:
    """Fetches an archive, or fails when it has written half of it."""

    fails: BaseException | None = None
    broken: BaseException | None = None
    fetched: list[str] = field(default_factory=list)

    def pull(self, chart: str, version: str, repository: str, into: Path) -> None:
        self.fetched.append(f"{repository} {chart} {version}")
        (into / f"{chart}-{version}.tgz").write_text("half" if self.fails else repository)
        if self.fails:
            raise self.fails

    def check(self, archive: Path) -> None:
        assert archive.read_text()
        if self.broken:
            raise self.broken


def hub(version: str = "1.0.0", repository: str = "https://a.org") -> Dependency:
    return Dependency(
        name="hub", alias=None, version=version, repository=repository, chart_file="C", index=0
    )


@pytest.fixture
def into(tmp_path: Path) -> Path:
    (tmp_path / "into").mkdir()
    return tmp_path / "into"


def test_each_is_fetched_once(tmp_path: Path, into: Path) -> None:
    helm = FakeHelm()
    for _ in range(2):
        kept = Archives(helm=helm, folder=tmp_path / "kept")  # type: ignore[arg-type]
        for one in (hub(), hub("1.0.1"), hub(repository="https://b.org")):
            kept.put(one, into)
    assert len(helm.fetched) == 3
    assert (into / "hub-1.0.0.tgz").read_text() == "https://b.org"
    assert (into / "hub-1.0.1.tgz").read_text() == "https://a.org"


@pytest.mark.parametrize("why", ["fails", "broken"])
@pytest.mark.parametrize("error", [KeyboardInterrupt(), ValueError()])
def test_nothing_is_kept_of_a_fetch_that_failed(
    tmp_path: Path, into: Path, why: str, error: BaseException
) -> None:
    kept = Archives(helm=FakeHelm(**{why: error}), folder=tmp_path / "kept")  # type: ignore[arg-type]
    with pytest.raises(type(error)):
        kept.put(hub(), into)
    assert list((tmp_path / "kept").iterdir()) == []
    Archives(helm=FakeHelm(), folder=tmp_path / "kept").put(hub(), into)  # type: ignore[arg-type]
    assert (into / "hub-1.0.0.tgz").read_text() == "https://a.org"


def test_without_a_cache_it_is_fetched_each_time(tmp_path: Path, into: Path) -> None:
    (tmp_path / "kept").write_text("no folder")
    helm = FakeHelm()
    for _ in range(2):
        Archives(helm=helm, folder=tmp_path / "kept").put(hub(), into)  # type: ignore[arg-type]
    assert len(helm.fetched) == 2
    assert (into / "hub-1.0.0.tgz").exists()


def test_where_they_are_kept(isolated: Path, monkeypatch: pytest.MonkeyPatch) -> None:
    assert archives.folder() == isolated / "cache/hubimages/charts"
    monkeypatch.setenv("XDG_CACHE_HOME", "")
    assert archives.folder() == isolated / ".cache/hubimages/charts"
