"""A git server over HTTP on loopback, and small repositories of Python packages on it."""

from __future__ import annotations

import os
import re
import subprocess
import sys
import tempfile
from collections.abc import Mapping
from contextlib import ExitStack
from dataclasses import dataclass
from pathlib import Path
from urllib.parse import unquote, urlsplit

from hubimages.process import Processes
from stack.web import Handler, serving

_run = Processes()
GIT_ENV = {
    "GIT_CONFIG_GLOBAL": os.devnull,
    "GIT_CONFIG_NOSYSTEM": "1",
    "GIT_AUTHOR_NAME": "Stack",
    "GIT_AUTHOR_EMAIL": "stack@example.org",
    "GIT_COMMITTER_NAME": "Stack",
    "GIT_COMMITTER_EMAIL": "stack@example.org",
}

# A build backend of its own, so that pip needs no index to install the package.
_BACKEND = """\
import tomllib
import zipfile
from pathlib import Path


def build_wheel(wheel_directory, config_settings=None, metadata_directory=None):
    project = tomllib.loads(Path("pyproject.toml").read_text())["project"]
    module = project["name"].replace("-", "_")
    stem = f"{module}-{project['version']}"
    info = f"{stem}.dist-info"
    needs = [f"Requires-Dist: {need}" for need in project.get("dependencies", [])]
    name_and_version = [f"Name: {project['name']}", f"Version: {project['version']}"]
    metadata = ["Metadata-Version: 2.1", *name_and_version, *needs]
    wheel = ["Wheel-Version: 1.0", "Generator: own", "Root-Is-Purelib: true", "Tag: py3-none-any"]
    files = {
        f"{module}.py": Path(f"{module}.py").read_text(),
        f"{info}/METADATA": "\\n".join(metadata) + "\\n",
        f"{info}/WHEEL": "\\n".join(wheel) + "\\n",
    }
    files[f"{info}/RECORD"] = "".join(f"{name},,\\n" for name in [*files, f"{info}/RECORD"])
    with zipfile.ZipFile(Path(wheel_directory, f"{stem}-py3-none-any.whl"), "w") as wheel:
        for name, text in files.items():
            wheel.writestr(name, text)
    return f"{stem}-py3-none-any.whl"
"""


@dataclass(frozen=True)
class Repository:
    """A repository on the server: its URL, and a clone to work in from which each act is pushed."""

    url: str
    clone: Path

    def git(self, *words: str) -> str:
        """Run git in the clone and return what it prints, without the final newline."""
        return _run(["git", *words], cwd=self.clone, env=GIT_ENV).stdout.rstrip("\n")

    def commit(self, files: Mapping[str, str], message: str = "Change") -> str:
        """Write the files, commit them on the current branch, push; return the commit."""
        for name, text in files.items():
            path = self.clone / name
            path.parent.mkdir(parents=True, exist_ok=True)
            path.write_text(text)
        self.git("add", "--all")
        self.git("commit", "--quiet", "--allow-empty", "-m", message)
        self.git("push", "--quiet", "origin", "HEAD")
        return self.git("rev-parse", "HEAD")

    def release(self, version: str, *, annotated: bool = True) -> str:
        """Commit a version of the package and tag it `vVERSION`; return the commit."""
        name = self.clone.name
        commit = self.commit(_package(name, version), f"{name} {version}")
        self.tag(f"v{version}", annotated=annotated)
        return commit

    def tag(self, name: str, *, annotated: bool = True) -> None:
        """Tag HEAD and push the tag."""
        self.git("tag", *(["-a", "-m", name] if annotated else []), name)
        self.git("push", "--quiet", "origin", f"refs/tags/{name}")

    def branch(self, name: str) -> None:
        """Go to a new branch, from here on the one that is committed to."""
        self.git("switch", "--quiet", "--create", name)
        self.git("push", "--quiet", "origin", "HEAD")


