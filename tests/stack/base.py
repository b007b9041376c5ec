"""The base image: the real one where it can be had, else a stand-in that is made here.

The stand-in is a small Debian of this machine's release with JupyterHub in a virtual
environment, under the real name, so that Dockerfiles need no change.
"""

from __future__ import annotations

import ast
import hashlib
import os
import re
import shutil
import sys
import tempfile
from collections.abc import Iterable
from pathlib import Path

from hubimages.errors import Failure
from hubimages.process import Processes
from stack.cache import cache
from stack.daemon import StackUnavailable, as_root
from stack.engine import Engine

_run = Processes()
NAME = "quay.io/jupyterhub/k8s-hub"
_LABEL = "hubimages.stand-in"
_CA = "/etc/ssl/certs/ca-certificates.crt"
_PACKAGES = ("ca-certificates", "git", "python3", "python3-venv", "tini")
_DOCKERFILE = f"""\
FROM {{root}}
COPY ca-certificates.crt {_CA}
COPY pip.conf /etc/pip.conf
ENV SSL_CERT_FILE={_CA} REQUESTS_CA_BUNDLE={_CA} GIT_SSL_CAINFO={_CA}
ENV PATH=/opt/hub/bin:/usr/local/sbin:/usr/local/bin:/usr/sbin:/usr/bin:/sbin:/bin LANG=C.UTF-8
ENV NB_USER=jovyan NB_UID=1000 HOME=/home/jovyan
RUN useradd --uid 1000 --create-home jovyan \\
 && install -d -o jovyan -g jovyan /srv/jupyterhub \\
 && python3 -m venv /opt/hub \\
 && pip install --no-cache-dir "jupyterhub>=5,<6" jupyterhub-kubespawner oauthenticator
WORKDIR /srv/jupyterhub
EXPOSE 8081
USER jovyan
ENTRYPOINT ["tini", "--"]
CMD ["jupyterhub", "--config", "/usr/local/etc/jupyterhub/jupyterhub_config.py"]
"""
# What of the machine's pip settings means something in a container. A find-links folder or an
# index on this machine's disk does not.
_PIP_KEYS = {
    "index-url",
    "extra-index-url",
    "trusted-host",
    "timeout",
    "default-timeout",
    "retries",
    "proxy",
}
_ASK, _PULL, _DEBOOTSTRAP = 20.0, 600.0, 900.0  # seconds


def base_image(engine: Engine, version: str = "4.3.3") -> str:
    """Have the hub's base image of this version in the engine, and return its name."""
    image = f"{NAME}:{version}"
    if engine.label(image, _LABEL) == "":
        return image  # the real one, pulled before
    with tempfile.TemporaryDirectory() as folder:
        context = Path(folder)
        key = _write_context(context)
        if engine.label(image, _LABEL) == key:
            return image
        if _pulled(engine, image):
            return image
        _make(engine, context, key)
    engine.docker("tag", f"{_LABEL}:{key}", image)
    return image


def _pulled(engine: Engine, image: str) -> bool:
    """Whether the real image could be pulled; its registry gets little time to say a word."""
    try:
        engine.docker("manifest", "inspect", image, timeout=_ASK)
        engine.docker("pull", "--quiet", image, timeout=_PULL)
    except Failure:
        return False
    return True


def _make(engine: Engine, context: Path, key: str) -> None:
    if engine.label(f"{_LABEL}:{key}", _LABEL) == key:
        return
    archive = _root_archive()
    root = f"{_LABEL}-root:{archive.name.split('.')[0]}"
    if engine.label(root, _LABEL) is None:
        engine.docker("import", str(archive), root)
    dockerfile = _DOCKERFILE.format(root=root) + f'LABEL {_LABEL}="{key}"\n'
    (context / "Dockerfile").write_text(dockerfile)
    engine.docker("build", "--network=host", "--tag", f"{_LABEL}:{key}", str(context))


def _write_context(context: Path) -> str:
    """Write what of this machine goes into the image; return the key of all that decides it."""
    (context / "pip.conf").write_text(_pip_conf())
    (context / "ca-certificates.crt").write_bytes(_certificates())
    parts = [_DOCKERFILE.encode(), _root_name().encode()]
    parts += [(context / name).read_bytes() for name in ("pip.conf", "ca-certificates.crt")]
    return _digest(parts)


