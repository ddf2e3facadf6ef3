package profiles

import (
	"strings"
	"testing"
)

func TestUserAgentOfRecordedBrowsers(t *testing.T) {
	t.Parallel()
	// The name of the signature says one version and the user agent in it another.
	contradictions := map[string]string{
		"chrome_100.0.4896.127_win10":          "100.0.4896.75",
		"chrome_99.0.4844.73_android12-pixel6": "99.0.4844.58",
	}
	compared := 0
	for _, f := range agentFacts(t) {
		got, err := UserAgent(Browser{Name: f.Browser, Version: f.Version, OS: f.OS})
		if major, _ := MajorVersion(f.Version); f.Browser == "edge" && major < reducedVersion {
			if err == nil {
				t.Errorf("%s: a user agent with a version that is not known: %s", f.Name, got)
			}
			continue
		}
		if err != nil {
			t.Errorf("%s: %v", f.Name, err)
			continue
		}
		compared++
		want := f.UserAgent
		if in := contradictions[f.Name]; in != "" {
			want = strings.Replace(want, in, f.Version, 1)
		}
		if strings.HasPrefix(f.Source, "capture") && f.Browser != "firefox" {
			// A headless build names itself, and a headless_shell tells its full version.
			major, _, _ := strings.Cut(f.Version, ".")
			want = strings.Replace(want, "HeadlessChrome/", "Chrome/", 1)
			if f.Browser == "chrome" && major != "92" {
				want = strings.Replace(want, f.Version, major+".0.0.0", 1)
			}
		}
		if got != want {
			t.Errorf("%s (%s):\n got %s\nwant %s", f.Name, f.Source, got, want)
		}
	}
	if compared < 105 {
		t.Errorf("only %d compared", compared)
	}
}

func TestUserAgentRefuses(t *testing.T) {
	t.Parallel()
	for _, c := range []struct {
		b    Browser
		want string
	}{
		{Browser{Name: "chrome", Version: "beta", OS: "Windows"}, "does not begin with a number"},
		{Browser{Name: "chrome", Version: "99.0.4844.58", OS: "Android 12"}, "device"},
		{Browser{Name: "edge", Version: "99.0.1150.30", OS: "Windows"}, "does not follow"},
		{Browser{Name: "firefox", Version: "133.0", OS: "Android"}, "Android 14"},
		{Browser{Name: "safari", Version: "18.0", OS: "iOS"}, "iOS 18.0"},
		{Browser{Name: "safari", Version: "18.0", OS: "Windows"}, "no rule"},
		{Browser{Name: "tor", Version: "9.0", OS: "macOS"}, "not known"},
		{Browser{Name: "lynx", Version: "2.9", OS: "Linux"}, "no rule"},
		{Browser{Name: "firefox", Version: "133.0", OS: "Plan 9"}, "Plan 9"},
	} {
		if got, err := UserAgent(c.b); err == nil || !strings.Contains(err.Error(), c.want) {
			t.Errorf("%+v: %q, %v", c.b, got, err)
		}
	}
}

// TestUserAgentOfOthers has systems that no recording has; each value is what that browser's documentation gives.
func TestUserAgentOfOthers(t *testing.T) {
	t.Parallel()
	for _, c := range []struct {
		b    Browser
		want string
	}{
		{Browser{Name: "firefox", Version: "133.0.3", OS: "Android 14"}, "Mozilla/5.0 (Android 14; Mobile; rv:133.0) Gecko/133.0 Firefox/133.0"},
		{Browser{Name: "firefox", Version: "115.0", OS: "Windows"}, "Mozilla/5.0 (Windows NT 10.0; Win64; x64; rv:109.0) Gecko/20100101 Firefox/115.0"},
		{Browser{Name: "edge", Version: "131.0.2903.51", OS: "Android"},
			"Mozilla/5.0 (Linux; Android 10; K) AppleWebKit/537.36 (KHTML, like Gecko) Chrome/131.0.0.0 Mobile Safari/537.36 EdgA/131.0.0.0"},
	} {
		if got, err := UserAgent(c.b); err != nil || got != c.want {
			t.Errorf("%+v:\n got %s, %v\nwant %s", c.b, got, err, c.want)
		}
	}
}
