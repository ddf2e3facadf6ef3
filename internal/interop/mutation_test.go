package interop

import (
	"context"
	"errors"
	"io"
	"maps"
	"net/http"
	"slices"
	"strings"
	"testing"
	"time"

	"github.com/wirelike/wirelike/fingerprint"
	"github.com/wirelike/wirelike/fpserver"
	"github.com/wirelike/wirelike/golden"
	"github.com/wirelike/wirelike/internal/engine"
	"github.com/wirelike/wirelike/internal/plan"
	"github.com/wirelike/wirelike/internal/testnet"
	"github.com/wirelike/wirelike/internal/tlsdial"
	"github.com/wirelike/wirelike/profiles"
)

// TestProfileMutants changes each value and each list of every profile once, lets the client send the profile, and wants
// the check of the golden to name exactly what was changed. What cannot be sent must be refused with an error that names
// it. With WIRELIKE_SOAK=1 all mutants are made, else every third of those that need a ticket.
func TestProfileMutants(t *testing.T) {
	for _, name := range testnet.SomeProfiles(profiles.Names()) {
		t.Run(name, func(t *testing.T) {
			p, err := profiles.Lookup(name)
			if err != nil {
				t.Fatal(err)
			}
			goldens, err := golden.All(name)
			if err != nil {
				t.Fatal(err)
			}
			for _, g := range goldens {
				switch g.Situation {
				case profiles.HRR:
					continue // a rule of the client, of which profiles have no data
				case golden.NoALPN, golden.Page, golden.Plain, golden.Redirect, profiles.ForWebSocket:
					continue // hello and lists of a first visit, and those of TestPageMutants
				}
				s := newSubject(t, p, g)
				s.hellos(t)
				if g.Situation == profiles.First {
					s.requests(t)
				}
				s.score(t)
			}
		})
	}
}

// subject is a profile that is sent to a server, as the golden of one situation wants it.
type subject struct {
	profile  *profiles.Profile
	g        *golden.Golden
	srv      *fpserver.Server
	sessions *tlsdial.SessionCache
	visit    *fingerprint.Fingerprint // what the unchanged profile shows

	total, killed, refused int
	changed                map[string]bool // paths of the mutants
}

func newSubject(t *testing.T, p *profiles.Profile, g *golden.Golden) *subject {
	t.Helper()
	s := &subject{profile: p, g: g, changed: map[string]bool{}}
	var err error
	if g.Situation == profiles.First {
		s.srv = fpserver.NewUnstartedServer(t)
		s.srv.HTTP1Only = g.Protocol == "http/1.1"
		if err := s.srv.Start(); err != nil {
			t.Fatal(err)
		}
		s.visit, err = s.get(t, p)
	} else {
		s.sessions = &tlsdial.SessionCache{}
		s.srv = ticketServer(t, g.Situation)
		s.visit, err = s.hello(t, p.Hello(g.Situation), &p.Vary)
		g.Fingerprint.HTTP1, g.Fingerprint.HTTP2 = nil, nil
	}
	if err != nil {
		t.Fatal(err)
	}
	if list := g.Check(s.visit); len(list) > 0 {
		t.Fatalf("%s over %s: the profile itself does not conform: %+v", g.Situation, g.Protocol, list)
	}
	return s
}

func (s *subject) score(t *testing.T) {
	t.Helper()
	t.Logf("%s over %s: mutants %d, killed %d (%d of them refused by name)", s.g.Situation, s.g.Protocol, s.total, s.killed, s.refused)
	if s.killed != s.total || s.total < 60 && !(s.sessions != nil && !soak()) || s.total < 20 {
		t.Errorf("%s over %s: %d mutants, %d killed", s.g.Situation, s.g.Protocol, s.total, s.killed)
	}
}

// judge counts a mutant: what the server saw, or the error, must name the path.
func (s *subject) judge(t *testing.T, want string, got *fingerprint.Fingerprint, err error) {
	t.Helper()
	s.changed[want] = true
	if s.g.Source(want) == profiles.None {
		return // nobody knows better
	}
	if s.g.Vary.Padded && strings.HasPrefix(want, "tls.extensions.padding") {
		return // it follows from the rest of the hello
	}
	s.total++
	named := map[string]bool{}
	if err != nil {
		for _, path := range refusal(err) {
			// The list of what is refused, or another leaf of the same member of it.
			if path == want || under(want, path) || under(path, want) || path[:strings.LastIndexByte(path, '.')] == want[:strings.LastIndexByte(want, '.')] {
				s.refused++
				s.killed++
				return
			}
		}
		if text := noPath[want]; text != "" && strings.Contains(err.Error(), text) {
			s.refused++
			s.killed++
			return
		}
		t.Errorf("a change of %s is refused without its name: %v", want, err)
		return
	}
	for _, m := range s.g.Check(got) {
		named[m.Path] = true
	}
	for path := range maps.Clone(named) {
		if path != want && s.stands(path, want) {
			named[want] = true
		}
		if path != want && s.follows(path, want) {
			delete(named, path)
		}
	}
	if list := slices.Sorted(maps.Keys(named)); !slices.Equal(list, []string{want}) {
		t.Errorf("%s over %s: a change of %s is named %q", s.g.Situation, s.g.Protocol, want, list)
		return
	}
	s.killed++
}

