package runner

import (
	"bufio"
	"fmt"
	"io"
	"net"
	"strings"
	"sync"

	"github.com/onsi/ginkgo/v2"
)

// Peer is one connection of a server that a spec writes byte by byte, HTTP/1.1 without TLS, for what fpserver does not do.
type Peer struct {
	net.Conn
	// R has what comes from the client.
	R *bufio.Reader
	// N counts the connections, from 1.
	N int
}

// Head reads the head of a request as it came, empty when the client has gone.
func (p *Peer) Head() string {
	var head strings.Builder
	for {
		line, err := p.R.ReadString('\n')
		head.WriteString(line)
		switch {
		case err != nil:
			return ""
		case line == "\r\n":
			return head.String()
		}
	}
}

// Say writes text as it is.
func (p *Peer) Say(text string) { io.WriteString(p, text) }

// Chunk reads one chunk of a chunked body (RFC 9112 §7.1).
func (p *Peer) Chunk() string {
	var n int
	if _, err := fmt.Fscanf(p.R, "%x\r\n", &n); err != nil {
		return ""
	}
	b := make([]byte, n+2)
	io.ReadFull(p.R, b)
	return string(b[:n])
}

// Peer starts a server that runs the script for each connection, and returns its URL without a slash at the end. A connection is
// closed when its script returns; all end with the spec.
func (t *Trial) Peer(script func(*Peer)) string {
	ginkgo.GinkgoHelper()
	l, err := net.Listen("tcp", "127.0.0.1:0")
	if err != nil {
		ginkgo.Fail(err.Error())
	}
	s := &peers{script: script, open: map[net.Conn]bool{}}
	s.running.Go(func() { s.serve(l) })
	ginkgo.DeferCleanup(func() {
		l.Close()
		s.close()
		s.running.Wait()
	})
	return "http://" + l.Addr().String()
}

// Canned answers each request with the next of the answers and goes on; after the last one it closes the connection.
func Canned(answers ...string) func(*Peer) {
	return func(p *Peer) {
		for _, a := range answers {
			if p.Head() == "" {
				return
			}
			p.Say(a)
		}
	}
}

// peers are the connections of one server.
type peers struct {
	script  func(*Peer)
	running sync.WaitGroup

	mu   sync.Mutex
	open map[net.Conn]bool
	done bool
}

func (s *peers) serve(l net.Listener) {
	for n := 1; ; n++ {
		c, err := l.Accept()
		if err != nil {
			return
		}
		if !s.add(c) {
			return
		}
		s.running.Go(func() {
			defer ginkgo.GinkgoRecover()
			defer c.Close()
			s.script(&Peer{Conn: c, R: bufio.NewReader(c), N: n})
		})
	}
}

// add keeps a connection for close, unless that has been called.
func (s *peers) add(c net.Conn) bool {
	s.mu.Lock()
	defer s.mu.Unlock()
	if s.done {
		c.Close()
		return false
	}
	s.open[c] = true
	return true
}

func (s *peers) close() {
	s.mu.Lock()
	defer s.mu.Unlock()
	s.done = true
	for c := range s.open {
		c.Close()
	}
}
