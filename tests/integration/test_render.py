"""render before the real Helm: what it prints is what Helm prints by hand, and nothing is left behind."""

from __future__ import annotations

import dataclasses
import json
import os
import shutil
import signal
import stat
import sys
import tempfile
from collections.abc import Callable, Iterator, Sequence
from pathlib import Path

import pytest

import stack
from hubimages import fleet
from hubimages.commands import boundary, namespace
from hubimages.commands.program import Hubimages
from hubimages.config import Settings
from hubimages.fleet import Hub
from hubimages.process import Processes
from hubimages.rendering.render import renderer
from hubimages.tree import WorkTree
from integration import fleets
from integration.running import Ran, Running, hubimages, temporary, until
from integration.support import CHART, STAGING, belongings, lived_in, scratch_folders
from repositories import CORPUS

ROOT = Path(__file__).parents[2]
HUB = ("render", "--hub", "example/staging")
ON = "config/clusters/example/{}"
CLUSTER = ON.format("cluster.yaml")
SECRET = ON.format("enc-staging.secret.values.yaml")
ENCRYPTED = "jupyterhub:\n  hub: ENC[AES256_GCM,data:x]\nsops:\n  version: 3.9.0\n"
PASSWORD = 'correct "horse" battery'
NUMBER = 12345678901
DECRYPTED = json.dumps(
    {
        "jupyterhub": {
            "hub": {
                "extraEnv": {"PASSWORD": PASSWORD, "PIN": NUMBER, "HOW": "staple's-quote"},
                "config": {"Secret": {"token": "a-token-of-some-length"}},
            }
        }
    }
)
# Stands in for sops, which cannot be had everywhere: it knows one answer.
SOPS = f"#!/bin/sh\ncat <<'EOF'\n{DECRYPTED}\nEOF\n"
SHOWN = ("correct", "12345678901", "1.2345678901e+10", "staple", "a-token-of-some-length")


@pytest.fixture(scope="module")
def charts() -> Iterator[stack.ChartRepository]:
    other = stack.package(stack.CHARTS / "jupyterhub", "4.3.3")
    others = {("portal", "1.0.0"): b"<html>log in</html>", ("misnamed", "1.0.0"): other}
    with stack.ChartRepository("4.3.3", "4.2.0", "4.2.1", "4.3.0", others=others) as charts:
        yield charts


