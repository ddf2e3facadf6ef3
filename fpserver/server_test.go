package fpserver

import (
	"context"
	"crypto/tls"
	"errors"
	"io"
	"net"
	"net/http"
	"strings"
	"testing"
	"time"

	"github.com/wirelike/wirelike/fingerprint"
)

func TestStartRefuses(t *testing.T) {
	t.Parallel()
	busy := start(t, nil)
	for _, row := range []struct {
		name      string
		configure func(*Server)
		want      string
		reason    string
	}{
		{"both protocols only", func(s *Server) { s.HTTP1Only, s.HTTP2Only = true, true }, "exclude each other", "a contradiction"},
		{"HTTP/2 without ALPN", func(s *Server) { s.NoALPN, s.HTTP2Only = true, true }, "NoALPN excludes", "clients would speak HTTP/1.1"},
		{"no port", func(s *Server) { s.Addr = "localhost" }, "missing port", "net.Listen would refuse it, too"},
		{"port taken", func(s *Server) { s.Addr = address(busy) }, "address already in use", "another server is there"},
		{"no randomness", func(s *Server) { s.Rand = strings.NewReader("short") }, "key: unexpected EOF", "no key without bytes"},
		{"closed", func(s *Server) { s.Close() }, "server is closed", "Close is for ever"},
	} {
		s := NewUnstartedServer(nil)
		row.configure(s)
		err := s.Start()
		if err == nil || !strings.Contains(err.Error(), row.want) || !strings.HasPrefix(err.Error(), "fpserver: ") {
			t.Errorf("%s (%s): %v", row.name, row.reason, err)
		}
		s.Close()
	}
	if err := busy.Start(); err == nil || !strings.Contains(err.Error(), "already started") {
		t.Errorf("second Start: %v", err)
	}
}

// TestNoALPN: a client that offers two protocols gets no answer, and speaks HTTP/1.1.
func TestNoALPN(t *testing.T) {
	t.Parallel()
	s := start(t, func(s *Server) { s.NoALPN = true })
	c := &http.Client{Transport: &http.Transport{TLSClientConfig: &tls.Config{RootCAs: s.CertPool()}, ForceAttemptHTTP2: true}}
	defer c.CloseIdleConnections()
	res, err := c.Get(s.URL + "/get")
	if err != nil {
		t.Fatal(err)
	}
	res.Body.Close()
	f, err := conns(t, s, 1)[0].Fingerprint()
	if err != nil {
		t.Fatal(err)
	}
	offered := f.TLS.Extension(fingerprint.ExtALPN)
	if res.Proto != "HTTP/1.1" || res.TLS.NegotiatedProtocol != "" || offered == nil || len(offered.Protocols) != 2 || s.Conns()[0].Capture().ALPN != "" {
		t.Errorf("%s, %q, offered %+v", res.Proto, res.TLS.NegotiatedProtocol, offered)
	}
}

func TestBothLoopbacks(t *testing.T) {
	t.Parallel()
	s := start(t, nil)
	_, port, _ := net.SplitHostPort(address(s))
	hosts := []string{"127.0.0.1"}
	if len(s.lns) == 2 {
		hosts = append(hosts, "::1")
	} else if l, err := net.Listen("tcp6", "[::1]:0"); err == nil {
		l.Close()
		t.Error("IPv6 is there, but the server does not listen on it")
	}
	for _, host := range hosts {
		c, err := tls.Dial("tcp", net.JoinHostPort(host, port), &tls.Config{RootCAs: s.CertPool()})
		if err != nil {
			t.Errorf("%s: %v", host, err) // the certificate must be for the address as well
			continue
		}
		c.Close()
	}
}

func TestURL(t *testing.T) {
	t.Parallel()
	for _, row := range []struct{ host, want, reason string }{
		{"localhost", "https://localhost:99", "the default"},
		{"127.0.0.1", "https://localhost:99", "a name, so that clients send server_name"},
		{"::1", "https://localhost:99", "as above"},
		{"", "https://localhost:99", "all addresses include the loopback ones"},
		{"0.0.0.0", "https://localhost:99", "as above"},
		{"192.0.2.7", "https://192.0.2.7:99", "localhost would not reach it"},
		{"2001:db8::7", "https://[2001:db8::7]:99", "as above"},
	} {
		if got := serverURL("https", row.host, &net.TCPAddr{Port: 99}); got != row.want {
			t.Errorf("%q (%s): %s", row.host, row.reason, got)
		}
	}
}

func TestProtocols(t *testing.T) {
	t.Parallel()
	for _, row := range []struct {
		name      string
		configure func(*Server)
		offer     []string
		alpn      string
		reason    string
	}{
		{"default, both", nil, []string{"h2", "http/1.1"}, "h2", "HTTP/2 is preferred"},
		{"default, no h2", nil, []string{"http/1.1"}, "http/1.1", "the client decides"},
		{"default, no ALPN", nil, nil, "", "ALPN is optional"},
		{"HTTP/1.1 only", func(s *Server) { s.HTTP1Only = true }, []string{"h2", "http/1.1"}, "http/1.1", "h2 is not offered"},
		{"HTTP/2 only", func(s *Server) { s.HTTP2Only = true }, []string{"h2", "http/1.1"}, "h2", "http/1.1 is not offered"},
		{"HTTP/2 only, no h2", func(s *Server) { s.HTTP2Only = true }, []string{"http/1.1"}, "", "crypto/tls lets such clients in"},
	} {
		s := start(t, row.configure)
		c, err := tls.Dial("tcp", address(s), &tls.Config{RootCAs: s.CertPool(), NextProtos: row.offer})
		if err != nil {
			t.Errorf("%s (%s): %v", row.name, row.reason, err)
			continue
		}
		if got := c.ConnectionState().NegotiatedProtocol; got != row.alpn {
			t.Errorf("%s (%s): ALPN %q", row.name, row.reason, got)
		}
		c.Close()
	}
}

