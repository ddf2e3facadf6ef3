package client_test

import (
	"bufio"
	"context"
	"crypto/tls"
	"crypto/x509"
	"encoding/binary"
	"errors"
	"io"
	"net"
	"net/http"
	"net/url"
	"slices"
	"strings"
	"sync"
	"testing"
	"time"

	"github.com/wirelike/wirelike/client"
	"github.com/wirelike/wirelike/internal/testnet"
	"github.com/wirelike/wirelike/profiles"
)

// raw serves scripted bytes over clear text: each connection gets one answer to its first request, and is closed.
func raw(t *testing.T, answer string) string {
	t.Helper()
	return "http://" + testnet.Serve(t, func(c net.Conn) {
		if _, err := http.ReadRequest(bufio.NewReader(c)); err == nil {
			io.WriteString(c, answer)
		}
	})
}

// devour serves clear text and never answers.
func devour(t *testing.T) string {
	t.Helper()
	return "http://" + testnet.Serve(t, func(c net.Conn) { io.Copy(io.Discard, c) })
}

// closedPort returns an address that nobody listens on.
func closedPort(t *testing.T) string {
	l := testnet.Listen(t)
	defer l.Close()
	return l.Addr().String()
}

// get sends a GET for a session of its own and reads the body of what comes back.
func get(t *testing.T, o *client.Options, url string, c *client.Call) error {
	t.Helper()
	return fetch(t, o, "GET", url, c)
}

func fetch(t *testing.T, o *client.Options, method, url string, c *client.Call) error {
	t.Helper()
	r, err := newSession(t, o).Do(t.Context(), method, url, c)
	if err != nil {
		return err
	}
	_, err = r.Bytes()
	return err
}

// dialTo returns a DialContext that always connects to addr, whatever the name.
func dialTo(addr string) func(context.Context, string, string) (net.Conn, error) {
	return func(ctx context.Context, network, _ string) (net.Conn, error) {
		return (&net.Dialer{}).DialContext(ctx, network, addr)
	}
}

// brokenConn refuses to take bytes, as the network does.
type brokenConn struct{ net.Conn }

func (c *brokenConn) Write([]byte) (int, error) {
	return 0, &net.OpError{Op: "write", Net: "tcp", Err: errBoom}
}

// lateBreak fails to read once something has been written.
type lateBreak struct {
	net.Conn
	once sync.Once
	sent chan struct{}
}

func (c *lateBreak) Write(b []byte) (int, error) {
	c.once.Do(func() { close(c.sent) })
	return c.Conn.Write(b)
}

func (c *lateBreak) Read([]byte) (int, error) {
	<-c.sent
	return 0, &net.OpError{Op: "read", Net: "tcp", Err: errBoom}
}

// through returns a DialContext that connects to a server that only listens, with wrap around the connection.
func through(t *testing.T, wrap func(net.Conn) net.Conn) func(context.Context, string, string) (net.Conn, error) {
	addr := testnet.Serve(t, func(c net.Conn) { io.Copy(io.Discard, c) })
	return func(ctx context.Context, network, _ string) (net.Conn, error) {
		c, err := dialTo(addr)(ctx, network, "")
		if err != nil {
			return nil, err
		}
		return wrap(c), nil
	}
}

// frames serves TLS and answers the first HEADERS frame with the given bytes ("stream 1" is what the neutral client
// uses), then reads on until the client goes.
func frames(t *testing.T, answer ...[]byte) (o *client.Options, url string) {
	t.Helper()
	s := newFrameServer(t, answer...)
	return &client.Options{RootCAs: s.ca.Pool()}, s.url
}

func frame(typ, flags byte, stream uint32, payload string) []byte {
	b := []byte{byte(len(payload) >> 16), byte(len(payload) >> 8), byte(len(payload)), typ, flags}
	return append(binary.BigEndian.AppendUint32(b, stream), payload...)
}

type provocation struct {
	name    string
	kind    *client.Kind
	code    client.Code
	provoke func(t *testing.T) error
	check   func(err error) bool // nil: only kind and code
}

