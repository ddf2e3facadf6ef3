// Package wsecho is a WebSocket server (RFC 6455) that sends every message back: a [http.Handler] for tests of WebSocket
// clients and for trying them out. Framing and handshake are those of [github.com/coder/websocket].
//
//	h, err := wsecho.New(nil)
//	mux.Handle("/ws/echo", h)
//
// What it does:
//   - A text or binary message comes back as a message of the same type, in a single frame, however many frames it came
//     in. It is sent when it is complete.
//   - A ping is answered with a pong that has the same payload, also between the frames of a message.
//   - A close frame is answered with the same code and reason, or with an empty one if it was empty. A reason that is not
//     UTF-8 is passed back as it came.
//   - A text that is not UTF-8 ends the connection with 1007, a message that is too long with 1009, one that finds no
//     memory left with 1013, a client that is silent for too long with 1008, a breach of the protocol with 1002, and the
//     end of the request's context with 1001. The server then waits a few seconds for the client's close frame.
//   - A connection that ends without a close frame, also if only the client's half of it does, is closed without one.
//
// The handshake is made over HTTP/1.1. A request over HTTP/2 gets 505, since there is no WebSocket over HTTP/2 here (RFC
// 8441), one without "Upgrade: websocket" gets 426, and a handshake that is wrong otherwise 400.
package wsecho

import (
	"context"
	"net/http"
	"time"

	"github.com/coder/websocket"
)

// The defaults of the fields of [Options] of the same names.
const (
	DefaultMaxMessage  = 16 << 20
	DefaultMaxMemory   = 256 << 20
	DefaultIdleTimeout = 2 * time.Minute
)

// Options are the settings of a [Handler]. The zero value, like nil, is valid. [New] copies them; the slices must not be
// written to afterwards.
type Options struct {
	// MaxMessage bounds a message, in bytes after decompression; a longer one ends the connection with 1009. 0:
	// [DefaultMaxMessage]; negative: no bound but MaxMemory.
	MaxMessage int64
	// MaxMemory bounds what the messages of all connections of the Handler hold together, in bytes, beyond the first 4 KiB
	// of each connection. A message for which there is no room ends its connection with 1013. 0: [DefaultMaxMemory];
	// negative: no bound.
	MaxMemory int64
	// IdleTimeout is how long a client may send nothing at all, and how long it may take nothing of a message that is on its
	// way to it. 0: [DefaultIdleTimeout]; negative: for ever.
	IdleTimeout time.Duration
	// Subprotocols are the ones that the server speaks, in order of preference: the first that the client offers is
	// chosen. They are compared in any case, and the client's spelling is sent back. Without a common one, and by default,
	// the connection has none.
	Subprotocols []string
	// Origins are patterns of [path.Match] for hosts whose pages may connect, beside the server's own: "example.org",
	// "*.example.org:8443", with a scheme also "https://example.org". Others get 403. Nil: pages from everywhere may. An
	// echo has no secrets and trusts no cookie, so that there is nothing that such a page could gain. A client that sends
	// no Origin is no browser, and may always.
	Origins []string
	// Compression accepts an offer of permessage-deflate (RFC 7692), as browsers make it. The answer always asks for
	// no context takeover on both sides; messages of 512 bytes or more are compressed on the way back. An offer
	// that asks the server for a window of less than 32 KiB is passed over. Off, which is the default, the connection has
	// no extension.
	Compression bool
}

// closeWait is how long a client may take to answer a close frame.
const closeWait = 5 * time.Second

// Handler is the server. It is safe for concurrent use. ServeHTTP returns when the connection has ended, which a server's
// Shutdown and Close do not wait for, nor bring about: cancel the context of its requests (BaseContext) for that.
type Handler struct {
	opts   Options
	accept websocket.AcceptOptions
	memory memory
	linger time.Duration
}

// New returns a Handler; it fails when a subprotocol is not a token or named twice, or an origin is not a pattern.
func New(o *Options) (*Handler, error) {
	if o == nil {
		o = &Options{}
	}
	if err := o.validate(); err != nil {
		return nil, err
	}
	h := &Handler{opts: *o, linger: closeWait}
	if h.opts.MaxMessage == 0 {
		h.opts.MaxMessage = DefaultMaxMessage
	}
	if h.opts.IdleTimeout == 0 {
		h.opts.IdleTimeout = DefaultIdleTimeout
	}
	if h.memory.max = o.MaxMemory; o.MaxMemory == 0 {
		h.memory.max = DefaultMaxMemory
	}
	h.accept = websocket.AcceptOptions{
		Subprotocols: o.Subprotocols, OriginPatterns: o.Origins, InsecureSkipVerify: o.Origins == nil,
	}
	if o.Compression {
		h.accept.CompressionMode = websocket.CompressionNoContextTakeover
	}
	return h, nil
}

// ServeHTTP makes the handshake and echoes until the connection ends.
func (h *Handler) ServeHTTP(w http.ResponseWriter, r *http.Request) {
	switch {
	case r.ProtoMajor != 1:
		http.Error(w, "a WebSocket needs a handshake over HTTP/1.1, not "+r.Proto, http.StatusHTTPVersionNotSupported)
		return
	case !hijackable(w):
		http.Error(w, "the connection cannot be taken over", http.StatusNotImplemented)
		return
	}
	taken := &taker{ResponseWriter: w, idle: max(h.opts.IdleTimeout, 0)}
	conn, err := websocket.Accept(taken, r, &h.accept)
	if err != nil {
		if taken.wire != nil {
			taken.wire.Close()
		}
		return // the client has its answer
	}
	e := &echo{h: h, conn: conn, wire: taken.wire}
	closed := make(chan struct{})
	stop := context.AfterFunc(r.Context(), func() {
		defer close(closed)
		e.end(websocket.StatusGoingAway, "the server is going away")
	})
	e.run(context.WithoutCancel(r.Context()))
	if !stop() {
		<-closed
	}
}
