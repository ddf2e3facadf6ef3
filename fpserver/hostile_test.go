package fpserver

import (
	"bytes"
	"context"
	"crypto/tls"
	"io"
	"net"
	"net/http"
	"os"
	"runtime"
	"strings"
	"sync"
	"testing"
	"time"

	"github.com/wirelike/wirelike/internal/testnet"
)

// attack is a hostile client: what it does on one connection, and what has to come of it. Whatever it does, the server
// answers an honest client while the attack is under way, and another one as soon as all of it has been sent; the
// connection's event tells what was wrong, and what the attack took, goroutines, descriptors and memory, comes back when it
// is over.
type attack struct {
	name      string
	configure func(*Server)
	// alpn is what the client agrees on before it attacks; noTLS: a bare TCP connection.
	alpn string
	do   func(*hostile)
	// answer is what the server must have answered, or a part of it; "" for what does not matter.
	answer string
	// err is a part of the event's error, "" for none.
	err    string
	reason string
}

const noTLS = "-"

// short returns the first number in the long form of the tests, WIRELIKE_SOAK=1, and otherwise the second.
func short(long, n int) int {
	if os.Getenv("WIRELIKE_SOAK") != "" {
		return long
	}
	return n
}

// hostile is the connection of an attack. All that the server sends is read at once.
type hostile struct {
	net.Conn // as it is written to: TCP or TLS
	t        *testing.T
	s        *Server
	raw      *net.TCPConn
	frames   *client    // for HTTP/2
	others   []net.Conn // that belong to the attack
	begun    bool       // something has been sent
	held     bool       // the client will end a silence, see runStalls
	limited  bool       // the server will, perhaps before an honest client is answered

	mu     sync.Mutex
	answer bytes.Buffer  // the end of what the server has sent
	ended  chan struct{} // the server has ended the connection
}

func (a *attack) connect(t *testing.T, s *Server) *hostile {
	raw, err := net.Dial("tcp", address(s))
	if err != nil {
		t.Fatal(err)
	}
	h := &hostile{Conn: raw, t: t, s: s, raw: raw.(*net.TCPConn), frames: newClient(), ended: make(chan struct{})}
	if a.alpn != noTLS {
		c := tls.Client(raw, &tls.Config{RootCAs: s.CertPool(), ServerName: "localhost", NextProtos: []string{a.alpn}})
		if err := c.Handshake(); err != nil {
			t.Fatal(err)
		}
		h.Conn = c
	}
	h.SetDeadline(time.Now().Add(2 * time.Minute))
	go func() {
		defer close(h.ended)
		buf := make([]byte, 16<<10)
		for {
			n, err := h.Read(buf)
			h.mu.Lock()
			h.answer.Write(buf[:n])
			h.answer.Next(max(0, h.answer.Len()-maxAnswer))
			h.mu.Unlock()
			if err != nil {
				return
			}
		}
	}()
	return h
}

const maxAnswer = 16 << 10

// rush writes all at once: for what the server ends at the first byte.
func (h *hostile) rush(s string) { h.begun = true; h.send(s) }

// send writes, as far as the server still takes it. Behind the first byte of the attack an honest client comes in between.
func (h *hostile) send(s string) {
	h.t.Helper()
	if !h.begun {
		h.begun = true
		io.WriteString(h.Conn, s[:1])
		h.stands()
		s = s[1:]
	}
	io.WriteString(h.Conn, s)
}

// stands has an honest client answered, and the attack must not be over by then.
func (h *hostile) stands() {
	h.t.Helper()
	if h.limited {
		return
	}
	honest(h.t, h.s)
	select {
	case <-h.ended:
		h.t.Error("the attack was over before an honest client was answered")
	default:
	}
}

// sent has an honest client answered when all has been sent. It reports whether there is no more to wait for.
func (h *hostile) sent() bool {
	h.t.Helper()
	switch {
	case h.held:
		h.stands()
	case !h.limited:
		honest(h.t, h.s) // the server may have ended the connection already
	}
	return h.held
}

// flush writes the frames.
func (h *hostile) flush() {
	h.Conn.Write(h.frames.Bytes())
	h.frames.Reset()
}

// open begins HTTP/2.
func (h *hostile) open() {
	h.send("PRI * HTTP/2.0\r\n\r\nSM\r\n\r\n")
	h.frames.WriteSettings()
	h.flush()
}

// half closes the sending half, once an honest client has been answered: without that the connection goes on.
func (h *hostile) half() {
	h.t.Helper()
	h.stands()
	h.raw.CloseWrite()
}

// reset ends the connection with a RST, once an honest client has been answered.
func (h *hostile) reset() {
	h.t.Helper()
	h.stands()
	h.raw.SetLinger(0)
	h.raw.Close()
}

// await waits until the server has ended the connection.
func (h *hostile) await() {
	h.t.Helper()
	if h.sent() {
		return
	}
	select {
	case <-h.ended:
	case <-time.After(time.Minute):
		h.t.Error("the server does not end the connection")
	}
}

func (h *hostile) answered() string {
	h.mu.Lock()
	defer h.mu.Unlock()
	return h.answer.String()
}

// event finds the server's record of the connection.
func (h *hostile) event() *Conn {
	h.t.Helper()
	for _, c := range h.s.Conns() {
		if c.RemoteAddr.String() == h.raw.LocalAddr().String() {
			return c
		}
	}
	h.t.Fatal("the connection is not in Conns")
	return nil
}

// honestTime is how long an honest client may take: half of what those wait for whose time limits do not matter.
const honestTime = 20 * time.Second

