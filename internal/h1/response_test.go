package h1

import (
	"context"
	"errors"
	"fmt"
	"io"
	"strings"
	"testing"

	"github.com/wirelike/wirelike/internal/testnet"
)

// failure names the kind of an error.
func failure(err error) string {
	var response *ResponseError
	var conn *ConnError
	switch {
	case err == nil:
		return ""
	case errors.As(err, &response):
		return "response"
	case errors.As(err, &conn) && conn.NoResponse:
		return "no response"
	case errors.Is(err, io.ErrUnexpectedEOF):
		return "truncated"
	}
	return err.Error()
}

const (
	ok      = "HTTP/1.1 200 OK\r\n"
	ok10    = "HTTP/1.0 200 OK\r\n"
	length3 = "Content-Length: 3\r\n\r\nabc"
	coded   = "Transfer-Encoding: chunked\r\n"
	kept    = true
)

var responseRows = []struct {
	name, reason string
	method       string // "" is GET; with " close" the request asks for the end, with " upgrade" for another protocol
	response     string
	eof          bool   // the server closes after it
	fail         string // of RoundTrip or of reading the body
	status       int
	body         string
	length       int64
	kept         bool
}{
	{"length", "the plain case", "", ok + length3, false, "", 200, "abc", 3, kept},
	{"length zero", "nothing to read", "", ok + "Content-Length: 0\r\n\r\n", false, "", 200, "", 0, kept},
	{"any case", "field names have no case", "", ok + "content-LENGTH: 3\r\n\r\nabc", false, "", 200, "abc", 3, kept},
	{"bare LF", "RFC 9112 §2.2: a recipient may take LF for CRLF", "", "HTTP/1.1 200 OK\nContent-Length: 3\n\nabc", false, "", 200, "abc", 3, kept},
	{"no reason", "the phrase may be empty", "", "HTTP/1.1 200 \r\n" + length3, false, "", 200, "abc", 3, kept},
	{"no reason, no space", "common, and harmless", "", "HTTP/1.1 200\r\n" + length3, false, "", 200, "abc", 3, kept},
	{"unknown status", "999 is in use", "", "HTTP/1.1 999 Denied\r\n" + length3, false, "", 999, "abc", 3, kept},
	{"minor version", "HTTP/1.2 would be compatible", "", "HTTP/1.2 200 OK\r\n" + length3, false, "", 200, "abc", 3, kept},
	{"HTTP/2 status line", "another protocol", "", "HTTP/2 200\r\n" + length3, false, "response", 0, "", 0, !kept},
	{"HTTP/0.9", "a body without head is refused", "", "<html>\r\n\r\n", false, "response", 0, "", 0, !kept},
	{"HTTP/0.9, no line", "nor is its end waited for", "", "<html>", false, "response", 0, "", 0, !kept},
	{"HTTP/0.9, closed", "which is no end of a head", "", "<html>", true, "response", 0, "", 0, !kept},
	{"another protocol", "nothing more will come", "", "220 smtp.test ESMTP\r\n", false, "response", 0, "", 0, !kept},
	{"half a name", "closed within the head", "", "HTTP/", true, "truncated", 0, "", 0, !kept},
	{"lower case", "HTTP-name is case-sensitive (RFC 9112 §2.3)", "", "http/1.1 200 OK\r\n\r\n", false, "response", 0, "", 0, !kept},
	{"status glued", "a status has three digits", "", "HTTP/1.1 2000 OK\r\n\r\n", false, "response", 0, "", 0, !kept},
	{"status short", "a status has three digits", "", "HTTP/1.1 20 OK\r\n\r\n", false, "response", 0, "", 0, !kept},
	{"status below 100", "no such class", "", "HTTP/1.1 099 OK\r\n\r\n", false, "response", 0, "", 0, !kept},
	{"empty line first", "only a server may pass over empty lines", "", "\r\n" + ok + length3, false, "response", 0, "", 0, !kept},

	{"close", "the server says so", "", ok + "Connection: close\r\n" + length3, false, "", 200, "abc", 3, !kept},
	{"close in a list", "Connection is a list without case", "", ok + "Connection: x, Close\r\n" + length3, false, "", 200, "abc", 3, !kept},
	{"close by the client", "the server will close after this response", "GET close", ok + length3, false, "", 200, "abc", 3, !kept},
	{"HTTP/1.0", "ends with its response", "", ok10 + length3, false, "", 200, "abc", 3, !kept},
	{"HTTP/1.0 keep-alive", "unless it says otherwise", "", ok10 + "Connection: Keep-Alive\r\n" + length3, false, "", 200, "abc", 3, kept},
	{"HTTP/1.0 until close", "no length, no coding", "", ok10 + "Connection: keep-alive\r\n\r\nabc", true, "", 200, "abc", -1, !kept},

	{"HEAD", "no body whatever the fields say (RFC 9112 §6.3, 1)", "HEAD", ok + "Content-Length: 10\r\n\r\n", false, "", 200, "", 10, kept},
	{"HEAD chunked", "nor here", "HEAD", ok + coded + "\r\n", false, "", 200, "", -1, kept},
	{"HEAD no length", "nor here", "HEAD", ok + "\r\n", false, "", 200, "", -1, kept},
	{"204", "no body", "", "HTTP/1.1 204 No Content\r\n\r\n", false, "", 204, "", 0, kept},
	{"204 length 0", "nothing is announced", "", "HTTP/1.1 204 No Content\r\nContent-Length: 0\r\n\r\n", false, "", 204, "", 0, kept},
	{"204 length", "no body, but one may come late", "", "HTTP/1.1 204 No Content\r\nContent-Length: 3\r\n\r\n", false, "", 204, "", 0, !kept},
	{"204 chunked", "as above", "", "HTTP/1.1 204 No Content\r\n" + coded + "\r\n", false, "", 204, "", 0, !kept},
	{"304", "no body", "", "HTTP/1.1 304 Not Modified\r\n\r\n", false, "", 304, "", -1, kept},
	{"304 length 0", "nothing is announced", "", "HTTP/1.1 304 Not Modified\r\nContent-Length: 0\r\n\r\n", false, "", 304, "", 0, kept},
	{"304 length", "RFC 9110 §15.4.5: it is that of what is stored", "", "HTTP/1.1 304 Not Modified\r\nContent-Length: 3\r\n\r\n", false, "", 304, "", 3, kept},
	{"304 chunked", "a body may come late", "", "HTTP/1.1 304 Not Modified\r\n" + coded + "\r\n", false, "", 304, "", -1, !kept},
	{"204 with body", "what follows is not a response that was asked for", "", "HTTP/1.1 204 No Content\r\nContent-Length: 3\r\n\r\nabc", false, "", 204, "", 0, !kept},

	{"100", "interim responses are passed over", "", "HTTP/1.1 100 Continue\r\n\r\n" + ok + length3, false, "", 200, "abc", 3, kept},
	{"103 twice", "any number of them", "", strings.Repeat("HTTP/1.1 103 Early Hints\r\nLink: x\r\n\r\n", 2) + ok + length3, false, "", 200, "abc", 3, kept},
	{"interim with length", "interim responses have no body", "", "HTTP/1.1 103 Early Hints\r\nContent-Length: 5\r\n\r\n" + ok + length3, false, "", 200, "abc", 3, kept},
	{"interim limit", "100 of them are fine", "", strings.Repeat("HTTP/1.1 102 Processing\r\n\r\n", 100) + ok + length3, false, "", 200, "abc", 3, kept},
	{"interim flood", "no endless ones", "", strings.Repeat("HTTP/1.1 102 Processing\r\n\r\n", 101) + ok + length3, false, "response", 0, "", 0, !kept},
	{"101 unasked", "nobody asked for another protocol", "", "HTTP/1.1 101 Switching Protocols\r\nUpgrade: x\r\n\r\n", false, "response", 0, "", 0, !kept},
	{"upgrade declined", "an ordinary response", "GET upgrade", ok + length3, false, "", 200, "abc", 3, kept},

	{"length in a list", "RFC 9112 §6.3, 5: equal values may be taken for one", "", ok + "Content-Length: 3, 3\r\n\r\nabc", false, "", 200, "abc", 3, kept},
	{"length twice", "equal fields as well", "", ok + "Content-Length: 3\r\nContent-Length: 3\r\n\r\nabc", false, "", 200, "abc", 3, kept},
	{"lengths differ", "where would the body end?", "", ok + "Content-Length: 3\r\nContent-Length: 4\r\n\r\nabcd", false, "response", 0, "", 0, !kept},
	{"lengths differ in a list", "where would the body end?", "", ok + "Content-Length: 3, 4\r\n\r\nabcd", false, "response", 0, "", 0, !kept},
	{"length with sign", "digits only", "", ok + "Content-Length: +3\r\n\r\nabc", false, "response", 0, "", 0, !kept},
	{"length negative", "digits only", "", ok + "Content-Length: -3\r\n\r\nabc", false, "response", 0, "", 0, !kept},
	{"length empty", "digits only", "", ok + "Content-Length: \r\n\r\nabc", false, "response", 0, "", 0, !kept},
	{"length hex", "digits only", "", ok + "Content-Length: 0x3\r\n\r\nabc", false, "response", 0, "", 0, !kept},
	{"length huge", "larger than any body", "", ok + "Content-Length: 9223372036854775808\r\n\r\nabc", false, "response", 0, "", 0, !kept},
	{"length and more", "what follows is not a response that was asked for", "", ok + length3 + "HTTP/1.1 200 OK\r\n\r\n", false, "", 200, "abc", 3, !kept},
	{"length truncated", "the end of the connection is not the end of the body", "", ok + "Content-Length: 4\r\n\r\nabc", true, "truncated", 200, "abc", 4, !kept},

	{"until close", "no length, no coding: up to the end", "", ok + "\r\nabc", true, "", 200, "abc", -1, !kept},
	{"until close, empty", "as above", "", ok + "\r\n", true, "", 200, "", -1, !kept},
	{"no response", "closed instead", "", "", true, "no response", 0, "", 0, !kept},
	{"half a head", "closed within the head", "", ok + "Content-Le", true, "truncated", 0, "", 0, !kept},

	{"chunked", "the plain case", "", ok + coded + "\r\n3\r\nabc\r\n0\r\n\r\n", false, "", 200, "abc", -1, kept},
	{"chunked LF", "RFC 9112 §2.2 again", "", ok + coded + "\r\n3\nabc\n0\n\n", false, "", 200, "abc", -1, kept},
	{"chunks", "any number, hexadecimal in any case", "", ok + coded + "\r\n1\r\na\r\nA\r\n0123456789\r\n0b\r\n01234567890\r\n000\r\n\r\n", false, "", 200, "a012345678901234567890", -1, kept},
	{"chunk extension", "ignored (RFC 9112 §7.1.1)", "", ok + coded + "\r\n3;a=b;c=\"d\"\r\nabc\r\n0;x\r\n\r\n", false, "", 200, "abc", -1, kept},
	{"chunk size padded", "old servers pad with blanks", "", ok + coded + "\r\n3  \r\nabc\r\n0 \r\n\r\n", false, "", 200, "abc", -1, kept},
	{"chunk size empty", "a size is a number", "", ok + coded + "\r\n\r\nabc\r\n0\r\n\r\n", false, "response", 200, "", -1, !kept},
	{"chunk size bad", "a size is a number", "", ok + coded + "\r\n3g\r\nabc\r\n0\r\n\r\n", false, "response", 200, "", -1, !kept},
	{"chunk size signed", "a size is a number", "", ok + coded + "\r\n-3\r\nabc\r\n0\r\n\r\n", false, "response", 200, "", -1, !kept},
	{"chunk size huge", "larger than any body", "", ok + coded + "\r\n8000000000000000\r\nabc\r\n0\r\n\r\n", false, "response", 200, "", -1, !kept},
	{"chunk size wraps", "larger than 64 bits", "", ok + coded + "\r\n10000000000000003\r\nabc\r\n0\r\n\r\n", false, "response", 200, "", -1, !kept},
	{"chunk line long", "no endless extensions", "", ok + coded + "\r\n3;" + strings.Repeat("x", 5000) + "\r\nabc\r\n0\r\n\r\n", false, "response", 200, "", -1, !kept},
	{"chunk overhead", "no extensions without end for tiny chunks", "", ok + coded + "\r\n" + strings.Repeat("1;"+strings.Repeat("x", 4000)+"\r\na\r\n", 10) + "0\r\n\r\n", false, "response", 200, "aaaa", -1, !kept},
	{"chunk without CRLF", "longer than its size", "", ok + coded + "\r\n3\r\nabcd\r\n0\r\n\r\n", false, "response", 200, "abc", -1, !kept},
	{"chunk CR in the size line", "a line end for some", "", ok + coded + "\r\n3;\rx\r\nabc\r\n0\r\n\r\n", false, "response", 200, "", -1, !kept},
	{"chunked truncated in data", "no last chunk", "", ok + coded + "\r\n5\r\nabc", true, "truncated", 200, "abc", -1, !kept},
	{"chunked truncated between", "no last chunk", "", ok + coded + "\r\n3\r\nabc\r\n", true, "truncated", 200, "abc", -1, !kept},
	{"chunked truncated in the end", "no empty line", "", ok + coded + "\r\n3\r\nabc\r\n0\r\n", true, "truncated", 200, "abc", -1, !kept},
	{"chunked and more", "what follows is not a response that was asked for", "", ok + coded + "\r\n3\r\nabc\r\n0\r\n\r\nHTTP/1.1 200 OK\r\n", false, "", 200, "abc", -1, !kept},
	{"chunked and length", "RFC 9112 §6.3, 3: the coding wins, but somebody is deceived", "", ok + coded + "Content-Length: 100\r\n\r\n3\r\nabc\r\n0\r\n\r\n", false, "", 200, "abc", -1, !kept},
	{"chunked HTTP/1.0", "which does not know it: up to the end", "", ok10 + coded + "\r\n3\r\nabc", true, "", 200, "3\r\nabc", -1, !kept},
	{"chunked HTTP/1.0 with length", "the length counts", "", ok10 + coded + "Connection: keep-alive\r\n" + length3, false, "", 200, "abc", 3, !kept},
	{"chunked twice", "a trick", "", ok + coded + coded + "\r\n0\r\n\r\n", false, "response", 0, "", 0, !kept},
	{"gzip, chunked", "not offered, not decoded", "", ok + "Transfer-Encoding: gzip, chunked\r\n\r\n0\r\n\r\n", false, "response", 0, "", 0, !kept},
	{"unknown coding", "not offered, not decoded", "", ok + "Transfer-Encoding: xchunked\r\n" + length3, false, "response", 0, "", 0, !kept},
	{"identity", "obsolete, says nothing", "", ok + "Transfer-Encoding: identity\r\n" + length3, false, "", 200, "abc", 3, !kept},

	{"name with blank", "RFC 9112 §5.1: one reader's Content-Length is another's nothing", "", ok + "Content-Length : 3\r\n\r\nabc", false, "response", 0, "", 0, !kept},
	{"name empty", "no token", "", ok + ": 3\r\n" + length3, false, "response", 0, "", 0, !kept},
	{"name not ASCII", "no token", "", ok + "Café: 3\r\n" + length3, false, "response", 0, "", 0, !kept},
	{"no colon", "no field line", "", ok + "Server\r\n" + length3, false, "response", 0, "", 0, !kept},
	{"fold first", "nothing to continue", "", ok + " x\r\n" + length3, false, "response", 0, "", 0, !kept},
	{"CR in value", "response splitting", "", ok + "X: a\rb\r\n" + length3, false, "response", 0, "", 0, !kept},
	{"NUL in value", "the end of a string for some", "", ok + "X: a\x00b\r\n" + length3, false, "response", 0, "", 0, !kept},
	{"CR in reason", "response splitting", "", "HTTP/1.1 200 O\rK\r\n" + length3, false, "response", 0, "", 0, !kept},
	{"bare CR for the end", "is no line end", "", "HTTP/1.1 200 OK\rContent-Length: 3\r\n\r\nabc", false, "response", 0, "", 0, !kept},
	{"folded length", "the fold becomes a space", "", ok + "Content-Length:\r\n 3\r\n\r\nabc", false, "", 200, "abc", 3, kept},
	{"head too large", "bounded memory", "", ok + "X: " + strings.Repeat("x", maxHead) + "\r\n\r\n", false, "response", 0, "", 0, !kept},
	{"head without end", "bounded memory", "", ok + strings.Repeat("X: y\r\n", maxHead/6), false, "response", 0, "", 0, !kept},
	{"too many fields", "bounded memory", "", ok + strings.Repeat("X: y\r\n", maxFields+1) + "\r\n", false, "response", 0, "", 0, !kept},
	{"many fields", "as many as allowed", "", ok + strings.Repeat("X: y\r\n", maxFields-1) + length3, false, "", 200, "abc", 3, kept},
	{"large head", "larger than the buffer", "", ok + "X: " + strings.Repeat("x", 200<<10) + "\r\n" + length3, false, "", 200, "abc", 3, kept},
	{"status line too long", "bounded memory", "", "HTTP/1.1 200 " + strings.Repeat("x", maxHead) + "\r\n\r\n", false, "response", 0, "", 0, !kept},
	{"interim head too large", "bounded memory", "", "HTTP/1.1 103 Early Hints\r\nX: " + strings.Repeat("x", maxHead) + "\r\n\r\n", false, "response", 0, "", 0, !kept},
	{"fields of interim responses", "each head is checked", "", "HTTP/1.1 103 Early Hints\r\nX : y\r\n\r\n" + ok + length3, false, "response", 0, "", 0, !kept},
	{"interim and no more", "the request has been seen, but not answered", "", "HTTP/1.1 103 Early Hints\r\n\r\n", true, "truncated", 0, "", 0, !kept},
	{"folds", "RFC 9112 §5.2: a user agent takes them for blanks", "", ok + "X: a\r\n b\r\n\tc\r\n" + length3, false, "", 200, "abc", 3, kept},
	{"trailer", "RFC 9112 §7.1.2", "", ok + coded + "\r\n3\r\nabc\r\n0\r\nX-Sum: 1\r\n folded\r\n\r\n", false, "", 200, "abc", -1, kept},
	{"trailer fold first", "nothing to continue", "", ok + coded + "\r\n0\r\n x\r\n\r\n", false, "response", 200, "", -1, !kept},
	{"trailer of too many fields", "bounded memory", "", ok + coded + "\r\n0\r\n" + strings.Repeat("X: y\r\n", maxFields+1) + "\r\n", false, "response", 200, "", -1, !kept},
	{"trailer with CR in value", "response splitting", "", ok + coded + "\r\n0\r\nX: a\rb\r\n\r\n", false, "response", 200, "", -1, !kept},
	{"trailer truncated", "no empty line", "", ok + coded + "\r\n3\r\nabc\r\n0\r\nX: y\r\n", true, "truncated", 200, "abc", -1, !kept},
	{"trailer without colon", "no field line", "", ok + coded + "\r\n0\r\nX\r\n\r\n", false, "response", 200, "", -1, !kept},
	{"trailer too large", "bounded memory", "", ok + coded + "\r\n0\r\nX: " + strings.Repeat("x", maxHead) + "\r\n\r\n", false, "response", 200, "", -1, !kept},
}