def _pip_conf() -> str:
    """Return this machine's pip settings, from files and variables, as far as they travel."""
    listed = _run([sys.executable, "-m", "pip", "config", "list"]).stdout
    settings: dict[str, str] = {}
    # Variables count last, as they do for pip, which lists them first.
    for line in sorted(listed.splitlines(), key=lambda text: text.startswith(":env:")):
        section_and_key, _, literal = line.partition("=")
        key = section_and_key.rpartition(".")[2]
        words = [
            w for w in str(ast.literal_eval(literal)).split() if "file:" not in w and w[0] != "/"
        ]
        if key in _PIP_KEYS and words:
            settings[key] = " ".join(words)
    settings["cert"] = _CA
    return "[global]\n" + "".join(f"{key} = {value}\n" for key, value in sorted(settings.items()))


def _certificates() -> bytes:
    """Return every certificate that this machine's programs trust, each file once."""
    named = [os.environ.get(name) for name in ("SSL_CERT_FILE", "REQUESTS_CA_BUNDLE", "PIP_CERT")]
    files = [Path(name) for name in [*named, _CA] if name]
    contents = dict.fromkeys(file.read_bytes() for file in files if file.is_file())
    if not contents:
        raise StackUnavailable(
            "No CA bundle is on this machine.", fix="apt-get install ca-certificates"
        )
    return b"\n".join(contents)


# --- the Debian root ---------------------------------------------------------------------------


def _release() -> str:
    """Return the code name of this machine's Debian or Ubuntu release."""
    found = re.search(
        r"^VERSION_CODENAME=(\w+)$", Path("/etc/os-release").read_text(), re.MULTILINE
    )
    if found is None or not shutil.which("apt-get"):
        raise StackUnavailable(
            "The base image cannot be pulled, and a stand-in can only be made on Debian.",
            fix=f"docker pull {NAME}:4.3.3",
        )
    return found[1]


def _root_name() -> str:
    """Return a name for the root, which changes with all that is in it."""
    if not Path("/etc/os-release").exists():
        return "none"
    machine = os.uname().machine
    return f"{_release()}-{machine}-{_digest(p.encode() for p in _PACKAGES)}"


def _root_archive() -> Path:
    """Return the tarball of the Debian root, made on first use and kept in the user's cache."""
    with cache() as folder:
        archive = folder / f"{_root_name()}.tar.gz"
        if not archive.exists():
            _debootstrap(folder, archive)
    return archive


def _debootstrap(folder: Path, archive: Path) -> None:
    # Not in /tmp, which may be mounted so that debootstrap cannot make devices in it.
    root = Path(tempfile.mkdtemp(prefix="root-", dir=folder))
    try:
        words = ["debootstrap", "--variant=minbase", f"--include={','.join(_PACKAGES)}"]
        proxy = _run(["apt-config", "shell", "PROXY", "Acquire::http::Proxy"]).stdout
        named = re.fullmatch(r"PROXY='(.+)'\n", proxy)
        env = ["env", f"http_proxy={named[1]}"] if named else []
        _run(as_root([*env, *words, _release(), str(root), _mirror()]), timeout=_DEBOOTSTRAP)
        unwanted = [
            "--exclude=./var/cache/apt/*",
            "--exclude=./var/lib/apt/lists/*",
            "--exclude=./dev/*",
        ]
        tar = ["tar", "--use-compress-program=gzip -1", *unwanted, "-C", str(root)]
        half = folder / f"{archive.name}.half"
        _run(as_root([*tar, "-cf", str(half), "."]), timeout=300)
        half.rename(archive)
    finally:
        # An interrupted debootstrap leaves /proc of the machine mounted in it.
        _run(as_root(["umount", "--recursive", "--quiet", str(root / "proc")]), check=False)
        _run(as_root(["rm", "-rf", "--one-file-system", str(root)]), check=False)


def _mirror() -> str:
    """Return where apt gets this release from, as apt itself reads its configuration."""
    listed = _run(["apt-get", "update", "--print-uris"]).stdout
    found = re.search(rf"^'(\S+)/dists/{_release()}/InRelease'", listed, re.MULTILINE)
    if found is None:
        raise StackUnavailable(
            f"apt has no source for {_release()}.", fix="see /etc/apt/sources.list"
        )
    return found[1]


def _digest(parts: Iterable[bytes]) -> str:
    return hashlib.sha256(b"\0".join(parts)).hexdigest()[:12]
