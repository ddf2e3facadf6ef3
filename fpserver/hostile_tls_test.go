package fpserver

import (
	"bytes"
	"crypto/tls"
	"encoding/binary"
	"fmt"
	"io"
	"net"
	"slices"
	"strings"
	"testing"
	"time"

	"github.com/wirelike/wirelike/fingerprint"
)

func TestHostileTLS(t *testing.T) {
	hello := clientHello(t, "http/1.1")
	few := func(s *Server) { s.limits.handshakes, s.limits.patience = 4, time.Millisecond }
	runAttacks(t, []attack{
		{"SSLv2 hello", nil, noTLS, func(h *hostile) {
			h.send("\x80\x2e\x01\x00\x02\x00\x15\x00\x00\x00\x10\x07\x00\xc0\x03\x00\x80\x01\x00\x80" + strings.Repeat("\x55", 28))
			h.await()
		}, "", "tls: ", "obsolete since 2011 (RFC 6176)"},
		{"HTTP on the TLS port", nil, noTLS, func(h *hostile) { h.send("GET /x HTTP/1.1\r\nHost: x\r\n\r\n"); h.raw.CloseWrite(); h.await() },
			"HTTP/1.1 400 Bad Request\r\nContent-Type: text/plain; charset=utf-8\r\nConnection: close\r\n\r\n" + plainAnswer,
			"tls: plain HTTP on a TLS port", "the answer says what is wrong"},
		{"HTTP on the TLS port, head of 1 MB", nil, noTLS, func(h *hostile) {
			h.send("POST /x HTTP/1.1\r\nX: " + strings.Repeat("x", 1<<20))
			h.await()
		}, "", "tls: plain HTTP on a TLS port", "not all of it is read"},
		{"TLS on the plain port", func(s *Server) { s.NoTLS = true }, noTLS, func(h *hostile) { h.rush(string(fragments(hello, 1<<14))); h.await() },
			"", errTLSOnPlain.Error(), "closed, not answered in HTTP"},
		{"TLS on the plain port, one byte", func(s *Server) { s.NoTLS = true }, noTLS, func(h *hostile) { h.rush("\x16"); h.await() },
			"", errTLSOnPlain.Error(), "the first byte says enough"},
		{"TLS on the plain port, HTTP/2 only", func(s *Server) { s.NoTLS, s.HTTP2Only = true, true }, noTLS,
			func(h *hostile) { h.rush(string(fragments(hello, 1<<14))); h.await() }, "", errTLSOnPlain.Error(), "as above"},
		{"garbage", nil, noTLS, func(h *hostile) { h.send(strings.Repeat("\x00\xff\x13", 1<<20)); h.await() }, "", "tls: ", "no record"},
		{"record of 64 KB", nil, noTLS, func(h *hostile) { h.send("\x16\x03\x01\xff\xff" + strings.Repeat("x", 1<<16)); h.await() }, "", "tls: ", "too long"},
		{"empty records", nil, noTLS, func(h *hostile) { h.send(strings.Repeat("\x16\x03\x01\x00\x00", 10_000)); h.await() }, "", "tls: ", "forbidden for handshakes (RFC 8446 §5.1)"},
		{"hello of 16 MB", nil, noTLS, func(h *hostile) {
			h.send(string(fragments(append([]byte{1, 0xff, 0xff, 0xff}, make([]byte, 1<<20)...), 1<<14)))
			h.await()
		}, "", "tls: ", "longer than 64 KiB"},
		{"alerts", nil, noTLS, func(h *hostile) { h.send(strings.Repeat("\x15\x03\x01\x00\x02\x01\x5a", 1000)); h.await() }, "", "tls: ", "warnings without end"},
		{"no versions in common", nil, noTLS, func(h *hostile) {
			h.send(string(fragments(helloOf(1, 0), 1<<14)))
			h.await()
		}, "\x15\x03", "tls: ", "answered with an alert"},
		{"half-closed within a hello", nil, noTLS, func(h *hostile) { h.send(string(fragments(hello, 1<<14)[:100])); h.half(); h.await() }, "", "EOF", "no hello"},
		{"half-closed after a hello", nil, noTLS, func(h *hostile) { h.send(string(fragments(hello, 1<<14))); h.half(); h.await() }, "\x16\x03\x03", "EOF", "no Finished"},
		{"reset within a hello", nil, noTLS, func(h *hostile) {
			h.send(string(fragments(hello, 1<<14)[:100]))
			h.reset()
			h.await()
		}, "", "tls: ", "a RST instead of a FIN"},
		{"all handshakes stall", few, noTLS, func(h *hostile) {
			h.send("\x16\x03")
			stall(h, 20)
			h.await()
		}, "", errMadeWay.Error(), "the oldest makes way"},
		{"all connections idle", func(s *Server) { s.limits.open, s.limits.patience = 8, time.Millisecond }, "http/1.1", func(h *hostile) {
			h.send("GET / HT")
			stall(h, 20)
			h.await()
		}, "", errMadeWay.Error(), "as above"},
	})
	runStalls(t, []attack{
		{"nothing", nil, noTLS, func(h *hostile) { h.send("\x16"); h.await() }, "", "timeout", "a handshake has a time limit"},
		{"half a hello, then silence", nil, noTLS, func(h *hostile) { h.send(string(fragments(hello, 1<<14)[:100])); h.await() }, "", "timeout", "as above"},
		{"a hello, then silence", nil, noTLS, func(h *hostile) { h.send(string(fragments(hello, 1<<14))); h.await() }, "\x16\x03\x03", "timeout", "as above, after the answer"},
	})
}

