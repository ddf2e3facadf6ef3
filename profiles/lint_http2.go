package profiles

import (
	"fmt"
	"slices"
	"strconv"
	"strings"

	"github.com/wirelike/wirelike/fingerprint"
)

// http2 judges the opening of an HTTP/2 connection, and stream and priority of its first request.
func (l *linter) http2(path string, h *fingerprint.HTTP2) {
	if l.agent.engine == "" {
		return
	}
	for i, f := range h.Opening {
		at := path + ".opening[" + strconv.Itoa(i) + "]"
		switch f.Type {
		case "SETTINGS":
			l.settings(at+".settings", f.Settings)
		case "WINDOW_UPDATE":
			l.value(at+".increment", "window", "window", strconv.FormatUint(uint64(f.Increment), 10))
		}
	}
	if len(h.Requests) == 0 {
		return
	}
	first := h.Requests[0]
	l.value(path+".requests[0].stream", "stream", "stream", strconv.FormatUint(uint64(first.Stream), 10))
	if kind := kindOf(first.Fields); kind == Navigate || kind == Form || kind == Reload {
		l.value(path+".requests[0].priority.weight", "weight", "weight", weightText(first.Priority))
	}
}

func weightText(p *fingerprint.Priority) string {
	switch {
	case p == nil:
		return absent
	case p.Exclusive:
		return strconv.Itoa(p.Weight) + " exclusive"
	}
	return strconv.Itoa(p.Weight)
}

// settings compares the parameters of a SETTINGS frame in their order; the path names the first that differs.
func (l *linter) settings(path string, got []fingerprint.Setting) {
	text := settingsText(got)
	wants := l.agent.wants("settings")
	if len(wants) == 0 || slices.Contains(wants, text) {
		return
	}
	want := strings.Fields(wants[0])
	at := path + ".order"
	for i, s := range got {
		if one := settingsText(got[i : i+1]); i >= len(want) || one != want[i] {
			at = path + "[" + s.Name() + "]"
			break
		}
	}
	l.add(at, "settings", recorded("settings", text), "%s, but %s has %s", text, l.agent.String(), strings.Join(wants, ", or "))
}

// settingsText is the form of the table of facts: "1:65536 2:0".
func settingsText(list []fingerprint.Setting) string {
	if len(list) == 0 {
		return absent
	}
	out := make([]string, len(list))
	for i, s := range list {
		out[i] = fmt.Sprintf("%d:%d", s.ID, s.Value)
	}
	return strings.Join(out, " ")
}

// weight judges the HTTP/2 priority that a profile has for a kind.
func (l *linter) weight(path string, kind Kind, p *fingerprint.Priority) {
	if p == nil {
		return
	}
	got := weightText(p)
	wants := l.kindWeights(kind)
	if len(wants) > 0 && !slices.Contains(wants, got) {
		l.add(path, "weight", "", "%s, but %s gives %q the weight %s", got, l.agent.String(), kind, strings.Join(wants, ", or "))
	}
}

// kindWeights has the weights of captures/chromium* and captures/firefox*. An image's follows from its place on the page.
func (l *linter) kindWeights(kind Kind) []string {
	if kind == Navigate || kind == Reload || kind == Form {
		return l.agent.wants("weight")
	}
	switch l.agent.engine + " " + string(kind) {
	case "chromium iframe", "chromium style":
		return []string{"256 exclusive"}
	case "chromium image":
		if l.agent.major > 116 {
			return []string{"147 exclusive", "183 exclusive"}
		}
		return []string{"147 exclusive"}
	case "firefox image":
		return []string{"12", "14"}
	}
	switch l.agent.engine {
	case "chromium":
		return []string{"220 exclusive"}
	case "firefox":
		return []string{"22"}
	}
	return nil
}

// layers compares TLS and HTTP/2 of a connection whose requests do not say what it comes from.
func (l *linter) layers(f *fingerprint.Fingerprint) {
	tls := enginesWith("suites", idText(f.TLS.CipherSuites))
	for i, frame := range f.HTTP2.Opening {
		if frame.Type != "SETTINGS" {
			continue
		}
		text := settingsText(frame.Settings)
		h2 := enginesWith("settings", text)
		if len(tls) > 0 && len(h2) > 0 && !slices.ContainsFunc(h2, func(e string) bool { return slices.Contains(tls, e) }) {
			l.add("http2.opening["+strconv.Itoa(i)+"].settings", "layers", recorded("settings", text), "the settings of %s under the hello of %s", h2[0], tls[0])
		}
		return
	}
}

// enginesWith returns the engines that have a value in a place.
func enginesWith(place, value string) (out []string) {
	for _, f := range facts {
		if f.place == place && slices.Contains(strings.Split(f.want, " | "), value) && !slices.Contains(out, f.engine) {
			out = append(out, f.engine)
		}
	}
	return out
}
