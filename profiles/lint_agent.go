package profiles

import (
	"regexp"
	"slices"
	"strconv"
	"strings"

	"github.com/wirelike/wirelike/fingerprint"
)

// agent is who a connection says it comes from.
type agent struct {
	// engine is that of [Browser]; empty when the user agent is missing or of no browser that the tables know.
	engine string
	// name is that of [Browser]; empty for another browser on a known engine.
	name string
	// version is the engine's, minor versions in hundredths; major is its whole part.
	version float64
	major   int
	// platform is that of [Platform], mobile a phone's "Mobile".
	platform string
	mobile   bool
	headless bool
}

// has tells whether a row of facts with that trait is about the agent. A browser that is neither Google's, nor
// Microsoft's, nor a Chromium without brand may be like either.
func (a *agent) has(only string) bool {
	switch only {
	case "":
		return true
	case "branded":
		return a.name != "chromium" && !a.headless
	case "plain":
		return a.name == "chromium" || a.name == "" || a.headless
	case "android":
		return a.platform == "Android"
	case "ios":
		return a.platform == "iOS"
	}
	return a.name == only
}

// agentOf is the agent of a profile.
func agentOf(b Browser) agent {
	a := agent{engine: b.Engine, name: b.Name, platform: Platform(b.OS)}
	a.mobile = a.platform == "Android" || a.platform == "iOS"
	a.setVersion(b.Version)
	if b.Name == "tor" && a.major == 14 { // its own version is not the engine's
		a.setVersion("128")
	}
	return a
}

func (a *agent) setVersion(version string) {
	a.major, _ = MajorVersion(version)
	a.version = float64(a.major)
	if a.engine == "webkit" { // the others tell their minor version in no place that counts
		_, rest, _ := strings.Cut(version, ".")
		minor, _, _ := strings.Cut(rest, ".")
		n, _ := strconv.Atoi(minor)
		a.version += float64(min(max(n, 0), 99)) / 100
	}
}

var (
	agentChromium = regexp.MustCompile(`\b(Headless)?Chrome/(\d+[\d.]*)`)
	agentFirefox  = regexp.MustCompile(`\brv:(\d+[\d.]*)\) Gecko/\S+ Firefox/(\d+[\d.]*)$`)
	agentSafari   = regexp.MustCompile(`\bVersion/(\d+[\d.]*) (?:Mobile/\S+ )?Safari/`)
)

// parseAgent reads a user agent.
func parseAgent(text string) (a agent) {
	system, _, _ := strings.Cut(text, ")")
	for _, p := range [][2]string{{"Windows NT", "Windows"}, {"Android", "Android"}, {"iPhone", "iOS"}, {"iPad", "iOS"}, {"Macintosh", "macOS"}, {"CrOS", "Chrome OS"}, {"Linux", "Linux"}} {
		if strings.Contains(system, p[0]) {
			a.platform = p[1]
			break
		}
	}
	a.mobile = strings.Contains(text, "Mobile")
	if m := agentChromium.FindStringSubmatch(text); m != nil {
		a.engine, a.name, a.headless = "chromium", "chrome", m[1] != ""
		switch {
		case strings.Contains(text, " Edg/"), strings.Contains(text, " EdgA/"):
			a.name = "edge"
		case strings.Contains(text, " OPR/"), strings.Contains(text, " Vivaldi/"), strings.Contains(text, "; wv)"):
			a.name = ""
		}
		a.setVersion(m[2])
	} else if m := agentFirefox.FindStringSubmatch(text); m != nil {
		a.engine, a.name = "firefox", "firefox"
		a.setVersion(m[2])
	} else if m := agentSafari.FindStringSubmatch(text); m != nil {
		a.engine, a.name = "webkit", "safari"
		a.setVersion(m[1])
	} else if a.platform == "iOS" && strings.Contains(text, "AppleWebKit/") {
		a.engine = "webkit" // another browser on iOS, which tells its own version only
	}
	return a
}

// agentOfFields is the agent of a request: its user agent, and what its brand list adds.
func agentOfFields(fields []fingerprint.Field) agent {
	a := parseAgent(fieldValue(fields, "user-agent"))
	if brands := fieldValue(fields, "sec-ch-ua"); a.name == "chrome" && brands != "" && !strings.Contains(brands, `"Google Chrome"`) {
		if a.name = ""; len(parseBrands(brands)) == 2 || a.headless {
			a.name = "chromium"
		}
	}
	return a
}

// fieldValue returns the last value of a field, in whatever case its name is, or "".
func fieldValue(fields []fingerprint.Field, name string) (value string) {
	for _, f := range fields {
		if strings.EqualFold(f.Name, name) && f.Value != "" {
			value = f.Value
		}
	}
	return value
}

// brand is one entry of sec-ch-ua.
type brand struct{ name, version string }

var brandPattern = regexp.MustCompile(`"([^"]*)";v="([^"]*)"`)

// parseBrands reads a brand list as far as it is one.
func parseBrands(text string) (out []brand) {
	for _, m := range brandPattern.FindAllStringSubmatch(text, 16) {
		out = append(out, brand{m[1], m[2]})
	}
	return out
}

// greased tells whether a brand is one that Chromium makes up.
func greased(name string) bool {
	letters := strings.Map(func(r rune) rune {
		if slices.Contains(greaseMarks, string(r)) {
			return -1
		}
		return r
	}, name)
	return letters == "NotABrand"
}
