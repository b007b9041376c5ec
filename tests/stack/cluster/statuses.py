"""How the cluster says no: the Status objects of Kubernetes, in its own words."""

from __future__ import annotations

from typing import Any

from stack.cluster.kinds import Place

REASONS = {
    400: "BadRequest",
    401: "Unauthorized",
    403: "Forbidden",
    404: "NotFound",
    405: "MethodNotAllowed",
    409: "Conflict",
    410: "Expired",
    415: "UnsupportedMediaType",
    422: "Invalid",
    429: "TooManyRequests",
    500: "InternalError",
    503: "ServiceUnavailable",
    504: "Timeout",
}
USER = "system:serviceaccount:ci:deployer"


class Refused(Exception):
    """An answer that is an error: an HTTP status and a sentence."""

    def __init__(self, code: int, message: str, reason: str = "") -> None:
        super().__init__(message)
        self.code = code
        self.body: dict[str, Any] = {
            "kind": "Status",
            "apiVersion": "v1",
            "metadata": {},
            "status": "Failure",
            "message": message,
            "reason": reason or REASONS.get(code, "Unknown"),
            "code": code,
        }

    def about(self, where: Place) -> Refused:
        """Add what it is about, as the server does."""
        self.body["details"] = {
            "name": where.name,
            "group": where.kind.group,
            "kind": where.kind.plural,
        }
        return self


def not_found(where: Place) -> Refused:
    """Return the answer for what is not there."""
    return Refused(404, f'{where.kind.resource} "{where.name}" not found').about(where)


def words(code: int, verb: str, where: Place | None) -> str:
    """Return the sentence that goes with a status, as the real server has it."""
    if where is None:
        return f"told to answer {code}"
    kind, name = where.kind, where.name
    match code:
        case 401:
            return "Unauthorized"
        case 403:
            scope = f' in the namespace "{where.namespace}"' if where.namespace else ""
            called = f' "{name}"' if name else ""
            return (
                f'{kind.resource}{called} is forbidden: User "{USER}" cannot {verb} resource '
                f'"{kind.plural}" in API group "{kind.group}"{scope or " at the cluster scope"}'
            )
        case 409:
            return (
                f'Operation cannot be fulfilled on {kind.resource} "{name}": the object has been '
                "modified; please apply your changes to the latest version and try again"
            )
        case 422:
            thing = f"{kind.name}.{kind.group}" if kind.group else kind.name
            return f'{thing} "{name}" is invalid: spec: Invalid value: "": told to be invalid'
    return f"told to answer {code}"