func TestResponses(t *testing.T) {
	t.Parallel()
	for _, row := range responseRows {
		for _, pace := range []string{"at once", "bytewise"} {
			if pace == "bytewise" && len(row.response) > 20000 {
				continue
			}
			t.Run(row.name+"/"+pace, func(t *testing.T) {
				t.Parallel()
				req := get()
				if row.method != "" {
					method, extra, _ := strings.Cut(row.method, " ")
					head := method + " /\nHost: localhost"
					switch extra {
					case "close":
						head += "\nConnection: close"
					case "upgrade":
						head += "\nConnection: Upgrade\nUpgrade: websocket"
					}
					req = request(head, nil, 0)
				}
				cl := scripted(t, row.response, row.eof, pace)
				r, body, err := exchangeAll(context.Background(), cl.Conn, req)
				if got := failure(err); got != row.fail {
					t.Fatalf("%s: failed with %q (%v), want %q", row.reason, got, err, row.fail)
				}
				if row.fail == "" && (r.Status != row.status || string(body) != row.body || r.Length != row.length) {
					t.Errorf("%s: got %d %q length %d", row.reason, r.Status, body, r.Length)
				}
				if row.fail != "" && r != nil && row.status > 0 && string(body) != row.body {
					t.Errorf("%s: got %q before the failure", row.reason, body)
				}
				if row.kept || pace == "at once" {
					checkKept(t, cl, row.kept)
				}
				if !row.kept { // bytes too many may be noticed only when the connection is idle already
					<-cl.closed
				}
			})
		}
	}
}

