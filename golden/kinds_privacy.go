package golden

import (
	"slices"
	"strings"

	"github.com/wirelike/wirelike/fingerprint"
	"github.com/wirelike/wirelike/profiles"
)

// privacyKey is the field of Global Privacy Control. Firefox has it with every request once its user, or Tor, has switched the
// preference privacy.globalprivacycontrol.enabled on.
const privacyKey = "sec-gpc"

// privacyField is spelled as over HTTP/1.1.
var privacyField = fingerprint.Field{Name: "Sec-GPC", Value: "1"}

const privacyNote = "captures/firefox153: gpc-h2.json, gpc-h1.json, gpc-plain.json, recorded with the preference: every request has it, in front of Connection and at that place over h2"

// HasPrivacy tells whether the browser of a sheet has Sec-GPC, which no build was captured with.
func HasPrivacy(s *Sheet) bool {
	return s.Browser.Engine == "firefox" && valueOf(s.First.HTTP2.Requests[0].Fields, privacyKey) != ""
}

// WithPrivacy returns the kinds of the same build of Firefox with Sec-GPC.
func (k *BuildKinds) WithPrivacy() *BuildKinds {
	out := &BuildKinds{Build: k.Build, Sets: map[profiles.Kind]profiles.HeaderSet{}, Evidence: slices.Clone(k.Evidence)}
	for _, kind := range profiles.AllKinds() {
		set := k.Sets[kind]
		set.H2, set.H1 = insertPrivacy(set.H2, set.H1), insertPrivacy(set.H1, set.H1)
		set.Shapes = slices.Clone(set.Shapes)
		for i, x := range set.Shapes {
			set.Shapes[i].H2, set.Shapes[i].H1 = insertPrivacy(x.H2, x.H1), insertPrivacy(x.H1, x.H1)
		}
		out.Sets[kind] = set
		for _, proto := range protocols {
			if proto == protoH1 || len(set.H2) > 0 {
				out.Evidence = append(out.Evidence, profiles.Evidence{Path: "headers." + string(kind) + "." + proto + "[" + privacyKey + "]", Source: profiles.Engine, Note: privacyNote})
			}
		}
	}
	return out
}

// insertPrivacy returns a list with Sec-GPC where Firefox has it: in front of Connection, which it adds when it takes the
// request to the connection, and over HTTP/2, where there is no such field, in front of what follows Connection in h1, the list
// of the same request over HTTP/1.1.
func insertPrivacy[L ~[]fingerprint.Field](list, h1 L) L {
	at := indexOf(h1, "connection")
	if at < 0 || indexOf(list, privacyKey) >= 0 {
		return list
	}
	f := privacyField
	if indexOf(list, "connection") < 0 {
		f.Name = strings.ToLower(f.Name)
	}
	for _, next := range h1[at:] {
		if i := indexOf(list, next.Name); i >= 0 {
			return slices.Insert(slices.Clone(list), i, f)
		}
	}
	return list
}
