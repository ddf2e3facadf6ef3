package client_test

import (
	"errors"
	"io"
	"net/http"
	"strings"
	"testing"
	"time"

	"github.com/wirelike/wirelike/client"
	"github.com/wirelike/wirelike/internal/h1"
	"github.com/wirelike/wirelike/internal/testnet"
)

// exchange is what a scripted server does to a Transport: one row of TestScriptedHTTP1 or TestScriptedHTTP2, which run
// it for a Transport of each browser and for a neutral one.
type exchange struct {
	name, reason string
	bytes        func(*testnet.Peer)      // the script, for each connection
	frames       func(*testnet.FramePeer) // the same for HTTP/2
	// methods are the requests, one after the other; a POST has the body "hello". All but the last succeed.
	methods []string
	// idle lets each request wait until the client has given up the connection of the one before.
	idle bool

	status int // of the last response
	body   string
	conns  int
	kind   *client.Kind     // of the last request's error, be it in the head or in the body
	check  func(error) bool // nil: only the kind
	// goesOn wants one more GET to be answered with "again" on the same connection.
	goesOn bool
}

var (
	get1    = []string{"GET"}
	post1   = []string{"POST"}
	getGet  = []string{"GET", "GET"}
	getPost = []string{"GET", "POST"}
)

const abc = "HTTP/1.1 200 OK\r\nContent-Length: 3\r\n\r\nabc"

// says answers each request with s.
func says(s string) func(*testnet.Peer) {
	return func(p *testnet.Peer) {
		for p.Head() != "" {
			p.Send(s)
		}
	}
}

// saysOnce answers one request and closes as end says.
func saysOnce(s string, end func(*testnet.Peer)) func(*testnet.Peer) {
	return func(p *testnet.Peer) {
		p.Head()
		p.Send(s)
		end(p)
	}
}

// firstThen has a script for the first connection, and answers on those that follow.
func firstThen(script func(*testnet.Peer)) func(*testnet.Peer) {
	return func(p *testnet.Peer) {
		if p.N == 1 {
			script(p)
		} else {
			says("HTTP/1.1 200 OK\r\nContent-Length: 5\r\n\r\nagain")(p)
		}
	}
}

func isBadResponse(err error) bool {
	var e *h1.ResponseError
	return errors.As(err, &e)
}

var scriptedHTTP1 = []exchange{
	{name: "kept alive", reason: "the plain case", bytes: says(abc), methods: getGet, status: 200, body: "abc", conns: 1},
	{name: "stale connection, GET", reason: "RFC 9110 §9.2.2: it may be sent again", bytes: firstThen(func(p *testnet.Peer) {
		p.Head()
		p.Send(abc)
		p.Head()
	}), methods: getGet, status: 200, body: "again", conns: 2},
	{name: "stale connection, POST", reason: "RFC 9110 §9.2.2: the server may have acted on it", bytes: firstThen(func(p *testnet.Peer) {
		p.Head()
		p.Send(abc)
		p.Head()
	}), methods: getPost, conns: 1, kind: client.ErrEmptyReply, check: func(err error) bool {
		var e *h1.ConnError
		return errors.As(err, &e) && e.Reused && e.NoResponse && !errors.Is(err, h1.ErrUnprocessed)
	}},
	{name: "no response on a new connection", reason: "no race with an idle time-out", bytes: func(p *testnet.Peer) { p.Head() },
		methods: get1, conns: 1, kind: client.ErrEmptyReply, check: has(io.EOF)},
	{name: "closed while idle, POST", reason: "known before anything is sent", bytes: firstThen(saysOnce(abc, (*testnet.Peer).CloseWrite)),
		methods: getPost, idle: true, status: 200, body: "again", conns: 2},
	{name: "time-out response while idle", reason: "it answers nothing that was asked", bytes: firstThen(saysOnce(abc, func(p *testnet.Peer) {
		p.Head()
		p.Send("HTTP/1.1 204 No Content\r\n\r\nHTTP/1.1 408 Request Timeout\r\nContent-Length: 0\r\n\r\n")
		p.Drain()
	})), methods: []string{"GET", "GET", "POST"}, status: 200, body: "again", conns: 2},
	{name: "bytes after the response", reason: "they would be taken for the next response", bytes: firstThen(saysOnce(abc+"HTTP/1.1 200 OK\r\nContent-Length: 4\r\n\r\nevil", (*testnet.Peer).Drain)),
		methods: getGet, status: 200, body: "again", conns: 2},
	{name: "Connection: close", reason: "the next request has a new connection", bytes: saysOnce("HTTP/1.1 200 OK\r\nConnection: close\r\nContent-Length: 3\r\n\r\nabc", (*testnet.Peer).Drain),
		methods: getGet, status: 200, body: "abc", conns: 2},
	{name: "truncated body", reason: "the end of the connection is not the end of the body", bytes: saysOnce("HTTP/1.1 200 OK\r\nContent-Length: 10\r\n\r\nabc", (*testnet.Peer).CloseWrite),
		methods: get1, status: 200, body: "abc", conns: 1, kind: client.ErrIncompleteRead, check: has(io.ErrUnexpectedEOF)},
	{name: "truncated chunks", reason: "no last chunk", bytes: saysOnce("HTTP/1.1 200 OK\r\nTransfer-Encoding: chunked\r\n\r\n3\r\nabc\r\n", (*testnet.Peer).CloseWrite),
		methods: get1, status: 200, body: "abc", conns: 1, kind: client.ErrIncompleteRead, check: has(io.ErrUnexpectedEOF)},
	{name: "until close_notify", reason: "the server says that this is all", bytes: saysOnce("HTTP/1.1 200 OK\r\n\r\nabc", (*testnet.Peer).CloseWrite),
		methods: get1, status: 200, body: "abc", conns: 1},
	{name: "until FIN", reason: "anybody on the way could have cut it", bytes: saysOnce("HTTP/1.1 200 OK\r\n\r\nabc", (*testnet.Peer).Cut),
		methods: get1, status: 200, body: "abc", conns: 1, kind: client.ErrIncompleteRead, check: has(io.ErrUnexpectedEOF)},
	{name: "not HTTP", reason: "another connection would get the same", bytes: says("SSH-2.0-x\r\n\r\n"),
		methods: get1, conns: 1, kind: client.ErrProtocol, check: isBadResponse},
	{name: "two lengths", reason: "where would the body end?", bytes: says("HTTP/1.1 200 OK\r\nContent-Length: 3\r\nContent-Length: 4\r\n\r\nabcd"),
		methods: get1, conns: 1, kind: client.ErrProtocol, check: isBadResponse},
	{name: "endless interim responses", reason: "bounded patience", bytes: says(strings.Repeat("HTTP/1.1 102 Processing\r\n\r\n", 1000)),
		methods: get1, conns: 1, kind: client.ErrProtocol, check: isBadResponse},
	{name: "endless head", reason: "bounded memory", bytes: says("HTTP/1.1 200 OK\r\n" + strings.Repeat("X: "+strings.Repeat("y", 1000)+"\r\n", 2000)),
		methods: get1, conns: 1, kind: client.ErrProtocol, check: isBadResponse},
	{name: "endless chunk extensions", reason: "bounded work", bytes: says("HTTP/1.1 200 OK\r\nTransfer-Encoding: chunked\r\n\r\n" + strings.Repeat("1;"+strings.Repeat("x", 4000)+"\r\na\r\n", 100)),
		methods: get1, status: 200, body: "aaaa", conns: 1, kind: client.ErrProtocol, check: isBadResponse},
	{name: "early refusal", reason: "the response is not lost to the rest of the request", bytes: func(p *testnet.Peer) {
		p.Head()
		p.Send("HTTP/1.1 413 Content Too Large\r\nConnection: close\r\nContent-Length: 3\r\n\r\nbig")
		p.CloseWrite()
		p.Drain()
	}, methods: post1, status: 413, body: "big", conns: 1},
}

