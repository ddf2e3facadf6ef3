package client

import (
	"cmp"
	"slices"
	"strings"
	"time"
)

// jarCookie is a cookie in a jar.
type jarCookie struct {
	Cookie
	serial uint64 // order of arrival, for cookies of the same moment
	used   uint64 // when it was last sent or set, in ticks of the jar
}

// cookieShelf has the cookies of one registrable domain, in the order in which they are sent.
type cookieShelf struct{ list []*jarCookie }

// shelfOf returns where the cookies for a host are, nil for nowhere: what [shelf] says, without asking the list of public
// suffixes. The longest end of the host that has a shelf is the right one, or one with cookies for other hosts only.
func (j *Jar) shelfOf(host string) *cookieShelf {
	for {
		if s := j.shelves[host]; s != nil {
			return s
		}
		i := strings.IndexByte(host, '.')
		if i < 0 {
			return nil
		}
		host = host[i+1:]
	}
}

// sendOrder: longer paths first, then older cookies (RFC 6265bis §5.8.3).
func sendOrder(a, b *jarCookie) int {
	return cmp.Or(cmp.Compare(len(b.Path), len(a.Path)), ageOrder(a, b))
}

func ageOrder(a, b *jarCookie) int {
	return cmp.Or(a.Created.Compare(b.Created), cmp.Compare(a.serial, b.serial))
}

// put keeps a cookie that is in order. One that is there already is replaced and keeps its age, unless Chromium's rules make
// it a new one; one that has ended only removes it. The jar is locked.
func (j *Jar) put(c *Cookie, now time.Time) {
	if latest := now.Add(maxCookieAge); c.Expires.After(latest) {
		c.Expires = latest
	}
	if c.expired(now) {
		j.remove(c)
		return
	}
	if !c.Expires.IsZero() && (j.soonest.IsZero() || c.Expires.Before(j.soonest)) {
		j.soonest = c.Expires
	}
	key := shelf(c.Domain)
	s := j.shelves[key]
	j.tick++
	if s == nil {
		if j.shelves == nil {
			j.shelves = map[string]*cookieShelf{}
		}
		s = &cookieShelf{}
		j.shelves[key] = s
	}
	if j.replace(s, c) {
		return
	}
	j.serial++
	e := &jarCookie{*c, j.serial, j.tick}
	at, _ := slices.BinarySearchFunc(s.list, e, sendOrder)
	s.list = slices.Insert(s.list, at, e)
	j.count++
	if len(s.list) > j.limits.Domain {
		j.evict(s, j.limits.Domain/6)
	}
	if j.count > j.limits.Total {
		j.evictAny(j.limits.Total / 11)
	}
}

// replace puts a cookie in the place of the one that is there already, and tells whether it has found a place: also that of
// nobody.
func (j *Jar) replace(s *cookieShelf, c *Cookie) bool {
	for i, e := range s.list {
		if !e.same(c) {
			continue
		}
		if j.options.Rules == RulesChromium && e.Value != c.Value {
			s.list = slices.Delete(s.list, i, i+1)
			j.count--
			return false // Chromium takes over the age for the same value only
		}
		created := e.Created
		e.Cookie, e.used = *c, j.tick
		e.Created = created
		return true
	}
	// Firefox does not let a cookie without Secure drive out those that have it.
	return j.options.Rules == RulesFirefox && !c.Secure && len(s.list) >= j.limits.Domain &&
		!slices.ContainsFunc(s.list, func(e *jarCookie) bool { return !e.Secure })
}

// remove takes out the cookie whose place c would take.
func (j *Jar) remove(c *Cookie) {
	j.removeFunc(shelf(c.Domain), c.same)
}

// removeFunc takes out cookies of one shelf, and returns how many.
func (j *Jar) removeFunc(key string, gone func(*Cookie) bool) int {
	s := j.shelves[key]
	if s == nil {
		return 0
	}
	before := len(s.list)
	s.list = slices.DeleteFunc(s.list, func(e *jarCookie) bool { return gone(&e.Cookie) })
	if len(s.list) == 0 {
		delete(j.shelves, key)
	}
	n := before - len(s.list)
	j.count -= n
	return n
}

// removeAll takes out cookies everywhere, and returns how many.
func (j *Jar) removeAll(gone func(*Cookie) bool) int {
	n := 0
	for key := range j.shelves {
		n += j.removeFunc(key, gone)
	}
	return n
}

// sweep takes out what has ended, and finds out when the next cookie does.
func (j *Jar) sweep(now time.Time) {
	j.soonest = time.Time{}
	j.removeAll(func(c *Cookie) bool {
		if c.expired(now) {
			return true
		}
		if !c.Expires.IsZero() && (j.soonest.IsZero() || c.Expires.Before(j.soonest)) {
			j.soonest = c.Expires
		}
		return false
	})
}

// evict makes a shelf as short as its limit and n more: cookies without Secure go first, the least recently used first
// (RFC 6265bis §5.7).
func (j *Jar) evict(s *cookieShelf, n int) {
	order := slices.Clone(s.list)
	slices.SortFunc(order, func(a, b *jarCookie) int {
		if a.Secure != b.Secure {
			if a.Secure {
				return 1
			}
			return -1
		}
		return useOrder(a, b)
	})
	j.drop(order[:n+len(s.list)-j.limits.Domain])
}

// evictAny does the same with all that the jar has, Secure or not.
func (j *Jar) evictAny(n int) {
	order := j.all()
	slices.SortFunc(order, useOrder)
	j.drop(order[:n+j.count-j.limits.Total])
}

func useOrder(a, b *jarCookie) int {
	return cmp.Or(cmp.Compare(a.used, b.used), cmp.Compare(a.serial, b.serial))
}

// drop takes out the given cookies.
func (j *Jar) drop(list []*jarCookie) {
	for _, e := range list {
		j.remove(&e.Cookie)
	}
}

// all returns all cookies, the oldest first.
func (j *Jar) all() []*jarCookie {
	list := make([]*jarCookie, 0, j.count)
	for _, s := range j.shelves {
		list = append(list, s.list...)
	}
	slices.SortFunc(list, ageOrder)
	return list
}
