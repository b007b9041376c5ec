"""A git server with a password, of the bare repositories in a folder."""

from __future__ import annotations

import base64
import os
import subprocess
from collections.abc import Iterator
from contextlib import contextmanager
from pathlib import Path
from urllib.parse import urlsplit

from stack.web import Handler, serving

PASSWORD = "p@ss:w/rd $HOME"
TYPED = "me:p%40ss%3Aw%2Frd%20$HOME"  # name and password, as an address has them


@contextmanager
def locked(root: Path) -> Iterator[str]:
    """Serve until the block ends; give the address, host:port."""

    class Backend(Handler):
        def handle_any(self) -> None:
            sent = b"".join(self.body())
            wanted = "Basic " + base64.b64encode(f"me:{PASSWORD}".encode()).decode()
            if self.headers.get("Authorization") != wanted:
                self.answer(401, {"WWW-Authenticate": 'Basic realm="git"'}, b"no\n")
                return
            where = urlsplit(self.path)
            env = {
                **os.environ,
                "GIT_PROJECT_ROOT": str(root),
                "GIT_HTTP_EXPORT_ALL": "1",
                "REMOTE_USER": "me",
                "REQUEST_METHOD": self.command,
                "PATH_INFO": where.path,
                "QUERY_STRING": where.query,
                "CONTENT_TYPE": self.headers.get("Content-Type", ""),
                "CONTENT_LENGTH": str(len(sent)),
                "HTTP_CONTENT_ENCODING": self.headers.get("Content-Encoding", ""),
                "GIT_PROTOCOL": self.headers.get("Git-Protocol", ""),
            }
            words = ["git", "http-backend"]
            done = subprocess.run(words, input=sent, env=env, capture_output=True, check=False)
            head, _, content = done.stdout.partition(b"\r\n\r\n")
            headers = dict(line.split(": ", 1) for line in head.decode().split("\r\n") if line)
            self.answer(int(headers.pop("Status", "200").split()[0]), headers, content)

        do_GET = do_POST = handle_any  # noqa: N815

    with serving(Backend) as address:
        yield address
