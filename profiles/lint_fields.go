package profiles

import (
	"slices"
	"strconv"
	"strings"

	"github.com/wirelike/wirelike/fingerprint"
)

// request is one header list as the linter sees it.
type request struct {
	// path and suffix stand around "[name]" in the path of a finding.
	path, suffix string
	// protocol is "http/1.1", "h2", "h3", or empty when nobody kept it.
	protocol string
	// kind is empty for observed traffic: it is told from the fields.
	kind   Kind
	method string
	fields []fingerprint.Field
	// secure tells whether it went over TLS. Without, browsers leave fields out, unless the host is this machine.
	secure bool
	// model: the list is one of a profile; a field without value is a slot.
	model bool
	// loose: nobody kept order, case and completeness.
	loose bool
}

// at is the path of a field.
func (r *request) at(name string) string {
	return r.path + "[" + visible(strings.ToLower(name)) + "]" + r.suffix
}

// visible makes hostile text fit for a terminal: at most 200 bytes, all of them printable ASCII.
func visible(text string) string {
	return strings.Map(func(r rune) rune {
		if r < ' ' || r > '~' {
			return '?'
		}
		return r
	}, text[:min(len(text), 200)])
}

// value returns the value of a field, and whether it is there.
func (r *request) value(name string) (string, bool) {
	for i := len(r.fields) - 1; i >= 0; i-- {
		if f := r.fields[i]; strings.EqualFold(f.Name, name) && (f.Value != "" || !r.model) {
			return f.Value, true
		}
	}
	return "", false
}

func (r *request) has(name string) bool {
	_, ok := r.value(name)
	return ok
}

func (r *request) http1() bool { return r.protocol == "http/1.1" }

// judged tells whether there are recordings of requests over the protocol.
func (r *request) judged() bool { return r.protocol == "http/1.1" || r.protocol == "h2" }

// request judges one header list.
func (l *linter) request(r *request) {
	if !r.model {
		r.kind = kindOf(r.fields)
	}
	l.twice(r)
	if !r.loose {
		l.syntax(r)
		l.order(r)
	}
	a := agentOfFields(r.fields)
	if a.engine == "" {
		return // nobody is claimed
	}
	l.identity(r, &a)
	l.hints(r, &a)
	l.engineFields(r)
	l.sets(r)
	l.kinds(r)
}

// claim compares the user agent with the browser that a profile says it is.
func (l *linter) claim(p *Profile, r *request) {
	text, ok := r.value("user-agent")
	if !ok {
		l.add(r.at("user-agent"), "missing", "", "no user agent")
		return
	}
	want := l.agent
	if want.name == "chromium" {
		want.name = "chrome" // its user agent says so
	}
	if want.name == "tor" {
		want.name = "firefox"
	}
	got := parseAgent(text)
	hint := ""
	if rule, err := UserAgent(p.Browser); err == nil {
		hint = "expected: " + rule
	}
	for _, c := range [][3]string{
		{"browser", got.name, want.name}, {"engine", got.engine, want.engine},
		{"system", got.platform, want.platform}, {"version", versionText(got.version), versionText(want.version)},
	} {
		if c[1] != c[2] {
			l.add(r.at("user-agent"), "user-agent", hint, "the user agent's %s is %q, the profile's %q", c[0], c[1], c[2])
			return
		}
	}
}

// sameAgent compares the user agents of one connection.
func (l *linter) sameAgent(r *request) {
	text, ok := r.value("user-agent")
	if a := agentOfFields(r.fields); ok && l.agent.engine != "" && (a.engine != l.agent.engine || a.major != l.agent.major || a.platform != l.agent.platform) {
		l.add(r.at("user-agent"), "user-agent", "", "%.200q is another browser than that of the connection's first request, %s", text, l.agent.String())
	}
}

// identity judges the user agent on its own.
func (l *linter) identity(r *request, a *agent) {
	text := fieldValue(r.fields, "user-agent") // that which the agent was read from
	at := r.at("user-agent")
	if a.headless {
		l.add(at, "headless", "Chrome/ in one with a window", "a headless browser names itself")
	}
	if a.engine != "chromium" {
		return
	}
	m := agentChromium.FindStringSubmatch(text)
	if m == nil {
		return
	}
	if reduced := strconv.Itoa(a.major) + ".0.0.0"; a.major >= reducedVersion && m[2] != reduced {
		l.add(at, "user-agent", "", "Chromium from %d on writes %s, not %s", reducedVersion, reduced, m[2])
	}
	if a.platform == "Android" && a.major >= reducedDevice && !strings.Contains(text, "(Linux; Android 10; K)") && a.name != "" {
		l.add(at, "user-agent", "", "Chromium from %d on writes \"Linux; Android 10; K\" for every device", reducedDevice)
	}
}

