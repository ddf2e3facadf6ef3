package golden

import (
	"slices"

	"github.com/wirelike/wirelike/profiles"
)

// movedKinds are the kinds of which captures/*/redirects-*.json have a request that was redirected and was not made by a
// script's fetch or XMLHttpRequest.
var (
	movedNavigations = []profiles.Kind{profiles.Navigate, profiles.Form, profiles.Iframe}
	movedLoads       = []profiles.Kind{profiles.Style, profiles.Script, profiles.Image}
)

// Moves says what a redirect changes in the order of a browser's lists, as captures/chromium156 and captures/firefox153 show
// in redirects-h2.json and redirects-h1.json. Chromium makes the client hints of a navigation anew; Firefox sets Referer before
// what it adds when it takes the request to the connection: Connection over HTTP/1.1, and Sec-GPC in front of it over both.
func Moves(s *Sheet) ([]profiles.Move, []profiles.Evidence) {
	switch s.Browser.Engine {
	case "chromium":
		return []profiles.Move{{
			Kinds: movedNavigations, Fields: []string{"sec-ch-ua", "sec-ch-ua-mobile", "sec-ch-ua-platform"}, Behind: "sec-fetch-dest",
		}}, s.moved("chromium156", "chromium 156.0.8078.108", "redirects-h2.json, redirects-h1.json; of a reload nothing is known")
	case "firefox":
		m := profiles.Move{Kinds: slices.Concat(movedNavigations, movedLoads), Proto: protoH1, Fields: []string{"connection"}, Behind: "referer"}
		if HasPrivacy(s) {
			m.Proto, m.Fields = "", []string{privacyKey, "connection"}
			return []profiles.Move{m}, s.moved("firefox153", "firefox 153.8.0esr", "gpc-redirects-h2.json, gpc-redirects-h1.json; of a favicon nothing is known")
		}
		return []profiles.Move{m}, s.moved("firefox153", "firefox 153.7.0esr", "redirects-h1.json; of a favicon nothing is known")
	}
	return nil, nil
}

// moved is the evidence of moves: that of the very browser where the profile is of the build that was recorded.
func (s *Sheet) moved(build, version, note string) []profiles.Evidence {
	source := profiles.Engine
	if s.Same && s.Build == build {
		source = profiles.Capture
	}
	return []profiles.Evidence{{Path: "moves", Source: source, Note: "captures/" + build + " (" + version + "): " + note}}
}
