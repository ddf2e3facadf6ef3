package profiles

import (
	"fmt"
	"strconv"
	"strings"
)

// The first Chromium versions whose user agent tells less.
const (
	// reducedVersion writes 102.0.0.0 for every build of 102. Recorded: 101 in full, 104 reduced.
	reducedVersion = 102
	// reducedDevice writes "Android 10; K" for every system and device. Recorded: 99 in full, 131 reduced.
	reducedDevice = 110
	// reducedEdge is the same for Edge's own part. Recorded: 118 in full, 119 reduced.
	reducedEdge = 119
)

// UserAgent returns the User-Agent of a browser as a person uses it: a headless one names itself HeadlessChrome.
//
// Name is "chrome", "chromium", "edge", "firefox", "tor" or "safari"; Engine is not looked at. OS is "Windows", "macOS",
// "Linux" (or a distribution: "Debian 12"), "Android" or "iOS", with anything behind it: most browsers tell a frozen
// version of their system. Where they do not, OS must have it: "Android 12; Pixel 6" for Chromium before 110, "Android
// 14" for Firefox, "iOS 18.0" for Safari. What cannot be told is an error: the Chromium inside an Edge before 102.
func UserAgent(b Browser) (string, error) {
	major, err := MajorVersion(b.Version)
	if err != nil {
		return "", err
	}
	switch b.Name {
	case "chrome", "chromium", "edge":
		return chromiumAgent(b, major)
	case "firefox":
		return firefoxAgent(b, major)
	case "tor":
		if major != 14 {
			return "", fmt.Errorf("profiles: which Firefox Tor Browser %s builds on is not known; 14 builds on 128", b.Version)
		}
		return firefoxAgent(b, 128)
	case "safari":
		return safariAgent(b)
	}
	return "", fmt.Errorf("profiles: there is no rule for the user agent of %q", b.Name)
}

// MajorVersion returns the first number of a version: 156 of "156.0.8078.79".
func MajorVersion(version string) (int, error) {
	first, _, _ := strings.Cut(version, ".")
	major, err := strconv.Atoi(first)
	if err != nil || major <= 0 {
		return 0, fmt.Errorf("profiles: version %q does not begin with a number", version)
	}
	return major, nil
}

// Platform returns the system of a [Browser] as sec-ch-ua-platform has it, without quotes: "Windows", "macOS",
// "Linux" or "Android"; "iOS" for an iPhone, whose browsers do not send that field. Empty: unknown.
func Platform(os string) string {
	for _, p := range []string{"Windows", "macOS", "Linux", "Android", "iOS"} {
		if strings.HasPrefix(os, p) {
			return p
		}
	}
	for _, p := range []string{"Debian", "Ubuntu", "Fedora"} {
		if strings.HasPrefix(os, p) {
			return "Linux"
		}
	}
	return ""
}

// agentSystem returns the system part of a desktop browser's user agent, the same for Chromium, Firefox and Safari but
// for how macOS's version is written.
func agentSystem(os, macVersion string) (string, error) {
	switch Platform(os) {
	case "Windows":
		return "Windows NT 10.0; Win64; x64", nil
	case "macOS":
		return "Macintosh; Intel Mac OS X " + macVersion, nil
	case "Linux":
		return "X11; Linux x86_64", nil
	}
	return "", fmt.Errorf("profiles: there is no rule for user agents on %q", os)
}

func chromiumAgent(b Browser, major int) (string, error) {
	version, mobile := b.Version, ""
	if major >= reducedVersion {
		version = fmt.Sprintf("%d.0.0.0", major)
	} else if b.Name == "edge" {
		return "", fmt.Errorf("profiles: the user agent of edge %s has the full version of its Chromium, which does not follow from it", b.Version)
	}
	system, err := agentSystem(b.OS, "10_15_7")
	if Platform(b.OS) == "Android" {
		system, mobile, err = "Linux; "+b.OS, " Mobile", nil
		if major >= reducedDevice {
			system = "Linux; Android 10; K"
		} else if !strings.Contains(b.OS, "; ") {
			err = fmt.Errorf("profiles: the user agent of %s %d has the device; write os like %q", b.Name, major, "Android 12; Pixel 6")
		}
	}
	if err != nil {
		return "", err
	}
	agent := "Mozilla/5.0 (" + system + ") AppleWebKit/537.36 (KHTML, like Gecko) Chrome/" + version + mobile + " Safari/537.36"
	if b.Name != "edge" {
		return agent, nil
	}
	name := " Edg/"
	if mobile != "" {
		name = " EdgA/"
	}
	if major < reducedEdge {
		version = b.Version
	}
	return agent + name + version, nil
}

// firefoxAgent writes the major version only, also for the later releases of an ESR. From 110 to 119 "rv:" stood still at
// 109.0, since some servers took rv:11 for Internet Explorer (Mozilla bug 1805967).
func firefoxAgent(b Browser, major int) (string, error) {
	rv := major
	if major >= 110 && major <= 119 {
		rv = 109
	}
	if Platform(b.OS) == "Android" {
		if b.OS == "Android" {
			return "", fmt.Errorf("profiles: the user agent of firefox on Android has the system's version; write os like %q", "Android 14")
		}
		system, _, _ := strings.Cut(b.OS, ";")
		return fmt.Sprintf("Mozilla/5.0 (%s; Mobile; rv:%d.0) Gecko/%d.0 Firefox/%d.0", system, rv, rv, major), nil
	}
	system, err := agentSystem(b.OS, "10.15")
	if err != nil {
		return "", err
	}
	return fmt.Sprintf("Mozilla/5.0 (%s; rv:%d.0) Gecko/20100101 Firefox/%d.0", system, rv, major), nil
}

// safariAgent: on macOS everything but Safari's own version stands still; an iPhone tells the version of iOS, which need
// not be Safari's (recorded: Safari 27.0 with iOS 18_7).
func safariAgent(b Browser) (string, error) {
	const engine = " AppleWebKit/605.1.15 (KHTML, like Gecko) Version/"
	switch Platform(b.OS) {
	case "macOS":
		return "Mozilla/5.0 (Macintosh; Intel Mac OS X 10_15_7)" + engine + b.Version + " Safari/605.1.15", nil
	case "iOS":
		system, found := strings.CutPrefix(b.OS, "iOS ")
		if !found {
			return "", fmt.Errorf("profiles: the user agent of safari on iOS has the system's version; write os like %q", "iOS 18.0")
		}
		return "Mozilla/5.0 (iPhone; CPU iPhone OS " + strings.ReplaceAll(system, ".", "_") + " like Mac OS X)" + engine + b.Version +
			" Mobile/15E148 Safari/604.1", nil
	}
	return "", fmt.Errorf("profiles: there is no rule for safari on %q", b.OS)
}
