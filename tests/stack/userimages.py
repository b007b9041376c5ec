"""User images for tests: one that can serve on a hub, and one unfit in each way."""

from __future__ import annotations

import tempfile
from pathlib import Path
from typing import Literal, get_args

from stack.base import base_image
from stack.engine import Engine

Kind = Literal[
    "fit",
    "hubless",
    "root-only",
    "homeless",
    "in-home",
    "old",
    "arm64",
    "hanging",
    "loopback",
    "prefixless",
    "broken",
    "open",
]
KINDS: tuple[Kind, ...] = get_args(Kind)

# The shared stage installs once; every other one changes a little.
_DOCKERFILE = """\
FROM {base} AS fit
USER root
RUN pip install --no-cache-dir jupyter-server
WORKDIR /home/jovyan
LABEL repo2docker.version="2024.07.0" repo2docker.repo="https://github.com/example/image"
USER 1000
CMD ["jupyterhub-singleuser"]

FROM fit AS hubless
USER root
RUN rm /opt/hub/bin/jupyterhub-singleuser
USER 1000

FROM fit AS root-only
USER root
RUN chmod 700 /opt/hub/bin/jupyterhub-singleuser

FROM fit AS homeless
USER root
RUN mkdir /srv/other
ENV HOME=/srv/other
USER 1000

FROM fit AS in-home
USER root
RUN mkdir -p /home/jovyan/bin && mv /opt/hub/bin/jupyterhub-singleuser /home/jovyan/bin
ENV PATH=/home/jovyan/bin:$PATH
USER 1000

FROM fit AS old
USER root
RUN pip install --no-cache-dir "jupyterhub<5"
USER 1000

FROM fit AS hanging
COPY --chmod=755 hanging /opt/hub/bin/jupyterhub-singleuser

FROM fit AS loopback
COPY --chmod=755 loopback /opt/hub/bin/jupyterhub-singleuser

FROM fit AS prefixless
COPY --chmod=755 prefixless /opt/hub/bin/jupyterhub-singleuser

FROM fit AS broken
COPY --chmod=755 broken /opt/hub/bin/jupyterhub-singleuser

FROM fit AS open
COPY --chmod=755 open /opt/hub/bin/jupyterhub-singleuser

FROM scratch AS arm64
COPY hanging /hanging
"""
_SERVER = """\
#!/opt/hub/bin/python3
from http.server import BaseHTTPRequestHandler, HTTPServer

class Handler(BaseHTTPRequestHandler):
    def do_GET(self):
        self.send_response(200 if {condition} else 404)
        self.end_headers()

print("listening", flush=True)
HTTPServer(("{address}", 8888), Handler).serve_forever()
"""
_FILES = {
    "hanging": """\
#!/opt/hub/bin/python3
import signal, socket
server = socket.create_server(("0.0.0.0", 8888))
print("\\033[31mwaiting for a licence server", flush=True)
signal.pause()
""",
    "loopback": _SERVER.format(condition="True", address="127.0.0.1"),
    "prefixless": _SERVER.format(condition='self.path == "/"', address="0.0.0.0"),
    "open": _SERVER.format(condition="True", address="0.0.0.0"),
    "broken": "#!/bin/sh\necho no module named lab >&2\nexit 3\n",
}


def user_image(engine: Engine, kind: Kind) -> str:
    """Build a user image and return its name in the engine; the engine keeps what it has built."""
    name = f"hubimages.user-image:{kind}"
    with tempfile.TemporaryDirectory() as folder:
        context = Path(folder)
        for file, text in _FILES.items():
            (context / file).write_text(text)
        (context / "Dockerfile").write_text(_DOCKERFILE.format(base=base_image(engine)))
        platform = ("--platform", "linux/arm64") if kind == "arm64" else ()
        words = ("build", "--network=host", *platform, "--target", kind, "--tag", name, folder)
        engine.docker(*words)
    return name
