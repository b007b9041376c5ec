"""Which base a Dockerfile has, and which requirements files it installs, as docker would see it."""

from __future__ import annotations

import pytest

from hubimages import recipe

_CONTEXT = {
    "requirements.txt",
    "experimental-requirements.txt",
    "extra requirements.txt",
    "reqs/hub.txt",
    "reqs/deep/more.txt",
    "src/requirements.txt",
}
_FOLDERS = {".", "reqs", "reqs/deep", "src"}


def _requirements(text: str, **build_args: str) -> tuple[str, ...]:
    found = recipe.read(text, build_args)
    return found.requirements(lambda path: path in _CONTEXT | _FOLDERS)


# --- the base --------------------------------------------------------------------------------------


@pytest.mark.parametrize(
    ("text", "base", "written", "line"),
    [
        ("FROM q/hub:1", "q/hub:1", "q/hub:1", 1),
        ("# x\n\nFROM --platform=linux/amd64 q/hub:1 AS hub\n", "q/hub:1", "q/hub:1", 3),
        ("ARG V=1\nFROM q/hub:$V", "q/hub:1", "q/hub:$V", 2),
        ("ARG V\nFROM q/hub:${V:-2}", "q/hub:2", "q/hub:${V:-2}", 2),
        ("ARG N=q/hub V=1\nARG I=${N}:${V}\nFROM $I", "q/hub:1", "$I", 3),
        ('ARG I="q/hub:1"\nFROM $I', "q/hub:1", "$I", 2),
        ("FROM q/hub:1@sha256:ab", "q/hub:1@sha256:ab", "q/hub:1@sha256:ab", 1),
        ("FROM q/hub:1 AS base\nFROM base AS next\nUSER x\nFROM next", "q/hub:1", "q/hub:1", 1),
        ("FROM q/hub:1 AS Base\nFROM node AS js\nFROM base", "q/hub:1", "q/hub:1", 1),
        ("FROM q/other AS a\nFROM q/hub:1", "q/hub:1", "q/hub:1", 2),
        ("FROM q/hub AS q/hub\nFROM q/hub", "q/hub", "q/hub", 1),
        ("FROM a AS a", "a", "a", 1),
        ("FROM q/hub:1 AS base\nARG T=base\nFROM $T", "", "$T", 3),
        ("ARG T=base\nFROM q/hub:1 AS base\nFROM $T", "q/hub:1", "q/hub:1", 2),
    ],
)
def test_the_base_is_what_docker_would_pull(text: str, base: str, written: str, line: int) -> None:
    found = recipe.read(text, {})
    assert (found.base, found.base_written, found.base_line) == (base, written, line)


def test_a_build_argument_wins_over_its_default() -> None:
    assert recipe.read("ARG V=1\nFROM q/hub:$V", {"V": "2"}).base == "q/hub:2"
    assert recipe.read("ARG V\nFROM q/hub:$V", {"V": "2"}).base == "q/hub:2"
    assert recipe.read("FROM q/hub:$V", {"V": "2"}).base == "q/hub:"


@pytest.mark.parametrize("text", ["", "# nothing\n", "ARG A=1\n", "RUN x\n"])
def test_without_from_there_is_no_base(text: str) -> None:
    assert recipe.read(text, {}).base is None
    assert _requirements(text) == ()


# --- the requirements: what COPY puts where --------------------------------------------------------

