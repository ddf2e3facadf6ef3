package profiles

import (
	"strings"
	"testing"
)

// TestLintEmbedded: no embedded profile contradicts itself.
func TestLintEmbedded(t *testing.T) {
	t.Parallel()
	for _, name := range Names() {
		p, err := Lookup(name)
		if err != nil {
			t.Error(err)
			continue
		}
		for _, f := range Lint(p) {
			t.Errorf("%s: %s", name, f)
		}
	}
}

// TestLintClaims: what recorded browsers say of themselves fits to what they are, the traces of a headless one undone.
func TestLintClaims(t *testing.T) {
	t.Parallel()
	engines := map[string]string{"chrome": "chromium", "chromium": "chromium", "edge": "chromium", "firefox": "firefox", "tor": "firefox", "safari": "webkit"}
	for _, f := range agentFacts(t) {
		b := Browser{Name: f.Browser, Version: f.Version, OS: f.OS, Engine: engines[f.Browser]}
		if strings.HasPrefix(f.Source, "capture") && f.Browser != "firefox" {
			f.UserAgent, _ = UserAgent(b)
			f.SecCHUA = strings.Replace(f.SecCHUA, "HeadlessChrome", "Google Chrome", 1)
		}
		l := FieldList{{Name: "sec-ch-ua", Value: f.SecCHUA}, {Name: "sec-ch-ua-mobile", Value: f.Mobile},
			{Name: "sec-ch-ua-platform", Value: f.Platform}, {Name: "user-agent", Value: f.UserAgent}}
		p := &Profile{Browser: b, Headers: map[Kind]HeaderSet{Navigate: {H2: l}}}
		for _, x := range Lint(p) {
			if x.Rule != "missing" && x.Rule != "priority" && x.Rule != "te" && x.Rule != "upgrade-insecure-requests" { // only these fields are looked at
				t.Errorf("%s: %s", f.Name, x)
			}
		}
	}
}
