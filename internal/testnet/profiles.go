package testnet

import (
	"os"
	"slices"
)

// someProfiles are a few of each engine: old and new, captured and not, with and without what only some have. They do not
// have every hello and header list that there is.
var someProfiles = []string{"chrome119", "chrome131", "chrome150", "chrome99", "chromium156", "edge101", "firefox133", "firefox153_linux", "safari153", "safari2601", "tor145"}

// everyHello are profiles that open connections in all the ways that there are: a test of package tlsdial holds the list
// complete.
var everyHello = []string{
	"chrome107", "chrome110", "chrome116_linux", "chrome119", "chrome123", "chrome124", "chrome131", "chrome133_linux", "chrome136",
	"chrome137_linux", "chrome143_linux", "chrome150", "chrome151", "chrome151_macos", "chrome152", "chrome92_linux", "chromium156", "edge101",
	"firefox133", "firefox135", "firefox153_linux", "firefox154", "firefox159", "safari153", "safari155", "safari170", "safari172_ios",
	"safari180", "safari184", "safari260", "safari2601", "safari260_ios", "safari270", "tor145",
}

// SomeProfiles returns those of all names of profiles that a test of every layer goes over: a few of each engine, or with
// WIRELIKE_SOAK=1 all.
func SomeProfiles(all []string) []string { return those(all, someProfiles) }

// EveryHello returns those of all names of profiles that stand for every way of opening connections, for tests of hellos
// that cost little; with WIRELIKE_SOAK=1 all.
func EveryHello(all []string) []string { return those(all, everyHello) }

func those(all, wanted []string) []string {
	if os.Getenv("WIRELIKE_SOAK") == "1" {
		return all
	}
	return slices.DeleteFunc(slices.Clone(all), func(n string) bool { return !slices.Contains(wanted, n) })
}
