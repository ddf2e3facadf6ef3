package fpserver

import (
	"errors"
	"fmt"
	"net"
	"time"

	"github.com/wirelike/wirelike/fingerprint"
)

// transport is what a stream reads and writes: the decrypted connection or, without TLS, the connection itself.
type transport interface {
	net.Conn
	CloseWrite() error
}

// stream is a decrypted connection as net/http gets it. It tells HTTP/2 from HTTP/1.x by the connection preface, however
// that is split, and records what passes. It has no ConnectionState method: with one net/http would not look for the
// preface. What was negotiated with ALPN is binding; without ALPN the preface decides.
type stream struct {
	c     *Conn
	wire  transport
	state streamState
	heads *headTee     // of HTTP/1.x
	h2    *frameReader // of HTTP/2

	goAway goAwayTee
}

type streamState uint8

const (
	sniffing streamState = iota
	speaksHTTP1
	speaksHTTP2
)

var (
	errNoPreface  = errors.New("h2 was negotiated, but the client does not begin with the connection preface")
	errHTTP2Only  = errors.New("the server speaks HTTP/2 only, but the client does not begin with the connection preface")
	errTLSOnPlain = errors.New("TLS on a port without TLS")
)

// Read implements [net.Conn]. A fault of the recording must not end the process, as a panic in a goroutine of net/http
// would: it ends the connection.
func (s *stream) Read(p []byte) (n int, err error) {
	defer func() {
		if v := recover(); v != nil {
			n, err = 0, fmt.Errorf("recording: panic: %v", v)
			s.c.fail(err)
		}
	}()
	switch s.state {
	case sniffing:
		return s.sniff(p)
	case speaksHTTP2:
		n, err = s.h2.Read(p)
		if err != nil {
			s.c.mu.Lock()
			defer s.c.mu.Unlock()
			s.c.noteCut(err)
		}
		return n, err
	}
	n, err = s.wire.Read(p)
	if n > 0 || err != nil {
		s.c.mu.Lock()
		defer s.c.mu.Unlock()
		if s.c.rec.sealed {
			return 0, net.ErrClosed
		}
		s.heads.feed(p[:n])
		if err != nil {
			s.c.noteEnd(s.heads, err)
		}
	}
	return n, err
}

// sniff reads up to the end of the connection preface, but no further.
func (s *stream) sniff(p []byte) (int, error) {
	c := s.c
	n, err := s.wire.Read(p[:min(len(p), len(fingerprint.Preface)-c.sniffed)])
	if n > 0 {
		if e := s.sniffed(p[:n]); e != nil {
			n, err = 0, e
			c.shut()
		}
	}
	if err != nil && c.alpn == "h2" {
		c.mu.Lock()
		c.noteCut(err)
		c.mu.Unlock()
		c.shut() // or net/http would answer in HTTP/1.1
	}
	return n, err
}

// refuse records what the client began with, up to p, and notes why that is not served.
func (c *Conn) refuse(p []byte, err error) error {
	if c.rec.reserve(c.sniffed + len(p)) {
		c.rec.keep([]byte(fingerprint.Preface[:c.sniffed]))
		c.rec.keep(p)
	}
	c.sniffed = 0
	return c.mismatch(err)
}

// mismatch notes that the client does not speak the protocol that was negotiated.
func (c *Conn) mismatch(err error) error {
	c.failLocked(err)
	return err
}

// sniffed looks at the bytes that have been read.
func (s *stream) sniffed(p []byte) error {
	c, n := s.c, len(p)
	c.mu.Lock()
	defer c.mu.Unlock()
	if c.rec.sealed {
		return net.ErrClosed
	}
	if c.state == nil && c.sniffed == 0 && p[0] == recordHandshake { // no method of HTTP begins so
		return c.refuse(p, errTLSOnPlain)
	}
	if c.srv.HTTP1Only && c.alpn == "" || string(p) != fingerprint.Preface[c.sniffed:c.sniffed+n] {
		if c.alpn == "h2" {
			return c.refuse(p, errNoPreface)
		}
		if c.srv.HTTP2Only {
			return c.refuse(p, errHTTP2Only)
		}
		s.heads = &headTee{rec: &c.rec, maxHead: c.srv.limits.headBytes + 8<<10}
		s.heads.feed([]byte(fingerprint.Preface[:c.sniffed]))
		s.heads.feed(p)
		s.state, c.heads, c.sniffed = speaksHTTP1, s.heads, 0
		return nil
	}
	if c.sniffed += n; c.sniffed == len(fingerprint.Preface) {
		if c.rec.reserve(c.sniffed) {
			c.rec.keep([]byte(fingerprint.Preface))
		}
		if c.alpn != "" && c.alpn != "h2" {
			c.sniffed = 0
			return c.mismatch(fmt.Errorf("%s was negotiated, but the client begins with the connection preface of HTTP/2", c.alpn))
		}
		s.h2 = &frameReader{wire: s.wire, mu: &c.mu, tee: &frameTee{rec: &c.rec, log: &c.log}, in: make([]byte, 4<<10)}
		s.state, c.frames, c.sniffed = speaksHTTP2, s.h2.tee, 0
	}
	return nil
}

// Write implements [net.Conn].
func (s *stream) Write(p []byte) (int, error) {
	s.noteWrite(p)
	return s.wire.Write(p)
}

func (s *stream) Close() error                       { s.c.shut(); return nil }
func (s *stream) CloseWrite() error                  { return s.wire.CloseWrite() }
func (s *stream) LocalAddr() net.Addr                { return s.wire.LocalAddr() }
func (s *stream) RemoteAddr() net.Addr               { return s.wire.RemoteAddr() }
func (s *stream) SetReadDeadline(t time.Time) error  { return s.wire.SetReadDeadline(t) }
func (s *stream) SetDeadline(t time.Time) error      { return s.wire.SetDeadline(t) }
func (s *stream) SetWriteDeadline(t time.Time) error { return s.wire.SetWriteDeadline(t) }
