package streaming

import (
	"net/http"

	"github.com/onsi/ginkgo/v2"

	"github.com/wirelike/wirelike/fpserver"
	"github.com/wirelike/wirelike/suites/runner"
)

// protocols are those over which a spec is tried.
var protocols = []string{"http/1.1", "h2"}

// handler starts a server for one handler and returns its URL.
func handler(t *runner.Trial, h http.HandlerFunc) string {
	ginkgo.GinkgoHelper()
	return t.Origin(func(s *fpserver.Server) { s.Handler = h }).URL + "/x"
}

// give sends to a channel, or fails the spec when its time is up.
func give[T any](t *runner.Trial, c chan<- T, v T) {
	ginkgo.GinkgoHelper()
	select {
	case c <- v:
	case <-t.Context.Done():
		ginkgo.Fail("nobody took what was sent")
	}
}

// take receives from a channel, or fails the spec when its time is up.
func take[T any](t *runner.Trial, c <-chan T) T {
	ginkgo.GinkgoHelper()
	select {
	case v := <-c:
		return v
	case <-t.Context.Done():
		ginkgo.Fail("nothing came")
		panic("unreachable")
	}
}

// say writes the pieces that come, each at once, until the channel is closed or the client has gone.
func say(w http.ResponseWriter, r *http.Request, pieces <-chan string) {
	for {
		select {
		case piece, ok := <-pieces:
			if !ok {
				return
			}
			w.Write([]byte(piece))
			w.(http.Flusher).Flush()
		case <-r.Context().Done():
			return
		}
	}
}
