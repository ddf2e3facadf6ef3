package golden

import (
	"fmt"
	"slices"
	"strings"

	"github.com/wirelike/wirelike/fingerprint"
	"github.com/wirelike/wirelike/profiles"
)

// kindList is the header list of one kind over one protocol: keys in order, and what stands there.
type kindList struct {
	order    []string
	shapes   []keyShape
	fields   map[string]fingerprint.Field // name as spelled and value, the most frequent, by key
	varies   []string                     // what else was seen, for people
	priority *fingerprint.Priority
	from     string   // the build whose recordings give the order
	files    []string // of from
	placed   []placed
}

// keyShape is another order for requests that fulfil a condition.
type keyShape struct {
	when  profiles.Condition
	order []string
	from  string
}

// placed says how the place of a key was found that no request of the kind shows.
type placed struct{ key, how string }

// guess is how a place was found for which there is nothing but the source code of the engine, or not even that.
const guess = "a guess"

// joinRequests makes one list of the requests of a kind. Where their orders contradict each other, it gives those that
// fulfil a condition a shape of their own: as few as possible.
func joinRequests(requests []*kindRequest) (*kindList, error) {
	var failed error
	for _, conditions := range [][]profiles.Condition{
		nil, {profiles.Redirected}, {profiles.WithContent}, {profiles.WithOwn},
		{profiles.WithContent, profiles.Redirected}, {profiles.WithOwn, profiles.Redirected},
	} {
		l, err := joinWith(requests, conditions)
		if err == nil {
			l.count(requests)
			return l, nil
		}
		if failed == nil {
			failed = err
		}
	}
	return nil, failed
}

func joinWith(requests []*kindRequest, conditions []profiles.Condition) (*kindList, error) {
	groups := map[profiles.Condition][][]string{}
	for _, q := range requests {
		var fits profiles.Condition
		for _, c := range conditions {
			if q.fulfils(c) {
				fits = c
			}
		}
		groups[fits] = append(groups[fits], q.keys)
	}
	l := &kindList{}
	var err error
	if l.order, err = mergeOrders(groups[""]); err != nil {
		return nil, err
	}
	for _, c := range conditions {
		s := keyShape{when: c}
		if s.order, err = mergeOrders(groups[c]); err != nil {
			return nil, err
		}
		if len(s.order) == 0 {
			return nil, fmt.Errorf("no request is %q", c)
		}
		l.shapes = append(l.shapes, s)
		for _, key := range []string{"content-length", "content-type"} {
			l.order = insertLike(l.order, key, s.order) // a body may have no type
		}
	}
	return l, l.joinAccept()
}

func (q *kindRequest) fulfils(c profiles.Condition) bool {
	return c == profiles.Redirected && q.isRedirected || c == profiles.WithContent && q.hasContent || c == profiles.WithOwn && q.own
}

// joinAccept takes out the place of a script's own Accept if it is that of the browser's. In a list it must come first.
func (l *kindList) joinAccept() error {
	orders := []*[]string{&l.order}
	for i := range l.shapes {
		orders = append(orders, &l.shapes[i].order)
	}
	for _, o := range orders {
		if slices.Contains(*o, ownAcceptKey) {
			*o = insertLike(*o, "accept", l.order)
		}
		switch own, usual := slices.Index(*o, ownAcceptKey), slices.Index(*o, "accept"); {
		case own < 0 || usual < 0:
		case own == usual+1 || own == usual-1:
			*o = slices.Delete(slices.Clone(*o), own, own+1)
		case own > usual:
			return fmt.Errorf("a script's own accept stands behind the place of the browser's")
		}
	}
	return nil
}

// slotKeys are the fields that depend on the single request: their values are no part of a list. Sec-Fetch-Storage-Access,
// which requests to another site have when they may have cookies, was always recorded as "none".
var slotKeys = []string{
	ownKey, ownAcceptKey, "cookie", "referer", "origin", "content-type", "content-length", "sec-fetch-storage-access",
	"access-control-request-method", "access-control-request-headers", "sec-websocket-key", "sec-websocket-protocol",
}

// count finds the most frequent spelling and value of each field, and the priority. The first one wins a draw.
func (l *kindList) count(requests []*kindRequest) {
	names, values := map[string]*tally{}, map[string]*tally{}
	priorities := &tally{}
	byText := map[string]*fingerprint.Priority{}
	for _, q := range requests {
		if !slices.Contains(l.files, q.file) {
			l.files = append(l.files, q.file)
		}
		for _, f := range q.fields {
			key := fieldKey(q.kind, f)
			if names[key] == nil {
				names[key], values[key] = &tally{}, &tally{}
			}
			names[key].add(f.Name)
			values[key].add(f.Value)
		}
		if q.priority != nil {
			p := *q.priority
			if p.Exclusive {
				p.DependsOn = 0 // Chromium's rule: the latest open stream of the same or higher priority
			}
			text := fmt.Sprintf("weight %d, depends on %d", p.Weight, p.DependsOn)
			priorities.add(text)
			byText[text] = &p
		}
	}
	l.fields = map[string]fingerprint.Field{}
	for key, n := range names {
		name, _ := n.top()
		value, others := values[key].top()
		l.fields[key] = fingerprint.Field{Name: name, Value: value}
		if key[0] != ':' && !slices.Contains(append(slotKeys, "host", "sec-fetch-site"), key) && len(others) > 0 {
			l.varies = append(l.varies, key+" "+strings.Join(others, ", "))
		}
	}
	slices.Sort(l.varies)
	top, others := priorities.top()
	l.priority = byText[top]
	l.varies = append(l.varies, others...)
}

// tally counts texts.
type tally struct {
	texts []string
	n     []int
}

func (t *tally) add(text string) {
	i := slices.Index(t.texts, text)
	if i < 0 {
		i = len(t.texts)
		t.texts, t.n = append(t.texts, text), append(t.n, 0)
	}
	t.n[i]++
}

// top returns the most frequent text and the others.
func (t *tally) top() (string, []string) {
	if len(t.texts) == 0 {
		return "", nil
	}
	i := slices.Index(t.n, slices.Max(t.n))
	return t.texts[i], slices.Concat(t.texts[:i:i], t.texts[i+1:])
}
