package profiles

import (
	"slices"
	"strings"
)

// aliases are other names of profiles: those of the reference library (curl_cffi 0.17.0), its old spellings, and the
// newest browsers. A table, so that [Aliases] has an order.
var aliases = []struct{ name, profile string }{
	{"chrome", "chrome152"}, {"chrome-latest", "chrome156"}, {"chrome_android", "chrome131_android"},
	{"edge", "edge101"},
	{"firefox", "firefox155"}, {"firefox-latest", "firefox159"},
	{"safari", "safari270"}, {"safari15_3", "safari153"}, {"safari15_5", "safari155"}, {"safari17_0", "safari170"},
	{"safari17_2_ios", "safari172_ios"}, {"safari18_0", "safari180"}, {"safari18_0_ios", "safari180_ios"},
	{"safari_beta", "safari270"}, {"safari_ios", "safari270_ios"}, {"safari_ios_beta", "safari270_ios"},
	{"tor", "tor145"},
}

// Aliases returns the other names under which [Lookup] finds profiles, sorted. They may come to stand for another profile
// with a new version of this module.
func Aliases() []string {
	var out []string
	for _, a := range aliases {
		out = append(out, a.name)
	}
	slices.Sort(out)
	return out
}

// resolve returns the name of the profile that an alias stands for, or the name itself, in lower case.
func resolve(name string) string {
	name = strings.ToLower(name)
	for _, a := range aliases {
		if a.name == name {
			return a.profile
		}
	}
	return name
}