// scripted returns a client whose server answers the first request with response, and a later one with 204.
func scripted(t *testing.T, response string, eof bool, pace string) *client {
	a, b := testnet.Pair(t)
	if pace == "bytewise" {
		a = slow{a}
	}
	return serve(t, a, b, func(p *peer) {
		p.Head()
		p.Send(response)
		if eof {
			p.CloseWrite()
		}
		if p.Head() != "" {
			p.Send("HTTP/1.1 204 Again\r\n\r\n")
		}
		p.Drain()
	})
}

// checkKept makes a second request if the connection is to be kept, and otherwise wants its end.
func checkKept(t *testing.T, cl *client, kept bool) {
	t.Helper()
	if !kept {
		<-cl.closed
		if n := cl.idle.Load(); n != 0 {
			t.Errorf("OnIdle was called %d times", n)
		}
		_, err := cl.RoundTrip(context.Background(), get())
		if !errors.Is(err, ErrUnprocessed) {
			t.Errorf("a request on a closed connection: %v", err)
		}
		return
	}
	if n := cl.idle.Load(); n != 1 {
		t.Fatalf("OnIdle was called %d times", n)
	}
	r, _, err := exchangeAll(context.Background(), cl.Conn, get())
	if err != nil || r.Status != 204 || r.Reason != "Again" || !r.Info.Reused {
		t.Errorf("second request: %+v, %v", r, err)
	}
}

