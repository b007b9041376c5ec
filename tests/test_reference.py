from __future__ import annotations

import pytest
from hypothesis import given
from hypothesis import strategies as st

from hubimages.reference import BadReference, Reference, is_digest, is_tag

SHA = "sha256:" + "0123456789abcdef" * 4


@pytest.mark.parametrize(
    ("text", "expected"),
    [
        ("quay.io/o/n:t", Reference("quay.io", "o/n", "t")),
        (f"quay.io/o/n:t@{SHA}", Reference("quay.io", "o/n", "t", SHA)),
        (f"quay.io/o/n@{SHA}", Reference("quay.io", "o/n", None, SHA)),
        ("localhost/n", Reference("localhost", "n")),
        ("localhost:5000/n", Reference("localhost:5000", "n")),
        ("[::1]:5000/a/b:c", Reference("[::1]:5000", "a/b", "c")),
        ("host:5000/a/b", Reference("host:5000", "a/b")),
        ("ubuntu", Reference("docker.io", "library/ubuntu")),
        ("ubuntu:24.04", Reference("docker.io", "library/ubuntu", "24.04")),
        ("jupyterhub/k8s-hub:4.3.3", Reference("docker.io", "jupyterhub/k8s-hub", "4.3.3")),
        ("docker.io/ubuntu", Reference("docker.io", "library/ubuntu")),
        ("index.docker.io/a/b", Reference("docker.io", "a/b")),
        ("gcr.io/a/b/c/d__e.f-g--h", Reference("gcr.io", "a/b/c/d__e.f-g--h")),
    ],
)
def test_parse_follows_docker(text: str, expected: Reference) -> None:
    assert Reference.parse(text) == expected


@pytest.mark.parametrize(
    ("text", "name"),
    [
        ("quay.io/o/n:t", "quay.io/o/n"),
        ("docker.io/jupyterhub/k8s-hub:1", "jupyterhub/k8s-hub"),
        ("docker.io/library/ubuntu", "ubuntu"),
        ("docker.io/library/a/b", "library/a/b"),
        ("docker.io/localhost/a", "docker.io/localhost/a"),
    ],
)
def test_name_is_as_docker_writes_it(text: str, name: str) -> None:
    assert Reference.parse(text).name == name


@pytest.mark.parametrize(
    ("text", "says"),
    [
        ("", "no repository"),
        ("quay.io/", "no repository"),
        ("https://quay.io/o/n", "web address"),
        ("quay.io/Org/n:t", "lower case"),
        ("quay.io/o/n:", "not a tag"),
        ("quay.io/o/n:-t", "not a tag"),
        ("quay.io/o/n:" + "t" * 129, "not a tag"),
        ("quay.io/o/n:t\n", "not a tag"),
        ("quay.io/o/n@", "not a digest"),
        ("quay.io/o/n@sha256:abc", "not a digest"),
        ("quay.io/o/n:t:u", "not a repository"),
        ("quay.io/o/../n", "not a repository"),
        ("quay.io/o n:t", "not a repository"),
        ("quay.io//n", "not a repository"),
        ("quay.io/-n", "not a repository"),
        ("a.b:99999/n", "not a registry"),
        ("user@quay.io/n", "not a"),
        ("-a.b/n", "not a registry"),
        ("quay.io/" + "n" * 250, "longer than 255"),
    ],
)
def test_what_is_no_image_says_why_and_how(text: str, says: str) -> None:
    with pytest.raises(BadReference, match=says) as caught:
        Reference.parse(text)
    assert caught.value.fix


def test_parts_are_checked_however_they_come() -> None:
    with pytest.raises(BadReference, match="not a tag"):
        Reference("quay.io", "o/n", "t").with_tag("a/b")


def test_with_tag_leaves_the_digest_behind() -> None:
    assert str(Reference.parse(f"quay.io/o/n:t@{SHA}").with_tag("u")) == "quay.io/o/n:u"


_word = st.from_regex(r"[a-z0-9]{1,6}([._-][a-z0-9]{1,6})?", fullmatch=True)


@given(
    registry=st.sampled_from(["docker.io", "quay.io", "localhost", "localhost:5000", "[::1]:80"]),
    parts=st.lists(
        _word | st.sampled_from(["library", "localhost", "a.b"]), min_size=1, max_size=4
    ),
    tag=st.none() | st.from_regex(r"[A-Za-z0-9_][A-Za-z0-9_.-]{0,20}", fullmatch=True),
    digest=st.none() | st.just(SHA),
)
def test_what_is_written_reads_back(
    registry: str, parts: list[str], tag: str | None, digest: str | None
) -> None:
    if registry == "docker.io" and len(parts) == 1:
        parts = ["library", *parts]
    ref = Reference(registry, "/".join(parts), tag, digest)
    assert Reference.parse(str(ref)) == ref


@given(st.text(max_size=40))
def test_any_text_is_an_image_or_a_bad_reference(text: str) -> None:
    try:
        ref = Reference.parse(text)
    except BadReference:
        return
    assert Reference.parse(str(ref)) == ref
    assert ref.tag is None or is_tag(ref.tag)
    assert ref.digest is None or is_digest(ref.digest)
