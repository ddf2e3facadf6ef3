// Package testnet is help for tests that use a network: an authority with certificates for loopback names, loopback
// listeners and connection pairs that clean up after themselves, and a check for leaked goroutines and descriptors.
//
// It is imported by tests only and imports nothing of this module, so that every package can use it. Everything stays
// on the loopback interface.
package testnet

import (
	"net"
	"sync"
	"testing"
)

// Listen returns a TCP listener on a free port of 127.0.0.1, which is closed when the test ends.
func Listen(tb testing.TB) net.Listener {
	tb.Helper()
	l, err := net.Listen("tcp", "127.0.0.1:0")
	if err != nil {
		tb.Fatalf("testnet: %v", err)
	}
	tb.Cleanup(func() { l.Close() })
	return l
}

// Serve runs handle in its own goroutine for every connection to a new loopback listener, whose "127.0.0.1:port" it
// returns. A connection is closed when its handler returns. When the test ends, the listener and all connections are
// closed and all handlers awaited.
func Serve(tb testing.TB, handle func(net.Conn)) (addr string) {
	tb.Helper()
	l := Listen(tb)
	var (
		wg    sync.WaitGroup
		mu    sync.Mutex
		conns []net.Conn
		ended bool
	)
	wg.Go(func() {
		for {
			c, err := l.Accept()
			if err != nil {
				return
			}
			mu.Lock()
			if ended {
				c.Close()
			}
			conns = append(conns, c)
			mu.Unlock()
			wg.Go(func() {
				defer c.Close()
				handle(c)
			})
		}
	})
	tb.Cleanup(func() {
		l.Close()
		mu.Lock()
		ended = true
		for _, c := range conns {
			c.Close()
		}
		mu.Unlock()
		wg.Wait()
	})
	return l.Addr().String()
}

// Pair returns the two ends of a TCP connection over the loopback interface, both closed when the test ends.
func Pair(tb testing.TB) (client, server net.Conn) {
	tb.Helper()
	l := Listen(tb)
	defer l.Close()
	// The kernel completes the connection from the listener's backlog, so dialling before accepting cannot block.
	client, err := net.Dial("tcp", l.Addr().String())
	if err != nil {
		tb.Fatalf("testnet: %v", err)
	}
	tb.Cleanup(func() { client.Close() })
	if server, err = l.Accept(); err != nil {
		tb.Fatalf("testnet: %v", err)
	}
	tb.Cleanup(func() { server.Close() })
	return client, server
}
