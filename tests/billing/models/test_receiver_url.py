from ipaddress import IPv4Address, IPv6Address, ip_address

import pytest
from hypothesis import given
from hypothesis import strategies as st

from functions.billing.errors import InvalidInput
from functions.billing.models.receiver_url import MAX_URL_CHARACTERS, ReceiverUrl, is_public, parsed_url

NOT_PUBLIC = [
    "127.0.0.1",
    "127.255.255.255",
    "0.0.0.0",  # noqa: S104 - is not bound to
    "0.1.2.3",
    "10.0.0.1",
    "172.16.0.1",
    "172.31.255.255",
    "192.168.1.1",
    "192.0.0.8",
    "192.0.0.9",
    "192.0.2.1",
    "192.88.99.1",
    "198.18.0.1",
    "198.51.100.1",
    "203.0.113.1",
    "100.64.0.1",
    "169.254.169.254",
    "169.254.170.2",
    "224.0.0.1",
    "239.255.255.255",
    "240.0.0.1",
    "255.255.255.255",
    "::",
    "::1",
    "::127.0.0.1",
    "::8.8.8.8",
    "::ffff:127.0.0.1",
    "::ffff:169.254.169.254",
    "64:ff9b::7f00:1",
    "64:ff9b::a9fe:a9fe",
    "64:ff9b:1::808:808",
    "2002:7f00:1::1",
    "2002:a9fe:a9fe::",
    "2001:0:4136:e378:8000:63bf:3fff:fdd2",
    "2001:20::1",
    "2001:1ff:ffff::1",
    "2001:db8::1",
    "3fff::1",
    "5f00::1",
    "4000::1",
    "100::1",
    "fc00::1",
    "fd00:ec2::254",
    "fe80::1",
    "fec0::1",
    "ff02::1",
    "ff0e::1",
]
PUBLIC = [
    "8.8.8.8",
    "1.1.1.1",
    "172.15.255.255",
    "172.32.0.0",
    "100.63.255.255",
    "100.128.0.0",
    "169.253.255.255",
    "191.255.255.255",
    "192.0.1.0",
    "2001:200::1",
    "2606:4700:4700::1111",
    "::ffff:8.8.8.8",
    "64:ff9b::808:808",
    "2002:808:808::1",
]

REFUSED = {
    "http://example.com/": "expected an https URL",
    "ftp://example.com/": "expected an https URL",
    "//example.com/": "expected an https URL",
    "example.com": "expected an https URL",
    "https://": "expected an https URL",
    "https:///path": "expected an https URL",
    "javascript:alert(1)": "expected an https URL",
    "file:///etc/passwd": "expected an https URL",
    "https://[::1": "expected a URL such as",
    "https://example.com:port/": "expected a URL such as",
    "https://example.com:99999/": "expected a URL such as",
    "https://exa mple.com/": "expected ASCII without blanks",
    "https://example.com/\r\nX-Injected: 1": "expected ASCII without blanks",
    "https://example.com/\x00": "expected ASCII without blanks",
    "https://пример.рф/": "expected ASCII without blanks",
    "https://example.com\\@127.0.0.1/": "expected a URL without user",
    "https://user@example.com/": "expected a URL without user",
    "https://user:password@example.com/": "expected a URL without user",
    "https://example.com@127.0.0.1/": "expected a URL without user",
    "https://example.com/#fragment": "expected a URL without user, password and fragment",
    "https://example.com:8443/": "expected no port other than 443",
    "https://example.com:0/": "expected no port other than 443",
    "https://localhost/": "expected a public host name",
    "https://LOCALHOST./": "expected a public host name",
    "https://a.localhost/": "expected a public host name",
    "https://printer.local/": "expected a public host name",
    "https://db.internal/": "expected a public host name",
    "https://intranet/": "expected a public host name",
    "https://a..example.com/": "expected a public host name",
    "https://127.1/": "expected a public host name",
    "https://2130706433/": "expected a public host name",
    "https://0x7f.0.0.1/": "expected a public host name",
    "https://0177.0.0.1/": "expected a public host name",
    "https://%31%32%37.0.0.1/": "expected an https URL",
    "https://127.0.0.1/": "expected a public address",
    "https://169.254.169.254/latest/meta-data/": "expected a public address",
    "https://[::1]/": "expected a public address",
    "https://[fe80::1%25eth0]/": "expected a public address",
    "https://[::ffff:127.0.0.1]/": "expected a public address",
    "https://[fd00:ec2::254]/": "expected a public address",
}


