package golden

import "strings"

// ExpectForms lets the live tests judge the requests of other pages than a golden's.
var ExpectForms = expectForms

// name is a golden's name within its profile, as tests have it: "first-h2".
func (g *Golden) name() string {
	return string(g.Situation) + "-" + strings.Replace(g.Protocol, "http/1.1", "h1", 1)
}

// evidenced tells whether a path of the golden has evidence.
func (g *Golden) evidenced(path string) bool { return g.judge().evidenced(path) }

// helloOf says of which situation the golden's hello is; empty for none.
func (g *Golden) helloOf() Situation {
	switch g.Situation {
	case Page, NoALPN, Redirect:
		return First
	case Plain:
		return ""
	}
	return g.Situation
}
