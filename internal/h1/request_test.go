package h1

import (
	"bytes"
	"context"
	"errors"
	"io"
	"net"
	"strconv"
	"strings"
	"sync/atomic"
	"testing"

	"github.com/wirelike/wirelike/fingerprint"
	"github.com/wirelike/wirelike/internal/plan"
	"github.com/wirelike/wirelike/internal/testnet"
)

// recorder keeps what each Write was given.
type recorder struct {
	net.Conn
	writes [][]byte
}

func (r *recorder) Write(p []byte) (int, error) {
	r.writes = append(r.writes, bytes.Clone(p))
	return r.Conn.Write(p)
}

func TestHeadIsWrittenAsGiven(t *testing.T) {
	t.Parallel()
	head := "GET /a?b=%20c HTTP/1.1\r\nHost: localhost\r\nsec-ch-ua-mobile: ?0\r\nUser-Agent: x  y\r\nX-Empty: \r\nX-Blank:  z \r\nX-Latin: caf\xe9\r\nsec-ch-ua-mobile: ?1\r\n\r\n"
	req := request("GET /a?b=%20c\nHost: localhost\nsec-ch-ua-mobile: ?0\nUser-Agent: x  y\nX-Empty: \nX-Blank:  z \nX-Latin: caf\xe9\nsec-ch-ua-mobile: ?1", nil, 0)
	rec := &recorder{Conn: newCanned(ok + length3)}
	cl := newClient(t, rec)
	if _, _, err := exchangeAll(context.Background(), cl.Conn, req); err != nil {
		t.Fatal(err)
	}
	if len(rec.writes) != 1 || string(rec.writes[0]) != head {
		t.Errorf("wrote %q, want %q", rec.writes, head)
	}
}

// inMemory is a body that says that it is in memory.
type inMemory struct{ strings.Reader }

func (*inMemory) Close() error    { return nil }
func (m *inMemory) InMemory() int { return m.Len() }
func (m *inMemory) Certain() bool { return true }

func in(s string) *inMemory {
	m := &inMemory{}
	m.Reset(s)
	return m
}

// measured is a body that may wait, although it knows its length.
type measured struct{ io.Reader }

func (measured) Len() int     { return 5 }
func (measured) Close() error { return nil }

func TestWrites(t *testing.T) {
	t.Parallel()
	const post = "POST /\nHost: localhost\nContent-Length: 5"
	const head = "POST / HTTP/1.1\r\nHost: localhost\r\nContent-Length: 5\r\n\r\n"
	big := strings.Repeat("x", 2000)
	bigHead := strings.Replace(head, "5", "2000", 1)
	fits := strings.Repeat("x", mergeSize-len(bigHead)) // four digits as well
	fitsLength, fitsLength1 := strconv.Itoa(len(fits)), strconv.Itoa(len(fits)+1)
	onlyReader := struct{ io.Reader }{strings.NewReader("hello")}
	var flushes = []struct {
		name, reason string
		head         string
		body         io.ReadCloser
		length       int64
		want         []string
	}{
		{"in memory", "one record, as browsers do", post, in("hello"), 5, []string{head + "hello"}},
		{"Len", "who has one may still wait", post, measured{strings.NewReader("hello")}, 5, []string{head, "hello"}},
		{"NopCloser", "what is behind it is nobody's business", post, io.NopCloser(strings.NewReader("hello")), 5, []string{head, "hello"}},
		{"stream", "what may wait does not hold up the head", post, io.NopCloser(onlyReader), 5, []string{head, "hello"}},
		{"fits", "as large as possible", strings.Replace(post, "5", fitsLength, 1), in(fits), int64(len(fits)), []string{strings.Replace(head, "5", fitsLength, 1) + fits}},
		{"just too large", "head and body apart", strings.Replace(post, "5", fitsLength1, 1), in(fits + "x"), int64(len(fits) + 1), []string{strings.Replace(head, "5", fitsLength1, 1), fits + "x"}},
		{"too large", "head and body apart", strings.Replace(post, "5", "2000", 1), in(big), 2000, []string{bigHead, big}},
		{"chunked", "head and chunks apart", "POST /\nTransfer-Encoding: chunked", io.NopCloser(strings.NewReader("hello")), -1,
			[]string{"POST / HTTP/1.1\r\nTransfer-Encoding: chunked\r\n\r\n", "5\r\nhello\r\n", "0\r\n\r\n"}},
		{"chunked in pieces", "each chunk as soon as it is there", "POST /\nTransfer-Encoding: chunked", io.NopCloser(io.MultiReader(strings.NewReader("he"), strings.NewReader("llo"))), -1,
			[]string{"POST / HTTP/1.1\r\nTransfer-Encoding: chunked\r\n\r\n", "2\r\nhe\r\n", "3\r\nllo\r\n", "0\r\n\r\n"}},
		{"chunked empty", "the last chunk only", "POST /\nTransfer-Encoding: chunked", io.NopCloser(strings.NewReader("")), -1,
			[]string{"POST / HTTP/1.1\r\nTransfer-Encoding: chunked\r\n\r\n", "0\r\n\r\n"}},
		{"empty", "no body", "POST /\nContent-Length: 0", io.NopCloser(strings.NewReader("")), 0, []string{"POST / HTTP/1.1\r\nContent-Length: 0\r\n\r\n"}},
	}
	for _, row := range flushes {
		t.Run(row.name, func(t *testing.T) {
			t.Parallel()
			a, b := testnet.Pair(t)
			rec := &recorder{Conn: a}
			want := strings.Join(row.want, "")
			cl := serve(t, rec, b, func(p *peer) {
				got := make([]byte, len(want))
				io.ReadFull(p.R, got)
				if string(got) != want {
					t.Errorf("%s: got %.200q, want %.200q", row.reason, got, want)
				}
				p.Send(ok + length3)
			})
			body := newBody(row.body)
			var req *plan.Request
			if row.name == "stream" || row.length < 0 {
				req = request(row.head, body, row.length)
			} else {
				req = request(row.head, row.body, row.length)
			}
			if _, _, err := exchangeAll(context.Background(), cl.Conn, req); err != nil {
				t.Fatal(err)
			}
			if cl.idle.Load() != 1 {
				t.Error("the connection was not kept")
			}
			for i, w := range rec.writes {
				if i >= len(row.want) || string(w) != row.want[i] {
					t.Errorf("%s: write %d is %.80q", row.reason, i, w)
				}
			}
			if len(rec.writes) != len(row.want) {
				t.Errorf("%s: %d writes", row.reason, len(rec.writes))
			}
			if req.Body == body && body.closes.Load() != 1 {
				t.Errorf("body closed %d times", body.closes.Load())
			}
		})
	}
}

