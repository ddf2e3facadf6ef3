package client_test

import (
	"context"
	"errors"
	"fmt"
	"io"
	"log"
	"math/rand/v2"
	"net/http"
	"net/http/httptest"
	"os"
	"strconv"
	"strings"
	"sync"
	"testing"
	"time"

	"github.com/wirelike/wirelike/client"
	"github.com/wirelike/wirelike/internal/h2"
	"github.com/wirelike/wirelike/internal/testnet"
)

// storm is a test of many requests at once, of which most go wrong in some way.
type storm struct {
	t   *testing.T
	s   *client.Session
	url string

	mu    sync.Mutex
	count map[string]int
}

// stormHandler does what the path says: "/whole/500" is a body of that many bytes.
func stormHandler(w http.ResponseWriter, r *http.Request) {
	words := strings.Split(r.URL.Path, "/")
	size, _ := strconv.Atoi(words[2])
	switch words[1] {
	case "whole":
		io.Copy(io.Discard, r.Body)
		w.Write(stormBody(size))
	case "slow":
		for b := stormBody(size); len(b) > 0; {
			n := min(len(b), 1000)
			w.Write(b[:n])
			w.(http.Flusher).Flush()
			b = b[n:]
		}
	case "early": // does not read the body
		w.WriteHeader(http.StatusRequestEntityTooLarge)
		w.Write(stormBody(size))
	case "reset":
		w.Header().Set("Content-Length", strconv.Itoa(size+1))
		w.Write(stormBody(size))
		w.(http.Flusher).Flush()
		panic(http.ErrAbortHandler)
	case "last": // GOAWAY on HTTP/2
		w.Header().Set("Connection", "close")
		w.Write(stormBody(size))
	case "silent":
		io.Copy(io.Discard, r.Body) // else the server does not see that the client has gone
		<-r.Context().Done()
	}
}

func stormBody(n int) []byte {
	b := make([]byte, n)
	for i := range b {
		b[i] = byte(i * 7 % 251)
	}
	return b
}

// TestStorm: 64 goroutines with random cancels, resets, slow bodies and early answers. Each outcome is one of those that
// the server or the caller asked for, bodies are whole or end with an error, and no goroutine or descriptor is left. With
// WIRELIKE_SOAK=1 there are 10,000 requests over each protocol.
func TestStorm(t *testing.T) {
	const workers, limit = 64, 2 * time.Minute
	requests := 320
	if os.Getenv("WIRELIKE_SOAK") == "1" {
		requests = 10_000
	}
	for _, http2 := range []bool{false, true} {
		t.Run(fmt.Sprintf("HTTP2 %v", http2), func(t *testing.T) {
			testnet.LeakCheck(t)
			x := &storm{t: t, count: map[string]int{}}
			if http2 {
				server := newServer(t, true, stormHandler)
				x.url, x.s = server.url, server.session(t, "chromium156")
			} else { // in clear text: most requests cost the connection, and handshakes are not what is tried here
				server := httptest.NewUnstartedServer(http.HandlerFunc(stormHandler))
				server.Config.ErrorLog = log.New(io.Discard, "", 0)
				server.Start()
				t.Cleanup(server.Close)
				x.url, x.s = server.URL, newSession(t, &client.Options{MaxConnsPerHost: 32})
			}
			ctx, cancel := context.WithTimeout(t.Context(), limit)
			defer cancel()
			var wg sync.WaitGroup
			for i := range workers {
				wg.Go(func() {
					r := rand.New(rand.NewPCG(uint64(i), 1<<33))
					for range (requests + workers - 1) / workers {
						x.request(ctx, r)
					}
				})
			}
			wg.Wait()
			for _, want := range []string{"whole", "refused early", "canceled", "closed", "cut"} {
				if x.count[want] == 0 {
					t.Errorf("not one request was %s", want)
				}
			}
			t.Log(x.count)
		})
	}
}

// request makes one request and counts what became of it.
func (x *storm) request(ctx context.Context, r *rand.Rand) {
	ctx, cancel := context.WithCancel(ctx)
	defer cancel()
	kinds := []string{"whole", "whole", "whole", "slow", "early", "reset", "silent"}
	kind, size := kinds[r.IntN(len(kinds))], r.IntN(40_000)
	if r.IntN(64) == 0 {
		kind = "last"
	}
	call, method := &client.Call{}, "GET"
	if n := r.IntN(60_000); n%3 == 0 {
		method, call.Bytes = "POST", make([]byte, n+1)
	}
	give := r.IntN(4) // 0: cancel at some time, 1: close within the body, else read it all
	if give == 0 || kind == "silent" {
		time.AfterFunc(time.Duration(r.IntN(4000))*time.Microsecond, cancel)
	}
	what := x.exchange(ctx, method, kind, size, call, give == 1)
	x.mu.Lock()
	x.count[what]++
	x.mu.Unlock()
}

func (x *storm) exchange(ctx context.Context, method, kind string, size int, call *client.Call, early bool) string {
	res, err := x.s.Do(ctx, method, fmt.Sprintf("%s/%s/%d", x.url, kind, size), call)
	if err != nil {
		return x.verdict(ctx, kind, method, err)
	}
	defer res.Close()
	want, part := string(stormBody(size)), size
	if early {
		part = size / 2
	}
	b, err := io.ReadAll(io.LimitReader(res.Body, int64(part)))
	if got := string(b); !strings.HasPrefix(want, got) {
		x.t.Errorf("%s: wrong bytes", kind)
	}
	switch {
	case err != nil:
		return x.verdict(ctx, kind, method, err)
	case early:
		return "closed"
	}
	n, err := io.Copy(io.Discard, res.Body)
	switch {
	case err != nil:
		return x.verdict(ctx, kind, method, err)
	case n > 0 || len(b) != size || kind == "reset":
		x.t.Errorf("%s: %d bytes of %d and no error", kind, int64(len(b))+n, size)
	}
	if res.StatusCode == http.StatusRequestEntityTooLarge {
		return "refused early"
	}
	return "whole"
}

// verdict names an error that was asked for; anything else is a failure of the test.
func (x *storm) verdict(ctx context.Context, kind, method string, err error) string {
	var typed *client.Error
	switch {
	case !errors.As(err, &typed):
	case errors.Is(err, client.ErrCanceled) && errors.Is(err, context.Canceled) && errors.Is(ctx.Err(), context.Canceled):
		return "canceled"
	case errors.Is(err, client.ErrHTTP2) && errors.Is(err, h2.ErrUnprocessed):
		return "sent away" // by three connections in a row
	case kind == "reset" && (errors.Is(err, client.ErrIncompleteRead) || errors.Is(err, client.ErrHTTP2Stream) || errors.Is(err, client.ErrTransfer)):
		return "cut"
	case method == "POST" && (kind == "early" || kind == "last" || kind == "slow") && errors.Is(err, client.ErrTransfer):
		// The server answers, does not read the body, and closes the connection: a reset may overtake the answer.
		return "lost with its body"
	}
	x.t.Errorf("%s %s: unexpected error: %v", method, kind, err)
	return "unexpected"
}