func TestResponseFields(t *testing.T) {
	t.Parallel()
	cl := scripted(t, ok+"Server:nginx\r\nset-cookie: a=1\r\nX-Fold: one\r\n two\r\n\t three \r\n \r\nSet-Cookie:   b=2\t\r\nX-Empty:\r\nX-Latin: caf\xe9\r\nX-Ctl: a\x01b\r\nX-Colon: a:b\r\nX-First-Fold:\r\n  late\r\n"+length3, false, "at once")
	r, _, err := exchangeAll(context.Background(), cl.Conn, get())
	if err != nil {
		t.Fatal(err)
	}
	want := "Server: nginx\nset-cookie: a=1\nX-Fold: one two three\nSet-Cookie: b=2\nX-Empty: \nX-Latin: caf\xe9\nX-Ctl: a\x01b\nX-Colon: a:b\nX-First-Fold: late\nContent-Length: 3\n"
	if got := fieldText(r.Fields); got != want {
		t.Errorf("got\n%swant\n%s", got, want)
	}
	if r.Proto != "HTTP/1.1" || r.Reason != "OK" || r.Info.Reused || r.Info.FirstByte.Before(r.Info.Started) || r.Info.Started.IsZero() {
		t.Errorf("%+v", r)
	}
}

func TestTrailer(t *testing.T) {
	t.Parallel()
	cl := scripted(t, ok+"Trailer: X-Sum\r\n"+coded+"\r\n3\r\nabc\r\n0\r\nX-Sum: 1\r\n folded\r\nx-two: 2\r\n\r\n", false, "at once")
	r, err := cl.RoundTrip(context.Background(), get())
	if err != nil {
		t.Fatal(err)
	}
	if got := r.Trailer(); got != nil {
		t.Errorf("trailer before the end: %v", got)
	}
	if b, err := io.ReadAll(r.Body); err != nil || string(b) != "abc" {
		t.Fatalf("%q, %v", b, err)
	}
	if got, want := fieldText(r.Trailer()), "X-Sum: 1 folded\nx-two: 2\n"; got != want {
		t.Errorf("got\n%swant\n%s", got, want)
	}
	checkKept(t, cl, kept)
}

