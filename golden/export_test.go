package golden

import "strings"

// ExpectForms lets the live tests judge the requests of other pages than a golden's.
var ExpectForms = expectForms

// name is a golden's name within its profile, as tests have it: "first-h2".
func (g *Golden) name() string {
	return string(g.Situation) + "-" + strings.Replace(g.Protocol, "http/1.1", "h1", 1)
}
