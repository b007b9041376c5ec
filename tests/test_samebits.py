"""Whether a build now has the inputs of the image that was tried: one thing changed at a time."""

from __future__ import annotations

import json
from collections.abc import Mapping
from dataclasses import dataclass, replace
from pathlib import Path

import pytest

import hubs
from hubimages import images, samebits
from hubimages.engine import Engine
from hubimages.images import Image
from hubimages.reference import Reference
from hubimages.registry import Image as Pushed
from hubimages.registry import NotThere, Unknown
from hubimages.tree import CommitTree, Overlaid, WorkTree
from hubs import OWN, SETTINGS, SHARED, FakeRegistry, Hubs, Recorder, said

HUB = "helm-charts/images/hub"
PINS = "oauthenticator==17.3.0\njupyterhub-firstuseauthenticator==1.1.0\n"


@dataclass(frozen=True)
class Tried:
    """A repository in which the experimental image was built, and production then got its pins."""

    repo: Hubs
    built: str

    @property
    def folder(self) -> str:
        """The experimental image's build context."""
        return HUB if self.repo.shape == "shared" else f"{HUB}-experimental"

    def differences(self, planned: Mapping[str, str | None] | None = None) -> tuple[str, ...]:
        """Compare with the newest commit, under planned edits."""
        now = Overlaid(CommitTree(self.repo.git), planned or {})
        return samebits.differences(self.image, images.load(now, SETTINGS).production)

    @property
    def image(self) -> Image:
        then = images.load(CommitTree(self.repo.git, self.built), SETTINGS)
        return then.named("hub-experimental")

    def both(self, path: str, text: str) -> dict[str, str]:
        """Return a file in both build contexts."""
        return {f"{self.folder}/{path}": text, f"{HUB}/{path}": text}

    def dockerfile(self, more: str) -> dict[str, str]:
        return self.both("Dockerfile", (SHARED if self.repo.shape == "shared" else OWN) + more)

    def again(self, files: Mapping[str, str]) -> Tried:
        """Return this with files that were there when the image was built."""
        return replace(self, built=self.repo.commit(files))


@pytest.fixture(params=["folders", "shared"])
def tried(tmp_path: Path, request: pytest.FixtureRequest) -> Tried:
    repo = hubs.make(tmp_path / "hubs", request.param)
    built = repo.commit({hubs.requirements(repo.shape): PINS})
    repo.commit({f"{HUB}/requirements.txt": PINS})
    return Tried(repo, built)


# --- files -----------------------------------------------------------------------------------


def test_after_the_pins_have_moved_nothing_differs(tried: Tried) -> None:
    assert tried.differences() == ()


def test_planned_edits_count_as_made(tried: Tried) -> None:
    tried.repo.commit({f"{HUB}/requirements.txt": "oauthenticator==17.3.0\n"})
    (sentence,) = tried.differences()
    assert sentence.startswith(
        "The tried image has jupyterhub-firstuseauthenticator==1.1.0, which hub"
    )
    assert tried.differences({f"{HUB}/requirements.txt": PINS}) == ()


def test_comments_and_order_of_requirements_do_not_count(tried: Tried) -> None:
    rows = "".join(reversed(PINS.splitlines(keepends=True)))
    assert tried.differences({f"{HUB}/requirements.txt": f"# another reason\n\n{rows}"}) == ()


def test_what_the_experiment_became_since_does_not_count(tried: Tried) -> None:
    tried.repo.commit({hubs.requirements(tried.repo.shape): "oauthenticator==18.0.0\n"})
    assert tried.differences() == ()


def test_other_requirements_differ(tried: Tried) -> None:
    other = f"git+https://anna:t0ken@example.org/o/r@{'a' * 40}"
    (sentence,) = tried.differences({f"{HUB}/requirements.txt": f"{PINS}{other}\n"})
    shown = other.replace("anna:t0ken", "***")
    assert sentence == f"hub asks for {shown}, which the tried image has not."
    found = tried.differences({f"{HUB}/requirements.txt": PINS.replace("17.3.0", "17.3.1")})
    assert found == (
        "The tried image has oauthenticator==17.3.0, which hub does not ask for.",
        "hub asks for oauthenticator==17.3.1, which the tried image has not.",
    )


