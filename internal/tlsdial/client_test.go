package tlsdial

import (
	"context"
	"crypto/ecdh"
	"crypto/rand"
	"crypto/tls"
	"encoding/binary"
	"errors"
	"io"
	"net"
	"slices"
	"strings"
	"sync"
	"testing"
	"time"

	"github.com/wirelike/wirelike/fingerprint"
	"github.com/wirelike/wirelike/internal/testnet"
)

func TestHandshakes(t *testing.T) {
	t.Parallel()
	ca := testnet.NewCA(t, time.Now())
	for _, row := range []struct {
		name   string
		edit   func(*tls.Config)
		state  State
		group  tls.CurveID
		hellos int
		reason string
	}{
		{"1.3", func(c *tls.Config) {}, State{Version: tls.VersionTLS13}, tls.X25519MLKEM768, 1, "the hybrid share is first"},
		{"1.3 x25519", curve(tls.X25519), State{Version: tls.VersionTLS13}, tls.X25519, 1, "the classical share beside the hybrid one"},
		{"1.3 p256", curve(tls.CurveP256), State{Version: tls.VersionTLS13}, tls.CurveP256, 0, "Firefox has a share for it, Chromium is asked again"},
		{"1.3 p384", curve(tls.CurveP384), State{Version: tls.VersionTLS13}, tls.CurveP384, 2, "nobody has a share for it"},
		{"1.2", func(c *tls.Config) { c.MaxVersion = tls.VersionTLS12 }, State{Version: tls.VersionTLS12}, tls.X25519, 1, "an old server"},
		{"1.2 p256", func(c *tls.Config) { c.MaxVersion = tls.VersionTLS12; curve(tls.CurveP256)(c) }, State{Version: tls.VersionTLS12}, tls.CurveP256, 1, "key shares have no part in TLS 1.2"},
	} {
		for _, b := range browsers(t) {
			t.Run(row.name+"/"+b.name, func(t *testing.T) {
				t.Parallel()
				seen := make(chan tls.ConnectionState, 1)
				config := ca.Server("h2", "http/1.1")
				config.VerifyConnection = func(s tls.ConnectionState) error { seen <- s; return nil }
				row.edit(config)
				c, wire := connect(t, echo(t, config, nil), "localhost", &Config{Hello: b.hello, Vary: b.vary, RootCAs: ca.Pool()})
				state, server := c.State(), <-seen
				if state.Version != row.state.Version || state.ALPN != "h2" || state.Resumed || state.CipherSuite != server.CipherSuite {
					t.Errorf("state %+v", state)
				}
				if server.CurveID != row.group || server.ServerName != "localhost" {
					t.Errorf("group %v, name %q", server.CurveID, server.ServerName)
				}
				if len(state.PeerCertificates) != 2 || len(state.VerifiedChains) != 1 {
					t.Errorf("%d certificates, %d chains", len(state.PeerCertificates), len(state.VerifiedChains))
				}
				hellos, _ := wire.hellos(t)
				want := row.hellos
				if want == 0 {
					if want = 2; b.name == "firefox153" {
						want = 1
					}
				}
				if len(hellos) != want {
					t.Errorf("%d hellos, want %d (%s)", len(hellos), want, row.reason)
				}
			})
		}
	}
}

func curve(id tls.CurveID) func(*tls.Config) {
	return func(c *tls.Config) { c.CurvePreferences = []tls.CurveID{id} }
}

// TestShares asks for the key of every share of hellos that no browser sends: the stack beneath keeps one elliptic curve
// key only.
func TestShares(t *testing.T) {
	t.Parallel()
	ca := testnet.NewCA(t, time.Now())
	const hybrid = fingerprint.GroupX25519MLKEM768
	length := map[fingerprint.ID]int{hybrid: 1216, 29: 32, 23: 65, 24: 97, 25: 133}
	for _, row := range []struct {
		name   string
		groups []fingerprint.ID
		reuses bool
	}{
		{"hybrid alone", []fingerprint.ID{hybrid}, false},
		{"no X25519", []fingerprint.ID{hybrid, 23}, false},
		{"classical first", []fingerprint.ID{24, 23, 29, hybrid}, false},
		{"all", []fingerprint.ID{hybrid, 29, 23, 24, 25}, true},
	} {
		h := clone(model(t, "firefox153"))
		shares := h.Extension(fingerprint.ExtKeyShare)
		shares.Shares = nil
		for _, g := range row.groups {
			s := fingerprint.KeyShare{Group: g, Length: length[g]}
			if row.reuses && g == fingerprint.GroupX25519 {
				s.Reuses = hybrid
			}
			shares.Shares = append(shares.Shares, s)
		}
		for _, g := range row.groups {
			t.Run(row.name+"/"+g.String(), func(t *testing.T) {
				t.Parallel()
				config := ca.Server("h2")
				curve(tls.CurveID(g))(config)
				_, wire := connect(t, echo(t, config, nil), "localhost", &Config{Hello: h, RootCAs: ca.Pool()})
				hellos, _ := wire.hellos(t)
				if len(hellos) != 1 {
					t.Errorf("%d hellos", len(hellos))
				}
				if got := wire.first(t).Extension(fingerprint.ExtKeyShare).Shares; !slices.Equal(got, shares.Shares) {
					t.Errorf("shares %v, want %v", got, shares.Shares)
				}
			})
		}
	}
}

