package golden

import (
	"slices"
	"strings"

	"github.com/wirelike/wirelike/fingerprint"
	"github.com/wirelike/wirelike/profiles"
)

// AddHints undoes one trace of the way of capturing: headless_shell before Chromium 116 leaves the client hints out of
// navigations, though fetches have them. They go where later builds have them, in front of Upgrade-Insecure-Requests, with the
// values of a fetch, which may be empty and then are slots. Lists that have them, and those of Firefox, stay as they are.
func (k *BuildKinds) AddHints() {
	fetch := k.Sets[profiles.Fetch]
	for _, kind := range profiles.AllKinds() {
		if !isNavigation(kind) {
			continue
		}
		set := k.Sets[kind]
		h1, h2 := addHints(set.H1, fetch.H1), addHints(set.H2, fetch.H2)
		if len(h1) == len(set.H1) && len(h2) == len(set.H2) {
			continue
		}
		set.H1, set.H2 = h1, h2
		k.Sets[kind] = set
		for i := range k.Evidence {
			switch e := &k.Evidence[i]; e.Path {
			case "headers." + string(kind), "headers." + string(kind) + ".h2", "headers." + string(kind) + ".http/1.1":
				e.Note += "; sec-ch-ua, sec-ch-ua-mobile, sec-ch-ua-platform, which headless_shell leaves out, as in fetch, placed as from Chromium 116 on"
			}
		}
	}
}

func addHints(list, fetch profiles.FieldList) profiles.FieldList {
	at := indexOf(list, "upgrade-insecure-requests")
	if at < 0 {
		return list
	}
	var hints profiles.FieldList
	for _, name := range []string{"sec-ch-ua", "sec-ch-ua-mobile", "sec-ch-ua-platform"} {
		same := func(f fingerprint.Field) bool { return strings.EqualFold(f.Name, name) }
		if i := slices.IndexFunc(fetch, same); i >= 0 && !slices.ContainsFunc(list, same) {
			hints = append(hints, fetch[i])
		}
	}
	return slices.Insert(slices.Clone(list), at, hints...)
}
