package retry

import (
	"io"
	"net/http"
	"strings"
	"sync"
	"time"

	"github.com/wirelike/wirelike/fpserver"
	"github.com/wirelike/wirelike/suites/runner"
	"github.com/wirelike/wirelike/suites/subject"
)

// seen is a server that keeps what comes.
type seen struct {
	url string

	mu     sync.Mutex
	times  []time.Time
	bodies []string
	heads  []http.Header
}

// server starts a server that answers the n-th request, from 1, as the function says.
func server(t *runner.Trial, answer func(w http.ResponseWriter, n int)) *seen {
	s := &seen{}
	s.url = t.Origin(func(f *fpserver.Server) {
		f.Handler = http.HandlerFunc(func(w http.ResponseWriter, r *http.Request) {
			body, _ := io.ReadAll(r.Body)
			s.mu.Lock()
			s.times, s.bodies, s.heads = append(s.times, time.Now()), append(s.bodies, string(body)), append(s.heads, r.Header)
			n := len(s.times)
			s.mu.Unlock()
			answer(w, n)
		})
	}).URL + "/x"
	return s
}

// failing starts a server whose first n answers have the status.
func failing(t *runner.Trial, n, status int) *seen {
	return server(t, func(w http.ResponseWriter, i int) {
		if i <= n {
			w.WriteHeader(status)
		}
	})
}

// count returns how many requests have come.
func (s *seen) count() int {
	s.mu.Lock()
	defer s.mu.Unlock()
	return len(s.times)
}

// gaps returns the times between the requests.
func (s *seen) gaps() (all []time.Duration) {
	s.mu.Lock()
	defer s.mu.Unlock()
	for i := 1; i < len(s.times); i++ {
		all = append(all, s.times[i].Sub(s.times[i-1]))
	}
	return all
}

// breaking starts a peer that ends the first n connections, each after a request, without an answer, and answers behind them. It
// returns what was read.
func breaking(t *runner.Trial, n int) (url string, requests func() []string) {
	var mu sync.Mutex
	var all []string
	url = t.Peer(func(p *runner.Peer) {
		head := p.Head()
		if strings.Contains(strings.ToLower(head), "content-length: 7\r\n") {
			b := make([]byte, 7)
			io.ReadFull(p.R, b)
			head += string(b)
		}
		mu.Lock()
		all = append(all, head)
		last := len(all) > n
		mu.Unlock()
		if last {
			p.Say("HTTP/1.1 204 No Content\r\nConnection: close\r\n\r\n")
		}
	})
	return url, func() []string {
		mu.Lock()
		defer mu.Unlock()
		return append([]string{}, all...)
	}
}

// retrying returns a client that makes so many retries at once.
func retrying(t *runner.Trial, r subject.Retry) *runner.Client {
	return t.Client(subject.Config{Retry: r})
}
