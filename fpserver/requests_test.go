package fpserver

import (
	"bufio"
	"bytes"
	"context"
	"crypto/tls"
	"fmt"
	"io"
	"net/http"
	"net/http/httptrace"
	"slices"
	"strings"
	"sync"
	"testing"
	"time"

	"github.com/wirelike/wirelike/fingerprint"
)

// TestParallelRequests checks that reports never mix requests, however many there are at a time: in the long form
// 9,000 on 300 connections.
func TestParallelRequests(t *testing.T) {
	t.Parallel()
	connections, requests := 300, short(30, 4)
	if testing.Short() {
		connections = 30
	}
	s := start(t, func(s *Server) { s.limits.stall = time.Hour }) // nobody stalls, but there is much to do
	slots := make(chan struct{}, 4)                               // to connect at the same time, for which net/http has limits
	var mu sync.Mutex
	owner := map[int]int{}           // client by connection
	seen := map[int]map[int]string{} // mark by index, by connection
	note := func(n int, mark string, r *Report) {
		mu.Lock()
		defer mu.Unlock()
		id := r.Connection.ID
		if seen[id] == nil {
			seen[id], owner[id] = map[int]string{}, n
		}
		if owner[id] != n || seen[id][r.Request.Index] != "" {
			t.Errorf("%s is request %d of connection %d, which is %q of client %d", mark, r.Request.Index, id, seen[id][r.Request.Index], owner[id])
		}
		seen[id][r.Request.Index] = mark
	}
	var wg sync.WaitGroup
	for n := range connections {
		wg.Go(func() { parallelOnOne(t, s, n, requests, slots, note) })
	}
	wg.Wait()
	total := 0
	for _, c := range s.Conns() { // net/http may have opened one more than it needs
		total += c.Requests()
		for i := range c.Requests() {
			if seen[c.ID][i] == "" {
				t.Errorf("no report tells of request %d of connection %d", i, c.ID)
			}
		}
	}
	if total != connections*requests || len(owner) < connections {
		t.Errorf("%d requests on %d connections", total, len(owner))
	}
}

// parallelOnOne makes a request on a connection, and then others at the same time; of every third client over HTTP/1.1,
// where they wait for each other.
func parallelOnOne(t *testing.T, s *Server, n, requests int, slots chan struct{}, note func(n int, mark string, r *Report)) {
	transport := &http.Transport{ForceAttemptHTTP2: n%3 != 0, TLSClientConfig: &tls.Config{RootCAs: s.CertPool()}, MaxConnsPerHost: 1}
	defer transport.CloseIdleConnections()
	slots <- struct{}{}
	var wg sync.WaitGroup
	for i := range requests {
		wg.Go(func() {
			mark := fmt.Sprintf("%d-%d", n, i)
			path := "/fp?" + mark
			r, _ := http.NewRequest("POST", s.URL+path, strings.NewReader("body of "+mark))
			r.Header.Set("X-Mark", mark)
			local := "" // the client's end of the connection
			r = r.WithContext(httptrace.WithClientTrace(r.Context(), &httptrace.ClientTrace{
				GotConn: func(i httptrace.GotConnInfo) { local = i.Conn.LocalAddr().String() },
			}))
			resp, err := transport.RoundTrip(r)
			if err != nil {
				t.Error(err)
				return
			}
			defer resp.Body.Close()
			b, err := io.ReadAll(resp.Body)
			if err != nil {
				t.Error(err)
				return
			}
			report := decode[Report](t, b)
			if report.Connection.Remote != local {
				t.Errorf("%s was sent from %s, its report is of %s", mark, local, report.Connection.Remote)
			}
			q := report.Request
			if q.Path != path || value(q.Fields, "x-mark") != mark || report.Error != "" {
				t.Errorf("%s got %+v, error %q", mark, q, report.Error)
			}
			if resp.ProtoMajor == 2 && value(q.Fields, ":path") != path || resp.ProtoMajor == 1 && !strings.HasPrefix(string(*report.Raw.Head), "POST "+path+" HTTP/1.1\r\nHost: ") {
				t.Errorf("%s over %s got %+v", mark, resp.Proto, q)
			}
			if f := report.Fingerprint; f.HTTP2 != nil && q.Index < reportRequests && value(f.HTTP2.Requests[q.Index].Fields, "x-mark") != mark ||
				f.HTTP1 != nil && q.Index < reportRequests && value(f.HTTP1.Requests[q.Index].Fields, "x-mark") != mark {
				t.Errorf("%s: the fingerprint of the connection has another request %d", mark, q.Index)
			}
			if q.Index < 0 || q.Index >= requests {
				t.Errorf("%s has index %d", mark, q.Index)
			}
			note(n, mark, &report)
		})
		if i == 0 {
			wg.Wait()
			<-slots
		}
	}
	wg.Wait()
}

