package profiles

import (
	"slices"
	"strings"
	"testing"

	"github.com/wirelike/wirelike/fingerprint"
)

// observed returns what a server would see of a browser: its first connection, with the given requests behind the first.
func observed(t *testing.T, name string, more ...fingerprint.Request) *fingerprint.Fingerprint {
	t.Helper()
	f := fresh(t, name).First.Clone()
	f.HTTP2.Requests = append(f.HTTP2.Requests, more...)
	return f
}

// fields returns the first request's fields with some changed: "name: value", or "-name" to take one out.
func fields(f *fingerprint.Fingerprint, changes ...string) []fingerprint.Field {
	l := FieldList(slices.Clone(f.HTTP2.Requests[0].Fields))
	for _, c := range changes {
		if name, found := strings.CutPrefix(c, "-"); found {
			l = without(name)(l)
		} else if name, value, found := strings.Cut(c, ": "); found {
			l = set(name, value)(l)
		}
	}
	return l
}

var fetchChanges = []string{"sec-fetch-mode: cors", "sec-fetch-dest: empty", "sec-fetch-site: same-origin", "-sec-fetch-user", "-upgrade-insecure-requests",
	"-accept", "priority: u=1, i"}

func TestLintObserved(t *testing.T) {
	t.Parallel()
	for _, c := range []struct {
		name, profile string
		plant         func(f *fingerprint.Fingerprint)
		want          []string // "path rule"; none: coherent
	}{
		{"as it is", "chrome150", func(*fingerprint.Fingerprint) {}, nil},
		{"without TLS nothing is said about what is missing", "chrome150", func(f *fingerprint.Fingerprint) {
			f.TLS = nil
			f.HTTP2.Requests[0].Fields = fields(f, "-sec-ch-ua", "-sec-ch-ua-mobile", "-sec-ch-ua-platform", "accept-encoding: gzip, deflate")
		}, nil},
		{"another user agent in the second request", "chrome150", func(f *fingerprint.Fingerprint) {
			f.HTTP2.Requests = append(f.HTTP2.Requests, fingerprint.Request{Stream: 3, Fields: fields(f,
				"user-agent: Mozilla/5.0 (Macintosh; Intel Mac OS X 10_15_7) AppleWebKit/537.36 (KHTML, like Gecko) Chrome/149.0.0.0 Safari/537.36",
				"sec-ch-ua: "+Brands("Google Chrome", 149))})
		}, []string{"http2.requests[1].fields[user-agent].value user-agent"}},
		{"a fetch with the accept of a navigation", "chrome150", func(f *fingerprint.Fingerprint) {
			accept := fieldValue(f.HTTP2.Requests[0].Fields, "accept")
			l := fields(f, fetchChanges...)
			at := slices.IndexFunc(l, func(f fingerprint.Field) bool { return f.Name == "sec-fetch-site" })
			l = slices.Insert(l, at, fingerprint.Field{Name: "accept", Value: accept})
			f.HTTP2.Requests[0].Fields = chromiumFetch(l)
		}, []string{"http2.requests[0].fields[accept].value accept"}},
		{"a fetch from no site, of a document, by a person", "chrome150", func(f *fingerprint.Fingerprint) {
			f.HTTP2.Requests[0].Fields = fields(f, "sec-fetch-mode: cors", "sec-fetch-dest: empty")
		}, []string{
			"http2.requests[0].fields[accept].value accept", "http2.requests[0].fields[sec-ch-ua-platform].value header-order",
			"http2.requests[0].fields[sec-fetch-site].value fetch-site", "http2.requests[0].fields[sec-fetch-user].value fetch-user",
			"http2.requests[0].fields[upgrade-insecure-requests].value upgrade-insecure-requests",
		}},
		{"a form without origin", "firefox153_linux", func(f *fingerprint.Fingerprint) {
			f.HTTP2.Requests[0].Fields = fields(f, ":method: POST", "sec-fetch-site: same-origin", "-sec-fetch-user", "content-type: text/plain")
		}, []string{"http2.requests[0].fields[origin].value origin"}},
		{"cookies twice are no duplicate in HTTP/2", "chrome150", func(f *fingerprint.Fingerprint) {
			r := &f.HTTP2.Requests[0]
			r.Fields = slices.Insert(r.Fields, len(r.Fields)-1, fingerprint.Field{Name: "cookie", Value: "a=1"}, fingerprint.Field{Name: "cookie", Value: "b=2"})
		}, nil},
		{"SETTINGS of Firefox under a hello of Chromium, and no user agent", "chrome150", func(f *fingerprint.Fingerprint) {
			f.HTTP2.Opening[0].Settings = []fingerprint.Setting{{ID: 1, Value: 65536}, {ID: 2, Value: 0}, {ID: 4, Value: 131072}, {ID: 5, Value: 16384}}
			f.HTTP2.Requests[0].Fields = fields(f, "-user-agent", "-sec-ch-ua", "-sec-ch-ua-mobile", "-sec-ch-ua-platform")
		}, []string{"http2.opening[0].settings layers"}},
		{"extensions that are not shuffled", "chrome150", func(f *fingerprint.Fingerprint) {
			slices.SortStableFunc(f.TLS.Extensions[1:len(f.TLS.Extensions)-1], func(a, b fingerprint.Extension) int {
				old := []fingerprint.ID{0, 23, 65281, 10, 11, 35, 16, 5, 13, 18, 51, 45, 43, 27}
				return slices.Index(old, a.Type) - slices.Index(old, b.Type)
			})
		}, []string{"tls.extensions.order permutation"}},
		{"terminal control in a name", "chrome150", func(f *fingerprint.Fingerprint) {
			r := &f.HTTP2.Requests[0]
			r.Fields = append(r.Fields, fingerprint.Field{Name: "x\x1b", Value: "1"}, fingerprint.Field{Name: "x\x1b", Value: "2"})
		}, []string{"http2.requests[0].fields[x?].value duplicate"}},
	} {
		t.Run(c.name, func(t *testing.T) {
			t.Parallel()
			f := observed(t, c.profile)
			c.plant(f)
			var got []string
			for _, x := range LintFingerprint(f, nil) {
				got = append(got, x.Path+" "+x.Rule)
			}
			slices.Sort(got)
			if !slices.Equal(got, c.want) {
				t.Errorf("got  %q\nwant %q", got, c.want)
			}
		})
	}
}

// chromiumFetch moves the client hints to where a fetch of Chromium 131 and later has them.
func chromiumFetch(l []fingerprint.Field) []fingerprint.Field {
	at := slices.IndexFunc(l, func(f fingerprint.Field) bool { return f.Name == "sec-ch-ua" })
	l[at], l[at+1], l[at+2], l[at+3] = l[at+2], l[at+3], l[at], l[at+1]
	return l
}

func TestLintBounded(t *testing.T) {
	t.Parallel()
	f := observed(t, "chrome150")
	r := &f.HTTP2.Requests[0]
	for range 5 * maxFindings {
		r.Fields = append(r.Fields, fingerprint.Field{Name: "x", Value: strings.Repeat("y", 1000)})
	}
	found := LintFingerprint(f, nil)
	if len(found) != maxFindings {
		t.Errorf("%d findings", len(found))
	}
}