func has(target error) func(error) bool {
	return func(err error) bool { return errors.Is(err, target) }
}

func text(s string) func(error) bool {
	return func(err error) bool { return strings.Contains(err.Error(), s) }
}

var provocations = slices.Concat(requestFaults, connectFaults, transferFaults, bodyFaults, optionFaults, cookieFaults)

var requestFaults = []provocation{
	{"no host", client.ErrInvalidURL, 3, func(t *testing.T) error { return get(t, nil, "https:///x", nil) }, text("no host")},
	{"no scheme", client.ErrInvalidURL, 3, func(t *testing.T) error { return get(t, nil, "example.org/x", nil) }, text("absolute")},
	{"bad escape", client.ErrInvalidURL, 3, func(t *testing.T) error { return get(t, nil, "https://a%zz/", nil) }, nil},
	{"control character", client.ErrInvalidURL, 3, func(t *testing.T) error { return get(t, nil, "https://a/\r\nX: y", nil) }, nil},
	{"port", client.ErrInvalidURL, 3, func(t *testing.T) error { return get(t, nil, "https://a:70000/", nil) }, text("70000")},
	{"internal address", client.ErrInternalAddress, 7, func(t *testing.T) error {
		return get(t, &client.Options{Redirect: client.Redirect{Follow: client.FollowSafe, GuardFirst: true}}, raw(t, ""), nil)
	}, nil},
	{"too many redirects", client.ErrTooManyRedirects, 47, func(t *testing.T) error {
		return get(t, nil, raw(t, "HTTP/1.1 302 Found\r\nLocation: /\r\nContent-Length: 0\r\n\r\n"), &client.Call{Redirect: client.Some(client.Redirect{Follow: client.FollowError})})
	}, nil},
	{"a redirect is refused", client.ErrRedirect, 42, func(t *testing.T) error {
		hop := func(*client.Response, *url.URL) error { return errBoom }
		return get(t, nil, raw(t, "HTTP/1.1 302 Found\r\nLocation: /\r\nContent-Length: 0\r\n\r\n"), &client.Call{Redirect: client.Some(client.Redirect{Hop: hop})})
	}, func(err error) bool { return errors.Is(err, errBoom) }},
	{"idna", client.ErrInvalidURL, 3, func(t *testing.T) error { return get(t, nil, "https://\u00e9\u2028.test/", nil) }, text("host")},
	{"ftp", client.ErrUnsupportedScheme, 1, func(t *testing.T) error { return get(t, nil, "ftp://a/", nil) }, text("ftp")},
	{"line end in a value", client.ErrInvalidHeader, 43, func(t *testing.T) error {
		return get(t, nil, "https://a/", &client.Call{Header: client.Header{{Name: "a", Value: "b\r\nc: d"}}})
	}, nil},
	{"field name", client.ErrInvalidHeader, 43, func(t *testing.T) error {
		return get(t, nil, "https://a/", &client.Call{Header: client.Header{{Name: "a b", Value: "c"}}})
	}, nil},
	{"pseudo-header field", client.ErrInvalidHeader, 43, func(t *testing.T) error {
		return get(t, nil, "https://a/", &client.Call{Header: client.Header{{Name: ":path", Value: "/"}}})
	}, nil},
	{"removed name", client.ErrInvalidHeader, 43, func(t *testing.T) error {
		return get(t, nil, "https://a/", &client.Call{Remove: []string{"a:"}})
	}, nil},
	{"set and removed", client.ErrInvalidHeader, 43, func(t *testing.T) error {
		return get(t, nil, "https://a/", &client.Call{Header: client.Header{{Name: "A"}}, Remove: []string{"a"}})
	}, text("both")},
	{"contradictory length", client.ErrInvalidHeader, 43, func(t *testing.T) error {
		return fetch(t, nil, "POST", raw(t, ""), &client.Call{Bytes: []byte("abc"), Header: client.Header{{Name: "Content-Length", Value: "4"}}})
	}, text("length of the body")},
	{"method", client.ErrInvalidRequest, 43, func(t *testing.T) error { return fetch(t, nil, "GE T", "https://a/", nil) }, nil},
	{"connect", client.ErrInvalidRequest, 43, func(t *testing.T) error { return fetch(t, nil, "CONNECT", "https://a/", nil) }, nil},
	{"no context", client.ErrInvalidRequest, 43, func(t *testing.T) error {
		var none context.Context
		_, err := newSession(t, nil).Get(none, "https://a/", nil)
		return err
	}, text("context")},
	{"two bodies", client.ErrInvalidRequest, 43, func(t *testing.T) error {
		return get(t, nil, "https://a/", &client.Call{JSON: 1, Form: client.Q("a", "b")})
	}, text("JSON Form")},
	{"odd query", client.ErrInvalidRequest, 43, func(t *testing.T) error {
		return get(t, nil, "https://a/", &client.Call{Query: client.Q("a", "b", "c")})
	}, text("odd")},
	{"length without body", client.ErrInvalidRequest, 43, func(t *testing.T) error { return get(t, nil, "https://a/", &client.Call{Length: 3}) }, nil},
	{"unencodable", client.ErrInvalidRequest, 43, func(t *testing.T) error { return get(t, nil, "https://a/", &client.Call{JSON: func() {}}) }, nil},
	{"h2 in clear text", client.ErrInvalidRequest, 43, func(t *testing.T) error {
		return get(t, nil, "http://a/", &client.Call{HTTPVersion: client.HTTP2})
	}, text("clear text")},
	{"unknown version", client.ErrInvalidRequest, 43, func(t *testing.T) error {
		return get(t, nil, "http://a/", &client.Call{HTTPVersion: 9})
	}, nil},
	{"unknown profile", client.ErrImpersonate, 43, func(t *testing.T) error {
		_, err := client.New(&client.Options{Profile: "chromium1"})
		return err
	}, func(err error) bool {
		var u *profiles.UnknownError
		return errors.As(err, &u) && u.Name == "chromium1" && len(u.Near) > 0
	}},
	{"unknown kind", client.ErrImpersonate, 43, func(t *testing.T) error {
		return get(t, &client.Options{Profile: "chromium156"}, "https://a/", &client.Call{Kind: "telepathy"})
	}, func(err error) bool {
		var k *client.KindError
		return errors.As(err, &k) && k.Profile == "chromium156" && k.Kind == "telepathy" && len(k.Kinds) > 0 && strings.Contains(err.Error(), "navigate")
	}},
	{"HTTP/1.1 by the server's choice", client.ErrImpersonate, 43, func(t *testing.T) error {
		srv := newServer(t, false, func(http.ResponseWriter, *http.Request) { t.Error("a request was sent") })
		_, err := srv.session(t, "safari2601").Get(t.Context(), srv.url, nil)
		return err
	}, noHTTP1},
	{"HTTP/1.1 by the caller's choice", client.ErrImpersonate, 43, func(t *testing.T) error {
		return get(t, &client.Options{Profile: "safari2601"}, "https://a/", &client.Call{HTTPVersion: client.HTTP1})
	}, noHTTP1},
	{"HTTP/1.1 in clear text", client.ErrImpersonate, 43, func(t *testing.T) error {
		return get(t, &client.Options{Profile: "safari2601"}, "http://localhost/", nil)
	}, noHTTP1},
	{"http to another machine", client.ErrImpersonate, 43, func(t *testing.T) error {
		return get(t, &client.Options{Profile: "chromium156"}, "http://a.test:80/", nil)
	}, func(err error) bool {
		var s *client.SchemeError
		return errors.As(err, &s) && s.Profile == "chromium156" && s.Kind == "navigate" && s.Host == "a.test" &&
			strings.Contains(err.Error(), "use https, or no profile")
	}},
	{"kind without profile", client.ErrImpersonate, 43, func(t *testing.T) error {
		return get(t, nil, "https://a/", &client.Call{Kind: "telepathy"})
	}, nil},
	{"closed session", client.ErrClosed, 0, func(t *testing.T) error {
		s := newSession(t, nil)
		s.Close()
		_, err := s.Get(t.Context(), "https://a/", nil)
		return err
	}, nil},
	{"closed body", client.ErrClosed, 0, func(t *testing.T) error {
		r, err := newSession(t, nil).Get(t.Context(), raw(t, "HTTP/1.1 200 OK\r\nContent-Length: 2\r\n\r\nok"), nil)
		if err != nil {
			return err
		}
		r.Close()
		_, err = r.Body.Read(make([]byte, 1))
		return err
	}, nil},
}

