package fpserver

import (
	"bytes"
	"crypto/tls"
	"errors"
	"fmt"
	"io"
	"net"
	"net/http"
	"reflect"
	"strings"
	"testing"

	"github.com/wirelike/wirelike/fingerprint"
	"golang.org/x/net/http2"
)

// bomb writes requests of very many indexed fields, one byte each.
func bomb(c *client, first uint32, requests, fields int) {
	for i := range requests {
		c.WriteHeaders(http2.HeadersFrameParam{StreamID: first + uint32(2*i), BlockFragment: bytes.Repeat([]byte{0x82}, fields), EndHeaders: true, EndStream: true})
	}
}

// TestSizes checks that the memory of decoded values is not underestimated.
func TestSizes(t *testing.T) {
	t.Parallel()
	for _, row := range []struct {
		name   string
		got    int
		actual uintptr
	}{
		{"request", requestSize, reflect.TypeFor[fingerprint.Request]().Size()},
		{"field", fieldSize, reflect.TypeFor[fingerprint.Field]().Size()},
		{"frame", frameSize, reflect.TypeFor[fingerprint.Frame]().Size()},
		{"record", recordSize, reflect.TypeFor[fingerprint.Record]().Size()},
		{"elision", elisionSize, reflect.TypeFor[fingerprint.Elision]().Size()},
	} {
		if uintptr(row.got) < row.actual || uintptr(row.got) > 2*row.actual {
			t.Errorf("%s: %d bytes, in fact %d", row.name, row.got, row.actual)
		}
	}
}

// TestLogIsCharged checks that decoded requests count against the budget of all connections.
func TestLogIsCharged(t *testing.T) {
	t.Parallel()
	for _, row := range []struct {
		name   string
		budget int64
		kept   int // at least
		late   int
		reason string
	}{
		{"enough", 64 << 20, 15, 4, "8 MiB of each"},
		{"little", 4 << 20, 3, 0, "the recording and the log share it"},
		{"none", 200_000, 0, 0, "not even one fits"},
	} {
		c, tee := newClient(), newFrameTee(1<<20)
		tee.rec.budget.max = row.budget
		bomb(c, 1, 20, 8000)
		for range 8 {
			c.WriteWindowUpdate(39, 1)
		}
		tee.feed(c.Bytes(), nil)
		recorded := tee.rec.budget.used.Load()
		if recorded > 170_000 {
			t.Fatalf("%d bytes recorded", recorded)
		}
		tee.log.catchUp(tee.rec)
		l, used := tee.log, tee.rec.budget.used.Load()
		if used > row.budget || used-recorded != int64(l.keptCost+l.lateCost) || len(l.kept) < row.kept || len(l.late) < row.late || l.n != 20 || l.err != nil {
			t.Errorf("%s (%s): %d of %d bytes in use, %d by the log, %d kept, %d late, %d read, %v", row.name, row.reason, used, row.budget, l.keptCost+l.lateCost, len(l.kept), len(l.late), l.n, l.err)
		}
		sum := 0
		for i := range l.kept {
			sum += cost(&l.kept[i])
		}
		for i := range l.late {
			sum += cost(&l.late[i])
		}
		if sum != l.keptCost+l.lateCost || row.kept > 0 && sum < 48*8000*row.kept {
			t.Errorf("%s: the requests take %d bytes, charged are %d", row.name, sum, l.keptCost+l.lateCost)
		}
		l.drop()
		l.catchUp(tee.rec) // a reader that comes late must not bring it back
		l.write([]byte("\x00\x00\x00\x06\x00\x00\x00\x00\x00"))
		if used := tee.rec.budget.used.Load(); used != recorded || l.parser != nil || l.kept != nil || l.late != nil {
			t.Errorf("%s: %d bytes in use after the drop, %d of them recorded", row.name, used, recorded)
		}
	}
}

