package main

import (
	"crypto/tls"
	"encoding/json"
	"fmt"
	"io"
	"log"
	"maps"
	"net"
	"net/http"
	"slices"
	"strconv"
	"strings"
	"sync"
	"sync/atomic"
)

// endpoint is what the server's process tells about itself.
type endpoint struct {
	Port string `json:"port"`
	CA   string `json:"ca"`             // PEM
	Base string `json:"base,omitempty"` // what the paths begin with
}

// serve is the server's process: it tells its endpoint and serves until its input ends, as it does when the process that
// started it is gone.
func serve(stdin io.Reader, stdout io.Writer) error {
	ca, cert, err := newCertificate()
	if err != nil {
		return err
	}
	l, err := net.Listen("tcp", "localhost:0")
	if err != nil {
		return err
	}
	_, port, err := net.SplitHostPort(l.Addr().String())
	if err != nil {
		return err
	}
	s := newServer()
	web := newWeb(s.routes(), cert, s.count)
	if err := json.NewEncoder(stdout).Encode(endpoint{Port: port, CA: ca}); err != nil {
		return err
	}
	go func() {
		io.Copy(io.Discard, stdin)
		web.Close()
	}()
	if err := web.ServeTLS(l, "", ""); err != http.ErrServerClosed {
		return err
	}
	return nil
}

// newWeb returns net/http's server.
func newWeb(handler http.Handler, cert tls.Certificate, verify func(tls.ConnectionState) error) *http.Server {
	web := &http.Server{
		Handler: handler,
		TLSConfig: &tls.Config{
			Certificates: []tls.Certificate{cert},
			// Without tickets every handshake is cold, and each client gets the same bytes.
			SessionTicketsDisabled: true,
			VerifyConnection:       verify,
		},
		Protocols: &http.Protocols{},
		// The clients tell what goes wrong. That they close connections without a word is what they do after a handshake.
		ErrorLog: log.New(io.Discard, "", 0),
	}
	web.Protocols.SetHTTP1(true)
	web.Protocols.SetHTTP2(true)
	return web
}

type server struct {
	mu     sync.Mutex
	kinds  map[string]int // how many handshakes agreed on what
	served atomic.Int64   // requests for bytes
	seen   atomic.Int64   // responses that set a cookie anew
	holds  map[string]*hold
}

func newServer() *server { return &server{kinds: map[string]int{}, holds: map[string]*hold{}} }

// hold is a meeting of requests.
type hold struct {
	left int
	all  chan struct{}
}

func (s *server) routes() http.Handler {
	mux := http.NewServeMux()
	bytes := s.bytesHandler()
	mux.HandleFunc("GET /bytes/{n}", bytes)
	mux.HandleFunc("POST /sink", sink)
	mux.HandleFunc("GET /login", login)
	mux.HandleFunc("GET /cookies/{n}", s.cookies(bytes))
	mux.HandleFunc("GET /redirect/{n}", s.cookies(redirect))
	mux.HandleFunc("/echo", echo)
	mux.HandleFunc("/hold/{n}", s.hold)
	mux.HandleFunc("GET /kinds", s.tell)
	return mux
}

func (s *server) count(c tls.ConnectionState) error {
	s.mu.Lock()
	defer s.mu.Unlock()
	s.kinds[fmt.Sprintf("%s, %s, %s, retried %t, resumed %t", tls.VersionName(c.Version), tls.CipherSuiteName(c.CipherSuite),
		c.CurveID, c.HelloRetryRequest, c.DidResume)]++
	return nil
}

// tell answers with what handshakes agreed on.
func (s *server) tell(w http.ResponseWriter, r *http.Request) {
	json.NewEncoder(w).Encode(s.agreed())
}

// bytesHandler answers with n bytes.
func (s *server) bytesHandler() http.HandlerFunc {
	body := make([]byte, 1<<20)
	for i := range body {
		body[i] = byte(i)
	}
	return func(w http.ResponseWriter, r *http.Request) {
		s.served.Add(1)
		n, err := strconv.Atoi(r.PathValue("n"))
		if err != nil || n < 0 || n > len(body) {
			http.Error(w, "no such length", http.StatusBadRequest)
			return
		}
		w.Header().Set("Content-Type", "application/octet-stream")
		w.Header().Set("Content-Length", r.PathValue("n"))
		w.Write(body[:n])
	}
}

// sink answers with the length of the request's body.
func sink(w http.ResponseWriter, r *http.Request) {
	n, err := io.Copy(io.Discard, r.Body)
	if err != nil {
		http.Error(w, err.Error(), http.StatusBadRequest)
		return
	}
	answer := strconv.FormatInt(n, 10)
	w.Header().Set("Content-Type", "text/plain")
	w.Header().Set("Content-Length", strconv.Itoa(len(answer)))
	io.WriteString(w, answer)
}

// echo answers with all that two clients must have in common.
func echo(w http.ResponseWriter, r *http.Request) {
	n, _ := io.Copy(io.Discard, r.Body)
	fmt.Fprintf(w, "%s %s, %d bytes\n", r.Method, r.Proto, n)
	for _, name := range slices.Sorted(maps.Keys(r.Header)) {
		fmt.Fprintf(w, "%s: %s\n", name, strings.Join(r.Header[name], " | "))
	}
}

// hold answers when n requests have arrived: then the client has n connections, or n streams.
func (s *server) hold(w http.ResponseWriter, r *http.Request) {
	name := r.PathValue("n")
	n, err := strconv.Atoi(name)
	if err != nil || n < 1 || n > 1000 {
		http.Error(w, "no such number", http.StatusBadRequest)
		return
	}
	s.mu.Lock()
	h := s.holds[name]
	if h == nil {
		h = &hold{left: n, all: make(chan struct{})}
		s.holds[name] = h
	}
	if h.left--; h.left == 0 {
		delete(s.holds, name)
		close(h.all)
	}
	s.mu.Unlock()
	select {
	case <-h.all:
	case <-r.Context().Done():
	}
}