_COPIED = [
    ("COPY requirements.txt /tmp/requirements.txt", "/tmp/requirements.txt", "requirements.txt"),
    ("COPY requirements.txt /tmp/other.txt", "/tmp/other.txt", "requirements.txt"),
    ("COPY requirements.txt /tmp/", "/tmp/requirements.txt", "requirements.txt"),
    ("COPY ./requirements.txt /tmp", "/tmp/requirements.txt", "requirements.txt"),
    ("COPY /requirements.txt /tmp", "/tmp/requirements.txt", "requirements.txt"),
    ("ADD requirements.txt /tmp/", "/tmp/requirements.txt", "requirements.txt"),
    ("COPY --chown=1000:100 --link requirements.txt /tmp/", "/tmp/requirements.txt", "requirements.txt"),
    ('COPY ["requirements.txt", "/tmp/"]', "/tmp/requirements.txt", "requirements.txt"),
    ('COPY ["extra requirements.txt", "/tmp/r.txt"]', "/tmp/r.txt", "extra requirements.txt"),
    ("COPY . /src", "/src/requirements.txt", "requirements.txt"),
    ("COPY . /src/", "/src/reqs/hub.txt", "reqs/hub.txt"),
    ("COPY reqs /r", "/r/hub.txt", "reqs/hub.txt"),
    ("COPY reqs/ /r/", "/r/deep/more.txt", "reqs/deep/more.txt"),
    ("COPY *.txt /tmp/", "/tmp/requirements.txt", "requirements.txt"),
    ("COPY reqs/*.txt /tmp/", "/tmp/hub.txt", "reqs/hub.txt"),
    ("COPY a requirements.txt b /tmp/", "/tmp/requirements.txt", "requirements.txt"),
    ("COPY requirements.txt .", "requirements.txt", "requirements.txt"),
    ("WORKDIR /srv\nCOPY requirements.txt .", "/srv/requirements.txt", "requirements.txt"),
    ("WORKDIR /srv\nWORKDIR hub\nCOPY requirements.txt ./", "/srv/hub/requirements.txt", "requirements.txt"),
    ("WORKDIR /srv\nCOPY requirements.txt r.txt", "r.txt", "requirements.txt"),
    ("WORKDIR /srv\nCOPY requirements.txt r.txt\nWORKDIR /", "srv/r.txt", "requirements.txt"),
    ("COPY src/requirements.txt /tmp/\nCOPY requirements.txt /tmp/", "/tmp/requirements.txt", "requirements.txt"),
    ("COPY --from=node requirements.txt /tmp/", "/tmp/requirements.txt", None),
    ("COPY missing.txt /tmp/requirements.txt", "/tmp/requirements.txt", None),
    ("COPY requirements.txt /tmp/", "/elsewhere/requirements.txt", None),
    ("COPY requirements.txt", "requirements.txt", None),
    ("COPY <<a.txt /tmp/\nattrs\na.txt", "/tmp/a.txt", None),
]  # fmt: skip


@pytest.mark.parametrize(("copied", "installed", "found"), _COPIED)
def test_where_copy_puts_a_file(copied: str, installed: str, found: str | None) -> None:
    text = f"FROM x\n{copied}\nRUN pip install -r {installed}\n"
    assert _requirements(text) == ((found,) if found else ())


@pytest.mark.parametrize(
    ("mount", "installed", "found"),
    [
        ("type=bind,source=requirements.txt,target=/r.txt", "/r.txt", "requirements.txt"),
        ("type=bind,src=requirements.txt,dst=/r.txt,ro", "/r.txt", "requirements.txt"),
        ("source=reqs,destination=/reqs", "/reqs/hub.txt", "reqs/hub.txt"),
        ("type=bind,target=/ctx", "/ctx/reqs/hub.txt", "reqs/hub.txt"),
        ("type=bind,source=requirements.txt,target=r.txt", "r.txt", "requirements.txt"),
        ("type=bind,source=requirements.txt,target=r.txt", "/srv/r.txt", "requirements.txt"),
        ("type=bind,target=.", "reqs/hub.txt", "reqs/hub.txt"),
        ("type=bind,from=node,source=requirements.txt,target=/r.txt", "/r.txt", None),
        ("type=cache,target=/r.txt", "/r.txt", None),
        ("type=secret,id=x", "/r.txt", None),
    ],
)
def test_what_a_mount_shows(mount: str, installed: str, found: str | None) -> None:
    text = f"FROM x\nWORKDIR /srv\nRUN --mount={mount} --network=host pip install -r {installed}\n"
    assert _requirements(text) == ((found,) if found else ())


