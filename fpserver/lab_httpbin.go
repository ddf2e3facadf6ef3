package fpserver

import (
	"net/http"
	"sync"
	"time"

	"github.com/mccutchen/go-httpbin/v2/httpbin"
)

// httpbinHandler is shared by all servers: it remembers nothing. Like /redirect-lab it leads nobody away from the machine.
var httpbinHandler = sync.OnceValue(func() http.Handler {
	return httpbin.New(
		httpbin.WithPrefix("/httpbin"),
		httpbin.WithMaxBodySize(maxLabBody),
		httpbin.WithMaxDuration(10*time.Second),
		httpbin.WithAllowedRedirectDomains([]string{"localhost", "127.0.0.1", "::1"}),
	)
})

// httpbin serves the endpoints of github.com/mccutchen/go-httpbin.
func (s *Server) httpbin(w http.ResponseWriter, r *http.Request) {
	if r.ContentLength != 0 {
		r.Body = &pacedBody{r.Body, http.NewResponseController(w), s.limits.stall}
	}
	httpbinHandler().ServeHTTP(w, r)
}
