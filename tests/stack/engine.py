"""A Docker engine: the machine's own, or one that is started here and ended again."""

from __future__ import annotations

import grp
import os
import shutil
import signal
import tempfile
from collections.abc import Iterator, Sequence
from contextlib import contextmanager, suppress
from pathlib import Path

from hubimages.process import Completed, Processes
from stack.daemon import Daemon, StackUnavailable, as_root, kill, root_path

_run = Processes()
_START = 60.0  # seconds for an engine to answer
_SOCKET = Path("/var/run/docker.sock")
_ENGINE_PROGRAMS = ("containerd", "/usr/bin/containerd", "runc", "/usr/sbin/runc", "/usr/bin/runc")
# What a start is tried with, in this order: sandboxes may lack iptables or overlayfs. Never with
# --bridge=none, which deletes the interface docker0, be it another engine's.
_FALLBACKS: tuple[tuple[str, ...], ...] = (
    (),
    ("--iptables=false",),
    ("--iptables=false", "--storage-driver=vfs"),
)


class Engine:
    """A way to an engine; host is what DOCKER_HOST takes."""

    def __init__(self, host: str) -> None:
        self.host = host

    @property
    def env(self) -> dict[str, str]:
        """The variables that lead docker, chartpress and the Python client here."""
        return {"DOCKER_HOST": self.host}

    def docker(self, *words: str, check: bool = True, timeout: float = 600) -> Completed:
        """Run the docker command on this engine."""
        # old commands build with BuildKit only where they are told to
        env = {**self.env, "DOCKER_BUILDKIT": "1"}
        return _run(["docker", *words], env=env, check=check, timeout=timeout)

    def remove_images(self, reference: str) -> None:
        """Remove every image whose name matches, as `docker images --filter reference=` has it."""
        form = "{{.Repository}} {{.Tag}} {{.Digest}}"
        words = ("--digests", "--format", form, "--filter", f"reference={reference}")
        names = set()
        for line in self.docker("images", *words).stdout.splitlines():
            name, tag, digest = line.split()
            # what was pushed under a tag that names another image by now has its digest only
            names.add(f"{name}@{digest}" if tag == "<none>" else f"{name}:{tag}")
        if names:
            self.docker("image", "rm", "--force", *names)

    def label(self, image: str, name: str) -> str | None:
        """Return an image's label, empty if it has none of that name; None without the image."""
        form = f'{{{{index .Config.Labels "{name}"}}}}'
        done = self.docker("image", "inspect", "--format", form, image, check=False)
        return None if done.code else done.stdout.strip().replace("<no value>", "")


class Dockerd(Engine):
    """An engine of our own, which a test may stop in the middle; a context manager.

    A private one has socket, images and state in a temporary folder, and sets no firewall rules,
    so that it can run beside the machine's engine: its containers need --network=host.
    With private=False it is the engine that the machine would have, at the usual places.
    """

    def __init__(self, *, private: bool = True) -> None:
        # A short path: containerd's sockets below it must stay within 108 bytes.
        self._home = Path(tempfile.mkdtemp(prefix="dockerd-", dir="/tmp"))
        self._home.chmod(0o755)  # the docker command need not run as dockerd's user
        self._daemon: Daemon | None = None
        self._mounts = _mounts()
        socket = self._home / "sock" if private else _SOCKET
        super().__init__(f"unix://{socket}")
        self._words = [
            "dockerd",
            f"--host={self.host}",
            # Our own, since a stale one at the usual place may name a process that lives again.
            f"--pidfile={self._home}/pid",
            f"--group={grp.getgrgid(os.getegid()).gr_name}",
        ]
        self._exec = f"{self._home}/exec" if private else "/var/run/docker"
        self._places = ["/var/lib/docker", "/var/run/docker", "/run/docker"]
        if private:
            self._words += [f"--data-root={self._home}/data", f"--exec-root={self._exec}"]
            self._places = [str(self._home)]
        self._others = _family(self._places)
        self._fallbacks = _FALLBACKS[1:] if private else _FALLBACKS

    def __enter__(self) -> Dockerd:
        try:
            self.start()
        except BaseException:
            self.__exit__()
            raise
        return self

    def __exit__(self, *_: object) -> None:
        self.stop()
        for place in sorted(_mounts() - self._mounts, reverse=True):
            if any(Path(place).is_relative_to(ours) for ours in self._places):
                _run(as_root(["umount", "--lazy", place]), check=False)
        _run(as_root(["rm", "-rf", "--one-file-system", str(self._home)]), check=False)

    def start(self) -> None:
        """Start it and wait until it answers; raise StackUnavailable if it never does."""
        if shutil.which("dockerd", path=root_path()) is None:
            raise StackUnavailable(
                "No Docker engine answers, and there is no dockerd.", fix="script/bootstrap --stack"
            )
        for extra in self._fallbacks:
            words = as_root([*self._words, *extra])
            self._daemon = Daemon(words, self._home / "log", name="dockerd")
            try:
                self._daemon.wait_for(lambda: answering(self.host), _START)
            except StackUnavailable:
                self._daemon.stop()
                if extra is self._fallbacks[-1]:
                    raise
            else:
                self._fallbacks = (extra,)
                return

    def stop(self, number: signal.Signals = signal.SIGTERM) -> None:
        """End it and what runs in it; SIGKILL as number is a crash."""
        if self._daemon:
            self._daemon.stop(number)
            # After a crash, containerd and what runs in it live on.
            if orphans := _family(self._places) - self._others:
                _run(kill(signal.SIGKILL, *orphans), check=False)
            # Its number may be another process's by the next start, which would wait for that.
            _run(as_root(["rm", "-f", f"{self._exec}/containerd/containerd.pid"]), check=False)