func TestRequestsRefused(t *testing.T) {
	t.Parallel()
	field := func(name, value string) func(*plan.Request) {
		return func(r *plan.Request) { r.Fields = append(r.Fields, fingerprint.Field{Name: name, Value: value}) }
	}
	for _, row := range []struct {
		name, reason string
		change       func(*plan.Request)
	}{
		{"method empty", "no token", func(r *plan.Request) { r.Method = "" }},
		{"method with space", "another target", func(r *plan.Request) { r.Method = "GET /x" }},
		{"method with LF", "another request", func(r *plan.Request) { r.Method = "GET\n" }},
		{"target empty", "no request line", func(r *plan.Request) { r.Target = "" }},
		{"target with space", "another version", func(r *plan.Request) { r.Target = "/ HTTP/1.0" }},
		{"target with CRLF", "another request", func(r *plan.Request) { r.Target = "/\r\nX: y" }},
		{"target with NUL", "the end of a string for some", func(r *plan.Request) { r.Target = "/\x00" }},
		{"target with DEL", "a control", func(r *plan.Request) { r.Target = "/\x7f" }},
		{"name empty", "no token", field("", "x")},
		{"name with colon", "another name", field("X:", "x")},
		{"name with CR", "another field", field("X\r", "x")},
		{"name with LF", "another field", field("X\nY", "x")},
		{"name with NUL", "no token", field("X\x00", "x")},
		{"name not ASCII", "no token", field("Ä", "x")},
		{"value with CR", "another field for some", field("X", "a\rb")},
		{"value with LF", "another field", field("X", "a\nY: b")},
		{"value with NUL", "the end of a string for some", field("X", "a\x00b")},
		{"length wrong", "the rest would be another request", field("Content-Length", "4")},
		{"length twice", "two opinions", func(r *plan.Request) { field("Content-Length", "5")(r); field("content-length", "5")(r) }},
		{"length missing", "nothing frames the body", func(*plan.Request) {}},
		{"chunked with length", "two opinions", func(r *plan.Request) {
			field("Content-Length", "5")(r)
			field("Transfer-Encoding", "chunked")(r)
		}},
		{"chunked of known length", "the body would not be chunked", field("Transfer-Encoding", "chunked")},
		{"length of a chunked body", "the body would be chunked", func(r *plan.Request) { r.Length = -1; field("Content-Length", "-1")(r) }},
		{"other coding", "nothing encodes it", func(r *plan.Request) { r.Length = -1; field("Transfer-Encoding", "gzip, chunked")(r) }},
		{"length without body", "the server would wait for it", func(r *plan.Request) { r.Body = nil; field("Content-Length", "5")(r) }},
		{"length invalid", "no such length", func(r *plan.Request) { r.Length = -2 }},
	} {
		t.Run(row.name, func(t *testing.T) {
			a, b := net.Pipe()
			defer b.Close()
			cl := newClient(t, a) // nobody reads from b: a Write would wait for ever
			body := newBody(strings.NewReader("hello"))
			req := request("POST /\nHost: localhost", body, 5)
			row.change(req)
			_, err := cl.RoundTrip(context.Background(), req)
			var e *RequestError
			if !errors.As(err, &e) {
				t.Errorf("%s: %v", row.reason, err)
			}
			if req.Body != nil && body.closes.Load() != 1 {
				t.Errorf("body closed %d times", body.closes.Load())
			}
			if cl.idle.Load() != 1 {
				t.Error("the connection was not given back")
			}
		})
	}
}

