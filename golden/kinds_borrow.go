package golden

import (
	"slices"

	"github.com/wirelike/wirelike/fingerprint"
	"github.com/wirelike/wirelike/profiles"
)

const (
	storageKey = "sec-fetch-storage-access"
	userKey    = "sec-fetch-user"
)

// family is the kind that a kind is most like: a build that does not show the one has the values of the other.
var family = map[profiles.Kind]profiles.Kind{
	profiles.Reload: profiles.Navigate, profiles.Preflight: profiles.Fetch, profiles.Favicon: profiles.Image,
}

// borrow takes from another build what this one does not show.
func (b *buildLists) borrow(other *buildLists) {
	for _, k := range profiles.AllKinds() {
		for _, proto := range protocols {
			at := listPlace{k, proto}
			theirs, mine := other.lists[at], b.lists[at]
			switch {
			case theirs == nil:
			case mine == nil && b.lists[listPlace{family[k], proto}] != nil:
				b.lists[at] = b.adapt(at, other)
			case mine != nil && other.version < b.version && slices.Contains(theirs.order, storageKey) && !slices.Contains(mine.order, storageKey):
				mine.order = insertLike(mine.order, storageKey, theirs.order)
				mine.fields[storageKey] = theirs.fields[storageKey]
				mine.placed = append(mine.placed, placed{storageKey, "as in captures/" + other.build})
			}
		}
	}
	b.borrowUser(other)
	if shown := func(q kindRequest) bool { return q.isRedirected }; b.redirectFrom == "" && slices.ContainsFunc(other.requests, shown) && !slices.ContainsFunc(b.requests, shown) {
		b.redirectFrom = other.build
		for _, proto := range protocols {
			b.borrowRedirect(b.lists[listPlace{profiles.Fetch, proto}], other.lists[listPlace{profiles.Fetch, proto}])
		}
	}
}

// borrowUser gives the form the Sec-Fetch-User of one that somebody sends with a click, if that is what the other build shows:
// where the navigation of this build has it.
func (b *buildLists) borrowUser(other *buildLists) {
	for _, proto := range protocols {
		theirs, mine, like := other.lists[listPlace{profiles.Form, proto}], b.lists[listPlace{profiles.Form, proto}], b.lists[listPlace{profiles.Navigate, proto}]
		if theirs == nil || mine == nil || like == nil || !slices.Contains(theirs.order, userKey) || slices.Contains(mine.order, userKey) {
			continue
		}
		mine.put(userKey, insertLike(mine.order, userKey, like.order), like.fields[userKey], "as in navigate, like captures/"+other.build)
	}
}

// borrowRedirect moves Origin to where the other build has it after a redirect.
func (b *buildLists) borrowRedirect(mine, theirs *kindList) {
	if mine == nil || theirs == nil {
		return
	}
	for _, s := range theirs.shapes {
		if s.when == profiles.Redirected {
			order := slices.DeleteFunc(slices.Clone(mine.order), func(k string) bool { return k == "origin" })
			mine.shapes = append(mine.shapes, keyShape{when: s.when, order: insertLike(order, "origin", s.order), from: b.redirectFrom})
		}
	}
}

// adapt makes the list of a kind that only the other build shows: its order, with the values that this build has in the
// kind's family, and without fields that only the other build has there. Where all that the other build changes is values,
// the order is this build's, too: Chromium's changes from build to build.
func (b *buildLists) adapt(at listPlace, other *buildLists) *kindList {
	like := listPlace{family[at.kind], at.proto}
	theirs, theirLike, mineLike := other.lists[at], other.lists[like], b.lists[like]
	l := &kindList{fields: map[string]fingerprint.Field{}, from: other.build, files: theirs.files, priority: mineLike.priority}
	order := theirs.order
	if at.kind == profiles.Favicon {
		order = slices.DeleteFunc(slices.Clone(mineLike.order), func(k string) bool { return k == storageKey })
	}
	for _, k := range order {
		f, known := mineLike.fields[k]
		switch t, has := theirs.fields[k], theirLike.fields[k]; {
		case !known && has.Name != "" && (k == storageKey || !slices.Contains(slotKeys, k)):
			continue
		case !known, t.Name != "" && t.Value != has.Value:
			f = t
		}
		l.order, l.fields[k] = append(l.order, k), f
	}
	if theirs.priority != nil && (theirLike.priority == nil || *theirs.priority != *theirLike.priority) {
		l.priority = theirs.priority
	}
	return l
}

// complete gives every list the slots that no request of the kind shows.
func (b *buildLists) complete() {
	like := map[[2]profiles.Kind]bool{}
	for _, k := range profiles.AllKinds() { // before anything is added
		for _, ref := range references[k] {
			like[[2]profiles.Kind{k, ref}] = b.agree(k, ref)
		}
	}
	for _, k := range completeOrder {
		for _, proto := range protocols {
			l := b.lists[listPlace{k, proto}]
			if l == nil {
				continue
			}
			for _, key := range slots(k) {
				for _, ref := range references[k] {
					if r := b.lists[listPlace{ref, proto}]; like[[2]profiles.Kind{k, ref}] && r != nil && !(key == ownKey && b.ownLast(k)) {
						l.put(key, insertLike(l.order, key, r.order), r.fields[key], "as in "+string(ref))
					}
				}
			}
			b.putGuesses(k, l)
			b.completeShapes(k, proto, like[[2]profiles.Kind{k, profiles.Fetch}])
		}
	}
}

// agree tells whether two kinds have their fields in the same order over both protocols. Of a reload Referer does not count:
// Firefox sets it earlier than in other navigations.
func (b *buildLists) agree(k, ref profiles.Kind) bool {
	for _, proto := range protocols {
		l, r := b.lists[listPlace{k, proto}], b.lists[listPlace{ref, proto}]
		if l == nil || r == nil {
			return false
		}
		order := l.order
		if k == profiles.Reload {
			order = slices.DeleteFunc(slices.Clone(order), func(key string) bool { return key == "referer" })
		}
		if !sameOrder(order, r.order) {
			return false
		}
	}
	return true
}

// put takes over an order into which a key was inserted, if it was.
func (l *kindList) put(key string, order []string, f fingerprint.Field, how string) {
	if len(order) == len(l.order) {
		return
	}
	l.order = order
	if _, ok := l.fields[key]; !ok {
		l.fields[key] = f
	}
	l.placed = append(l.placed, placed{key, how})
}

// ownLast tells whether the place of own fields is a guess: Chromium's navigations make their fields in another order than
// its fetches, and none with own fields was recorded.
func (b *buildLists) ownLast(k profiles.Kind) bool {
	return b.engine == "chromium" && isNavigation(k)
}

func isNavigation(k profiles.Kind) bool {
	return k == profiles.Navigate || k == profiles.Reload || k == profiles.Form || k == profiles.Iframe
}
