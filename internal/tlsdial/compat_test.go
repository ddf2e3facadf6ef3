package tlsdial

import (
	"bytes"
	"errors"
	"io"
	"net"
	"runtime"
	"slices"
	"testing"
	"time"

	"github.com/wirelike/wirelike/fingerprint"
	"github.com/wirelike/wirelike/internal/testnet"
)

// script13 starts a server that echoes, and returns its address.
func script13(t *testing.T, s *testnet.TLS13) (addr string) {
	t.Helper()
	return testnet.Serve(t, func(c net.Conn) {
		if conn, err := s.Handshake(c); err == nil {
			io.Copy(conn, conn)
			conn.Close()
		}
	})
}

// stored is a Brotli stream with b as it is, which is what the compressor makes of random bytes (RFC 7932 §9.2).
func stored(b []byte) []byte {
	var out []byte
	shift := 1 // the window's size is in front of the first block: a bit 0
	for len(b) > 0 {
		n := min(len(b), 1<<16)
		head := uint32(n-1)<<(shift+3) | 1<<(shift+19)
		out = append(out, byte(head), byte(head>>8), byte(head>>16))
		out, b, shift = append(out, b[:n]...), b[n:], 0
	}
	return append(out, 3)
}

const zlibAlgorithm, brotliAlgorithm = 1, 2

// TestCompat has real servers at which the TLS stack stumbles and browsers do not (tls.md B1, B4, B5, B6): the error names
// what to leave out, and without that the same server is content. What does not trip it is no such error.
func TestCompat(t *testing.T) {
	t.Parallel()
	ca := testnet.NewCA(t, time.Now())
	leaf, over32, over64 := ca.Leaf(), ca.LeafOf(40<<10), ca.LeafOf(70<<10)
	forged := ca.Leaf()
	forged.PrivateKey = testnet.NewKey(t)
	ocsp, sct := testnet.Extension13{Type: 5, Data: []byte{1, 0, 0, 3, 'a', 'b', 'c'}}, testnet.Extension13{Type: 18, Data: []byte{0, 5, 0, 3, 'x', 'y', 'z'}}
	anchors := testnet.Extension13{Type: 51764}
	all, firefox := []string{"chromium150", "chromium156", "firefox153"}, []string{"firefox153"}
	for _, row := range []struct {
		name    string
		server  testnet.TLS13
		stumble []string // the browsers whose hellos lead to it
		limit   bool     // else it is an error of the server's
		reason  string
		leave   []fingerprint.ID
	}{
		{"B1 SCTs before the OCSP response", testnet.TLS13{Certificate: leaf, Leaf: []testnet.Extension13{sct, ocsp}}, all, true, reasonBoth, []fingerprint.ID{5, 18}},
		{"B1 the OCSP response first", testnet.TLS13{Certificate: leaf, Leaf: []testnet.Extension13{ocsp, sct}}, nil, false, "", nil},
		{"B1 SCTs alone", testnet.TLS13{Certificate: leaf, Leaf: []testnet.Extension13{sct}}, nil, false, "", nil},
		{"B1 another extension", testnet.TLS13{Certificate: leaf, Leaf: []testnet.Extension13{anchors}}, []string{"chromium156"}, true, reasonExtension, []fingerprint.ID{51764}},
		{"B1 compressed", testnet.TLS13{Certificate: leaf, Leaf: []testnet.Extension13{sct, ocsp}, Compress: stored, Algorithm: brotliAlgorithm}, nil, false, "", nil},
		{"B4 zlib", testnet.TLS13{Certificate: over32, Compress: testnet.Zlib, Algorithm: zlibAlgorithm}, firefox, true, reasonBeyond32, []fingerprint.ID{27}},
		{"B4 brotli", testnet.TLS13{Certificate: over32, Compress: stored, Algorithm: brotliAlgorithm}, all, true, reasonBeyond32, []fingerprint.ID{27}},
		{"B5", testnet.TLS13{Certificate: over64, Compress: stored, Algorithm: brotliAlgorithm}, all, true, reasonBeyond64, []fingerprint.ID{27}},
		{"B5 not compressed", testnet.TLS13{Certificate: over64}, nil, false, "", nil},
		{"B6", testnet.TLS13{Certificate: leaf, Delegated: testnet.NewKey(t)}, firefox, true, reasonDelegated, []fingerprint.ID{34}},
		{"B6 compressed", testnet.TLS13{Certificate: leaf, Delegated: testnet.NewKey(t), Compress: testnet.Zlib, Algorithm: zlibAlgorithm}, firefox, true, reasonDelegated, []fingerprint.ID{34}},
		{"a forged signature", testnet.TLS13{Certificate: forged}, all, false, "", nil},
	} {
		t.Run(row.name, func(t *testing.T) {
			t.Parallel()
			addr := script13(t, &row.server)
			for _, b := range browsers(t) {
				cfg := b.config(ca)
				if !slices.Contains(row.stumble, b.name) {
					connect(t, addr, "localhost", cfg)
					continue
				}
				err := failure(t, t.Context(), dial(t, addr), "localhost", cfg, OpHandshake)
				l := as[*LimitError](err)
				if (l != nil) != row.limit {
					t.Errorf("%s: %v", b.name, err)
				}
				if l == nil {
					continue
				}
				if l.Reason != row.reason || !slices.Equal(l.Extensions, row.leave) {
					t.Errorf("%s: %v, leave out %v", b.name, err, l.Extensions)
				}
				cfg.Without = l.Extensions
				_, wire := connect(t, addr, "localhost", cfg)
				sent := wire.first(t)
				if slices.ContainsFunc(row.leave, func(id fingerprint.ID) bool { return sent.Extension(id) != nil }) || len(sent.Extensions) != len(b.hello.Extensions)-len(row.leave) {
					t.Errorf("%s: without %v: %+v", b.name, row.leave, sent.Extensions)
				}
			}
		})
	}
}

