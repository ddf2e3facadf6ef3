package tlsdial

import (
	"crypto/tls"
	"io"
	"net"
	"slices"
	"testing"
	"testing/synctest"
	"time"

	"github.com/wirelike/wirelike/fingerprint"
	"github.com/wirelike/wirelike/internal/testnet"
)

func TestCloseNotify(t *testing.T) {
	t.Parallel()
	ca := testnet.NewCA(t, time.Now())
	ended := make(chan error, 1)
	c, wire := connect(t, echo(t, ca.Server("h2"), ended), "localhost", &Config{Hello: model(t, "firefox153"), RootCAs: ca.Pool()})
	if err := c.Close(); err != nil {
		t.Error(err)
	}
	if err := <-ended; err != nil { // io.Copy hides io.EOF, and nothing else
		t.Errorf("the server saw %v", err)
	}
	if !wire.isClosed() {
		t.Error("the connection below is open")
	}
	if err := c.Close(); err == nil {
		t.Error("a second Close says nothing")
	}
}

// TestEnd tells a connection that the server has ended from one that somebody has cut.
func TestEnd(t *testing.T) {
	t.Parallel()
	ca := testnet.NewCA(t, time.Now())
	for _, row := range []struct {
		name string
		end  func(s *tls.Conn, raw *net.TCPConn)
		err  error
	}{
		{"close_notify and FIN", func(s *tls.Conn, _ *net.TCPConn) { s.Close() }, io.EOF},
		{"close_notify", func(s *tls.Conn, _ *net.TCPConn) { s.CloseWrite() }, io.EOF},
		{"FIN", func(_ *tls.Conn, raw *net.TCPConn) { raw.CloseWrite() }, io.ErrUnexpectedEOF},
		{"FIN within a header", func(_ *tls.Conn, raw *net.TCPConn) { raw.Write([]byte{23, 3}); raw.CloseWrite() }, io.ErrUnexpectedEOF},
		{"FIN within a record", func(_ *tls.Conn, raw *net.TCPConn) { raw.Write([]byte{23, 3, 3, 0, 50, 1}); raw.CloseWrite() }, io.ErrUnexpectedEOF},
	} {
		for _, version := range []uint16{tls.VersionTLS12, tls.VersionTLS13} {
			for _, hello := range []*fingerprint.ClientHello{nil, model(t, "firefox153")} {
				client, server := testnet.Pair(t)
				config := ca.Server("h2")
				config.MaxVersion = version
				go func() {
					s := tls.Server(server, config)
					s.Write([]byte("bye"))
					row.end(s, server.(*net.TCPConn))
				}()
				c, err := Client(t.Context(), client, "localhost", &Config{Hello: hello, RootCAs: ca.Pool()})
				if err != nil {
					t.Fatal(err)
				}
				var read []byte
				for buf := make([]byte, 100); err == nil; {
					var n int
					n, err = c.Read(buf)
					read = append(read, buf[:n]...)
				}
				_, again := c.Read(make([]byte, 1))
				if string(read) != "bye" || err != row.err || again != row.err {
					t.Errorf("%s, version %#x: read %q, %v, then %v", row.name, version, read, err, again)
				}
				if err := c.Close(); row.err == io.EOF && err != nil {
					t.Errorf("%s, version %#x: close: %v", row.name, version, err)
				}
			}
		}
	}
}

// TestCloseDoesNotWait: a server that reads nothing cannot hold up Close for long.
func TestCloseDoesNotWait(t *testing.T) {
	ca := testnet.NewCA(t, time.Now())
	config := ca.Server("h2")
	synctest.Test(t, func(t *testing.T) {
		client, server := net.Pipe()
		go tls.Server(server, config).Handshake()
		c, err := Client(t.Context(), client, "localhost", &Config{
			Hello: model(t, "firefox153"), RootCAs: ca.Pool(), Time: func() time.Time { return ca.Cert.NotBefore.Add(time.Hour) },
		})
		if err != nil {
			t.Fatal(err)
		}
		go c.Read(make([]byte, 1)) // the tickets
		synctest.Wait()
		start := time.Now()
		if err := c.Close(); err == nil {
			t.Error("close_notify went nowhere, and nothing is said")
		}
		if took := time.Since(start); took != closeTimeout {
			t.Errorf("took %v", took)
		}
		server.Close()
	})
}

// TestHandshakeStateIsDropped: it is dead weight, and holds private keys, unless a TLS 1.2 server may renegotiate.
func TestHandshakeStateIsDropped(t *testing.T) {
	t.Parallel()
	ca := testnet.NewCA(t, time.Now())
	for _, row := range []struct {
		name    string
		version uint16
		alpn    string
		kept    bool
	}{
		{"1.3", tls.VersionTLS13, "http/1.1", false},
		{"1.2 h2", tls.VersionTLS12, "h2", false},
		{"1.2 http/1.1", tls.VersionTLS12, "http/1.1", true},
		{"1.2 no ALPN", tls.VersionTLS12, "", true},
	} {
		config := ca.Server()
		config.MaxVersion = row.version
		if row.alpn != "" {
			config.NextProtos = []string{row.alpn}
		}
		for _, b := range browsers(t) {
			c, wire := connect(t, echo(t, config, nil), "localhost", &Config{Hello: b.hello, RootCAs: ca.Pool()})
			if kept := c.u.Extensions != nil && c.u.HandshakeState.Hello != nil; kept != row.kept {
				t.Errorf("%s %s: kept %v", row.name, b.name, kept)
			}
			if c.w.keys != nil || c.w.peek.msg != nil || c.w.Conn != net.Conn(wire) {
				t.Errorf("%s %s: private keys and the ServerHello are kept", row.name, b.name)
			}
			if !row.kept {
				continue
			}
			var known []fingerprint.ID
			for _, s := range c.u.HandshakeState.Hello.SupportedSignatureAlgorithms {
				known = append(known, fingerprint.ID(s))
			}
			if sent := wire.first(t).Extension(fingerprint.ExtSignatureAlgorithms).List; !slices.Equal(known, sent) {
				t.Errorf("%s %s: sent signature algorithms %v, the server may use %v", row.name, b.name, sent, known)
			}
		}
	}
}

// TestRecordSizes: browsers fill their records from the start, the Go client begins with small ones.
func TestRecordSizes(t *testing.T) {
	t.Parallel()
	ca := testnet.NewCA(t, time.Now())
	addr := testnet.Serve(t, func(c net.Conn) { io.Copy(io.Discard, tls.Server(c, ca.Server("h2"))) })
	for _, row := range []struct {
		name  string
		hello *fingerprint.ClientHello
		full  bool
	}{
		{"firefox", model(t, "firefox153"), true},
		{"neutral", nil, false},
	} {
		wire := dial(t, addr)
		c, err := Client(t.Context(), wire, "localhost", &Config{Hello: row.hello, RootCAs: ca.Pool()})
		if err != nil {
			t.Fatal(err)
		}
		_, before := wire.hellos(t)
		if _, err := c.Write(make([]byte, 3<<14)); err != nil {
			t.Fatal(err)
		}
		_, after := wire.hellos(t)
		if first := after[len(before)].Length; (first == 1<<14+17) != row.full { // type and tag
			t.Errorf("%s: first record of %d bytes", row.name, first)
		}
		c.Close()
	}
}
