package profiles

import (
	"slices"
	"strconv"
	"strings"

	"github.com/wirelike/wirelike/fingerprint"
)

// hello judges a ClientHello by the agent's engine and version.
func (l *linter) hello(path string, h *fingerprint.ClientHello) {
	if l.agent.engine == "" {
		return
	}
	ext := path + ".extensions"
	l.ids(path+".cipher_suites", "", "suites", "cipher-suites", h.CipherSuites)
	l.ids(ext+".supported_groups", "", "groups", "groups", list(h, fingerprint.ExtSupportedGroups))
	l.ids(ext+".key_share", ".group", "shares", "key-shares", shareGroups(h))
	l.ids(ext+".signature_algorithms", "", "schemes", "signature-algorithms", list(h, fingerprint.ExtSignatureAlgorithms))
	l.ids(ext+".supported_versions", "", "versions", "versions", list(h, fingerprint.ExtSupportedVersions))
	if e := h.Extension(fingerprint.ExtCompressCertificate); e != nil {
		l.ids(ext+".compress_certificate", "", "certificates", "certificate-compression", e.List)
	}
	l.protocols(ext+".alpn", h)
	l.greaseExtensions(ext, h)
	l.extensionSet(ext, h)
	l.alps(ext, h)
	l.value(ext+".encrypted_client_hello", "ech", "ech", seen(h, fingerprint.ExtEncryptedClientHello))
	l.value(ext+".trust_anchors", "anchors", "trust-anchors", seen(h, fingerprint.ExtTrustAnchors))
	l.keyReuse(ext+".key_share", h)
	l.permutation(path, h)
}

// value compares a text with what the agent may have in a place.
func (l *linter) value(path, place, rule, got string) {
	if wants := l.agent.wants(place); len(wants) > 0 && !slices.Contains(wants, got) {
		l.add(path, rule, recorded(place, got), "%s, but %s has %s", got, l.agent.String(), strings.Join(wants, ", or "))
	}
}

// ids compares a list of code points. The path of a finding is that of the first one that differs.
func (l *linter) ids(path, suffix, place, rule string, got []fingerprint.ID) {
	wants := l.agent.wants(place)
	text := idText(got)
	if len(wants) == 0 || slices.Contains(wants, text) {
		return
	}
	at, want := 0, strings.Fields(wants[0])
	for at < len(got) && at < len(want) && idText(got[at:at+1]) == want[at] {
		at++
	}
	switch in := func(list []string) bool { return slices.Contains(list, "GREASE") }; {
	case at < len(want) && want[at] == "GREASE":
		rule = "grease"
	case at < len(got) && got[at].IsGREASE() && !in(want):
		rule = "grease"
	}
	if at < len(got) {
		path += "[" + strconv.Itoa(at) + "]" + suffix
	}
	l.add(path, rule, recorded(place, text), "%s, but %s has %s", text, l.agent.String(), strings.Join(wants, ", or "))
}

// idText is the form of the table of facts: decimal numbers, any GREASE value being "GREASE"; "-" for none.
func idText(ids []fingerprint.ID) string {
	if len(ids) == 0 {
		return absent
	}
	b := make([]string, len(ids))
	for i, id := range ids {
		if b[i] = id.String(); id.IsGREASE() {
			b[i] = "GREASE"
		}
	}
	return strings.Join(b, " ")
}

func list(h *fingerprint.ClientHello, t fingerprint.ID) []fingerprint.ID {
	if e := h.Extension(t); e != nil {
		return e.List
	}
	return nil
}

func shareGroups(h *fingerprint.ClientHello) (out []fingerprint.ID) {
	if e := h.Extension(fingerprint.ExtKeyShare); e != nil {
		for _, s := range e.Shares {
			out = append(out, s.Group)
		}
	}
	return out
}

func seen(h *fingerprint.ClientHello, t fingerprint.ID) string {
	if h.Extension(t) == nil {
		return absent
	}
	return t.String()
}

// protocols: browsers offer h2 and http/1.1 in this order, and http/1.1 alone or no ALPN for a WebSocket.
func (l *linter) protocols(path string, h *fingerprint.ClientHello) {
	e := h.Extension(fingerprint.ExtALPN)
	if e == nil {
		return
	}
	if text := strings.Join(e.Protocols, " "); text != "h2 http/1.1" && text != "http/1.1" {
		l.add(path, "alpn", "", "%.80q, but browsers offer h2 and http/1.1, or http/1.1 alone for a WebSocket", text)
	}
}

// greaseExtensions: Chromium and Safari have one GREASE extension first and another behind all but padding and
// pre_shared_key; Firefox has none.
func (l *linter) greaseExtensions(path string, h *fingerprint.ClientHello) {
	var at []int
	for i, e := range h.Extensions {
		if e.Type.IsGREASE() {
			at = append(at, i)
		}
	}
	if l.agent.engine == "firefox" {
		if len(at) > 0 {
			l.add(path+".grease", "grease", "", "a GREASE extension, but Firefox has none")
		}
		return
	}
	last := len(h.Extensions) - 1
	for last > 0 && (h.Extensions[last].Type == fingerprint.ExtPadding || h.Extensions[last].Type == fingerprint.ExtPreSharedKey) {
		last--
	}
	if len(at) != 2 || at[0] != 0 || at[1] != last {
		l.add(path+".grease", "grease", "", "%d GREASE extensions, but %s has two: the first, and the last but for padding and pre_shared_key", len(at), l.agent.String())
	}
}

