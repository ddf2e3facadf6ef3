package fpserver

import (
	"bytes"
	"crypto/tls"
	"encoding/binary"
	"errors"
	"fmt"
	"io"
	"net"
	"net/http"
	"os"
	"slices"
	"sync"
	"testing"
	"time"

	"github.com/wirelike/wirelike/fingerprint"
)

// recordOf wraps a fragment into a TLS record.
func recordOf(typ byte, version uint16, fragment []byte) []byte {
	b := []byte{typ}
	b = binary.BigEndian.AppendUint16(b, version)
	b = binary.BigEndian.AppendUint16(b, uint16(len(fragment)))
	return append(b, fragment...)
}

// helloOf makes a ClientHello message with an extension of that many bytes.
func helloOf(random byte, padding int) []byte {
	body := append([]byte{3, 3}, bytes.Repeat([]byte{random}, 32)...)
	body = append(body, 0, 0, 2, 0x13, 0x01, 1, 0)
	body = binary.BigEndian.AppendUint16(body, uint16(4+padding))
	body = append(body, 0x77, 0x77)
	body = binary.BigEndian.AppendUint16(body, uint16(padding))
	body = append(body, make([]byte, padding)...)
	return append([]byte{1, byte(len(body) >> 16), byte(len(body) >> 8), byte(len(body))}, body...)
}

// fragments cuts a message into records of n bytes.
func fragments(msg []byte, n int) []byte {
	var out []byte
	for chunk := range slices.Chunk(msg, n) {
		out = append(out, recordOf(22, 0x0301, chunk)...)
	}
	return out
}

func TestHelloTee(t *testing.T) {
	t.Parallel()
	one, two := helloOf(1, 100), helloOf(1, 80)
	ccs := recordOf(20, 0x0303, []byte{1})
	finished12 := recordOf(22, 0x0303, append([]byte{1, 0, 0, 60}, make([]byte, 90)...)) // encrypted, by chance like a hello
	looksWhole := recordOf(22, 0x0303, two)                                              // encrypted, and by chance just like a hello
	keyExchange := recordOf(22, 0x0303, append([]byte{16, 0, 0, 33, 32}, make([]byte, 32)...))
	data := recordOf(23, 0x0303, make([]byte, 500))
	for _, row := range []struct {
		name            string
		in              []byte
		retried, failed bool
		hellos          [][]byte
		reason          string
	}{
		{"one record", fragments(one, 1<<14), false, false, [][]byte{one}, "the usual case"},
		{"one-byte records", fragments(one, 1), false, false, [][]byte{one}, "fragments may be of any length (RFC 8446 §5.1)"},
		{"three-byte records", fragments(one, 3), false, false, [][]byte{one}, "a header over two records"},
		{"with data behind", append(fragments(one, 50), data...), false, false, [][]byte{one}, "early data or requests"},
		{"TLS 1.2", slices.Concat(fragments(one, 1<<14), keyExchange, ccs, finished12), false, false, [][]byte{one}, "what follows is no hello"},
		{"TLS 1.2, resumed", slices.Concat(fragments(one, 1<<14), ccs, finished12), false, false, [][]byte{one}, "an encrypted record begins like a hello"},
		{"TLS 1.2, resumed, by chance", slices.Concat(fragments(one, 1<<14), ccs, looksWhole), false, false, [][]byte{one}, "only a HelloRetryRequest makes a second hello"},
		{"TLS 1.2, resumed and failed", slices.Concat(fragments(one, 1<<14), ccs, finished12), false, true, [][]byte{one}, "what cannot be parsed is no hello"},
		{"retry", slices.Concat(fragments(one, 1<<14), ccs, fragments(two, 1<<14), ccs, data), true, false, [][]byte{one, two}, "middlebox compatibility mode"},
		{"retry without CCS", slices.Concat(fragments(one, 7), fragments(two, 5), data), true, false, [][]byte{one, two}, "CCS is optional"},
		{"retry after early data", slices.Concat(fragments(one, 1<<14), data, ccs, fragments(two, 1<<14)), true, false, [][]byte{one, two}, "0-RTT that was not accepted"},
		{"retry, then failed", slices.Concat(fragments(one, 1<<14), fragments(two, 1<<14)), false, true, [][]byte{one, two}, "the failure shows both"},
		{"three hellos", slices.Concat(fragments(one, 99), fragments(two, 99), fragments(one, 99)), true, true, [][]byte{one, two}, "more than two there cannot be"},
		{"60 KB", fragments(helloOf(1, 60000), 1<<14), false, false, [][]byte{helloOf(1, 60000)}, "crypto/tls allows 64 KiB"},
		{"too long", recordOf(22, 0x0301, []byte{1, 1, 0, 1, 3, 3}), false, true, nil, "one byte more than crypto/tls allows"},
		{"cut off", fragments(one, 1<<14)[:80], false, true, nil, "no whole hello"},
		{"other message", recordOf(22, 0x0301, []byte{2, 0, 0, 0}), false, true, nil, "a ServerHello"},
	} {
		for _, piece := range []int{1, 7, 1 << 20} {
			tee := &helloTee{mu: &sync.Mutex{}}
			for chunk := range slices.Chunk(row.in, piece) {
				tee.feed(chunk)
			}
			tee.settle(row.retried, row.failed)
			if !slices.EqualFunc(tee.hellos, row.hellos, func(a fingerprint.Hex, b []byte) bool { return bytes.Equal(a, b) }) {
				t.Errorf("%s in pieces of %d (%s): %d hellos, want %d", row.name, piece, row.reason, len(tee.hellos), len(row.hellos))
			}
			if tee.noTLS || len(tee.message) > 0 {
				t.Errorf("%s: plain %t, %d bytes left", row.name, tee.noTLS, len(tee.message))
			}
		}
	}
}

