"""A docker command with as much of an engine as build-hub and user-image.check need.

Images are labels in a file. Every user image that is pulled is a good one, and what its containers
say is as the scripts in them would put it.
"""

import fcntl
import json
import os
import sys
import time
import urllib.request
from hashlib import sha256
from pathlib import Path

home = Path(os.environ["FAKE_DOCKER"])
alone = (home / "lock").open("w")
fcntl.flock(alone, fcntl.LOCK_EX)  # several builds may run at once
images_file = home / "images.json"
images = json.loads(images_file.read_text()) if images_file.exists() else {}
words = sys.argv[1:]
with (home / "log").open("a") as log:
    log.write(words[0] + "\n")
about_it = os.environ.get("FAKE_FAILS_FOR", "") in " ".join(words)
if os.environ.get("FAKE_FAILS") == words[0] and about_it:
    sys.exit(f"{words[0]} went wrong")
if os.environ.get("FAKE_SLEEPS") == words[0]:
    fcntl.flock(alone, fcntl.LOCK_UN)
    (home / f"asleep-{os.getpid()}").touch()
    time.sleep(60)


def said(what: object) -> None:
    sys.stdout.write((what if isinstance(what, str) else json.dumps(what)) + "\n")


if words[0] == "version":
    said("linux/amd64")
elif words[:2] == ["image", "inspect"]:
    if words[2] not in images:
        said("[]")
        sys.exit("No such image: " + words[2])
    config = images[words[2]]
    ident = "sha256:" + sha256(json.dumps(config).encode()).hexdigest()
    about = {"Id": ident, "Os": "linux", "Architecture": "amd64", "Config": config["config"]}
    said([about])
elif words[0] == "build":
    labels = dict(w.removeprefix("--label=").split("=", 1) for w in words if "--label=" in w)
    settings = {"User": "jovyan", "Labels": labels}
    images[words[words.index("-t") + 1]] = {
        "os": "linux",
        "architecture": "amd64",
        "config": settings,
    }
    images_file.write_text(json.dumps(images))
elif words[0] == "pull":
    images[words[-1]] = {"config": {"User": "1000", "Labels": {}}}
    images_file.write_text(json.dumps(images))
elif words[:2] == ["run", "--detach"]:
    said("a container's number")
elif words[:2] == ["container", "inspect"]:
    said({"Running": words[-1].endswith("-server"), "ExitCode": 0, "OOMKilled": False})
elif words[0] == "logs" and words[-1].endswith("-hub"):
    page = {"status": 302, "leads": "/user/ada/lab", "version": "5.0", "path": "/user/ada/"}
    said({"home": {"path": "/home/jovyan", "error": None}})
    said({"front": page, "guest": {"status": 403}, "owner": {"status": 200}, "seconds": 1.0})
elif words[0] == "logs":
    user = {"name": "jovyan", "uid": 1000}
    command = os.environ.get("FAKE_SINGLEUSER", "/opt/bin/jupyterhub-singleuser")
    said({"python": "/p", "account": user, "default": user, "command": command or None})
elif words[0] == "run":
    hub = {"ok": True, "status": 200, "said": "", "seconds": 1.0}
    said({"uid": 1000, "pip": {"ok": True, "said": ""}, "packages": [], "hub": hub})
elif words[0] == "push":
    body = {"tag": words[1].rpartition(":")[2], "config": images[words[1]]}
    request = urllib.request.Request(
        os.environ["FAKE_REGISTRY"] + "/pushed", json.dumps(body).encode(), method="POST"
    )
    urllib.request.build_opener(urllib.request.ProxyHandler({})).open(request).close()