@pytest.fixture
def programs(helm_tools: stack.HelmTools, tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> Path:
    """Return a folder at the head of the PATH, with Helm 3; what is put there counts first."""
    folder = tmp_path / "programs"
    monkeypatch.setenv("PATH", helm_tools.path(3, folder))
    return folder


@pytest.fixture
def repo(tmp_path: Path, charts: stack.ChartRepository, programs: Path) -> stack.HubRepository:
    made = stack.hub_repository(tmp_path / "repository", registry="quay.io")
    chart = (made.path / CHART).read_text()
    url = "https://jupyterhub.github.io/helm-chart/"
    made.commit({CHART: chart.replace(url, charts.url)}, "Charts of our own")
    return made


@pytest.fixture
def here(
    repo: stack.HubRepository, monkeypatch: pytest.MonkeyPatch, capsys: pytest.CaptureFixture[str]
) -> Iterator[Callable[..., Ran]]:
    """Render in this process, which is quicker: here(*words)."""
    handlers = {name: signal.getsignal(name) for name in (signal.SIGTERM, signal.SIGHUP)}
    monkeypatch.chdir(repo.path)
    monkeypatch.setattr(tempfile, "tempdir", str(temporary(repo)))

    def run(*words: str) -> Ran:
        monkeypatch.setattr(boundary.console, "stream", sys.stderr)
        program = Hubimages(name="hubimages", binary="hubimages", namespace=namespace)
        code = 0
        try:
            program.run(["hubimages", *(words or HUB)])
        except SystemExit as end:
            code = int(end.code or 0)
        return Ran(code, *capsys.readouterr())

    yield run
    for name, handler in handlers.items():
        signal.signal(name, handler)


def script(programs: Path, name: str, text: str) -> None:
    (programs / name).unlink(missing_ok=True)
    (programs / name).write_text(text)
    (programs / name).chmod(0o755)


def append(repo: stack.HubRepository, path: str, text: str) -> None:
    with (repo.path / path).open("a") as file:
        file.write(text)


def as_by_hand(root: Path, hubs: Sequence[Hub], copies: Path) -> None:
    """Assert that hubs are rendered as by hand, without encrypted files, and run what hubs.list says."""
    hand = fleets.ByHand(root, copies)
    with renderer(Processes(), root, Settings(), without_secrets=True) as ours:
        for hub in hubs:
            found = ours.render(hub)
            there = tuple(path for path in hub.values_files if (root / path).exists())
            wanted = hand.template(dataclasses.replace(hub, values_files=there))
            shown = fleets.without_made_up(found.manifests.text)
            assert shown == fleets.without_made_up(wanted), hub.name
            assert found.listed
            assert found.disagreement is None


# --- as by hand ----------------------------------------------------------------------------------


@pytest.mark.parametrize(("major", "seeds"), [(3, (1,)), (4, (3,))], ids=["helm3", "helm4"])
def test_a_generated_fleet_is_rendered_as_by_hand(
    charts: stack.ChartRepository,
    helm_tools: stack.HelmTools,
    major: int,
    seeds: tuple[int, ...],
    tmp_path: Path,
    monkeypatch: pytest.MonkeyPatch,
) -> None:
    monkeypatch.setenv("PATH", helm_tools.path(major, tmp_path / "programs"))  # type: ignore[arg-type]
    for seed in seeds:
        root = tmp_path / f"fleet{seed}"
        fleets.write(root, fleets.files(seed, charts.url))
        (root / "helm-charts/basehub/charts").mkdir()
        for stale in ("jupyterhub-4.1.0.tgz", "gone-1.0.0.tgz"):
            content = stack.package(stack.CHARTS / "jupyterhub", "4.1.0")
            (root / "helm-charts/basehub/charts" / stale).write_bytes(content)
        hubs = fleet.load(WorkTree(root), Settings()).hubs
        hand = fleets.ByHand(root, tmp_path / f"copies{seed}")
        assert len(hubs) == 2 * len(fleets.KEYS)
        with renderer(Processes(), root, Settings()) as ours:
            for hub in hubs if major == 3 else hubs[::3]:
                rendered = fleets.without_made_up(ours.render(hub).manifests.text)
                assert rendered == fleets.without_made_up(hand.template(hub)), (seed, hub.name)


def test_every_hub_of_the_example_is_rendered_as_by_hand(
    charts: stack.ChartRepository, programs: Path, tmp_path: Path
) -> None:
    root = tmp_path / "example"
    for folder in ("helm-charts", "config"):
        shutil.copytree(ROOT / folder, root / folder)
    fleets.publish(root, charts.url)
    hubs = fleet.load(WorkTree(root), Settings()).hubs
    assert len(hubs) == 2
    as_by_hand(root, hubs, tmp_path / "copies")


@pytest.mark.skipif(not CORPUS.is_dir(), reason="needs shared/corpus beside the repository")
def test_hubs_of_the_corpus_are_rendered_as_by_hand(programs: Path, tmp_path: Path) -> None:
    """What its charts depend on is published elsewhere; stand-ins show the values that reach them."""
    root, others = tmp_path / "corpus", dict[tuple[str, str], bytes]()
    shutil.copytree(CORPUS, root)
    wanted = fleets.published(root)
    for name, version in wanted:
        if name != "jupyterhub":
            others[name, version] = fleets.stand_in(tmp_path / "stand-ins", name, version)
    versions = [version for name, version in wanted if name == "jupyterhub"]
    with stack.ChartRepository(*versions, others=others) as charts:
        fleets.publish(root, charts.url)
        hubs = fleet.load(WorkTree(root), Settings()).hubs
        assert len(hubs) > 50
        as_by_hand(root, hubs[::6], tmp_path / "copies")


def test_a_chart_that_was_unpacked_once_is_not_rendered(
    charts: stack.ChartRepository, programs: Path, tmp_path: Path
) -> None:
    """Helm would take it or the archive beside it, as the dice fall."""
    fleets.write(tmp_path, fleets.files(1, charts.url))
    old = "apiVersion: v2\nname: basehub\nversion: 0.1.0\n"
    fleets.write(tmp_path, {"helm-charts/daskhub/charts/basehub/Chart.yaml": old})
    hub = fleet.load(WorkTree(tmp_path), Settings()).named("one/daskhub-hub")
    with renderer(Processes(), tmp_path, Settings()) as ours:
        there = sorted(path.name for path in (ours.render(hub).chart / "charts").iterdir())
    assert there == ["basehub-0.1.0.tgz"]


def test_what_a_lock_chose_is_rendered_without_helm_repo_add(
    repo: stack.HubRepository, charts: stack.ChartRepository
) -> None:
    ranged = (repo.path / CHART).read_text().replace("4.3.3", '">=4.2.0 <4.3.0"')
    at = f"name: jupyterhub, repository: {charts.url}, version: 4.2.0"
    lock = CHART.replace("Chart.yaml", "Chart.lock")
    repo.commit({CHART: ranged})
    assert "chart: jupyterhub-4.2.1" in hubimages(repo, *HUB).ok().stdout
    repo.commit({lock: f"dependencies: [{{{at}}}]\n"})
    assert "chart: jupyterhub-4.2.0" in hubimages(repo, *HUB).ok().stdout
    repo.commit({CHART: ranged.replace("4.2.0", "4.2.1")})
    hubimages(repo, *HUB).failed("wrong version", "Chart.lock is older")


def test_an_archive_that_is_committed_is_not_fetched(
    repo: stack.HubRepository, charts: stack.ChartRepository
) -> None:
    vendored = repo.path / "helm-charts/basehub/charts/jupyterhub-4.3.3.tgz"
    vendored.parent.mkdir()
    vendored.write_bytes(stack.package(stack.CHARTS / "jupyterhub", "4.3.3"))
    before = len(charts.requests)
    hubimages(repo, *HUB).ok()
    assert len(charts.requests) == before


# --- whose files they are --------------------------------------------------------------------------


def test_the_tree_is_as_before_and_a_chart_is_fetched_once(
    repo: stack.HubRepository, charts: stack.ChartRepository
) -> None:
    before, fetched = lived_in(repo), charts.count()
    first = hubimages(repo, *HUB, "--since", "HEAD", cwd=repo.path / "helm-charts").ok()
    assert first.stdout == "example/staging: nothing differs from HEAD\n"
    with Running(repo, *HUB) as one, Running(repo, *HUB, "--json") as other:
        one.end().ok()
        assert other.end().ok().json["agrees"] is True
    assert belongings(repo) == before
    assert scratch_folders(repo) == []
    assert charts.count() == fetched + 1


def test_two_at_once_fill_the_cache(repo: stack.HubRepository, isolated: Path) -> None:
    with Running(repo, *HUB) as one, Running(repo, *HUB) as other:
        one.end().ok()
        other.end().ok()
    kept = list((isolated / "cache/hubimages/charts").iterdir())
    assert [[file.name for file in one.iterdir()] for one in kept] == [["jupyterhub-4.3.3.tgz"]]


def test_offline_the_cache_is_enough(repo: stack.HubRepository) -> None:
    hubimages(repo, *HUB).ok()
    with stack.ChartRepository("4.3.3") as gone:
        url = gone.url
    chart = (repo.path / CHART).read_text()
    proxies = dict.fromkeys(("HTTP_PROXY", "http_proxy"), "http://127.0.0.1:9")
    hubimages(repo, *HUB, env=proxies).ok()
    repo.commit({CHART: chart.replace(chart.split("repository: ")[1].strip(), url)})
    hubimages(repo, *HUB).failed("chart jupyterhub 4.3.3 of http", "refused")


def test_a_cache_that_cannot_be_written_stops_nobody(
    repo: stack.HubRepository, tmp_path: Path
) -> None:
    """A file where the folder should be stands for a folder that is read-only, or full."""
    (tmp_path / "cache").write_text("")
    env = {"XDG_CACHE_HOME": str(tmp_path / "cache"), "HELM_CACHE_HOME": str(tmp_path / "helm")}
    hubimages(repo, *HUB, env=env).ok()


@pytest.mark.parametrize(
    ("name", "wanted"),
    [
        ("portal", r"fetched as portal-1\.0\.0\.tgz is no chart"),
        ("nowhere", r"The chart nowhere 1\.0\.0 of http\S+ cannot be fetched"),
    ],
)
def test_what_is_no_chart_is_not_kept(
    repo: stack.HubRepository, here: Callable[..., Ran], isolated: Path, name: str, wanted: str
) -> None:
    text = (repo.path / CHART).read_text().replace("4.3.3", "1.0.0")
    (repo.path / CHART).write_text(text.replace("name: jupyterhub", f"name: {name}"))
    here().failed(wanted, "see whether .* answers")
    assert list((isolated / "cache/hubimages/charts").iterdir()) == []


# --- interrupted -----------------------------------------------------------------------------------


@pytest.mark.parametrize("number", [signal.SIGINT, signal.SIGTERM, signal.SIGKILL])
def test_no_secret_is_on_a_disk_at_any_moment(
    repo: stack.HubRepository, programs: Path, number: signal.Signals
) -> None:
    """Helm is stopped where it would read what was decrypted."""
    encrypt(repo, programs)
    hubimages(repo, *HUB).ok()
    real = (programs / "helm").resolve()
    stopped = repo.path.parent / "stopped"
    stops = (
        f'#!/bin/sh\n[ $1 = template ] && echo $$ > {stopped} && kill -STOP $$\nexec {real} "$@"'
    )
    script(programs, "helm", stops)
    with Running(repo, *HUB) as running:
        running.until(lambda: stopped.exists() and bool(stopped.read_text()), "helm")
        helm = int(stopped.read_text())
        until(lambda: state(helm) == "T" or None, "a stopped helm")
        there = [path for path in (repo.path.parent / "tmp").rglob("*") if path.is_file()]
        assert not any(
            secret in path.read_text(errors="replace") for path in there for secret in SHOWN
        )
        said = Path(f"/proc/{helm}/cmdline").read_text()
        assert "hubimages-values-" in said
        assert not any(secret in said for secret in SHOWN)
        running.signal(number)
        if number == signal.SIGKILL:
            running.end()
            os.kill(helm, signal.SIGKILL)
        else:
            os.kill(helm, signal.SIGCONT)
            running.end().failed("Interrupted", code=130)
            assert state(helm) is None
    script(programs, "helm", f'#!/bin/sh\nexec {real} "$@"')
    hubimages(repo, *HUB).ok()  # sweeps what the killed one left
    assert scratch_folders(repo) == []


def state(pid: int) -> str | None:
    """Return the letter of a process's state, or None where there is none."""
    try:
        return Path(f"/proc/{pid}/stat").read_text().rpartition(")")[2].split()[0]
    except OSError:
        return None


# --- secrets ---------------------------------------------------------------------------------------


def encrypt(repo: stack.HubRepository, programs: Path, sops: str = SOPS) -> None:
    """Give the hub an encrypted values file, and a stand-in for sops."""
    named = (repo.path / CLUSTER).read_text()
    line = "      - staging.values.yaml\n"
    repo.commit(
        {SECRET: ENCRYPTED, CLUSTER: named.replace(line, f"{line}      - {Path(SECRET).name}\n")}
    )
    if sops:
        script(programs, "sops", sops)


def test_what_was_decrypted_is_shown_nowhere(repo: stack.HubRepository, programs: Path) -> None:
    encrypt(repo, programs)
    file = repo.path.parent / "new" / "manifests.yaml"
    for words in ([], ["--json"], ["--since", "HEAD~1"], ["--output", str(file)]):
        ran = hubimages(repo, *HUB, *words).ok()
        assert not [secret for secret in SHOWN if secret in ran.stdout + ran.stderr], words
    assert "PASSWORD" in hubimages(repo, *HUB).ok().stdout
    assert "correct" in file.read_text()
    assert stat.S_IMODE(file.stat().st_mode) == 0o600
    differ = hubimages(repo, *HUB, "--since", "HEAD~1", "--json").ok().json["differences"]
    fields = {one["resource"]: one["fields"] for one in differ}
    assert "values.yaml.hub.config.Secret.token" in fields["Secret hub"]
    env = "spec.template.spec.containers.hub.env."
    assert f"{env}PIN.value" in fields["Deployment hub"]


def test_a_broken_chart_tells_no_secret(repo: stack.HubRepository, programs: Path) -> None:
    encrypt(repo, programs)
    fails = '{{ fail (printf "no %s" .Values.jupyterhub.hub.extraEnv.PASSWORD) }}\n'
    repo.commit({"helm-charts/basehub/templates/fails.yaml": fails})
    ran = hubimages(repo, *HUB).failed(r"no \*\*\*", "example/staging cannot be rendered")
    assert "horse" not in ran.stderr


@pytest.mark.parametrize("name", ["secret.values.yaml", "enc-staging.secret.values.yaml"])
def test_a_secret_that_git_crypt_keeps_is_hidden_too(
    repo: stack.HubRepository, programs: Path, name: str
) -> None:
    """Unlocked it is a plain file; locked it cannot be read."""
    encrypt(repo, programs, sops="")
    text = (repo.path / CLUSTER).read_text().replace(Path(SECRET).name, name)
    repo.commit({CLUSTER: text, ON.format(name): DECRYPTED})
    ran = hubimages(repo, *HUB).ok()
    assert not [secret for secret in SHOWN if secret in ran.stdout + ran.stderr]
    (repo.path / ON.format(name)).write_bytes(b"\0GITCRYPT\0\1\2\3")
    ran = hubimages(repo, *HUB, "--json").ok()
    assert ran.json["left_out"] == [ON.format(name)]
    assert "could not be decrypted" in ran.stderr


def test_without_sops_a_hub_is_rendered_without_its_secrets(
    repo: stack.HubRepository, programs: Path
) -> None:
    encrypt(repo, programs, sops="")
    ran = hubimages(repo, *HUB, "--json").ok()
    assert ran.json["left_out"] == [SECRET]
    assert f"{SECRET} is encrypted and could not be decrypted here" in ran.stderr
    script(programs, "sops", "#!/bin/sh\necho 'no key' >&2; exit 128\n")
    assert hubimages(repo, *HUB, "--json").ok().json["left_out"] == [SECRET]


# --- images ----------------------------------------------------------------------------------------


def image(tag: str) -> str:
    return f"jupyterhub:\n  hub:\n    image:\n      tag: {tag}\n"


@pytest.mark.parametrize(
    ("text", "tag"),
    [
        (image('"1.10"'), "1.10"),
        (image("2026.10.1"), "2026.10.1"),
        (image(f'"1.0@sha256:{"a" * 64}"'), f"1.0@sha256:{'a' * 64}"),
        (image("1.10"), "1.1"),
    ],
)
def test_images_agree_with_hubs_list(
    repo: stack.HubRepository, here: Callable[..., Ran], text: str, tag: str
) -> None:
    repo.commit({STAGING: text})
    found = here(*HUB, "--json").ok().json
    listed = {one["hub"]: one for one in here("hubs.list", "--json").ok().json}
    assert found["hub_image"] == {"name": "quay.io/example/hub", "tag": tag}
    assert found["listed"]["tag"] == listed["staging"]["hub_image"]["tag"] == tag


def test_a_chart_that_runs_another_image_is_reported(
    repo: stack.HubRepository, here: Callable[..., Ran]
) -> None:
    """An unquoted number that is garbled on the way to the Deployment, then no Deployment at all."""
    repo.commit({STAGING: image("20240318")})
    ran = here(*HUB, "--json").failed(
        r"example/staging: the hub's Deployment runs quay.io/example/hub:2\.0240318e\+07, "
        rf"and hubs.list says quay.io/example/hub:20240318 \({STAGING}:4\)"
    )
    assert ran.json["agrees"] is False
    repo.commit({CHART: (repo.path / CHART).read_text() + "    condition: jupyterhub.enabled\n"})
    repo.commit({STAGING: "jupyterhub: {enabled: false}\n"})
    ran = here().failed("hub's Deployment is not there, and hubs.list says")
    assert ran.stdout.strip() == ""


# --- what differs ----------------------------------------------------------------------------------


def test_since_a_revision(repo: stack.HubRepository, here: Callable[..., Ran]) -> None:
    first = repo.git("rev-parse", "HEAD")
    repo.git("mv", STAGING, ON.format("moved.yaml"))
    cluster = (repo.path / CLUSTER).read_text()
    new = "  - {name: new, helm_chart: basehub, helm_chart_values_files: []}\n"
    repo.commit(
        {
            CLUSTER: cluster.replace("staging.values.yaml", "moved.yaml") + new,
            ON.format("moved.yaml"): image('"2.0"').replace(
                "  hub:", "  ingress: {enabled: true, hosts: [a]}\n  hub:\n    extraEnv: {B: b}"
            ),
        }
    )
    lines = here(*HUB, "--since", first).ok().stdout.splitlines()
    assert lines[0].startswith("changed Secret hub: values.yaml.hub.")
    assert "added Ingress jupyterhub" in lines
    found = [line for line in lines if line.startswith("changed Deployment hub: ")]
    assert "spec.template.spec.containers.hub.image" in found[0]
    assert not any("auth_token" in line for line in lines)
    ran = here("render", "--hub", "example/new", "--since", first, "--json").ok()
    assert {one["change"] for one in ran.json["differences"]} == {"added"}
    here(*HUB, "--since", "nowhere").failed("no commit `nowhere`")
    here(*HUB, "--since=--all").failed("no commit `--all`")


def test_a_revision_that_cannot_be_rendered_is_named(
    repo: stack.HubRepository, here: Callable[..., Ran]
) -> None:
    broken = repo.commit({STAGING: "a: [\n"})
    repo.commit({STAGING: "a: b\n"})
    here(*HUB, "--since", "HEAD~1").failed(f"At {broken[:10]} the hub cannot be rendered")
    assert scratch_folders(repo) == []


# --- what is broken --------------------------------------------------------------------------------

_BASE = "helm-charts/basehub/"
BROKEN = {
    "values are gone": (STAGING, None, f"{STAGING}: is not there, and the hub is made from it"),
    "values are no YAML": (STAGING, "a: [\n", rf"{STAGING}:\d: is not YAML"),
    "values are a list": (STAGING, "- a\n", f"{STAGING}:1: has to be a mapping"),
    "no Chart.yaml": (CHART, None, f"{CHART}: is not there"),
    "a chart that is none": (CHART, "version: 1\n", "chart.metadata.name is required"),
    "a template": (f"{_BASE}templates/a.yaml", "{{ .Values.a.b.c }}", "templates/a.yaml"),
    "a schema": (f"{_BASE}values.schema.json", '{"required": ["x"]}', "x is required|property 'x'"),
    "itself": (CHART, "file://../basehub", "the chart includes itself"),
    "outside": (CHART, "file://../../../elsewhere", r"\.\./elsewhere/Chart.yaml: is outside"),
    "absolute": (CHART, "file:///tmp", "/tmp/Chart.yaml: is outside of the repository"),
    "a missing folder": (CHART, "file://../gone", "helm-charts/gone/Chart.yaml: is not there"),
    "a local one": (CHART, "", f"{CHART} depends on jupyterhub, and what is there is `missing`"),
}  # fmt: skip


@pytest.mark.parametrize(("path", "text", "wanted"), BROKEN.values(), ids=BROKEN)
def test_what_is_broken_is_named(
    repo: stack.HubRepository, here: Callable[..., Ran], path: str, text: str | None, wanted: str
) -> None:
    if text is None:
        (repo.path / path).unlink()
    else:
        is_url = path == CHART and not text.startswith("version")
        chart = (repo.path / CHART).read_text().rpartition("repository: ")[0]
        (repo.path / path).parent.mkdir(exist_ok=True)
        (repo.path / path).write_text(f'{chart}repository: "{text}"\n' if is_url else text)
    ran = here().failed(wanted)
    assert ran.stdout == ""
    assert scratch_folders(repo) == []


@pytest.mark.parametrize(
    ("helm", "wanted"),
    [
        (None, "There is no `helm` command on the PATH"),
        ("echo 'Error: unknown command' >&2; exit 1", "Helm 3 or 4 is needed"),
        ('[ "$1" = version ] && echo v2.17.0 || exit 1', "`helm version` says v2.17.0"),
    ],
)
def test_another_helm_is_named(
    repo: stack.HubRepository,
    here: Callable[..., Ran],
    programs: Path,
    helm: str | None,
    wanted: str,
) -> None:
    if helm is None:
        (programs / "helm").unlink()
    else:
        script(programs, "helm", f"#!/bin/sh\n{helm}\n")
    here().failed(wanted, "install Helm 3 or 4")


def test_a_path_with_a_comma(tmp_path: Path, charts: stack.ChartRepository, programs: Path) -> None:
    """Helm reads --values as a list."""
    repo = stack.hub_repository(tmp_path / 'a,b"c', registry="quay.io")
    text = (repo.path / CHART).read_text()
    repo.commit({CHART: text.replace("https://jupyterhub.github.io/helm-chart/", charts.url)})
    encrypt(repo, programs)
    hubimages(repo, *HUB).ok()


def test_output_goes_into_plain_files_alone(
    repo: stack.HubRepository, here: Callable[..., Ran], tmp_path: Path
) -> None:
    old = tmp_path / "old.yaml"
    old.write_text("old\n")
    old.chmod(0o644)
    (tmp_path / "link.yaml").symlink_to(old)
    ran = here(*HUB, "--output", str(tmp_path / "link.yaml")).ok()
    assert ran.stdout == ""
    assert stat.S_IMODE(old.stat().st_mode) == 0o600
    assert "kind: Deployment" in old.read_text()
    (tmp_path / "device").mkdir()
    here(*HUB, "--output", str(tmp_path / "device")).failed("is no plain file")
    here(*HUB, "--output", "/proc/1/nothing").failed("cannot be written")
    os.mkfifo(tmp_path / "pipe")
    here(*HUB, "--output", str(tmp_path / "pipe")).failed("is no plain file")
