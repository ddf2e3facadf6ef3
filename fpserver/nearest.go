package fpserver

import (
	"cmp"
	"encoding/json"
	"slices"
	"strings"
	"sync"

	"github.com/wirelike/wirelike/fingerprint"
	"github.com/wirelike/wirelike/profiles"
)

// ReportProfile is the browser profile that a connection resembles most: that with the fewest Mismatches; of several, as
// systems and versions of a browser often have equal hellos, that with the fewest RequestMismatches; of those the first by
// name.
type ReportProfile struct {
	Name string `json:"name"`
	// Mismatches counts the differences between the profile's hello and HTTP/2 opening and the client's: 0 for a client
	// that cannot be told from that browser by them. Profiles describe the first visit: a resumption has some.
	Mismatches int `json:"mismatches"`
	// RequestMismatches counts the differences between the connection's first request and what the profile sends of the
	// kind that is most like it: fields and their values, their order, and the HTTP/2 priority.
	RequestMismatches int `json:"request_mismatches"`
}

const (
	// maxGreeting is how many leaves hello and opening may have for a profile to be looked for; browsers have about 130.
	maxGreeting = 1000
	// maxGreetingFrames is the same for the frames of the opening, to know of a flood without taking it apart.
	maxGreetingFrames = 64
)

// greetingClass is a set of profiles that greet alike: with the same hello and HTTP/2 opening.
type greetingClass struct {
	want    *fingerprint.Fingerprint
	vary    *fingerprint.Vary
	members []*profiles.Profile // sorted by name
	// suitesVary says that vary allows for other cipher suites, too.
	suitesVary bool
}

// greetingClasses sorts the embedded profiles by how they greet, so that each greeting is compared once. It parses all of
// them, with the first report of the process.
var greetingClasses = sync.OnceValue(func() []*greetingClass {
	var out []*greetingClass
	known := map[string]*greetingClass{}
	for _, name := range profiles.Names() {
		p, err := profiles.Lookup(name)
		if err != nil {
			continue // the tests of package profiles tell
		}
		x := &greetingClass{want: greeting(&p.First), vary: greetingVary(&p.Vary)}
		x.suitesVary = slices.ContainsFunc(x.vary.OneOf, func(o fingerprint.OneOf) bool { return strings.HasPrefix(o.Path, "tls.cipher_suites") })
		key, err := json.Marshal([]any{inOrder(x.want, x.vary), x.vary})
		if err != nil {
			continue
		}
		if same := known[string(key)]; same != nil {
			x = same
		} else {
			known[string(key)] = x
			out = append(out, x)
		}
		x.members = append(x.members, p)
	}
	return out
})

// nearest finds the profile that a connection resembles most, see [ReportProfile]. Nil without a hello, and for one so
// large that no browser's is like it.
func nearest(f *fingerprint.Fingerprint) *ReportProfile {
	if f.TLS == nil {
		return nil
	}
	got := greeting(f)
	frames := got.HTTP2 != nil && len(got.HTTP2.Opening) > maxGreetingFrames
	if frames || len(got.TLS.CipherSuites) > maxGreeting || len(got.Leaves()) > maxGreeting {
		return nil
	}
	fewest, members := 0, []*profiles.Profile(nil)
	for _, x := range greetingClasses() {
		if members != nil && suitesApart(x, got.TLS) > fewest {
			continue // and Diff, which is dear, could only find more
		}
		n := len(fingerprint.Diff(x.want, got, x.vary))
		switch {
		case members == nil || n < fewest:
			fewest, members = n, slices.Clone(x.members)
		case n == fewest:
			members = append(members, x.members...)
		}
	}
	var best *ReportProfile
	request := firstRequest(f)
	for _, p := range members {
		n := request.mismatches(p)
		if best == nil || n < best.RequestMismatches || n == best.RequestMismatches && p.Name < best.Name {
			best = &ReportProfile{Name: p.Name, Mismatches: fewest, RequestMismatches: n}
		}
	}
	return best
}

// suitesApart counts the cipher suites that [fingerprint.Diff] is sure to find different.
func suitesApart(x *greetingClass, got *fingerprint.ClientHello) int {
	a, b := x.want.TLS.CipherSuites, got.CipherSuites
	if x.suitesVary {
		return 0
	}
	n := max(len(a), len(b)) - min(len(a), len(b))
	for i := range min(len(a), len(b)) {
		if a[i] != b[i] && !a[i].IsGREASE() {
			n++
		}
	}
	return n
}

// greeting is a fingerprint without its requests.
func greeting(f *fingerprint.Fingerprint) *fingerprint.Fingerprint {
	g := &fingerprint.Fingerprint{TLS: f.TLS}
	if f.HTTP2 != nil {
		g.HTTP2 = &fingerprint.HTTP2{Opening: f.HTTP2.Opening}
	}
	return g
}

// inOrder returns a greeting with the extensions of its hello sorted if they are shuffled for each connection, so that
// their order tells nothing.
func inOrder(g *fingerprint.Fingerprint, v *fingerprint.Vary) *fingerprint.Fingerprint {
	if v.Permute == nil {
		return g
	}
	out := g.Clone()
	slices.SortStableFunc(out.TLS.Extensions, func(a, b fingerprint.Extension) int { return cmp.Compare(a.Type, b.Type) })
	return out
}

// greetingVary is what of v is about a greeting.
func greetingVary(v *fingerprint.Vary) *fingerprint.Vary {
	out := *v
	out.OneOf = slices.DeleteFunc(slices.Clone(v.OneOf), func(o fingerprint.OneOf) bool { return isRequestPath(o.Path) })
	return &out
}

// nearest returns the profile that the connection resembles most. It is found once, with the first report.
func (c *Conn) nearest(f *fingerprint.Fingerprint) *ReportProfile {
	c.nearestOnce.Do(func() { c.nearestProfile = nearest(f) })
	return c.nearestProfile
}
