// Package h2 is an HTTP/2 client connection that writes exactly what a browser writes: its opening frames, the order and
// compression of its header fields, its priorities, the sizes of its DATA frames, the points at which it gives windows
// back, and which frames go out in one write. [Config] says which browser.
//
// One goroutine reads and one writes per connection, and nobody else ever blocks on the network, so that every request
// can be cancelled at once; a request with a body has a goroutine that reads the body. One timer finds out that the
// server is gone.
package h2

import (
	"bufio"
	"context"
	"fmt"
	"net"
	"sync"
	"time"

	"golang.org/x/net/http2"
	"golang.org/x/net/http2/hpack"

	"github.com/wirelike/wirelike/internal/plan"
)

// lingering is how long a connection that ends may take to write its last frames.
const lingering = time.Second

// Conn is one connection. Its methods are safe for concurrent use.
type Conn struct {
	*setup
	conn   net.Conn
	holder holder // conn, where it is one

	mu      sync.Mutex
	streams map[uint32]*stream // open ones, by id
	waiting list               // requests that wait for a stream, in order
	ready   list               // streams with DATA to send and window for it, in turn
	history history
	nextID  uint32
	sent    bool // a request has been sent
	goAway  *GoAwayError
	doubt   error // why no new streams are opened, while the open ones may still get an answer
	err     error // why the connection is of no more use
	broken  error // why nothing can be written any more

	enc         *encoder
	peerFrame   int   // the server's SETTINGS_MAX_FRAME_SIZE
	peerInit    int64 // its INITIAL_WINDOW_SIZE
	peerMax     uint32
	peerConnect bool // it has announced extended CONNECT
	window      int64
	flow        connInflow
	ping        pinger

	// Frames that wait for the writer, and the ends of the units that are written on their own.
	wake     sync.Cond
	out      []byte
	cuts     []int
	outSpare []byte
	cutSpare []int
	replies  int       // frames in out that the server provoked
	writing  bool      // the writer is in a Write
	traced   []*stream // those with a trace whose HEADERS are in out
	hooked   int       // hooks of callers that the writer is in, which may take their time
	held     bool      // the writer is holding DATA frames
	scratch  []byte

	reader // belongs to the read loop
}

// New takes over nc, writes the connection preface and the opening frames in one write, and starts to read. On an error
// nc is closed. The caller has done the TLS handshake; New blocks no longer than that one write.
func New(nc net.Conn, cfg *Config) (*Conn, error) {
	if cfg == nil {
		cfg = &Config{}
	}
	st, err := newSetup(cfg)
	if err != nil {
		nc.Close()
		return nil, err
	}
	c := &Conn{
		setup: st, conn: nc, streams: make(map[uint32]*stream), nextID: st.first,
		enc: newEncoder(st.policy), peerFrame: minFrameSize, peerInit: defaultWindow, peerMax: defaultConcurrent,
		window: defaultWindow,
	}
	c.flow = newConnInflow(st)
	c.wake.L = &c.mu
	c.holder, _ = nc.(holder)
	c.acks = st.settings
	c.ping.born, c.ping.id = c.now(), st.policy.keep.first
	c.br = bufio.NewReaderSize(liveConn{nc, c}, readBuffer)
	c.fr = http2.NewFramer(nil, c.br)
	c.fr.SetMaxReadFrameSize(st.frameSize)
	c.dec = hpack.NewDecoder(defaultTableSize, c.field)
	c.dec.SetAllowedMaxDynamicTableSize(st.tableSize)
	c.dec.SetMaxStringLength(int(st.listSize))
	c.guard.last = c.ping.born
	if _, err := nc.Write(st.opening); err != nil {
		nc.Close()
		return nil, fmt.Errorf("h2: opening: %w", err)
	}
	if st.policy.keep.mode == pingAlways {
		c.arm(st.policy.keep.silence)
	}
	go c.writeLoop()
	go c.readLoop()
	return c, nil
}

