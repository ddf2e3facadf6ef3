package testnet

import (
	"bytes"
	"crypto/tls"
	"errors"
	"io"
	"net"
	"slices"
	"testing"
	"time"
)

// scripted starts a server that echoes, and returns its address and a channel with what becomes of each connection.
func scripted(t *testing.T, s *TLS13) (addr string, ended <-chan error) {
	t.Helper()
	out := make(chan error, 4)
	return Serve(t, func(c net.Conn) {
		conn, err := s.Handshake(c)
		if err == nil {
			_, err = io.Copy(conn, conn)
			conn.Close()
		}
		out <- err
	}), out
}

// TestTLS13: a client of another make is content with the handshake, with extensions that it knows in the order of crypto/tls
// or the other way round.
func TestTLS13(t *testing.T) {
	t.Parallel()
	ca := NewCA(t, time.Now())
	ocsp, sct := Extension13{5, []byte{1, 0, 0, 3, 'a', 'b', 'c'}}, Extension13{18, []byte{0, 5, 0, 3, 'x', 'y', 'z'}}
	for _, row := range []struct {
		name string
		leaf []Extension13
		size int
	}{
		{"plain", nil, 0},
		{"large", nil, 30 << 10},
		{"both", []Extension13{ocsp, sct}, 0},
		{"both the other way round", []Extension13{sct, ocsp}, 0},
		{"unknown to the client", []Extension13{ocsp, {99, []byte("?")}}, 0},
	} {
		addr, ended := scripted(t, &TLS13{Certificate: ca.LeafOf(row.size), ALPN: "http/1.1", Leaf: row.leaf})
		c, err := tls.Dial("tcp", addr, ca.Client("h2", "http/1.1"))
		if err != nil {
			t.Fatalf("%s: %v, %v", row.name, err, <-ended)
		}
		s := c.ConnectionState()
		if s.Version != tls.VersionTLS13 || s.NegotiatedProtocol != "http/1.1" || (s.OCSPResponse != nil) != (len(row.leaf) > 0) {
			t.Errorf("%s: %+v", row.name, s)
		}
		sent := bytes.Repeat([]byte("0123456789"), 5000)
		go c.Write(sent)
		got := make([]byte, len(sent))
		if _, err := io.ReadFull(c, got); err != nil || !bytes.Equal(sent, got) {
			t.Errorf("%s: the echo is another: %v", row.name, err)
		}
		c.Close()
		if err := <-ended; err != nil {
			t.Errorf("%s: %v", row.name, err)
		}
	}
}

// TestTLS13NotFooled: a client notices another key's signature; the server notices what is no hello.
func TestTLS13NotFooled(t *testing.T) {
	t.Parallel()
	ca := NewCA(t, time.Now())
	cert := ca.Leaf()
	cert.PrivateKey = NewKey(t)
	addr, ended := scripted(t, &TLS13{Certificate: cert})
	if _, err := tls.Dial("tcp", addr, ca.Client()); err == nil {
		t.Error("signed with another key")
	}
	if err := <-ended; err == nil {
		t.Error("the server has a connection")
	}
	for _, text := range []string{"GET / HTTP/1.1\r\n\r\n", "\x16\x03\x01\x00\x04\x01\x00\x00\x00", "\x16\x03\x01\x00\x06\x01\x00\x00\x02\x03\x03"} {
		addr, ended := scripted(t, &TLS13{Certificate: cert})
		c, err := net.Dial("tcp", addr)
		if err != nil {
			t.Fatal(err)
		}
		io.WriteString(c, text)
		c.Close()
		if err := <-ended; err == nil || errors.Is(err, io.EOF) {
			t.Errorf("%q: %v", text, err)
		}
	}
}

// TestTLS13Limit: a client that has not asked for a limit is not held to one, and each record is counted.
func TestTLS13Limit(t *testing.T) {
	t.Parallel()
	ca := NewCA(t, time.Now())
	s := &TLS13{Certificate: ca.Leaf(), Limit: 100}
	counted := make(chan []int, 1)
	addr := Serve(t, func(c net.Conn) {
		conn, err := s.Handshake(c)
		if err != nil {
			t.Error(err)
			return
		}
		io.ReadFull(conn, make([]byte, 1000))
		counted <- conn.Records()
	})
	cfg := ca.Client()
	cfg.DynamicRecordSizingDisabled = true
	c, err := tls.Dial("tcp", addr, cfg)
	if err != nil {
		t.Fatal(err)
	}
	defer c.Close()
	c.Write(make([]byte, 1000))
	if got := <-counted; !slices.Equal(got, []int{1000}) {
		t.Errorf("records %v", got)
	}
}
