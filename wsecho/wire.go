package wsecho

import (
	"bufio"
	"net"
	"net/http"
	"sync"
	"time"
)

// wire is a connection whose peer may be silent for so long and no longer. It remembers how reading ended, which tells a
// lost connection from a breach of the protocol.
type wire struct {
	net.Conn
	idle time.Duration // 0: no bound

	mu    sync.Mutex
	until time.Time // the end of all patience; zero: not set
	err   error     // of Read
}

// Read waits for the peer as long as it may take.
func (w *wire) Read(p []byte) (int, error) {
	w.mu.Lock()
	w.SetReadDeadline(w.deadline())
	w.mu.Unlock()
	n, err := w.Conn.Read(p)
	if n > 0 {
		return n, nil // an end that TLS tells with the last bytes is told once more
	}
	if err != nil {
		w.mu.Lock()
		w.err = err
		w.mu.Unlock()
	}
	return n, err
}

// piece is how many bytes the peer must take within the time.
const piece = 64 << 10

// Write waits for the peer as long as it may take for each piece.
func (w *wire) Write(p []byte) (n int, err error) {
	for first := true; first || n < len(p); first = false {
		w.mu.Lock()
		w.SetWriteDeadline(w.deadline())
		w.mu.Unlock()
		k, err := w.Conn.Write(p[n:min(len(p), n+piece)])
		if n += k; err != nil {
			return n, err
		}
	}
	return n, nil
}

// deadline returns when the patience with the peer ends. The caller holds the lock.
func (w *wire) deadline() time.Time {
	if w.idle == 0 || !w.until.IsZero() {
		return w.until
	}
	return time.Now().Add(w.idle)
}

// finish sets the end of all patience, also for who waits now.
func (w *wire) finish(d time.Duration) {
	w.mu.Lock()
	defer w.mu.Unlock()
	if w.until.IsZero() {
		w.until = time.Now().Add(d)
	}
	w.SetDeadline(w.until)
}

// ended returns the error of Read, or nil.
func (w *wire) ended() error {
	w.mu.Lock()
	defer w.mu.Unlock()
	return w.err
}

// taker is a ResponseWriter that makes a wire of the connection when that is taken over.
type taker struct {
	http.ResponseWriter
	idle time.Duration
	wire *wire
}

// Hijack implements [http.Hijacker].
func (t *taker) Hijack() (net.Conn, *bufio.ReadWriter, error) {
	c, rw, err := http.NewResponseController(t.ResponseWriter).Hijack()
	if err != nil {
		return nil, nil, err
	}
	t.wire = &wire{Conn: c, idle: t.idle}
	rw.Writer.Reset(t.wire) // it is flushed: the response has gone out
	return t.wire, rw, nil
}

// hijackable tells whether the connection behind w can be taken over, as [http.ResponseController] finds out.
func hijackable(w http.ResponseWriter) bool {
	for {
		switch x := w.(type) {
		case http.Hijacker:
			return true
		case interface{ Unwrap() http.ResponseWriter }:
			w = x.Unwrap()
		default:
			return false
		}
	}
}
