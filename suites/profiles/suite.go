// Package profiles is the suite of goldens: whether a client that says it is a browser leaves on the wire what that browser
// leaves, in every situation and with every kind of request that there is evidence of.
//
// It is written against an [Adapter], so that any client can be put in:
//
//	func TestProfiles(t *testing.T) {
//		profiles.Run(t, profiles.RoundTrippers{"chrome150": func(srv *fpserver.Server) http.RoundTripper {
//			return mine.New("chrome150", srv.CertPool())
//		}})
//	}
//
// Importing it registers nothing: the specs are made by [Specs], which [Run] calls.
package profiles

import (
	"context"
	"fmt"
	"maps"
	"net/http"
	"slices"
	"strings"
	"testing"

	"github.com/onsi/ginkgo/v2"
	"github.com/onsi/gomega"

	"github.com/wirelike/wirelike/fpserver"
	"github.com/wirelike/wirelike/golden"
	"github.com/wirelike/wirelike/suites/runner"
)

// Adapter is the client that the suite is about.
type Adapter interface {
	// Profiles returns the names of the browsers that the client can be, of those in [golden.Profiles].
	Profiles() []string
	// Subject returns the client as that browser. A [golden.KindSubject] is asked for every kind of request, others for
	// navigations only.
	Subject(profile string) golden.Subject
}

// RoundTrippers is an [Adapter] for clients that are round trippers, by profile. Each function is called for every connection
// and gets the running server, whose CA the client must trust; see [golden.Verify].
type RoundTrippers map[string]func(srv *fpserver.Server) http.RoundTripper

// Profiles implements [Adapter].
func (r RoundTrippers) Profiles() []string { return slices.Sorted(maps.Keys(r)) }

// Subject implements [Adapter].
func (r RoundTrippers) Subject(profile string) golden.Subject { return golden.RoundTripper(r[profile]) }

// Connections is how many connections each spec makes.
const Connections = 3

// Specs makes the specs of the suite: a container for each profile, with a spec for each of its goldens. It must be called
// while Ginkgo builds its tree, and makes nothing but containers and specs.
func Specs(a Adapter) {
	ginkgo.Describe("profiles", func() {
		for _, profile := range a.Profiles() {
			ginkgo.Describe(profile, func() {
				goldens, err := golden.All(profile)
				if err != nil {
					ginkgo.It("has goldens", func() { gomega.Expect(err).NotTo(gomega.HaveOccurred()) })
					return
				}
				for _, g := range goldens {
					ginkgo.It(fmt.Sprintf("%s over %s", g.Situation, g.Protocol), func(ctx context.Context) { check(ctx, g, a.Subject(profile)) })
				}
			})
		}
	})
}

// check makes the connections of one golden.
func check(ctx context.Context, g *golden.Golden, s golden.Subject) {
	ginkgo.GinkgoHelper()
	r, err := g.Run(ctx, s, &golden.Options{Connections: Connections})
	gomega.Expect(err).NotTo(gomega.HaveOccurred())
	if r.Skipped != "" {
		ginkgo.Skip(r.Skipped)
	}
	gomega.Expect(r.Comparisons).To(gomega.BeNumerically(">=", r.Leaves), "comparisons")
	var lines []string
	for _, m := range r.Group() {
		lines = append(lines, m.String())
	}
	if len(lines) > 0 {
		ginkgo.Fail(fmt.Sprintf("the client is not %s on the wire:\n%s", g.Profile, strings.Join(lines, "\n")))
	}
}

// Run runs the suite as one test. A suite in which no spec ran fails.
func Run(t *testing.T, a Adapter) {
	t.Helper()
	runner.Run(t, "profiles", func() { Specs(a) })
}
