"""Addresses: what tells callers apart is what they cannot choose."""

from __future__ import annotations

import pytest

from sentisound.api.addresses import UNKNOWN, network_of


@pytest.mark.parametrize(
    ("host", "network"),
    [
        ("192.0.2.1", "192.0.2.1"),
        ("192.0.2.1:5678", "192.0.2.1"),  # a gateway that writes the port too
        ("2001:db8:1:2::1", "2001:db8:1:2::/64"),
        ("2001:db8:1:2:ffff:ffff:ffff:ffff", "2001:db8:1:2::/64"),
        ("2001:DB8:1:3::1", "2001:db8:1:3::/64"),
        ("[2001:db8:1:2::1]:443", "2001:db8:1:2::/64"),
        ("[2001:db8:1:2::1]", "2001:db8:1:2::/64"),
        ("::ffff:192.0.2.1", "192.0.2.1"),
        ("::FFFF:c000:201", "192.0.2.1"),
        ("[::ffff:192.0.2.1]:80", "192.0.2.1"),
        ("fe80::1%eth0", "fe80::/64"),
        ("fe80::2%another", "fe80::/64"),
        ("::1", "::/64"),
        ("", UNKNOWN),
        ("testclient", UNKNOWN),
        ("192.0.2.1, 198.51.100.1", UNKNOWN),
        ("192.0.2.999", UNKNOWN),
        ("192.0.2.1\n", UNKNOWN),
        ("0x7f.1", UNKNOWN),
        ("x" * 10_000, UNKNOWN),
    ],
)
def test_a_caller_is_the_network_that_it_was_given(host: str, network: str):
    assert network_of(host) == network
