"""The guard: no webhook reaches what is inside, however its address is written and whatever a name leads to."""

from __future__ import annotations

import ipaddress
import socket

import pytest

from sentisound.errors import AddressRefused, BadWebhook, SettingsError
from sentisound.webhooks.guard import Guard

INSIDE = [
    "0.0.0.0",  # noqa: S104
    "0.1.2.3",
    "10.0.0.1",
    "100.64.0.1",
    "100.100.100.200",  # Alibaba's metadata
    "127.0.0.1",
    "127.255.255.254",
    "168.63.129.16",  # Azure's platform
    "169.254.169.254",  # metadata of most clouds
    "169.254.170.2",
    "172.16.0.1",
    "172.31.255.255",
    "192.0.0.192",  # Oracle's metadata
    "192.0.2.1",
    "192.88.99.1",
    "192.168.1.1",
    "198.18.0.1",
    "198.51.100.1",
    "203.0.113.1",
    "224.0.0.1",
    "239.255.255.255",
    "240.0.0.1",
    "255.255.255.255",
    "::",
    "::1",
    "::127.0.0.1",
    "::ffff:127.0.0.1",
    "::ffff:10.0.0.1",
    "::ffff:169.254.169.254",
    "::ffff:a9fe:a9fe",
    "64:ff9b::127.0.0.1",
    "64:ff9b::a9fe:a9fe",
    "64:ff9b:1::1",
    "100::1",
    "2001::1",
    "2001:db8::1",
    "2002:7f00:1::",
    "2002:a9fe:a9fe::",
    "2002:c0a8:101::1",
    "fc00::1",
    "fd00:ec2::254",  # Amazon's metadata
    "fe80::1",
    "fec0::1",
    "ff02::1",
]
OUTSIDE = ["1.1.1.1", "8.8.8.8", "172.32.0.1", "192.167.255.255", "2606:4700:4700::1111", "::ffff:8.8.8.8"]


@pytest.mark.parametrize("address", INSIDE)
def test_what_is_inside_is_refused(address: str, monkeypatch: pytest.MonkeyPatch):
    guard = Guard()
    assert not guard.allows(ipaddress.ip_address(address))
    host = f"[{address}]" if ":" in address else address
    with pytest.raises(BadWebhook, match="must not reach"):
        guard.check_url(f"https://{host}/hook")
    leading(monkeypatch, address)
    with pytest.raises(AddressRefused, match="must not reach"):
        guard.addresses("innocent.example.org", 443)


@pytest.mark.parametrize("address", OUTSIDE)
def test_what_is_outside_may_be_reached(address: str, monkeypatch: pytest.MonkeyPatch):
    leading(monkeypatch, address)
    assert Guard().addresses("example.org", 443) == [address]


def leading(monkeypatch: pytest.MonkeyPatch, *addresses: str) -> None:
    """Let every name lead to these addresses."""

    def resolved(_: str, port: int, **__: object) -> list:
        families = [socket.AF_INET6 if ":" in address else socket.AF_INET for address in addresses]
        return [
            (family, socket.SOCK_STREAM, 6, "", (address, port))
            for family, address in zip(families, addresses, strict=True)
        ]

    monkeypatch.setattr(socket, "getaddrinfo", resolved)


def test_a_name_that_leads_outside_and_inside_is_refused(monkeypatch: pytest.MonkeyPatch):
    leading(monkeypatch, "1.1.1.1", "127.0.0.1")
    with pytest.raises(AddressRefused, match=r"leads to 127\.0\.0\.1"):
        Guard().addresses("example.org", 443)


def test_a_name_that_really_leads_to_loopback_is_refused():
    with pytest.raises(AddressRefused, match="localhost leads to"):
        Guard().addresses("localhost", 443)


@pytest.mark.parametrize(
    "url",
    [
        "",
        "example.org",
        "http://example.org/",
        "ftp://example.org/",
        "file:///etc/passwd",
        "gopher://example.org/",
        "https://",
        "https:///path",
        "https://user:word@example.org/",
        "https://@example.org/",
        "https://example.org:0/",
        "https://example.org:70000/",
        "https://exa mple.org/",
        "https://example.org/a\r\nX: y",
        "https://example.org/\x7f",
        "https://exämple.org/",
        "https://[::1/",
        "https://127.1/",
        "https://0x7f000001/",
        "https://2130706433/",
        "https://017700000001/",
        "https://[::ffff:127.0.0.1]/",
        "https://example.org/" + "a" * 2000,
    ],
)
def test_only_a_plain_address_of_https_can_be_registered(url: str):
    with pytest.raises(BadWebhook):
        Guard().check_url(url)


def test_a_plain_address_can():
    assert Guard().check_url("https://example.org:8443/hook?a=b").port == 8443
    assert Guard(http=True).check_url("http://example.org/hook").scheme == "http"


def test_networks_of_ones_own_can_be_allowed():
    guard = Guard.of(False, "10.1.0.0/16, fd00:1::/32")
    assert guard.allows(ipaddress.ip_address("10.1.2.3"))
    assert guard.allows(ipaddress.ip_address("::ffff:10.1.2.3"))
    assert guard.allows(ipaddress.ip_address("fd00:1::5"))
    assert not guard.allows(ipaddress.ip_address("10.2.0.1"))
    assert not guard.allows(ipaddress.ip_address("127.0.0.1"))


@pytest.mark.parametrize("networks", ["inside", "10.1.0.1/16", "10.0.0.0/40"])
def test_a_network_that_is_none_is_told(networks: str):
    with pytest.raises(SettingsError, match="SENTISOUND_WEBHOOK_NETWORKS"):
        Guard.of(False, networks)
