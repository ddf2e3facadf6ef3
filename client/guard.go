package client

import (
	"fmt"
	"net/netip"
	"syscall"
)

// Guard refuses connections to addresses that are not for the public: those of the machine, of its networks, of clouds'
// metadata services, and whatever else the registries of special purpose addresses keep out of the Internet (RFC 6890). The zero
// value, like nil, refuses them all. It is only read, and safe for concurrent use.
//
// What is judged is an address, not a name, and right before the connection is made: it does not matter what a name is said to
// be before or after (DNS rebinding), nor how a URL spells it.
type Guard struct {
	// Allow has prefixes whose addresses are let through, whatever they are. IPv4 ones count for mapped addresses, too.
	Allow []netip.Prefix
}

// Check returns an ErrInternalAddress, which is an ErrConnect, for an address that is refused. An invalid address, as of a
// socket that is not of IP, is refused, too.
func (g *Guard) Check(addr netip.Addr) error {
	plain := addr.Unmap().WithZone("")
	if g != nil {
		for _, p := range g.Allow {
			if p.Contains(plain) {
				return nil
			}
		}
	}
	if reason := internalReason(plain); reason != "" {
		return invalid(ErrInternalAddress, "%s is refused: %s", addr, reason)
	}
	return nil
}

// Control is the Control of a [net.Dialer]: it judges the address right before the socket is connected.
func (g *Guard) Control(_, address string, _ syscall.RawConn) error {
	addr, err := netip.ParseAddrPort(address)
	if err != nil {
		return &fault{ErrInternalAddress, fmt.Errorf("what cannot be judged is refused: %w", err)}
	}
	return g.Check(addr.Addr())
}

// special is a block of addresses that are not for the public.
type special struct {
	prefix netip.Prefix
	reason string
}

func block(prefix, reason string) special { return special{netip.MustParsePrefix(prefix), reason} }

// specials are the registries "IPv4/IPv6 Special-Purpose Address Space" of IANA, and in front of them what clouds answer
// with secrets. The first that matches gives the reason.
var specials = []special{
	block("169.254.169.254/32", "cloud metadata"),
	block("169.254.170.2/32", "cloud metadata"),   // containers of AWS
	block("169.254.170.23/32", "cloud metadata"),  // pods of AWS
	block("100.100.100.200/32", "cloud metadata"), // Alibaba
	block("168.63.129.16/32", "cloud metadata"),   // Azure, an address that looks public
	block("192.0.0.192/32", "cloud metadata"),     // Oracle
	block("fd00:ec2::/32", "cloud metadata"),      // AWS, all its local services
	block("fd20:ce::254/128", "cloud metadata"),   // Google
	block("0.0.0.0/32", "unspecified"),
	block("0.0.0.0/8", "this network (RFC 791)"),
	block("10.0.0.0/8", "private (RFC 1918)"),
	block("100.64.0.0/10", "carrier-grade NAT (RFC 6598)"),
	block("127.0.0.0/8", "loopback (RFC 1122)"),
	block("169.254.0.0/16", "link-local (RFC 3927)"),
	block("172.16.0.0/12", "private (RFC 1918)"),
	block("192.0.0.0/24", "protocol assignments (RFC 6890)"),
	block("192.0.2.0/24", "documentation (RFC 5737)"),
	block("192.88.99.0/24", "6to4 relay (RFC 7526)"),
	block("192.168.0.0/16", "private (RFC 1918)"),
	block("198.18.0.0/15", "benchmarking (RFC 2544)"),
	block("198.51.100.0/24", "documentation (RFC 5737)"),
	block("203.0.113.0/24", "documentation (RFC 5737)"),
	block("224.0.0.0/4", "multicast (RFC 5771)"),
	block("255.255.255.255/32", "broadcast (RFC 919)"),
	block("240.0.0.0/4", "reserved (RFC 1112)"),
	block("::/128", "unspecified"),
	block("::1/128", "loopback (RFC 4291)"),
	block("::/96", "IPv4-compatible (RFC 4291)"),
	block("64:ff9b:1::/48", "local NAT64 (RFC 8215)"),
	block("100::/64", "discard (RFC 6666)"),
	block("2001::/32", "Teredo (RFC 4380)"),
	block("2001:2::/48", "benchmarking (RFC 5180)"),
	block("2001::/23", "protocol assignments (RFC 2928)"),
	block("2001:db8::/32", "documentation (RFC 3849)"),
	block("2002::/16", "6to4 (RFC 3056)"),
	block("3fff::/20", "documentation (RFC 9637)"),
	block("fc00::/7", "unique local (RFC 4193)"),
	block("fe80::/10", "link-local (RFC 4291)"),
	block("fec0::/10", "site-local (RFC 3879)"),
	block("ff00::/8", "multicast (RFC 4291)"),
}

var (
	nat64         = netip.MustParsePrefix("64:ff9b::/96")
	globalUnicast = netip.MustParsePrefix("2000::/3")
)

// internalReason says why an address, neither mapped nor with a zone, is not for the public; "" for those that are. One
// behind NAT64 is what it stands for, since networks without IPv4 reach every IPv4 server by it (RFC 6052).
func internalReason(addr netip.Addr) string {
	if !addr.IsValid() {
		return "not an IP address"
	}
	if nat64.Contains(addr) {
		b := addr.As16()
		if reason := internalReason(netip.AddrFrom4([4]byte(b[12:]))); reason != "" {
			return "NAT64 of " + reason
		}
		return ""
	}
	for i := range specials {
		if specials[i].prefix.Contains(addr) {
			return specials[i].reason
		}
	}
	if addr.Is6() && !globalUnicast.Contains(addr) {
		return "no global unicast address (RFC 4291)"
	}
	return ""
}
