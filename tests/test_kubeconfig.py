"""The kubeconfig as kubectl reads it: several files, none, and broken ones."""

from __future__ import annotations

import os
from pathlib import Path

import pytest
import yaml

from hubimages import kubeconfig
from hubimages.errors import BadFile
from hubimages.kubeconfig import KubeContext, NoContext


def config(path: Path, current: str = "", **contexts: str) -> Path:
    listed = [{"name": name, "context": {"cluster": at}} for name, at in contexts.items()]
    users = [{"name": "me", "user": {"token": "hidden"}}]
    said = {"current-context": current, "contexts": listed, "users": users}
    path.parent.mkdir(parents=True, exist_ok=True)
    path.write_text(yaml.safe_dump(said))
    return path


def loaded(*paths: Path, **environ: str) -> kubeconfig.Kubeconfig:
    return kubeconfig.load({"KUBECONFIG": os.pathsep.join(map(str, paths)), **environ})


def test_of_several_files_the_first_that_says_something_counts(tmp_path: Path) -> None:
    one = config(tmp_path / "one", a="first", b="b")
    two = config(tmp_path / "two", current="c", a="second", c="c")
    three = config(tmp_path / "three", current="a")
    found = loaded(tmp_path / "gone", one, two, three)
    assert found.contexts == (
        KubeContext(name="a", cluster="first"),
        KubeContext(name="b", cluster="b"),
        KubeContext(name="c", cluster="c"),
    )
    assert found.current == "c"
    assert found.named("").cluster == "c"
    assert found.named("a").cluster == "first"
    assert str(one) in found.where
    assert str(two) in found.where


def test_helm_has_a_variable_of_its_own(tmp_path: Path) -> None:
    one = config(tmp_path / "one", current="a", a="a", b="b")
    assert loaded(one, HELM_KUBECONTEXT="b").named("").name == "b"


def test_without_a_variable_it_is_in_the_home_folder(isolated: Path) -> None:
    config(isolated / ".kube" / "config", current="home", home="here")
    assert kubeconfig.load({}).named("") == KubeContext(name="home", cluster="here")
    assert kubeconfig.load({"KUBECONFIG": os.pathsep}).current == "home"


def test_what_is_missing_is_said(tmp_path: Path) -> None:
    nothing = loaded(tmp_path / "gone")
    assert nothing.contexts == ()
    with pytest.raises(NoContext, match="has no current context") as none:
        nothing.named("")
    assert "get one from who runs the cluster" in none.value.fix
    one = loaded(config(tmp_path / "one", current="old", a="a"))
    with pytest.raises(NoContext, match="has no context `old`") as gone:
        one.named("")
    assert "one of a" in gone.value.fix
    with pytest.raises(NoContext, match="has no context `b`"):
        one.named("b")


@pytest.mark.parametrize(
    "text", ["a: [", "- a", "contexts: 5", "contexts: [a]", "contexts: {a: b}", "contexts: [{}]"]
)
def test_a_broken_file_is_named(tmp_path: Path, text: str) -> None:
    (tmp_path / "broken").write_text(text)
    with pytest.raises(BadFile, match="broken"):
        loaded(tmp_path / "broken")


def test_a_file_that_may_not_be_read_is_named(tmp_path: Path) -> None:
    """A loop of links cannot be read by anybody; a file with mode 0 can, by root."""
    if os.geteuid() == 0:
        pytest.skip("root may read everything")
    one = config(tmp_path / "one", current="a", a="a")
    one.chmod(0)
    with pytest.raises(BadFile, match="one: cannot be read: Permission denied"):
        loaded(one)


@pytest.mark.parametrize("text", ["", "{}", "contexts: null", "contexts: []"])
def test_an_empty_file_has_no_contexts(tmp_path: Path, text: str) -> None:
    (tmp_path / "empty").write_text(text)
    assert loaded(tmp_path / "empty").contexts == ()