func TestHelloTeeRecords(t *testing.T) {
	t.Parallel()
	in := slices.Concat(recordOf(22, 0x0301, helloOf(1, 10)), recordOf(20, 0x0303, []byte{1}), recordOf(23, 0x0303, make([]byte, 300)))
	for range 2 * maxRecords {
		in = append(in, recordOf(23, 0x0303, []byte{7})...)
	}
	tee := &helloTee{mu: &sync.Mutex{}}
	tee.feed(in[:60])
	tee.settle(false, false)
	tee.feed(in[60:])
	want := []fingerprint.Record{{Type: 22, Version: 0x0301, Length: len(helloOf(1, 10))}, {Type: 20, Version: 0x0303, Length: 1}, {Type: 23, Version: 0x0303, Length: 300}}
	if len(tee.records) != maxRecords || !slices.Equal(tee.records[:3], want) || tee.records[3].Length != 1 {
		t.Errorf("%d records, first %v", len(tee.records), tee.records[:4])
	}
	if !tee.off {
		t.Error("the tee goes on looking")
	}
}

func TestHelloTeePlain(t *testing.T) {
	t.Parallel()
	for _, row := range []struct{ name, in, want string }{
		{"HTTP", "GET / HTTP/1.1\r\n\r\n", "GET / HTTP/1.1\r\n\r\n"},
		{"SSLv2 hello", "\x80\x2e\x01\x00\x02\x00\x15", "\x80\x2e\x01\x00\x02\x00\x15"},
		{"empty record", "\x16\x03\x01\x00\x00", "\x16\x03\x01\x00\x00"},
		{"record too long", "\x16\x03\x01\xff\xff", "\x16\x03\x01\xff\xff"},
		{"less than a header", "GET", "GET"},
	} {
		for _, piece := range []int{1, 3, 100} {
			tee := &helloTee{mu: &sync.Mutex{}}
			for chunk := range slices.Chunk([]byte(row.in), piece) {
				tee.feed(chunk)
			}
			if got := string(tee.rest(true)); got != row.want || len(tee.records) != 0 {
				t.Errorf("%s in pieces of %d: %q, %d records", row.name, piece, got, len(tee.records))
			}
		}
	}
	tee := &helloTee{mu: &sync.Mutex{}}
	tee.feed(make([]byte, 100<<10))
	if len(tee.plain) != maxPlain {
		t.Errorf("%d bytes kept", len(tee.plain))
	}
}

// TestHurry checks that the end of the server does not wait for a client that takes no bytes.
func TestHurry(t *testing.T) {
	t.Parallel()
	c, other := net.Pipe()
	defer c.Close()
	defer other.Close()
	tee := &helloTee{Conn: c, mu: &sync.Mutex{}}
	tee.hurry.Store(true)
	for _, d := range []time.Time{{}, time.Now().Add(time.Hour)} {
		tee.SetWriteDeadline(d)
		if _, err := tee.Write([]byte("close_notify")); !errors.Is(err, os.ErrDeadlineExceeded) {
			t.Errorf("deadline %v: %v", d, err)
		}
	}
}

// splitter is a connection that cuts the first record, a ClientHello, into records of n bytes.
type splitter struct {
	net.Conn
	n    int
	done bool
}

func (c *splitter) Write(b []byte) (int, error) {
	if c.done {
		return c.Conn.Write(b)
	}
	c.done = true
	if _, err := c.Conn.Write(fragments(b[5:], c.n)); err != nil {
		return 0, err
	}
	return len(b), nil
}

