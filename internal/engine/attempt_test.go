package engine_test

import (
	"bufio"
	"context"
	"crypto/tls"
	"crypto/x509"
	"errors"
	"io"
	"net"
	"net/http"
	"net/http/httptrace"
	"slices"
	"strings"
	"sync"
	"sync/atomic"
	"testing"
	"time"

	"github.com/wirelike/wirelike/fingerprint"
	"github.com/wirelike/wirelike/internal/engine"
	"github.com/wirelike/wirelike/internal/plan"
	"github.com/wirelike/wirelike/internal/testnet"
)

func TestNegotiation(t *testing.T) {
	t.Parallel()
	h1, h2 := newServer(t, false, echoProto), newServer(t, true, echoProto)
	for _, row := range []struct {
		name   string
		server *server
		proto  plan.Proto
		want   string // "" for an error
	}{
		{"any, h2 server", h2, plan.Any, "HTTP/2.0"},
		{"any, http/1.1 server", h1, plan.Any, "HTTP/1.1"},
		{"http/1.1, h2 server", h2, plan.HTTP1, "HTTP/1.1"},
		{"h2, http/1.1 server", h1, plan.HTTP2, ""},
	} {
		r, err := row.server.engine(t).RoundTrip(request(t, insist(t.Context(), row.proto), "GET", row.server.url, nil))
		if row.want != "" {
			if err != nil {
				t.Errorf("%s: %v", row.name, err)
			} else if s := readAll(t, r); s != row.want {
				t.Errorf("%s: %s", row.name, s)
			}
			continue
		}
		var n *engine.NegotiationError
		if !errors.As(err, &n) || n.Want != plan.HTTP2 || n.Got != "http/1.1" && n.Got != "" {
			t.Errorf("%s: %v", row.name, err)
		}
	}
}

func TestClearTextHTTP2(t *testing.T) {
	t.Parallel()
	_, err := newEngine(t, &engine.Config{}).RoundTrip(request(t, insist(t.Context(), plan.HTTP2), "GET", "http://localhost:1/", nil))
	var e *engine.RequestError
	if !errors.As(err, &e) || !strings.Contains(err.Error(), "clear text") {
		t.Errorf("got %v", err)
	}
}

func TestUntrusted(t *testing.T) {
	t.Parallel()
	s := newServer(t, true, echoProto)
	_, err := newEngine(t, &engine.Config{}).RoundTrip(request(t, t.Context(), "GET", s.url, nil))
	var e *engine.Error
	var unknown x509.UnknownAuthorityError
	if !errors.As(err, &e) || e.Op != engine.OpTLS || !errors.As(err, &unknown) {
		t.Errorf("got %v", err)
	}
	r, err := newEngine(t, &engine.Config{InsecureSkipVerify: true}).RoundTrip(request(t, t.Context(), "GET", s.url, nil))
	if err != nil {
		t.Fatal(err)
	}
	readAll(t, r)
}

// TestCancel: at every stage, the end of the context ends the request at once, and the request body is closed once.
func TestCancel(t *testing.T) {
	t.Parallel()
	silent := func(t *testing.T) (string, chan struct{}) {
		reached := make(chan struct{}, 1)
		addr := testnet.Serve(t, func(c net.Conn) {
			br := bufio.NewReader(c)
			br.ReadByte()
			reached <- struct{}{}
			io.Copy(io.Discard, br)
		})
		return addr, reached
	}
	for _, row := range []struct {
		name  string
		setup func(t *testing.T) (e *engine.Engine, url string, reached chan struct{})
	}{
		{"dial", func(t *testing.T) (*engine.Engine, string, chan struct{}) {
			reached := make(chan struct{}, 1)
			return newEngine(t, &engine.Config{DialContext: func(ctx context.Context, _, _ string) (net.Conn, error) {
				reached <- struct{}{}
				<-ctx.Done()
				return nil, ctx.Err()
			}}), "https://localhost:1/", reached
		}},
		{"handshake", func(t *testing.T) (*engine.Engine, string, chan struct{}) {
			addr, reached := silent(t)
			return newEngine(t, &engine.Config{}), "https://" + addr + "/", reached
		}},
		{"head", func(t *testing.T) (*engine.Engine, string, chan struct{}) {
			addr, reached := silent(t)
			return newEngine(t, &engine.Config{}), "http://" + addr + "/", reached
		}},
		{"head over h2", func(t *testing.T) (*engine.Engine, string, chan struct{}) {
			reached, release := make(chan struct{}, 1), make(chan struct{})
			s := newServer(t, true, func(w http.ResponseWriter, r *http.Request) {
				reached <- struct{}{}
				<-release
			})
			t.Cleanup(func() { close(release) })
			return s.engine(t), s.url, reached
		}},
		{"free connection", func(t *testing.T) (*engine.Engine, string, chan struct{}) {
			addr, busy := silent(t)
			e := newEngine(t, &engine.Config{MaxConnsPerHost: 1})
			ctx, cancel := context.WithCancel(context.Background())
			done := make(chan struct{})
			go func() {
				defer close(done)
				e.RoundTrip(request(t, ctx, "GET", "http://"+addr+"/", nil))
			}()
			t.Cleanup(func() { cancel(); <-done })
			<-busy
			reached := make(chan struct{}, 1)
			go func() {
				eventually(t, "request waits", func() bool { return engine.Waiters(e) == 1 })
				reached <- struct{}{}
			}()
			return e, "http://" + addr + "/", reached
		}},
	} {
		t.Run(row.name, func(t *testing.T) {
			t.Parallel()
			e, url, reached := row.setup(t)
			because := errors.New("because")
			ctx, cancel := context.WithCancelCause(t.Context())
			body := &closeCounter{Reader: strings.NewReader("abc")}
			done := make(chan error, 1)
			go func() {
				_, err := e.RoundTrip(request(t, ctx, "POST", url, body))
				done <- err
			}()
			<-reached
			cancel(because)
			select {
			case err := <-done:
				if !errors.Is(err, context.Canceled) || !errors.Is(err, because) {
					t.Errorf("got %v", err)
				}
			case <-time.After(5 * time.Second):
				t.Fatal("still running")
			}
			eventually(t, "body closed", func() bool { return body.n.Load() > 0 })
			if n := body.n.Load(); n != 1 {
				t.Errorf("the body was closed %d times", n)
			}
		})
	}
}