# --- the requirements: how RUN installs them -------------------------------------------------------

_RUNS = [
    "pip install -r /r.txt",
    "pip install --no-cache-dir -U -r /r.txt attrs",
    "pip install --requirement /r.txt",
    "pip install --requirement=/r.txt",
    "pip install -r/r.txt",
    "pip3 install -r /r.txt",
    "/opt/venv/bin/pip install -r /r.txt",
    "python -m pip install -r /r.txt",
    "python3.11 -m pip --quiet install -r /r.txt",
    "PIP_NO_CACHE_DIR=1 pip install -r /r.txt",
    "uv pip install --system -r /r.txt",
    "uv pip install --requirements /r.txt",
    "cd / && pip install -r r.txt",
    "cd /tmp; cd ..; pip install -r r.txt",
    "mkdir -p /x && cd /x && pip install -r ../r.txt && rm /r.txt",
    "set -eux; pip install -r /r.txt || exit 1",
    "(pip install -r /r.txt)",
    "if true; then pip install -r /r.txt; fi",
    "echo 'a && b' \\\n && pip install -r /r.txt \\\n # the end\n && true",
    "pip install 'a>=1; python_version>\"3\"' -r /r.txt",
    "pip install -r \"/r.txt\"",
    "pip install -r '/r.txt' 2>&1 | tee log",
    "pip install -r $NAME",
    "pip install -r ${NAME}",
    "pip install -r /${SHORT}.txt",
    "pip download -r /r.txt",
    "pip wheel --wheel-dir /w -r /r.txt",
    '["pip", "install", "-r", "/r.txt"]',
    '["/bin/bash", "-c", "cd / && pip install -r r.txt"]',
    "bash -c 'pip install -r /r.txt'",
    "bash -euo pipefail -c \"cd / && pip install -r r.txt\"",
    "su nobody -c 'pip install -r /r.txt'",
    "sudo -E -u nobody pip install -r /r.txt",
    "<<EOF\n# don't\nset -e\npip install \\\n  -r /r.txt\nEOF",
    "<<-'EOF' bash\n\tcd /\n\tpip install -r r.txt\n\tEOF",
    "--mount=type=cache,target=/root/.cache pip install -r /r.txt",
    "pip install git+https://example.org/x#egg=x -r /r.txt",
    "echo \"it's\" && pip install -r /r.txt",
]  # fmt: skip


@pytest.mark.parametrize("run", _RUNS)
def test_a_run_that_installs(run: str) -> None:
    text = f"FROM x\nARG NAME=/r.txt\nENV SHORT=r\nCOPY requirements.txt /r.txt\nRUN {run}\n"
    assert _requirements(text) == ("requirements.txt",)


@pytest.mark.parametrize(
    "run",
    [
        "pip install attrs",
        "pip freeze -r /r.txt",
        "cat -r /r.txt install",
        "cd /tmp && pip install -r r.txt",
        "pip install -c /r.txt attrs",
        "pip install -r",
        'echo "pip install -r /r.txt',
        "apt-get install -r /r.txt",
    ],
)
def test_a_run_that_does_not(run: str) -> None:
    assert _requirements(f"FROM x\nCOPY requirements.txt /r.txt\nRUN {run}\n") == ()


def test_several_files_in_the_order_of_installation() -> None:
    text = (
        "FROM x\nCOPY . /src\nWORKDIR /src\n"
        "RUN pip install -r reqs/hub.txt -r requirements.txt && pip install -r reqs/hub.txt\n"
        "RUN pip install --requirement=reqs/deep/more.txt\n"
    )
    assert _requirements(text) == ("reqs/hub.txt", "requirements.txt", "reqs/deep/more.txt")