func TestHelloAfterRetry(t *testing.T) {
	t.Parallel()
	ca := testnet.NewCA(t, time.Now())
	padded := clone(model(t, "chromium150")) // as Chrome 123: short enough for padding
	padded.Extensions = append(padded.Extensions, fingerprint.Extension{Type: fingerprint.ExtPadding})
	padded.Extension(fingerprint.ExtKeyShare).Shares = []fingerprint.KeyShare{{Group: fingerprint.GREASE, Length: 1}, {Group: 29, Length: 32}}
	padded.Extension(fingerprint.ExtEncryptedClientHello).ECH = &fingerprint.ECH{KDF: 1, AEAD: 1, EncLength: 32, PayloadLength: 16}
	rows := append(browsers(t), browser{name: "padded", hello: padded, vary: browsers(t)[0].vary})
	rows[3].vary.OneOf = nil
	for _, b := range rows {
		t.Run(b.name, func(t *testing.T) {
			t.Parallel()
			config := ca.Server("h2")
			curve(tls.CurveP384)(config)
			_, wire := connect(t, echo(t, config, nil), "localhost", &Config{Hello: b.hello, Vary: b.vary, RootCAs: ca.Pool()})
			hellos, records := wire.hellos(t)
			if len(hellos) != 2 || records[0].Version != 0x0301 || records[1].Type != 20 || records[2].Version != 0x0303 {
				t.Fatalf("%d hellos, records %v", len(hellos), records)
			}
			one, two := split(t, hellos[0]), split(t, hellos[1])
			if string(one.random) != string(two.random) || string(one.sid) != string(two.sid) {
				t.Error("random or session id changed")
			}
			for id, body := range one.bodies {
				same := string(body) == string(two.bodies[id])
				if changes := id == fingerprint.ExtKeyShare || id == fingerprint.ExtPadding; same == changes {
					t.Errorf("extension %v: same body %v", id, same)
				}
			}
			first, _ := fingerprint.ParseClientHello(hellos[0])
			second, _ := fingerprint.ParseClientHello(hellos[1])
			order := func(h *fingerprint.ClientHello) (ids []fingerprint.ID) {
				for _, e := range h.Extensions {
					if e.Type != fingerprint.ExtPadding {
						ids = append(ids, e.Type)
					}
				}
				return ids
			}
			if !slices.Equal(order(first), order(second)) || !slices.Equal(first.CipherSuites, second.CipherSuites) {
				t.Error("order or cipher suites changed")
			}
			if p := first.Extension(fingerprint.ExtPadding); b.name == "padded" && (p == nil || len(hellos[0]) != 512) || second.Extension(fingerprint.ExtPadding) != nil {
				t.Errorf("first hello %d bytes with padding %v, second with %v", len(hellos[0]), p, second.Extension(fingerprint.ExtPadding))
			}
			if got, want := second.Extension(fingerprint.ExtKeyShare).Shares, []fingerprint.KeyShare{{Group: 24, Length: 97}}; !slices.Equal(got, want) {
				t.Errorf("shares %v", got)
			}
		})
	}
}

// echServer makes a server know ECH, so that it answers a GREASE extension with retry configs.
func echServer(t *testing.T, c *tls.Config) (configList []byte) {
	t.Helper()
	key, err := ecdh.X25519().GenerateKey(rand.Reader)
	if err != nil {
		t.Fatal(err)
	}
	u16 := binary.BigEndian.AppendUint16
	body := u16([]byte{7}, 0x0020) // config id, KEM
	body = append(u16(body, 32), key.PublicKey().Bytes()...)
	body = u16(u16(u16(body, 4), 1), 1)               // one suite: HKDF-SHA256, AES-128-GCM
	body = append(append(body, 0, 9), "wire.test"...) // maximum name length, public name
	body = append(body, 0, 0)                         // extensions
	config := append(u16(u16(nil, 0xfe0d), uint16(len(body))), body...)
	c.EncryptedClientHelloKeys = []tls.EncryptedClientHelloKey{{Config: config, PrivateKey: key.Bytes(), SendAsRetry: true}}
	return append(u16(nil, uint16(len(config))), config...)
}

