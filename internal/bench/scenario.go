package main

import (
	"cmp"
	"fmt"

	"github.com/wirelike/wirelike/profiles"
)

// The sides of a comparison.
const (
	standard = "net/http"
	ours     = "wirelike"
)

// The kinds of work.
const (
	doHandshake = "handshake" // TLS over a TCP connection that is there; crypto/tls against internal/tlsdial
	doGet       = "get"       // http.Transport against client.Transport, the body read with a buffer
	doPost      = "post"      // the same, with a body in memory
	doServe     = "serve"     // http.Server against fpserver, a small answer; the server is measured
	doBytes     = "bytes"     // http.Client and io.ReadAll against client.Session and Response.Bytes
	doCookies   = "cookies"   // http.Client with a cookiejar.Jar against client.Session; each response sets cookies
	doRedirect  = "redirect"  // the same, over a redirect that sets a cookie: two requests for one
)

// neutral names the client without profile.
const neutral = "neutral"

// scenario is one comparison.
type scenario struct {
	Name     string `json:"name"`
	Do       string `json:"do"`
	Profile  string `json:"profile"`
	Protocol string `json:"protocol,omitempty"` // "h1" or "h2"
	Size     int    `json:"size,omitempty"`     // of the body, in bytes
	Workers  int    `json:"workers"`
	Requests int    `json:"requests"` // measured in a round, or handshakes
	// Target is the largest ratio of CPU time, wirelike ÷ net/http, that we want; 0 for none. AllocsTarget is that of
	// the number of allocations.
	Target       float64 `json:"target,omitempty"`
	AllocsTarget float64 `json:"allocs_target,omitempty"`
}

// scenarios returns all comparisons; browser is the profile that sends requests.
func scenarios(browser string) []scenario {
	var all []scenario
	for _, name := range append(profiles.Names(), neutral) {
		s := scenario{Name: doHandshake + "/" + name, Do: doHandshake, Profile: name, Workers: 1, Requests: 500}
		if p, err := profiles.Lookup(name); err == nil {
			switch p.Browser.Engine {
			case "chromium":
				s.Target = 1.10
			case "firefox":
				s.Target = 1.00
			}
		}
		all = append(all, s)
	}
	for _, row := range []struct {
		do        string
		kilobytes int
		h1, h2    float64 // targets
		requests  int
		allocs    float64 // target; 0 for 1
	}{
		{do: doGet, kilobytes: 1, h1: 1.0, h2: 1.0, requests: 15000},
		{do: doGet, kilobytes: 20, h1: 1.0, h2: 1.0, requests: 8000},
		{do: doGet, kilobytes: 200, h1: 1.0, h2: 0.80, requests: 3000},
		{do: doPost, kilobytes: 100, h2: 0.85, requests: 4000},
		{do: doBytes, kilobytes: 200, h1: 0.80, h2: 0.80, requests: 1500},
		{do: doCookies, kilobytes: 1, h1: 1.15, h2: 1.15, requests: 12000, allocs: 1.25},
		{do: doRedirect, kilobytes: 1, h1: 1.15, h2: 1.15, requests: 6000, allocs: 1.25},
	} {
		for _, protocol := range []string{"h1", "h2"} {
			for _, workers := range []int{1, 16} {
				s := scenario{
					Name: fmt.Sprintf("%s/%dKB/%s/%d", row.do, row.kilobytes, protocol, workers), Do: row.do,
					Profile: browser, Protocol: protocol, Size: row.kilobytes << 10, Workers: workers, Requests: row.requests,
					Target: row.h1, AllocsTarget: cmp.Or(row.allocs, 1),
				}
				if protocol == "h2" {
					s.Target = row.h2
				}
				all = append(all, s)
			}
		}
	}
	for _, row := range []struct {
		protocol string
		workers  int
		target   float64
	}{{"h1", 1, 1.25}, {"h1", 16, 1.25}, {"h2", 16, 1.40}} {
		all = append(all, scenario{
			Name: fmt.Sprintf("%s/%s/%d", doServe, row.protocol, row.workers), Do: doServe,
			Profile: browser, Protocol: row.protocol, Size: 1 << 10, Workers: row.workers, Requests: 15000, Target: row.target,
		})
	}
	return all
}
