package fpserver

import (
	"container/list"
	"crypto/tls"
	"errors"
	"fmt"
	"net"
	"slices"
	"sync"
	"time"

	"github.com/wirelike/wirelike/fingerprint"
)

// Conn is one connection of a client and what it has shown so far. It stays readable after its end, and after the end
// of the server. All methods are safe for concurrent use.
type Conn struct {
	// ID counts the connections of the server, from 1, in the order in which they were accepted.
	ID int
	// RemoteAddr is the client's address.
	RemoteAddr net.Addr
	// Accepted is when the connection was accepted.
	Accepted time.Time
	// TCP is what the client's first TCP segment shows, nil on systems that do not tell (all but Linux).
	TCP *TCP

	srv   *Server
	tee   *helloTee
	local net.Addr
	done  chan struct{}
	free  func() // gives back the slot among the open connections
	alpn  string

	place     *list.Element // in history.live
	closeOnce sync.Once

	nearestOnce    sync.Once
	nearestProfile *ReportProfile

	mu      sync.Mutex
	wire    transport            // nil before the handshake and after the end
	began   bool                 // the handshake is done, or there is none
	state   *tls.ConnectionState // nil without TLS
	err     error                // that ended the connection
	noted   error                // fault that the recording does not show
	readOut bool                 // reading has ended with an error, HTTP/1.x
	refs    int                  // 1 while the connection is open, and 1 for each handler
	rec     recording
	sniffed int       // bytes of the connection preface, before the protocol is known
	heads   *headTee  // HTTP/1.x
	served  int       // requests that handlers have begun to serve, HTTP/1.x
	frames  *frameTee // HTTP/2
	log     requestLog
	gone    bool // not remembered any more

	hijacked  bool // a handler has taken it from net/http
	answering bool // a request is being served, or its answer is being written, HTTP/1.x
}

func (s *Server) newConn(raw net.Conn, free func()) *Conn {
	c := &Conn{
		RemoteAddr: raw.RemoteAddr(), Accepted: s.Time(), TCP: takeSYN(raw), srv: s, local: raw.LocalAddr(),
		done: make(chan struct{}), free: free, refs: 1, log: requestLog{budget: &s.conns.budget},
	}
	c.tee = &helloTee{Conn: raw, mu: &c.mu, off: s.NoTLS}
	c.tee.heard.Store(time.Now().UnixNano())
	c.rec = recording{limit: s.limits.capture, budget: &s.conns.budget}
	s.wg.Add(1)
	s.conns.add(c)
	return c
}

// establish notes the outcome of the handshake, nil without TLS, and returns the connection for net/http.
func (c *Conn) establish(wire transport, state *tls.ConnectionState) *stream {
	c.mu.Lock()
	defer c.mu.Unlock()
	c.wire, c.state, c.began = wire, state, true
	if state != nil {
		c.alpn = state.NegotiatedProtocol
		c.rec.charge(c.tee.size())
	}
	return &stream{c: c, wire: wire}
}

// fail notes the first error.
func (c *Conn) fail(err error) {
	c.mu.Lock()
	defer c.mu.Unlock()
	c.failLocked(err)
}

func (c *Conn) failLocked(err error) {
	if c.err == nil {
		c.err = err
	}
}

// shut closes the connection.
func (c *Conn) shut() {
	c.closeOnce.Do(func() {
		c.mu.Lock()
		wire := c.wire
		c.mu.Unlock()
		if wire != nil {
			wire.Close()
		}
		c.tee.Close()
		c.free()
		c.release()
	})
}

// acquire counts a handler in; false when the connection has come to its end.
func (c *Conn) acquire() bool {
	c.mu.Lock()
	defer c.mu.Unlock()
	if c.refs == 0 {
		return false
	}
	c.refs++
	return true
}

func (c *Conn) release() {
	c.mu.Lock()
	c.refs--
	last := c.refs == 0
	if last {
		c.seal()
	}
	c.mu.Unlock()
	if last {
		close(c.done)
		c.srv.conns.ended(c)
		c.srv.wg.Done()
	}
}

// seal ends the record: what is not complete belongs to it now. What only a living connection needs is freed, and what
// stays is on the budget.
func (c *Conn) seal() {
	if rest := c.rest(); c.began && len(rest) > 0 && c.rec.reserve(len(rest)) {
		c.rec.keep(rest)
	}
	if !c.began {
		c.rec.charge(c.tee.size())
	}
	c.rec.sealed = true
	c.log.drop()
	c.wire = nil
	if c.heads != nil {
		c.heads = &headTee{rec: &c.rec, count: c.heads.count}
	}
	if c.frames != nil {
		c.frames = &frameTee{rec: &c.rec, log: &c.log, count: c.frames.count}
	}
}

// Done is closed when the connection has ended and its last handler has returned. From then on the other methods give
// the same answers for ever.
func (c *Conn) Done() <-chan struct{} { return c.done }

func (c *Conn) isDone() bool {
	select {
	case <-c.done:
		return true
	default:
		return false
	}
}

// TLS returns the state of the TLS connection, nil without a completed handshake and on a server without TLS. It must not be modified.
func (c *Conn) TLS() *tls.ConnectionState {
	c.mu.Lock()
	defer c.mu.Unlock()
	return c.state
}

// Requests returns how many requests the client has begun so far.
func (c *Conn) Requests() int {
	c.mu.Lock()
	defer c.mu.Unlock()
	switch {
	case c.frames != nil:
		return c.frames.count
	case c.heads != nil:
		return c.heads.count
	}
	return 0
}

