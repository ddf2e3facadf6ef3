package fpserver

import (
	"encoding/hex"
	"net"
	"reflect"
	"runtime"
	"slices"
	"strings"
	"testing"
)

func unhex(t testing.TB, s string) []byte {
	t.Helper()
	b, err := hex.DecodeString(strings.ReplaceAll(s, " ", ""))
	if err != nil {
		t.Fatal(err)
	}
	return b
}

// SYN segments: an IP header, a TCP header.
const (
	ipv4SYN     = "4500003c1c4640004006206e7f0000017f000001 d4311f9000000001 00000000a002ffd7fe300000"
	ipv6SYN     = "600a0b0c00280640 00000000000000000000000000000001 00000000000000000000000000000001 d4311f900000000100000000a002ffc400300000"
	linuxOpts   = "0204ffd7 0402080a0102030400000000 01 030307"
	windowsSYN  = "450000340001400080060000c0a80102c0a80103 d4311f900000000100000000 8002faf000000000 020405b4 01 030308 01 01 0402"
	macSYN      = "450000400000400040060000c0a80102c0a80103 d4311f900000000100000000 b002ffff00000000 020405b4 01 030306 0101 080a0102030400000000 0402 0000"
	extendedSYN = "6000000000400040" + "00000000000000000000000000000001" + "00000000000000000000000000000001" + // next: hop-by-hop
		"2b00050200000000" + "3c00000000000000" + "2c01000000000000 0000000000000000" + "0600000000000001" + // routing, options, fragment
		"d4311f9000000001000000005002040000000000"
)

func shift(n uint8) *uint8 { return &n }

func TestParseSYN(t *testing.T) {
	t.Parallel()
	for _, row := range []struct {
		name, in string
		want     TCP
		reason   string
	}{
		{"Linux, IPv4", ipv4SYN + linuxOpts, TCP{IPVersion: 4, TTL: 64, DF: true, Window: 65495, MSS: 65495, WindowScale: shift(7), Options: []string{"mss", "sack", "ts", "nop", "ws"}}, "loopback"},
		{"Linux, IPv6", ipv6SYN + linuxOpts, TCP{IPVersion: 6, TTL: 64, Window: 65476, MSS: 65495, WindowScale: shift(7), Options: []string{"mss", "sack", "ts", "nop", "ws"}}, "no DF bit there"},
		{"Windows", windowsSYN, TCP{IPVersion: 4, TTL: 128, DF: true, Window: 64240, MSS: 1460, WindowScale: shift(8), Options: []string{"mss", "nop", "ws", "nop", "nop", "sack"}}, "no timestamps"},
		{"macOS", macSYN, TCP{IPVersion: 4, TTL: 64, DF: true, Window: 65535, MSS: 1460, WindowScale: shift(6), Options: []string{"mss", "nop", "ws", "nop", "nop", "ts", "sack", "eol"}}, "after eol there is padding"},
		{"IPv4 with options, no TCP options", "46000000000000000506000000000000 00000000 01010101 d4311f90000000010000000050c2000100000000", TCP{IPVersion: 4, TTL: 5, Window: 1, Options: []string{}}, "IHL of 6; ECN flags beside SYN"},
		{"IPv6 with extension headers", extendedSYN, TCP{IPVersion: 6, TTL: 64, Window: 1024, Options: []string{}}, "RFC 8200 §4"},
		{"a scale of zero", ipv4SYN[:len(ipv4SYN)-len("a002ffd7fe300000")] + "6002ffd7fe300000" + "03030001", TCP{IPVersion: 4, TTL: 64, DF: true, Window: 65495, WindowScale: shift(0), Options: []string{"ws", "nop"}}, "the option is there, which is not nothing"},
		{"unknown options", ipv4SYN[:len(ipv4SYN)-len("a002ffd7fe300000")] + "8002ffd7fe300000" + "fd04abcd 2202 1e02 0202 0302", TCP{IPVersion: 4, TTL: 64, DF: true, Window: 65495, Options: []string{"253", "tfo", "mptcp", "mss", "ws"}}, "of the wrong length, an option has no value"},
	} {
		got, err := parseSYN(unhex(t, row.in))
		if err != nil || !reflect.DeepEqual(*got, row.want) {
			t.Errorf("%s (%s): %+v, %v, want %+v", row.name, row.reason, got, err, row.want)
		}
	}
}

