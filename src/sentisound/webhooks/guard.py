"""The guard: which addresses a webhook may reach. It decides on the address that is connected to, not on the name.

A name may lead to one address when it is looked at and to another a moment later, so a connection goes to the very
address that was checked here.
"""

from __future__ import annotations

import ipaddress
import socket
from dataclasses import dataclass
from urllib.parse import SplitResult, urlsplit

from sentisound.errors import AddressRefused, BadWebhook, SettingsError

Address = ipaddress.IPv4Address | ipaddress.IPv6Address
Network = ipaddress.IPv4Network | ipaddress.IPv6Network

NAT64 = ipaddress.IPv6Network("64:ff9b::/96")
"""RFC 6052: the last 32 bits are an IPv4 address."""
ALSO_REFUSED = tuple(
    ipaddress.ip_network(text)
    for text in (
        "192.0.0.0/24",  # IETF's protocols, RFC 6890; Oracle's metadata among them
        "168.63.129.16/32",  # Azure's platform address, public by its number
        "192.88.99.0/24",  # relays of 6to4, RFC 7526
        "64:ff9b:1::/48",  # NAT64 of one's own network, RFC 8215
        "2001::/23",  # IETF's protocols, Teredo among them
        "fec0::/10",  # site-local, RFC 3879
    )
)
MAX_URL = 2000


@dataclass(frozen=True, slots=True)
class Guard:
    """What a webhook may reach."""

    http: bool = False
    """Whether plain http will do."""
    networks: tuple[Network, ...] = ()
    """Networks that may be reached although they are not public."""

    @classmethod
    def of(cls, http: bool, networks: str) -> Guard:
        """Return the guard of the settings.

        Raises
        ------
        SettingsError
            When a network is none.
        """
        try:
            found = tuple(ipaddress.ip_network(part.strip()) for part in networks.split(",") if part.strip())
        except ValueError as error:
            raise SettingsError(f"SENTISOUND_WEBHOOK_NETWORKS: {error}; write 10.1.0.0/16,fd00::/8") from None
        return cls(http, found)

    def check_url(self, url: str) -> SplitResult:
        """Return the parts of an address that may be registered; where it leads is looked at when it is called.

        Raises
        ------
        BadWebhook
            When it is not a plain address of https, or its host is a number that must not be reached.
        """
        try:
            parts = urlsplit(url)
            port, host = parts.port, parts.hostname or ""
        except ValueError as error:
            raise BadWebhook(f"this is not a URL ({error})") from None
        if parts.scheme not in ({"http", "https"} if self.http else {"https"}):
            raise BadWebhook("a webhook's address begins with https:// (SENTISOUND_WEBHOOK_HTTP allows http://)")
        if not host or parts.username is not None or port == 0 or len(url) > MAX_URL or not url.isascii():
            raise BadWebhook("a webhook's address is https://host/path, in ASCII, without a user name")
        if any(c <= " " or c == "\x7f" for c in url):
            raise BadWebhook("a webhook's address has no spaces or control characters")
        if (number := _number(host)) is not None and not self.allows(number):
            raise BadWebhook(f"webhooks must not reach {host} (SENTISOUND_WEBHOOK_NETWORKS allows private networks)")
        return parts

    def addresses(self, host: str, port: int) -> list[str]:
        """Return the addresses of a host, every one of them allowed.

        Raises
        ------
        AddressRefused
            When one is not: a host that is partly inside is not outside.
        OSError
            When the name is unknown.
        """
        found = socket.getaddrinfo(host, port, type=socket.SOCK_STREAM)
        addresses = [str(address[0]).partition("%")[0] for *_, address in found]
        for text in addresses:
            if not self.allows(ipaddress.ip_address(text)):
                raise AddressRefused(f"{host} leads to {text}, which webhooks must not reach")
        return addresses

    def allows(self, address: Address) -> bool:
        """Return whether an address may be reached: public ones, and those of the networks allowed."""
        inner = embedded(address)
        if any(inner.version == network.version and inner in network for network in self.networks):
            return True
        return _is_public(inner)


def embedded(address: Address) -> Address:
    """Return the IPv4 address that an IPv6 address stands for (mapped, compatible, NAT64, 6to4), else itself."""
    if isinstance(address, ipaddress.IPv4Address):
        return address
    if address.ipv4_mapped is not None:
        return address.ipv4_mapped
    if address.sixtofour is not None:
        return address.sixtofour
    if address in NAT64 or (int(address) >> 32 == 0 and int(address) > 1):
        return ipaddress.IPv4Address(int(address) & 0xFFFFFFFF)
    return address


def _is_public(address: Address) -> bool:
    refused = any(address.version == network.version and address in network for network in ALSO_REFUSED)
    return address.is_global and not address.is_multicast and not address.is_reserved and not refused


def _number(host: str) -> Address | None:
    """Return the address that a host is written as: also ``127.1`` or ``0x7f000001``, as the resolver reads them."""
    try:
        return ipaddress.ip_address(host.partition("%")[0])
    except ValueError:
        pass
    try:
        return ipaddress.IPv4Address(socket.inet_aton(host))
    except (OSError, UnicodeError):
        return None
