package tlsdial

import (
	"context"
	"crypto/tls"
	"encoding/binary"
	"errors"
	"slices"
	"sync"
	"sync/atomic"
	"testing"
	"time"

	"github.com/wirelike/wirelike/fingerprint"
	"github.com/wirelike/wirelike/internal/testnet"
)

// check compares what was sent with the model.
func (b *browser) check(t *testing.T, visit int, want *fingerprint.ClientHello, wire *tee) {
	t.Helper()
	got := wire.first(t)
	got.RecordVersion = 0
	w := *want
	w.RecordVersion = 0
	for _, m := range fingerprint.Diff(&fingerprint.Fingerprint{TLS: &w}, &fingerprint.Fingerprint{TLS: got}, b.vary) {
		t.Errorf("%s, connection %d: %+v", b.name, visit, m)
	}
}

// TestResume makes several connections to one server and compares each hello with that of the browser in its situation.
func TestResume(t *testing.T) {
	t.Parallel()
	ca := testnet.NewCA(t, time.Now())
	for _, b := range browsers(t) {
		for _, row := range []struct {
			name    string
			version uint16
			visits  []*fingerprint.ClientHello
		}{
			{"1.3", tls.VersionTLS13, []*fingerprint.ClientHello{b.hello, b.resumed, b.resumed, b.resumed}},
			{"1.2", tls.VersionTLS12, []*fingerprint.ClientHello{b.hello, b.resumed12, b.resumed12, b.resumed12}},
		} {
			t.Run(b.name+"/"+row.name, func(t *testing.T) {
				t.Parallel()
				config := ca.Server("h2")
				config.MaxVersion = row.version
				seen := make(chan tls.ConnectionState, 1)
				config.VerifyConnection = func(s tls.ConnectionState) error { seen <- s; return nil }
				addr, cfg := echo(t, config, nil), b.config(ca)
				once := map[string]int{}
				for i, want := range row.visits {
					if row.version == tls.VersionTLS12 && b.tls.Ticket12Once && i%2 == 0 {
						want = b.hello // as captured: a resumed connection brings no new ticket
					}
					c, wire := connect(t, addr, "localhost", cfg)
					b.check(t, i, want, wire)
					state, server, resumed := c.State(), <-seen, want != b.hello
					if state.Resumed != resumed || server.DidResume != resumed || state.Version != row.version {
						t.Errorf("connection %d: state %+v, the server resumes: %v", i, state, server.DidResume)
					}
					if len(state.PeerCertificates) != 2 || len(state.VerifiedChains) != 1 || state.ALPN != "h2" {
						t.Errorf("connection %d: state %+v", i, state)
					}
					hellos, _ := wire.hellos(t)
					bodies := split(t, hellos[0])
					if len(bodies.sid) != 32 {
						t.Errorf("connection %d: session id of %d bytes", i, len(bodies.sid))
					}
					for _, x := range [][]byte{bodies.random, bodies.sid, bodies.bodies[fingerprint.ExtPreSharedKey], bodies.bodies[fingerprint.ExtSessionTicket], bodies.bodies[fingerprint.ExtEncryptedClientHello]} {
						if n, ok := once[string(x)]; ok && len(x) > 0 {
							t.Errorf("connection %d sends %x, as connection %d did", i, x, n)
						}
						once[string(x)] = i
					}
					c.Close()
				}
			})
		}
	}
}

func TestResumeNeutral(t *testing.T) {
	t.Parallel()
	ca := testnet.NewCA(t, time.Now())
	for _, version := range []uint16{tls.VersionTLS12, tls.VersionTLS13} {
		config := ca.Server("h2")
		config.MaxVersion = version
		addr := echo(t, config, nil)
		cfg := &Config{RootCAs: ca.Pool(), Sessions: &SessionCache{}}
		for i := range 3 {
			if c, _ := connect(t, addr, "localhost", cfg); c.State().Resumed != (i > 0) {
				t.Errorf("version %#x, connection %d: resumed %v", version, i, c.State().Resumed)
			}
		}
	}
}

// TestNoResumption: a browser that is not known to resume does not.
func TestNoResumption(t *testing.T) {
	t.Parallel()
	ca := testnet.NewCA(t, time.Now())
	for _, version := range []uint16{tls.VersionTLS12, tls.VersionTLS13} {
		config := ca.Server("h2")
		config.MaxVersion = version
		addr := echo(t, config, nil)
		for _, b := range browsers(t) {
			cfg := b.config(ca)
			cfg.Resumed, cfg.Resumed12 = nil, nil
			for i := range 2 {
				c, wire := connect(t, addr, "localhost", cfg)
				b.check(t, i, b.hello, wire)
				if c.State().Resumed {
					t.Errorf("%s resumes", b.name)
				}
			}
			cfg = b.config(ca)
			cfg.Sessions = nil
			for range 2 {
				if c, _ := connect(t, addr, "localhost", cfg); c.State().Resumed {
					t.Errorf("%s resumes without a cache", b.name)
				}
			}
		}
	}
}

