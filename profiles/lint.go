package profiles

import (
	"fmt"
	"strings"

	"github.com/wirelike/wirelike/fingerprint"
)

// Finding is one contradiction: something that the browser that is claimed does not send, or not together with the rest.
type Finding struct {
	// Path says where: "first.tls.extensions.supported_groups[1]", "headers.navigate.h2[sec-ch-ua]" in a profile,
	// "http2.requests[0].fields[te].value" in a fingerprint.
	Path string `json:"path"`
	// Rule is the name of the rule that was broken: "brands", "grease", "header-order" …
	Rule string `json:"rule"`
	// Message says what is there and what should be.
	Message string `json:"message"`
	// Hint says what else it may mean, or what to do; may be empty.
	Hint string `json:"hint,omitempty"`
}

// String returns path, rule, message and hint in one line.
func (f Finding) String() string {
	text := fmt.Sprintf("%s: %s [%s]", f.Path, f.Message, f.Rule)
	if f.Hint != "" {
		text += " (" + f.Hint + ")"
	}
	return text
}

// maxFindings bounds what is reported of one subject; hostile input may break a rule in every one of its fields.
const maxFindings = 1000

// linter collects the findings about one subject.
type linter struct {
	agent    agent
	findings []Finding
	// vary is what a model says of its variation; nil for observed traffic.
	vary *fingerprint.Vary
	// others counts, by finding without path, the lists of a profile in which it stands again.
	others map[Finding]int
}

func (l *linter) add(path, rule, hint, format string, args ...any) {
	if len(l.findings) < maxFindings {
		l.findings = append(l.findings, Finding{Path: path, Rule: rule, Message: fmt.Sprintf(format, args...), Hint: hint})
	}
}

// Lint says where a profile contradicts itself or what is known of its browser: the user agent, the client hints, the
// hello, the HTTP/2 opening, and the header lists of all kinds. What versions have is judged by recordings alone; a
// version between two recorded ones may have what either has. Nil: nothing found.
func Lint(p *Profile) []Finding {
	l := &linter{agent: agentOf(p.Browser), vary: &p.Vary, others: map[Finding]int{}}
	if p.First.TLS != nil {
		l.hello("first.tls", p.First.TLS)
	}
	if p.First.HTTP2 != nil {
		l.http2("first.http2", p.First.HTTP2)
	}
	for _, k := range AllKinds() { // a navigation names what is wrong everywhere
		set, path := p.Headers[k], "headers."+string(k)
		l.list(p, request{path: path + ".http/1.1", protocol: "http/1.1", kind: k, fields: set.H1})
		l.list(p, request{path: path + ".h2", protocol: "h2", kind: k, fields: set.H2})
		l.weight(path+".priority.weight", k, set.Priority)
		for i, x := range set.Shapes {
			at := fmt.Sprintf("%s.shapes[%d]", path, i)
			l.list(p, request{path: at + ".http/1.1", protocol: "http/1.1", kind: k, fields: x.H1})
			l.list(p, request{path: at + ".h2", protocol: "h2", kind: k, fields: x.H2})
		}
	}
	return l.summed()
}

// list judges one header list of a profile. What has been found already in another list is only counted.
func (l *linter) list(p *Profile, r request) {
	if len(r.fields) == 0 {
		return
	}
	r.secure, r.model = true, true
	one := &linter{agent: l.agent, vary: l.vary}
	one.claim(p, &r)
	one.request(&r)
	for _, f := range one.findings {
		same := f
		same.Path = strings.ToLower(f.Path[strings.LastIndexByte(f.Path, '['):])
		if l.others[same]++; l.others[same] == 1 && len(l.findings) < maxFindings {
			l.findings = append(l.findings, f)
		}
	}
}

// summed returns the findings, those of header lists with the number of other lists in which they stand.
func (l *linter) summed() []Finding {
	for i := range l.findings {
		f := &l.findings[i]
		same := *f
		if at := strings.LastIndexByte(f.Path, '['); at >= 0 {
			same.Path = strings.ToLower(f.Path[at:])
		}
		if n := l.others[same]; n > 1 {
			f.Message += fmt.Sprintf("; so in %d other lists", n-1)
		}
	}
	return l.findings
}

// LintFingerprint says where a connection contradicts itself: it is judged by the user agent of its requests. Vary is what
// a golden says of its variation; nil for observed traffic. Nil: nothing found.
func LintFingerprint(f *fingerprint.Fingerprint, vary *fingerprint.Vary) []Finding {
	l := &linter{vary: vary}
	var list []request
	if f.HTTP1 != nil {
		for i, r := range f.HTTP1.Requests {
			list = append(list, request{path: fmt.Sprintf("http1.requests[%d].fields", i), protocol: "http/1.1", fields: r.Fields, method: r.Method})
		}
	}
	if f.HTTP2 != nil {
		for i, r := range f.HTTP2.Requests {
			list = append(list, request{path: fmt.Sprintf("http2.requests[%d].fields", i), protocol: "h2", fields: r.Fields, method: fieldValue(r.Fields, ":method")})
		}
	}
	for i := range list {
		list[i].secure, list[i].suffix = f.TLS != nil, ".value"
		if a := agentOfFields(list[i].fields); l.agent.engine == "" {
			l.agent = a
		}
	}
	if f.TLS != nil {
		l.hello("tls", f.TLS)
	}
	if f.HTTP2 != nil {
		l.http2("http2", f.HTTP2)
	}
	if f.TLS != nil && f.HTTP2 != nil && l.agent.engine == "" {
		l.layers(f)
	}
	for i := range list {
		l.sameAgent(&list[i])
		l.request(&list[i])
	}
	return l.findings
}

// Request is one request on its own, as an HTTP archive has it.
type Request struct {
	// Path is what the paths of findings begin with: "log.entries[3].request.headers".
	Path string
	// Protocol is "http/1.1", "h2", "h3", or empty when it is not known.
	Protocol string
	// Secure tells whether it went over TLS.
	Secure bool
	Method string
	Fields []fingerprint.Field
	// Ordered says that order, case and completeness of Fields are those of the wire, which few archives have.
	Ordered bool
}

// LintRequest says where a request contradicts itself. Nil: nothing found.
func LintRequest(r *Request) []Finding {
	l := &linter{agent: agentOfFields(r.Fields)}
	l.request(&request{path: r.Path, suffix: ".value", protocol: r.Protocol, secure: r.Secure, method: r.Method, fields: r.Fields, loose: !r.Ordered})
	return l.findings
}