// TestManyRequestsOnOneConnection goes beyond what is kept of a connection.
func TestManyRequestsOnOneConnection(t *testing.T) {
	t.Parallel()
	n := maxKept + 700
	if testing.Short() {
		n = 200
	}
	s := start(t, nil)
	client := s.Client()
	fetch(t, client, "GET", s.URL+"/get", nil) // opens the connection that all share
	work := make(chan int)
	var wg sync.WaitGroup
	for range 40 {
		wg.Go(func() {
			for i := range work {
				mark := fmt.Sprint(i)
				resp, err := client.Get(s.URL + "/echo?" + mark)
				if err != nil {
					t.Error(err)
					continue
				}
				b, _ := io.ReadAll(resp.Body)
				resp.Body.Close()
				if got := value(decode[Echo](t, b).Fields, ":path"); got != "/echo?"+mark {
					t.Errorf("%d got %q", i, got)
				}
			}
		})
	}
	for i := range n {
		work <- i
	}
	close(work)
	wg.Wait()
	all := s.Conns()
	if len(all) != 1 || all[0].Requests() != n+1 {
		t.Fatalf("%d connections, %d requests on the first", len(all), all[0].Requests())
	}
	f, err := all[0].Fingerprint()
	if err != nil || len(f.HTTP2.Requests) != min(n+1, maxKept) {
		t.Errorf("%d requests kept, %v", len(f.HTTP2.Requests), err)
	}
}

// TestManyRequestsHTTP1 is the same for HTTP/1.1, pipelined, with a recording that is soon full.
func TestManyRequestsHTTP1(t *testing.T) {
	t.Parallel()
	for _, limit := range []int{1 << 20, 1000} {
		s := start(t, func(s *Server) { s.limits.capture = limit })
		c := dial(t, s, "http/1.1")
		n := 500
		go func() {
			var b bytes.Buffer
			for i := range n {
				fmt.Fprintf(&b, "POST /echo?%d HTTP/1.1\r\nhost: x\r\nX-mARK: %d\r\nContent-Length: 3\r\n\r\n{}\n", i, i)
			}
			c.Write(b.Bytes())
		}()
		r := bufio.NewReader(c)
		for i := range n {
			resp, err := http.ReadResponse(r, nil)
			if err != nil {
				t.Fatal(err)
			}
			b, _ := io.ReadAll(resp.Body)
			got := decode[Echo](t, b)
			want := []fingerprint.Field{{Name: "host", Value: "x"}, {Name: "X-mARK", Value: fmt.Sprint(i)}, {Name: "Content-Length", Value: "3"}}
			if got.Path != fmt.Sprintf("/echo?%d", i) || !slices.Equal(got.Fields, want) || got.Body.Size != 3 {
				t.Fatalf("limit %d, request %d: %+v", limit, i, got)
			}
		}
		if k := s.Conns()[0]; k.Truncated() != (limit == 1000) || k.Requests() != n {
			t.Errorf("limit %d: truncated %t, %d requests", limit, k.Truncated(), k.Requests())
		}
		if _, err := s.Conns()[0].Fingerprint(); err != nil {
			t.Error(err)
		}
	}
}

func TestFromContext(t *testing.T) {
	t.Parallel()
	type seen struct {
		conn  *Conn
		info  *RequestInfo
		field int
		tls   bool
	}
	got := make(chan seen, 1)
	s := start(t, func(s *Server) {
		s.Handler = http.HandlerFunc(func(w http.ResponseWriter, r *http.Request) {
			c, i := FromContext(r.Context())
			got <- seen{c, i, len(r.Header[streamKey()]), r.TLS != nil && r.TLS.ServerName == "localhost"}
		})
	})
	for _, alpn := range []string{"h2", "http/1.1"} {
		client := &http.Client{Transport: &http.Transport{ForceAttemptHTTP2: alpn == "h2", TLSClientConfig: &tls.Config{RootCAs: s.CertPool()}}}
		for n := range 2 {
			// A client that knows the stream field must not get at other requests, nor the handler at the field.
			fetch(t, client, "GET", s.URL+"/mine", nil, streamField(), "99.77", "X-N", fmt.Sprint(n))
			x := <-got
			if x.info.Index != n || x.conn.ID == 0 || x.field != 0 || !x.tls || value(x.info.Fields(), "x-n") != fmt.Sprint(n) {
				t.Errorf("%s, request %d: %+v, %v", alpn, n, x, x.info.Fields())
			}
			if alpn == "h2" && (x.info.Stream != uint32(2*n+1) || x.info.Request() == nil || x.info.Head() != nil || x.info.RawHead() != nil) ||
				alpn != "h2" && (x.info.Stream != 0 || x.info.Request() != nil || x.info.Head().Target != "/mine" || !strings.HasPrefix(string(x.info.RawHead()), "GET /mine HTTP/1.1\r\n")) {
				t.Errorf("%s, request %d: %+v", alpn, n, x.info)
			}
		}
		client.CloseIdleConnections()
	}
	if c, i := FromContext(context.Background()); c != nil || i != nil {
		t.Error("something comes out of an empty context")
	}
}