@pytest.mark.parametrize("address", NOT_PUBLIC)
def test_what_is_private_local_reserved_or_leads_there_is_not_public(address: str) -> None:
    assert not is_public(ip_address(address))


@pytest.mark.parametrize("address", PUBLIC)
def test_the_neighbours_of_private_ranges_are_public(address: str) -> None:
    assert is_public(ip_address(address))


@given(st.ip_addresses(v=4))
def test_what_carries_an_address_is_as_public_as_that(address: IPv4Address) -> None:
    number = int(address)
    mapped, nat64, six_to_four = (0xFFFF << 32 | number, 0x64FF9B << 96 | number, 0x2002 << 112 | number << 80)

    carried = [is_public(IPv6Address(carrier)) for carrier in (mapped, nat64, six_to_four)]

    assert carried == [is_public(address)] * 3


@pytest.mark.parametrize("url", REFUSED)
def test_a_url_that_can_be_told_to_be_wrong_is_refused_with_the_reason(url: str) -> None:
    with pytest.raises(InvalidInput) as refusal:
        parsed_url(url, anywhere=False)

    assert refusal.value.sentence.startswith(f"url is {url!r}: ")
    assert REFUSED[url] in refusal.value.sentence


def test_a_url_has_the_parts_of_a_connection() -> None:
    assert parsed_url("https://Example.com", anywhere=False) == ReceiverUrl("https", "example.com", 443, "/")
    assert parsed_url("HTTPS://example.com:443/a%20b/?c=d", anywhere=False) == ReceiverUrl(
        "https", "example.com", 443, "/a%20b/?c=d"
    )
    assert parsed_url("https://[2606:4700:4700::1111]/", anywhere=False).host_header == "[2606:4700:4700::1111]"


def test_for_development_this_machine_other_ports_and_http_are_let_in() -> None:
    local = parsed_url("http://127.0.0.1:8080/hooks", anywhere=True)

    assert (local, local.host_header) == (ReceiverUrl("http", "127.0.0.1", 8080, "/hooks"), "127.0.0.1:8080")
    with pytest.raises(InvalidInput):
        parsed_url("ftp://127.0.0.1/", anywhere=True)


def test_a_label_may_have_63_characters_and_a_name_253_and_not_one_more() -> None:
    """Resolvers raise other errors than usual for what is longer."""
    name = ".".join(["a" * 63] * 3 + ["a" * 57, "com"])
    assert len(name) == 253

    assert parsed_url(f"https://{name}/", anywhere=False).host == name
    for too_long in (f"{'a' * 64}.example.com", f"a{name[64:]}.{'a' * 63}x.com", name.replace("com", "coma")):
        with pytest.raises(InvalidInput):
            parsed_url(f"https://{too_long}/", anywhere=False)


def test_a_url_may_have_2048_characters_and_not_one_more() -> None:
    longest = "https://example.com/".ljust(MAX_URL_CHARACTERS, "a")

    assert parsed_url(longest, anywhere=False).host == "example.com"
    with pytest.raises(InvalidInput, match="url has 2049 characters, expected at most 2048"):
        parsed_url(longest + "a", anywhere=False)


@given(st.text())
def test_any_text_is_a_url_or_is_refused(text: str) -> None:
    for url in (text, f"https://{text}", f"https://example.com/{text}"):
        try:
            target = parsed_url(url, anywhere=False)
        except InvalidInput:
            continue
        assert (target.scheme, target.port) == ("https", 443)
