"""What went wrong on the way to a registry, in words that say what to do."""

from __future__ import annotations

from hubimages.registry.answers import Unanswered

_NOT_TLS = {
    "WRONG_VERSION_NUMBER",
    "RECORD_LAYER_FAILURE",
    "HTTP_REQUEST",
    "PACKET_LENGTH_TOO_LONG",
}


def in_words(error: Exception, host: str, *, connect: float, read: float) -> Unanswered:
    """Return an exception of urllib3, http.client or a socket as what a person can act on.

    The exception's own text is left out: it may hold a proxy's password. connect and read are
    the time-outs in seconds.
    """
    import ssl

    from urllib3 import exceptions as of

    match error:
        case of.ProxyError():
            return Unanswered(
                f"The proxy on the way to {host} does not let us through.",
                fix="check HTTPS_PROXY and HTTP_PROXY, or add the host to NO_PROXY",
            )
        case of.NameResolutionError():
            return Unanswered(
                f"The name {host} cannot be resolved to an address.",
                fix="check its spelling and your network connection",
            )
        case of.NewConnectionError():
            return Unanswered(
                f"{host} takes no connection: it is not running, or a firewall is in between.",
                fix="check that the registry runs and that this machine can reach it",
            )
        case of.ConnectTimeoutError():
            return Unanswered(
                f"{host} did not take a connection within {connect:g} s.",
                fix="check your network connection, or try again later",
            )
        case of.ReadTimeoutError() | TimeoutError():
            return Unanswered(f"{host} gave no answer within {read:g} s.", fix="try again later")
        case of.SSLError() | ssl.SSLError():
            return _tls(error, host)
        case _:
            return Unanswered(
                f"{host} broke off its answer, or does not speak HTTP.",
                fix=f"try again; if it stays, check what answers at {host}",
            )


def _tls(error: Exception, host: str) -> Unanswered:
    import ssl

    cause = error.args[0] if error.args and isinstance(error.args[0], ssl.SSLError) else error
    if isinstance(cause, ssl.SSLCertVerificationError):
        return Unanswered(
            f"The certificate of {host} is not to be trusted: {cause.verify_message}.",
            fix="if an authority of your own signed it, set SSL_CERT_FILE to its certificates",
        )
    if getattr(cause, "reason", None) in _NOT_TLS:
        return Unanswered(
            f"{host} does not speak TLS.",
            fix=f"if plain HTTP is meant, add {host} to insecure_registries in invoke.yaml",
        )
    return Unanswered(
        f"No TLS connection to {host} could be made.", fix=f"check what answers at {host}"
    )
