"""Which URLs may receive webhooks: public ones, by https on its own port.

A name is checked twice: as it is written when it is saved, by its addresses when something is sent. Only the second
check is the guard, because a name may lead anywhere, and elsewhere a moment later.
"""

import re
from dataclasses import dataclass
from ipaddress import IPv4Address, IPv4Network, IPv6Address, IPv6Network, ip_address
from urllib.parse import SplitResult, urlsplit

from functions.billing.errors import InvalidInput

Address = IPv4Address | IPv6Address

MAX_URL_CHARACTERS = 2048
HTTPS_PORT, HTTP_PORT = 443, 80

_NAT64 = IPv6Network("64:ff9b::/96")
_UNICAST = IPv6Network("2000::/3")
_RESERVED: tuple[IPv4Network | IPv6Network, ...] = (
    IPv4Network("192.0.0.0/24"),  # protocol assignments
    IPv4Network("192.88.99.0/24"),  # relays
    IPv6Network("2001::/23"),  # protocol assignments, tunnels among them
    IPv6Network("3fff::/20"),  # documentation
)
"""What Python's own lists, which differ from version to version, lack in some."""

_SHOWN_CHARACTERS = 60
_MAX_NAME = 253
"""Characters of a host name (RFC 1035)."""

_PRIVATE_SUFFIXES = ("localhost", "local", "internal", "lan", "home.arpa")


@dataclass(frozen=True, slots=True)
class ReceiverUrl:
    """A URL in the parts that a connection needs; `path` has its query."""

    scheme: str
    host: str
    port: int
    path: str

    @property
    def host_header(self) -> str:
        name = f"[{self.host}]" if ":" in self.host else self.host
        default = HTTPS_PORT if self.scheme == "https" else HTTP_PORT
        return name if self.port == default else f"{name}:{self.port}"


def parsed_url(url: str, *, anywhere: bool) -> ReceiverUrl:
    """The URL's parts; `anywhere` lets in http, other ports and this machine, for development. Raises InvalidInput."""
    if len(url) > MAX_URL_CHARACTERS:
        raise InvalidInput(f"url has {len(url)} characters, expected at most {MAX_URL_CHARACTERS}")
    if not re.fullmatch(r"[!-~]+", url):
        raise _refusal(url, "expected ASCII without blanks: other characters percent-encoded, names in punycode")
    try:
        parts = urlsplit(url)
        port = parts.port
    except ValueError:
        raise _refusal(url, "expected a URL such as https://example.com/webhooks") from None
    schemes = ("https", "http") if anywhere else ("https",)
    if parts.scheme not in schemes or not parts.hostname or not _is_host(parts.hostname):
        raise _refusal(url, "expected an https URL such as https://example.com/webhooks")
    if parts.username is not None or parts.password is not None or parts.fragment:
        raise _refusal(url, "expected a URL without user, password and fragment")
    default = HTTPS_PORT if parts.scheme == "https" else HTTP_PORT
    target = ReceiverUrl(parts.scheme, parts.hostname.rstrip("."), default if port is None else port, _path(parts))
    if not anywhere:
        _check_public(url, target)
    return target


def _is_host(host: str) -> bool:
    """An address, or a name of no more characters than a resolver takes."""
    if literal_address(host) is not None:
        return True
    labels = host.rstrip(".").split(".")
    return len(host) <= _MAX_NAME and all(re.fullmatch(r"[a-z0-9_-]{0,63}", label) for label in labels)


def _path(parts: SplitResult) -> str:
    return (parts.path or "/") + (f"?{parts.query}" if parts.query else "")


def _check_public(url: str, target: ReceiverUrl) -> None:
    if target.port != HTTPS_PORT:
        raise _refusal(url, f"expected no port other than {HTTPS_PORT}")
    address = literal_address(target.host)
    if address is not None:
        if not is_public(address):
            raise _refusal(url, "expected a public address")
        return
    labels = target.host.split(".")
    is_private = any(target.host == suffix or target.host.endswith(f".{suffix}") for suffix in _PRIVATE_SUFFIXES)
    # A name that ends in a number is an address in one of the spellings that resolvers still take: 127.1, 0x7f.1.
    if is_private or len(labels) == 1 or not all(labels) or labels[-1][0].isdigit():
        raise _refusal(url, "expected a public host name such as example.com")


def literal_address(host: str) -> Address | None:
    """The address that a host is written as, None of a name."""
    try:
        return ip_address(host)
    except ValueError:
        return None


def is_public(address: Address) -> bool:
    """Whether the whole internet reaches it, and nothing of ours stands behind it."""
    if isinstance(address, IPv6Address):
        embedded = _embedded(address)
        if embedded is not None:
            return is_public(embedded)
        if address not in _UNICAST:
            return False
    is_special = address.is_private or address.is_multicast or address.is_reserved
    return address.is_global and not is_special and not any(address in network for network in _RESERVED)


def _embedded(address: IPv6Address) -> IPv4Address | None:
    """The IPv4 address that packets to this one end at."""
    if address.ipv4_mapped is not None:
        return address.ipv4_mapped
    if address.sixtofour is not None:
        return address.sixtofour
    if address in _NAT64:
        return IPv4Address(int(address) & 0xFFFF_FFFF)
    return None


def _refusal(url: str, expected: str) -> InvalidInput:
    shown = url if len(url) <= _SHOWN_CHARACTERS else f"{url[:_SHOWN_CHARACTERS]}..."
    return InvalidInput(f"url is {shown!r}: {expected}")