func TestSplitHello(t *testing.T) {
	t.Parallel()
	s := start(t, nil)
	for i, n := range []int{1, 5, 400} {
		raw, err := net.Dial("tcp", address(s))
		if err != nil {
			t.Fatal(err)
		}
		var sent bytes.Buffer
		c := tls.Client(&splitter{Conn: &copier{Conn: raw, sent: &sent}, n: n}, &tls.Config{RootCAs: s.CertPool(), ServerName: "localhost", NextProtos: []string{"http/1.1"}})
		if err := c.Handshake(); err != nil {
			t.Fatalf("records of %d: %v", n, err)
		}
		k := conns(t, s, i+1)[i].Capture()
		c.Close()
		var hello []byte
		for b := sent.Bytes(); len(b) > 0 && b[0] == 22; b = b[5+n:] {
			n = int(binary.BigEndian.Uint16(b[3:]))
			hello = append(hello, b[5:5+n]...)
		}
		if len(k.Hellos) != 1 || !bytes.Equal(k.Hellos[0], hello) {
			t.Errorf("records of %d: %d hellos", n, len(k.Hellos))
		}
	}
}

// copier is a connection that keeps what is written.
type copier struct {
	net.Conn
	sent *bytes.Buffer
}

func (c *copier) Write(b []byte) (int, error) {
	c.sent.Write(b)
	return c.Conn.Write(b)
}

func TestHelloRetryRequest(t *testing.T) {
	t.Parallel()
	s := start(t, func(s *Server) { s.TLS = &tls.Config{CurvePreferences: []tls.CurveID{tls.CurveP384}} })
	client := &http.Client{Transport: &http.Transport{ForceAttemptHTTP2: true,
		TLSClientConfig: &tls.Config{RootCAs: s.CertPool(), CurvePreferences: []tls.CurveID{tls.X25519, tls.CurveP384}}}}
	defer client.CloseIdleConnections()
	_, b := fetch(t, client, "GET", s.URL+"/fp", nil)
	r := decode[Report](t, b)
	if !r.Connection.TLS.HRR || r.Connection.TLS.Group != "P-384" || r.Connection.TLS.Resumed {
		t.Errorf("tls %+v", r.Connection.TLS)
	}
	if len(r.Raw.Hellos) != 2 {
		t.Fatalf("%d hellos", len(r.Raw.Hellos))
	}
	group := func(msg []byte) fingerprint.ID {
		h, err := fingerprint.ParseClientHello(msg)
		if err != nil {
			t.Fatal(err)
		}
		return h.Extension(fingerprint.ExtKeyShare).Shares[0].Group
	}
	if a, b := group(r.Raw.Hellos[0]), group(r.Raw.Hellos[1]); a != 29 || b != 24 {
		t.Errorf("key shares for %d, then %d", a, b)
	}
}

func TestResumption(t *testing.T) {
	t.Parallel()
	for _, tickets := range []bool{false, true} {
		for _, version := range []uint16{tls.VersionTLS12, tls.VersionTLS13} {
			s := start(t, func(s *Server) {
				s.SessionTickets = tickets
				s.TLS = &tls.Config{MaxVersion: version}
			})
			config := &tls.Config{RootCAs: s.CertPool(), ClientSessionCache: tls.NewLRUClientSessionCache(0), NextProtos: []string{"http/1.1"}}
			for range 2 {
				c := dialConfig(t, s, config.Clone())
				io.WriteString(c, "GET /get HTTP/1.1\r\nHost: x\r\nConnection: close\r\n\r\n")
				io.Copy(io.Discard, c) // tickets of TLS 1.3 come after the handshake
				c.Close()
			}
			for i, c := range conns(t, s, 2) {
				await(t, c)
				k := c.Capture()
				f, err := c.Fingerprint()
				if err != nil || len(k.Hellos) != 1 {
					t.Fatalf("%d hellos, %v", len(k.Hellos), err)
				}
				resumed := tickets && i == 1
				psk := f.TLS.Extension(fingerprint.ExtPreSharedKey) != nil
				if k.Resumed != resumed || psk != (resumed && version == tls.VersionTLS13) {
					t.Errorf("tickets %t, %s, connection %d: resumed %t, psk %t", tickets, tls.VersionName(version), i, k.Resumed, psk)
				}
			}
		}
	}
}

func TestPlainHTTP(t *testing.T) {
	t.Parallel()
	s := start(t, nil)
	resp, b := fetch(t, http.DefaultClient, "GET", "http://"+address(s)+"/hello", nil)
	if resp.StatusCode != 400 || string(b) != plainAnswer {
		t.Errorf("%s: %q", resp.Status, b)
	}
	c := conns(t, s, 1)[0]
	await(t, c)
	f, err := c.Fingerprint()
	if err == nil || err.Error() != "fpserver: connection 1: tls: plain HTTP on a TLS port" {
		t.Errorf("error %v", err)
	}
	if f.TLS != nil || f.HTTP1 == nil || f.HTTP1.Requests[0].Target != "/hello" || c.TLS() != nil {
		t.Errorf("fingerprint %+v", f)
	}
}

