package fpserver

import (
	"crypto/tls"
	"errors"
	"fmt"
	"net"
	"time"

	"github.com/wirelike/wirelike/fingerprint"
)

// stream is a decrypted connection as net/http gets it. It tells HTTP/2 from HTTP/1.x by the connection preface, however
// that is split, and records what passes. It has no ConnectionState method: with one net/http would not look for the
// preface. What was negotiated with ALPN is binding; without ALPN the preface decides.
type stream struct {
	c     *Conn
	tls   *tls.Conn
	state streamState
	heads *headTee     // of HTTP/1.x
	h2    *frameReader // of HTTP/2
}

type streamState uint8

const (
	sniffing streamState = iota
	speaksHTTP1
	speaksHTTP2
)

var errNoPreface = errors.New("h2 was negotiated, but the client does not begin with the connection preface")

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
		return s.h2.Read(p)
	}
	n, err = s.tls.Read(p)
	if n > 0 {
		s.c.mu.Lock()
		defer s.c.mu.Unlock()
		if s.c.rec.sealed {
			return 0, net.ErrClosed
		}
		s.heads.feed(p[:n])
	}
	return n, err
}

// sniff reads up to the end of the connection preface, but no further.
func (s *stream) sniff(p []byte) (int, error) {
	c := s.c
	n, err := s.tls.Read(p[:min(len(p), len(fingerprint.Preface)-c.sniffed)])
	if n > 0 {
		if e := s.sniffed(p[:n]); e != nil {
			n, err = 0, e
			c.shut()
		}
	}
	if err != nil && c.alpn == "h2" {
		c.shut() // or net/http would answer in HTTP/1.1
	}
	return n, err
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
	if c.srv.HTTP1Only && c.alpn == "" || string(p) != fingerprint.Preface[c.sniffed:c.sniffed+n] {
		if c.alpn == "h2" {
			if c.rec.reserve(c.sniffed + n) {
				c.rec.keep([]byte(fingerprint.Preface[:c.sniffed]))
				c.rec.keep(p)
			}
			c.sniffed = 0
			return c.mismatch(errNoPreface)
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
		s.h2 = &frameReader{tls: s.tls, mu: &c.mu, tee: &frameTee{rec: &c.rec, log: &c.log}, in: make([]byte, 4<<10)}
		s.state, c.frames, c.sniffed = speaksHTTP2, s.h2.tee, 0
	}
	return nil
}

// Write implements [net.Conn].
func (s *stream) Write(p []byte) (int, error)        { return s.tls.Write(p) }
func (s *stream) Close() error                       { s.c.shut(); return nil }
func (s *stream) CloseWrite() error                  { return s.tls.CloseWrite() }
func (s *stream) LocalAddr() net.Addr                { return s.tls.LocalAddr() }
func (s *stream) RemoteAddr() net.Addr               { return s.tls.RemoteAddr() }
func (s *stream) SetReadDeadline(t time.Time) error  { return s.tls.SetReadDeadline(t) }
func (s *stream) SetDeadline(t time.Time) error      { return s.tls.SetDeadline(t) }
func (s *stream) SetWriteDeadline(t time.Time) error { return s.tls.SetWriteDeadline(t) }