func TestCancelledBefore(t *testing.T) {
	t.Parallel()
	e := newEngine(t, &engine.Config{DialContext: func(context.Context, string, string) (net.Conn, error) {
		t.Error("dialled")
		return nil, errors.New("no")
	}})
	ctx, cancel := context.WithCancel(t.Context())
	cancel()
	body := &closeCounter{Reader: strings.NewReader("abc")}
	if _, err := e.RoundTrip(request(t, ctx, "POST", "https://localhost:1/", body)); !errors.Is(err, context.Canceled) {
		t.Errorf("got %v", err)
	}
	if n := body.n.Load(); n != 1 {
		t.Errorf("the body was closed %d times", n)
	}
}

func TestConnectTimeout(t *testing.T) {
	t.Parallel()
	addr := testnet.Serve(t, func(c net.Conn) { io.Copy(io.Discard, c) })
	e := newEngine(t, &engine.Config{ConnectTimeout: 30 * time.Millisecond})
	_, err := e.RoundTrip(request(t, t.Context(), "GET", "https://"+addr+"/", nil))
	var ee *engine.Error
	if !errors.As(err, &ee) || ee.Op != engine.OpTLS || !errors.Is(err, context.DeadlineExceeded) {
		t.Errorf("got %v", err)
	}
}

func TestTrace(t *testing.T) {
	t.Parallel()
	s := newServer(t, true, echoProto)
	e := s.engine(t)
	var mu sync.Mutex
	var events []string
	var connected atomic.Int32
	note := func(s string) {
		mu.Lock()
		defer mu.Unlock()
		events = append(events, s)
	}
	ctx := httptrace.WithClientTrace(t.Context(), &httptrace.ClientTrace{
		GetConn:           func(hostPort string) { note("GetConn " + hostPort) },
		DNSStart:          func(i httptrace.DNSStartInfo) { note("DNSStart " + i.Host) },
		DNSDone:           func(httptrace.DNSDoneInfo) { note("DNSDone") },
		TLSHandshakeStart: func() { note("TLSHandshakeStart") },
		TLSHandshakeDone: func(s tls.ConnectionState, err error) {
			note("TLSHandshakeDone " + s.NegotiatedProtocol)
		},
		GotConn: func(i httptrace.GotConnInfo) {
			note("GotConn")
			if i.Conn == nil {
				t.Error("GotConn without connection")
			}
			if i.Reused != i.WasIdle {
				t.Errorf("reused %v, idle %v", i.Reused, i.WasIdle)
			}
			if i.Reused {
				note("reused")
			}
		},
		ConnectDone: func(_, _ string, err error) {
			if err == nil {
				connected.Add(1)
			}
		},
		GotFirstResponseByte: func() { note("GotFirstResponseByte") },
	})
	for range 2 {
		r, err := e.RoundTrip(request(t, ctx, "GET", s.url, nil))
		if err != nil {
			t.Fatal(err)
		}
		readAll(t, r)
	}
	if n := connected.Load(); n != 1 {
		t.Errorf("%d times connected", n)
	}
	hostPort := strings.TrimPrefix(s.url, "https://")
	want := []string{
		"GetConn " + hostPort, "DNSStart localhost", "DNSDone", "TLSHandshakeStart", "TLSHandshakeDone h2", "GotConn", "GotFirstResponseByte",
		"GetConn " + hostPort, "GotConn", "reused", "GotFirstResponseByte",
	}
	if !slices.Equal(events, want) {
		t.Errorf("got  %q\nwant %q", events, want)
	}
}

