package golden

import (
	"bytes"
	"cmp"
	"context"
	"errors"
	"fmt"
	"io"
	"net/http"
	"slices"
	"strings"
	"time"

	"github.com/wirelike/wirelike/fpserver"
	"github.com/wirelike/wirelike/profiles"
)

// maxShown is how many mismatches a failure message spells out.
const maxShown = 20

// Verify checks a client against the goldens of a profile: it starts servers, asks build for a client for each
// connection, makes it send requests and fails tb with the fields that differ, first difference first. build gets the
// running server so that the client can trust its CA (srv.CertPool()); the client must open a connection of its own. A client
// that is no [KindRoundTripper] is checked with navigations only; what is left out is told in tb's log.
func Verify(tb fpserver.TB, profile string, build func(srv *fpserver.Server) http.RoundTripper) {
	tb.Helper()
	goldens, err := All(profile)
	if err != nil {
		tb.Fatalf("%v", err)
		return
	}
	var text, skipped strings.Builder
	total := 0
	for _, g := range goldens {
		r, err := g.Run(context.Background(), &transportSubject{build}, nil)
		if err != nil {
			tb.Fatalf("golden: %s, %s over %s: %v", g.Profile, g.Situation, g.Protocol, err)
			return
		}
		if r.Skipped != "" {
			fmt.Fprintf(&skipped, " %s over %s,", g.Situation, g.Protocol)
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
	if skipped.Len() > 0 {
		tb.Logf("golden: %s: not checked, as the client is no golden.KindRoundTripper:%s", profile, strings.TrimSuffix(skipped.String(), ","))
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

// KindRoundTripper is a client that makes requests of every kind. Redirects are not for it to follow.
type KindRoundTripper interface {
	http.RoundTripper
	// RoundTripKind makes the request r, which has method, URL, fields and body of the task's request. The rest of that says
	// which fields of the browser's own it is to have. A WebSocket's answer is that to its handshake; closing its body ends
	// it.
	RoundTripKind(r *http.Request, task TaskRequest) (*http.Response, error)
}

// transportSubject is a round tripper for each task.
type transportSubject struct {
	build func(*fpserver.Server) http.RoundTripper
}

// Do implements [Subject].
func (s *transportSubject) Do(ctx context.Context, t Task) error {
	return s.each(ctx, t, func(rt http.RoundTripper, req *http.Request, _ TaskRequest) (*http.Response, error) {
		return rt.RoundTrip(req)
	})
}

// DoKinds implements [KindSubject].
func (s *transportSubject) DoKinds(ctx context.Context, t Task) error {
	return s.each(ctx, t, func(rt http.RoundTripper, req *http.Request, r TaskRequest) (*http.Response, error) {
		k, ok := rt.(KindRoundTripper)
		if !ok {
			return nil, ErrKinds
		}
		return k.RoundTripKind(req, r)
	})
}

// each makes the requests of a task with a round tripper of its own.
func (s *transportSubject) each(ctx context.Context, t Task, do func(http.RoundTripper, *http.Request, TaskRequest) (*http.Response, error)) error {
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
		req, err := http.NewRequestWithContext(ctx, cmp.Or(r.Method, http.MethodGet), r.URL, bytes.NewReader(r.Body))
		if err != nil {
			return err
		}
		if len(r.Body) == 0 {
			req.Body, req.GetBody = nil, nil
		}
		for _, f := range r.Header {
			req.Header.Add(f.Name, f.Value)
		}
		res, err := do(rt, req, r)
		if err != nil {
			return fmt.Errorf("%s: %w", r.URL, err)
		}
		if r.Kind != profiles.WebSocket {
			_, err = io.Copy(io.Discard, res.Body)
		}
		if err = errors.Join(err, res.Body.Close()); err != nil {
			return fmt.Errorf("%s: reading the response: %w", r.URL, err)
		}
		if !slices.Contains([]int{http.StatusOK, http.StatusFound, http.StatusSwitchingProtocols}, res.StatusCode) {
			return fmt.Errorf("%s: status %d", r.URL, res.StatusCode)
		}
	}
	return nil
}