@pytest.mark.parametrize(
    "text",
    [
        "--index-url https://example.org/simple\n" + PINS,
        PINS.replace("17.3.0", "17.3.0 --hash=sha256:00"),
    ],
)
def test_other_options_of_pip_differ(text: str, tried: Tried) -> None:
    (sentence,) = tried.differences({f"{HUB}/requirements.txt": text})
    assert sentence.startswith(f"{HUB}/requirements.txt: the options of pip")


def test_another_dockerfile_differs(tried: Tried) -> None:
    text = tried.repo.read(f"{HUB}/Dockerfile")
    (sentence,) = tried.differences({f"{HUB}/Dockerfile": text + "ENV A=1\n"})
    same = tried.folder == HUB
    how = "has changed since" if same else f"is not that of {tried.folder}/Dockerfile"
    assert sentence.startswith(f"The Dockerfile {how}")


def test_a_file_that_goes_in_differs(tried: Tried) -> None:
    tried = tried.again(
        {**tried.dockerfile("COPY extra/ /srv/\n"), **tried.both("extra/a.py", "a = 1\n")}
    )
    assert tried.differences() == ()
    (sentence,) = tried.differences({f"{HUB}/extra/a.py": "a = 2\n"})
    assert f"{HUB}/extra/a.py" in sentence
    (sentence,) = tried.differences({f"{HUB}/extra/a.py": None})
    assert sentence.endswith(f"{HUB}/extra/a.py is not there.")
    (sentence,) = tried.differences({f"{HUB}/extra/b.py": ""})
    assert sentence.endswith(f"{tried.folder}/extra/b.py was not there.")


def test_a_mode_differs(tried: Tried) -> None:
    tried = tried.again(
        {**tried.dockerfile("COPY run /srv/\n"), **tried.both("run", "#!/bin/sh\n")}
    )
    assert tried.differences() == ()
    (tried.repo.path / HUB / "run").chmod(0o755)
    tried.repo.commit()
    (sentence,) = tried.differences()
    assert sentence.startswith(f"The mode of {HUB}/run")


def test_a_file_that_does_not_go_in_does_not_count(tried: Tried) -> None:
    tried.repo.commit({f"{HUB}/README.md": "for people", f"{HUB}/third-requirements.txt": "x\n"})
    assert tried.differences() == ()


def test_the_whole_folder_goes_in_but_for_the_requirements(tried: Tried) -> None:
    tried = tried.again(tried.dockerfile("COPY . /srv/\n"))
    assert tried.differences({f"{HUB}/requirements.txt": f"# more\n{PINS}"}) == ()
    (sentence,) = tried.differences({f"{HUB}/README.md": "for people"})
    assert f"{HUB}/README.md goes in" in sentence


@pytest.mark.parametrize("where", ["", "Dockerfile"])
def test_what_is_ignored_differs(where: str, tried: Tried) -> None:
    (sentence,) = tried.differences({f"{HUB}/{where}.dockerignore": "*.md\n"})
    if tried.repo.shape == "shared":
        tried = tried.again({f"{HUB}/{where}.dockerignore": "*.md\n"})
        assert tried.differences() == ()
    assert ".dockerignore" in sentence


def test_a_link_may_lead_to_any_file(tried: Tried) -> None:
    files = {**tried.dockerfile("COPY linked /srv/\n"), **tried.both("real/a", "1\n")}
    for folder in {tried.folder, HUB}:
        (tried.repo.path / folder / "linked").symlink_to("real")
    tried = tried.again(files)
    assert any(f"{HUB}/real/a" in found for found in tried.differences({f"{HUB}/real/a": "2\n"}))


