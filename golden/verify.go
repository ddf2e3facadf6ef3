package golden

import (
	"context"
	"errors"
	"fmt"
	"io"
	"net/http"
	"strings"
	"time"

	"github.com/wirelike/wirelike/fpserver"
)

// maxShown is how many mismatches a failure message spells out.
const maxShown = 20

// Verify checks a client against the goldens of a profile: it starts servers, asks build for a client for each
// connection, makes it send requests and fails tb with the fields that differ, first difference first. build gets the
// running server so that the client can trust its CA (srv.CertPool()); the client must open a connection of its own.
func Verify(tb fpserver.TB, profile string, build func(srv *fpserver.Server) http.RoundTripper) {
	tb.Helper()
	goldens, err := All(profile)
	if err != nil {
		tb.Fatalf("%v", err)
		return
	}
	var text strings.Builder
	total := 0
	for _, g := range goldens {
		s := &transportSubject{build: build}
		r, err := g.Run(context.Background(), s, nil)
		if err != nil {
			tb.Fatalf("golden: %s, %s over %s: %v", g.Profile, g.Situation, g.Protocol, err)
			return
		}
		list := r.Group()
		if len(list) > 0 && total < maxShown {
			fmt.Fprintf(&text, "\n%s, %s over %s: %d differences", g.Profile, g.Situation, g.Protocol, len(list))
		}
		for _, m := range list {
			if total++; total <= maxShown {
				fmt.Fprintf(&text, "\n\t%s", m)
			}
		}
	}
	if total > maxShown {
		fmt.Fprintf(&text, "\n\t… and %d more", total-maxShown)
	}
	if total > 0 {
		tb.Fatalf("golden: the client is not %s on the wire:%s", profile, text.String())
	}
}

// taskTimeout bounds the requests of one connection, so that a client that hangs is named.
const taskTimeout = 30 * time.Second

// transportSubject makes a Subject of a builder of round trippers.
type transportSubject struct {
	build func(*fpserver.Server) http.RoundTripper
}

// Do implements [Subject].
func (s *transportSubject) Do(ctx context.Context, t Task) error {
	rt := s.build(t.server)
	if rt == nil {
		return errors.New("the builder returned nil")
	}
	if c, ok := rt.(interface{ CloseIdleConnections() }); ok {
		defer c.CloseIdleConnections()
	}
	ctx, cancel := context.WithTimeout(ctx, taskTimeout)
	defer cancel()
	for _, r := range t.Requests {
		req, err := http.NewRequestWithContext(ctx, http.MethodGet, r.URL, nil)
		if err != nil {
			return err
		}
		res, err := rt.RoundTrip(req)
		if err != nil {
			return fmt.Errorf("%s: %w", r.URL, err)
		}
		_, err = io.Copy(io.Discard, res.Body)
		if err = errors.Join(err, res.Body.Close()); err != nil {
			return fmt.Errorf("%s: reading the response: %w", r.URL, err)
		}
		if res.StatusCode != http.StatusOK {
			return fmt.Errorf("%s: status %d", r.URL, res.StatusCode)
		}
	}
	return nil
}
