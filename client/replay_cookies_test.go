package client_test

import (
	"iter"
	"slices"
	"strings"
)

// cookieTarget is the request whose response sets the cookies of a session; setCookies are the lines with which the recording
// server did (data/captures/tcp). The jar must make of them what the browser sent from then on.
const cookieTarget = "/setcookies"

var setCookies = []string{"alpha=1; Path=/", "beta=22; Path=/", "gamma=a-long-cookie-value-of-more-than-twenty-bytes; Path=/"}

// moment is when the browser made a request: a session has several connections, and what goes over one of them depends on the
// cookies that came over another.
type moment int

const (
	beforeCookies moment = iota
	settingCookies
	withCookies
)

// scriptParts are the requests that the script of the first page makes behind that for cookies.
var scriptParts = append(strings.Fields(fetchParts), "/no-cors", "/xhr", "/landed", "/ws", "/posted")

// momentOf tells it by the request's place in the script. Only of a favicon nobody knows when it is fetched: it is taken from
// the recording.
func momentOf(r *recorded) moment {
	switch {
	case r.target == cookieTarget:
		return settingCookies
	case slices.Contains(scriptParts, r.target), r.target == "/favicon.ico" && r.cookies() > 0:
		return withCookies
	}
	return beforeCookies
}

// cookies returns how many fields of cookies, or crumbs of one, the request has.
func (r *recorded) cookies() (n int) {
	for _, f := range r.fields {
		if strings.EqualFold(f.Name, "Cookie") {
			n++
		}
	}
	return n
}

// connection plays the requests of one connection, and calls turn before each; false ends it.
type connection func(turn func(*recorded) bool)

// inTurn plays connections beside each other, each in its order: first what comes before the cookies of the session, then what
// sets them, then the rest.
func inTurn(connections []connection) {
	type player struct {
		next func() (moment, bool)
		at   moment
		done bool
	}
	var players []*player
	for _, play := range connections {
		next, stop := iter.Pull(func(yield func(moment) bool) {
			at := beforeCookies
			play(func(r *recorded) bool {
				m := momentOf(r)
				if m <= at {
					return true
				}
				at = m
				return yield(m)
			})
		})
		defer stop()
		players = append(players, &player{next: next})
	}
	for now := beforeCookies; now <= withCookies; now++ {
		for _, p := range players {
			for !p.done && p.at <= now {
				m, ok := p.next()
				p.at, p.done = m, !ok
			}
		}
	}
}