def test_a_context_that_is_a_link_cannot_be_told(tmp_path: Path) -> None:
    repo = hubs.make(tmp_path / "hubs")
    target = repo.path / f"{HUB}-experimental"
    target.rename(target.with_name("elsewhere"))
    target.symlink_to("elsewhere")
    found = Tried(repo, repo.commit()).differences()
    assert f"Which files are in {HUB}-experimental could not be told." in found


def test_the_work_tree_can_be_compared_too(tried: Tried) -> None:
    tried.repo.commit(tried.dockerfile("COPY . /srv/\n"))
    tried = tried.again({})
    now = images.load(WorkTree(tried.repo.path), SETTINGS).production
    assert samebits.differences(tried.image, now) == ()
    tried.repo.write(f"{HUB}/untracked", "mine")
    assert len(samebits.differences(tried.image, now)) == 1


def test_a_context_that_is_all_there_is(tmp_path: Path) -> None:
    config = (
        "charts: [{name: c, images: {hub: {contextPath: .}, hub-experimental: {contextPath: .}}}]"
    )
    repo = hubs.make(tmp_path / "hubs")
    settings = replace(SETTINGS, charts_dir=".")
    text = "FROM q/hub:1\nCOPY requirements.txt a /\nRUN pip install -r /requirements.txt\n"
    files = {"chartpress.yaml": config, "Dockerfile": text, "requirements.txt": PINS, "a": "1\n"}
    then = images.load(CommitTree(repo.git, repo.commit(files)), settings)

    def against(planned: dict[str, str | None]) -> tuple[str, ...]:
        now = images.load(Overlaid(then.all[0].tree, planned), settings)
        return samebits.differences(then.named("hub-experimental"), now.production)

    assert against({}) == ()
    assert against({"a": "2\n"}) == ("a has changed since.",)


# --- chartpress.yaml -------------------------------------------------------------------------


def _argument(tried: Tried, name: str, value: str) -> Image:
    return replace(tried.image, build_args={**tried.image.build_args, name: value})


def test_build_arguments(tried: Tried) -> None:
    production = images.load(CommitTree(tried.repo.git), SETTINGS).production
    more = replace(production, build_args={**production.build_args, "A": "1"})
    assert samebits.differences(_argument(tried, "A", "1"), more) == ()
    (sentence,) = samebits.differences(tried.image, more)
    assert sentence == "The build argument A was not given, and is `1` now."
    (sentence,) = samebits.differences(_argument(tried, "A", "2"), more)
    assert sentence == "The build argument A was `2`, and is `1` now."
    (sentence,) = samebits.differences(_argument(tried, "A", ""), production)
    assert sentence == "The build argument A was empty, and is not given now."


@pytest.mark.parametrize("template", ["{TAG}", "v{LAST_COMMIT}", "{"])
def test_what_each_build_fills_in_differs(template: str, tried: Tried) -> None:
    production = images.load(CommitTree(tried.repo.git), SETTINGS).production
    more = replace(production, build_args={**production.build_args, "A": template})
    (sentence,) = samebits.differences(_argument(tried, "A", template), more)
    assert "every build fills in anew" in sentence
    options = (f"--label=a={template}",)
    (sentence,) = samebits.differences(
        replace(tried.image, build_options=options), replace(production, build_options=options)
    )
    assert "every build fills in anew" in sentence


def test_options_of_the_build_command(tried: Tried) -> None:
    then = tried.image
    production = images.load(CommitTree(tried.repo.git), SETTINGS).production
    host = replace(production, build_options=("--network=host",))
    assert samebits.differences(replace(then, build_options=("--network=host",)), host) == ()
    (sentence,) = samebits.differences(then, host)
    assert sentence == "extraBuildCommandOptions was not given, and is `--network=host` now."


# --- registries ------------------------------------------------------------------------------


@pytest.mark.parametrize(
    ("more", "told"),
    [
        ("COPY --from=node:22 /usr /usr\n", False),
        ("RUN --mount=type=bind,from=node:22,target=/n true\n", False),
        (f"COPY --from=node@sha256:{'a' * 64} /usr /usr\n", True),
    ],
)
def test_files_of_another_image_cannot_be_told(more: str, told: bool, tried: Tried) -> None:
    found = tried.again(tried.dockerfile(more)).differences()
    assert bool(found) is not told
    assert told or "files from node:22" in found[0]


