package client_test

import (
	"context"
	"errors"
	"fmt"
	"io"
	"net"
	"net/http"
	"sync"
	"sync/atomic"
	"testing"
	"testing/synctest"

	"github.com/wirelike/wirelike/client"
	"github.com/wirelike/wirelike/internal/testnet"
)

// TestMaxIdle: of the idle connections to many origins the one that has been idle longest is closed.
func TestMaxIdle(t *testing.T) {
	t.Parallel()
	const answer = "HTTP/1.1 200 OK\r\nContent-Length: 2\r\n\r\nok"
	tr := &client.Transport{MaxIdle: 1}
	t.Cleanup(func() { tr.Close() })
	s := newSession(t, &client.Options{Transport: tr})
	ended := make(chan int, 2)
	var urls []string
	for i := range 2 {
		urls = append(urls, testnet.ServeBytes(t, nil, func(p *testnet.Peer) {
			for p.Head() != "" {
				p.Send(answer)
			}
			ended <- i
		}).URL)
	}
	for i, url := range urls {
		r, err := s.Get(t.Context(), url, nil)
		if err != nil {
			t.Fatal(err)
		}
		if _, err := r.Bytes(); err != nil {
			t.Fatal(err)
		}
		if i == 1 {
			if n := <-ended; n != 0 {
				t.Errorf("connection %d was closed, want that of the first origin", n)
			}
		}
	}
	if n := len(ended); n != 0 {
		t.Error("both connections were closed")
	}
}

// farewell tells when it is closed.
type farewell struct {
	net.Conn
	once sync.Once
	gone chan<- struct{}
}

func (f *farewell) Close() error {
	f.once.Do(func() { f.gone <- struct{}{} })
	return f.Conn.Close()
}

// TestCloseHTTP2: a request with Close ends its connection: others that run on it are finished, none is added.
func TestCloseHTTP2(t *testing.T) {
	t.Parallel()
	release := make(chan struct{})
	s := newServer(t, true, func(w http.ResponseWriter, r *http.Request) {
		if r.URL.Path == "/slow" {
			w.(http.Flusher).Flush()
			<-release
		}
		io.WriteString(w, r.RemoteAddr)
	})
	gone := make(chan struct{}, 8)
	dial := func(ctx context.Context, network, addr string) (net.Conn, error) {
		c, err := (&net.Dialer{}).DialContext(ctx, network, addr)
		return &farewell{Conn: c, gone: gone}, err
	}
	for _, profile := range profilesInUse {
		tr := &client.Transport{Profile: profile, RootCAs: s.ca.Pool(), DialContext: dial}
		send := func(path string, last bool) *http.Response {
			t.Helper()
			r, err := http.NewRequestWithContext(t.Context(), "GET", s.url+path, nil)
			if err != nil {
				t.Fatal(err)
			}
			r.Close = last
			res, err := tr.RoundTrip(r)
			if err != nil {
				t.Fatal(err)
			}
			return res
		}
		read := func(res *http.Response) string {
			t.Helper()
			b, err := io.ReadAll(res.Body)
			res.Body.Close()
			if err != nil {
				t.Fatal(err)
			}
			return string(b)
		}
		slow := send("/slow", false)
		first := read(send("/", true))
		second := read(send("/", false))
		select {
		case <-gone:
			t.Errorf("profile %q: closed under a request", profile)
		default:
		}
		release <- struct{}{}
		if at := read(slow); at != first || second == first {
			t.Errorf("profile %q: requests went over %s, %s (Close), %s", profile, at, first, second)
		}
		<-gone // of the first connection: the second one is idle and stays
		if at := read(send("/", false)); at != second {
			t.Errorf("profile %q: the second connection was closed", profile)
		}
		tr.Close()
		<-gone
	}
}

// TestMaxConns: how many connections there are, to all origins together, for requests to very many.
func TestMaxConns(t *testing.T) {
	t.Parallel()
	const origins = 300
	for _, row := range []struct {
		name string
		tr   *client.Transport
		want int
	}{
		{"neutral", &client.Transport{}, origins},
		{"browser", &client.Transport{Profile: "chromium156"}, client.DefaultMaxConns},
		{"explicit", &client.Transport{MaxConns: 3}, 3},
		{"browser, explicit", &client.Transport{Profile: "firefox153_linux", MaxConns: 5}, 5},
		{"no bound", &client.Transport{Profile: "chromium156", MaxConns: -1}, origins},
	} {
		t.Run(row.name, func(t *testing.T) {
			t.Parallel()
			synctest.Test(t, func(t *testing.T) {
				var dials atomic.Int32
				row.tr.DialContext = func(ctx context.Context, _, _ string) (net.Conn, error) {
					dials.Add(1)
					<-ctx.Done()
					return nil, ctx.Err()
				}
				row.tr.ConnectTimeout = -1
				ctx, cancel := context.WithCancel(t.Context())
				var wg sync.WaitGroup
				for i := range origins {
					wg.Go(func() {
						r, err := http.NewRequestWithContext(ctx, "GET", fmt.Sprintf("http://o%d.localhost/", i), nil)
						if err != nil {
							t.Error(err)
							return
						}
						if _, err := row.tr.RoundTrip(r); !errors.Is(err, context.Canceled) {
							t.Error(err)
						}
					})
				}
				synctest.Wait()
				if n := int(dials.Load()); n != row.want {
					t.Errorf("%d connections, want %d", n, row.want)
				}
				cancel()
				wg.Wait()
				row.tr.Close()
			})
		})
	}
	if _, err := client.New(&client.Options{Transport: &client.Transport{}, MaxConns: 1}); err == nil {
		t.Error("MaxConns beside a Transport is accepted")
	}
}
