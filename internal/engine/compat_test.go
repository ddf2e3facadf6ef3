package engine_test

import (
	"errors"
	"slices"
	"testing"
	"time"

	"github.com/wirelike/wirelike/fingerprint"
	"github.com/wirelike/wirelike/internal/engine"
	"github.com/wirelike/wirelike/internal/testnet"
	"github.com/wirelike/wirelike/internal/tlsdial"
)

// TestCompatRetry: at a server where the TLS stack falls short of the browser (tls.md B1, B4, B5, B6), the engine dials once
// more if it may, without what led to it, and says so; else the error does.
func TestCompatRetry(t *testing.T) {
	t.Parallel()
	firefox := inUse(t)["firefox153_linux"]
	ca := testnet.NewCA(t, time.Now())
	leaf, large, forged := ca.Leaf(), ca.LeafOf(40<<10), ca.Leaf()
	forged.PrivateKey = testnet.NewKey(t)
	both := []testnet.Extension13{{Type: 18, Data: []byte{0, 5, 0, 3, 'x', 'y', 'z'}}, {Type: 5, Data: []byte{1, 0, 0, 3, 'a', 'b', 'c'}}}
	for _, row := range []struct {
		name   string
		server testnet.TLS13
		retry  bool
		conns  int
		left   []fingerprint.ID // of the connection; nil for an error
		limit  []fingerprint.ID // of that; nil for another one
	}{
		{"B1", testnet.TLS13{Certificate: leaf, Leaf: both}, true, 2, []fingerprint.ID{5, 18}, nil},
		{"B1, as it comes", testnet.TLS13{Certificate: leaf, Leaf: both}, false, 1, nil, []fingerprint.ID{5, 18}},
		{"B4", testnet.TLS13{Certificate: large, Compress: testnet.Zlib, Algorithm: 1}, true, 2, []fingerprint.ID{27}, nil},
		{"B5", testnet.TLS13{Certificate: ca.LeafOf(70 << 10), Compress: testnet.Zlib, Algorithm: 1}, true, 2, []fingerprint.ID{27}, nil},
		{"B6", testnet.TLS13{Certificate: leaf, Delegated: testnet.NewKey(t)}, true, 2, []fingerprint.ID{34}, nil},
		{"one after the other", testnet.TLS13{Certificate: large, Delegated: testnet.NewKey(t), Compress: testnet.Zlib, Algorithm: 1}, true, 2, nil, []fingerprint.ID{34}},
		{"no fault of the stack's", testnet.TLS13{Certificate: forged}, true, 1, nil, nil},
	} {
		t.Run(row.name, func(t *testing.T) {
			t.Parallel()
			s := testnet.ServeTLS13(t, &row.server)
			e := newEngine(t, &engine.Config{Profile: firefox, RootCAs: ca.Pool(), CompatRetry: row.retry})
			res, err := e.RoundTrip(request(t, t.Context(), "GET", s.URL, nil))
			if s.Conns() != row.conns {
				t.Errorf("%d connections, want %d", s.Conns(), row.conns)
			}
			if row.left == nil {
				var l *tlsdial.LimitError
				if err == nil || errors.As(err, &l) != (row.limit != nil) || l != nil && !slices.Equal(l.Extensions, row.limit) {
					t.Errorf("got %v", err)
				}
				return
			}
			if err != nil {
				t.Fatal(err)
			}
			if body := readAll(t, res); body != "ok" || !slices.Equal(res.Conn.LeftOut, row.left) {
				t.Errorf("%q, left out %v", body, res.Conn.LeftOut)
			}
		})
	}
}

// TestCompatRetryNotNeeded: nothing is left out where nothing is in the way.
func TestCompatRetryNotNeeded(t *testing.T) {
	t.Parallel()
	ca := testnet.NewCA(t, time.Now())
	s := testnet.ServeTLS13(t, &testnet.TLS13{Certificate: ca.Leaf()})
	for _, p := range inUse(t) {
		e := newEngine(t, &engine.Config{Profile: p, RootCAs: ca.Pool(), CompatRetry: true})
		if res, body := fetch(t, e, s.URL); body != "ok" || res.Conn.LeftOut != nil {
			t.Errorf("%q, left out %v", body, res.Conn.LeftOut)
		}
	}
}
