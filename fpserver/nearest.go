package fpserver

import (
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

// nearest finds the profile with the fewest differences, the first by name of several; nil without a hello.
func nearest(f *fingerprint.Fingerprint) *ReportProfile {
	if f.TLS == nil {
		return nil
	}
	got := greeting(f)
	var best *ReportProfile
	for _, name := range profiles.Names() {
		p, err := profiles.Lookup(name)
		if err != nil {
			continue // the tests of package profiles tell
		}
		n := len(fingerprint.Diff(greeting(&p.First), got, &p.Vary))
		if best == nil || n < best.Mismatches {
			best = &ReportProfile{Name: name, Mismatches: n}
		}
	}
	return best
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
