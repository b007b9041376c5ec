"""Which way a request goes: addresses, proxies from the environment, certificates."""

from __future__ import annotations

import os
from ipaddress import ip_address
from typing import TYPE_CHECKING, Any
from urllib.parse import unquote, urljoin, urlsplit

from hubimages.registry.answers import Unanswered

if TYPE_CHECKING:
    import urllib3

Origin = tuple[str, str, int]

_PORTS = {"https": 443, "http": 80}


def origin(url: str) -> Origin:
    """Return scheme, host and port: together they say who may see a login that is meant for url.

    Raises Unanswered for what is no web address.
    """
    try:
        parts = urlsplit(url)
        port = parts.port or _PORTS.get(parts.scheme, 0)
    except ValueError:
        port = 0
    if not port or not parts.hostname:
        raise Unanswered("The registry points to something that is no web address.")
    return parts.scheme, parts.hostname, port


def shown(url: str) -> str:
    """Return the host of a URL as messages name it: with a port that was written, no user."""
    return urlsplit(url).netloc.rpartition("@")[2]


def is_loopback(host: str) -> bool:
    """Whether a host (without a port) is this machine."""
    try:
        return host == "localhost" or ip_address(host.strip("[]")).is_loopback
    except ValueError:
        return False


def redirected(url: str, location: str) -> str:
    """Return where a redirect from url leads; raise Unanswered where it would leave TLS."""
    try:
        target = urljoin(url, location)
    except ValueError:
        target = ""
    if origin(url)[0] == "https" != origin(target)[0]:
        raise Unanswered(f"{shown(url)} redirects to an address without TLS ({shown(target)}).")
    return target


def proxy_for(url: str) -> str | None:
    """Return the proxy that the environment names for a URL; to loopback there is none."""
    from urllib.request import getproxies_environment, proxy_bypass

    scheme, host, port = origin(url)
    proxies = getproxies_environment()
    proxy = proxies.get(scheme)
    if not proxy or is_loopback(host) or proxy_bypass(f"{host}:{port}"):
        return None
    return proxy if "://" in proxy else f"http://{proxy}"


def pool_through(proxy: str | None, scheme: str, **options: Any) -> urllib3.PoolManager:
    """Return a new pool of connections for URLs of one scheme, or raise Unanswered."""
    import urllib3

    if scheme == "https" or (proxy and proxy.startswith("https:")):
        options["ssl_context"] = _tls()
    if proxy is None:
        return urllib3.PoolManager(**options)
    try:
        user = urlsplit(proxy).netloc.rpartition("@")[0]
        login = urllib3.make_headers(proxy_basic_auth=unquote(user)) if user else None
        return urllib3.ProxyManager(proxy, proxy_headers=login, **options)
    except (urllib3.exceptions.HTTPError, ValueError):
        raise Unanswered(
            f"The proxy that {scheme.upper()}_PROXY names cannot be used.",
            fix=f"set {scheme.upper()}_PROXY to http://HOST:PORT, or unset it",
        ) from None


def _tls() -> Any:
    """Return a TLS context that trusts what the person's environment trusts."""
    import ssl

    bundle = os.environ.get("REQUESTS_CA_BUNDLE")
    paths = ssl.get_default_verify_paths()  # SSL_CERT_FILE and SSL_CERT_DIR are looked at here
    if not bundle and not paths.cafile and not paths.capath:
        import certifi  # it comes with docker; some Pythons do not know the system's own

        bundle = certifi.where()
    try:
        if bundle and os.path.isdir(bundle):  # noqa: PTH112 - no other use of pathlib here
            return ssl.create_default_context(capath=bundle)
        return ssl.create_default_context(cafile=bundle)
    except OSError:
        raise Unanswered(
            f"The certificates at {bundle or paths.cafile} cannot be read.",
            fix="set REQUESTS_CA_BUNDLE or SSL_CERT_FILE to a file of CA certificates, or unset it",
        ) from None