def answering(host: str) -> str | None:
    """Return host if an engine answers there."""
    done = _run(
        ["docker", "--host", host, "info", "--format", "{{.ServerVersion}}"],
        check=False,
        timeout=30,
    )
    return host if done.code == 0 and done.stdout.strip() else None


@contextmanager
def engine() -> Iterator[Engine]:
    """Give the engine that the docker command would use, or start one and end it after."""
    if shutil.which("docker") is None:
        raise StackUnavailable("There is no docker command.", fix="script/bootstrap --stack")
    host = os.environ.get("DOCKER_HOST") or _context_host() or f"unix://{_SOCKET}"
    if answering(host):
        yield Engine(host)
        return
    if host != f"unix://{_SOCKET}":
        raise StackUnavailable(
            f"No Docker engine answers at {host}.", fix="start it, or unset DOCKER_HOST"
        )
    if _SOCKET.exists() and not os.access(_SOCKET, os.W_OK):
        raise StackUnavailable(
            f"No permission on {_SOCKET}.", fix="run as root, or join the group docker"
        )
    with Dockerd(private=False) as started:
        yield started


def copy_image(image: str, source: Engine, target: Engine) -> None:
    """Put an image of one engine into another."""
    with tempfile.TemporaryDirectory() as folder:
        source.docker("save", "--output", f"{folder}/image.tar", image)
        target.docker("load", "--input", f"{folder}/image.tar")


def _context_host() -> str | None:
    """Return where the person's current docker context leads, as with Docker Desktop."""
    form = "{{.Endpoints.docker.Host}}"
    done = _run(["docker", "context", "inspect", "--format", form], check=False, timeout=30)
    return done.stdout.strip() or None


def _family(places: Sequence[str]) -> set[int]:
    """Return every process of an engine whose state is at places, with all descendants."""
    every = processes()
    ours = {
        pid
        for pid, (_, args) in every.items()
        if args.startswith(_ENGINE_PROGRAMS) and any(f"{place}/" in args for place in places)
    }
    while more := {pid for pid, (parent, _) in every.items() if parent in ours} - ours:
        ours |= more
    return ours


def processes() -> dict[int, tuple[int, str]]:
    """Return parent and command line of every process; a small Debian has no `ps`."""
    found = {}
    for folder in Path("/proc").glob("[0-9]*"):
        with suppress(OSError):  # it has ended meanwhile
            parent = (folder / "stat").read_text().rpartition(")")[2].split()[1]
            args = (folder / "cmdline").read_bytes().replace(b"\0", b" ")
            found[int(folder.name)] = int(parent), args.decode(errors="replace")
    return found


def _mounts() -> set[str]:
    """Return every mount point, so that what an engine leaves behind can be told."""
    with suppress(FileNotFoundError):  # not Linux
        lines = Path("/proc/self/mountinfo").read_text().splitlines()
        return {line.split()[4] for line in lines}
    return set()