// extensionSet compares which extensions there are, without those that depend on the connection (padding, tickets,
// cookies, a host that is an address) and those that have a row of their own.
func (l *linter) extensionSet(path string, h *fingerprint.ClientHello) {
	wants := l.agent.wants("extensions")
	if len(wants) == 0 {
		return
	}
	var got []int
	for _, e := range h.Extensions {
		switch e.Type {
		case fingerprint.ExtPadding, fingerprint.ExtPreSharedKey, fingerprint.ExtCookie, fingerprint.ExtEarlyData, fingerprint.ExtApplicationSettings,
			fingerprint.ExtApplicationSettingsOld, fingerprint.ExtTrustAnchors, fingerprint.ExtEncryptedClientHello:
			continue
		}
		if !e.Type.IsGREASE() {
			got = append(got, int(e.Type))
		}
	}
	slices.Sort(got)
	optional := []int{int(fingerprint.ExtServerName)}
	if h.Extension(fingerprint.ExtPreSharedKey) != nil { // Firefox resumes without it
		optional = append(optional, int(fingerprint.ExtSessionTicket))
	}
	if !offersHTTP2(h) { // for a WebSocket, Chromium 92 left out the one and Firefox leaves out the other
		optional = append(optional, int(fingerprint.ExtALPN), int(fingerprint.ExtCompressCertificate))
	}
	var at, message string
	for _, want := range wants {
		name, what := compareSets(got, numbers(want), optional)
		if what == "" {
			return
		}
		if message == "" {
			at, message = path+"."+name, what
		}
	}
	l.add(at, "extensions", "", "%s %s", message, l.agent.String())
}

// compareSets returns the name of the first extension in which two sorted sets differ, and how; "" if they do not.
func compareSets(got, want, optional []int) (name, what string) {
	for _, t := range got {
		if !slices.Contains(want, t) && !slices.Contains(optional, t) {
			return fingerprint.ExtensionName(fingerprint.ID(t)), "an extension that is not in"
		}
	}
	for _, t := range want {
		if !slices.Contains(got, t) && !slices.Contains(optional, t) {
			return fingerprint.ExtensionName(fingerprint.ID(t)), "an extension is missing that is in"
		}
	}
	return "", ""
}

func numbers(text string) (out []int) {
	for _, s := range strings.Fields(text) {
		n, _ := strconv.Atoi(s)
		out = append(out, n)
	}
	return out
}

// alps compares the code point of ALPS. Chromium sends the extension for h2 only, older versions also without.
func (l *linter) alps(path string, h *fingerprint.ClientHello) {
	got, name := absent, "application_settings"
	for _, t := range []fingerprint.ID{fingerprint.ExtApplicationSettingsOld, fingerprint.ExtApplicationSettings} {
		if h.Extension(t) != nil {
			got, name = t.String(), fingerprint.ExtensionName(t)
		}
	}
	if got == absent && !offersHTTP2(h) {
		return
	}
	l.value(path+"."+name, "alps", "alps", got)
}

func offersHTTP2(h *fingerprint.ClientHello) bool {
	e := h.Extension(fingerprint.ExtALPN)
	return e != nil && slices.Contains(e.Protocols, "h2")
}

// keyReuse: Firefox has one X25519 key in both of its shares, Chromium draws two.
func (l *linter) keyReuse(path string, h *fingerprint.ClientHello) {
	e := h.Extension(fingerprint.ExtKeyShare)
	if e == nil {
		return
	}
	hybrid := slices.ContainsFunc(e.Shares, func(s fingerprint.KeyShare) bool { return s.Group == fingerprint.GroupX25519MLKEM768 })
	for i, s := range e.Shares {
		at := path + "[" + strconv.Itoa(i) + "].reuses"
		switch {
		case l.agent.engine == "chromium" && s.Reuses != 0:
			l.add(at, "key-reuse", "Firefox does", "the X25519 key is that of the hybrid share, but Chromium draws two")
		case l.agent.engine == "firefox" && s.Group == fingerprint.GroupX25519 && hybrid && s.Reuses == 0:
			l.add(at, "key-reuse", "Chromium does", "the X25519 key is not that of the hybrid share, but Firefox uses one for both")
		}
	}
}

// permutation: Chromium shuffles its extensions from 110 on. A model says so itself; of one connection, only the order that
// Chromium had before is telling, or another one where nothing is shuffled.
func (l *linter) permutation(path string, h *fingerprint.ClientHello) {
	wants := l.agent.wants("permutation")
	if len(wants) != 1 {
		return
	}
	if l.vary != nil {
		got := absent
		if l.vary.Permute != nil {
			got = "permuted"
		}
		if got != wants[0] {
			at := "vary.permute"
			l.add(at, "permutation", recorded("permutation", got), "%s, but %s has %s", got, l.agent.String(), wants[0])
		}
		return
	}
	if fixed := fixedOrder(h); l.agent.engine == "chromium" && fixed != (wants[0] == absent) {
		message := "the extensions are shuffled, but %s has them in one order"
		if fixed {
			message = "the extensions stand in the order of Chromium before 110, but %s shuffles them"
		}
		l.add(path+".extensions.order", "permutation", "", message, l.agent.String())
	}
}

// fixedOrder tells whether the extensions stand in the order that Chromium had before it shuffled them.
func fixedOrder(h *fingerprint.ClientHello) bool {
	old := []fingerprint.ID{0, 23, 65281, 10, 11, 35, 16, 5, 13, 18, 51, 45, 43, 27, 17513}
	last := -1
	for _, e := range h.Extensions {
		if at := slices.Index(old, e.Type); at >= 0 {
			if at < last {
				return false
			}
			last = at
		}
	}
	return true
}

// String names the agent for messages: "chromium 131".
func (a *agent) String() string {
	name := a.engine
	if a.name != "" {
		name = a.name
	}
	return name + " " + versionText(a.version)
}