# --- arguments -------------------------------------------------------------------------------------

_SHARED = "FROM x\nARG REQUIREMENTS_FILE\nCOPY ${REQUIREMENTS_FILE} /tmp/\nRUN pip install -r /tmp/${REQUIREMENTS_FILE}\n"


def test_images_that_share_a_dockerfile() -> None:
    for name in ("requirements.txt", "experimental-requirements.txt"):
        assert _requirements(_SHARED, REQUIREMENTS_FILE=name) == (name,)
    assert _requirements(_SHARED) == ()


@pytest.mark.parametrize(
    ("declared", "found"),
    [
        ("FROM x\nARG F=requirements.txt", "requirements.txt"),
        ('FROM x\nARG F="extra requirements.txt"', "extra requirements.txt"),
        ("ARG F=requirements.txt\nFROM x\nARG F", "requirements.txt"),
        ("ARG F=requirements.txt\nFROM x", None),
        ("FROM x AS a\nARG F=requirements.txt\nFROM a", None),
        ("FROM x AS a\nENV F=requirements.txt\nFROM a", "requirements.txt"),
        ("FROM x\nENV F requirements.txt", "requirements.txt"),
        ("FROM x\nENV A=1 F=requirements.txt", "requirements.txt"),
        ("FROM x\nENV F='requirements.txt'", "requirements.txt"),
        ("FROM x\nARG F=requirements.txt\nENV F=reqs/hub.txt", "reqs/hub.txt"),
        ("FROM x\nENV F=reqs/hub.txt\nARG F=requirements.txt", "reqs/hub.txt"),
        ("FROM x\nARG P=reqs\nARG F=$P/hub.txt", "reqs/hub.txt"),
        ("FROM x\nARG P=reqs F=reqs/hub.txt", "reqs/hub.txt"),
    ],
)
def test_where_a_variable_is_known(declared: str, found: str | None) -> None:
    text = f'{declared}\nCOPY "$F" /tmp/r.txt\nRUN pip install -r /tmp/r.txt\n'
    assert _requirements(text) == ((found,) if found else ())


# --- stages ----------------------------------------------------------------------------------------


def test_a_stage_that_the_last_one_is_built_on_counts() -> None:
    text = (
        "FROM x AS base\nWORKDIR /srv\nCOPY requirements.txt .\n"
        "FROM y AS unused\nCOPY reqs/hub.txt .\nRUN pip install -r hub.txt\n"
        "FROM base\nRUN pip install -r requirements.txt\n"
    )
    assert _requirements(text) == ("requirements.txt",)


@pytest.mark.parametrize(
    "use",
    [
        "COPY --from=wheels /w /w",
        "COPY --from=0 /w /w",
        "COPY --chown=1 --from=WHEELS /w /w",
        "RUN --mount=type=bind,from=wheels,source=/w,target=/w pip install /w/*",
        "RUN --mount=from=wheels,target=/w pip install /w/*",
    ],
)
def test_a_stage_whose_files_the_last_one_takes_counts(use: str) -> None:
    text = (
        "FROM x AS wheels\nCOPY requirements.txt .\nRUN pip wheel -w /w -r requirements.txt\n"
        f"FROM y\nCOPY reqs/hub.txt /\n{use}\nRUN pip install -r /hub.txt\n"
    )
    assert _requirements(text) == ("requirements.txt", "reqs/hub.txt")
    assert recipe.read(text, {}).base == "y"


def test_an_image_of_the_name_of_a_later_stage_is_no_stage() -> None:
    text = (
        "FROM hub\nCOPY requirements.txt .\nFROM hub AS hub\nRUN pip install -r requirements.txt\n"
    )
    assert _requirements(text) == ()
    assert recipe.read(text, {}).base == "hub"


# --- what goes in ----------------------------------------------------------------------------------