func TestGarbage(t *testing.T) {
	t.Parallel()
	s := start(t, nil)
	for i, in := range []string{
		"\x80\x2e\x01\x00\x02\x00\x15\x00\x00\x00\x10", "\x00\x00\x00\x00\x00\x00", "\x16\x03\x01\xff\xff\x00", "SSH-2.0-x\r\n",
		string(recordOf(22, 0x0301, []byte{1, 0, 0, 1, 3})), string(recordOf(21, 0x0301, []byte{2, 40})), "",
	} {
		raw, err := net.Dial("tcp", address(s))
		if err != nil {
			t.Fatal(err)
		}
		io.WriteString(raw, in)
		raw.(*net.TCPConn).CloseWrite()
		io.Copy(io.Discard, raw)
		raw.Close()
		c := conns(t, s, i+1)[i]
		await(t, c)
		if c.Err() == nil || c.Capture().Error == "" {
			t.Errorf("%q: no error", in)
		}
		if k := c.Capture(); len(k.Records) == 0 && string(k.Client) != in {
			t.Errorf("%q: captured %q", in, k.Client)
		}
	}
	if resp, _ := fetch(t, s.Client(), "GET", s.URL+"/get", nil); resp.StatusCode != 200 {
		t.Error("the server did not survive")
	}
}

func TestStalledHandshake(t *testing.T) {
	t.Parallel()
	s := start(t, func(s *Server) { s.limits.handshake, s.limits.handshakes = 2*time.Second, 2 })
	var stalled []net.Conn
	for i := range 2 {
		raw, err := net.Dial("tcp", address(s))
		if err != nil {
			t.Fatal(err)
		}
		defer raw.Close()
		raw.Write(recordOf(22, 0x0301, helloOf(1, 100))[:70*i])
		stalled = append(stalled, raw)
	}
	// All slots are taken, but each only for a while.
	if resp, _ := fetch(t, s.Client(), "GET", s.URL+"/get", nil); resp.StatusCode != 200 {
		t.Error(resp.Status)
	}
	for _, c := range stalled {
		io.Copy(io.Discard, c) // the server closes it
	}
	for i, c := range s.Conns()[:2] {
		await(t, c)
		if err := c.Err(); err == nil || !bytes.Contains([]byte(err.Error()), []byte("timeout")) {
			t.Errorf("connection %d: %v", i, err)
		}
	}
}

// TestHandshakeLoad makes more connections at once than there are slots.
func TestHandshakeLoad(t *testing.T) {
	t.Parallel()
	s := start(t, func(s *Server) { s.limits.handshakes, s.limits.open = 2, 5 })
	var wg sync.WaitGroup
	for i := range 20 {
		wg.Go(func() {
			c := &http.Client{Transport: &http.Transport{DisableKeepAlives: true, TLSClientConfig: &tls.Config{RootCAs: s.CertPool()}}}
			resp, err := c.Get(fmt.Sprintf("%s/get?%d", s.URL, i))
			if err != nil {
				t.Error(err)
				return
			}
			defer resp.Body.Close()
			io.Copy(io.Discard, resp.Body)
		})
	}
	wg.Wait()
}

// FuzzHelloTee checks that a tee does not depend on how the bytes arrive, and that its memory is bounded.
func FuzzHelloTee(f *testing.F) {
	f.Add(slices.Concat(fragments(helloOf(1, 50), 7), recordOf(20, 0x0303, []byte{1}), fragments(helloOf(1, 60), 100)), 3)
	f.Add([]byte("GET / HTTP/1.1\r\n\r\n"), 1)
	f.Fuzz(func(t *testing.T, in []byte, n int) {
		if n < 1 {
			return
		}
		a, b := &helloTee{mu: &sync.Mutex{}}, &helloTee{mu: &sync.Mutex{}}
		for chunk := range slices.Chunk(in, n) {
			a.feed(chunk)
		}
		b.feed(in)
		same := slices.EqualFunc(a.hellos, b.hellos, func(x, y fingerprint.Hex) bool { return bytes.Equal(x, y) })
		if !same || !slices.Equal(a.records, b.records) || !bytes.Equal(a.plain, b.plain) {
			t.Errorf("pieces of %d: %d hellos, %d records; whole: %d, %d", n, len(a.hellos), len(a.records), len(b.hellos), len(b.records))
		}
		if len(a.hellos) > 2 || len(a.records) > maxRecords || len(a.plain) > maxPlain || len(a.message) > fingerprint.MaxHello+1<<14 {
			t.Error("the tee keeps too much")
		}
	})
}
