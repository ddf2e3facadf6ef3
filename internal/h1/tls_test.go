package h1

import (
	"context"
	"crypto/tls"
	"io"
	"net"
	"sync/atomic"
	"testing"
	"time"

	"github.com/wirelike/wirelike/internal/testnet"
)

// TestTLSEnd tells a body that ends with its connection from one that somebody on the way has cut.
func TestTLSEnd(t *testing.T) {
	t.Parallel()
	ca := testnet.NewCA(t, time.Now())
	for _, row := range []struct {
		name, reason string
		response     string
		notify       bool
		fail         string
	}{
		{"notified", "the server says that this is all", ok + "\r\nabc", true, ""},
		{"cut", "anybody can send a FIN", ok + "\r\nabc", false, "truncated"},
		{"cut after the end", "the length says that this is all", ok + length3, false, ""},
		{"notified within", "the length says that more was to come", ok + "Content-Length: 4\r\n\r\nabc", true, "truncated"},
	} {
		t.Run(row.name, func(t *testing.T) {
			t.Parallel()
			a, b := testnet.Pair(t)
			raw := &eofTeller{Conn: a}
			cl := serve(t, &strict{tls.Client(raw, ca.Client("http/1.1")), raw}, b, func(p *peer) {
				p = p.TLS(ca.Server("http/1.1"))
				p.Head()
				p.Send(row.response)
				if row.notify {
					p.CloseWrite()
				} else {
					p.Cut()
				}
				p.Drain()
			})
			_, body, err := exchangeAll(context.Background(), cl.Conn, get())
			if failure(err) != row.fail || string(body) != "abc" {
				t.Errorf("%s: %q, %v", row.reason, body, err)
			}
			<-cl.closed
		})
	}
}

// eofTeller remembers that the other side has sent a FIN.
type eofTeller struct {
	net.Conn
	eof atomic.Bool
}

func (e *eofTeller) Read(p []byte) (int, error) {
	n, err := e.Conn.Read(p)
	if err == io.EOF {
		e.eof.Store(true)
	}
	return n, err
}

// strict is a TLS connection that keeps what [New] wants of it: crypto/tls takes a FIN between two records for a clean
// end.
type strict struct {
	*tls.Conn
	raw *eofTeller
}

func (s *strict) Read(p []byte) (int, error) {
	n, err := s.Conn.Read(p)
	if err == io.EOF && s.raw.eof.Load() {
		err = io.ErrUnexpectedEOF
	}
	return n, err
}

// sessions tells when a session ticket has come.
type sessions struct {
	tls.ClientSessionCache
	put chan struct{}
}

func (s *sessions) Put(key string, state *tls.ClientSessionState) {
	s.ClientSessionCache.Put(key, state)
	select {
	case s.put <- struct{}{}:
	default:
	}
}

// TestTickets wants TLS 1.3 tickets to arrive on a connection that nobody uses.
func TestTickets(t *testing.T) {
	t.Parallel()
	ca := testnet.NewCA(t, time.Now())
	a, b := testnet.Pair(t)
	config := ca.Client("http/1.1")
	cache := &sessions{tls.NewLRUClientSessionCache(1), make(chan struct{}, 1)}
	config.ClientSessionCache = cache
	c, done := tls.Client(a, config), make(chan struct{})
	serve(t, c, b, func(p *peer) {
		s := tls.Server(p.Conn, ca.Server("http/1.1"))
		if err := s.Handshake(); err != nil {
			t.Error(err)
		}
		close(done)
		io.Copy(io.Discard, s)
	})
	<-cache.put
	<-done
}
