package golden_test

import (
	"bytes"
	"context"
	"fmt"
	"io"
	"net/http"
	"strings"
	"sync"
	"testing"
	"time"

	"golang.org/x/net/http2"
	"golang.org/x/net/http2/hpack"

	"github.com/wirelike/wirelike/fingerprint"
	"github.com/wirelike/wirelike/fpserver"
	"github.com/wirelike/wirelike/internal/browser"
)

// lateRedirects is how often each browser is redirected.
const lateRedirects = 20

// TestLiveCancels makes each browser follow redirects whose end comes only once it has followed them, or has waited for a
// while, and wants it to reset their streams as its profile says.
func TestLiveCancels(t *testing.T) {
	for _, l := range liveBrowsers(t) {
		t.Run(string(l.kind), func(t *testing.T) {
			t.Parallel()
			l.needLong(t)
			ctx, cancel := context.WithTimeout(t.Context(), 2*time.Minute)
			defer cancel()
			waited, reset := lateEnds(ctx, t, browser.Options{Kind: l.kind, Path: l.path})
			want := 0
			if l.profile.HTTP2.CancelRedirects {
				want = lateRedirects
			}
			t.Logf("%s %s: of %d redirects whose end was late, %d streams were reset, and %d were not followed before it came", l.kind, l.version, lateRedirects, reset, waited)
			if reset != want {
				l.report(t, fmt.Sprintf("%d streams were reset, want %d", reset, want))
			}
		})
	}
}

// lateEnds redirects a fresh browser. It tells how often it waited for the end, and how many streams of redirects it has reset.
func lateEnds(ctx context.Context, t *testing.T, o browser.Options) (waited, reset int) {
	t.Helper()
	var mu sync.Mutex
	arrived := map[string]chan struct{}{}
	arrival := func(name string) chan struct{} {
		mu.Lock()
		defer mu.Unlock()
		if arrived[name] == nil {
			arrived[name] = make(chan struct{})
		}
		return arrived[name]
	}
	srv := fpserver.NewUnstartedServer(t)
	srv.Handler = http.HandlerFunc(func(w http.ResponseWriter, r *http.Request) {
		dir, name, _ := strings.Cut(strings.TrimPrefix(r.URL.Path, "/"), "/")
		switch dir {
		case "late":
			w.Header().Set("Location", "/end/"+name)
			w.WriteHeader(http.StatusFound)
			w.(http.Flusher).Flush()
			select {
			case <-arrival(name):
			case <-time.After(500 * time.Millisecond):
				mu.Lock()
				waited++
				mu.Unlock()
			}
			fmt.Fprint(w, "gone")
		case "end":
			close(arrival(name))
		default:
			w.Header().Set("Content-Type", "text/html")
			fmt.Fprint(w, `<!doctype html><link rel="icon" href="data:,">`)
		}
	})
	if err := srv.Start(); err != nil {
		t.Fatal(err)
	}
	steer(ctx, t, o, srv, func(b *browser.Browser) {
		if err := b.Navigate(ctx, srv.URL+"/start"); err != nil {
			t.Fatal(err)
		}
		for i := range lateRedirects {
			if _, err := b.Evaluate(ctx, fmt.Sprintf(`fetch("/late/%d").then(r => r.text())`, i)); err != nil {
				t.Fatal(err)
			}
		}
	})
	for _, c := range used(srv) {
		reset += resets(&c)
	}
	mu.Lock()
	defer mu.Unlock()
	return waited, reset
}

// resets counts the streams of redirects that a connection has reset.
func resets(c *fingerprint.Capture) (n int) {
	data, ok := bytes.CutPrefix(c.Client, []byte(http2.ClientPreface))
	if !ok {
		return 0
	}
	fr := http2.NewFramer(io.Discard, bytes.NewReader(data))
	fr.ReadMetaHeaders = hpack.NewDecoder(4096, nil)
	late := map[uint32]bool{}
	for {
		f, err := fr.ReadFrame()
		if err != nil {
			return n
		}
		switch f := f.(type) {
		case *http2.MetaHeadersFrame:
			late[f.StreamID] = strings.HasPrefix(f.PseudoValue("path"), "/late/")
		case *http2.RSTStreamFrame:
			if late[f.StreamID] && f.ErrCode == http2.ErrCodeCancel {
				n++
			}
		}
	}
}
