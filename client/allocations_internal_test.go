package client

import (
	"io"
	"net/http"
	"net/url"
	"testing"
	"time"

	"github.com/wirelike/wirelike/internal/engine"
	"github.com/wirelike/wirelike/internal/plan"
)

// TestSessionAllocations counts what a session with cookies and redirects adds to the transport, which answers at once here: a
// change of these numbers is one of every request. `make bench BENCH='cookies|redirect'` compares the whole with net/http's.
func TestSessionAllocations(t *testing.T) { // alone: allocations are counted for the whole process
	if testing.CoverMode() != "" {
		t.Skip("coverage counts differ")
	}
	for _, row := range []struct {
		name, reason, path string
		cookies            int // that the jar has before
		want               float64
	}{
		{"plain", "neither cookies nor redirects", "/plain", 0, 20},
		{"sent", "the field Cookie: its string, and what http.Header wants for it", "/plain", 3, 23},
		{"set", "the list of Set-Cookie lines, another field in http.Header; a cookie that is there already takes no memory", "/set", 3, 25},
		{"redirect", "two requests, the URL that is resolved, the history", "/redirect", 3, 52},
	} {
		s := answeredSession(t)
		u, err := url.Parse("https://www.example.org/")
		if err != nil {
			t.Fatal(err)
		}
		for i := range row.cookies {
			s.jar.Store(u, []string{string(rune('a'+i)) + "=0123456789abcdef; Path=/; Secure"})
		}
		n := testing.AllocsPerRun(200, func() {
			res, err := s.Get(t.Context(), "https://www.example.org"+row.path, nil)
			if err != nil || res.StatusCode != http.StatusOK {
				t.Fatalf("%v, %v", res, err)
			}
			if _, err := io.Copy(io.Discard, res.Body); err != nil {
				t.Fatal(err)
			}
		})
		if n != row.want {
			t.Errorf("%s (%s): %v allocations, want %v", row.name, row.reason, n, row.want)
		}
	}
}

// answeredSession returns a session whose requests are answered without a network.
func answeredSession(t *testing.T) *Session {
	s, err := New(&Options{Profile: "chromium156", Timeouts: Timeouts{Headers: -1, Stall: -1}})
	if err != nil {
		t.Fatal(err)
	}
	t.Cleanup(func() { s.Close() })
	s.next = answers{
		"/plain":    {Fields: []Field{{Name: "Content-Type", Value: "text/plain"}}, Status: 200},
		"/set":      {Fields: []Field{{Name: "Set-Cookie", Value: "a=fedcba9876543210; Path=/; Max-Age=3600"}}, Status: 200},
		"/redirect": {Fields: []Field{{Name: "Location", Value: "/plain"}}, Status: 302},
	}
	return s
}

// answers has the responses of paths. They are shared, so that they are not counted.
type answers map[string]*plan.Response

func (c answers) RoundTrip(r *http.Request) (*http.Response, error) {
	x := &engine.Response{Response: *c[r.URL.Path], Conn: &engine.Conn{}, Started: time.Time{}}
	x.Proto, x.Body = "HTTP/2.0", http.NoBody
	return httpResponse(r, x, true), nil
}