func TestScriptedHTTP1(t *testing.T) {
	t.Parallel()
	for _, x := range scriptedHTTP1 {
		x.run(t, "http/1.1")
	}
}

// run makes the exchange with Transports of all sorts.
func (x exchange) run(t *testing.T, alpn string) {
	for _, profile := range []string{"", "chromium156", "firefox153_linux"} {
		name := profile
		if name == "" {
			name = "neutral"
		}
		t.Run(x.name+"/"+name, func(t *testing.T) {
			t.Parallel()
			ca := testnet.NewCA(t, time.Now())
			ended := make(chan struct{}, 16) // scripts whose client has gone
			var s *testnet.Server
			if x.frames != nil {
				s = testnet.ServeFrames(t, ca.Server(alpn), x.frames)
			} else {
				s = testnet.ServeBytes(t, ca.Server(alpn), func(p *testnet.Peer) {
					x.bytes(p)
					p.CloseWrite()
					p.Drain()
					ended <- struct{}{}
				})
			}
			tr := &client.Transport{Profile: profile, RootCAs: ca.Pool()}
			x.meet(t, tr, s, ended)
			tr.CloseIdleConnections()
			s.Wait()
		})
	}
}

// meet sends the requests and looks at the outcome of the last.
func (x exchange) meet(t *testing.T, tr *client.Transport, s *testnet.Server, ended <-chan struct{}) {
	for i, method := range x.methods {
		if i > 0 && x.idle {
			<-ended
		}
		status, body, err := send(t, tr, method, s.URL)
		if i < len(x.methods)-1 {
			if err != nil || status >= 300 {
				t.Fatalf("request %d: %d, %v", i+1, status, err)
			}
			continue
		}
		if status != x.status || body != x.body {
			t.Errorf("%s: %d %q, want %d %q", x.reason, status, body, x.status, x.body)
		}
		var e *client.Error
		switch {
		case x.kind == nil && err != nil:
			t.Errorf("%s: %v", x.reason, err)
		case x.kind != nil && (!errors.As(err, &e) || e.Kind != x.kind):
			t.Errorf("%s: error %v, want %v", x.reason, err, x.kind)
		case x.check != nil && !x.check(err):
			t.Errorf("%s: the cause of %v is another", x.reason, err)
		}
	}
	if x.goesOn {
		if status, body, err := send(t, tr, "GET", s.URL); status != 200 || body != "again" || err != nil {
			t.Errorf("%s: the next request has %d %q, %v", x.reason, status, body, err)
		}
	}
	if n := s.Conns(); n != x.conns {
		t.Errorf("%s: %d connections, want %d", x.reason, n, x.conns)
	}
}

// send makes one request and returns the status, the body as far as it came, and the error of either.
func send(t *testing.T, tr *client.Transport, method, url string) (int, string, error) {
	var body io.Reader
	if method == "POST" {
		body = strings.NewReader("hello")
	}
	r, err := http.NewRequestWithContext(t.Context(), method, url, body)
	if err != nil {
		t.Fatal(err)
	}
	res, err := tr.RoundTrip(r)
	if err != nil {
		return 0, "", err
	}
	defer res.Body.Close()
	b, err := io.ReadAll(res.Body)
	return res.StatusCode, string(b), err
}