// RoundTrip sends req and returns its response once the head has arrived, perhaps before the request's body is sent.
// Requests beyond the server's MAX_CONCURRENT_STREAMS wait, in order. The request's body is read by another goroutine
// and always closed, possibly after RoundTrip has returned; with a known Length it is sent in full DATA frames, without
// (-1) as it comes.
//
// ctx governs the request until the response's body has been read to its end or closed: when it ends, the stream is
// reset with CANCEL and the cause of ctx is returned, by RoundTrip and by Read of the body. Errors are *StreamError,
// *ConnError, *GoAwayError or the cause of ctx, wrapped perhaps; see [ErrUnprocessed].
func (c *Conn) RoundTrip(ctx context.Context, req *plan.Request) (*plan.Response, error) {
	s := newStream(c, req)
	if req.Body != nil && s.body == nil {
		req.Body.Close()
	}
	err := checkRequest(req)
	if err == nil && ctx.Err() != nil {
		err = cancelled(ctx)
	}
	if err == nil {
		c.mu.Lock()
		c.enqueue(s)
		s.watch(ctx)
		for s.resp == nil && s.end == nil {
			s.recv.Wait()
		}
		err = s.end
		opened, resp := s.id != 0, s.resp
		if resp == nil {
			s.unwatch()
		}
		c.mu.Unlock()
		if resp != nil {
			return resp, nil
		}
		if opened {
			return nil, err
		}
	}
	if s.body != nil {
		s.body.Close()
	}
	return nil, err
}

// Usable reports whether the connection takes another request, though that may have to wait for others to end: it is
// alive, the server has not said GOAWAY, and no request has run into its deadline without a byte from the server.
func (c *Conn) Usable() bool {
	c.mu.Lock()
	defer c.mu.Unlock()
	return c.refusal() == nil
}

// Close closes the connection at once: what is being transferred fails with [ErrClosed]. Where the browser says
// GOAWAY, that is still written if it can be. Close may be called more than once and from OnClose.
func (c *Conn) Close() error {
	c.mu.Lock()
	if c.err != nil {
		c.mu.Unlock()
		return nil // the writer is closing it
	}
	polite := c.policy.goAway && !c.writing && c.hooked == 0
	c.shut(&ConnError{Reason: "connection closed", Err: ErrClosed}, polite)
	c.mu.Unlock()
	if polite {
		return nil
	}
	return c.conn.Close()
}

// shut makes the connection useless: all its requests end with err, the writer writes what is left, closes the
// connection and returns, and the read loop follows. With tell, the last frame is a GOAWAY.
func (c *Conn) shut(err error, tell bool) {
	if c.err != nil {
		return
	}
	c.err = err
	c.ping.answer()
	if c.ping.armed {
		c.ping.timer.Stop()
	}
	var code ErrCode
	if ce, ok := err.(*ConnError); ok {
		code = ce.Code
	}
	if tell {
		c.out = appendGoAway(c.out, c.promised, code)
		c.cut()
	}
	for c.waiting.head != nil {
		s := c.waiting.head
		s.unlink()
		s.fail(unprocessed(err))
	}
	for _, s := range c.streams {
		c.remove(s, byUs)
		s.fail(c.lost(s, err))
	}
	c.conn.SetWriteDeadline(time.Now().Add(lingering))
	c.wake.Signal()
}

// lost is the error of a stream whose connection ended with err.
func (c *Conn) lost(s *stream, err error) error {
	ce, ok := err.(*ConnError)
	if !ok {
		return err
	}
	silent := s.resp == nil && s.interim == 0
	if c.goAway != nil && ce.Code == http2.ErrCodeNo && ce.Err != ErrClosed {
		g := *c.goAway
		g.Stream, g.Reused, g.NoResponse = s.id, s.reused, silent
		return &g
	}
	e := *ce
	e.Reused, e.NoResponse = s.reused, silent
	return &e
}