// TestEndedConnectionsAreSmall checks that a connection that has ended holds its recording and nothing else, and still
// says the same.
func TestEndedConnectionsAreSmall(t *testing.T) {
	t.Parallel()
	kept := make(chan *RequestInfo, 1)
	s := start(t, func(s *Server) {
		s.Handler = http.HandlerFunc(func(w http.ResponseWriter, r *http.Request) {
			_, i := FromContext(r.Context())
			kept <- i
		})
	})
	c := dialHTTP2(t, s)
	c.client.WriteString(fingerprint.Preface)
	c.WriteSettings()
	c.WriteHeaders(http2.HeadersFrameParam{StreamID: 1, BlockFragment: c.get("/keep"), EndHeaders: true, EndStream: true})
	c.flush(1 << 20)
	if status, _ := c.response(t, 1); status != "200" {
		t.Fatal(status)
	}
	bomb(c.client, 3, 20, 8000)
	c.flush(1 << 20)
	if status, _ := c.response(t, 41); status != "RST_STREAM PROTOCOL_ERROR" { // :method twice
		t.Fatal(status)
	}
	conn := s.Conns()[0]
	if err := conn.Err(); err != nil { // reads it all
		t.Fatal(err)
	}
	if used := s.conns.budget.used.Load(); used < 8<<20 {
		t.Errorf("%d bytes in use with the log", used)
	}
	c.Conn.Close()
	await(t, conn)
	f, err := conn.Fingerprint()
	if err != nil || len(f.HTTP2.Requests) != 21 || f.TLS == nil {
		t.Fatalf("%d requests, %v", len(f.HTTP2.Requests), err)
	}
	k := conn.Capture()
	if want, err := fingerprint.Parse(&k); err != nil || !reflect.DeepEqual(f, want) {
		t.Errorf("Fingerprint is not Parse(Capture), %v", err)
	}
	info := <-kept
	if r := info.Request(); r == nil || !reflect.DeepEqual(*r, f.HTTP2.Requests[0]) {
		t.Errorf("the request is %+v now", r)
	}
	conn.mu.Lock()
	defer conn.mu.Unlock()
	if l := &conn.log; l.parser != nil || l.kept != nil || l.late != nil || conn.wire != nil || conn.frames.starts != nil || conn.frames.held != nil {
		t.Errorf("an ended connection holds %+v, %+v", l, conn.frames)
	}
	if used, most := s.conns.budget.used.Load(), int64(len(k.Client)+len(k.Hellos[0])+recordSize*maxRecords); used != most {
		t.Errorf("%d bytes in use, want %d", used, most)
	}
}

// TestRestIsRecorded checks that what was on its way when a connection ended is in its record, and on the budget.
func TestRestIsRecorded(t *testing.T) {
	t.Parallel()
	for _, alpn := range []string{"h2", "http/1.1"} {
		s := start(t, nil)
		c := dial(t, s, alpn)
		head := "GET / HTTP/1.1\r\nHost"
		if alpn == "h2" {
			head = fingerprint.Preface + "\x00\x00\x00\x04\x00\x00\x00\x00\x00\x00\x00"
		}
		io.WriteString(c, head)
		c.CloseWrite()
		io.Copy(io.Discard, c)
		conn := conns(t, s, 1)[0]
		await(t, conn)
		k := conn.Capture()
		if string(k.Client) != head || conn.Truncated() {
			t.Errorf("%s: captured %q, truncated %t", alpn, k.Client, conn.Truncated())
		}
		if used, want := s.conns.budget.used.Load(), int64(len(head)+len(k.Hellos[0])+recordSize*maxRecords); used != want {
			t.Errorf("%s: %d bytes in use, want %d", alpn, used, want)
		}
	}
}

// TestNothingAfterTheEnd checks that bytes which net/http reads late do not change the record of an ended connection.
func TestNothingAfterTheEnd(t *testing.T) {
	t.Parallel()
	s := start(t, nil)
	dial(t, s, "http/1.1").Close()
	c := conns(t, s, 1)[0]
	await(t, c)
	for state, in := range map[streamState]string{sniffing: "GET ", speaksHTTP1: "GET / HTTP/1.1\r\n\r\n", speaksHTTP2: "\x00\x00\x00\x04\x00\x00\x00\x00\x00"} {
		near, far := net.Pipe()
		server := tls.Server(near, &tls.Config{Certificates: []tls.Certificate{s.id.cert.leaf}})
		go func() {
			client := tls.Client(far, &tls.Config{RootCAs: s.CertPool(), ServerName: "localhost"})
			io.WriteString(client, in)
			far.Close()
		}()
		st := &stream{c: c, wire: server, state: state, heads: &headTee{rec: &c.rec}}
		st.h2 = &frameReader{wire: server, mu: &c.mu, tee: &frameTee{rec: &c.rec, log: &c.log}, in: make([]byte, 100)}
		if n, err := st.Read(make([]byte, 100)); n != 0 || !errors.Is(err, net.ErrClosed) {
			t.Errorf("state %d: Read gives %d, %v", state, n, err)
		}
		near.Close()
		if k := c.Capture(); len(k.Client) != 0 || k.Error != "" || c.Requests() != 0 || c.log.parser != nil || st.heads.count != 0 {
			t.Errorf("state %d: the record has %q, %q, %d requests", state, k.Client, k.Error, c.Requests())
		}
	}
}