// tickets makes a server hand out tickets of a length of our choice.
func tickets(c *tls.Config, length *atomic.Int64) {
	var mu sync.Mutex
	kept := map[string]*tls.SessionState{}
	c.WrapSession = func(_ tls.ConnectionState, s *tls.SessionState) ([]byte, error) {
		mu.Lock()
		defer mu.Unlock()
		t := make([]byte, length.Load())
		binary.BigEndian.PutUint32(t, uint32(len(kept)+1))
		kept[string(t)] = s
		return t, nil
	}
	c.UnwrapSession = func(t []byte, _ tls.ConnectionState) (*tls.SessionState, error) {
		mu.Lock()
		defer mu.Unlock()
		return kept[string(t)], nil
	}
}

// TestECHGrowth compares the length of the ECH payload with the formula that a sweep over real tickets gave:
// 16 + 32·⌈(219 + pre_shared_key + 1) / 32⌉ − 1.
func TestECHGrowth(t *testing.T) {
	t.Parallel()
	ca := testnet.NewCA(t, time.Now())
	var length atomic.Int64
	config := ca.Server("h2")
	tickets(config, &length)
	addr := echo(t, config, nil)
	all := browsers(t)
	chromium, firefox := all[1], all[2]
	for _, n := range []int64{4, 16, 21, 22, 53, 54, 105, 192, 213, 214, 1000, maxTicket} {
		length.Store(n)
		for _, b := range []browser{chromium, firefox} {
			cfg := b.config(ca)
			connect(t, addr, "localhost", cfg)
			c, wire := connect(t, addr, "localhost", cfg)
			h := wire.first(t)
			psk, ech := h.Extension(fingerprint.ExtPreSharedKey).PSK, h.Extension(fingerprint.ExtEncryptedClientHello).ECH
			if !c.State().Resumed || !slices.Equal(psk.Identities, []int{int(n)}) || !slices.Equal(psk.Binders, []int{32}) {
				t.Fatalf("%s: resumed %v with %+v", b.name, c.State().Resumed, psk)
			}
			extension := 4 + 2 + 2 + int(n) + 4 + 2 + 1 + 32
			want := 16 + 32*((219+extension+1+31)/32) - 1
			if b.name == "chromium156" {
				want = ech.PayloadLength
				if !slices.Contains([]int{144, 176, 208, 240}, want) {
					t.Errorf("%s: payload of %d bytes", b.name, want)
				}
			}
			if ech.PayloadLength != want {
				t.Errorf("%s, ticket of %d bytes: payload of %d bytes, want %d", b.name, n, ech.PayloadLength, want)
			}
		}
	}
	length.Store(maxTicket + 1)
	cfg := firefox.config(ca)
	connect(t, addr, "localhost", cfg)
	if n := cfg.Sessions.Len(); n != 0 {
		t.Errorf("%d tickets beyond the limit are kept", n)
	}
}

// TestSHA384: a session of the only suite with SHA-384 has a longer binder, and so a longer ECH payload.
func TestSHA384(t *testing.T) {
	t.Parallel()
	ca := testnet.NewCA(t, time.Now())
	b := browsers(t)[2]
	b.hello, b.resumed = clone(b.hello), clone(b.resumed)
	b.hello.CipherSuites, b.resumed.CipherSuites = []fingerprint.ID{0x1302}, []fingerprint.ID{0x1302}
	addr, cfg := echo(t, ca.Server("h2"), nil), b.config(ca)
	connect(t, addr, "localhost", cfg)
	c, wire := connect(t, addr, "localhost", cfg)
	h := wire.first(t)
	psk := h.Extension(fingerprint.ExtPreSharedKey).PSK
	if !c.State().Resumed || !slices.Equal(psk.Binders, []int{48}) {
		t.Errorf("resumed %v, %+v", c.State().Resumed, psk)
	}
	want := 16 + 32*((219+15+psk.Identities[0]+48+1+31)/32) - 1
	if got := h.Extension(fingerprint.ExtEncryptedClientHello).ECH.PayloadLength; got != want {
		t.Errorf("payload of %d bytes, want %d", got, want)
	}
}

