package client

import (
	"fmt"

	"github.com/wirelike/wirelike/internal/plan"
)

// HTTPVersion says which version of HTTP a request must use.
type HTTPVersion uint8

// The versions. HTTPAuto takes what the server chooses by ALPN over https, and HTTP/1.1 over http. HTTP1 does not offer
// HTTP/2: the ClientHello is the one with which the browser opens a WebSocket to a server that speaks HTTP/2, as it has no
// other of that kind. HTTP2 fails with ErrNegotiation when the server does not choose it, and over
// http, where it would need prior knowledge.
const (
	HTTPAuto HTTPVersion = iota
	HTTP1
	HTTP2
)

// String returns "auto", "HTTP/1.1" or "HTTP/2".
func (v HTTPVersion) String() string {
	switch v {
	case HTTPAuto:
		return "auto"
	case HTTP1:
		return "HTTP/1.1"
	case HTTP2:
		return "HTTP/2"
	}
	return fmt.Sprintf("HTTPVersion(%d)", uint8(v))
}

func (v HTTPVersion) check() error {
	if v > HTTP2 {
		return invalid(ErrInvalidRequest, "unknown %v", v)
	}
	return nil
}

func (v HTTPVersion) proto() plan.Proto {
	switch v {
	case HTTP1:
		return plan.HTTP1
	case HTTP2:
		return plan.HTTP2
	}
	return plan.Any
}
