package fpserver

import (
	"bufio"
	"context"
	"crypto/tls"
	"errors"
	"fmt"
	"io"
	"net"
	"net/http"
	"strings"
	"syscall"
	"testing"
	"time"

	"golang.org/x/net/http2"
)

// wireEnd is how a connection ended.
type wireEnd string

const (
	endsWithAlert wireEnd = "an alert, FIN"
	endsBare      wireEnd = "FIN"
	endsReset     wireEnd = "reset"
)

// lastRecord remembers the bytes that a TLS 1.2 connection has read.
type lastRecord struct {
	net.Conn
	read []byte
}

func (c *lastRecord) Read(p []byte) (int, error) {
	n, err := c.Conn.Read(p)
	c.read = append(c.read, p[:n]...)
	return n, err
}

// raw sends a request over HTTP/1.1 and TLS 1.2, which shows alerts, and returns everything that comes back.
func raw(t *testing.T, s *Server, target string) (string, wireEnd) {
	t.Helper()
	tcp, err := net.Dial("tcp", address(s))
	if err != nil {
		t.Fatal(err)
	}
	defer tcp.Close()
	tcp.SetDeadline(time.Now().Add(time.Minute))
	wire := &lastRecord{Conn: tcp}
	c := tls.Client(wire, &tls.Config{RootCAs: s.CertPool(), ServerName: "localhost", NextProtos: []string{"http/1.1"}, MaxVersion: tls.VersionTLS12})
	fmt.Fprintf(c, "GET %s HTTP/1.1\r\nHost: x\r\n\r\n", target)
	b, err := io.ReadAll(c)
	if err != nil {
		if !errors.Is(err, syscall.ECONNRESET) {
			t.Errorf("%s: %v", target, err)
		}
		return string(b), endsReset
	}
	end := endsBare
	for rest := wire.read; len(rest) >= 5; { // record headers, RFC 5246 §6.2.1
		end = endsBare
		if rest[0] == 21 {
			end = endsWithAlert
		}
		rest = rest[min(len(rest), 5+int(rest[3])<<8+int(rest[4])):]
	}
	return string(b), end
}

// TestLabBreaks checks over HTTP/1.1 what arrives and how the connection ends.
func TestLabBreaks(t *testing.T) {
	t.Parallel()
	s := start(t, nil)
	for _, row := range []struct {
		path string
		head string // part of the head, "" for no answer at all
		body string
		end  wireEnd
	}{
		{"/reset", "", "", endsReset},
		{"/reset?connection=1", "", "", endsReset},
		{"/reset?end=close", "", "", endsWithAlert},
		{"/reset?end=cut", "", "", endsBare},
		{"/reset?after=300&end=cut", "Content-Length: 1300\r\n", patternText(0, 300), endsBare},
		{"/reset?after=0&end=close", "Content-Length: 1000\r\n", "", endsWithAlert},
		{"/truncate", "Content-Length: 1000\r\n", patternText(0, 500), endsWithAlert},
		{"/truncate?n=5&sent=4&end=cut", "Content-Length: 5\r\n", patternText(0, 4), endsBare},
		{"/truncate?framing=chunked&n=3&sent=3", "Transfer-Encoding: chunked\r\n", "3\r\n\x00\x01\x02\r\n", endsWithAlert},
		{"/truncate?framing=none&n=300&sent=300", "Connection: close\r\n", patternText(0, 300), endsBare},
		{"/truncate?framing=none&n=300&sent=300&end=close", "Connection: close\r\n", patternText(0, 300), endsWithAlert},
	} {
		got, end := raw(t, s, row.path)
		head, body, ok := strings.Cut(got, "\r\n\r\n")
		if row.head == "" && got != "" || row.head != "" && (!ok || !strings.Contains(head+"\r\n", row.head)) || body != row.body {
			t.Errorf("%s: %q", row.path, got)
		}
		if end != row.end {
			t.Errorf("%s ends with %s, want %s", row.path, end, row.end)
		}
	}
	if head, _ := raw(t, s, "/truncate?framing=none"); strings.Contains(head, "Content-Length") || strings.Contains(head, "Transfer-Encoding") {
		t.Errorf("framing=none is framed: %q", head)
	}
	if _, end := raw(t, s, "/reset?after=1000000"); end != endsReset {
		t.Errorf("within the body: %s", end)
	}
}