// TestExpiry moves the clock: a ticket that is too old, or whose certificate is, must not shape the hello.
func TestExpiry(t *testing.T) {
	t.Parallel()
	ca := testnet.NewCA(t, time.Now())
	for _, b := range browsers(t) {
		for _, row := range []struct {
			name    string
			version uint16
			later   time.Duration
			resumed bool
		}{
			{"1.3 in time", tls.VersionTLS13, 23 * time.Hour, true},
			{"1.3 with an expired certificate", tls.VersionTLS13, 25 * time.Hour, false},
			{"1.3 expired", tls.VersionTLS13, 8 * 24 * time.Hour, false},
			{"1.2 in time", tls.VersionTLS12, 59 * time.Minute, true},
			{"1.2 expired", tls.VersionTLS12, time.Hour, false},
		} {
			config := ca.Server("h2")
			config.MaxVersion = row.version
			addr, cfg := echo(t, config, nil), b.config(ca)
			start := time.Now()
			now := start
			cfg.Time, cfg.InsecureSkipVerify = func() time.Time { return now }, true // or the certificate itself would be refused
			connect(t, addr, "localhost", cfg)
			now = start.Add(row.later)
			c, wire := connect(t, addr, "localhost", cfg)
			want := b.hello
			if row.resumed {
				if want = b.resumed; row.version == tls.VersionTLS12 {
					want = b.resumed12
				}
			}
			b.check(t, 1, want, wire)
			if c.State().Resumed != row.resumed {
				t.Errorf("%s, %s: resumed %v", b.name, row.name, c.State().Resumed)
			}
		}
	}
}

// TestDeclined: whatever becomes of a ticket at the server, a connection comes about.
func TestDeclined(t *testing.T) {
	t.Parallel()
	ca := testnet.NewCA(t, time.Now())
	for _, b := range browsers(t) {
		for _, row := range []struct {
			name     string
			from, to uint16
			key      byte
		}{
			{"new key", tls.VersionTLS13, tls.VersionTLS13, 2},
			{"new key 1.2", tls.VersionTLS12, tls.VersionTLS12, 2},
			{"old server", tls.VersionTLS13, tls.VersionTLS12, 1},
			{"new server", tls.VersionTLS12, tls.VersionTLS13, 1},
		} {
			server := func(version uint16, key byte) string {
				config := ca.Server("h2")
				config.MaxVersion = version
				config.SetSessionTicketKeys([][32]byte{{key}})
				return echo(t, config, nil)
			}
			cfg := b.config(ca)
			connect(t, server(row.from, 1), "localhost", cfg)
			to := server(row.to, row.key)
			c, _ := connect(t, to, "localhost", cfg)
			if c.State().Resumed || c.State().Version != row.to {
				t.Errorf("%s, %s: state %+v", b.name, row.name, c.State())
			}
			if b.resumed.Extension(fingerprint.ExtSessionTicket) == nil && row.name == "old server" {
				// Firefox cannot get a TLS 1.2 ticket while it offers one of TLS 1.3.
				if c, _ = connect(t, to, "localhost", cfg); c.State().Resumed {
					t.Errorf("%s, %s: resumed without ticket", b.name, row.name)
				}
			}
			if c, _ = connect(t, to, "localhost", cfg); !c.State().Resumed {
				t.Errorf("%s, %s: the new ticket is of no use", b.name, row.name)
			}
		}
	}
}

// TestFailedTicketIsForgotten (RFC 5077 §3.2): a ticket may be the reason why a handshake fails.
func TestFailedTicketIsForgotten(t *testing.T) {
	t.Parallel()
	ca := testnet.NewCA(t, time.Now())
	b := browsers(t)[1]
	config := ca.Server("h2")
	config.MaxVersion = tls.VersionTLS12
	cfg := b.config(ca)
	connect(t, echo(t, config, nil), "localhost", cfg)
	if n := cfg.Sessions.Len(); n != 1 {
		t.Fatalf("%d tickets", n)
	}
	client, server := testnet.Pair(t)
	server.Close()
	if _, err := Client(t.Context(), client, "localhost", cfg); err == nil {
		t.Fatal("a handshake with nobody")
	}
	if n := cfg.Sessions.Len(); n != 0 {
		t.Errorf("%d tickets", n)
	}
}

// TestRetryWithTicket: the TLS stack cannot follow a HelloRetryRequest when it resumes, so the caller is told to come again.
func TestRetryWithTicket(t *testing.T) {
	t.Parallel()
	ca := testnet.NewCA(t, time.Now())
	for _, b := range append(browsers(t), browser{name: "neutral"}) {
		config := ca.Server("h2")
		addr := echo(t, config, nil)
		picky := config.Clone()
		picky.SetSessionTicketKeys([][32]byte{{1}})
		config.SetSessionTicketKeys([][32]byte{{1}})
		curve(tls.CurveP384)(picky)
		cfg := b.config(ca)
		connect(t, addr, "localhost", cfg)
		connect(t, addr, "localhost", cfg)
		addr = echo(t, picky, nil)
		if b.name == "neutral" {
			if c, _ := connect(t, addr, "localhost", cfg); !c.State().Resumed {
				t.Error("the neutral client does not resume after a HelloRetryRequest")
			}
			continue
		}
		err := failure(t, t.Context(), dial(t, addr), "localhost", cfg, OpHandshake)
		if !errors.Is(err, ErrTicketDropped) {
			t.Fatalf("%s: %v", b.name, err)
		}
		for i := range 3 {
			c, wire := connect(t, addr, "localhost", cfg)
			b.check(t, i, b.hello, wire)
			if hellos, _ := wire.hellos(t); len(hellos) != 2 || c.State().Resumed || cfg.Sessions.Len() != 0 {
				t.Errorf("%s: %d hellos, resumed %v, %d tickets", b.name, len(hellos), c.State().Resumed, cfg.Sessions.Len())
			}
		}
	}
}

