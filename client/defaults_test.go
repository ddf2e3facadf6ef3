package client_test

import (
	"bufio"
	"context"
	"io"
	"net"
	"net/http"
	"sync"
	"sync/atomic"
	"testing"
	"testing/synctest"
	"time"

	"github.com/wirelike/wirelike/client"
)

// TestDefaults: what a zero field of a Transport means.
func TestDefaults(t *testing.T) {
	t.Parallel()
	for _, row := range []struct {
		name    string
		tr      *client.Transport
		conns   int32 // of ten requests at once
		seconds int   // until an idle connection is closed; 0: never
	}{
		{"neutral", &client.Transport{}, 10, 90},
		{"browser", &client.Transport{Profile: "chromium156"}, 6, 90},
		{"explicit", &client.Transport{MaxConnsPerHost: 3, IdleTimeout: 7 * time.Second}, 3, 7},
		{"no bounds", &client.Transport{Profile: "chromium156", MaxConnsPerHost: -1, IdleTimeout: -1}, 10, 0},
	} {
		t.Run(row.name, func(t *testing.T) {
			t.Parallel()
			synctest.Test(t, func(t *testing.T) {
				var open, most atomic.Int32
				tr := row.tr
				tr.DialContext = func(context.Context, string, string) (net.Conn, error) {
					if n := open.Add(1); n > most.Load() {
						most.Store(n)
					}
					c, s := net.Pipe()
					go func() {
						defer open.Add(-1)
						defer s.Close()
						br := bufio.NewReader(s)
						for {
							if _, err := http.ReadRequest(br); err != nil {
								return
							}
							time.Sleep(time.Second)
							io.WriteString(s, "HTTP/1.1 204 No Content\r\n\r\n")
						}
					}()
					return c, nil
				}
				var wg sync.WaitGroup
				for range 10 {
					wg.Go(func() {
						r, err := http.NewRequestWithContext(t.Context(), "GET", "http://a.localhost/", nil)
						if err != nil {
							t.Error(err)
							return
						}
						res, err := tr.RoundTrip(r)
						if err != nil {
							t.Error(err)
							return
						}
						res.Body.Close()
					})
				}
				wg.Wait()
				if n := most.Load(); n != row.conns {
					t.Errorf("%d connections, want %d", n, row.conns)
				}
				synctest.Wait()
				if row.seconds > 0 {
					time.Sleep(time.Duration(row.seconds)*time.Second - time.Second - time.Millisecond)
					synctest.Wait()
					if open.Load() == 0 {
						t.Error("closed too early")
					}
					time.Sleep(time.Second + time.Millisecond)
				} else {
					time.Sleep(24 * time.Hour)
				}
				synctest.Wait()
				if closed := open.Load() == 0; closed != (row.seconds > 0) {
					t.Errorf("%d connections are left", open.Load())
				}
				tr.Close()
			})
		})
	}
}