// Truncated tells whether the client sent more than the server records of one connection (1 MiB, bodies cut to 4 KiB
// each) or keeps of all (256 MiB, with the requests that it has decoded): the Capture then ends early.
func (c *Conn) Truncated() bool {
	c.mu.Lock()
	defer c.mu.Unlock()
	return c.rec.full
}

// Err tells how the connection failed: in the handshake, because what the client sent cannot be read or was refused, or
// because it stopped in the middle of a request. It is nil for a connection that was simply closed. Reading the bytes of HTTP/2 to their end may take a moment.
func (c *Conn) Err() error {
	_, err := c.Fingerprint()
	return err
}

// Capture returns the raw record of the connection: everything that the client sent so far, except that of each body
// only the first 4 KiB are kept (the gaps are in Elided) and that a request head still on its way is left out until the
// connection ends. [fingerprint.Parse] reads it.
func (c *Conn) Capture() fingerprint.Capture {
	c.mu.Lock()
	defer c.mu.Unlock()
	_, err := c.read()
	k := c.shared(c.rec.sealed)
	k.Hellos, k.Records = slices.Clone(k.Hellos), slices.Clone(k.Records)
	for i := range k.Hellos {
		k.Hellos[i] = slices.Clone(k.Hellos[i])
	}
	k.Client, k.Elided = slices.Clone(k.Client), slices.Clone(k.Elided)
	if err != nil {
		k.Error = err.Error()
	}
	return k
}

// Fingerprint returns what the connection has shown so far: the same as [fingerprint.Parse] of its Capture. Only while
// the connection is open may its HTTP/2 requests differ: it goes on with up to 4096 of them where the recording is full,
// and ends earlier where they take more than 8 MiB of memory, or all connections more than 256 MiB. The value belongs to
// the caller. The error is that of Err; what could be read is returned with it.
func (c *Conn) Fingerprint() (*fingerprint.Fingerprint, error) {
	c.mu.Lock()
	defer c.mu.Unlock()
	f, err := c.read()
	if f.HTTP2 != nil {
		f.HTTP2 = cloneHTTP2(f.HTTP2)
	}
	if err != nil {
		return f, fmt.Errorf("fpserver: connection %d: %w", c.ID, err)
	}
	return f, nil
}

// read reads the whole recording. The model of HTTP/2 shares memory with the log.
func (c *Conn) read() (*fingerprint.Fingerprint, error) {
	k := c.shared(c.rec.sealed)
	logged := c.frames != nil && !c.log.dropped
	if logged {
		k.Client, k.Elided = nil, nil
	}
	f, err := fingerprint.Parse(&k)
	if logged {
		c.log.catchUp(&c.rec)
		f.HTTP2 = c.log.http2(maxKept)
	}
	if err == nil {
		err = c.log.failure() // of an ended connection, it may be behind the recording
	}
	if c.noted != nil && (err == nil || c.heads != nil) { // of HTTP/2, the reading is closer to the cause
		err = c.noted
	}
	if c.err != nil {
		err = c.err
	}
	return f, err
}

// shared returns the capture in the server's own memory. With the end, an incomplete record header of a client that
// speaks no TLS belongs to it as well.
func (c *Conn) shared(end bool) fingerprint.Capture {
	k := fingerprint.Capture{Hellos: c.tee.hellos, Records: c.tee.records, ALPN: c.alpn}
	if !c.began {
		k.Client = c.tee.rest(end)
		return k
	}
	k.Resumed = c.state != nil && c.state.DidResume
	k.Client, k.Elided = c.rec.bytes, c.rec.elided
	return k
}

// rest returns what has arrived of a preface, head, line or frame header that is not complete.
func (c *Conn) rest() []byte {
	switch {
	case c.heads != nil:
		return c.heads.rest()
	case c.frames != nil:
		return c.frames.rest()
	}
	return []byte(fingerprint.Preface[:c.sniffed])
}

// rawTLS returns the ClientHello messages and the TLS records so far. The messages must not be modified.
func (c *Conn) rawTLS() ([]fingerprint.Hex, []fingerprint.Record) {
	c.mu.Lock()
	defer c.mu.Unlock()
	return slices.Clone(c.tee.hellos), slices.Clone(c.tee.records)
}

// view returns the fingerprint of the connection up to and including the request with that index (all for an unknown
// one), but with at most limit requests. It shares memory with the connection: read-only.
func (c *Conn) view(index, limit int) (*fingerprint.Fingerprint, error) {
	c.mu.Lock()
	defer c.mu.Unlock()
	k := c.shared(false)
	k.Client, k.Elided = nil, nil
	f, err := fingerprint.Parse(&k)
	if index >= 0 {
		limit = min(limit, index+1)
	}
	switch {
	case c.frames != nil:
		c.log.catchUp(&c.rec)
		f.HTTP2 = c.log.http2(limit)
		err = errors.Join(err, c.log.failure())
	case c.heads != nil:
		f.HTTP1 = &fingerprint.HTTP1{Requests: []fingerprint.Head{}}
		for i := range min(limit, len(c.heads.heads)) {
			h, e := fingerprint.ParseHead(c.heads.take(i))
			if e != nil {
				return f, errors.Join(err, e)
			}
			f.HTTP1.Requests = append(f.HTTP1.Requests, *h)
		}
	}
	return f, err
}
