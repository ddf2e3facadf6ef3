package fpserver

import (
	"fmt"
	"io"
	"net/http"
	"strings"
	"testing"
)

// TestRefusals: what net/http refuses is noted, and no answer of a handler is, whatever form it has.
func TestRefusals(t *testing.T) {
	t.Parallel()
	const (
		good = "GET /get HTTP/1.1\r\nHost: x\r\n\r\n"
		bad  = "GET / HTTP/1.1\r\nHost: x\r\nContent-Length: -1\r\n\r\n"
	)
	bare := func(w http.ResponseWriter, status int) {
		h := w.Header()
		h["Date"] = nil
		h.Set("Content-Type", "text/plain; charset=utf-8")
		w.WriteHeader(status)
	}
	s := start(t, func(s *Server) {
		s.NoTLS, s.ErrorLog = true, discard
		s.Handler = http.HandlerFunc(func(w http.ResponseWriter, r *http.Request) {
			switch r.URL.Path {
			case "/flushed":
				bare(w, 404)
				http.NewResponseController(w).Flush()
			case "/hijacked":
				c, _, err := http.NewResponseController(w).Hijack()
				if err != nil {
					t.Error(err)
					return
				}
				fmt.Fprintf(c, "%s404 Not Found%s", statusPrefix, refusal)
				c.Close()
			case "/text":
				io.WriteString(w, "ok")
			case "/ok":
				bare(w, 200)
			default:
				bare(w, 404)
			}
		})
	})
	for i, row := range []struct {
		name, send string
		form       bool // the answer has the form of a refusal
		err        string
	}{
		{"refused", bad, true, "a request was refused: 400 Bad Request"},
		{"refused behind a good one", good + bad, true, "a request was refused: 400 Bad Request"},
		{"a handler without a date", "HEAD /bare HTTP/1.1\r\nHost: x\r\nConnection: close\r\n\r\n", true, ""},
		{"the same, behind a good one", good + "HEAD /bare HTTP/1.1\r\nHost: x\r\nConnection: close\r\n\r\n", true, ""},
		{"the same, within the handler", "HEAD /flushed HTTP/1.1\r\nHost: x\r\nConnection: close\r\n\r\n", true, ""},
		{"the same, 200", "HEAD /ok HTTP/1.1\r\nHost: x\r\nConnection: close\r\n\r\n", true, ""},
		{"a handler that took the connection", "GET /hijacked HTTP/1.1\r\nHost: x\r\n\r\n", true, ""},
		{"a text", "GET /text HTTP/1.1\r\nHost: x\r\nConnection: close\r\n\r\n", true, ""},
		{"a handler as they are", "GET /get HTTP/1.1\r\nHost: x\r\nConnection: close\r\n\r\n", false, ""},
	} {
		c := dialPlain(t, s)
		io.WriteString(c, row.send)
		answer, err := io.ReadAll(c)
		if err != nil {
			t.Errorf("%s: %v", row.name, err)
		}
		if strings.Contains(string(answer), string(refusal)) != row.form {
			t.Errorf("%s: answer %q", row.name, answer)
		}
		c.Close()
		event := conns(t, s, i+1)[i]
		await(t, event)
		if k := event.Capture(); row.err == "" && k.Error != "" || !strings.Contains(k.Error, row.err) {
			t.Errorf("%s: error %q, want %q", row.name, k.Error, row.err)
		}
	}
}
