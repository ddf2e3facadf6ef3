package fpserver

import (
	"context"
	"crypto/tls"
	"io"
	"net/http"
	"strings"
	"testing"
	"time"

	"github.com/coder/websocket"
)

func openWebSocket(t testing.TB, s *Server) *websocket.Conn {
	t.Helper()
	ctx, cancel := context.WithTimeout(context.Background(), time.Minute)
	defer cancel()
	transport := &http.Transport{TLSClientConfig: &tls.Config{RootCAs: s.CertPool()}}
	c, _, err := websocket.Dial(ctx, "ws"+strings.TrimPrefix(s.URL, "http")+"/ws/echo", &websocket.DialOptions{
		HTTPClient: &http.Client{Transport: transport}, HTTPHeader: http.Header{"Origin": {"https://example.org"}},
	})
	if err != nil {
		t.Fatal(err)
	}
	t.Cleanup(func() { c.CloseNow() })
	return c
}

// TestWebSocket: the route echoes, over TLS and without, and the handshake is a request like others.
func TestWebSocket(t *testing.T) {
	t.Parallel()
	for _, plain := range []bool{false, true} {
		s := start(t, func(s *Server) { s.NoTLS = plain })
		c := openWebSocket(t, s)
		ctx, cancel := context.WithTimeout(context.Background(), time.Minute)
		defer cancel()
		message := strings.Repeat("m", 2*keepBody)
		if err := c.Write(ctx, websocket.MessageText, []byte(message)); err != nil {
			t.Fatal(err)
		}
		if typ, b, err := c.Read(ctx); err != nil || typ != websocket.MessageText || string(b) != message {
			t.Errorf("%v, %d bytes, %v", typ, len(b), err)
		}
		if err := c.Close(4000, "enough"); err != nil {
			t.Errorf("close: %v", err)
		}
		conn := s.Conns()[0]
		await(t, conn)
		f, err := conn.Fingerprint()
		if err != nil || f.HTTP1 == nil || len(f.HTTP1.Requests) != 1 || value(f.HTTP1.Requests[0].Fields, "Upgrade") != "websocket" {
			t.Errorf("recorded %+v, %v", f.HTTP1, err)
		}
		if k := conn.Capture(); len(k.Elided) != 1 || k.Error != "" {
			t.Errorf("gaps %v, error %q", k.Elided, k.Error)
		}
	}
}

// TestWebSocketNot: what is no handshake over HTTP/1.1 is told what is missing.
func TestWebSocketNot(t *testing.T) {
	t.Parallel()
	s := start(t, nil)
	resp, b := fetch(t, s.Client(), "GET", s.URL+"/ws/echo", nil)
	if resp.ProtoMajor != 2 || resp.StatusCode != http.StatusHTTPVersionNotSupported || !strings.Contains(string(b), "HTTP/1.1") {
		t.Errorf("over HTTP/2: %s, %s", resp.Status, b)
	}
	c := dial(t, s, "http/1.1")
	io.WriteString(c, "GET /ws/echo HTTP/1.1\r\nHost: x\r\n\r\nGET /get HTTP/1.1\r\nHost: x\r\nConnection: close\r\n\r\n")
	answer, err := io.ReadAll(c)
	if err != nil || !strings.Contains(string(answer), "426 Upgrade Required") || !strings.Contains(string(answer), "Upgrade: websocket") || !strings.Contains(string(answer), "\"path\": \"/get\"") {
		t.Errorf("over HTTP/1.1: %s, %v", answer, err)
	}
	if resp, _ := fetch(t, s.Client(), "POST", s.URL+"/ws/echo", nil); resp.StatusCode != http.StatusMethodNotAllowed {
		t.Errorf("POST: %s", resp.Status)
	}
}

// TestWebSocketClose: the end of the server is the end of its WebSockets.
func TestWebSocketClose(t *testing.T) {
	t.Parallel()
	for _, end := range []func(*Server){(*Server).Close, func(s *Server) {
		if err := s.Shutdown(context.Background()); err != nil {
			t.Error(err)
		}
	}} {
		s := start(t, nil)
		c := openWebSocket(t, s)
		end(s)
		if _, _, err := c.Read(context.Background()); err == nil {
			t.Error("the connection lives on")
		}
	}
}
