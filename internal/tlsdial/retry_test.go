package tlsdial

import (
	"io"
	"net"
	"slices"
	"testing"

	"github.com/wirelike/wirelike/fingerprint"
)

// retried sends a hello to a server that answers it with a HelloRetryRequest with these extensions, and returns both
// hellos.
func retried(t *testing.T, cfg *Config, extensions ...byte) (first, second *fingerprint.ClientHello) {
	t.Helper()
	client, server := net.Pipe()
	wire := &tee{Conn: client}
	done := make(chan struct{})
	go func() {
		defer close(done)
		defer server.Close()
		head := make([]byte, 5)
		io.ReadFull(server, head)
		hello := make([]byte, int(head[3])<<8|int(head[4]))
		io.ReadFull(server, hello)
		sid := hello[39 : 39+int(hello[38])]
		server.Write(records(answer(sid, 0x1301, retryRandom[:], append([]byte{0, 43, 0, 2, 3, 4}, extensions...)...), 100))
		for { // the change_cipher_spec of compatibility mode, then the second hello
			if _, err := io.ReadFull(server, head); err != nil {
				t.Error(err)
				return
			}
			io.CopyN(io.Discard, server, int64(head[3])<<8|int64(head[4]))
			if head[0] == 22 {
				break
			}
		}
		// The share is of P-256, and nonsense.
		share := append([]byte{0, 43, 0, 2, 3, 4, 0, 51, 0, 69, 0, 23, 0, 65}, make([]byte, 65)...)
		server.Write(records(answer(sid, 0x1301, make([]byte, 32), share...), 255))
		io.Copy(io.Discard, server)
	}()
	_, err := Client(t.Context(), wire, "localhost", cfg)
	if err == nil {
		t.Fatal("a handshake with nobody")
	}
	// Of P-256 only Firefox has a share.
	if kept := extensions[1] == 44 && cfg.Hello.Extension(fingerprint.ExtKeyShare).Shares[0].Group == fingerprint.GroupX25519MLKEM768; kept != is[*LimitError](err) {
		t.Errorf("after a cookie alone %v: %v", kept, err)
	}
	<-done
	hellos, _ := wire.hellos(t)
	if len(hellos) != 2 {
		t.Fatalf("%d hellos", len(hellos))
	}
	var out [2]*fingerprint.ClientHello
	for i := range out {
		h, err := fingerprint.ParseClientHello(hellos[i])
		if err != nil {
			t.Fatal(err)
		}
		out[i] = h
	}
	return out[0], out[1]
}

// TestCookie: a cookie comes back in a place where the browser puts it, and nothing else changes but the shares.
func TestCookie(t *testing.T) {
	t.Parallel()
	cookie := []byte{0, 44, 0, 5, 0, 3, 7, 8, 9}
	group := append([]byte{0, 51, 0, 2, 0, 24}, cookie...)
	for _, b := range browsers(t)[1:] {
		t.Run(b.name, func(t *testing.T) {
			t.Parallel()
			places := map[int]int{}
			rounds := 20
			if b.vary.Permute != nil {
				rounds = 200
			}
			for i := range rounds {
				extensions := cookie
				if i%2 == 0 {
					extensions = group
				}
				cfg := &Config{Hello: b.hello, Vary: b.vary, TLS: b.tls, Rand: newSeeded(byte(i))}
				one, two := retried(t, cfg, extensions...)
				at := slices.IndexFunc(two.Extensions, func(e fingerprint.Extension) bool { return e.Type == fingerprint.ExtCookie })
				if at < 0 || string(two.Extensions[at].Data) != string(cookie[4:]) {
					t.Fatalf("cookie at %d: %+v", at, two.Extensions)
				}
				places[at]++
				rest := slices.Delete(slices.Clone(two.Extensions), at, at+1)
				for j, e := range rest {
					if e.Type != one.Extensions[j].Type {
						t.Errorf("extension %d was %v and is %v", j, one.Extensions[j].Type, e.Type)
					}
				}
				shares := two.Extension(fingerprint.ExtKeyShare).Shares
				if i%2 == 0 && !slices.Equal(shares, []fingerprint.KeyShare{{Group: 24, Length: 97}}) || i%2 == 1 && !slices.Equal(shares, one.Extension(fingerprint.ExtKeyShare).Shares) {
					t.Errorf("shares %v", shares)
				}
				if b.vary.Permute == nil && two.Extensions[at-1].Type != fingerprint.ExtSignatureAlgorithms {
					t.Errorf("cookie behind %v", two.Extensions[at-1].Type)
				}
			}
			// Between the two GREASE extensions, at any place; the seeds are fixed, so this cannot fail by chance.
			if n := len(b.hello.Extensions); b.vary.Permute != nil && (len(places) != n-1 || places[0] != 0 || places[n] != 0) {
				t.Errorf("places %v with %d extensions", places, n)
			}
		})
	}
}

// TestCookiePlace: the model may say where a cookie is, or not.
func TestCookiePlace(t *testing.T) {
	t.Parallel()
	b := browsers(t)[2]
	for _, row := range []struct {
		after  string
		behind fingerprint.ID
	}{
		{"server_name", fingerprint.ExtServerName},
		{"encrypted_client_hello", fingerprint.ExtEncryptedClientHello},
		{"", fingerprint.ExtEncryptedClientHello}, // unknown: at the end
		{"pre_shared_key", fingerprint.ExtEncryptedClientHello},
	} {
		cfg := &Config{Hello: b.hello, Vary: b.vary}
		cfg.TLS.CookieAfter = row.after
		_, two := retried(t, cfg, 0, 44, 0, 3, 0, 1, 7)
		at := slices.IndexFunc(two.Extensions, func(e fingerprint.Extension) bool { return e.Type == fingerprint.ExtCookie })
		if at < 1 || two.Extensions[at-1].Type != row.behind {
			t.Errorf("after %q: at %d", row.after, at)
		}
	}
}

// TestPadRetry: the second hello is not padded, unless the browser is as old as that.
func TestPadRetry(t *testing.T) {
	t.Parallel()
	for _, pad := range []bool{false, true} {
		cfg := &Config{Hello: model(t, "chromium92")}
		cfg.TLS.PadRetry = pad
		one, two := retried(t, cfg, 0, 51, 0, 2, 0, 24)
		if p := one.Extension(fingerprint.ExtPadding); p == nil || p.Length < 2 {
			t.Errorf("the first hello is not padded: %+v", p)
		}
		// As captured, but for the name, which is localhost as well: 142 bytes instead of 202.
		if p := two.Extension(fingerprint.ExtPadding); (p != nil) != pad || pad && p.Length != 142 {
			t.Errorf("pad %v: %+v", pad, p)
		}
	}
}