func TestParseSYNRefuses(t *testing.T) {
	t.Parallel()
	for _, row := range []struct{ name, in string }{
		{"IP version 5", "5" + ipv4SYN[1:] + linuxOpts},
		{"UDP over IPv4", strings.Replace(ipv4SYN, "4006206e", "4011206e", 1) + linuxOpts},
		{"UDP over IPv6", strings.Replace(ipv6SYN, "0640", "1140", 1) + linuxOpts},
		{"IP header of 16 bytes", "44" + ipv4SYN[2:] + linuxOpts},
		{"no SYN", strings.Replace(ipv4SYN, "a002ffd7", "a010ffd7", 1) + linuxOpts},
		{"TCP header of 16 bytes", strings.Replace(ipv4SYN, "a002ffd7", "4002ffd7", 1) + linuxOpts},
		{"TCP header longer than there is", strings.Replace(ipv4SYN, "a002ffd7", "b002ffd7", 1) + linuxOpts},
		{"option of no length", ipv4SYN + "0200" + linuxOpts[4:]},
		{"option of one byte", ipv4SYN + "0201" + linuxOpts[4:]},
		{"option longer than the header", ipv4SYN + "0229" + linuxOpts[4:]},
	} {
		if got, err := parseSYN(unhex(t, row.in)); err == nil {
			t.Errorf("%s: %+v", row.name, got)
		}
	}
	for _, whole := range []string{ipv4SYN + linuxOpts, ipv6SYN + linuxOpts, windowsSYN, macSYN, extendedSYN} {
		b := unhex(t, whole)
		for n := range b {
			if got, err := parseSYN(b[:n:n]); err == nil {
				t.Errorf("%d of %d bytes: %+v", n, len(b), got)
			}
		}
	}
}

func FuzzParseSYN(f *testing.F) {
	for _, s := range []string{ipv4SYN + linuxOpts, ipv6SYN + linuxOpts, windowsSYN, macSYN, extendedSYN} {
		f.Add(unhex(f, s))
	}
	f.Fuzz(func(t *testing.T, b []byte) {
		s, err := parseSYN(b)
		if err != nil {
			return
		}
		if len(s.Options) > 40 || len(b) < 40 || s.IPVersion != int(b[0]>>4) || slices.Contains(s.Options, "") {
			t.Errorf("%x: %+v", b, s)
		}
		if again, err := parseSYN(append(slices.Clone(b), 1, 2, 3)); err != nil || !reflect.DeepEqual(s, again) {
			t.Errorf("%x: %+v with more behind it, %v, in place of %+v", b, again, err, s)
		}
	})
}

// TestTCP checks what the server tells of this machine's own SYN segments.
func TestTCP(t *testing.T) {
	t.Parallel()
	for _, plain := range []bool{false, true} {
		s := start(t, func(s *Server) { s.NoTLS = plain })
		_, b := fetch(t, s.Client(), "GET", s.URL+"/fp", nil)
		got, c := decode[Report](t, b).Connection.TCP, s.Conns()[0]
		if runtime.GOOS != "linux" {
			if got != nil || c.TCP != nil {
				t.Errorf("%+v, %+v on a system that does not tell", got, c.TCP)
			}
			continue
		}
		if got == nil || !reflect.DeepEqual(got, c.TCP) {
			t.Fatalf("%+v, %+v", got, c.TCP)
		}
		version := 6
		if c.RemoteAddr.(*net.TCPAddr).IP.To4() != nil {
			version = 4
		}
		if got.IPVersion != version || got.TTL == 0 || got.Window == 0 || got.MSS < 500 || !slices.Contains(got.Options, "mss") || slices.Contains(got.Options, "ws") != (got.WindowScale != nil) {
			t.Errorf("%+v", got)
		}
		if !strings.Contains(string(b), `"ttl": `) || !strings.Contains(string(b), `"window_scale": `) {
			t.Errorf("%.600s", b)
		}
	}
}
