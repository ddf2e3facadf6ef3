package tlsdial

import (
	"context"
	"crypto/tls"
	"testing"
	"time"

	utls "github.com/refraction-networking/utls"

	"github.com/wirelike/wirelike/internal/testnet"
)

// TestBuildAllocates bounds the work on a hello before the handshake, keys included.
func TestBuildAllocates(t *testing.T) {
	for _, b := range browsers(t) {
		cfg := &Config{Hello: b.hello, Vary: b.vary}
		n := testing.AllocsPerRun(50, func() {
			if _, err := build(cfg, nil); err != nil {
				t.Fatal(err)
			}
		})
		t.Logf("%s: %.0f allocations", b.name, n)
		if n > 75 {
			t.Errorf("%s: %.0f allocations", b.name, n)
		}
	}
}

func BenchmarkBuild(b *testing.B) {
	for _, x := range browsers(b) {
		b.Run(x.name, func(b *testing.B) {
			b.ReportAllocs()
			cfg := &Config{Hello: x.hello, Vary: x.vary}
			for b.Loop() {
				if _, err := build(cfg, nil); err != nil {
					b.Fatal(err)
				}
			}
		})
	}
}

// BenchmarkHandshake measures whole handshakes with a server in the same process; CPU time is that of both ends.
func BenchmarkHandshake(b *testing.B) {
	ca := testnet.NewCA(b, time.Now())
	addr := echo(b, ca.Server("h2", "http/1.1"), nil)
	b.Run("crypto/tls", func(b *testing.B) {
		b.ReportAllocs()
		config := ca.Client("h2", "http/1.1")
		for b.Loop() {
			wire := dial(b, addr)
			if err := tls.Client(wire, config).HandshakeContext(context.Background()); err != nil {
				b.Fatal(err)
			}
			wire.Conn.Close()
		}
	})
	b.Run("crypto/tls resumed", func(b *testing.B) {
		b.ReportAllocs()
		config := ca.Client("h2", "http/1.1")
		config.ClientSessionCache = tls.NewLRUClientSessionCache(1)
		for b.Loop() {
			wire := dial(b, addr)
			c := tls.Client(wire, config)
			ping(b, c)
			wire.Conn.Close()
		}
	})
	b.Run("utls golang", func(b *testing.B) {
		b.ReportAllocs()
		for b.Loop() {
			wire := dial(b, addr)
			u := utls.UClient(wire, &utls.Config{RootCAs: ca.Pool(), ServerName: "localhost", NextProtos: []string{"h2"}}, utls.HelloGolang)
			if err := u.HandshakeContext(context.Background()); err != nil {
				b.Fatal(err)
			}
			wire.Conn.Close()
		}
	})
	rows := append(browsers(b), browser{name: "neutral"})
	for _, x := range rows {
		b.Run(x.name, func(b *testing.B) {
			b.ReportAllocs()
			cfg := &Config{Hello: x.hello, Vary: x.vary, RootCAs: ca.Pool()}
			for b.Loop() {
				wire := dial(b, addr)
				if _, err := Client(context.Background(), wire, "localhost", cfg); err != nil {
					b.Fatal(err)
				}
				wire.Conn.Close()
			}
		})
		b.Run(x.name+" resumed", func(b *testing.B) {
			b.ReportAllocs()
			cfg := x.config(ca)
			for b.Loop() {
				wire := dial(b, addr)
				c, err := Client(context.Background(), wire, "localhost", cfg)
				if err != nil {
					b.Fatal(err)
				}
				ping(b, c) // the ticket for the next one
				wire.Conn.Close()
			}
		})
	}
}
