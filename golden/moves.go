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

// Moves says what a redirect changes in the order of an engine's lists, as captures/chromium156 and captures/firefox153 show
// in redirects-h2.json and redirects-h1.json. Chromium makes the client hints of a navigation anew; Firefox, over HTTP/1.1, sets
// Referer before the connection sets its own field.
func Moves(engine string) ([]profiles.Move, []profiles.Evidence) {
	switch engine {
	case "chromium":
		return []profiles.Move{{
				Kinds: movedNavigations, Fields: []string{"sec-ch-ua", "sec-ch-ua-mobile", "sec-ch-ua-platform"}, Behind: "sec-fetch-dest",
			}}, []profiles.Evidence{{
				Path: "moves", Source: profiles.Engine, Note: "captures/chromium156: redirects-h2.json, redirects-h1.json; of a reload nothing is known",
			}}
	case "firefox":
		return []profiles.Move{{
				Kinds: slices.Concat(movedNavigations, movedLoads), Proto: protoH1, Fields: []string{"connection"}, Behind: "referer",
			}}, []profiles.Evidence{{
				Path: "moves", Source: profiles.Engine, Note: "captures/firefox153: redirects-h1.json; of a favicon nothing is known",
			}}
	}
	return nil, nil
}