// TestGapsAreCharged checks that gaps count against the budget, and end the recording when there is no room for them.
func TestGapsAreCharged(t *testing.T) {
	t.Parallel()
	r := &recording{limit: 1000, budget: &budget{max: 2*elisionSize + 3}}
	for range 3 {
		if !r.reserve(1) {
			t.Fatal("no room")
		}
		r.keep([]byte("x"))
		r.elide(5)
		r.elide(5) // the same gap
	}
	if len(r.elided) != 2 || !r.full || r.budget.used.Load() != 2*elisionSize+3 || r.elided[1].Length != 10 {
		t.Errorf("gaps %v, full %t, %d bytes in use", r.elided, r.full, r.budget.used.Load())
	}
	if r.giveBack(); r.budget.used.Load() != 0 {
		t.Errorf("%d bytes in use in the end", r.budget.used.Load())
	}
}

// TestViewStays checks that what a report shows is not written to when more arrives, and that this is charged as well.
func TestViewStays(t *testing.T) {
	t.Parallel()
	c, tee := newClient(), newFrameTee(1<<20)
	c.WriteHeaders(http2.HeadersFrameParam{StreamID: 1, BlockFragment: c.get("/"), EndHeaders: true, EndStream: true})
	tee.feed(c.Bytes(), nil)
	tee.log.catchUp(tee.rec)
	view := tee.log.http2(1)
	c.Buffer.Reset()
	c.WriteWindowUpdate(1, 7)
	tee.feed(c.Bytes(), nil)
	tee.log.catchUp(tee.rec)
	if len(view.Requests[0].After) != 0 || len(tee.log.http2(1).Requests[0].After) != 1 {
		t.Errorf("before %+v, now %+v", view.Requests[0].After, tee.log.http2(1).Requests[0].After)
	}
	if got, want := tee.rec.budget.used.Load(), int64(len(tee.rec.bytes)+cost(&tee.log.kept[0])); got != want {
		t.Errorf("%d bytes in use, want %d", got, want)
	}
}

// TestOldestDoneMakesRoom checks that a connection that stays open does not keep those that have ended from being freed.
func TestOldestDoneMakesRoom(t *testing.T) {
	t.Parallel()
	s := start(t, func(s *Server) { s.limits.captures = 100_000 })
	long := dial(t, s, "http/1.1") // the first one, and open to the end
	conns(t, s, 1)
	for i := range 30 {
		client := &http.Client{Transport: s.Client().Transport.(*http.Transport).Clone()}
		fetch(t, client, "POST", fmt.Sprintf("%s/echo?%d", s.URL, i), strings.NewReader(strings.Repeat("x", 3000)))
		client.CloseIdleConnections()
		all := conns(t, s, i+2)
		last := all[len(all)-1]
		await(t, last)
		if last.ID != i+2 || last.Truncated() || all[0].ID != 1 {
			t.Fatalf("connection %d is truncated: %t; the first is %d", last.ID, last.Truncated(), all[0].ID)
		}
	}
	all := s.Conns()
	if n := len(all); n >= 31 || n < 3 {
		t.Fatalf("%d connections remembered", n)
	}
	for i, c := range all[1:] {
		if want := 31 - len(all) + 2 + i; c.ID != want {
			t.Errorf("connection %d is remembered in place of %d: the oldest must go first", c.ID, want)
		}
	}
	long.Close()
}
