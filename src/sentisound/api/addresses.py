"""Addresses of clients, as far as they tell callers apart: for limits, tries of passwords, and shares of the work."""

from __future__ import annotations

import ipaddress
import re

from starlette.requests import HTTPConnection

CUSTOMER_BITS = 64
"""Of an IPv6 address: who is given a network chooses the rest (RFC 6177, RFC 8981)."""
UNKNOWN = "unknown"
_WITH_PORT = re.compile(r"\[(?P<v6>[^\]]*)\](:\d+)?|(?P<v4>[\d.]+):\d+", re.ASCII)


def network_of(host: str) -> str:
    """Return what of an address its holder cannot choose: an IPv4 address, or the first half of an IPv6 one.

    IPv4 within IPv6 (``::ffff:192.0.2.1``) counts as IPv4, a zone (``%eth0``) does not matter, nor does a port that a
    proxy has written behind it. Whatever is no address is one caller: a made-up name buys no limit of its own.
    """
    found = _WITH_PORT.fullmatch(host)
    text = (found["v6"] or found["v4"] or "") if found else host
    try:
        address = ipaddress.ip_address(text.partition("%")[0])
    except ValueError:
        return UNKNOWN
    if isinstance(address, ipaddress.IPv4Address):
        return str(address)
    if address.ipv4_mapped is not None:
        return str(address.ipv4_mapped)
    return str(ipaddress.IPv6Network((int(address), CUSTOMER_BITS), strict=False))


def client_network(connection: HTTPConnection) -> str:
    """Return the network of who sent a request, as ``network_of`` counts it."""
    return network_of(connection.client.host if connection.client else "")
