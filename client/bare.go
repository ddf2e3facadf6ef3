package client

import (
	"strings"

	"github.com/wirelike/wirelike/fingerprint"
	"github.com/wirelike/wirelike/profiles"
)

// bareFor tells whether a call goes without what the client sends by itself.
func (s *Session) bareFor(c *Call) bool { return c.NoDefaultHeader.Or(s.bare) }

// defaults returns defaultFields of the transport's profile.
func (t *Transport) defaults() map[profiles.Kind][]string {
	t.bareOnce.Do(func() { t.bare = defaultFields(t.profile) })
	return t.bare
}

// defaultFields returns, by kind of request, the names of the fields that the client sends by itself; p is nil for a neutral
// client. They are those with a value in a list of the profile, and the Sec-Fetch fields that some requests get.
func defaultFields(p *profiles.Profile) map[profiles.Kind][]string {
	if p == nil {
		return map[profiles.Kind][]string{profiles.Navigate: {"User-Agent"}}
	}
	out := make(map[profiles.Kind][]string, len(p.Headers))
	for kind, set := range p.Headers {
		var names []string
		add := func(list []fingerprint.Field) {
			for _, f := range list {
				if isDefault(kind, f) && !contains(names, f.Name) {
					names = append(names, f.Name)
				}
			}
		}
		add(set.H1)
		add(set.H2)
		for _, x := range set.Shapes {
			add(x.H1)
			add(x.H2)
		}
		out[kind] = names
	}
	return out
}

// isDefault tells a field of a list that the browser sends by itself from what the request itself needs.
func isDefault(kind profiles.Kind, f fingerprint.Field) bool {
	switch {
	case f.Name == "*" || strings.HasPrefix(f.Name, ":") || strings.EqualFold(f.Name, "host"):
		return false
	case kind == profiles.WebSocket && contains(handshakeFields, f.Name):
		return false
	}
	return f.Value != "" || len(f.Name) > len(fetchMetadata) && strings.EqualFold(f.Name[:len(fetchMetadata)], fetchMetadata)
}

// fetchMetadata begins the names of the fields of Fetch Metadata.
const fetchMetadata = "sec-fetch-"

// withoutPage tells whether a request without the browser's fields has no page to come from: nobody asks for an Origin.
func (s *Session) withoutPage(c *Call) bool {
	return s.bareFor(c) && c.Referrer == "" && !traitsOf(c.Kind).origin
}