// noPath are the refusals without a path, of package h2: their texts say what is wrong.
var noPath = map[string]string{
	"http2.opening[0].type": "the opening does not start with SETTINGS",
	"http2.opening[0]":      "the opening does not start with SETTINGS",
}

// refusal returns the paths that an error of the client names.
func refusal(err error) (paths []string) {
	if u := (*tlsdial.UnsupportedError)(nil); errors.As(err, &u) {
		paths = append(paths, u.Path)
	}
	if f := (*plan.FieldError)(nil); errors.As(err, &f) {
		for _, list := range []string{"http1.requests[0].fields", "http2.requests[0].fields"} {
			paths = append(paths, list+"["+strings.ToLower(f.Name)+"]")
		}
	}
	return paths
}

// hellos sends changed hellos, of which the server sees the first flight only.
func (s *subject) hellos(t *testing.T) {
	model := s.profile.Hello(s.g.Situation)
	f := &fingerprint.Fingerprint{TLS: model}
	n := 0
	mutate(f, func(want string) {
		if s.varies(want) {
			return
		}
		if n++; s.sessions != nil && !soak() && n%3 != 0 {
			return
		}
		got, err := s.hello(t, model, &s.profile.Vary)
		s.judge(t, want, got, err)
	})
	for path := range byPath(f) {
		grease := strings.HasPrefix(path, "tls.extensions.grease") // without one, the next has its name
		if !s.done(path) && !s.varies(path) && !grease && (s.sessions == nil || soak()) {
			t.Errorf("%s: no mutant changes %s", s.g.Situation, path)
		}
	}
	for i, o := range s.profile.Vary.OneOf {
		if strings.HasPrefix(o.Path, "tls.") {
			v := s.profile.Vary
			v.OneOf = slices.Clone(v.OneOf)
			v.OneOf[i].Values = []string{"333"}
			got, err := s.hello(t, model, &v)
			s.judge(t, o.Path, got, err)
		}
	}
}

// done tells whether a mutant changed the leaf, or took away what it belongs to.
func (s *subject) done(path string) bool {
	for want := range s.changed {
		if path == want || under(path, want) {
			return true
		}
	}
	return false
}

// varies tells whether the value of the path does not matter, because Vary has others, which are changed apart, or because
// it is a length of the ticket, which is the server's.
func (s *subject) varies(path string) bool {
	ticket := strings.HasPrefix(path, "tls.extensions.pre_shared_key.") || s.g.Situation == profiles.Resumed12 && path == "tls.extensions.session_ticket.length"
	return ticket && s.sessions != nil || path == "tls.extensions.order" && s.profile.Vary.Permute != nil ||
		slices.ContainsFunc(s.profile.Vary.OneOf, func(o fingerprint.OneOf) bool { return o.Path == path })
}

// hello sends a hello and returns what the server would see, with the requests of the unchanged profile.
func (s *subject) hello(t *testing.T, h *fingerprint.ClientHello, v *fingerprint.Vary) (*fingerprint.Fingerprint, error) {
	t.Helper()
	cfg := &tlsdial.Config{Hello: h, Vary: v, TLS: s.profile.TLS, Sessions: s.sessions}
	if s.sessions != nil {
		s.supply(t)
		cfg.Hello = s.profile.First.TLS
		switch s.g.Situation {
		case profiles.Resumed:
			cfg.Resumed = h
		case profiles.Resumed12:
			cfg.Resumed12 = h
		}
	}
	c := &testnet.Mute{}
	_, err := tlsdial.Client(t.Context(), c, "localhost", cfg)
	if len(c.Sent) == 0 {
		return nil, err
	}
	got := &fingerprint.Fingerprint{}
	if got.TLS, err = fingerprint.ParseClientHello(c.Sent[5 : 5+int(c.Sent[3])<<8+int(c.Sent[4])]); err != nil {
		return nil, err
	}
	got.TLS.RecordVersion = fingerprint.ID(c.Sent[1])<<8 | fingerprint.ID(c.Sent[2])
	if s.visit != nil {
		got.HTTP1, got.HTTP2 = s.visit.HTTP1, s.visit.HTTP2
	}
	return got, nil
}

