package tlsdial

import (
	"bytes"
	"context"
	"crypto/tls"
	"encoding/json"
	"io"
	"math/rand/v2"
	"net"
	"os"
	"path/filepath"
	"sync"
	"testing"
	"time"

	"github.com/wirelike/wirelike/fingerprint"
	"github.com/wirelike/wirelike/internal/testnet"
	"github.com/wirelike/wirelike/profiles"
)

func TestMain(m *testing.M) { testnet.Main(m) }

// browser is a model with its evidence.
type browser struct {
	name  string
	hello *fingerprint.ClientHello
	vary  *fingerprint.Vary
	// What it sends with a ticket of crypto/tls, and what the hellos do not show.
	resumed, resumed12 *fingerprint.ClientHello
	tls                profiles.TLS
}

// config returns a configuration to be the browser.
func (b *browser) config(ca *testnet.CA) *Config {
	return &Config{
		Hello: b.hello, Vary: b.vary, Resumed: b.resumed, Resumed12: b.resumed12, TLS: b.tls,
		RootCAs: ca.Pool(), Sessions: &SessionCache{},
	}
}

// browsers returns models of what real browsers sent.
func browsers(tb testing.TB) []browser {
	tb.Helper()
	chromium := &fingerprint.Vary{
		Permute:  &fingerprint.Permute{First: []string{"grease"}, Last: []string{"grease#2", "padding", "pre_shared_key"}},
		OneOf:    []fingerprint.OneOf{{Path: echPath + ".payload_length", Values: []string{"144", "176", "208", "240"}}},
		Equal:    [][]string{{"tls.extensions.supported_groups[0]", "tls.extensions.key_share[0].group"}},
		Distinct: [][]string{{"tls.extensions.grease.type", "tls.extensions.grease#2.type"}},
	}
	firefox := &fingerprint.Vary{OneOf: []fingerprint.OneOf{{Path: echPath + ".aead", Values: []string{"1", "3"}}}}
	own := profiles.TLS{ECHBlock: 32, ECHSlack: 4, CookieAfter: "signature_algorithms", Ticket12Once: true}
	return []browser{
		{"chromium150", model(tb, "chromium150"), chromium, resumed(tb, "chromium150"), resumed12(tb, "chromium150"), profiles.TLS{}},
		{"chromium156", model(tb, "chromium156"), chromium, resumed(tb, "chromium156"), resumed12(tb, "chromium156"), profiles.TLS{}},
		{"firefox153", model(tb, "firefox153"), firefox, resumed(tb, "firefox153"), resumed12(tb, "firefox153"), own},
	}
}

// resumed reads the first captured hello that offers both protocols and a TLS 1.3 ticket.
func resumed(tb testing.TB, name string) *fingerprint.ClientHello {
	tb.Helper()
	for _, h := range captured(tb, name) {
		if h.Extension(fingerprint.ExtPreSharedKey) != nil && len(h.Extension(fingerprint.ExtALPN).Protocols) == 2 {
			return h
		}
	}
	tb.Fatal("no resumed connection")
	return nil
}

// resumed12 is the model of the first hello with a TLS 1.2 ticket.
func resumed12(tb testing.TB, name string) *fingerprint.ClientHello {
	tb.Helper()
	h := clone(model(tb, name))
	h.Extension(fingerprint.ExtSessionTicket).Length = 123
	return h
}

// model reads the first hello of a capture and puts placeholders where the connection shows.
func model(tb testing.TB, name string) *fingerprint.ClientHello {
	tb.Helper()
	return captured(tb, name)[0]
}

// captured reads all hellos of a capture.
func captured(tb testing.TB, name string) (out []*fingerprint.ClientHello) {
	tb.Helper()
	b, err := os.ReadFile(filepath.Join("..", "..", "golden", "captures", name, "h2.json"))
	if err != nil {
		tb.Fatal(err)
	}
	var evidence struct{ Connections []fingerprint.Capture }
	if err := json.Unmarshal(b, &evidence); err != nil {
		tb.Fatal(err)
	}
	for _, c := range evidence.Connections {
		if len(c.Hellos) == 0 {
			continue
		}
		h, err := fingerprint.ParseClientHello(c.Hellos[0])
		if err != nil {
			tb.Fatal(err)
		}
		out = append(out, placeholders(h))
	}
	return out
}

func placeholders(h *fingerprint.ClientHello) *fingerprint.ClientHello {
	ungrease := func(list []fingerprint.ID) {
		for i, id := range list {
			if id.IsGREASE() {
				list[i] = fingerprint.GREASE
			}
		}
	}
	ungrease(h.CipherSuites)
	for i := range h.Extensions {
		e := &h.Extensions[i]
		ungrease(e.List)
		if e.Type.IsGREASE() {
			e.Type = fingerprint.GREASE
		}
		if e.ServerName != "" {
			e.ServerName = "*"
		}
		for j := range e.Shares {
			if e.Shares[j].Group.IsGREASE() {
				e.Shares[j].Group = fingerprint.GREASE
			}
		}
	}
	return h
}

// clone returns a copy of h whose extensions may be edited.
func clone(h *fingerprint.ClientHello) *fingerprint.ClientHello {
	c := *h
	c.Extensions = append([]fingerprint.Extension(nil), h.Extensions...)
	c.CipherSuites = append([]fingerprint.ID(nil), h.CipherSuites...)
	return &c
}