// honest makes a request as a new client.
func honest(t *testing.T, s *Server) {
	t.Helper()
	transport := s.Client().Transport.(*http.Transport).Clone()
	defer transport.CloseIdleConnections()
	ctx, cancel := context.WithTimeout(t.Context(), honestTime)
	defer cancel()
	r, _ := http.NewRequestWithContext(ctx, "GET", s.URL+"/echo?honest", nil)
	resp, err := transport.RoundTrip(r)
	if err != nil {
		t.Errorf("an honest client gets %v", err)
		return
	}
	defer resp.Body.Close()
	if b, err := io.ReadAll(resp.Body); resp.StatusCode != 200 || err != nil || decode[Echo](t, b).Path != "/echo?honest" {
		t.Errorf("an honest client gets %s, %v", resp.Status, err)
	}
}

// heap returns what is in use once the garbage, pools included, is collected.
func heap() int64 {
	runtime.GC()
	runtime.GC()
	var m runtime.MemStats
	runtime.ReadMemStats(&m)
	return int64(m.HeapAlloc)
}

const (
	slack   = 2 << 20 // how much the heap may differ without meaning anything
	perConn = 4 << 10 // what a connection that is remembered takes, without what is on the budget
	perGo   = 512     // what the runtime keeps for ever of each goroutine that there was at the same time
)

// baseline notes what the server takes now and returns the function that checks that it takes no more, after so many
// goroutines at the same time.
func baseline(t *testing.T, s *Server) func(goroutines int) {
	t.Helper()
	for _, c := range s.Conns() {
		await(t, c)
	}
	before, inUse, budget, known := testnet.Take(), heap(), s.conns.budget.used.Load(), len(s.Conns())
	return func(goroutines int) {
		t.Helper()
		for _, c := range s.Conns() {
			await(t, c)
		}
		if err := before.Leaks(30 * time.Second); err != nil {
			t.Error(err)
		}
		kept := s.conns.budget.used.Load() - budget
		most := slack + 2*kept + perConn*int64(len(s.Conns())-known) + perGo*int64(goroutines) // appending takes more room than bytes
		if grown := heap() - inUse; grown > most {
			t.Errorf("the heap has grown by %d bytes, more than %d; %d are on the budget", grown, most, kept)
		}
		if n := s.conns.open(); n != 0 {
			t.Errorf("%d connections are open", n)
		}
	}
}

// run is one attack against one server. It is not parallel: goroutines are counted.
func (a *attack) run(t *testing.T, prepare func(*hostile)) {
	t.Helper()
	s := start(t, func(s *Server) {
		s.ErrorLog = discard
		s.limits.handshake, s.limits.header, s.limits.stall = 2*honestTime, 2*honestTime, 2*honestTime
		if a.configure != nil {
			a.configure(s)
		}
	})
	honest(t, s)
	over := baseline(t, s)
	h := a.connect(t, s)
	prepare(h)
	a.do(h)
	h.Close()
	<-h.ended
	c := h.event()
	await(t, c)
	for _, c := range h.others {
		c.Close()
	}
	h.frames = nil // what the attack itself took does not count
	over(0)
	honest(t, s)
	if k := c.Capture(); len(k.Client)+len(k.Hellos)+len(k.Records) == 0 {
		t.Errorf("%s: the event shows nothing", a.reason)
	}
	if !h.held {
		a.judge(t, h, c)
	}
}

// judge looks at what the server answered, and at the event.
func (a *attack) judge(t *testing.T, h *hostile, c *Conn) {
	t.Helper()
	if got := h.answered(); !strings.Contains(got, a.answer) {
		t.Errorf("%s: answered %.300q, want %q", a.reason, got, a.answer)
	}
	k := c.Capture()
	if a.err == "" && (c.Err() != nil || k.Error != "") || a.err != "" && !strings.Contains(k.Error, a.err) {
		t.Errorf("%s: the event has the error %q, want %q", a.reason, k.Error, a.err)
	}
	if err := c.Err(); err != nil && !strings.HasSuffix(err.Error(), k.Error) {
		t.Errorf("Err gives %q, the capture %q", err, k.Error)
	}
}

func runAttacks(t *testing.T, rows []attack) {
	t.Helper()
	for i := range rows {
		t.Run(rows[i].name, func(t *testing.T) { rows[i].run(t, func(*hostile) {}) })
	}
}

// runStalls makes attacks of silence, which only a time limit ends, twice: with limits that an honest client has no need
// of, until the client gives up, and with those of a second, until the server does.
func runStalls(t *testing.T, rows []attack) {
	t.Helper()
	for i := range rows {
		t.Run(rows[i].name+", held", func(t *testing.T) { rows[i].run(t, func(h *hostile) { h.held = true }) })
		rows[i].configure = func(s *Server) {
			s.limits.handshake, s.limits.header, s.limits.stall = time.Second, time.Second, time.Second
		}
		t.Run(rows[i].name, func(t *testing.T) { rows[i].run(t, func(h *hostile) { h.limited = true }) })
	}
}

// wait waits for something that the server has yet to send.
func (h *hostile) wait(done func() bool) {
	h.t.Helper()
	if h.sent() {
		return
	}
	tick := time.NewTicker(5 * time.Millisecond)
	defer tick.Stop()
	for deadline := time.Now().Add(time.Minute); !done(); <-tick.C {
		if time.Now().After(deadline) {
			h.t.Fatal("the server does not answer")
		}
	}
}

// waitForEnd is a handler that ends with its request.
var waitForEnd = http.HandlerFunc(func(_ http.ResponseWriter, r *http.Request) { <-r.Context().Done() })
