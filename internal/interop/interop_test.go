// Package interop holds tests of the client against servers of other makers, as Debian ships them: bodies of many sizes
// over HTTP/1.1 and HTTP/2, and handshakes with TLS stacks that know less than a browser offers. It also shows changed
// profiles to the checks of package golden, which must name each change: only here client and witness meet.
//
// Programs are looked for in PATH. Without one its tests are skipped, or fail with WIRELIKE_REQUIRE_PEERS=1. The largest
// bodies are 10 MB long, and 100 MB with WIRELIKE_SOAK=1.
package interop

import (
	"context"
	"os"
	"testing"
	"time"

	"github.com/wirelike/wirelike/client"
	"github.com/wirelike/wirelike/internal/testnet"
)

func TestMain(m *testing.M) { testnet.Main(m) }

// profilesInUse are the clients that meet every peer; "" is the neutral one.
var profilesInUse = []string{"", "chromium156", "chrome150", "firefox153_linux"}

func nameOf(profile string) string {
	if profile == "" {
		return "neutral"
	}
	return profile
}

func soak() bool { return os.Getenv("WIRELIKE_SOAK") == "1" }

// large is the size of the largest bodies.
func large() int64 {
	if soak() {
		return 100_000_000
	}
	return 10_000_000
}

// bounded returns a context that ends before the test binary does, so that what hangs has a name.
func bounded(t *testing.T) context.Context {
	t.Helper()
	limit := time.Minute
	if soak() {
		limit = 10 * time.Minute
	}
	ctx, cancel := context.WithTimeout(t.Context(), limit)
	t.Cleanup(cancel)
	return ctx
}

func newSession(t *testing.T, o *client.Options) *client.Session {
	t.Helper()
	s, err := client.New(o)
	if err != nil {
		t.Fatal(err)
	}
	t.Cleanup(func() { s.Close() })
	return s
}