class GitServer:
    """A context manager that serves bare repositories; url is `http://127.0.0.1:PORT`.

    With any_commit=False only branches and tags can be asked for, as with old servers: protocol
    version 2, which hands out any commit, is then off.
    """

    def __init__(self, *, any_commit: bool = True) -> None:
        self.url = ""
        self.root = Path()
        self.any_commit = any_commit
        self.requests: list[str] = []
        self._stack = ExitStack()

    def __enter__(self) -> GitServer:
        class Cgi(_Backend):
            server_of = self

        self.root = Path(self._stack.enter_context(tempfile.TemporaryDirectory(prefix="git-")))
        self.url = f"http://{self._stack.enter_context(serving(Cgi))}"
        return self

    def __exit__(self, *_: object) -> None:
        self._stack.close()

    def repository(self, name: str, files: Mapping[str, str] | None = None) -> Repository:
        """Make the repository `OWNER/NAME` with one commit on the branch main."""
        bare, clone = self.root / "bare" / f"{name}.git", self.root / "clones" / name
        clone.mkdir(parents=True)
        _run(["git", "init", "--quiet", "--bare", "--initial-branch=main", str(bare)], env=GIT_ENV)
        allow = str(self.any_commit).lower()
        _run(["git", "config", "uploadpack.allowAnySHA1InWant", allow], cwd=bare, env=GIT_ENV)
        made = Repository(f"{self.url}/{name}", clone)
        made.git("init", "--quiet", "--initial-branch=main")
        made.git("remote", "add", "origin", str(bare))
        made.commit(files or {"README.md": f"# {name}\n"}, "Start")
        return made

    def package(self, name: str, version: str = "0.1") -> Repository:
        """Make a repository of a package that pip installs without any index, tagged once."""
        made = self.repository(name, {"backend.py": _BACKEND})
        made.release(version)
        return made

    def released(self, name: str, version: str) -> Repository:
        """Make a repository of a real package's source as it was released: one commit, one tag.

        It comes by pip from the package index that this machine uses.
        """
        with tempfile.TemporaryDirectory() as folder:
            pip = [sys.executable, "-m", "pip", "download", "--quiet", "--no-deps"]
            wanted = ["--no-binary", name, "--dest", folder, f"{name}=={version}"]
            _run([*pip, *wanted], timeout=300)
            (archive,) = Path(folder).glob("*.tar.gz")
            made = self.repository(f"released/{name}")
            _run(["tar", "-xzf", str(archive), "--strip-components=1", "-C", str(made.clone)])
        made.git("add", "--all", "--force")
        made.commit({}, f"{name} {version}")
        made.tag(version)
        return made


def _package(name: str, version: str) -> dict[str, str]:
    module = name.replace("-", "_")
    return {
        "pyproject.toml": (
            f'[project]\nname = "{name}"\nversion = "{version}"\n\n'
            '[build-system]\nrequires = []\nbuild-backend = "backend"\nbackend-path = ["."]\n'
        ),
        f"{module}.py": f'"""A package to pin."""\n\nVERSION = "{version}"\n',
    }


class _Backend(Handler):
    """`git http-backend`, as a web server would run it (gitprotocol-http, CGI)."""

    server_of: GitServer

    def handle_any(self) -> None:
        where = urlsplit(self.path)
        self.server_of.requests.append(f"{self.command} {self.path}")
        sent = b"".join(self.body())
        env = {
            **os.environ,
            **GIT_ENV,
            "GIT_PROJECT_ROOT": str(self.server_of.root / "bare"),
            "GIT_HTTP_EXPORT_ALL": "1",
            "REQUEST_METHOD": self.command,
            "PATH_INFO": self._path_info(unquote(where.path)),
            "QUERY_STRING": where.query,
            "CONTENT_TYPE": self.headers.get("Content-Type", ""),
            "CONTENT_LENGTH": str(len(sent)),
            "HTTP_CONTENT_ENCODING": self.headers.get("Content-Encoding", ""),
        }
        if self.server_of.any_commit:
            env["GIT_PROTOCOL"] = self.headers.get("Git-Protocol", "")
        done = subprocess.run(
            ["git", "http-backend"], input=sent, env=env, capture_output=True, check=False
        )
        head, _, content = done.stdout.partition(b"\r\n\r\n")
        headers = dict(line.split(": ", 1) for line in head.decode().split("\r\n") if line)
        status = headers.pop("Status", "200" if done.stdout else "500")
        self.answer(int(status.split()[0]), headers, content)

    do_GET = do_POST = handle_any  # noqa: N815

    def _path_info(self, path: str) -> str:
        """Return the path with `.git` after the repository's name, as the bare folder has it."""
        return re.sub(r"(\.git)?(/info/refs|/git-upload-pack)$", r".git\2", path)
