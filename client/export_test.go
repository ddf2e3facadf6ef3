package client

import (
	"net/http"

	"github.com/wirelike/wirelike/internal/plan"
	"github.com/wirelike/wirelike/profiles"
)

// Ancestry returns a kind with all its parents.
func Ancestry(k *Kind) []*Kind {
	list := []*Kind{k}
	for _, p := range k.parents {
		list = append(list, Ancestry(p)...)
	}
	return list
}

// Hop is a request that was answered by a redirect.
type Hop = plan.Hop

// UseProfile makes p the profile of a transport that has not been used, in place of one by name.
func (t *Transport) UseProfile(p *profiles.Profile) {
	t.once.Do(func() {
		t.profile = p
		t.err = t.start()
	})
}

// Play makes the session's requests be sent as p says, nil for as ever.
func (s *Session) Play(p *Part) {
	if s.next = s.transport; p != nil {
		s.next = &played{s.transport, p}
	}
}

// Part is how a request is sent.
type Part struct {
	// Via are redirects that have led to it.
	Via []Hop
	// Onto is the host and port whose connection it takes, in place of its own.
	Onto string
}

type played struct {
	next http.RoundTripper
	part *Part
}

func (d *played) RoundTrip(r *http.Request) (*http.Response, error) {
	p := *plan.From(r.Context())
	p.Via = d.part.Via
	r = r.WithContext(plan.With(r.Context(), &p))
	if d.part.Onto == "" {
		return d.next.RoundTrip(r)
	}
	if p.Initiator != nil {
		r = tell(r, &p)
	}
	q := *plan.From(r.Context())
	q.Initiator = nil
	u := *r.URL
	r = r.WithContext(plan.With(r.Context(), &q))
	r.Host, r.URL, u.Host = u.Host, &u, d.part.Onto
	return d.next.RoundTrip(r)
}

var NextURL = nextURL