// TestBodyLength sends bodies that are not as long as announced.
func TestBodyLength(t *testing.T) {
	t.Parallel()
	for _, row := range []struct {
		name, reason string
		body         io.Reader
		length       int64
		sent         string // if anything
		kept         bool
	}{
		{"short in memory", "known before anything is written", in("hell"), 5, "", kept},
		{"long in memory", "known before anything is written", in("hello!"), 5, "", kept},
		{"not empty in memory", "known before anything is written", in("hello"), 0, "", kept},
		{"short in memory, not as it says", "read before anything is written", liar{strings.NewReader("hell")}, 5, "", kept},
		{"long in memory, not as it says", "read before anything is written", liar{strings.NewReader("hello!")}, 5, "", kept},
		{"short stream", "the server waits for the rest", struct{ io.Reader }{strings.NewReader("hell")}, 5, "hell", !kept},
		{"long stream", "to cut it off would be a lie", struct{ io.Reader }{strings.NewReader("hello!")}, 5, "", !kept},
		{"long stream, late", "noticed after the last byte", io.MultiReader(strings.NewReader("hello"), strings.NewReader("!")), 5, "hello", !kept},
		{"not empty stream", "noticed as well", struct{ io.Reader }{strings.NewReader("hello")}, 0, "", !kept},
	} {
		t.Run(row.name, func(t *testing.T) {
			t.Parallel()
			got := make(chan []byte, 1)
			cl := connect(t, func(p *peer) {
				p.Head()
				b, _ := io.ReadAll(p.R)
				got <- b
			})
			head := "POST /\nHost: localhost"
			if row.length > 0 {
				head += "\nContent-Length: 5"
			}
			var closes atomic.Int32
			body := &onClose{row.body, func() { closes.Add(1) }}
			req := request(head, body, row.length)
			if m, ok := row.body.(plan.InMemory); ok {
				req.Body = m
			}
			_, err := cl.RoundTrip(context.Background(), req)
			var e *BodyError
			if !errors.As(err, &e) || !errors.Is(err, ErrBodyLength) {
				t.Errorf("%s: %v", row.reason, err)
			}
			if row.kept {
				if cl.idle.Load() != 1 {
					t.Error("the connection was not given back")
				}
				return
			}
			<-cl.closed
			if closes.Load() != 1 {
				t.Errorf("body closed %d times", closes.Load())
			}
			if b := <-got; string(b) != row.sent {
				t.Errorf("%s: the server got %q", row.reason, b)
			}
		})
	}
}

// liar is a body that is not as long as it says.
type liar struct{ io.Reader }

func (liar) InMemory() int { return 5 }
func (liar) Certain() bool { return true }
func (liar) Close() error  { return nil }

type onClose struct {
	io.Reader
	close func()
}

func (c *onClose) Close() error {
	c.close()
	return nil
}

// TestBodyFails wants the error of the body's own Read.
func TestBodyFails(t *testing.T) {
	t.Parallel()
	boom := errors.New("boom")
	for _, length := range []int64{5, -1} {
		cl := connect(t, func(p *peer) { p.Drain() })
		body := newBody(io.MultiReader(strings.NewReader("he"), failing{boom}))
		framing := "Content-Length: 5"
		if length < 0 {
			framing = "Transfer-Encoding: chunked"
		}
		_, err := cl.RoundTrip(context.Background(), request("POST /\n"+framing, body, length))
		var e *BodyError
		if !errors.As(err, &e) || e.Err != boom {
			t.Errorf("length %d: %v", length, err)
		}
		<-cl.closed
		<-body.closed
	}
}

type failing struct{ err error }

func (f failing) Read([]byte) (int, error) { return 0, f.err }