// TestTruncated cuts a connection within every response of the table, at many places, and wants an error or an end, in
// time and without panic.
func TestTruncated(t *testing.T) {
	t.Parallel()
	for _, row := range responseRows {
		if row.fail != "" || len(row.response) > 1000 {
			continue
		}
		for n := range len(row.response) {
			cl := newClient(t, newCanned(row.response[:n]))
			r, body, err := exchangeAll(context.Background(), cl.Conn, get())
			switch {
			case err != nil && failure(err) == "":
				t.Errorf("%s at %d: %v", row.name, n, err)
			case err == nil && r.Length > 0 && r.Length != int64(len(body)) && r.Status != 304:
				t.Errorf("%s at %d: %d bytes of %d without error", row.name, n, len(body), r.Length)
			}
			cl.Close()
		}
	}
}

func FuzzResponse(f *testing.F) {
	for _, row := range responseRows {
		if len(row.response) < 2000 {
			f.Add(row.response)
		}
	}
	f.Fuzz(func(t *testing.T, response string) {
		cl := newClient(t, newCanned(response))
		r, body, err := exchangeAll(context.Background(), cl.Conn, get())
		if err != nil {
			if failure(err) == err.Error() {
				t.Errorf("untyped error %v", err)
			}
			return
		}
		for _, fd := range r.Fields {
			if !isToken(fd.Name) || strings.ContainsAny(fd.Value, "\r\n\x00") {
				t.Errorf("invalid field %q", fd)
			}
		}
		if r.Length > 0 && r.Length != int64(len(body)) && r.Status != 304 {
			t.Errorf("%d bytes of %d without error", len(body), r.Length)
		}
		if len(body) > len(response) {
			t.Error("more body than there was")
		}
	})
}

func TestChunkHead(t *testing.T) {
	t.Parallel()
	for _, n := range []int{1, 9, 10, 15, 16, 255, 4096, chunkSize} {
		buf := make([]byte, chunkPrefix)
		if got, want := string(buf[chunkHead(buf, n):]), fmt.Sprintf("%x\r\n", n); got != want {
			t.Errorf("%d: %q", n, got)
		}
	}
}
