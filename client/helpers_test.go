package client_test

import (
	"crypto/tls"
	"encoding/json"
	"io"
	"log"
	"net"
	"net/http"
	"net/http/httptest"
	"strings"
	"sync/atomic"
	"testing"
	"time"

	"golang.org/x/net/http2"

	"github.com/wirelike/wirelike/client"
	"github.com/wirelike/wirelike/internal/testnet"
)

func TestMain(m *testing.M) { testnet.Main(m) }

// profilesInUse are those that tests go through; "" is the neutral client.
var profilesInUse = []string{"", "chromium156", "firefox153_linux", "chrome150"}

// server is a server of Go's with TLS for the name localhost.
type server struct {
	*httptest.Server
	ca  *testnet.CA
	url string
}

func newServer(t testing.TB, http2 bool, h http.HandlerFunc) *server {
	t.Helper()
	s := &server{ca: testnet.NewCA(t, time.Now())}
	s.Server = httptest.NewUnstartedServer(h)
	s.TLS = &tls.Config{Certificates: []tls.Certificate{s.ca.Leaf()}}
	s.EnableHTTP2 = http2
	s.Config.ErrorLog = log.New(io.Discard, "", 0)
	s.StartTLS()
	t.Cleanup(s.Close)
	s.url = strings.Replace(s.URL, "127.0.0.1", "localhost", 1)
	return s
}

// session returns a session for the server that is closed with the test.
func (s *server) session(t testing.TB, profile string) *client.Session {
	t.Helper()
	return newSession(t, &client.Options{Profile: profile, RootCAs: s.ca.Pool()})
}

func newSession(t testing.TB, o *client.Options) *client.Session {
	t.Helper()
	s, err := client.New(o)
	if err != nil {
		t.Fatal(err)
	}
	t.Cleanup(func() { s.Close() })
	return s
}

// eventually waits for a condition that nothing signals.
func eventually(t testing.TB, what string, ok func() bool) {
	t.Helper()
	tick := time.NewTicker(time.Millisecond)
	defer tick.Stop()
	for deadline := time.After(5 * time.Second); !ok(); {
		select {
		case <-tick.C:
		case <-deadline:
			t.Fatalf("not within 5s: %s", what)
		}
	}
}

// closeCounter counts the Close calls of a request body.
type closeCounter struct {
	io.Reader
	n atomic.Int32
}

func (c *closeCounter) Close() error { c.n.Add(1); return nil }

// frameServer speaks just enough HTTP/2 to answer the first HEADERS frame with given frames.
type frameServer struct {
	ca     *testnet.CA
	url    string
	answer [][]byte
	wait   chan struct{} // if not nil, the answer waits for it
}

func newFrameServer(t *testing.T, answer ...[]byte) *frameServer {
	t.Helper()
	s := &frameServer{ca: testnet.NewCA(t, time.Now()), answer: answer}
	config := s.ca.Server("h2")
	addr := testnet.Serve(t, func(nc net.Conn) {
		c := tls.Server(nc, config)
		io.ReadFull(c, make([]byte, len(http2.ClientPreface)))
		fr := http2.NewFramer(c, c)
		fr.WriteSettings()
		for {
			f, err := fr.ReadFrame()
			if err != nil {
				return
			}
			if _, ok := f.(*http2.HeadersFrame); !ok {
				continue
			}
			if s.wait != nil {
				<-s.wait
			}
			for _, b := range s.answer {
				c.Write(b)
			}
		}
	})
	_, port, _ := net.SplitHostPort(addr)
	s.url = "https://localhost:" + port + "/"
	return s
}

// echoed is what the echo handler answers.
type echoed struct {
	Method, Target, Proto, Host string
	Header                      http.Header
	Body                        []byte
	Length                      int64
	Chunked                     bool
}

func echo(w http.ResponseWriter, r *http.Request) {
	b, _ := io.ReadAll(r.Body)
	json.NewEncoder(w).Encode(echoed{r.Method, r.RequestURI, r.Proto, r.Host, r.Header, b, r.ContentLength, r.TransferEncoding != nil})
}

func ask(t *testing.T, s *client.Session, method, url string, c *client.Call) *echoed {
	t.Helper()
	r, err := s.Do(t.Context(), method, url, c)
	if err != nil {
		t.Fatal(err)
	}
	e := &echoed{}
	if err := r.JSON(e); err != nil {
		t.Fatal(err)
	}
	return e
}
