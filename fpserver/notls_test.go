package fpserver

import (
	"bytes"
	"context"
	"crypto/tls"
	"errors"
	"io"
	"net"
	"net/http"
	"strings"
	"testing"

	"github.com/wirelike/wirelike/fingerprint"
	"golang.org/x/net/http2"
	"golang.org/x/net/http2/hpack"
)

// h2cClient speaks HTTP/2 with prior knowledge.
func h2cClient(t *testing.T) *http.Client {
	protocols := &http.Protocols{}
	protocols.SetUnencryptedHTTP2(true)
	transport := &http.Transport{Protocols: protocols}
	t.Cleanup(transport.CloseIdleConnections)
	return &http.Client{Transport: transport}
}

// dialPlain connects without TLS.
func dialPlain(t *testing.T, s *Server) *net.TCPConn {
	t.Helper()
	c, err := net.Dial("tcp", address(s))
	if err != nil {
		t.Fatal(err)
	}
	t.Cleanup(func() { c.Close() })
	return c.(*net.TCPConn)
}

func TestNoTLSStart(t *testing.T) {
	t.Parallel()
	for _, row := range []struct {
		name      string
		configure func(*Server)
		reason    string
	}{
		{"with a TLS configuration", func(s *Server) { s.TLS = &tls.Config{} }, "which would be ignored"},
		{"with tickets", func(s *Server) { s.SessionTickets = true }, "as above"},
		{"without ALPN", func(s *Server) { s.NoALPN = true }, "as above"},
	} {
		s := NewUnstartedServer(nil)
		s.NoTLS = true
		row.configure(s)
		if err := s.Start(); err == nil || err.Error() != "fpserver: NoTLS excludes TLS, SessionTickets and NoALPN" {
			t.Errorf("%s (%s): %v", row.name, row.reason, err)
		}
		s.Close()
	}
	s := start(t, func(s *Server) { s.NoTLS, s.Rand = true, strings.NewReader("") })
	if !strings.HasPrefix(s.URL, "http://localhost:") {
		t.Error(s.URL)
	}
	s.Close() // nothing has asked for a certificate, which could not be made
}

// TestNoTLSReport checks a whole report of both protocols.
func TestNoTLSReport(t *testing.T) {
	t.Parallel()
	s := start(t, func(s *Server) { s.NoTLS = true })
	for i, row := range []struct {
		client *http.Client
		proto  string
	}{{s.Client(), "HTTP/1.1"}, {h2cClient(t), "HTTP/2.0"}} {
		resp, b := fetch(t, row.client, "POST", s.URL+"/fp", strings.NewReader("body"), "X-N", row.proto)
		r := decode[Report](t, b)
		if resp.Proto != row.proto || r.Request.Proto != row.proto || value(r.Request.Fields, "x-n") != row.proto || r.Error != "" || r.Request.Index != 0 {
			t.Errorf("%s: %s", row.proto, b)
		}
		if r.Connection.TLS != nil || r.Fingerprint.TLS != nil || r.Nearest != nil || len(r.Raw.Hellos) != 0 || len(r.Raw.Records) != 0 {
			t.Errorf("%s: TLS comes from nowhere: %+v, %+v", row.proto, r.Connection, r.Raw)
		}
		sums := map[string]ReportSum{}
		for _, sum := range r.Sums {
			sums[sum.Name] = sum
		}
		if sums["ja3"].Error == "" || sums["ja3"].Hash != "" || (sums["akamai"].Hash != "") != (row.proto == "HTTP/2.0") {
			t.Errorf("%s: %+v", row.proto, r.Sums)
		}
		if h2 := r.Fingerprint.HTTP2; (h2 != nil) != (row.proto == "HTTP/2.0") || h2 != nil && (len(h2.Opening) == 0 || len(h2.Requests) != 1) {
			t.Errorf("%s: %+v", row.proto, h2)
		}
		if h1 := r.Fingerprint.HTTP1; (h1 != nil) != (row.proto == "HTTP/1.1") || h1 != nil && (len(h1.Requests) != 1 || r.Raw.Head == nil) {
			t.Errorf("%s: %+v", row.proto, h1)
		}
		c := conns(t, s, i+1)[i]
		k, err := c.Capture(), c.Err()
		again, perr := fingerprint.Parse(&k)
		if err != nil || perr != nil || c.TLS() != nil || k.ALPN != "" || k.Resumed || len(k.Client) == 0 || (again.HTTP2 != nil) != (row.proto == "HTTP/2.0") {
			t.Errorf("%s: %v, %v, capture %+v", row.proto, err, perr, k)
		}
		row.client.CloseIdleConnections()
		await(t, c)
	}
	if used, want := s.conns.budget.used.Load(), int64(len(s.Conns()[0].Capture().Client)+len(s.Conns()[1].Capture().Client)); used != want {
		t.Errorf("%d bytes in use, want %d", used, want)
	}
}

