package tlsdial

import (
	"fmt"
	"slices"
	"strings"
	"sync"
	"testing"
	"time"

	utls "github.com/refraction-networking/utls"
)

// TestSessionCache plays short scenes: "+a3" puts ticket a of TLS 1.3, "-a" forgets it, "x" refuses TLS 1.3; "3", "2", "1"
// and "*" take a ticket of TLS 1.3, of 1.2, of 1.2 for one use, of either, and expect what follows "=".
func TestSessionCache(t *testing.T) {
	t.Parallel()
	now := time.Unix(1_000_000, 0)
	for _, row := range []struct{ name, scene, left string }{
		{"empty", "3= 2= *=", ""},
		{"single use", "+a3 3=a 3=", ""},
		{"the newest first", "+a3 +b3 3=b 3=a 3=", ""},
		{"two are kept", "+a3 +b3 +c3 3=c 3=b 3=", ""},
		{"used again", "+a2 2=a 2=a", "a"},
		{"one is kept", "+a2 +b2 2=b", "b"},
		{"used once", "+a2 1=a 1=", ""},
		{"by version", "+a2 +b3 2=a 3=b 3= 2=a", "a"},
		{"either", "+a3 +b2 *=b *=b 3=a", "b"},
		{"either is used once", "+a2 +b3 *=b *=a", "a"},
		{"versions do not push each other out", "+a2 +b3 +c3 +d3", "d c a"},
		{"forgotten", "+a2 +b3 -a 2= -b 3=", ""},
		{"forgotten twice", "+a2 -a -a", ""},
		{"refused", "+a2 +b3 x 3= +c3 3= 2=a +d2", "d"},
		{"expired", "+a3! +b2! 3= 2=", ""},
		{"the expired one is passed over", "+a3 +b3! 3=a", ""},
	} {
		t.Run(row.name, func(t *testing.T) {
			t.Parallel()
			var c SessionCache
			known := map[string]*ticket{}
			name := func(x *ticket) string {
				for n, k := range known {
					if k == x {
						return n
					}
				}
				return ""
			}
			for _, step := range strings.Fields(row.scene) {
				n := (step + " ")[1:2]
				switch step[0] {
				case '+':
					k := &ticket{version: utls.VersionTLS12, expires: now.Add(time.Second)}
					if step[2] == '3' {
						k.version = utls.VersionTLS13
					}
					if strings.HasSuffix(step, "!") {
						k.expires = now
					}
					known[n] = k
					c.put(k)
				case '-':
					c.forget(known[n])
				case 'x':
					c.refuse13()
				default:
					kind := step[0]
					got := c.take(now, kind == '3' || kind == '*', kind != '3', kind == '1')
					if _, want, _ := strings.Cut(step, "="); name(got) != want {
						t.Errorf("%s: got %q", step, name(got))
					}
				}
			}
			var left []string
			for _, k := range c.tickets {
				left = append(left, name(k))
			}
			if got := strings.Join(left, " "); got != row.left || c.Len() != len(left) {
				t.Errorf("left %q, want %q", got, row.left)
			}
		})
	}
}

// TestTicketExpiry reads the dates of real tickets, which utls shows in encoded form only.
func TestTicketExpiry(t *testing.T) {
	t.Parallel()
	b, err := (&utls.SessionState{}).Bytes()
	if err != nil || len(b) < 13 {
		t.Fatalf("%x, %v", b, err)
	}
	if newTicket(&utls.ClientSessionState{}) != nil {
		t.Error("a ticket made of nothing")
	}
	cs, err := utls.NewResumptionState(make([]byte, maxTicket+1), &utls.SessionState{})
	if err != nil || newTicket(cs) != nil {
		t.Errorf("a ticket beyond the limit, %v", err)
	}
	cs, _ = utls.NewResumptionState([]byte{1, 2, 3}, &utls.SessionState{})
	got := newTicket(cs)
	if got == nil || got.length != 3 || got.binder != 32 || !got.expires.Equal(time.Unix(0, 0).Add(lifetime12)) {
		t.Errorf("%+v", got)
	}
}

func TestCaches(t *testing.T) {
	t.Parallel()
	var c Caches
	first, second := c.Cache("0"), c.Cache("1")
	if first == second || c.Cache("0") != first || c.Cache("1") != second {
		t.Fatal("a scope has more or less than one cache")
	}
	for i := 2; i < MaxScopes; i++ {
		c.Cache(fmt.Sprint(i))
	}
	c.Cache("0") // "1" is now the one that was used the longest time ago
	c.Cache("one more")
	if c.Cache("0") != first {
		t.Error("a scope in use is forgotten")
	}
	if c.Cache("1") == second {
		t.Error("more scopes are kept than allowed")
	}
	if n, m := len(c.scopes), c.recent.Len(); n != MaxScopes || m != MaxScopes {
		t.Errorf("%d and %d scopes", n, m)
	}
}

func TestCachesTogether(t *testing.T) {
	t.Parallel()
	var c Caches
	var wg sync.WaitGroup
	got := make([]*SessionCache, 16)
	for i := range got {
		wg.Go(func() {
			for j := range 2 * MaxScopes {
				c.Cache(fmt.Sprint(j % (i + 2)))
			}
			got[i] = c.Cache("x")
		})
	}
	wg.Wait()
	if n := len(slices.Compact(got)); n != 1 {
		t.Errorf("one scope, %d caches", n)
	}
	if c.recent.Len() != 18 {
		t.Errorf("%d scopes", c.recent.Len())
	}
}
