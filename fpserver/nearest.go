package fpserver

import (
	"slices"
	"strings"

	"github.com/wirelike/wirelike/fingerprint"
	"github.com/wirelike/wirelike/profiles"
)

// ReportProfile is the browser profile that a connection resembles most.
type ReportProfile struct {
	Name string `json:"name"`
	// Mismatches counts the differences between the profile's hello and HTTP/2 opening and the client's: 0 for a client
	// that cannot be told from that browser by them. The requests, which depend on what is asked for, are not compared.
	Mismatches int `json:"mismatches"`
}

// telling names the fields that tell browsers with equal hellos apart.
var telling = []string{"user-agent", "sec-ch-ua", "sec-ch-ua-platform", "sec-ch-ua-mobile"}

// nearest finds the profile with the fewest differences. Of several it is the one of which the first request has the most
// fields of telling, and of those the first by name; nil without a hello.
func nearest(f *fingerprint.Fingerprint) *ReportProfile {
	if f.TLS == nil {
		return nil
	}
	got, first := greeting(f), firstFields(f)
	var best *ReportProfile
	most := -1
	for _, name := range profiles.Names() {
		p, err := profiles.Lookup(name)
		if err != nil {
			continue // the tests of package profiles tell
		}
		n := len(fingerprint.Diff(greeting(&p.First), got, &p.Vary))
		if best != nil && n > best.Mismatches {
			continue
		}
		same := sameIdentity(p.First.HTTP2.Requests[0].Fields, first)
		if best == nil || n < best.Mismatches || same > most {
			best, most = &ReportProfile{Name: name, Mismatches: n}, same
		}
	}
	return best
}

// firstFields returns the fields of a connection's first request.
func firstFields(f *fingerprint.Fingerprint) []fingerprint.Field {
	switch {
	case f.HTTP2 != nil && len(f.HTTP2.Requests) > 0:
		return f.HTTP2.Requests[0].Fields
	case f.HTTP1 != nil && len(f.HTTP1.Requests) > 0:
		return f.HTTP1.Requests[0].Fields
	}
	return nil
}

// sameIdentity counts the fields of telling that both have with the same value.
func sameIdentity(a, b []fingerprint.Field) (n int) {
	for _, x := range a {
		for _, y := range b {
			if slices.Contains(telling, x.Name) && strings.EqualFold(x.Name, y.Name) && x.Value == y.Value {
				n++
			}
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

// nearest returns the profile that the connection resembles most. It is found once, with the first request.
func (c *Conn) nearest(f *fingerprint.Fingerprint) *ReportProfile {
	c.nearestOnce.Do(func() { c.nearestProfile = nearest(f) })
	return c.nearestProfile
}
