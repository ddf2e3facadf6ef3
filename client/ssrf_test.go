package client_test

import (
	"context"
	"errors"
	"fmt"
	"net"
	"net/http"
	"net/http/httptest"
	"net/netip"
	"strings"
	"sync/atomic"
	"testing"

	"github.com/wirelike/wirelike/client"
)

// sentinels listen on addresses of this machine that nobody may reach, all on one port, and count who does.
func sentinels(t *testing.T) (port string, reached *atomic.Int64) {
	t.Helper()
	reached = &atomic.Int64{}
	for _, addr := range []string{"127.0.0.1", "127.0.0.2", "127.9.9.9", "[::1]"} {
		l, err := net.Listen("tcp", net.JoinHostPort(strings.Trim(addr, "[]"), port))
		if err != nil {
			if port == "" {
				t.Fatal(err)
			}
			continue // no IPv6, or another's port
		}
		if port == "" {
			_, port, _ = net.SplitHostPort(l.Addr().String())
		}
		t.Cleanup(func() { l.Close() })
		go func() {
			for {
				c, err := l.Accept()
				if err != nil {
					return
				}
				reached.Add(1)
				c.Close()
			}
		}()
	}
	return port, reached
}

// internalHosts are ways to write addresses of this machine and its networks.
var internalHosts = []string{
	"127.0.0.1", "127.0.0.2", "127.9.9.9", "127.1", "127.0.1", "2130706433", "0x7f000001", "0x7f.1", "0177.0.0.1", "017700000001", "127.0.0.1.",
	"localhost", "LOCALHOST", "localhost.", "[::1]", "[0:0:0:0:0:0:0:1]", "[::ffff:127.0.0.1]", "[::ffff:7f00:1]", "[::]", "0.0.0.0", "0",
	"[64:ff9b::7f00:1]", "[64:ff9b:1::7f00:1]", "[2002:7f00:1::]", "[::127.0.0.1]", "10.0.0.1", "172.16.0.1", "192.168.0.1", "169.254.169.254",
	"[fd00:ec2::254]", "[fe80::1]", "[fc00::1]", "100.64.0.1", "192.0.0.1", "198.18.0.1", "224.0.0.1", "255.255.255.255", "240.0.0.1",
	"[ff02::1]", "[::ffff:10.0.0.1]", "１２７.0.0.1", "127。0。0。1", "user:pass@127.0.0.1", "example.com@127.0.0.1",
}

// TestSSRF: with FollowSafe no redirect, and with GuardFirst no URL at all, leads to an address that is not for the public,
// however it is written.
func TestSSRF(t *testing.T) {
	t.Parallel()
	port, reached := sentinels(t)
	var to atomic.Value
	public := httptest.NewServer(http.HandlerFunc(func(w http.ResponseWriter, r *http.Request) {
		w.Header().Set("Location", to.Load().(string))
		w.WriteHeader(http.StatusFound)
	}))
	defer public.Close()
	first := newSession(t, &client.Options{Redirect: client.Redirect{Follow: client.FollowSafe, GuardFirst: true}})
	hop := newSession(t, &client.Options{Redirect: client.Redirect{Follow: client.FollowSafe}})
	cases := 0
	for _, host := range internalHosts {
		url := "http://" + host + ":" + port + "/"
		cases++
		if _, err := first.Get(t.Context(), url, nil); err == nil || !refused(err) {
			t.Errorf("REDIR-21 %s: %v", url, err)
		}
		to.Store(url)
		cases++
		if _, err := hop.Get(t.Context(), public.URL, nil); err == nil || !refused(err) {
			t.Errorf("REDIR-20 redirect to %s: %v", url, err)
		}
	}
	if n := reached.Load(); n != 0 || cases < 80 {
		t.Errorf("%d connections in %d cases", n, cases)
	}
}

// refused tells an address that was refused, or a host that is none.
func refused(err error) bool {
	return errors.Is(err, client.ErrInternalAddress) || errors.Is(err, client.ErrInvalidURL) || errors.Is(err, client.ErrDNS)
}

// TestSSRFPool: a guarded request does not ride on a connection that was made without guard, but on one that the guard lets
// through; and an address on the list is let through.
func TestSSRFPool(t *testing.T) {
	t.Parallel()
	srv := httptest.NewServer(http.HandlerFunc(func(w http.ResponseWriter, r *http.Request) {
		if r.URL.Path == "/r" {
			http.Redirect(w, r, "/end", http.StatusFound)
			return
		}
		fmt.Fprint(w, "x")
	}))
	defer srv.Close()
	safe := client.Redirect{Follow: client.FollowSafe}
	s := newSession(t, &client.Options{Redirect: safe})
	res, err := s.Get(t.Context(), srv.URL+"/x", nil) // unguarded: it is the call's own URL
	if err != nil {
		t.Fatal(err)
	}
	if _, err := res.Bytes(); err != nil {
		t.Fatal(err)
	}
	if _, err := s.Get(t.Context(), srv.URL+"/r", nil); !errors.Is(err, client.ErrInternalAddress) {
		t.Errorf("the redirect went over the open connection: %v", err)
	}
	allowed := newSession(t, &client.Options{Redirect: safe, Guard: &client.Guard{Allow: []netip.Prefix{netip.MustParsePrefix("127.0.0.1/32")}}})
	res, err = allowed.Get(t.Context(), srv.URL+"/r", nil)
	if err != nil {
		t.Fatal(err)
	}
	if _, err := res.Bytes(); err != nil || !res.Info.Reused {
		t.Errorf("%v, reused %t", err, res.Info.Reused)
	}
}

// TestSSRFDialer: what a DialContext of one's own has connected to is judged before anything is sent.
func TestSSRFDialer(t *testing.T) {
	t.Parallel()
	var got atomic.Int64
	srv := httptest.NewServer(http.HandlerFunc(func(w http.ResponseWriter, r *http.Request) { got.Add(1) }))
	defer srv.Close()
	s := newSession(t, &client.Options{Redirect: client.Redirect{Follow: client.FollowSafe, GuardFirst: true},
		DialContext: func(ctx context.Context, network, _ string) (net.Conn, error) { // a resolver that rebinds
			return (&net.Dialer{}).DialContext(ctx, network, srv.Listener.Addr().String())
		}})
	if _, err := s.Get(t.Context(), "http://public.test/", nil); !errors.Is(err, client.ErrInternalAddress) || got.Load() != 0 {
		t.Errorf("%v, %d requests", err, got.Load())
	}
}
