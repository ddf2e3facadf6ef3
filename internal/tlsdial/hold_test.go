package tlsdial

import (
	"bytes"
	"crypto/tls"
	"io"
	"net"
	"sync"
	"sync/atomic"
	"testing"
	"time"

	"github.com/wirelike/wirelike/internal/testnet"
)

// TestHold: what is held leaves in few writes and is the same records.
func TestHold(t *testing.T) {
	t.Parallel()
	ca := testnet.NewCA(t, time.Now())
	for _, version := range []uint16{tls.VersionTLS12, tls.VersionTLS13} {
		config := ca.Server("h2")
		config.MaxVersion = version
		client, server := testnet.Pair(t)
		got := make(chan []byte, 1)
		go func() {
			b, _ := io.ReadAll(tls.Server(server, config))
			got <- b
		}()
		wire := &tee{Conn: client}
		c, err := Client(t.Context(), wire, "localhost", &Config{Hello: model(t, "firefox153"), RootCAs: ca.Pool()})
		if err != nil {
			t.Fatal(err)
		}
		write := func(n int) {
			if k, err := c.Write(bytes.Repeat([]byte{byte(n)}, n)); k != n || err != nil {
				t.Errorf("Write: %d, %v", k, err)
			}
		}
		_, shook := wire.hellos(t)
		before := wire.writes()
		c.Hold()
		for range 5 {
			write(16009)
		}
		write(100)
		if n := wire.writes() - before; n != 1 {
			t.Errorf("%d writes while holding, want one of three full records", n)
		}
		if err := c.Release(); err != nil {
			t.Error(err)
		}
		if n := wire.writes() - before; n != 2 {
			t.Errorf("%d writes, want 2", n)
		}
		write(7)
		if n := wire.writes() - before; n != 3 {
			t.Errorf("%d writes, want one more: nothing is held any more", n)
		}
		c.Hold()
		write(8)
		c.Close() // says so after what is held
		var want []byte
		for _, n := range []int{16009, 16009, 16009, 16009, 16009, 100, 7, 8} {
			want = append(want, bytes.Repeat([]byte{byte(n)}, n)...)
		}
		if !bytes.Equal(<-got, want) {
			t.Error("the server has got other bytes")
		}
		_, records := wire.hellos(t)
		data := 0
		for _, r := range records[len(shook):] {
			if r.Type == 23 && r.Length > 16000 {
				data++
			}
		}
		if data != 5 {
			t.Errorf("%d long records, want one for each Write", data)
		}
	}
}

// TestHoldFails: an error of what was held comes out, and stays.
func TestHoldFails(t *testing.T) {
	t.Parallel()
	ca := testnet.NewCA(t, time.Now())
	c, wire := connect(t, echo(t, ca.Server("h2"), make(chan error, 1)), "localhost", &Config{RootCAs: ca.Pool(), ALPN: []string{"h2"}})
	c.Hold()
	if _, err := c.Write([]byte("held")); err != nil {
		t.Fatal(err)
	}
	wire.Conn.Close()
	if err := c.Release(); err == nil {
		t.Error("Release says nothing")
	}
	if _, err := c.Write([]byte("more")); err == nil {
		t.Error("Write says nothing")
	}
}

// stuck is a connection whose writes, once it is told so, last until it is closed.
type stuck struct {
	net.Conn
	on      atomic.Bool
	entered chan struct{}
	closed  chan struct{}
	once    sync.Once
}

func (s *stuck) Write(b []byte) (int, error) {
	if s.on.Load() {
		s.entered <- struct{}{}
		<-s.closed
		return 0, net.ErrClosed
	}
	return s.Conn.Write(b)
}

func (s *stuck) Close() error {
	s.once.Do(func() { close(s.closed) })
	return s.Conn.Close()
}

// TestHoldClose: Close does not wait for a Release that a peer holds up which does not read.
func TestHoldClose(t *testing.T) {
	t.Parallel()
	ca := testnet.NewCA(t, time.Now())
	raw, err := net.Dial("tcp", echo(t, ca.Server("h2"), make(chan error, 1)))
	if err != nil {
		t.Fatal(err)
	}
	wire := &stuck{Conn: raw, entered: make(chan struct{}, 1), closed: make(chan struct{})}
	defer wire.Close()
	c, err := Client(t.Context(), wire, "localhost", &Config{RootCAs: ca.Pool(), ALPN: []string{"h2"}})
	if err != nil {
		t.Fatal(err)
	}
	wire.on.Store(true)
	c.Hold()
	c.Write([]byte("held"))
	released := make(chan error)
	go func() { released <- c.Release() }()
	<-wire.entered
	c.Close()
	if err := <-released; err == nil {
		t.Error("Release says nothing")
	}
}
