package client_test

import (
	"context"
	"net"
	"net/http"
	"net/http/httptest"
	"slices"
	"strconv"
	"strings"
	"testing"

	"github.com/wirelike/wirelike/client"
	"github.com/wirelike/wirelike/internal/testnet"
)

// behaviour is a row of docs/behaviours.md with a test of it.
type behaviour struct {
	id, name string
	test     func(*testing.T)
}

func runBehaviours(t *testing.T, rows []behaviour) {
	t.Parallel()
	for _, row := range rows {
		t.Run(row.id+"/"+row.name, func(t *testing.T) {
			t.Parallel()
			row.test(t)
		})
	}
}

// recorder is a server over plain HTTP/1.1 that answers every request with "ok" and keeps what it got, byte for byte.
type recorder struct {
	*testnet.Server
	got chan string // one for each request: its head, and its body if that has a length
}

func newRecorder(t *testing.T) *recorder {
	t.Helper()
	r := &recorder{got: make(chan string, 64)}
	r.Server = testnet.ServeBytes(t, nil, func(p *testnet.Peer) {
		for head := p.Head(); head != ""; head = p.Head() {
			n, _ := strconv.Atoi(fieldOf(head, "content-length"))
			r.got <- head + p.Take(n)
			p.Send("HTTP/1.1 200 OK\r\nContent-Length: 2\r\n\r\nok")
		}
	})
	return r
}

// fieldOf returns the value of a field of a head, "" without.
func fieldOf(head, name string) string {
	for line := range strings.SplitSeq(head, "\r\n") {
		if n, value, ok := strings.Cut(line, ":"); ok && strings.EqualFold(n, name) {
			return strings.TrimSpace(value)
		}
	}
	return ""
}

// exchange makes a request and returns what reached the server.
func (r *recorder) exchange(t *testing.T, s *client.Session, method, path string, c *client.Call) string {
	t.Helper()
	res, err := s.Do(t.Context(), method, r.URL+strings.TrimPrefix(path, "/"), c)
	if err != nil {
		t.Fatal(err)
	}
	if _, err := res.Bytes(); err != nil {
		t.Fatal(err)
	}
	return <-r.got
}

// lines returns the lines of a head behind the request line.
func linesOf(head string) []string {
	head, _, _ = strings.Cut(head, "\r\n\r\n")
	return strings.Split(head, "\r\n")[1:]
}

// namesOf returns the names of the fields of a head, in order.
func namesOf(head string) (names []string) {
	for _, line := range linesOf(head) {
		name, _, _ := strings.Cut(line, ":")
		names = append(names, name)
	}
	return names
}

func wantNames(t *testing.T, what, head string, names ...string) {
	t.Helper()
	if got := namesOf(head); !slices.Equal(got, names) {
		t.Errorf("%s: fields %q, want %q", what, got, names)
	}
}

// h returns a Header of alternating names and values.
func h(namesAndValues ...string) (out client.Header) {
	for i := 0; i < len(namesAndValues); i += 2 {
		out.Add(namesAndValues[i], namesAndValues[i+1])
	}
	return out
}

// redirecting is a handler that leads "/to/PATH" to /PATH with 307 and echoes everything else.
func redirecting(w http.ResponseWriter, r *http.Request) {
	if rest, ok := strings.CutPrefix(r.URL.Path, "/to"); ok {
		http.Redirect(w, r, rest, http.StatusTemporaryRedirect)
		return
	}
	echo(w, r)
}

// leadsTo is a handler that leads everything to a URL, with 307.
func leadsTo(url string) http.HandlerFunc {
	return func(w http.ResponseWriter, r *http.Request) { http.Redirect(w, r, url, http.StatusTemporaryRedirect) }
}

// newPlain is a server without TLS; the URL has the name localhost.
func newPlain(t *testing.T, handler http.HandlerFunc) string {
	t.Helper()
	s := httptest.NewServer(handler)
	t.Cleanup(s.Close)
	return strings.Replace(s.URL, "127.0.0.1", "localhost", 1)
}

// byPort dials localhost where its port says, and everything else as next does.
func byPort(next func(context.Context, string, string) (net.Conn, error)) func(context.Context, string, string) (net.Conn, error) {
	return func(ctx context.Context, network, addr string) (net.Conn, error) {
		if port, ok := strings.CutPrefix(addr, "localhost:"); ok {
			return (&net.Dialer{}).DialContext(ctx, network, "127.0.0.1:"+port)
		}
		return next(ctx, network, addr)
	}
}

// refuseToDial is a DialContext for requests that must not get so far.
func refuseToDial(t *testing.T) func(context.Context, string, string) (net.Conn, error) {
	return func(context.Context, string, string) (net.Conn, error) {
		t.Error("a connection was asked for")
		return nil, errBoom
	}
}
