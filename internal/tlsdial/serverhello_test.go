package tlsdial

import (
	"bytes"
	"crypto/tls"
	"net"
	"slices"
	"testing"
	"time"

	"github.com/wirelike/wirelike/internal/testnet"
)

// message makes a ServerHello with the given random and extensions.
func message(random []byte, extensions ...byte) []byte {
	return answer([]byte{0xaa, 0xbb}, 0x1301, random, extensions...)
}

func answer(sid []byte, suite uint16, random []byte, extensions ...byte) []byte {
	body := append([]byte{3, 3}, random...)
	body = append(append(body, byte(len(sid))), sid...)
	body = append(body, byte(suite>>8), byte(suite), 0)
	body = append(body, 0, byte(len(extensions)))
	body = append(body, extensions...)
	return append([]byte{2, 0, 0, byte(len(body))}, body...)
}

// records cuts a message into records of at most n bytes.
func records(msg []byte, n int) (out []byte) {
	for part := range slices.Chunk(msg, n) {
		out = append(append(out, 22, 3, 3, 0, byte(len(part))), part...)
	}
	return out
}

func TestServerHello(t *testing.T) {
	t.Parallel()
	random := make([]byte, 32)
	share := []byte{0, 43, 0, 2, 3, 4, 0, 51, 0, 5, 0, 23, 0, 1, 9}
	for _, row := range []struct {
		name string
		raw  []byte
		want choice
		done bool
	}{
		{"one record", records(message(random, share...), 255), choice{group: 23}, true},
		{"many records", records(message(random, share...), 3), choice{group: 23}, true},
		{"more behind", append(records(message(random, share...), 255), 20, 3, 3, 0, 1, 1), choice{group: 23}, true},
		{"two messages in a record", records(append(message(random, share...), 8, 0, 0, 0), 255), choice{group: 23}, true},
		{"TLS 1.2", records(message(random, 0, 23, 0, 0), 255), choice{}, true},
		{"retry", records(message(retryRandom[:], 0, 51, 0, 2, 0, 24), 255), choice{retry: true, group: 24}, true},
		{"retry with cookie", records(message(retryRandom[:], 0, 44, 0, 3, 0, 1, 7), 255), choice{retry: true, cookie: true}, true},
		{"alert", []byte{21, 3, 3, 0, 2, 2, 40}, choice{}, true},
		{"no TLS", []byte("HTTP/1.1 400"), choice{}, true},
		{"another message", records([]byte{4, 0, 0, 0}, 255), choice{}, true},
		{"short message", records([]byte{2, 0, 0, 1, 3}, 255), choice{}, true},
		{"broken extensions", records(message(random, 0, 51, 0, 9, 0, 23), 255), choice{}, true},
		{"short share", records(message(random, 0, 51, 0, 1, 0), 255), choice{}, true},
		{"empty records", bytes.Repeat([]byte{22, 3, 3, 0, 0}, maxServerHello/5+1), choice{}, true},
		{"endless message", append([]byte{22, 3, 3, 0xff, 0xff, 2, 0xff, 0xff, 0xff}, make([]byte, maxServerHello)...), choice{}, true},
		{"nothing", nil, choice{}, false},
	} {
		var whole, bytewise serverHello
		if got, done := whole.feed(row.raw); got != row.want || done != row.done {
			t.Errorf("%s: %+v, done %v", row.name, got, done)
		}
		for i := range row.raw {
			got, done := bytewise.feed(row.raw[i : i+1])
			if done {
				if got != row.want || !row.done {
					t.Errorf("%s: %+v after %d bytes", row.name, got, i+1)
				}
				break
			}
			if i == len(row.raw)-1 && row.done {
				t.Errorf("%s: not done after all bytes", row.name)
			}
		}
		if n := len(bytewise.msg); n > maxServerHello {
			t.Errorf("%s: keeps %d bytes", row.name, n)
		}
	}
}

func FuzzServerHello(f *testing.F) {
	f.Add(records(message(make([]byte, 32), 0, 51, 0, 4, 0, 23, 0, 0), 7), 5)
	f.Add([]byte{21, 3, 3, 0, 2, 2, 40}, 1)
	f.Fuzz(func(t *testing.T, raw []byte, cut int) {
		if cut < 0 || cut > len(raw) {
			cut = 0
		}
		var whole, halves serverHello
		g1, d1 := whole.feed(raw)
		g2, d2 := halves.feed(raw[:cut])
		if !d2 {
			g2, d2 = halves.feed(raw[cut:])
		}
		// Only the bound on what is read may make a difference: it is checked at each piece.
		if len(raw) <= maxServerHello && (g1 != g2 || d1 != d2) {
			t.Errorf("%v %v in one piece, %v %v in two", g1, d1, g2, d2)
		}
	})
}

// trickle hands out one byte at a time.
type trickle struct{ net.Conn }

func (c trickle) Read(b []byte) (int, error) { return c.Conn.Read(b[:min(1, len(b))]) }

func TestKeyIsInPlaceInTime(t *testing.T) {
	t.Parallel()
	ca := testnet.NewCA(t, time.Now())
	config := ca.Server("h2")
	curve(tls.CurveP256)(config)
	c, err := Client(t.Context(), trickle{dial(t, echo(t, config, nil))}, "localhost", &Config{Hello: model(t, "firefox153"), RootCAs: ca.Pool()})
	if err != nil {
		t.Fatal(err)
	}
	defer c.Close()
	ping(t, c)
}
