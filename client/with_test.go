package client_test

import (
	"fmt"
	"net/http"
	"net/http/httptest"
	"runtime"
	"sync"
	"sync/atomic"
	"testing"

	"github.com/wirelike/wirelike/client"
)

// oneAtATime is a writer that is not for several goroutines.
type oneAtATime struct {
	inside atomic.Bool
	mixed  atomic.Bool
	n      int // the race detector sees it, too
}

func (w *oneAtATime) Write(p []byte) (int, error) {
	if w.inside.Swap(true) {
		w.mixed.Store(true)
	}
	w.n += len(p)
	runtime.Gosched()
	w.inside.Store(false)
	return len(p), nil
}

// TestWithDump: sessions that With has made of one another take turns in writing to their Dump.
func TestWithDump(t *testing.T) {
	t.Parallel()
	srv := httptest.NewServer(http.HandlerFunc(func(http.ResponseWriter, *http.Request) {}))
	defer srv.Close()
	w := &oneAtATime{}
	a := newSession(t, &client.Options{Dump: w})
	b, err := a.With(func(o *client.Options) { o.MaxBody = 1 })
	if err != nil {
		t.Fatal(err)
	}
	c, err := b.With(func(o *client.Options) { o.MaxBody = 2 })
	if err != nil {
		t.Fatal(err)
	}
	var wg sync.WaitGroup
	for _, s := range []*client.Session{a, b, c} {
		wg.Go(func() {
			for range 30 {
				if r, err := s.Get(t.Context(), srv.URL, nil); err != nil {
					t.Error(err)
				} else {
					r.Close()
				}
			}
		})
	}
	wg.Wait()
	if w.mixed.Load() {
		t.Error("two at the same time")
	}
	if w.n == 0 {
		t.Error("nothing was written")
	}
}

// TestWithCookies: where the sessions that With makes keep their cookies.
func TestWithCookies(t *testing.T) {
	t.Parallel()
	jar, other := client.NewJar(nil), client.NewJar(nil)
	with, without := client.Options{Cookies: jar}, client.Options{NoCookies: true}
	for _, row := range []struct {
		name   string
		of     client.Options
		change func(*client.Options)
		want   *client.Jar
		wrong  bool
	}{
		{"shared", with, func(*client.Options) {}, jar, false},
		{"none", with, func(o *client.Options) { o.NoCookies = true }, nil, false},
		{"another jar", with, func(o *client.Options) { o.Cookies = other }, other, false},
		{"another jar and none", with, func(o *client.Options) { o.Cookies, o.NoCookies = other, true }, nil, true},
		{"none before and after", without, func(*client.Options) {}, nil, false},
		{"a jar where there was none", without, func(o *client.Options) { o.Cookies = other }, other, false},
	} {
		t.Run(row.name, func(t *testing.T) {
			t.Parallel()
			s := newSession(t, &row.of)
			n, err := s.With(row.change)
			switch {
			case (err != nil) != row.wrong:
				t.Errorf("%v", err)
			case err == nil && n.Jar() != row.want:
				t.Error(fmt.Sprint("the jar is another: ", n.Jar()))
			}
		})
	}
}
