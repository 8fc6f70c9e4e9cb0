//! Which addresses may be sent to (D24).

use std::net::{IpAddr, Ipv4Addr, Ipv6Addr};
use std::str::FromStr;

/// Which addresses webhooks may reach.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub enum Reach {
    /// Public ones, over TLS, at the default port.
    Public,
    /// Those, and this machine by plain HTTP at any port: for the local stack alone.
    ThisMachineToo,
}

impl Reach {
    /// Whether something may be sent to this address: one of the public internet, and never a private, link-local,
    /// metadata or otherwise special one (D24).
    pub fn allows(self, address: IpAddr) -> bool {
        let address = address.to_canonical();
        is_public(address) || self == Self::ThisMachineToo && address.is_loopback()
    }
}

/// Text that says neither.
#[derive(Debug, thiserror::Error)]
#[error("must be true or false")]
pub struct NoReach;

impl FromStr for Reach {
    type Err = NoReach;

    /// Whether this machine may be reached, too: `true` or `false`.
    fn from_str(text: &str) -> Result<Self, NoReach> {
        match text {
            "true" => Ok(Self::ThisMachineToo),
            "false" => Ok(Self::Public),
            _ => Err(NoReach),
        }
    }
}

/// Blocks of IPv4 that are not public, with the length of their prefix (IANA IPv4 Special-Purpose Address Registry,
/// multicast and what is reserved).
const SPECIAL_V4: [(Ipv4Addr, u32); 17] = [
    (Ipv4Addr::new(0, 0, 0, 0), 8),
    (Ipv4Addr::new(10, 0, 0, 0), 8),
    (Ipv4Addr::new(100, 64, 0, 0), 10),
    (Ipv4Addr::new(127, 0, 0, 0), 8),
    (Ipv4Addr::new(169, 254, 0, 0), 16),
    (Ipv4Addr::new(172, 16, 0, 0), 12),
    (Ipv4Addr::new(192, 0, 0, 0), 24),
    (Ipv4Addr::new(192, 0, 2, 0), 24),
    (Ipv4Addr::new(192, 31, 196, 0), 24),
    (Ipv4Addr::new(192, 52, 193, 0), 24),
    (Ipv4Addr::new(192, 88, 99, 0), 24),
    (Ipv4Addr::new(192, 168, 0, 0), 16),
    (Ipv4Addr::new(192, 175, 48, 0), 24),
    (Ipv4Addr::new(198, 18, 0, 0), 15),
    (Ipv4Addr::new(198, 51, 100, 0), 24),
    (Ipv4Addr::new(203, 0, 113, 0), 24),
    // Multicast, reserved, broadcast.
    (Ipv4Addr::new(224, 0, 0, 0), 3),
];

/// All that is public of IPv6 so far: everything else, such as loopback, link-local, unique-local, multicast, IPv4 in
/// other clothes and NAT64 (64:ff9b::/96), lies outside.
const GLOBAL_UNICAST: (Ipv6Addr, u32) = (Ipv6Addr::new(0x2000, 0, 0, 0, 0, 0, 0, 0), 3);

/// Blocks within it that are not public (IANA IPv6 Special-Purpose Address Registry).
const SPECIAL_V6: [(Ipv6Addr, u32); 5] = [
    // Protocol assignments, with Teredo, benchmarks and ORCHID.
    (Ipv6Addr::new(0x2001, 0, 0, 0, 0, 0, 0, 0), 23),
    // Documentation.
    (Ipv6Addr::new(0x2001, 0xdb8, 0, 0, 0, 0, 0, 0), 32),
    (Ipv6Addr::new(0x3fff, 0, 0, 0, 0, 0, 0, 0), 20),
    // 6to4 hides an IPv4 address.
    (Ipv6Addr::new(0x2002, 0, 0, 0, 0, 0, 0, 0), 16),
    // Direct delegation of AS112.
    (Ipv6Addr::new(0x2620, 0x4f, 0x8000, 0, 0, 0, 0, 0), 48),
];

fn is_public(address: IpAddr) -> bool {
    match address {
        IpAddr::V4(address) => !SPECIAL_V4
            .iter()
            .any(|(block, prefix)| (address.to_bits() ^ block.to_bits()).leading_zeros() >= *prefix),
        IpAddr::V6(address) => {
            let within = |(block, prefix): &(Ipv6Addr, u32)| {
                (address.to_bits() ^ block.to_bits()).leading_zeros() >= *prefix
            };
            within(&GLOBAL_UNICAST) && !SPECIAL_V6.iter().any(within)
        }
    }
}