func TestRetryConfigsAreIgnored(t *testing.T) {
	t.Parallel()
	ca := testnet.NewCA(t, time.Now())
	for _, b := range browsers(t) {
		for _, group := range []tls.CurveID{tls.X25519, tls.CurveP384} {
			config := ca.Server("h2")
			echServer(t, config)
			curve(group)(config)
			addr := echo(t, config, nil)

			// Another key's client is refused with the configs: the server does send them.
			stale := ca.Client("h2")
			stale.EncryptedClientHelloConfigList = echServer(t, &tls.Config{})
			_, err := tls.Dial("tcp", addr, stale)
			var rejected *tls.ECHRejectionError
			if !errors.As(err, &rejected) || len(rejected.RetryConfigList) == 0 {
				t.Fatalf("the server sends no retry configs: %v", err)
			}

			c, _ := connect(t, addr, "localhost", &Config{Hello: b.hello, Vary: b.vary, RootCAs: ca.Pool()})
			if c.State().Version != tls.VersionTLS13 {
				t.Errorf("%s: version %#x", b.name, c.State().Version)
			}
		}
	}
}

func TestSharedConfig(t *testing.T) {
	t.Parallel()
	ca := testnet.NewCA(t, time.Now())
	addr := echo(t, ca.Server("h2"), nil)
	for _, b := range browsers(t) {
		cfg := &Config{Hello: b.hello, Vary: b.vary, RootCAs: ca.Pool(), Rand: newSeeded(8), ALPN: []string{"h2", "http/1.1"}}
		var wg sync.WaitGroup
		randoms := make([]string, 32)
		for i := range randoms {
			wire := dial(t, addr)
			wg.Go(func() {
				c, err := Client(context.Background(), wire, "localhost", cfg)
				if err != nil {
					t.Error(err)
					return
				}
				defer c.Close()
				hellos, _ := wire.hellos(t)
				randoms[i] = string(split(t, hellos[0]).random)
			})
		}
		wg.Wait()
		slices.Sort(randoms)
		if n := len(slices.Compact(randoms)); n != 32 {
			t.Errorf("%s: %d different randoms", b.name, n)
		}
	}
}

func TestKeyLog(t *testing.T) {
	t.Parallel()
	ca := testnet.NewCA(t, time.Now())
	var log strings.Builder
	_, wire := connect(t, echo(t, ca.Server("h2"), nil), "localhost", &Config{Hello: model(t, "firefox153"), RootCAs: ca.Pool(), KeyLog: &log})
	hellos, _ := wire.hellos(t)
	for _, label := range []string{"CLIENT_HANDSHAKE_TRAFFIC_SECRET", "SERVER_TRAFFIC_SECRET_0"} {
		if want := label + " " + hexOf(split(t, hellos[0]).random) + " "; !strings.Contains(log.String(), want) {
			t.Errorf("no %q in %q", want, log.String())
		}
	}
}

// stalling is a server's connection that goes silent after some bytes.
type stalling struct {
	net.Conn
	left    int
	stalled chan struct{}
}

func (c *stalling) Write(b []byte) (int, error) {
	n := min(len(b), c.left)
	if c.left -= n; n > 0 {
		if n, err := c.Conn.Write(b[:n]); err != nil {
			return n, err
		}
	}
	if c.left == 0 {
		select {
		case c.stalled <- struct{}{}:
		default:
		}
		_, err := io.Copy(io.Discard, c.Conn)
		return n, errors.Join(io.ErrClosedPipe, err)
	}
	return len(b), nil
}

// TestCancelAtEveryStage: a server that stops in the middle of the handshake, wherever, cannot hold it up.
func TestCancelAtEveryStage(t *testing.T) {
	t.Parallel()
	ca := testnet.NewCA(t, time.Now())
	for _, version := range []uint16{tls.VersionTLS12, tls.VersionTLS13} {
		config := ca.Server("h2")
		config.MaxVersion = version
		for _, bytes := range []int{0, 1, 5, 6, 50, 130, 200, 500, 800} {
			stalled := make(chan struct{}, 1)
			addr := testnet.Serve(t, func(c net.Conn) {
				tls.Server(&stalling{c, bytes, stalled}, config).Handshake()
			})
			for _, hello := range []*fingerprint.ClientHello{nil, model(t, "chromium156")} {
				ctx, cancel := context.WithCancel(t.Context())
				go func() { <-stalled; cancel() }()
				err := failure(t, ctx, dial(t, addr), "localhost", &Config{Hello: hello, RootCAs: ca.Pool()}, OpHandshake)
				if !errors.Is(err, context.Canceled) {
					t.Errorf("version %#x, %d bytes: %v", version, bytes, err)
				}
				cancel()
			}
		}
	}
}