@pytest.mark.parametrize(
    ("text", "sources"),
    [
        ("RUN true", []),
        ("COPY a b/ c/* /srv/", ["a", "b", "c/*"]),
        ('COPY --chown=1:1 ["a b", "/"]', ["a b"]),
        ("COPY . /srv", ["."]),
        ("ADD / /srv", ["."]),
        ("COPY ./a/../../b /b", ["b"]),
        ("ARG F=x\nCOPY $F /srv/", ["x"]),
        ("RUN --mount=type=bind,source=a,target=/a true", ["a"]),
        ("RUN --mount=target=/a true", ["."]),
        ("RUN --mount=type=cache,target=/a true", []),
        ("COPY --from=node:22 /usr /usr", []),
    ],
)
def test_what_of_the_context_goes_in(text: str, sources: list[str]) -> None:
    assert list(recipe.read(f"FROM q/hub:1\n{text}\n", {}).sources) == sources


def test_what_a_stage_takes_goes_in_where_the_stage_is_used() -> None:
    text = (
        "FROM q/a AS a\nCOPY a /\nFROM q/b AS b\nCOPY b /\nFROM q/c\nCOPY c /\nCOPY --from=a / /\n"
    )
    assert recipe.read(text, {}).sources == ("a", "c")


@pytest.mark.parametrize(
    ("text", "images"),
    [
        ("FROM q/hub:1", ["q/hub:1"]),
        ("FROM q/hub:1 AS a\nFROM a", ["q/hub:1"]),
        ("FROM node:22 AS a\nFROM q/hub:1\nCOPY --from=a / /", ["node:22", "q/hub:1"]),
        ("FROM node:22 AS a\nFROM q/hub:1\nCOPY --from=0 / /", ["node:22", "q/hub:1"]),
        ("FROM node:22 AS a\nFROM q/hub:1", ["q/hub:1"]),
        ("FROM q/hub:1\nCOPY --from=node:22 / /", ["q/hub:1", "node:22"]),
        ("FROM q/hub:1\nRUN --mount=from=node:22,target=/n true", ["q/hub:1", "node:22"]),
        ("ARG V=22\nFROM node:$V AS a\nFROM q/hub:1\nCOPY --from=A / /", ["node:22", "q/hub:1"]),
    ],
)
def test_the_images_that_one_is_made_from(text: str, images: list[str]) -> None:
    assert list(recipe.read(text, {}).images) == images


@pytest.mark.parametrize(
    ("text", "missing"),
    [
        ("COPY requirements.txt /tmp/\nRUN pip install -r /tmp/requirements.txt", ()),
        (
            "COPY gone.txt /tmp/\nRUN pip install -r /tmp/gone.txt && rm /tmp/gone.txt",
            ("gone.txt",),
        ),
        ("COPY gone.txt /tmp/a.txt\nRUN pip install -r/tmp/a.txt", ("gone.txt",)),
        ("COPY . /srv\nRUN cd /srv && pip install -r gone.txt", ("gone.txt",)),
        ("COPY *.txt /srv/\nRUN pip install --requirement=/srv/gone.txt", ("gone.txt",)),
        ("RUN --mount=source=gone.txt,target=/r pip install -r /r", ("gone.txt",)),
        ("COPY requirements.txt reqs/hub.txt /x/\nRUN pip install -r /x/gone.txt", ()),
        ("RUN curl -o /tmp/r.txt q && pip install -r /tmp/r.txt", ()),
        ("COPY . /srv\nRUN export -o /srv/made.txt\nRUN pip install -r /srv/made.txt", ()),
        ("COPY --from=other a.txt /tmp/\nRUN pip install -r /tmp/a.txt", ()),
        ("RUN pip install a", ()),
    ],
)
def test_requirements_that_the_context_does_not_have(text: str, missing: tuple[str, ...]) -> None:
    found = recipe.read(f"FROM q/hub:1\n{text}\n", {})
    assert found.missing(lambda path: path in _CONTEXT | _FOLDERS) == missing