// stall makes so many connections that send nothing but the beginning of a record, and are open until the server ends them
// or the attack is over.
func stall(h *hostile, n int) {
	for range n {
		c, err := net.Dial("tcp", address(h.s))
		if err != nil {
			h.t.Error(err)
			return
		}
		h.t.Cleanup(func() { c.Close() })
		io.WriteString(c, "\x16")
		h.others = append(h.others, c)
	}
}

// clientHello returns the hello of crypto/tls, whole.
func clientHello(t *testing.T, alpn ...string) []byte {
	t.Helper()
	near, far := net.Pipe()
	go func() {
		defer far.Close()
		tls.Client(far, &tls.Config{ServerName: "localhost", NextProtos: alpn}).Handshake()
	}()
	defer near.Close()
	var msg []byte
	for len(msg) < 4 || len(msg) < 4+(int(msg[1])<<16|int(msg[2])<<8|int(msg[3])) {
		var header [5]byte
		if _, err := io.ReadFull(near, header[:]); err != nil {
			t.Fatal(err)
		}
		fragment := make([]byte, binary.BigEndian.Uint16(header[3:]))
		io.ReadFull(near, fragment)
		msg = append(msg, fragment...)
	}
	return msg
}

// extension is one extension of a hello, as raw bytes.
type extension struct {
	typ  uint16
	body []byte
}

// splitHello cuts a hello before its extensions; joinHello puts it together again, with the lengths that follow.
func splitHello(msg []byte) (head []byte, exts []extension) {
	at := 4 + 2 + 32
	at += 1 + int(msg[at])
	at += 2 + int(binary.BigEndian.Uint16(msg[at:]))
	at += 1 + int(msg[at])
	head = msg[4:at]
	for b := msg[at+2:]; len(b) > 0; {
		n := int(binary.BigEndian.Uint16(b[2:]))
		exts = append(exts, extension{binary.BigEndian.Uint16(b), b[4 : 4+n]})
		b = b[4+n:]
	}
	return head, exts
}

func joinHello(head []byte, exts []extension) []byte {
	var block []byte
	for _, e := range exts {
		block = binary.BigEndian.AppendUint16(block, e.typ)
		block = binary.BigEndian.AppendUint16(block, uint16(len(e.body)))
		block = append(block, e.body...)
	}
	body := slices.Clone(head)
	body = binary.BigEndian.AppendUint16(body, uint16(len(block)))
	body = append(body, block...)
	return append([]byte{1, byte(len(body) >> 16), byte(len(body) >> 8), byte(len(body))}, body...)
}

