package h2

import (
	"time"

	"golang.org/x/net/http2"
)

// A server may send some frames as often as it likes without moving any request forward: PING, SETTINGS, empty DATA,
// RST_STREAM of closed streams, frames on streams that the server itself reset, pushes. Each costs a token; tokens come back with time, so that a connection
// that lives for days may be pinged all the while.
const (
	guardBurst = 1000
	guardRate  = 50 // tokens a second
	// maxReplies is how many answers to the server may wait while it does not read them.
	maxReplies = 4096
	// maxContinuations is how many CONTINUATION frames one header block may have: enough for 1 MiB in frames of 8 KiB.
	maxContinuations = 128
	// maxInterim is how many 1xx responses may come before the final one.
	maxInterim = 32
)

// guard counts what a server spends.
type guard struct {
	spent float64
	last  time.Time
}

// spend takes n tokens and reports whether there were as many.
func (g *guard) spend(now time.Time, n int) bool {
	g.spent = max(0, g.spent-now.Sub(g.last).Seconds()*guardRate) + float64(n)
	g.last = now
	return g.spent <= guardBurst
}

// spend makes the server pay n tokens for frames of the named kind.
func (c *Conn) spend(n int, kind string) error {
	if c.guard.spend(c.now(), n) {
		return nil
	}
	return &ConnError{Code: http2.ErrCodeEnhanceYourCalm, Reason: "too many " + kind}
}

// reply ends a unit that the server provoked.
func (c *Conn) reply() error {
	c.cut()
	c.wake.Signal()
	if c.replies++; c.replies > maxReplies {
		return &ConnError{Code: http2.ErrCodeEnhanceYourCalm, Reason: "server does not read what it asks for"}
	}
	return nil
}