@pytest.mark.parametrize(
    ("platforms", "platform", "same"),
    [
        (["linux/amd64"], "linux/amd64", True),
        (["linux/s390x", "linux/arm64/v8"], "linux/arm64", True),
        (["linux/arm64"], "linux/amd64", False),
        (["linux/arm"], "linux/arm64", False),
        ([], "linux/amd64", False),
    ],
)
def test_the_platform(platforms: list[str], platform: str, same: bool) -> None:
    assert (samebits.platform_difference(platforms, platform) is None) is same


BASE = Reference.parse("quay.io/jupyterhub/k8s-hub:4.3.3")
LAYERS = ("sha256:1", "sha256:2")


def _registry(*layers: str) -> FakeRegistry:
    found = hubs.pushed()
    assert found.manifest
    return FakeRegistry(found=replace(found, manifest=replace(found.manifest, diff_ids=layers)))


def _engine(*layers: str, architecture: str = "amd64") -> Engine:
    image = {"Id": "x", "Os": "linux", "Architecture": architecture, "RootFS": {"Layers": layers}}
    return Engine(Recorder(lambda argv: said(argv, json.dumps([image]))))


NO_ENGINE = Engine(
    Recorder(lambda argv: said(argv, code=1, stderr="Cannot connect to the Docker daemon"))
)
SILENT = FakeRegistry(found=Unknown("The registry sleeps.", "wake it"))


def base(registry: FakeRegistry, engine: Engine, *tried: str) -> str | None:
    return samebits.base_difference(BASE, tried, registry, engine, "linux/amd64")  # type: ignore[arg-type]


def test_a_base_whose_layers_the_tried_image_begins_with_is_the_same() -> None:
    assert base(_registry(*LAYERS), NO_ENGINE, *LAYERS, "sha256:3") is None


@pytest.mark.parametrize(
    "tried", [["sha256:1", "sha256:3"], ["sha256:1"], ["sha256:2", "sha256:1"]]
)
def test_a_base_that_was_pushed_anew_differs(tried: list[str]) -> None:
    found = base(_registry(*LAYERS), _engine(*tried), *tried)
    assert found == f"The base image {BASE} is another one now than the tried image stands on."


def test_a_base_that_is_gone_for_the_platform_differs() -> None:
    found = FakeRegistry(found=Pushed(digest="x", platforms=("linux/arm64",), manifest=None))
    assert "not there for linux/amd64" in (base(found, _engine(*LAYERS), *LAYERS) or "")


@pytest.mark.parametrize("registry", [SILENT, FakeRegistry(found=NotThere())])
def test_the_engine_is_asked_where_the_registry_does_not_say(registry: FakeRegistry) -> None:
    assert base(registry, _engine(*LAYERS), *LAYERS, "sha256:3") is None
    assert "is another one" in (base(registry, _engine("sha256:9"), *LAYERS) or "")


@pytest.mark.parametrize(
    ("registry", "why"),
    [
        (SILENT, "The registry sleeps."),
        (FakeRegistry(), "does not have it"),
        (_registry(), "not say"),
    ],
)
@pytest.mark.parametrize("engine", [NO_ENGINE, _engine(*LAYERS, architecture="arm64")])
def test_where_nobody_can_tell_it_counts_as_different(
    registry: FakeRegistry, why: str, engine: Engine
) -> None:
    found = base(registry, engine, *LAYERS) or ""
    assert "cannot be told" in found
    assert why in found


def test_without_layers_of_the_tried_image_nothing_can_be_told() -> None:
    assert "layers of the tried image" in (base(_registry(*LAYERS), NO_ENGINE) or "")


def test_without_a_base_nothing_can_be_told() -> None:
    found = samebits.base_difference(None, LAYERS, SILENT, NO_ENGINE, "linux/amd64")  # type: ignore[arg-type]
    assert found == "Which base image the Dockerfile names cannot be told."