// tee keeps what the client writes and remembers that it was closed.
type tee struct {
	net.Conn
	mu     sync.Mutex
	sent   bytes.Buffer
	n      int // calls of Write
	closed bool
}

func (c *tee) Write(b []byte) (int, error) {
	c.mu.Lock()
	c.n++
	c.sent.Write(b)
	c.mu.Unlock()
	return c.Conn.Write(b)
}

func (c *tee) Close() error {
	c.mu.Lock()
	c.closed = true
	c.mu.Unlock()
	return c.Conn.Close()
}

func (c *tee) writes() int {
	c.mu.Lock()
	defer c.mu.Unlock()
	return c.n
}

func (c *tee) isClosed() bool {
	c.mu.Lock()
	defer c.mu.Unlock()
	return c.closed
}

// hellos returns the plain-text handshake messages that were sent, and the records.
func (c *tee) hellos(tb testing.TB) (hellos [][]byte, records []fingerprint.Record) {
	tb.Helper()
	c.mu.Lock()
	defer c.mu.Unlock()
	var plain []byte
	encrypted := false
	for raw := c.sent.Bytes(); len(raw) >= 5; {
		n := int(raw[3])<<8 | int(raw[4])
		if len(raw) < 5+n {
			tb.Fatalf("record of %d bytes, have %d", n, len(raw)-5)
		}
		records = append(records, fingerprint.Record{Type: raw[0], Version: fingerprint.ID(raw[1])<<8 | fingerprint.ID(raw[2]), Length: n})
		if encrypted = encrypted || raw[0] == 23; raw[0] == 22 && !encrypted {
			plain = append(plain, raw[5:5+n]...)
		}
		raw = raw[5+n:]
	}
	for len(plain) >= 4 && plain[0] == 1 {
		n := 4 + int(plain[1])<<16 + int(plain[2])<<8 + int(plain[3])
		hellos, plain = append(hellos, plain[:n]), plain[n:]
	}
	return hellos, records
}

// first returns the model of the first hello sent, with its record version.
func (c *tee) first(tb testing.TB) *fingerprint.ClientHello {
	tb.Helper()
	hellos, records := c.hellos(tb)
	if len(hellos) == 0 {
		tb.Fatal("no hello was sent")
	}
	h, err := fingerprint.ParseClientHello(hellos[0])
	if err != nil {
		tb.Fatal(err)
	}
	h.RecordVersion = records[0].Version
	return h
}

// seeded is a reproducible source of randomness for many goroutines.
type seeded struct {
	mu sync.Mutex
	r  *rand.ChaCha8
}

func newSeeded(b byte) *seeded { return &seeded{r: rand.NewChaCha8([32]byte{b})} }

func (s *seeded) Read(b []byte) (int, error) {
	s.mu.Lock()
	defer s.mu.Unlock()
	return s.r.Read(b)
}

// echo serves TLS: it echoes what it reads until close_notify and reports on ended how the connection ended, when that
// is not nil.
func echo(tb testing.TB, config *tls.Config, ended chan<- error) (addr string) {
	tb.Helper()
	return testnet.Serve(tb, func(c net.Conn) {
		s := tls.Server(c, config)
		_, err := io.Copy(s, s)
		if ended != nil {
			ended <- err
		}
	})
}

func dial(tb testing.TB, addr string) *tee {
	tb.Helper()
	c, err := net.Dial("tcp", addr)
	if err != nil {
		tb.Fatal(err)
	}
	tb.Cleanup(func() { c.Close() })
	return &tee{Conn: c}
}

// ping checks that the connection carries bytes in both directions.
func ping(tb testing.TB, c net.Conn) {
	tb.Helper()
	c.SetDeadline(time.Now().Add(10 * time.Second))
	if _, err := c.Write([]byte("ping")); err != nil {
		tb.Fatal(err)
	}
	buf := make([]byte, 4)
	if _, err := io.ReadFull(c, buf); err != nil || string(buf) != "ping" {
		tb.Fatalf("echo %q, %v", buf, err)
	}
}

// connect shakes hands over a new connection to addr and pings.
func connect(tb testing.TB, addr, host string, cfg *Config) (*Conn, *tee) {
	tb.Helper()
	wire := dial(tb, addr)
	c, err := Client(tb.Context(), wire, host, cfg)
	if err != nil {
		tb.Fatal(err)
	}
	tb.Cleanup(func() { c.Close() })
	ping(tb, c)
	return c, wire
}

// send sends a hello to a server that hangs up, and returns its bytes and what the wire saw.
func send(tb testing.TB, cfg *Config) ([]byte, *tee) {
	tb.Helper()
	client, server := net.Pipe()
	wire := &tee{Conn: client}
	done := make(chan struct{})
	go func() {
		defer close(done)
		defer server.Close()
		head := make([]byte, 5)
		if _, err := io.ReadFull(server, head); err == nil {
			io.CopyN(io.Discard, server, int64(head[3])<<8|int64(head[4]))
		}
	}()
	_, err := Client(context.Background(), wire, "localhost", cfg)
	<-done
	if err == nil {
		tb.Fatal("a handshake with nobody")
	}
	hellos, _ := wire.hellos(tb)
	if len(hellos) != 1 {
		tb.Fatalf("%d hellos, %v", len(hellos), err)
	}
	return hellos[0], wire
}
