package cookies

import (
	"fmt"
	"strings"

	"github.com/onsi/gomega"

	"github.com/wirelike/wirelike/suites/runner"
	"github.com/wirelike/wirelike/suites/subject"
)

// settingRow is what of the lines that a server sets is sent to a second URL.
type settingRow struct {
	id, text string
	set      []string
	from, to string // to: from, if empty
	want     string
}

const (
	secure = "https://a.test/"
	plain  = "http://a.test/"
	deep   = "https://a.test/x/y"
	past   = "Thu, 01 Jan 2015 00:00:00 GMT"
)

var settingRows = []settingRow{
	{"COOKIE-17", "a Domain covers the host and its subdomains", lines("a=1; Domain=a.test; Path=/"), "https://sub.a.test/", "https://other.a.test/", "a=1"},
	{"COOKIE-17", "a dot before the Domain is nothing", lines("a=1; Domain=.a.test; Path=/"), "https://sub.a.test/", secure, "a=1"},
	{"COOKIE-17", "a Domain is no suffix of letters", lines("a=1; Domain=a.test; Path=/"), secure, "https://xa.test/", ""},
	{"COOKIE-22", "blanks and marks come back as they were", lines("a=x y,z(w)"), secure, "", "a=x y,z(w)"},
	{"COOKIE-23", "quotes come back as they were", lines(`a="x y"`), secure, "", `a="x y"`},
	{"COOKIE-23", "escapes come back as they were", lines(`a="x\"y"`), secure, "", `a="x\"y"`},
	{"COOKIE-40", "name and value have at most 4096 bytes", lines("a="+strings.Repeat("x", 4096), "b=2"), secure, "", "b=2"},
	{"COOKIE-41", "what is no token is a name all the same", lines("a b=1", "c=2"), secure, "", "a b=1; c=2"},
	{"COOKIE-41", "any byte but a control is a value", lines(`a=x\y"z`, "c=2"), secure, "", `a=x\y"z; c=2`},
	{"COOKIE-41", "bytes beyond ASCII come back", lines("a=é", "c=2"), secure, "", "a=é; c=2"},
	{"COOKIE-41", "neither name nor value is no cookie", lines("=", "c=2"), secure, "", "c=2"},
	{"COOKIE-42", "case of a Domain does not matter", lines("a=1; Domain=A.Test; Path=/"), secure, "https://sub.a.test/", "a=1"},
	{"COOKIE-42", "an empty Domain is host-only", lines("a=1; Domain=; Path=/"), secure, "https://sub.a.test/", ""},
	{"COOKIE-42", "the Domain of another host is refused", lines("a=1; Domain=b.test; Path=/", "b=2; Path=/"), secure, "", "b=2"},
	{"COOKIE-42", "the Domain of a subdomain is refused", lines("a=1; Domain=sub.a.test; Path=/", "b=2; Path=/"), secure, "", "b=2"},
	{"COOKIE-42", "of several Domains the last counts", lines("a=1; Domain=b.test; Domain=a.test; Path=/"), secure, "https://sub.a.test/", "a=1"},
	{"COOKIE-43", "a public suffix is no Domain", lines("a=1; Domain=co.uk; Path=/", "b=2; Path=/"), "https://wirelike.co.uk/", "", "b=2"},
	{"COOKIE-43", "a public suffix does not reach others", lines("a=1; Domain=co.uk; Path=/"), "https://wirelike.co.uk/", "https://other.co.uk/", ""},
	{"COOKIE-43", "a host that is a suffix has cookies of its own", lines("a=1; Domain=github.io"), "https://github.io/", "", "a=1"},
	{"COOKIE-44", "Max-Age beats Expires", lines("a=1; Max-Age=60; Expires=" + past), secure, "", "a=1"},
	{"COOKIE-44", "Max-Age of zero or less is the end", lines("a=1; Max-Age=0", "b=2; Max-Age=-1", "c=3; Max-Age=9"), secure, "", "c=3"},
	{"COOKIE-44", "Expires in the past is the end", lines("a=1; Expires="+past, "b=2"), secure, "", "b=2"},
	{"COOKIE-44", "Expires may have two digits of the year", lines("a=1; Expires=Thu, 01-Jan-15 00:00:00 GMT", "b=2"), secure, "", "b=2"},
	{"COOKIE-44", "Expires needs no weekday", lines("a=1; Expires=1 Jan 2015 00:00:00", "b=2"), secure, "", "b=2"},
	{"COOKIE-44", "Expires that is no date is none", lines("a=1; Expires=soon"), secure, "", "a=1"},
	{"COOKIE-46", "Secure needs https to be set", lines("a=1; Secure; Path=/"), plain, secure, ""},
	{"COOKIE-46", "Secure needs https to be sent", lines("a=1; Secure; Path=/", "b=2; Path=/"), secure, plain, "b=2"},
	{"COOKIE-46", "localhost is as good as https", lines("a=1; Secure"), "http://localhost/", "", "a=1"},
	{"COOKIE-47", "prefixes are kept by what they promise", lines("__Secure-a=1; Secure; Path=/", "__Host-b=2; Secure; Path=/"), secure, "", "__Secure-a=1; __Host-b=2"},
	{"COOKIE-47", "__Secure- needs Secure", lines("__Secure-a=1; Path=/", "c=3; Path=/"), secure, "", "c=3"},
	{"COOKIE-47", "__Host- has no Domain", lines("__Host-a=1; Secure; Path=/; Domain=a.test", "c=3; Path=/"), secure, "", "c=3"},
	{"COOKIE-47", "__Host- has the Path /", lines("__Host-a=1; Secure; Path=/cookie-lab", "c=3; Path=/"), secure, "", "c=3"},
	{"COOKIE-47", "prefixes have no case", lines("__host-a=1; Secure; Path=/cookie-lab", "c=3; Path=/"), secure, "", "c=3"},
	{"COOKIE-48", "the default path is the directory", lines("a=1"), deep, secure, ""},
	{"COOKIE-48", "the default path covers its neighbours", lines("a=1"), deep, "https://a.test/x/z", "a=1"},
	{"COOKIE-49", "a Path ends at a slash", lines("a=1; Path=/cookie-lab/x"), secure, "https://a.test/xy", ""},
	{"COOKIE-49", "a Path covers what is below", lines("a=1; Path=/cookie-lab/x"), secure, "https://a.test/x/y/z", "a=1"},
	{"COOKIE-49", "a Path has case", lines("a=1; Path=/cookie-lab/x"), secure, "https://a.test/X", ""},
	{"COOKIE-51", "one for the host and one for the domain are two", lines("a=1; Domain=a.test", "a=2"), secure, "", "a=1; a=2"},
	{"COOKIE-52", "long paths come first, then old cookies", lines("a=1; Path=/", "b=2; Path=/", "c=3; Path=/cookie-lab/x", "longname=4; Path=/"), "https://a.test/x", "", "c=3; a=1; b=2; longname=4"},
	{"COOKIE-53", "a cookie without Domain is for its host only", lines("a=1; Path=/"), secure, "https://sub.a.test/", ""},
	{"COOKIE-53", "several cookies are one field", lines("a=1", "b=2"), secure, "", "a=1; b=2"},
	{"COOKIE-55", "other attributes change nothing", lines("a=1; HttpOnly; SameSite=Lax; Odd=1; =x", "b=2; SameSite=odd"), secure, "", "a=1; b=2"},
}

func lines(l ...string) []string { return l }

// settings are the specs of the rows.
func settings() []runner.Spec {
	var all []runner.Spec
	for _, r := range settingRows {
		all = append(all, runner.It(r.id, r.text, func(t *runner.Trial) {
			s := newSites(t, subject.Config{})
			s.set(r.from, r.set...)
			to := r.to
			if to == "" {
				to = r.from
			}
			got := s.sent(to)
			gomega.Expect(brief(got)).To(gomega.Equal(r.want), "what %s gets", to)
		}))
	}
	return append(all, runner.It("COOKIE-51", "a replaced cookie keeps its place, but for browsers that have it otherwise", func(t *runner.Trial) {
		s := newSites(t, subject.Config{Neutral: true})
		s.set(secure, "a=1", "b=2", "a=3")
		gomega.Expect(s.sent(secure)).To(gomega.Equal("a=3; b=2"))
	}))
}

// brief cuts what is too long to be told.
func brief(text string) string {
	if len(text) > 200 {
		return fmt.Sprintf("%.20s… (%d bytes)", text, len(text))
	}
	return text
}