// TestHostileExtensions sends a good hello with each extension in turn empty, cut short, too long and twice, and with
// empty ones that crypto/tls does not send.
func TestHostileExtensions(t *testing.T) {
	head, exts := splitHello(clientHello(t, "h2", "http/1.1"))
	if len(exts) < 8 {
		t.Fatalf("%d extensions to begin with", len(exts))
	}
	for _, typ := range []uint16{1, 14, 17, 18, 21, 23, 24, 27, 28, 34, 35, 41, 42, 44, 47, 49, 57, 17513, 17613, 65037, 0x1a1a} {
		exts = append(exts, extension{typ, nil})
	}
	s := start(t, func(s *Server) { s.ErrorLog = discard })
	honest(t, s)
	over := baseline(t, s)
	n := len(s.Conns())
	send := func(name string, changed uint16, exts []extension) {
		msg := joinHello(head, exts)
		c, err := net.Dial("tcp", address(s))
		if err != nil {
			t.Fatal(err)
		}
		defer c.Close()
		c.Write(fragments(msg, 1<<14))
		c.(*net.TCPConn).CloseWrite()
		io.Copy(io.Discard, c)
		n++
		event := conns(t, s, n)[n-1]
		await(t, event)
		k := event.Capture()
		if len(k.Hellos) != 1 || !bytes.Equal(k.Hellos[0], msg) || !strings.HasPrefix(k.Error, "tls: ") {
			t.Errorf("%s: %d hellos, error %q", name, len(k.Hellos), k.Error)
		}
		f, err := event.Fingerprint()
		if err == nil {
			t.Errorf("%s: no error", name)
		}
		if f.TLS == nil {
			return // a list that ends within an item has no fingerprint; the error says why
		}
		for _, sum := range fingerprint.Sums(f) {
			// A name that needs what is malformed is missing, and says so; no other is.
			named := sum.Err != nil && strings.Contains(sum.Err.Error(), fmt.Sprintf("(%d)", changed))
			if strings.HasPrefix(sum.Name, "ja") && (sum.Hash != "") == named {
				t.Errorf("%s: %s is %q, %v", name, sum.Name, sum.Hash, sum.Err)
			}
		}
	}
	send("as it is", 0, exts)
	for i, e := range exts {
		change := func(what string, body []byte) {
			changed := slices.Clone(exts)
			changed[i].body = body
			send(fmt.Sprintf("extension %d %s", e.typ, what), e.typ, changed)
		}
		change("empty", nil)
		change("with a byte more", append(slices.Clone(e.body), 0xff))
		if len(e.body) > 0 {
			change("cut by a byte", e.body[:len(e.body)-1])
			change("cut to a byte", e.body[:1])
		}
		send(fmt.Sprintf("extension %d twice", e.typ), 0, append(slices.Clone(exts), e))
	}
	honest(t, s)
	over(0)
}

// pieces is a connection that writes so few bytes at a time, each its own TCP segment.
type pieces struct {
	net.Conn
	n int
}

func (c *pieces) Write(b []byte) (int, error) {
	for chunk := range slices.Chunk(b, c.n) {
		if _, err := c.Conn.Write(chunk); err != nil {
			return 0, err
		}
	}
	return len(b), nil
}

// TestHostileButGood sends hellos of forms that are rare, and right: the handshake has to succeed.
func TestHostileButGood(t *testing.T) {
	long := func(size int) []string {
		protocols := []string{"http/1.1"}
		for ; size > 0; size -= 250 {
			protocols = append(protocols, strings.Repeat("x", 249))
		}
		return protocols
	}
	s := start(t, nil)
	for i, row := range []struct {
		name    string
		wrap    func(net.Conn) net.Conn
		alpn    []string
		size    int // of the hello, at least
		records int // at least
	}{
		{"records of one byte", func(c net.Conn) net.Conn { return &splitter{Conn: c, n: 1} }, []string{"http/1.1"}, 1000, maxRecords},
		{"records of 100 bytes", func(c net.Conn) net.Conn { return &splitter{Conn: c, n: 100} }, []string{"http/1.1"}, 1000, 10},
		{"segments of one byte", func(c net.Conn) net.Conn { return &pieces{c, 1} }, []string{"http/1.1"}, 1000, 1},
		{"segments of 7 bytes", func(c net.Conn) net.Conn { return &pieces{c, 7} }, []string{"http/1.1"}, 1000, 1},
		{"20 KB", func(c net.Conn) net.Conn { return c }, long(20_000), 20_000, 2},
		{"60 KB", func(c net.Conn) net.Conn { return c }, long(60_000), 60_000, 4},
		{"60 KB in segments of 100 bytes", func(c net.Conn) net.Conn { return &pieces{c, 100} }, long(60_000), 60_000, 4},
	} {
		raw, err := net.Dial("tcp", address(s))
		if err != nil {
			t.Fatal(err)
		}
		c := tls.Client(row.wrap(raw), &tls.Config{RootCAs: s.CertPool(), ServerName: "localhost", NextProtos: row.alpn})
		io.WriteString(c, "GET /status/204 HTTP/1.1\r\nHost: x\r\nConnection: close\r\n\r\n")
		b, err := io.ReadAll(c)
		c.Close()
		if err != nil || !strings.HasPrefix(string(b), "HTTP/1.1 204 ") {
			t.Errorf("%s: %.100q, %v", row.name, b, err)
		}
		event := conns(t, s, i+1)[i]
		await(t, event)
		k := event.Capture()
		f, err := event.Fingerprint()
		if err != nil || len(k.Hellos) != 1 || len(k.Hellos[0]) < row.size || len(k.Records) < row.records || f.TLS == nil || len(f.HTTP1.Requests) != 1 {
			t.Errorf("%s: %d hellos, %d records, %v", row.name, len(k.Hellos), len(k.Records), err)
		}
	}
}