// TestManyResume: no TLS 1.3 ticket may be used twice, however many connections are made at once.
func TestManyResume(t *testing.T) {
	t.Parallel()
	ca := testnet.NewCA(t, time.Now())
	for _, b := range browsers(t) {
		addr, cfg := echo(t, ca.Server("h2"), nil), b.config(ca)
		cfg.Rand = newSeeded(9)
		connect(t, addr, "localhost", cfg)
		connect(t, addr, "localhost", cfg)
		var wg sync.WaitGroup
		var mu sync.Mutex
		used, resumed := map[string]bool{}, 0
		for range 4 {
			wg.Go(func() {
				for range 4 {
					wire := dial(t, addr)
					c, err := Client(context.Background(), wire, "localhost", cfg)
					if err != nil {
						t.Error(err)
						return
					}
					ping(t, c)
					hellos, _ := wire.hellos(t)
					psk := string(split(t, hellos[0]).bodies[fingerprint.ExtPreSharedKey])
					mu.Lock()
					if psk != "" {
						resumed++
						if used[psk] = true; len(used) != resumed {
							t.Error("a ticket was used twice")
						}
					}
					mu.Unlock()
					c.Close()
				}
			})
		}
		wg.Wait()
		if resumed < 2 {
			t.Errorf("%s: %d of 16 connections resumed", b.name, resumed)
		}
	}
}

// TestUnsupportedResumption: a model with which no session could be resumed is refused before anything is sent.
func TestUnsupportedResumption(t *testing.T) {
	t.Parallel()
	ca := testnet.NewCA(t, time.Now())
	b := browsers(t)[2]
	edited := func(h *fingerprint.ClientHello, edit func(*fingerprint.ClientHello)) *fingerprint.ClientHello {
		h = clone(h)
		edit(h)
		return h
	}
	for _, row := range []struct {
		name, path string
		version    uint16
		hello      *fingerprint.ClientHello
	}{
		{"no pre_shared_key", "pre_shared_key", tls.VersionTLS13, b.hello},
		{"unknown pre_shared_key", "pre_shared_key", tls.VersionTLS13, edited(b.resumed, func(h *fingerprint.ClientHello) {
			*h.Extension(fingerprint.ExtPreSharedKey) = fingerprint.Extension{Type: fingerprint.ExtPreSharedKey, Data: fingerprint.Hex{1}}
		})},
		{"not the last", "pre_shared_key", tls.VersionTLS13, edited(b.resumed, func(h *fingerprint.ClientHello) {
			slices.Reverse(h.Extensions)
		})},
		{"early data", "early_data", tls.VersionTLS13, edited(b.resumed, func(h *fingerprint.ClientHello) {
			h.Extensions = slices.Insert(h.Extensions, 0, fingerprint.Extension{Type: fingerprint.ExtEarlyData})
		})},
		{"both tickets", "session_ticket.length", tls.VersionTLS13, edited(b.resumed, func(h *fingerprint.ClientHello) {
			h.Extensions = slices.Insert(h.Extensions, 0, fingerprint.Extension{Type: fingerprint.ExtSessionTicket, Length: 1})
		})},
		{"no ticket", "session_ticket", tls.VersionTLS12, b.hello},
		{"no session id", "session_ticket", tls.VersionTLS12, edited(b.resumed12, func(h *fingerprint.ClientHello) { h.SessionIDLength = 0 })},
		{"pre_shared_key in 1.2", "pre_shared_key", tls.VersionTLS12, edited(b.resumed12, func(h *fingerprint.ClientHello) {
			h.Extensions = append(h.Extensions, *b.resumed.Extension(fingerprint.ExtPreSharedKey))
		})},
	} {
		config := ca.Server("h2")
		config.MaxVersion = row.version
		addr, cfg := echo(t, config, nil), b.config(ca)
		cfg.Resumed, cfg.Resumed12 = row.hello, row.hello
		connect(t, addr, "localhost", cfg)
		err := failure(t, t.Context(), dial(t, addr), "localhost", cfg, OpPrepare)
		var u *UnsupportedError
		if !errors.As(err, &u) || u.Path != "tls.extensions."+row.path || u.Reason == "" {
			t.Errorf("%s: %v", row.name, err)
		}
	}
}
