package testnet

import (
	"os"
	"slices"
)

// someProfiles are a few of each engine: old and new, captured and not, with and without what only some have. They do not
// have every hello and header list that there is.
var someProfiles = []string{"chrome119", "chrome131", "chrome150", "chrome99", "chromium156", "edge101", "firefox133", "firefox153_linux", "safari153", "safari2601", "tor145"}

// SomeProfiles returns those of all names of profiles that a test of every layer goes over: a few of each engine, or with
// WIRELIKE_SOAK=1 all.
func SomeProfiles(all []string) []string {
	if os.Getenv("WIRELIKE_SOAK") == "1" {
		return all
	}
	return slices.DeleteFunc(slices.Clone(all), func(n string) bool { return !slices.Contains(someProfiles, n) })
}