// hints judges the client hints: brands, platform and mobile agree with the user agent, and only Chromium sends them.
func (l *linter) hints(r *request, a *agent) {
	if a.engine != "chromium" {
		for _, f := range r.fields {
			if name := strings.ToLower(f.Name); strings.HasPrefix(name, "sec-ch-") && (f.Value != "" || !r.model) {
				l.add(r.at(name), "client-hints", "", "%s sends no client hints", a.String())
			}
		}
		return
	}
	if text, ok := r.value("sec-ch-ua"); ok {
		l.brands(r, a, text)
	}
	if text, ok := r.value("sec-ch-ua-platform"); ok && a.platform != "" && text != `"`+a.platform+`"` {
		l.add(r.at("sec-ch-ua-platform"), "platform", "", "%s, but the user agent's system is %q", visible(text), a.platform)
	}
	// The other way round is not judged: the published signature of Chrome 131 on a phone has ?0.
	if text, ok := r.value("sec-ch-ua-mobile"); ok && text != "?0" && !a.mobile {
		l.add(r.at("sec-ch-ua-mobile"), "mobile", "", "%.80q, but the user agent is no phone's", text)
	}
}

// brands judges the brand list by Chromium's rule; see [Brands].
func (l *linter) brands(r *request, a *agent, text string) {
	at := r.at("sec-ch-ua")
	name, version := "", strconv.Itoa(a.major)
	for _, b := range parseBrands(text) {
		if b.name != "Chromium" && !greased(b.name) {
			name, version = b.name, b.version
		}
	}
	if name == "HeadlessChrome" {
		l.add(at, "headless", "", "a headless browser names itself")
	}
	want, known := Brands(name, a.major), BrandName(a.name)
	if r.model {
		known = BrandName(l.agent.name)
	}
	if name != known && name != "HeadlessChrome" && (r.model || known != "" && name != "" || name == BrandName("edge")) {
		l.add(at, "brands", "expected: "+Brands(known, a.major), "the brand is %.80q, but that of the browser %q", name, known)
		return
	}
	if version != strconv.Itoa(a.major) && known == "" { // a browser with versions of its own
		want = strings.Replace(want, brandEntry(name, strconv.Itoa(a.major)), brandEntry(name, version), 1)
	}
	if text != want {
		l.add(at, "brands", "the GREASE brand and the order follow from the major version", "%s, but %s has %s", visible(text), a.String(), want)
	}
}

// twice finds fields that stand twice; only cookies may, and only in HTTP/2 and HTTP/3 (RFC 9113 §8.2.3).
func (l *linter) twice(r *request) {
	seen := map[string]bool{}
	for _, f := range r.fields {
		name := strings.ToLower(f.Name)
		if name == "*" || f.Value == "" && r.model || name == "cookie" && !r.http1() {
			continue
		}
		if seen[name] {
			l.add(r.at(name), "duplicate", "", "%.80q stands there twice", f.Name)
		}
		seen[name] = true
	}
}

// spelling has the names whose case in HTTP/1.1 no script decides, as captures/* show them. Chromium writes its client
// hints in lower case.
var spelling = []string{
	"Host", "Connection", "User-Agent", "Accept-Encoding", "Accept-Language", "Upgrade-Insecure-Requests", "Sec-Fetch-Site", "Sec-Fetch-Mode",
	"Sec-Fetch-User", "Sec-Fetch-Dest", "Sec-Fetch-Storage-Access", "Referer", "Origin", "Cookie", "Content-Length", "Priority", "Upgrade",
	"Sec-WebSocket-Version", "Sec-WebSocket-Key", "Sec-WebSocket-Extensions", "Access-Control-Request-Method",
	"Access-Control-Request-Headers", "sec-ch-ua", "sec-ch-ua-mobile", "sec-ch-ua-platform",
}

// syntax judges case, the place of Host, and fields that have no place in the protocol.
func (l *linter) syntax(r *request) {
	for i, f := range r.fields {
		lower := strings.ToLower(f.Name)
		if !r.http1() {
			if f.Name != lower {
				l.add(r.at(f.Name), "case", "RFC 9113 §8.2.1", "%.80q is not in lower case", f.Name)
			}
			if slices.Contains([]string{"connection", "keep-alive", "proxy-connection", "transfer-encoding", "upgrade", "host"}, lower) && (f.Value != "" || !r.model) {
				l.add(r.at(f.Name), "connection-field", "RFC 9113 §8.2.2", "%q has no place in HTTP/2; no browser sends it", lower)
			}
			continue
		}
		for _, want := range spelling {
			if lower == strings.ToLower(want) && f.Name != want {
				l.add(r.at(f.Name), "case", "", "%q, but browsers write %q over HTTP/1.1", f.Name, want)
			}
		}
		if lower == "host" && i > 0 {
			l.add(r.at(f.Name), "host-first", "", "Host is field %d, but every browser writes it first", i+1)
		}
	}
}
