package tlsdial

import (
	"net"
	"sync"
	"sync/atomic"
)

// maxHeld is how many bytes are held back: a little more than two full records, so that the third completes a write and
// the server need not wait long.
const maxHeld = 36 << 10

// hold is what a connection has been told to keep for a moment.
type hold struct {
	mu    sync.Mutex
	on    bool
	bytes []byte
	err   error       // of a write that was to bring out held bytes
	busy  atomic.Bool // such a write is under way
}

var heldPool = sync.Pool{New: func() any { return new([maxHeld + 17<<10]byte) }}

// Hold keeps the records that are written from now on, to hand several to the system in one call; they stay what they
// are. Not more than 36 KB and one record are kept. Who holds must release soon. It is for whoever writes, and not for
// two at once.
func (c *Conn) Hold() {
	h := &c.w.hold
	h.mu.Lock()
	h.on = true
	h.mu.Unlock()
}

// Release writes what is held.
func (c *Conn) Release() error {
	h := &c.w.hold
	h.mu.Lock()
	defer h.mu.Unlock()
	h.on = false
	return translate(h.flush(c.w.Conn))
}

// write writes b to the network after what is held, or holds it unless it is the last that will be written.
func (h *hold) write(c net.Conn, b []byte, last bool) (int, error) {
	h.mu.Lock()
	defer h.mu.Unlock()
	if h.err != nil {
		return 0, h.err
	}
	if !h.on && len(h.bytes) == 0 {
		return c.Write(b)
	}
	if h.bytes == nil {
		h.bytes = heldPool.Get().(*[maxHeld + 17<<10]byte)[:0]
	}
	h.bytes = append(h.bytes, b...)
	if h.on && !last && len(h.bytes) < maxHeld {
		return len(b), nil
	}
	return len(b), h.flush(c)
}

func (h *hold) flush(c net.Conn) error {
	if len(h.bytes) == 0 || h.err != nil {
		return h.err
	}
	h.busy.Store(true)
	_, h.err = c.Write(h.bytes)
	h.busy.Store(false)
	if cap(h.bytes) == maxHeld+17<<10 {
		heldPool.Put((*[maxHeld + 17<<10]byte)(h.bytes[:maxHeld+17<<10]))
	}
	h.bytes = nil
	return h.err
}