func TestHTTP2OnlyRefusesHTTP1(t *testing.T) {
	t.Parallel()
	s := start(t, func(s *Server) { s.HTTP2Only = true })
	c := dial(t, s) // without ALPN the handshake succeeds
	io.WriteString(c, "GET / HTTP/1.1\r\nHost: x\r\n\r\n")
	if b, _ := io.ReadAll(c); len(b) != 0 {
		t.Errorf("answer %q", b)
	}
}

func TestCloseWithOpenConnections(t *testing.T) {
	t.Parallel()
	entered := make(chan struct{})
	s := start(t, func(s *Server) {
		s.Handler = http.HandlerFunc(func(w http.ResponseWriter, r *http.Request) {
			close(entered)
			<-r.Context().Done()
		})
	})
	idle1, idle2 := dial(t, s, "http/1.1"), dial(t, s, "h2")
	raw, err := net.Dial("tcp", address(s)) // never begins its handshake
	if err != nil {
		t.Fatal(err)
	}
	defer raw.Close()
	deaf := dial(t, s, "http/1.1") // does not read what it asked for
	io.WriteString(deaf, "GET /bytes/100000000 HTTP/1.1\r\nHost: x\r\n\r\n")
	busy := dial(t, s, "http/1.1")
	io.WriteString(busy, "GET /wait HTTP/1.1\r\nHost: x\r\n\r\n")
	<-entered
	conns(t, s, 4)
	before := time.Now()
	s.Close()
	if d := time.Since(before); d > 3*time.Second {
		t.Errorf("Close took %v", d)
	}
	for _, c := range s.Conns() {
		select {
		case <-c.Done():
		default:
			t.Errorf("connection %d is not done after Close", c.ID)
		}
	}
	for _, c := range []net.Conn{idle1, idle2} {
		if _, err := io.Copy(io.Discard, c); err != nil { // a clean end, by close_notify
			t.Errorf("idle connection ended with %v", err)
		}
	}
	if _, err := net.Dial("tcp", address(s)); err == nil {
		t.Error("the port is still open")
	}
}

func TestShutdownDrains(t *testing.T) {
	t.Parallel()
	for _, alpn := range []string{"http/1.1", "h2"} {
		entered, leave := make(chan struct{}), make(chan struct{})
		s := start(t, func(s *Server) {
			s.Handler = http.HandlerFunc(func(w http.ResponseWriter, r *http.Request) {
				close(entered)
				<-leave
				io.WriteString(w, "done")
			})
			s.HTTP1Only = alpn == "http/1.1"
		})
		unused := dial(t, s, alpn)
		conns(t, s, 1)
		answer := make(chan string, 1)
		go func() {
			resp, err := s.Client().Get(s.URL + "/wait")
			if err != nil {
				answer <- err.Error()
				return
			}
			defer resp.Body.Close()
			b, _ := io.ReadAll(resp.Body)
			answer <- string(b)
		}()
		<-entered
		down := make(chan error, 1)
		go func() { down <- s.Shutdown(context.Background()) }()
		unused.SetDeadline(time.Now().Add(4 * time.Second))    // net/http would wait for five
		if _, err := io.Copy(io.Discard, unused); err != nil { // ends at once, although its client would not
			t.Errorf("%s: unused connection: %v", alpn, err)
		}
		select {
		case err := <-down:
			t.Errorf("%s: Shutdown did not wait: %v", alpn, err)
		default:
		}
		close(leave)
		if got := <-answer; got != "done" {
			t.Errorf("%s: request in progress got %q", alpn, got)
		}
		if err := <-down; err != nil {
			t.Errorf("%s: %v", alpn, err)
		}
	}
}

func TestShutdownTimeout(t *testing.T) {
	t.Parallel()
	entered := make(chan struct{})
	s := start(t, func(s *Server) {
		s.Handler = http.HandlerFunc(func(w http.ResponseWriter, r *http.Request) {
			close(entered)
			<-r.Context().Done()
		})
	})
	c := dial(t, s, "http/1.1")
	io.WriteString(c, "GET /wait HTTP/1.1\r\nHost: x\r\n\r\n")
	<-entered
	ctx, cancel := context.WithCancel(context.Background())
	cancel()
	if err := s.Shutdown(ctx); !errors.Is(err, context.Canceled) || !strings.HasPrefix(err.Error(), "fpserver: ") {
		t.Errorf("Shutdown gave %v", err)
	}
	await(t, s.Conns()[0])
}

func TestConnsHistory(t *testing.T) {
	t.Parallel()
	s := start(t, func(s *Server) { s.limits.history = 3 })
	for range 5 {
		dial(t, s, "h2").Close()
	}
	all := conns(t, s, 5)
	if len(all) != 3 || all[0].ID != 3 || all[2].ID != 5 {
		t.Errorf("remembered %d connections", len(all))
	}
}

func TestWaitConnsEnds(t *testing.T) {
	t.Parallel()
	s := start(t, nil)
	ctx, cancel := context.WithCancelCause(context.Background())
	cause := errors.New("enough")
	cancel(cause)
	if _, err := s.WaitConns(ctx, 1); err != cause {
		t.Errorf("got %v", err)
	}
}
