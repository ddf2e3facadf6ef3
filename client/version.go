package client

import (
	"fmt"
	"strings"

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

// ParseHTTPVersion reads a version as String writes it, "1.1" and "2", or one of the words of the reference library
// (curl_cffi), in any case. Of those, "v1" is HTTP1; "v2" and "v2tls", which leave HTTP/1.1 to a server that has no other and to
// plain http, are HTTPAuto, as is an empty text. "v2_prior_knowledge", "v3" and "v3only" are known, but nothing here speaks
// them: like any other text they are an ErrInvalidRequest.
func ParseHTTPVersion(s string) (HTTPVersion, error) {
	switch strings.ToLower(s) {
	case "", "auto", "v2", "v2tls":
		return HTTPAuto, nil
	case "1.1", "http/1.1", "v1":
		return HTTP1, nil
	case "2", "http/2":
		return HTTP2, nil
	case "v2_prior_knowledge":
		return 0, newError("parse", nil, invalid(ErrInvalidRequest, "HTTP version %s: not supported: there is no HTTP/2 without TLS", s))
	case "3", "http/3", "v3", "v3only":
		return 0, newError("parse", nil, invalid(ErrInvalidRequest, "HTTP version %s: not supported: there is no HTTP/3 yet", s))
	}
	return 0, newError("parse", nil, invalid(ErrInvalidRequest, "HTTP version %.40q: want auto, 1.1 or 2, or v1, v2 or v2tls", s))
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
