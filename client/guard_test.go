package client

import (
	"errors"
	"net"
	"net/netip"
	"strings"
	"testing"
)

// TestGuard: what is refused has its reason; the others have none.
func TestGuard(t *testing.T) {
	t.Parallel()
	for _, row := range []struct{ id, addr, reason string }{
		{"REDIR-20", "127.0.0.1", "loopback"}, {"REDIR-20", "127.255.255.254", "loopback"}, {"REDIR-20", "126.255.255.255", ""},
		{"REDIR-20", "128.0.0.1", ""}, {"REDIR-20", "10.0.0.1", "private"}, {"REDIR-20", "10.255.255.255", "private"},
		{"REDIR-20", "9.255.255.255", ""}, {"REDIR-20", "11.0.0.0", ""}, {"REDIR-20", "172.16.0.1", "private"},
		{"REDIR-20", "172.31.255.255", "private"}, {"REDIR-20", "172.15.255.255", ""}, {"REDIR-20", "172.32.0.0", ""},
		{"REDIR-20", "192.168.1.1", "private"}, {"REDIR-20", "192.167.255.255", ""}, {"REDIR-20", "192.169.0.0", ""},
		{"REDIR-20", "169.254.1.1", "link-local"}, {"REDIR-20", "169.253.255.255", ""}, {"REDIR-20", "::1", "loopback"},
		{"REDIR-20", "fc00::1", "unique local"}, {"REDIR-20", "fdff::1", "unique local"}, {"REDIR-20", "fe80::1", "link-local"},
		{"REDIR-20", "fe80::1%eth0", "link-local"}, {"REDIR-20", "febf::1", "link-local"},
		{"REDIR-21", "0.0.0.0", "unspecified"}, {"REDIR-21", "0.1.2.3", "this network"}, {"REDIR-21", "1.0.0.0", ""},
		{"REDIR-21", "100.64.0.1", "carrier-grade"}, {"REDIR-21", "100.127.255.255", "carrier-grade"}, {"REDIR-21", "100.63.255.255", ""},
		{"REDIR-21", "100.128.0.0", ""}, {"REDIR-21", "192.0.0.1", "protocol"}, {"REDIR-21", "192.0.1.0", ""},
		{"REDIR-21", "192.0.2.1", "documentation"}, {"REDIR-21", "198.51.100.7", "documentation"}, {"REDIR-21", "203.0.113.9", "documentation"},
		{"REDIR-21", "192.88.99.1", "6to4 relay"}, {"REDIR-21", "198.18.0.1", "benchmarking"}, {"REDIR-21", "198.19.255.255", "benchmarking"},
		{"REDIR-21", "198.17.255.255", ""}, {"REDIR-21", "198.20.0.0", ""}, {"REDIR-21", "224.0.0.1", "multicast"},
		{"REDIR-21", "239.255.255.255", "multicast"}, {"REDIR-21", "223.255.255.255", ""}, {"REDIR-21", "240.0.0.1", "reserved"},
		{"REDIR-21", "255.255.255.255", "broadcast"}, {"REDIR-21", "169.254.169.254", "cloud"}, {"REDIR-21", "169.254.170.2", "cloud"},
		{"REDIR-21", "100.100.100.200", "cloud"}, {"REDIR-21", "168.63.129.16", "cloud"}, {"REDIR-21", "168.63.129.17", ""},
		{"REDIR-21", "192.0.0.192", "cloud"}, {"REDIR-21", "fd00:ec2::254", "cloud"}, {"REDIR-21", "fd20:ce::254", "cloud"},
		{"REDIR-21", "::", "unspecified"}, {"REDIR-21", "::7f00:1", "IPv4-compatible"}, {"REDIR-21", "::ffff:127.0.0.1", "loopback"},
		{"REDIR-21", "::ffff:10.1.2.3", "private"}, {"REDIR-21", "::ffff:169.254.169.254", "cloud"}, {"REDIR-21", "::ffff:8.8.8.8", ""},
		{"REDIR-21", "::ffff:0:7f00:1", "no global unicast"}, {"REDIR-21", "64:ff9b::127.0.0.1", "NAT64 of loopback"},
		{"REDIR-21", "64:ff9b::a9fe:a9fe", "NAT64 of cloud"}, {"REDIR-21", "64:ff9b::8.8.8.8", ""}, {"REDIR-21", "64:ff9b:1::8.8.8.8", "local NAT64"},
		{"REDIR-21", "100::1", "discard"}, {"REDIR-21", "2001::1", "Teredo"}, {"REDIR-21", "2001:2::1", "benchmarking"},
		{"REDIR-21", "2001:20::1", "protocol"}, {"REDIR-21", "2001:db8::1", "documentation"}, {"REDIR-21", "3fff::1", "documentation"},
		{"REDIR-21", "2002:7f00:1::", "6to4"}, {"REDIR-21", "fec0::1", "site-local"}, {"REDIR-21", "ff02::1", "multicast"},
		{"REDIR-21", "5f00::1", "no global unicast"}, {"REDIR-21", "4000::1", "no global unicast"},
		{"REDIR-21", "2606:4700:4700::1111", ""}, {"REDIR-21", "2a00:1450::1", ""}, {"REDIR-21", "8.8.8.8", ""},
	} {
		t.Run(row.id+" "+row.addr, func(t *testing.T) {
			var g *Guard
			err := g.Check(netip.MustParseAddr(row.addr))
			switch {
			case row.reason == "" && err != nil:
				t.Errorf("refused: %v", err)
			case row.reason == "":
			case !errors.Is(err, ErrInternalAddress) || !errors.Is(err, ErrConnect) || !strings.Contains(err.Error(), "refused: "+row.reason):
				t.Errorf("%v, want %s", err, row.reason)
			}
		})
	}
	if err := new(Guard).Check(netip.Addr{}); !errors.Is(err, ErrInternalAddress) {
		t.Errorf("an invalid address: %v", err)
	}
}

// TestGuardAllows: the list lets through what it names, and nothing else.
func TestGuardAllows(t *testing.T) {
	t.Parallel()
	g := &Guard{Allow: []netip.Prefix{netip.MustParsePrefix("10.1.0.0/16"), netip.MustParsePrefix("fd00::/64")}}
	for addr, want := range map[string]bool{
		"10.1.2.3": true, "::ffff:10.1.2.3": true, "10.2.0.0": false, "fd00::5": true, "fd00:0:0:1::5": false, "64:ff9b::10.1.2.3": false,
	} {
		if err := g.Check(netip.MustParseAddr(addr)); (err == nil) != want {
			t.Errorf("%s: %v", addr, err)
		}
	}
}

// TestGuardControl: a dialer reaches nobody whom the guard refuses.
func TestGuardControl(t *testing.T) {
	t.Parallel()
	l, err := net.Listen("tcp", "127.0.0.1:0")
	if err != nil {
		t.Fatal(err)
	}
	defer l.Close()
	if c, err := (&net.Dialer{Control: (&Guard{}).Control}).DialContext(t.Context(), "tcp", l.Addr().String()); !errors.Is(err, ErrInternalAddress) {
		t.Errorf("%v, %v", c, err)
	}
	allowed := &Guard{Allow: []netip.Prefix{netip.MustParsePrefix("127.0.0.0/8")}}
	c, err := (&net.Dialer{Control: allowed.Control}).DialContext(t.Context(), "tcp", l.Addr().String())
	if err != nil {
		t.Fatal(err)
	}
	c.Close()
	if err := allowed.Control("unix", "/a/socket", nil); !errors.Is(err, ErrInternalAddress) {
		t.Errorf("a socket that is not of IP: %v", err)
	}
}
