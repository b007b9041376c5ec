"""What a registry's refusals mean, and what to do about each."""

from __future__ import annotations

import re

from hubimages.reference import Reference
from hubimages.registry.answers import (
    NotLoggedIn,
    NotThere,
    PushRefusal,
    Refused,
    RepositoryMissing,
    Unanswered,
    Unknown,
)
from hubimages.registry.auth import challenges
from hubimages.registry.logins import login_command
from hubimages.registry.manifests import error_codes
from hubimages.registry.session import Reply

_CODE = re.compile(r"[A-Z][A-Z0-9_]{2,40}")


def absent(ref: Reference, reply: Reply) -> NotThere | Unknown:
    """Return what an answer without content means: a registry's 404 is a no, nothing else is."""
    return NotThere() if _is_registrys_404(reply) else unknown(ref, reply)


def unknown(ref: Reference, reply: Reply) -> Unknown:
    """Return why a question stays open."""
    registry, said = ref.registry, _said(reply)
    match reply.status:
        case 401 if _is_wrong_password(reply):
            return Unknown(_wrong_password(ref, reply), login_command(registry))
        case 401 | 403 if reply.access == "login":
            return Unknown(
                f"{registry} does not show {ref.repository} to your login ({said}): "
                "it may not read there, or there is no such repository.",
                f"ask an owner of {ref.name} for read rights, or change: {login_command(registry)}",
            )
        case 403 if reply.access == "open":
            return Unknown(
                f"{registry} forbids this without asking who you are ({said}); "
                "the refusal may come from a proxy or firewall in between.",
                f"check that this machine may reach {registry}",
            )
        case 401 | 403:
            return Unknown(
                f"{registry} does not show {ref.repository} without a login ({said}): "
                "it is private, or there is no such repository.",
                login_command(registry),
                denied=True,
            )
        case 404:
            return Unknown(
                f"What answers at {registry} does not speak as a registry does (404).",
                f"check the registry's name in {ref.name}",
            )
        case 429:
            return Unknown(
                f"{registry} takes no more requests for now ({said}).", _patience(ref, reply)
            )
        case status if status >= 500:
            return Unknown(f"{registry} has trouble of its own ({said}).", "try again later")
        case _:
            return Unknown(
                f"{registry} gave an answer that was not expected ({said}).",
                f"check what answers at {registry}",
            )


def push_refused(ref: Reference, reply: Reply) -> PushRefusal:
    """Return why no upload was opened."""
    registry, said = ref.registry, _said(reply)
    if _is_wrong_password(reply):
        return Refused(_wrong_password(ref, reply), login_command(registry))
    if reply.status in (401, 403) and reply.access == "login":
        return Refused(
            f"Your login at {registry} may not push to {ref.name} ({said}), "
            "or there is no such repository.",
            f"ask an owner of {ref.name} for write rights, or create the repository",
        )
    if reply.status in (401, 403) and reply.access == "anonymous":
        return NotLoggedIn(
            f"No login is kept for {registry}, and without one it takes no push ({said}).",
            login_command(registry),
        )
    if _is_registrys_404(reply):
        return RepositoryMissing(
            f"{registry} has no repository {ref.repository}, or does not show it to you ({said}).",
            f"create the repository {ref.name}, or correct its name in chartpress.yaml",
        )
    if reply.status == 405:
        return Unknown(
            f"{registry} takes no uploads ({said}): it is read-only or a mirror.",
            "push to the registry that it mirrors",
        )
    return unknown(ref, reply)


def not_taken(ref: Reference, reply: Reply, part: str) -> PushRefusal:
    """Return why a part of an image was not taken, though its upload had begun."""
    if reply.status == 413:
        return Unknown(
            f"{ref.registry} finds {part} too large for {ref.name} ({_said(reply)}).",
            "raise the limit of the registry, or of the proxy before it",
        )
    if reply.status in (400, 404, 416):
        return Unknown(
            f"{ref.registry} did not take {part} for {ref.name} ({_said(reply)}).",
            "run the same command again: what was sent by then is not sent again",
        )
    return push_refused(ref, reply)


def login_refused(ref: Reference, failure: Unanswered) -> Refused:
    """Return what it means that the kept login itself was refused."""
    return Refused(failure.what, f"{failure.fix}, as one who may push to {ref.name}")


def _is_registrys_404(reply: Reply) -> bool:
    """Whether a 404 is a registry's own, and not that of whatever else answers at the address."""
    return reply.status == 404 and (
        bool(error_codes(reply.body)) or "docker-distribution-api-version" in reply.headers
    )


def _is_wrong_password(reply: Reply) -> bool:
    """Whether our login was sent as it is (Basic) and the registry asks for it again."""
    asked = challenges(reply.headers.get("www-authenticate", ""))
    return reply.status == 401 and reply.access == "login" and set(asked) == {"basic"}


def _wrong_password(ref: Reference, reply: Reply) -> str:
    return (
        f"{ref.registry} does not accept the user name and password that are kept for it, "
        f"or not for {ref.repository} ({_said(reply)})."
    )


def _said(reply: Reply) -> str:
    """Return status and error code; not the server's prose, which may echo what we sent."""
    codes = [code for code in error_codes(reply.body) or [] if _CODE.fullmatch(code)]
    return f"{reply.status} {codes[0]}" if codes else str(reply.status)


def _patience(ref: Reference, reply: Reply) -> str:
    seconds = reply.headers.get("retry-after", "")
    wait = f"in {seconds} s" if re.fullmatch(r"[0-9]{1,6}", seconds) else "later"
    if reply.access == "login":
        return f"try again {wait}"
    return f"try again {wait}, or raise the limit: {login_command(ref.registry)}"
