package interop

import (
	"context"
	"crypto/tls"
	"crypto/x509"
	"io"
	"net"
	"os"
	"slices"
	"strings"
	"testing"

	"github.com/wirelike/wirelike/fingerprint"
	"github.com/wirelike/wirelike/fpserver"
	"github.com/wirelike/wirelike/golden"
	"github.com/wirelike/wirelike/internal/engine"
	"github.com/wirelike/wirelike/internal/plan"
	"github.com/wirelike/wirelike/internal/testnet"
	"github.com/wirelike/wirelike/internal/tlsdial"
	"github.com/wirelike/wirelike/profiles"
)

// ticketServer returns a server that gives tickets.
func ticketServer(t *testing.T, situation profiles.Situation) *fpserver.Server {
	t.Helper()
	srv := fpserver.NewUnstartedServer(t)
	srv.SessionTickets, srv.HTTP1Only = true, true
	if situation == profiles.Resumed12 {
		srv.TLS = &tls.Config{MaxVersion: tls.VersionTLS12}
	}
	if err := srv.Start(); err != nil {
		t.Fatal(err)
	}
	return srv
}

// supply sees to it that there is a ticket.
func (s *subject) supply(t *testing.T) {
	t.Helper()
	if s.sessions.Len() > 0 {
		return
	}
	nc, err := net.Dial("tcp", strings.TrimPrefix(s.srv.URL, "https://"))
	if err != nil {
		t.Fatal(err)
	}
	c, err := tlsdial.Client(t.Context(), nc, "localhost", &tlsdial.Config{
		Hello: s.profile.First.TLS, Vary: &s.profile.Vary, TLS: s.profile.TLS, RootCAs: s.srv.CertPool(), Sessions: s.sessions,
	})
	if err != nil {
		t.Fatal(err)
	}
	defer c.Close()
	if _, err := io.WriteString(c, "GET /get HTTP/1.1\r\nHost: localhost\r\nConnection: close\r\n\r\n"); err != nil {
		t.Fatal(err)
	}
	if _, err := io.Copy(io.Discard, c); err != nil {
		t.Fatal(err)
	}
	if s.sessions.Len() == 0 {
		t.Fatal("the server gave no ticket")
	}
}

// sender is a profile as a golden's subject: an engine for each task.
type sender struct{ *profiles.Profile }

// Do implements [golden.Subject].
func (s sender) Do(ctx context.Context, task golden.Task) error {
	pem, err := os.ReadFile(task.CAFile)
	if err != nil {
		return err
	}
	roots := x509.NewCertPool()
	roots.AppendCertsFromPEM(pem)
	e := engine.New(&engine.Config{Profile: s.Profile, RootCAs: roots})
	defer e.Close()
	set := s.Headers[profiles.Navigate]
	ctx = plan.With(ctx, &plan.Plan{Kind: "navigate", H1: set.H1, H2: set.H2, Priority: set.Priority})
	for _, r := range task.Requests {
		if err := fetch(ctx, e, r.URL); err != nil {
			return err
		}
	}
	return nil
}

// TestPermutationMutants breaks the permutation of each profile that has one; what a single connection does not show, ten
// do.
func TestPermutationMutants(t *testing.T) {
	for _, name := range testnet.SomeProfiles(profiles.Names()) {
		p, err := profiles.Lookup(name)
		if err != nil {
			t.Fatal(err)
		}
		if p.Vary.Permute == nil {
			continue
		}
		g, err := golden.Load(name, profiles.First, "http/1.1")
		if err != nil {
			t.Fatal(err)
		}
		first, last := p.Vary.Permute.First, p.Vary.Permute.Last
		for _, row := range []struct {
			reason  string
			permute *fingerprint.Permute
			named   bool
		}{
			{"as it is", p.Vary.Permute, false},
			{"a constant order", nil, true},
			{"an extension pinned to the front", &fingerprint.Permute{First: append(slices.Clone(first), "alpn"), Last: last}, true},
			{"an extension pinned to the back", &fingerprint.Permute{First: first, Last: append([]string{"alpn"}, last...)}, true},
			{"a loose front", &fingerprint.Permute{Last: last}, true},
			{"a loose back", &fingerprint.Permute{First: first}, true},
		} {
			t.Run(name+"/"+row.reason, func(t *testing.T) {
				t.Parallel()
				mutant := *p
				mutant.Vary.Permute = row.permute
				r, err := g.Run(bounded(t), sender{&mutant}, &golden.Options{Connections: 10, Requests: 1})
				if err != nil {
					t.Fatal(err)
				}
				paths := map[string]bool{}
				for _, m := range r.Mismatches {
					paths[m.Path] = true
				}
				if paths["tls.extensions.order"] != row.named || len(paths) > 1 || len(paths) == 1 != row.named {
					t.Errorf("named %v", paths)
				}
			})
		}
	}
}