// as returns the error of that type in the chain, nil for none.
func as[E error](err error) (e E) {
	errors.As(err, &e)
	return e
}

// TestWithout: what is left out of the hello changes nothing else of it.
func TestWithout(t *testing.T) {
	t.Parallel()
	for _, b := range browsers(t) {
		with, _ := send(t, &Config{Hello: b.hello, Rand: newSeeded(1)})
		without, _ := send(t, &Config{Hello: b.hello, Rand: newSeeded(1), Without: []fingerprint.ID{27}})
		one, err := fingerprint.ParseClientHello(with)
		if err != nil {
			t.Fatal(err)
		}
		two, err := fingerprint.ParseClientHello(without)
		if err != nil {
			t.Fatal(err)
		}
		one.Extensions = slices.DeleteFunc(one.Extensions, func(e fingerprint.Extension) bool { return e.Type == 27 })
		if m := fingerprint.Diff(&fingerprint.Fingerprint{TLS: one}, &fingerprint.Fingerprint{TLS: two}, nil); len(m) > 0 {
			t.Errorf("%s: %v", b.name, m)
		}
	}
}

// TestRecordLimitB7: data goes out in records as long as the server takes them, if the hello has asked for its limit.
func TestRecordLimitB7(t *testing.T) {
	t.Parallel()
	ca := testnet.NewCA(t, time.Now())
	for _, row := range []struct {
		name    string
		limit   int
		browser int
		want    []int
	}{
		{"none", 0, 2, []int{16384, 3616}},
		{"more than there may be", 16385, 2, []int{16384, 3616}},
		{"small", 1024, 2, append(slices.Repeat([]int{1023}, 19), 20000-19*1023)},
		{"less than there may be", 63, 2, nil}, // the server stays true to it, and ends the connection
		{"exact", 10001, 2, []int{10000, 10000}},
		{"not offered", 1024, 1, []int{16384, 3616}},
	} {
		s := &testnet.TLS13{Certificate: ca.Leaf(), Limit: row.limit}
		records := make(chan []int, 1)
		addr := testnet.Serve(t, func(c net.Conn) {
			conn, err := s.Handshake(c)
			if err != nil {
				t.Error(err)
				return
			}
			_, err = io.ReadFull(conn, make([]byte, 20000))
			if (err != nil) != (row.want == nil) {
				t.Errorf("%s: %v", row.name, err)
			}
			records <- conn.Records()
		})
		c, err := Client(t.Context(), dial(t, addr), "localhost", browsers(t)[row.browser].config(ca))
		if err != nil {
			t.Fatal(err)
		}
		defer c.Close()
		c.SetDeadline(time.Now().Add(10 * time.Second))
		if n, err := c.Write(make([]byte, 20000)); n != 20000 || err != nil {
			t.Errorf("%s: %d bytes, %v", row.name, n, err)
		}
		if got := <-records; !slices.Equal(got, row.want) {
			t.Errorf("%s: records %v", row.name, got)
		}
	}
}

// polite lets others go first whenever it has written.
type polite struct{ net.Conn }

func (c *polite) Write(b []byte) (int, error) {
	defer runtime.Gosched()
	return c.Conn.Write(b)
}

// TestRecordLimitWriters: two that write at once do not get into each other's pieces.
func TestRecordLimitWriters(t *testing.T) {
	t.Parallel()
	ca := testnet.NewCA(t, time.Now())
	addr := script13(t, &testnet.TLS13{Certificate: ca.Leaf(), Limit: 100})
	c, err := Client(t.Context(), &polite{dial(t, addr)}, "localhost", browsers(t)[2].config(ca))
	if err != nil {
		t.Fatal(err)
	}
	defer c.Close()
	c.SetDeadline(time.Now().Add(10 * time.Second))
	const n = 20000
	for _, x := range []byte("ab") {
		go c.Write(bytes.Repeat([]byte{x}, n))
	}
	got := make([]byte, 2*n)
	if _, err := io.ReadFull(c, got); err != nil {
		t.Fatal(err)
	}
	if a, b := bytes.Repeat([]byte("a"), n), bytes.Repeat([]byte("b"), n); !bytes.Equal(got, append(slices.Clone(a), b...)) && !bytes.Equal(got, append(slices.Clone(b), a...)) {
		t.Error("the pieces of two writes are mixed")
	}
}
