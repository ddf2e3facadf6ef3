package fpserver

import (
	"bufio"
	"bytes"
	"fmt"
	"io"
	"net/http"
	"reflect"
	"strings"
	"testing"
	"time"

	"github.com/wirelike/wirelike/fingerprint"
	"golang.org/x/net/http2"
)

// TestCaptureHTTP1 checks that a capture is, byte for byte, what a client sent.
func TestCaptureHTTP1(t *testing.T) {
	t.Parallel()
	s := start(t, nil)
	c := dial(t, s, "http/1.1")
	body := strings.Repeat("b", keepBody+1000)
	first := "POST /echo HTTP/1.1\r\nhOST: x\r\nContent-Length: " + fmt.Sprint(len(body)) + "\r\nx-a:1\r\n\r\n"
	second := "GET /get HTTP/1.1\r\nHost:  x \r\n\r\n"
	half := "GET /never HTTP/1.1\r\nHo"
	for _, piece := range []string{first, body[:10], body[10:], second, half} {
		io.WriteString(c, piece)
	}
	r := bufio.NewReader(c)
	for range 2 {
		resp, err := http.ReadResponse(r, nil)
		if err != nil {
			t.Fatal(err)
		}
		io.Copy(io.Discard, resp.Body)
	}
	conn := s.Conns()[0]
	complete := first + body[:keepBody] + second
	k := conn.Capture() // while it is open, the half head does not belong to it
	if string(k.Client) != complete || k.ALPN != "http/1.1" || k.Error != "" || conn.Err() != nil {
		t.Errorf("open: %q, error %q", k.Client, k.Error)
	}
	if len(k.Elided) != 1 || k.Elided[0] != (fingerprint.Elision{Offset: len(first) + keepBody, Length: 1000}) {
		t.Errorf("gaps %v", k.Elided)
	}
	f, err := fingerprint.Parse(&k)
	if err != nil || len(f.HTTP1.Requests) != 2 || f.HTTP1.Requests[0].Fields[0] != (fingerprint.Field{Name: "hOST", Value: "x"}) {
		t.Errorf("%+v, %v", f.HTTP1, err)
	}
	c.Close()
	await(t, conn)
	k = conn.Capture()
	if string(k.Client) != complete+half || k.Error != "fingerprint: http/1.1: incomplete head" {
		t.Errorf("closed: %q, error %q", k.Client, k.Error)
	}
	got, _ := conn.Fingerprint()
	if want, _ := fingerprint.Parse(&k); !reflect.DeepEqual(got, want) {
		t.Errorf("Fingerprint %+v is not Parse(Capture) %+v", got, want)
	}
	if len(k.Records) < 3 || k.Records[0].Type != 22 || got.TLS.RecordVersion != 0x0301 {
		t.Errorf("records %v", k.Records)
	}
}

// TestValuesBelongToTheCaller checks that nobody can write into the server's memory.
func TestValuesBelongToTheCaller(t *testing.T) {
	t.Parallel()
	s := start(t, nil)
	fetch(t, s.Client(), "GET", s.URL+"/get", nil)
	c := s.Conns()[0]
	f, _ := c.Fingerprint()
	f.HTTP2.Requests[0].Fields[0].Value = "changed"
	f.HTTP2.Opening[0].Settings[0].Value = 77
	f.TLS.CipherSuites[0] = 77
	k := c.Capture()
	k.Hellos[0][0], k.Client[0], k.Records[0].Length = 77, 77, 77
	again, _ := c.Fingerprint()
	l := c.Capture()
	if again.HTTP2.Requests[0].Fields[0].Value == "changed" || again.HTTP2.Opening[0].Settings[0].Value == 77 || again.TLS.CipherSuites[0] == 77 ||
		l.Hellos[0][0] == 77 || l.Client[0] == 77 || l.Records[0].Length == 77 {
		t.Error("a change of the caller comes back")
	}
}