// TestNoTLSRoutes checks that no other route needs TLS.
func TestNoTLSRoutes(t *testing.T) {
	t.Parallel()
	s := start(t, func(s *Server) { s.NoTLS = true })
	for _, client := range []*http.Client{s.Client(), h2cClient(t)} {
		for _, row := range routes {
			method, path := "GET", row.pattern
			if row.methods != nil {
				method = row.methods[0]
			}
			if row.try != "" {
				path = row.try
			}
			if path == "/setcookies" {
				path += "?a=b"
			}
			if row.breaks() {
				if resp, err := tryFetch(t, client, method, s.URL+path); err == nil {
					t.Errorf("%s: a whole answer, %s", path, resp.Status)
				}
				continue
			}
			if resp, b := fetch(t, client, method, s.URL+path, nil); resp.StatusCode/100 != row.class(resp) {
				t.Errorf("%s %s: %s, %s", method, path, resp.Status, b)
			}
		}
	}
}

func TestNoTLSProtocols(t *testing.T) {
	t.Parallel()
	for _, row := range []struct {
		name             string
		configure        func(*Server)
		own              string // protocol of Client
		http1, h2c       bool   // served
		http1Err, h2cErr string
		reason           string
	}{
		{"both", func(s *Server) {}, "HTTP/1.1", true, true, "", "", "nothing negotiates: the client chooses"},
		{"HTTP/1.1 only", func(s *Server) { s.HTTP1Only = true }, "HTTP/1.1", true, false, "", "", "the preface is a request of an unknown version"},
		{"HTTP/2 only", func(s *Server) { s.HTTP2Only = true }, "HTTP/2.0", false, true, errHTTP2Only.Error(), "", "and says why"},
	} {
		s := start(t, func(s *Server) { s.NoTLS = true; row.configure(s) })
		if resp, _ := fetch(t, s.Client(), "GET", s.URL+"/get", nil); resp.Proto != row.own {
			t.Errorf("%s: Client speaks %s", row.name, resp.Proto)
		}
		c := dialPlain(t, s)
		io.WriteString(c, "GET /get HTTP/1.1\r\nHost: x\r\nConnection: close\r\n\r\n")
		b, _ := io.ReadAll(c)
		if bytes.HasPrefix(b, []byte("HTTP/1.1 200 ")) != row.http1 || !row.http1 && len(b) > 0 {
			t.Errorf("%s (%s): HTTP/1.1 gets %.100q", row.name, row.reason, b)
		}
		checkErr(t, conns(t, s, 2)[1], row.http1Err)

		h2 := &rawHTTP2{Conn: nil, client: newClient()}
		p := dialPlain(t, s)
		h2.answers = http2.NewFramer(io.Discard, p)
		h2.answers.ReadMetaHeaders = hpack.NewDecoder(4096, nil)
		h2.client.WriteString(fingerprint.Preface)
		h2.WriteSettings()
		h2.WriteHeaders(http2.HeadersFrameParam{StreamID: 1, BlockFragment: h2.get("/get"), EndHeaders: true, EndStream: true})
		p.Write(h2.client.Bytes())
		if status, _ := h2.response(t, 1); (status == "200") != row.h2c {
			t.Errorf("%s (%s): h2c gets %s", row.name, row.reason, status)
		}
		p.Close()
		checkErr(t, conns(t, s, 3)[2], row.h2cErr)
	}
}

// checkErr waits for the end of a connection and compares its error with the end of the text: "" for none that the server
// itself has noted.
func checkErr(t *testing.T, c *Conn, want string) {
	t.Helper()
	await(t, c)
	c.mu.Lock()
	err := c.err
	c.mu.Unlock()
	if want == "" && err != nil || want != "" && (err == nil || !strings.HasSuffix(err.Error(), want) || !strings.HasSuffix(c.Capture().Error, want)) {
		t.Errorf("connection %d: %v, want %q", c.ID, err, want)
	}
}

func TestNoTLSShutdown(t *testing.T) {
	t.Parallel()
	s := start(t, func(s *Server) { s.NoTLS = true })
	unused := dialPlain(t, s)
	for _, client := range []*http.Client{s.Client(), h2cClient(t)} {
		fetch(t, client, "GET", s.URL+"/get", nil)
	}
	conns(t, s, 3)
	if err := s.Shutdown(context.Background()); err != nil {
		t.Error(err)
	}
	if _, err := io.Copy(io.Discard, unused); err != nil && !errors.Is(err, net.ErrClosed) {
		t.Errorf("an unused connection ends with %v", err)
	}
	for _, c := range s.Conns() {
		await(t, c)
	}
}
