package golden

import (
	"slices"

	"github.com/wirelike/wirelike/fingerprint"
	"github.com/wirelike/wirelike/profiles"
)

// references are the kinds from whose lists a kind has the place of a slot that none of its requests shows: the first one
// that has it and agrees with the kind in all that both show. So Firefox's XMLHttpRequest and images, which set Referer
// behind Connection, do not follow its fetch, which sets it before.
var references = map[profiles.Kind][]profiles.Kind{
	profiles.XHR: {profiles.Fetch, profiles.Form}, profiles.NoCORS: {profiles.Fetch, profiles.Form},
	profiles.Form: {profiles.XHR}, profiles.Navigate: {profiles.Form}, profiles.Reload: {profiles.Form}, profiles.Iframe: {profiles.Form},
	profiles.Image:   {profiles.Fetch, profiles.XHR},
	profiles.Style:   {profiles.Image, profiles.Fetch, profiles.XHR},
	profiles.Script:  {profiles.Image, profiles.Fetch, profiles.XHR},
	profiles.Favicon: {profiles.Image, profiles.Fetch, profiles.XHR},
}

// completeOrder has every kind behind those that it refers to. Only XHR and the form refer to each other: XHR has recorded
// own fields, the form recorded bodies.
var completeOrder = []profiles.Kind{
	profiles.Fetch, profiles.XHR, profiles.NoCORS, profiles.Form, profiles.Navigate, profiles.Reload, profiles.Iframe,
	profiles.Image, profiles.Style, profiles.Script, profiles.Favicon, profiles.Preflight, profiles.WebSocket,
}

// slots returns the keys that a list of a kind needs a place for.
func slots(k profiles.Kind) []string {
	switch k {
	case profiles.Fetch, profiles.XHR, profiles.NoCORS:
		return []string{"content-length", "content-type", "origin", storageKey, "referer", "cookie", ownAcceptKey, ownKey}
	case profiles.Navigate, profiles.Reload, profiles.Form, profiles.Iframe:
		return []string{"content-length", "content-type", "origin", "referer", "cookie", ownKey}
	case profiles.Style, profiles.Script, profiles.Image:
		return []string{"origin", storageKey, "referer", "cookie", ownKey}
	case profiles.Favicon:
		return []string{"referer", "cookie", ownKey}
	}
	return nil
}

// putGuesses gives a list the places that no kind shows. In Chromium's navigations and preflights own fields stand where its
// late fields do, before the cookies; in Firefox's preflights with the last of the early ones. The source code of both engines has the subprotocols of a WebSocket:
// Chromium behind the extensions, Firefox in front of them.
func (b *buildLists) putGuesses(k profiles.Kind, l *kindList) {
	beforeCookie, beforeOwn := []string{"priority"}, []string{"cookie"}
	if b.engine == "firefox" {
		beforeCookie, beforeOwn = []string{"sec-fetch-dest"}, []string{"connection", "cookie"}
	}
	lower := l.fields[":method"].Name != ""
	named := func(h1, h2 string) fingerprint.Field {
		if lower {
			return fingerprint.Field{Name: h2}
		}
		return fingerprint.Field{Name: h1}
	}
	l.put("cookie", insertBefore(l.order, "cookie", beforeCookie...), named("Cookie", "cookie"), guess)
	if k == profiles.WebSocket {
		const key, extensions = "sec-websocket-protocol", "sec-websocket-extensions"
		order := insertBefore(l.order, key, extensions)
		if b.engine == "chromium" {
			order = insertLike(l.order, key, []string{extensions, key})
		}
		l.put(key, order, named("Sec-WebSocket-Protocol", key), guess)
		l.put(ownKey, insertBefore(l.order, ownKey), fingerprint.Field{}, guess)
	}
	l.put(ownKey, insertBefore(l.order, ownKey, beforeOwn...), fingerprint.Field{}, guess)
}

// completeShapes gives the shapes of fetch what only its list shows, and kinds that scripts make the same way its shapes: a
// redirect adds no Origin where mode "no-cors" left it out.
func (b *buildLists) completeShapes(k profiles.Kind, proto string, likeFetch bool) {
	l := b.lists[listPlace{k, proto}]
	for i := range l.shapes {
		for _, key := range l.order {
			l.shapes[i].order = insertLike(l.shapes[i].order, key, l.order)
		}
	}
	if k != profiles.XHR && k != profiles.NoCORS || !likeFetch || len(l.shapes) > 0 {
		return
	}
	for _, s := range b.lists[listPlace{profiles.Fetch, proto}].shapes {
		if s.when != profiles.Redirected || k == profiles.XHR {
			l.shapes = append(l.shapes, keyShape{when: s.when, order: reorder(l.order, s.order), from: "fetch"})
		}
	}
}

// sets makes the header sets.
func (b *buildLists) sets() map[profiles.Kind]profiles.HeaderSet {
	out := map[profiles.Kind]profiles.HeaderSet{}
	for _, k := range profiles.AllKinds() {
		h1, h2 := b.lists[listPlace{k, protoH1}], b.lists[listPlace{k, protoH2}]
		set := profiles.HeaderSet{H1: h1.list(k, h1.order)}
		if h2 != nil {
			set.H2 = h2.list(k, h2.order)
			if h2.priority != nil {
				p := *h2.priority
				set.Priority = &p
			}
			for _, s := range h2.shapes {
				set.Shapes = append(set.Shapes, profiles.Shape{When: s.when, H2: h2.list(k, s.order)})
			}
		}
		for _, s := range h1.shapes {
			i := slices.IndexFunc(set.Shapes, func(x profiles.Shape) bool { return x.When == s.when })
			if i < 0 {
				i = len(set.Shapes)
				set.Shapes = append(set.Shapes, profiles.Shape{When: s.when})
			}
			set.Shapes[i].H1 = h1.list(k, s.order)
		}
		out[k] = set
	}
	return out
}

// list makes the field list of an order of keys.
func (l *kindList) list(k profiles.Kind, order []string) profiles.FieldList {
	out := make(profiles.FieldList, 0, len(order))
	for _, key := range order {
		f := fingerprint.Field{Name: l.fields[key].Name, Value: l.fields[key].Value}
		switch key {
		case ownKey:
			f.Name = ownKey
		case ":authority", ":path", "host":
			f.Value = "*"
		case "sec-fetch-site":
			f.Value = siteOf(k)
		}
		if slices.Contains(slotKeys, key) {
			f.Value = ""
		}
		out = append(out, f)
	}
	return out
}

// siteOf is Sec-Fetch-Site of a request to the page's own origin, of an address that was typed in, and of a preflight,
// which is never made to the page's own origin.
func siteOf(k profiles.Kind) string {
	switch k {
	case profiles.Navigate:
		return "none"
	case profiles.Preflight:
		return "cross-site"
	}
	return "same-origin"
}
