package fpserver

import (
	"encoding/binary"
	"errors"
	"strconv"
)

// TCP is what the first segment of a client, its SYN (RFC 9293 §3.1), and the IP header around it show: the work of the
// client's system rather than of its HTTP library. A proxy or a NAT on the way shows its own.
type TCP struct {
	// IPVersion is 4 or 6.
	IPVersion int `json:"ip_version"`
	// TTL is what the hops on the way have left of the client's time to live (IPv6: hop limit).
	TTL uint8 `json:"ttl"`
	// DF tells whether the header of IPv4 forbids fragments; IPv6 has no such bit.
	DF bool `json:"df"`
	// Window is the receive window, in bytes; in a SYN it is never scaled.
	Window uint16 `json:"window"`
	// MSS is the longest segment that the client takes, in bytes; 0 when it does not say.
	MSS uint16 `json:"mss"`
	// WindowScale is the shift count for later windows, null without that option.
	WindowScale *uint8 `json:"window_scale"`
	// Options are the TCP options in their order: "mss", "nop", "ws", "sack" (permitted), "ts", "tfo", "mptcp", "eol"
	// (after which there is only padding), others by their number.
	Options []string `json:"options"`
}

// The kinds of TCP options, from the IANA registry "TCP Option Kind Numbers".
const (
	tcpEOL         = 0
	tcpNOP         = 1
	tcpMSS         = 2
	tcpWindowScale = 3
)

var tcpOptionNames = map[byte]string{tcpEOL: "eol", tcpNOP: "nop", tcpMSS: "mss", tcpWindowScale: "ws", 4: "sack", 8: "ts", 30: "mptcp", 34: "tfo"}

const (
	ipv6Header = 40
	tcpHeader  = 20
	ipTCP      = 6 // the protocol number of TCP
	flagSYN    = 0x02
)

var errSYN = errors.New("tcp: not the headers of a SYN segment")

// parseSYN reads the IP header and the TCP header of a SYN segment.
func parseSYN(b []byte) (*TCP, error) {
	if len(b) == 0 {
		return nil, errSYN
	}
	t := &TCP{IPVersion: int(b[0] >> 4), Options: []string{}}
	switch t.IPVersion {
	case 4:
		n := int(b[0]&0x0f) * 4
		if n < 20 || len(b) < n || b[9] != ipTCP {
			return nil, errSYN
		}
		t.TTL, t.DF = b[8], b[6]&0x40 != 0
		b = b[n:]
	case 6:
		if len(b) < ipv6Header {
			return nil, errSYN
		}
		t.TTL = b[7]
		var ok bool
		if b, ok = skipIPv6Extensions(b[6], b[ipv6Header:]); !ok {
			return nil, errSYN
		}
	default:
		return nil, errSYN
	}
	if len(b) < tcpHeader || b[13]&flagSYN == 0 {
		return nil, errSYN
	}
	end := int(b[12]>>4) * 4
	if end < tcpHeader || len(b) < end {
		return nil, errSYN
	}
	t.Window = binary.BigEndian.Uint16(b[14:])
	return t, t.options(b[tcpHeader:end])
}

// skipIPv6Extensions steps over the extension headers between the IPv6 header and that of TCP (RFC 8200 §4).
func skipIPv6Extensions(next byte, b []byte) ([]byte, bool) {
	for next != ipTCP {
		if len(b) < 8 {
			return nil, false
		}
		n := 8 // of a fragment header
		switch next {
		case 0, 43, 60: // hop-by-hop options, routing, destination options
			n = 8 * (int(b[1]) + 1)
		case 44:
		default:
			return nil, false
		}
		if len(b) < n {
			return nil, false
		}
		next, b = b[0], b[n:]
	}
	return b, true
}

// options reads the TCP options, of which there are 40 bytes at most (RFC 9293 §3.2).
func (t *TCP) options(b []byte) error {
	for len(b) > 0 {
		kind, n := b[0], 1
		if kind != tcpEOL && kind != tcpNOP {
			if len(b) < 2 || b[1] < 2 || len(b) < int(b[1]) {
				return errSYN
			}
			n = int(b[1])
		}
		name := tcpOptionNames[kind]
		if name == "" {
			name = strconv.Itoa(int(kind))
		}
		t.Options = append(t.Options, name)
		switch {
		case kind == tcpEOL:
			return nil
		case kind == tcpMSS && n == 4:
			t.MSS = binary.BigEndian.Uint16(b[2:])
		case kind == tcpWindowScale && n == 3:
			shift := b[2]
			t.WindowScale = &shift
		}
		b = b[n:]
	}
	return nil
}