// noHTTP1: nobody has seen Safari over HTTP/1.1.
func noHTTP1(err error) bool {
	var k *client.KindError
	return errors.As(err, &k) && k.Profile == "safari2601" && k.Proto == "http/1.1"
}

var connectFaults = []provocation{
	{"refused", client.ErrConnect, 7, func(t *testing.T) error { return get(t, nil, "https://"+closedPort(t), nil) }, func(err error) bool {
		var op *net.OpError
		return errors.As(err, &op) && op.Op == "dial"
	}},
	{"no such host", client.ErrDNS, 6, func(t *testing.T) error {
		return get(t, &client.Options{DialContext: func(context.Context, string, string) (net.Conn, error) {
			return nil, &net.OpError{Op: "dial", Net: "tcp", Err: &net.DNSError{Err: "no such host", Name: "nosuch.test", IsNotFound: true}}
		}}, "https://nosuch.test/", nil)
	}, has(client.ErrConnect)},
	{"no TLS", client.ErrTLS, 35, func(t *testing.T) error {
		return get(t, nil, strings.Replace(raw(t, "HTTP/1.1 400 Bad Request\r\n\r\n"), "http:", "https:", 1), nil)
	}, has(client.ErrConnect)},
	{"delegated credential", client.ErrCompat, 35, func(t *testing.T) error {
		ca := testnet.NewCA(t, time.Now())
		return get(t, &client.Options{Profile: "firefox153_linux", RootCAs: ca.Pool()}, delegating(t, ca).URL, nil)
	}, has(client.ErrTLS)},
	{"unknown authority", client.ErrCertificate, 60, func(t *testing.T) error {
		return get(t, nil, newServer(t, true, http.NotFound).url, nil)
	}, func(err error) bool {
		var u x509.UnknownAuthorityError
		return errors.As(err, &u) && errors.Is(err, client.ErrTLS)
	}},
	{"unknown authority to a browser", client.ErrCertificate, 60, func(t *testing.T) error {
		return get(t, &client.Options{Profile: "chromium156"}, newServer(t, true, http.NotFound).url, nil)
	}, nil},
	{"expired", client.ErrCertificate, 60, func(t *testing.T) error {
		s := newServer(t, true, http.NotFound)
		return get(t, &client.Options{RootCAs: s.ca.Pool(), Time: func() time.Time { return time.Now().AddDate(1, 0, 0) }}, s.url, nil)
	}, nil},
	{"wrong name", client.ErrCertificate, 60, func(t *testing.T) error {
		s := newServer(t, true, http.NotFound)
		return get(t, &client.Options{RootCAs: s.ca.Pool(), DialContext: dialTo(s.Listener.Addr().String())}, "https://other.test/", nil)
	}, nil},
	{"no client certificate", client.ErrClientCertificate, 98, func(t *testing.T) error {
		o, url := demanding(t, tls.VersionTLS13, "h2")
		return get(t, o, url, nil)
	}, has(client.ErrTransfer)},
	{"no h2", client.ErrNegotiation, 35, func(t *testing.T) error {
		s := newServer(t, false, http.NotFound)
		return get(t, &client.Options{RootCAs: s.ca.Pool(), HTTPVersion: client.HTTP2}, s.url, nil)
	}, has(client.ErrTLS)},
	{"connect timeout", client.ErrConnectTimeout, 28, func(t *testing.T) error {
		return get(t, &client.Options{ConnectTimeout: time.Millisecond, DialContext: func(ctx context.Context, _, _ string) (net.Conn, error) {
			<-ctx.Done()
			return nil, ctx.Err()
		}}, "https://a.test/", nil)
	}, func(err error) bool {
		var n net.Error
		return errors.Is(err, client.ErrConnect) && errors.Is(err, client.ErrTimeout) && errors.As(err, &n) && n.Timeout()
	}},
	{"handshake timeout", client.ErrConnectTimeout, 28, func(t *testing.T) error {
		return get(t, &client.Options{ConnectTimeout: 20 * time.Millisecond}, strings.Replace(devour(t), "http:", "https:", 1), nil)
	}, nil},
}