// TestLostTrack checks that no request gets the head of another one when net/http reads a connection differently.
func TestLostTrack(t *testing.T) {
	t.Parallel()
	s := start(t, nil)
	c := dial(t, s, "http/1.1")
	// HTTP/1.0 has no chunks, says net/http, which takes the body for empty; the tee sees one.
	io.WriteString(c, "POST /fp?1 HTTP/1.0\r\nConnection: keep-alive\r\nTransfer-Encoding: chunked\r\n\r\n")
	r := bufio.NewReader(c)
	read := func() Report {
		resp, err := http.ReadResponse(r, nil)
		if err != nil {
			t.Fatal(err)
		}
		b, _ := io.ReadAll(resp.Body)
		return decode[Report](t, b)
	}
	if got := read(); got.Request.Index != 0 || got.Raw.Head == nil {
		t.Errorf("first %+v", got.Request)
	}
	io.WriteString(c, "GET /fp?2 HTTP/1.1\r\nHost: x\r\n\r\n")
	if got := read(); got.Request.Index != -1 || got.Raw.Head != nil || got.Request.Fields != nil || got.Error == "" || got.Request.Path != "/fp?2" {
		t.Errorf("second %+v, error %q", got.Request, got.Error)
	}
}

func TestHijack(t *testing.T) {
	t.Parallel()
	s := start(t, func(s *Server) {
		s.Handler = http.HandlerFunc(func(w http.ResponseWriter, r *http.Request) {
			c, rw, err := http.NewResponseController(w).Hijack()
			if err != nil {
				t.Error(err)
				return
			}
			rw.WriteString("HTTP/1.1 101 Switching Protocols\r\nConnection: Upgrade\r\nUpgrade: echo\r\n\r\n")
			rw.Flush()
			go func() {
				defer c.Close()
				io.Copy(c, rw)
			}()
		})
	})
	c := dial(t, s, "http/1.1")
	head := "GET /up HTTP/1.1\r\nHost: x\r\nConnection: Upgrade\r\nUpgrade: echo\r\n\r\n"
	io.WriteString(c, head)
	r := bufio.NewReader(c)
	if resp, err := http.ReadResponse(r, nil); err != nil || resp.StatusCode != 101 {
		t.Fatal(err)
	}
	long := strings.Repeat("m", 3*keepBody)
	io.WriteString(c, long)
	if _, err := io.ReadFull(r, make([]byte, len(long))); err != nil {
		t.Error(err)
	}
	c.CloseWrite()
	conn := s.Conns()[0]
	await(t, conn)
	k := conn.Capture()
	if string(k.Client) != head+long[:keepBody] || len(k.Elided) != 1 || k.Elided[0].Length != 2*keepBody || k.Error != "" {
		t.Errorf("captured %d bytes, gaps %v, error %q", len(k.Client), k.Elided, k.Error)
	}
}

func TestIsHeadOf(t *testing.T) {
	t.Parallel()
	for _, row := range []struct {
		head, method, target string
		want                 bool
	}{
		{"GET /a HTTP/1.1\r\n\r\n", "GET", "/a", true},
		{"GET /a HTTP/1.1\r\n\r\n", "GET", "/ab", false},
		{"GET /ab HTTP/1.1\r\n\r\n", "GET", "/a", false},
		{"GET /a HTTP/1.1\r\n\r\n", "POST", "/a", false},
		{"GET /a", "GET", "/a", false},
		{"OPTIONS * HTTP/1.1\r\n\r\n", "OPTIONS", "*", true},
		{"GET http://x/a HTTP/1.1\r\n\r\n", "GET", "http://x/a", true},
	} {
		if got := isHeadOf([]byte(row.head), &http.Request{Method: row.method, RequestURI: row.target}); got != row.want {
			t.Errorf("%q and %s %s: %t", row.head, row.method, row.target, got)
		}
	}
}