// TestTruncatedHTTP2 fills the recording of a connection and goes on.
func TestTruncatedHTTP2(t *testing.T) {
	t.Parallel()
	s := start(t, func(s *Server) { s.limits.capture = 3000 })
	client := s.Client()
	for i := range 30 {
		body := bytes.NewReader(make([]byte, 100*i))
		_, b := fetch(t, client, "POST", fmt.Sprintf("%s/echo?%d", s.URL, i), body, "X-N", fmt.Sprint(i))
		if got := decode[Echo](t, b); value(got.Fields, "x-n") != fmt.Sprint(i) || got.Body.Size != int64(100*i) {
			t.Fatalf("request %d: %s", i, b)
		}
	}
	c := s.Conns()[0]
	k := c.Capture()
	f, err := c.Fingerprint()
	if !c.Truncated() || len(k.Client) > 3000 || err != nil || len(f.HTTP2.Requests) != 30 {
		t.Errorf("truncated %t, %d bytes, %d requests, %v", c.Truncated(), len(k.Client), len(f.HTTP2.Requests), err)
	}
	part, err := fingerprint.Parse(&k)
	if n := len(part.HTTP2.Requests); err != nil || n == 0 || n >= 30 || !reflect.DeepEqual(part.HTTP2.Requests[0], f.HTTP2.Requests[0]) {
		t.Errorf("Parse of the capture gives %d requests, %v", n, err)
	}
}

// TestBudget checks that all recordings together are bounded, and that the oldest make room.
func TestBudget(t *testing.T) {
	t.Parallel()
	s := start(t, func(s *Server) { s.limits.captures = 20_000 })
	for i := range 12 {
		client := &http.Client{Transport: s.Client().Transport.(*http.Transport).Clone()}
		fetch(t, client, "POST", s.URL+"/echo", strings.NewReader(strings.Repeat("x", 3000)))
		client.CloseIdleConnections()
		await(t, conns(t, s, i+1)[len(s.Conns())-1])
		if used := s.conns.budget.used.Load(); used > 20_000 || used < 0 {
			t.Fatalf("%d bytes in use", used)
		}
	}
	all := s.Conns()
	last := all[len(all)-1]
	if len(all) == 12 || last.ID != 12 || last.Truncated() {
		t.Errorf("%d connections remembered, last %d, truncated %t", len(all), last.ID, last.Truncated())
	}
}

// TestBudgetIsGivenBackOnce checks both orders in which a connection can end and be forgotten.
func TestBudgetIsGivenBackOnce(t *testing.T) {
	t.Parallel()
	for _, steps := range []string{"forget end", "end forget", "end forget end"} {
		h := &history{}
		h.init(defaultLimits())
		c := &Conn{refs: 1, rec: recording{limit: 100, budget: &h.budget}}
		c.place = h.live.PushBack(c)
		c.rec.reserve(10)
		for step := range strings.FieldsSeq(steps) {
			if step == "end" {
				c.refs = 0
				h.ended(c)
			} else {
				c.forget()
			}
		}
		if used := h.budget.used.Load(); used != 0 {
			t.Errorf("%s: %d bytes in use", steps, used)
		}
	}
}

// TestRequestLogBounds checks what is kept of a client that sends very many, or very large requests.
func TestRequestLogBounds(t *testing.T) {
	t.Parallel()
	for _, row := range []struct {
		name        string
		field, n    int // bytes of a field, requests
		kept        int
		reason      string
		lateAtLeast int
	}{
		{"small", 10, 100, 100, "all are kept", 0},
		{"many", 10, maxKept + maxLateRequests + 100, maxKept, "the first are kept, the last wait", maxLateRequests},
		{"large", 200 << 10, 100, 40, "as far as 8 MiB go", 30},
	} {
		c := newClient()
		tee := newFrameTee(1 << 20)
		path := strings.Repeat("~", row.field)
		stream := func(i int) uint32 { return uint32(2*i + 1) }
		for i := range row.n {
			c.Buffer.Reset()
			block := c.get(fmt.Sprintf("/%d%s", i, path))
			c.WriteHeaders(http2.HeadersFrameParam{StreamID: stream(i), BlockFragment: block, EndHeaders: true})
			c.WriteWindowUpdate(stream(i), uint32(i+1))
			tee.feed(c.Bytes(), nil)
		}
		l := tee.log
		l.catchUp(tee.rec)
		if l.err != nil || l.n != row.n || len(l.kept) != row.kept || len(l.late) > maxLateRequests || len(l.late) < row.lateAtLeast || l.keptCost > maxFieldBytes || l.lateCost > maxFieldBytes {
			t.Errorf("%s (%s): %d read, %d kept (%d bytes), %d late (%d bytes), %v", row.name, row.reason, l.n, len(l.kept), l.keptCost, len(l.late), l.lateCost, l.err)
		}
		for i := range row.n {
			r := l.request(i)
			known := i < len(l.kept) || i >= row.n-len(l.late)
			if (r != nil) != known || r != nil && (r.Stream != stream(i) || len(r.After) != 1 || r.After[0].Increment != uint32(i+1)) {
				t.Fatalf("%s: request %d is %+v", row.name, i, r)
			}
		}
		if l.request(-1) != nil || l.request(row.n) != nil {
			t.Errorf("%s: a request that was not made", row.name)
		}
	}
}