var transferFaults = []provocation{
	{"deadline", client.ErrReadTimeout, 28, func(t *testing.T) error {
		addr := testnet.Serve(t, func(c net.Conn) {
			if _, err := http.ReadRequest(bufio.NewReader(c)); err == nil {
				io.WriteString(c, "HTTP/1.1 204 No Content\r\n\r\n")
				io.Copy(io.Discard, c)
			}
		})
		s := newSession(t, nil)
		if r, err := s.Get(t.Context(), "http://"+addr, nil); err != nil {
			return err
		} else if _, err := r.Bytes(); err != nil {
			return err
		}
		// The connection is there: only the response is missing.
		ctx, cancel := context.WithTimeout(t.Context(), 30*time.Millisecond)
		defer cancel()
		_, err := s.Get(ctx, "http://"+addr, nil)
		return err
	}, func(err error) bool {
		return errors.Is(err, client.ErrTimeout) && errors.Is(err, context.DeadlineExceeded)
	}},
	{"cancelled", client.ErrCanceled, 42, func(t *testing.T) error {
		ctx, cancel := context.WithCancel(t.Context())
		addr := testnet.Serve(t, func(c net.Conn) {
			bufio.NewReader(c).ReadByte()
			cancel()
			io.Copy(io.Discard, c)
		})
		_, err := newSession(t, nil).Get(ctx, "http://"+addr, nil)
		return err
	}, has(context.Canceled)},
	{"send", client.ErrSend, 55, func(t *testing.T) error {
		return get(t, &client.Options{DialContext: through(t, func(c net.Conn) net.Conn { return &brokenConn{c} })}, "http://a.test/", nil)
	}, has(client.ErrTransfer)},
	{"receive", client.ErrReceive, 56, func(t *testing.T) error {
		return get(t, &client.Options{DialContext: through(t, func(c net.Conn) net.Conn {
			return &lateBreak{Conn: c, sent: make(chan struct{})}
		})}, "http://a.test/", nil)
	}, has(errBoom)},
	{"empty reply", client.ErrEmptyReply, 52, func(t *testing.T) error { return get(t, nil, raw(t, ""), nil) }, has(client.ErrTransfer)},
	{"short body", client.ErrIncompleteRead, 18, func(t *testing.T) error {
		return get(t, nil, raw(t, "HTTP/1.1 200 OK\r\nContent-Length: 10\r\n\r\nabc"), nil)
	}, func(err error) bool {
		var e *client.Error
		if !errors.Is(err, io.ErrUnexpectedEOF) || !errors.As(err, &e) || e.Response == nil {
			return false
		}
		part, _ := e.Response.Bytes()
		return string(part) == "abc"
	}},
	{"short chunks", client.ErrIncompleteRead, 18, func(t *testing.T) error {
		return get(t, nil, raw(t, "HTTP/1.1 200 OK\r\nTransfer-Encoding: chunked\r\n\r\n3\r\nabc\r\n5\r\nde"), nil)
	}, has(io.ErrUnexpectedEOF)},
	{"short coded body", client.ErrIncompleteRead, 18, func(t *testing.T) error {
		return get(t, nil, raw(t, "HTTP/1.1 200 OK\r\nContent-Encoding: gzip\r\nContent-Length: 100\r\n\r\n"+gzipped("abc")[:12]), nil)
	}, has(io.ErrUnexpectedEOF)},
	{"short h2 body", client.ErrIncompleteRead, 18, func(t *testing.T) error {
		o, url := frames(t, frame(1, 4, 1, "\x88\x0f\x0d\x0210"), frame(0, 1, 1, "abc")) // 200, content-length: 10
		return get(t, o, url, nil)
	}, nil},
	{"no HTTP", client.ErrProtocol, 8, func(t *testing.T) error { return get(t, nil, raw(t, "SSH-2.0-x\r\n\r\n"), nil) }, nil},
	{"h2 connection", client.ErrHTTP2, 16, func(t *testing.T) error {
		o, url := frames(t, frame(0, 0, 0, "data on stream 0"))
		return get(t, o, url, nil)
	}, has(client.ErrProtocol)},
	{"h2 stream", client.ErrHTTP2Stream, 92, func(t *testing.T) error {
		o, url := frames(t, frame(3, 0, 1, "\x00\x00\x00\x02"))
		return get(t, o, url, nil)
	}, has(client.ErrProtocol)},
	{"corrupt gzip", client.ErrContentDecoding, 61, func(t *testing.T) error {
		return get(t, nil, raw(t, "HTTP/1.1 200 OK\r\nContent-Encoding: gzip\r\nContent-Length: 3\r\n\r\nabc"), nil)
	}, nil},
	{"unknown coding", client.ErrContentDecoding, 61, func(t *testing.T) error {
		return get(t, nil, raw(t, "HTTP/1.1 200 OK\r\nContent-Encoding: rot13\r\nContent-Length: 3\r\n\r\nabc"), nil)
	}, text("rot13")},
	{"too large", client.ErrTooLarge, 63, func(t *testing.T) error {
		return get(t, &client.Options{MaxBody: 2}, raw(t, "HTTP/1.1 200 OK\r\nConnection: close\r\n\r\nabc"), nil)
	}, text("2 bytes")},
	{"no JSON", client.ErrDecode, 0, func(t *testing.T) error {
		r, err := newSession(t, nil).Get(t.Context(), raw(t, "HTTP/1.1 200 OK\r\nContent-Length: 1\r\n\r\n{"), nil)
		if err != nil {
			return err
		}
		var v any
		return r.JSON(&v)
	}, nil},
	{"unknown charset", client.ErrUnknownCharset, 0, func(t *testing.T) error {
		r, err := newSession(t, nil).Get(t.Context(), raw(t, "HTTP/1.1 200 OK\r\nContent-Type: text/plain; charset=klingon\r\nContent-Length: 1\r\n\r\n{"), nil)
		if err != nil {
			return err
		}
		_, err = r.Text()
		return err
	}, has(client.ErrDecode)},
	{"status", client.ErrStatus, 22, func(t *testing.T) error {
		r, err := newSession(t, nil).Get(t.Context(), raw(t, "HTTP/1.1 404 Gone Fishing\r\nContent-Length: 0\r\n\r\n"), nil)
		if err != nil {
			return err
		}
		defer r.Close()
		return r.Err()
	}, text("404 Gone Fishing")},
	{"no WebSocket", client.ErrRefused, 22, func(t *testing.T) error {
		_, err := newSession(t, nil).WebSocket(t.Context(), raw(t, "HTTP/1.1 404 Not Found\r\nContent-Length: 0\r\n\r\n"), nil)
		return err
	}, text("404 Not Found")},
	{"half a WebSocket", client.ErrHandshake, 8, func(t *testing.T) error {
		_, err := newSession(t, nil).WebSocket(t.Context(), raw(t, "HTTP/1.1 101 Switching Protocols\r\nConnection: Upgrade\r\nUpgrade: websocket\r\n\r\n"), nil)
		return err
	}, text("Sec-WebSocket-Accept")},
}