// TestLabBreaksHTTP2 checks over HTTP/2 that only the stream breaks off, but for what ends the connection.
func TestLabBreaksHTTP2(t *testing.T) {
	t.Parallel()
	s := start(t, nil)
	client := s.Client()
	for _, row := range []struct {
		path string
		sent int // bytes of the pattern that arrive; -1: no head
		err  string
	}{
		{"/reset", -1, "INTERNAL_ERROR"}, {"/reset?after=300", 300, "INTERNAL_ERROR"},
		{"/truncate?framing=chunked", 500, "INTERNAL_ERROR"}, {"/truncate?framing=none&end=close", 500, "INTERNAL_ERROR"}, {"/truncate?end=reset", 500, "INTERNAL_ERROR"},
		{"/truncate", 500, "unexpected EOF"},
	} {
		resp, err := client.Get(s.URL + row.path)
		sent := -1
		if err == nil {
			var b []byte
			b, err = io.ReadAll(resp.Body)
			resp.Body.Close()
			if sent = len(b); string(b) != patternText(0, sent) {
				t.Errorf("%s: %q", row.path, b)
			}
		}
		if err == nil || !strings.Contains(err.Error(), row.err) || sent != row.sent {
			t.Errorf("%s: %d bytes, %v", row.path, sent, err)
		}
	}
	if n := len(s.Conns()); n != 1 {
		t.Errorf("%d connections", n)
	}
	for i, path := range []string{"/reset?connection=1", "/reset?end=close", "/reset?end=cut"} {
		if resp, err := tryFetch(t, client, "POST", s.URL+path); err == nil {
			t.Errorf("%s: %s", path, resp.Status)
		}
		fetch(t, client, "GET", s.URL+"/get", nil)
		if n := len(conns(t, s, i+2)); n != i+2 {
			t.Errorf("%s: %d connections", path, n)
		}
	}
}

// TestLabTruncatedFrames looks at the frames of a stream that ends before its length.
func TestLabTruncatedFrames(t *testing.T) {
	t.Parallel()
	s := start(t, nil)
	conn := dial(t, s, "h2")
	io.WriteString(conn, http2.ClientPreface)
	h := http2.NewFramer(conn, conn)
	h.WriteSettings()
	h.WriteHeaders(http2.HeadersFrameParam{StreamID: 1, BlockFragment: newClient().get("/truncate?n=9&sent=4"), EndHeaders: true, EndStream: true})
	size, ended := 0, false
	for !ended {
		f, err := h.ReadFrame()
		if err != nil {
			t.Fatal(err)
		}
		switch f := f.(type) {
		case *http2.DataFrame:
			size += len(f.Data())
			ended = f.StreamEnded()
		case *http2.RSTStreamFrame:
			t.Fatalf("%v", f)
		}
	}
	if size != 4 {
		t.Errorf("%d bytes", size)
	}
}

func TestLabStall(t *testing.T) {
	t.Parallel()
	s := start(t, nil)
	overBoth(t, s, func(t *testing.T, c *http.Client, h2 bool) {
		for path, want := range map[string]string{
			"/stall?for=20ms": patternText(0, 1000), "/stall?for=20ms&at=head&n=7": patternText(0, 7), "/stall?for=20ms&sent=0&n=300": patternText(0, 300),
		} {
			before := time.Now()
			resp, b := fetch(t, c, "GET", s.URL+path, nil)
			if took := time.Since(before); string(b) != want || resp.ContentLength != int64(len(want)) || took < 20*time.Millisecond {
				t.Errorf("%s: %d bytes in %v", path, len(b), took)
			}
		}
		// The bytes before the pause arrive before it ends, and a client that leaves ends it.
		ctx, cancel := context.WithCancel(t.Context())
		r, _ := http.NewRequestWithContext(ctx, "GET", s.URL+"/stall?for=30s&sent=400", nil)
		before := time.Now()
		resp, err := c.Do(r)
		if err != nil {
			t.Fatal(err)
		}
		b := make([]byte, 400)
		if _, err := io.ReadFull(bufio.NewReader(resp.Body), b); err != nil || string(b) != patternText(0, 400) {
			t.Errorf("%q, %v", b, err)
		}
		cancel()
		resp.Body.Close()
		all := s.Conns()
		if h2 {
			fetch(t, c, "GET", s.URL+"/close", nil)
		}
		await(t, all[len(all)-1]) // it is not done before its last handler has returned
		if took := time.Since(before); took > 25*time.Second {
			t.Errorf("the pause has outlived the request: %v", took)
		}
	})
}

// TestLabStallEndsWithServer checks that a pause does not hold up Shutdown.
func TestLabStallEndsWithServer(t *testing.T) {
	t.Parallel()
	s := start(t, nil)
	resp, err := s.Client().Get(s.URL + "/stall?for=30s")
	if err != nil {
		t.Fatal(err)
	}
	defer resp.Body.Close()
	before := time.Now()
	if err := s.Shutdown(t.Context()); err != nil {
		t.Error(err)
	}
	if took := time.Since(before); took > 25*time.Second {
		t.Errorf("%v", took)
	}
	if _, err := io.ReadAll(resp.Body); err == nil {
		t.Error("a whole answer")
	}
}