// requests sends changed openings, requests and header lists.
func (s *subject) requests(t *testing.T) {
	p := *s.profile
	p.First.TLS = s.profile.First.TLS
	set := s.profile.Headers[profiles.Navigate]
	f := &fingerprint.Fingerprint{}
	if s.g.Protocol == "h2" {
		f.HTTP2 = s.profile.First.Clone().HTTP2
		r := &f.HTTP2.Requests[0]
		r.Fields = slices.DeleteFunc(slices.Clone(set.H2), func(f fingerprint.Field) bool { return f.Value == "" || f.Name == "*" })
		if set.Priority != nil {
			priority := *set.Priority
			r.Priority = &priority
		}
		p.First.HTTP2 = f.HTTP2
	} else {
		list := slices.DeleteFunc(slices.Clone(set.H1), func(f fingerprint.Field) bool { return f.Value == "" || f.Name == "*" })
		f.HTTP1 = &fingerprint.HTTP1{Requests: []fingerprint.Head{{Fields: list}}}
	}
	mutate(f, func(want string) {
		changed := set
		if f.HTTP1 != nil && len(f.HTTP1.Requests) > 0 {
			changed.H1 = f.HTTP1.Requests[0].Fields
		} else if f.HTTP2 != nil && len(f.HTTP2.Requests) > 0 {
			changed.H2, changed.Priority = f.HTTP2.Requests[0].Fields, f.HTTP2.Requests[0].Priority
		}
		if f.HTTP2 != nil && strings.HasSuffix(want, ".name") {
			return // only the case: over HTTP/2 the client writes all names in lower case
		}
		if fixed(want) || s.varies(want) || f.HTTP2 != nil && (len(f.HTTP2.Requests) == 0 || !pseudoFirst(changed.H2)) || f.HTTP1 != nil && len(f.HTTP1.Requests) == 0 {
			return
		}
		p.Headers = map[profiles.Kind]profiles.HeaderSet{profiles.Navigate: changed}
		got, err := s.get(t, &p)
		s.judge(t, want, got, err)
	})
	for path := range byPath(f) {
		if !s.done(path) && !s.varies(path) && !fixed(path) && !strings.HasSuffix(path, ".name") {
			t.Errorf("%s: no mutant changes %s", s.g.Protocol, path)
		}
	}
}

// pseudoFirst tells whether a header list has all pseudo-header fields, and these in front: the client sends no other.
func pseudoFirst(list []fingerprint.Field) bool {
	n := slices.IndexFunc(list, func(f fingerprint.Field) bool { return !strings.HasPrefix(f.Name, ":") })
	return n == 4 && !slices.ContainsFunc(list[n:], func(f fingerprint.Field) bool { return strings.HasPrefix(f.Name, ":") })
}

// fixed tells of a path in the model of requests that the client does not take from there.
func fixed(path string) bool {
	for suffix := range map[string]string{
		".form":               "it follows from the value by the engine's policy",
		".end_stream":         "it follows from the method and the body",
		".padding":            "no engine pads",
		".continuations":      "it follows from the length of the header block",
		".method":             "it is the request's",
		".target":             "it is the request's",
		".version":            "it is the protocol's",
		"[:method].value":     "it is the request's",
		"[:authority].value":  "it is the request's",
		"[:scheme].value":     "it is the request's",
		"[:path].value":       "it is the request's",
		"[host].value":        "it is the request's",
		"[host]":              "a request has it in any case",
		".after[0].stream":    "it is that of the request",
		".table_size_updates": "it answers the server's SETTINGS or the engine's own habit",
	} {
		if strings.HasSuffix(path, suffix) || strings.Contains(path, suffix+"[") {
			return true
		}
	}
	return false
}

// get makes a navigation with a profile and returns what the server saw.
func (s *subject) get(t *testing.T, p *profiles.Profile) (*fingerprint.Fingerprint, error) {
	t.Helper()
	e := engine.New(&engine.Config{Profile: p, RootCAs: s.srv.CertPool()})
	defer e.Close()
	set := p.Headers[profiles.Navigate]
	ctx, cancel := context.WithTimeout(plan.With(t.Context(), &plan.Plan{Kind: "navigate", H1: set.H1, H2: set.H2, Priority: set.Priority}), 20*time.Second)
	defer cancel()
	before := len(s.srv.Conns())
	err := fetch(ctx, e, s.srv.URL+"/get")
	conns := s.srv.Conns()
	if len(conns) == before {
		return nil, err
	}
	got, broken := conns[len(conns)-1].Fingerprint()
	if got.HTTP1 == nil && (got.HTTP2 == nil || len(got.HTTP2.Opening) == 0) {
		return nil, errors.Join(err, broken)
	}
	return got, nil // the server may have hung up on it: it was seen nevertheless
}

func fetch(ctx context.Context, e *engine.Engine, url string) error {
	r, err := http.NewRequestWithContext(ctx, "GET", url, nil)
	if err != nil {
		return err
	}
	res, err := e.RoundTrip(r)
	if err != nil {
		return err
	}
	_, err = io.Copy(io.Discard, res.Body)
	return errors.Join(err, res.Body.Close())
}
