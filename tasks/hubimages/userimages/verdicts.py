"""What follows from running an image: a yes, a no or a don't know for each point."""

from __future__ import annotations

from collections.abc import Iterator
from urllib.parse import urljoin, urlsplit

from hubimages.userimages.findings import Check, Name
from hubimages.userimages.hubversion import HubVersion
from hubimages.userimages.running import HOME
from hubimages.userimages.said import Answer, Facts, Served

RUNTIME: tuple[Name, ...] = (
    "singleuser",
    "serves",
    "login",
    "user",
    "home",
    "jupyterhub-version",
)
_INSTALL = "install jupyterhub (conda-forge or pip) where uid 1000 can run it, with a server such as jupyterlab"


def unknown(why: str, fix: str = "") -> Iterator[Check]:
    """Yield every point of this module as one that could not be told."""
    for name in RUNTIME:
        yield Check(name, None, why, fix)
        fix = ""  # once is enough


def singleuser(facts: Facts) -> Check:
    """Say whether the command is there for uid 1000, and not below the home folder."""
    if facts.command is None:
        if facts.closed:
            what = f"uid 1000 cannot run {facts.closed}: only root, or another user, can."
            return Check("singleuser", False, what, "open it and its folders: chmod a+rX")
        what = f"jupyterhub-singleuser is not on the PATH ({facts.path})."
        return Check("singleuser", False, what, _INSTALL)
    if facts.command.startswith(f"{HOME}/"):
        what = f"{facts.command} is in the home folder, over which the hub mounts a person's own."
        return Check(
            "singleuser", False, what, "install it elsewhere, for instance in /opt or /srv"
        )
    return Check("singleuser", True, facts.command)


def serves(served: Served) -> Check:
    """Say whether the server answers where the hub sends people."""
    front, ended = served.front, served.ended
    if ended and (front is None or front.status is None):
        memory = " (out of memory)" if ended.out_of_memory else ""
        what = f"The server ended with exit code {ended.code}{memory}. {_log(served)}"
        return Check("serves", False, what, "mend what it names; jupyterhub-singleuser must start")
    if front is None:
        return Check("serves", None, "what was to ask the server came to no end", "try again")
    after = f"within {served.seconds or 0:.0f} s"
    if front.status is None:
        how = {
            "silent": "takes connections on port 8888 and does not answer",
            "closed": "does not listen on port 8888",
            "loopback": "listens on 127.0.0.1 alone, where the hub's proxy cannot reach it",
        }.get(front.why, f"does not answer ({front.why})")
        what = f"The server {how}, {after}. {_log(served)}"
        return Check("serves", False, what, _FIXES.get(front.why, _WAITS))
    prefix = front.path
    if front.status >= 500:
        what = f"It answers {front.status} at {prefix}, {after}. {_log(served)}"
        return Check("serves", False, what, "mend what its log names")
    if front.status in range(300, 400) and not _stays(front, prefix, _HUB):
        return _prefixless(f"It sends people from {prefix} to {front.leads}, out of their server.")
    if front.status in range(400, 500) and front.status not in (401, 403):
        root = served.root.status if served.root else None
        at_root = f", and {root} at /" if root else ""
        return _prefixless(f"It answers {front.status} at {prefix}{at_root}.")
    if what := _beyond(served, prefix):
        fix = "mend what it serves there; its log may say more"
        return Check("serves", False, f"{what} {_log(served)}", fix)
    what = f"{front.status} at {prefix} after {served.seconds or 0:.1f} s"
    if served.page and served.page.status == 404:  # the hub may well send people elsewhere
        what = f"{what}; but {served.page.path}, where it sends people then, is not there"
        return Check("serves", True, what, "see that singleuser.defaultUrl on the hub is, as /lab")
    return Check("serves", True, what)


_WAITS = "see what it waits for; --seconds N gives it longer"
_FIXES = {"loopback": "have it listen on 0.0.0.0, as JUPYTERHUB_SERVICE_URL says"}


def _log(served: Served) -> str:
    return f"Its log ends with:\n{served.log}" if served.log else "It logged nothing."


def _beyond(served: Served, prefix: str) -> str:
    """Return what is wrong where an answering server sends its owner, or nothing."""
    page, owner = served.page, served.owner
    if page and page.status in range(300, 400) and not _stays(page, _HUB):
        where = "in circles" if _stays(page, prefix) else "out of their server"
        return f"It sends people {where}, from {page.path} to {page.leads}."
    for answer in (page, owner):
        if answer and (answer.status is None or answer.status >= 500):
            said = answer.status or f"nothing ({answer.why})"
            return f"It answers {said} to its owner at {answer.path}."
    return ""


_HUB = "/hub/"  # which logs people in


