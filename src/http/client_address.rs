//! Where a request comes from: the peer, or what a trusted proxy says.

use std::net::{IpAddr, SocketAddr};

use actix_web::HttpRequest;
use actix_web::http::header::HeaderValue;

use super::app::App;

/// The visitor's address. `X-Forwarded-For` is read from the right, as far as the proxies are trusted. `None` where a
/// proxy that is trusted names something else than an address: such a visitor is nobody's neighbour, and above all not
/// this machine or the proxy.
pub fn of(app: &App, request: &HttpRequest) -> Option<IpAddr> {
    let mut address = request.peer_addr()?.ip().to_canonical();
    if !app.config.trusts(address) {
        return Some(address);
    }
    let headers: Vec<_> = request.headers().get_all("x-forwarded-for").map(HeaderValue::as_bytes).collect();
    for text in hops(&headers) {
        address = hop(text)?;
        if !app.config.trusts(address) {
            break;
        }
    }
    Some(address)
}

/// The elements of these headers, the last one first. Empty ones do not count (RFC 9110, 5.6.1).
fn hops<'a>(headers: &'a [&[u8]]) -> impl Iterator<Item = &'a [u8]> {
    let elements = |header: &'a &[u8]| header.rsplit(|byte| *byte == b',').map(<[u8]>::trim_ascii);
    headers.iter().rev().flat_map(elements).filter(|text| !text.is_empty())
}

/// An address, alone or with the port that some proxies add: `192.0.2.1:4711`, `[2001:db8::1]:443`.
fn hop(text: &[u8]) -> Option<IpAddr> {
    let text = str::from_utf8(text).ok()?;
    let bare = text.strip_prefix('[').and_then(|text| text.strip_suffix(']')).unwrap_or(text);
    let address = bare.parse().or_else(|_| text.parse().map(|socket: SocketAddr| socket.ip())).ok()?;
    Some(address.to_canonical())
}

/// What guessing is counted by: one IPv4 address, or the /64 that one customer has of IPv6. All whose address is
/// unknown count together.
pub fn network(address: Option<IpAddr>) -> String {
    match address {
        Some(IpAddr::V4(address)) => address.to_string(),
        Some(IpAddr::V6(address)) => {
            let [a, b, c, d, ..] = address.segments();
            format!("{a:x}:{b:x}:{c:x}:{d:x}::/64")
        }
        None => "unknown".to_owned(),
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn neighbours_in_one_ipv6_network_count_together() {
        let network_of = |text: &str| network(Some(text.parse().unwrap()));
        assert_eq!(network_of("2001:db8:1:2:3:4:5:6"), network_of("2001:db8:1:2:ffff::1"));
        assert_ne!(network_of("2001:db8:1:2::1"), network_of("2001:db8:1:3::1"));
        assert_eq!(network_of("192.0.2.1"), "192.0.2.1");
    }

    #[test]
    fn a_hop_is_read_in_every_way_that_proxies_write_it() {
        let read = |text: &[u8]| hop(text).map(|address| address.to_string());
        for text in ["192.0.2.1", "192.0.2.1:4711", "::ffff:192.0.2.1", "[::ffff:192.0.2.1]:1"] {
            assert_eq!(read(text.as_bytes()).as_deref(), Some("192.0.2.1"), "{text}");
        }
        for text in ["2001:db8::1", "[2001:db8::1]", "[2001:db8::1]:443"] {
            assert_eq!(read(text.as_bytes()).as_deref(), Some("2001:db8::1"), "{text}");
        }
        for text in
            [&b"\xff"[..], b"unknown", b"192.0.2.1:", b"192.0.2.1:99999", b"[2001:db8::1", b"localhost"]
        {
            assert_eq!(read(text), None, "{}", text.escape_ascii());
        }
        let headers: [&[u8]; 2] = [b"\xff, 192.0.2.1 ,", b" , 192.0.2.2"];
        assert_eq!(hops(&headers).collect::<Vec<_>>(), [&b"192.0.2.2"[..], b"192.0.2.1", b"\xff"]);
    }
}