func TestSlowClients(t *testing.T) {
	t.Parallel()
	for _, row := range []struct {
		name, alpn string
		write      func(*testing.T, *Server, *rawHTTP2)
		want       string
		reason     string
	}{
		{"half a head", "http/1.1", func(t *testing.T, s *Server, c *rawHTTP2) { io.WriteString(c.Conn, "GET / HT") }, "HTTP/1.1 400", "the time for a head is limited"},
		{"nothing", "http/1.1", func(t *testing.T, s *Server, c *rawHTTP2) {}, "", "as above"},
		{"half a body", "http/1.1", func(t *testing.T, s *Server, c *rawHTTP2) {
			io.WriteString(c.Conn, "POST /echo HTTP/1.1\r\nHost: x\r\nContent-Length: 9\r\n\r\n1234")
		}, "HTTP/1.1 408", "as is the time between two bytes of a body"},
		{"half a body, not read", "http/1.1", func(t *testing.T, s *Server, c *rawHTTP2) {
			io.WriteString(c.Conn, "POST /nope HTTP/1.1\r\nHost: x\r\nContent-Length: 9\r\n\r\n1234")
		}, "HTTP/1.1 404", "the handler answers, net/http waits for the rest"},
		{"idle", "http/1.1", func(t *testing.T, s *Server, c *rawHTTP2) {
			io.WriteString(c.Conn, "GET /status/204 HTTP/1.1\r\nHost: x\r\n\r\n")
		}, "HTTP/1.1 204", "and between requests"},
		{"deaf", "http/1.1", func(t *testing.T, s *Server, c *rawHTTP2) { // the answer does not fit into the buffers of the system
			io.WriteString(c.Conn, "GET /bytes/500000000 HTTP/1.1\r\nHost: x\r\n\r\n")
			await(t, s.Conns()[0])
			if err := s.Conns()[0].Err(); err == nil || !strings.Contains(err.Error(), "taken no bytes") {
				t.Errorf("Err gives %v", err)
			}
		}, "HTTP/1.1 200", "who reads nothing is cut"},
		{"preface only", "h2", func(t *testing.T, s *Server, c *rawHTTP2) { io.WriteString(c.Conn, fingerprint.Preface) }, "", "net/http waits two seconds for SETTINGS"},
		{"idle", "h2", func(t *testing.T, s *Server, c *rawHTTP2) {
			c.client.WriteString(fingerprint.Preface)
			c.WriteSettings()
			c.flush(1000)
		}, "", "as HTTP/1.1"},
		{"deaf", "h2", func(t *testing.T, s *Server, c *rawHTTP2) {
			c.client.WriteString(fingerprint.Preface)
			c.WriteSettings(http2.Setting{ID: http2.SettingInitialWindowSize, Val: 1<<31 - 1})
			c.WriteWindowUpdate(0, 1<<30)
			c.WriteHeaders(http2.HeadersFrameParam{StreamID: 1, BlockFragment: c.get("/bytes/500000000"), EndHeaders: true, EndStream: true})
			c.flush(1000)
			await(t, s.Conns()[0])
		}, "", "as over HTTP/1.1"},
		{"half a body", "h2", func(t *testing.T, s *Server, c *rawHTTP2) {
			c.client.WriteString(fingerprint.Preface)
			c.WriteSettings()
			c.WriteHeaders(http2.HeadersFrameParam{StreamID: 1, BlockFragment: c.encode(":method", "POST", ":scheme", "https", ":path", "/echo"), EndHeaders: true})
			c.WriteData(1, false, []byte("1234"))
			c.flush(1000)
		}, "", "the stream ends, then the idle connection"},
	} {
		t.Run(row.alpn+" "+row.name, func(t *testing.T) {
			t.Parallel()
			s := start(t, func(s *Server) {
				s.limits.header, s.limits.stall, s.limits.idle = time.Second, time.Second, time.Second
			})
			c := &rawHTTP2{Conn: dial(t, s, row.alpn), client: newClient()}
			conn := conns(t, s, 1)[0]
			row.write(t, s, c)
			if row.alpn == "http/1.1" {
				got := make([]byte, 12)
				n, _ := io.ReadFull(c.Conn, got)
				if string(got[:n]) != row.want {
					t.Errorf("%s: %q", row.reason, got[:n])
				}
			}
			io.Copy(io.Discard, c.Conn)
			await(t, conn)
		})
	}
}