def _prefixless(what: str) -> Check:
    fix = "it has to serve below JUPYTERHUB_SERVICE_PREFIX, as jupyterhub-singleuser does"
    return Check("serves", False, f"{what} It ignores its prefix.", fix)


def _stays(answer: Answer, *prefixes: str) -> bool:
    """Whether a redirect leads to the server itself, or to what else begins so."""
    try:
        path = urlsplit(urljoin(answer.path, answer.leads)).path
    except ValueError:
        return False
    return (path or "/").startswith(prefixes)


def login(served: Served) -> Check:
    """Say whether the server asks the hub who somebody is, before it shows them files."""
    guest, owner = served.guest, served.owner
    if guest is None or owner is None or not serves(served).ok:
        return Check("login", None, "the server did not serve")
    if guest.status in range(200, 300):
        what = f"It shows {guest.path} to anybody, without asking the hub who they are."
        return Check("login", False, what, "do not turn its authentication off")
    if owner.status in range(200, 300):
        return Check("login", True, "its files are its owner's alone, whom the hub names")
    if {guest.status, owner.status} <= {401, 403}:
        what = f"It lets nobody in at {owner.path}, not even its owner, whom the hub names."
        fix = "have it ask the hub, as jupyterhub-singleuser does, and no token or password of its own"
        return Check("login", False, what, fix)
    said = f"{guest.status or guest.why} to anybody and {owner.status or owner.why} to its owner"
    return Check("login", None, f"at {guest.path} it says {said}, which tells nothing")


def user(facts: Facts, served: Served | None, default: str) -> Check:
    """Say whether it is made for uid 1000; default is the user that its Dockerfile ends with."""
    if default.partition(":")[0] in {"", "0", "root"} or facts.default_uid == 0:
        what = "Its default user is root, so what is in it may be for root alone."
        return Check("user", False, what, "end the Dockerfile with USER 1000")
    works = served is not None and serves(served).ok is True
    if facts.account is None:
        what = "uid 1000, as which the hub runs it, has no entry in /etc/passwd"
        fix = "useradd --uid 1000 --gid 100 --create-home jovyan"
        if served is None:
            return Check("user", None, f"{what}.", fix)
        how = "; the server starts all the same" if works else "."
        return Check("user", works, what + how, fix)
    other = "" if facts.default_uid == 1000 else f"; its default user is {default}"
    return Check("user", True, f"uid 1000 is {facts.account}{other}")


def home(facts: Facts, served: Served | None) -> Check:
    """Say whether the home folder takes files, with an empty volume where the hub mounts one."""
    where = served.home if served and served.home else facts.home
    if served is None or not served.tried_home:
        return Check("home", None, "not tried, since nothing was started")
    inside = f"{where}/".startswith(f"{HOME}/")
    if served.home_error:
        what = f"uid 1000 cannot write to its home folder {where or '(none)'}: {served.home_error}."
        return Check("home", False, what, f"ENV HOME={HOME}, where the hub mounts people's folders")
    if not inside:
        what = f"HOME is {where}, while a hub mounts people's folders over {HOME} unless told otherwise"
        fix = f"ENV HOME={HOME}, or singleuser.storage.homeMountPath on the hub"
        return Check("home", None, f"{what}: files kept there are lost.", fix)
    lost = [name for name in facts.hidden if name not in _SKELETON]
    if lost:
        few = ", ".join(lost[:5]) + (", …" if len(lost) > 5 else "")
        what = f"{where} takes files. What the image has there, nobody will see: {few}"
        return Check("home", True, what)
    return Check("home", True, f"{where} takes files, with an empty volume over {HOME}")


_SKELETON = {
    ".bash_history",
    ".bash_logout",
    ".bashrc",
    ".cache",
    ".conda",
    ".config",
    ".ipython",
    ".jupyter",
    ".local",
    ".npm",
    ".profile",
    ".wget-hsts",
    "work",
}


def version(facts: Facts, served: Served | None, hub: HubVersion) -> Check:
    """Say whether its JupyterHub has the major version of the hub's."""
    answers = (served.front, served.owner, served.guest) if served else ()
    named = [answer.version for answer in answers if answer and answer.version]
    inside = named[0] if named else facts.version
    if inside is None:
        return Check("jupyterhub-version", None, "no jupyterhub was found in it")
    if hub.version is None:
        return Check("jupyterhub-version", None, f"{inside}; {hub.why}", hub.fix)
    what = f"{inside}, and the hub has {hub.version} ({hub.why})"
    if inside.partition(".")[0] == hub.version.partition(".")[0]:
        return Check("jupyterhub-version", True, what)
    major = hub.version.partition(".")[0]
    fix = f"install jupyterhub {major}, for instance `jupyterhub=={major}.*`"
    return Check("jupyterhub-version", False, f"{what}: other major versions may not log in.", fix)
