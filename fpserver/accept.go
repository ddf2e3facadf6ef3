package fpserver

import (
	"crypto/tls"
	"errors"
	"fmt"
	"net"
	"syscall"
	"time"
)

// acceptor takes connections, does their handshakes, each in its own goroutine, and gives them to net/http.
type acceptor struct {
	s          *Server
	config     *tls.Config
	handshakes chan struct{} // one slot per handshake in progress
	open       chan struct{} // one slot per open connection
}

// retry is the pause before something that failed for want of room is tried again.
const retry = 50 * time.Millisecond

func (s *Server) newAcceptor() *acceptor {
	a := &acceptor{
		s:          s,
		handshakes: make(chan struct{}, s.limits.handshakes), open: make(chan struct{}, s.limits.open),
	}
	if !s.NoTLS {
		a.config = s.tlsConfig()
	}
	return a
}

func (a *acceptor) accept(l net.Listener) {
	for {
		raw, err := l.Accept()
		if err != nil {
			if a.s.isClosing() || !a.pause(err) {
				return
			}
			continue
		}
		if !a.acquire(a.open, (*Conn).isIdle) {
			raw.Close()
			return
		}
		if !a.acquire(a.handshakes, (*Conn).isGreeting) {
			<-a.open
			raw.Close()
			return
		}
		c := a.s.newConn(raw, func() { <-a.open })
		go a.connection(c)
	}
}

// acquire takes a slot; false when the server closes before one is free. When all are taken the oldest connection that
// may go and has been silent for a while gives up its slot, so that clients which only sit there do not keep others out.
func (a *acceptor) acquire(slots chan struct{}, mayGo func(*Conn) bool) bool {
	for {
		select {
		case slots <- struct{}{}:
			return true
		default:
			a.s.makeWay(mayGo)
		}
		select {
		case slots <- struct{}{}:
			return true
		case <-a.s.closing:
			return false
		case <-time.After(retry): // by then one may go
		}
	}
}

func (a *acceptor) connection(c *Conn) {
	st, err := a.begin(c)
	<-a.handshakes
	if err != nil {
		c.fail(err)
	}
	a.s.conns.settled()
	if err != nil || !a.s.queue.push(st) {
		c.shut()
	}
}

// begin does the handshake, if there is one, and returns the decrypted connection. On error the caller shuts it.
func (a *acceptor) begin(c *Conn) (*stream, error) {
	if a.s.NoTLS {
		return c.establish(c.tee, nil), nil
	}
	return a.handshake(c)
}

// pause waits before the next try after an error that can pass, such as too many open files; false when there is none.
func (a *acceptor) pause(err error) bool {
	a.s.ErrorLog.Printf("fpserver: accept: %v", err)
	if errors.Is(err, net.ErrClosed) {
		return false
	}
	if errors.Is(err, syscall.EMFILE) || errors.Is(err, syscall.ENFILE) {
		a.s.makeWay((*Conn).isIdle)
	}
	select {
	case <-time.After(retry):
		return true
	case <-a.s.closing:
		return false
	}
}

// handshake does the handshake.
func (a *acceptor) handshake(c *Conn) (st *stream, err error) {
	defer func() {
		if v := recover(); v != nil {
			err = fmt.Errorf("tls: panic: %v", v)
		}
	}()
	c.tee.SetDeadline(time.Now().Add(a.s.limits.handshake))
	t := tls.Server(c.tee, a.config)
	if err := t.Handshake(); err != nil {
		c.tee.settle(false, true)
		var re tls.RecordHeaderError
		if errors.As(err, &re) && looksLikeHTTP(re.RecordHeader[:]) {
			answerPlain(c.tee)
			err = errors.New("plain HTTP on a TLS port")
		}
		return nil, fmt.Errorf("tls: %w", err)
	}
	state := t.ConnectionState()
	c.tee.settle(state.HelloRetryRequest, false)
	c.tee.SetDeadline(time.Time{})
	return c.establish(t, &state), nil
}