// TestPlanReachesTheWire: the plan's order is what is sent, and fields of the request fill its slots.
func TestPlanReachesTheWire(t *testing.T) {
	t.Parallel()
	heads := make(chan string, 1)
	addr := testnet.Serve(t, func(c net.Conn) {
		br := bufio.NewReader(c)
		var head strings.Builder
		for {
			line, err := br.ReadString('\n')
			head.WriteString(line)
			if err != nil || line == "\r\n" {
				break
			}
		}
		heads <- head.String()
		io.WriteString(c, ok1)
	})
	ctx := plan.With(t.Context(), &plan.Plan{
		H1: []fingerprint.Field{
			{Name: "accept", Value: "*/*"}, {Name: "Cookie"}, {Name: "HOST", Value: "*"}, {Name: "*"}, {Name: "x-gone", Value: "1"},
		},
		Own:    []fingerprint.Field{{Name: "b-Own", Value: "2"}, {Name: "A-own", Value: "3"}},
		Remove: []string{"X-Gone"},
	})
	r := request(t, ctx, "GET", "http://"+addr+"/p?q", nil)
	r.Header = http.Header{"Z-Late": {" 5 "}, "Cookie": {"k=v"}, "Y-Late": {"4"}, "Content-Length": {"17"}}
	res, err := newEngine(t, &engine.Config{}).RoundTrip(r)
	if err != nil {
		t.Fatal(err)
	}
	readAll(t, res)
	want := "GET /p?q HTTP/1.1\r\naccept: */*\r\nCookie: k=v\r\nHOST: " + addr + "\r\nb-Own: 2\r\nA-own: 3\r\nY-Late: 4\r\nZ-Late: 5\r\n\r\n"
	if got := <-heads; got != want {
		t.Errorf("got  %q\nwant %q", got, want)
	}
	if len(res.Sent) != 7 || res.Sent[0].Name != "accept" {
		t.Errorf("sent %q", res.Sent)
	}
}

func TestBadFieldsKeepTheConnection(t *testing.T) {
	t.Parallel()
	s := newServer(t, false, echoProto)
	e := s.engine(t)
	first, _ := fetch(t, e, s.url)
	ctx := plan.With(t.Context(), &plan.Plan{Own: []fingerprint.Field{{Name: "Content-Length", Value: "5"}}})
	_, err := e.RoundTrip(request(t, ctx, "GET", s.url, nil))
	var fe *plan.FieldError
	if !errors.As(err, &fe) {
		t.Errorf("got %v", err)
	}
	if r, _ := fetch(t, e, s.url); r.Conn != first.Conn {
		t.Error("the connection is gone")
	}
}

func TestDefaultPorts(t *testing.T) {
	t.Parallel()
	boom := errors.New("boom")
	for _, row := range []struct{ url, addr string }{
		{"http://a.test/", "a.test:80"},
		{"https://a.test/", "a.test:443"},
		{"https://a.test:8443/", "a.test:8443"},
		{"https://[::1]/", "[::1]:443"},
		{"http://[::1]:81/", "[::1]:81"},
	} {
		e := newEngine(t, &engine.Config{DialContext: func(_ context.Context, network, addr string) (net.Conn, error) {
			if network != "tcp" || addr != row.addr {
				t.Errorf("%s: dials %s %s", row.url, network, addr)
			}
			return nil, boom
		}})
		if _, err := e.RoundTrip(request(t, t.Context(), "GET", row.url, nil)); !errors.Is(err, boom) {
			t.Errorf("%s: %v", row.url, err)
		}
	}
}

// TestAuthority: the scheme's own port is not part of the authority, another is.
func TestAuthority(t *testing.T) {
	t.Parallel()
	for _, row := range []struct{ url, host string }{
		{"http://a.test:80/", "a.test"},
		{"http://a.test:443/", "a.test:443"},
		{"http://a.test:8080/", "a.test:8080"},
	} {
		hosts := make(chan string, 1)
		e := newEngine(t, &engine.Config{DialContext: func(context.Context, string, string) (net.Conn, error) {
			client, server := net.Pipe()
			go func() {
				defer server.Close()
				if r, err := http.ReadRequest(bufio.NewReader(server)); err == nil {
					hosts <- r.Host
					io.WriteString(server, "HTTP/1.1 204 No Content\r\nConnection: close\r\n\r\n")
				}
			}()
			return client, nil
		}})
		fetch(t, e, row.url)
		if h := <-hosts; h != row.host {
			t.Errorf("%s: host %q, want %q", row.url, h, row.host)
		}
	}
}
