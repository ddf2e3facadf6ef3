package interop

import (
	"context"
	"crypto/x509"
	"errors"
	"fmt"
	"io"
	"maps"
	"os"
	"slices"
	"strings"
	"testing"

	"github.com/wirelike/wirelike/client"
	"github.com/wirelike/wirelike/fingerprint"
	"github.com/wirelike/wirelike/golden"
	"github.com/wirelike/wirelike/profiles"
)

// pageSender is the client with a profile as a golden's subject: a session for each task.
type pageSender struct{ *profiles.Profile }

// Do implements [golden.Subject].
func (s pageSender) Do(ctx context.Context, task golden.Task) error { return s.DoKinds(ctx, task) }

// DoKinds implements [golden.KindSubject].
func (s pageSender) DoKinds(ctx context.Context, task golden.Task) error {
	pem, err := os.ReadFile(task.CAFile)
	if err != nil {
		return err
	}
	roots := x509.NewCertPool()
	roots.AppendCertsFromPEM(pem)
	session, err := client.New(&client.Options{Custom: s.Profile, RootCAs: roots})
	if err != nil {
		return err
	}
	defer session.Close()
	for _, r := range task.Requests {
		c := &client.Call{Kind: r.Kind, Referrer: r.Referrer, Scripted: r.Scripted, WithCredentials: r.Credentials, Bytes: r.Body}
		for _, f := range r.Header {
			c.Header.Add(f.Name, f.Value)
		}
		if r.Kind == profiles.WebSocket {
			u, err := session.WebSocket(ctx, r.URL, c)
			if err != nil {
				return err
			}
			if err := u.Close(ctx); err != nil {
				return err
			}
			continue
		}
		method := r.Method
		if method == "" {
			method = "GET"
		}
		res, err := session.Do(ctx, method, r.URL, c)
		if err != nil {
			return err
		}
		_, err = io.Copy(io.Discard, res.Body)
		if err := errors.Join(err, res.Close()); err != nil {
			return err
		}
	}
	return nil
}

// pageFamilies are one profile of each family that has pages: the newest of each engine that was recorded, old ones without the
// field priority and with shapes for content, Edge, Android, an older Firefox, and Tor. The short form has the first two.
var pageFamilies = []string{"chromium156", "firefox153_linux", "chrome99", "chrome120", "edge101", "chrome131_android", "firefox133", "tor145"}

// TestPageMutants changes the header lists of each kind in a profile: a value, the order of two fields, a field that is not
// there; and its priority over HTTP/2. The run of the page's golden must name it. With WIRELIKE_SOAK=1 every field is changed,
// in a profile of each family, else the third of each list.
func TestPageMutants(t *testing.T) {
	names := pageFamilies
	if !soak() {
		names = names[:2]
	}
	for _, name := range names {
		p, err := profiles.Lookup(name)
		if err != nil {
			t.Fatal(err)
		}
		for _, proto := range []string{"h2", "http/1.1"} {
			for _, kind := range p.Kinds() {
				if kind == profiles.Navigate && proto == "h2" {
					continue // TestProfileMutants: a profile whose list is not that of its model is refused
				}
				situation := golden.Page
				if kind == profiles.WebSocket {
					if situation = profiles.ForWebSocket; proto == "h2" {
						continue
					}
				}
				t.Run(name+"/"+string(kind)+" "+proto, func(t *testing.T) {
					t.Parallel()
					g, err := golden.Load(name, situation, proto)
					if err != nil {
						t.Fatal(err)
					}
					if named := pagePaths(t, g, p); len(named) > 0 {
						t.Fatalf("the profile itself does not conform: %q", named)
					}
					n := mutatePage(t, g, p, kind, proto)
					if proto == "h2" {
						n += mutatePriority(t, g, p, kind)
					}
					t.Logf("%d mutants", n)
					if n < 2 {
						t.Errorf("only %d mutants", n)
					}
				})
			}
		}
	}
}

// pagePaths runs a golden with a profile and returns the paths of the mismatches.
func pagePaths(t *testing.T, g *golden.Golden, p *profiles.Profile) []string {
	t.Helper()
	r, err := g.Run(bounded(t), pageSender{p}, &golden.Options{Connections: 1})
	if err != nil {
		t.Fatal(err)
	}
	if r.Skipped != "" || r.Comparisons == 0 {
		t.Fatalf("nothing was checked: %+v", r)
	}
	named := map[string]bool{}
	for _, m := range r.Mismatches {
		named[m.Path] = true
	}
	return slices.Sorted(maps.Keys(named))
}

// mutatePage changes the list of one kind over one protocol.
func mutatePage(t *testing.T, g *golden.Golden, p *profiles.Profile, kind profiles.Kind, proto string) (mutants int) {
	t.Helper()
	n := 0
	list := p.Headers[kind].H1
	if proto == "h2" {
		list = p.Headers[kind].H2
	}
	for i, f := range list {
		fixed := f.Value == "" || f.Name[0] == ':' || f.Value == "*" || strings.HasPrefix(strings.ToLower(f.Name), "sec-fetch-site") ||
			slices.Contains([]string{"host", "connection", "upgrade", "te", "sec-websocket-version", "sec-fetch-user"}, strings.ToLower(f.Name))
		if fixed {
			continue // it is the request's
		}
		if n++; n != 3 && !soak() {
			continue
		}
		node := fmt.Sprintf(".fields[%s]", strings.ToLower(f.Name))
		wantPath(t, pagePaths(t, g, withList(p, kind, proto, func(l profiles.FieldList) profiles.FieldList {
			l[i].Value = "mutant"
			return l
		})), node+".value")
		wantPath(t, pagePaths(t, g, withList(p, kind, proto, func(l profiles.FieldList) profiles.FieldList {
			return slices.Delete(l, i, i+1)
		})), node)
		if i > 0 && list[i-1].Value != "" && list[i-1].Name[0] != ':' {
			wantPath(t, pagePaths(t, g, withList(p, kind, proto, func(l profiles.FieldList) profiles.FieldList {
				l[i-1], l[i] = l[i], l[i-1]
				return l
			})), ".fields.order")
			mutants++
		}
		mutants += 2
	}
	return mutants
}

// mutatePriority changes the priority of one kind.
func mutatePriority(t *testing.T, g *golden.Golden, p *profiles.Profile, kind profiles.Kind) int {
	t.Helper()
	was := p.Headers[kind].Priority
	if was == nil {
		t.Errorf("%s has no priority", kind)
		return 0
	}
	rows := []struct {
		node   string
		change func(*fingerprint.Priority)
	}{
		{".priority.weight", func(q *fingerprint.Priority) { q.Weight = q.Weight/2 + 1 }},
		{".priority.exclusive", func(q *fingerprint.Priority) { q.Exclusive = !q.Exclusive }},
		{".priority.depends_on", func(q *fingerprint.Priority) { q.DependsOn = 101 }},
	}
	if was.Exclusive {
		rows = rows[:2] // on what it depends is the client's to know
	}
	for _, row := range rows {
		changed := *was
		row.change(&changed)
		wantPath(t, pagePaths(t, g, withPriority(p, kind, &changed)), row.node)
	}
	wantPath(t, pagePaths(t, g, withPriority(p, kind, nil)), ".priority")
	return len(rows) + 1
}

func withPriority(p *profiles.Profile, kind profiles.Kind, priority *fingerprint.Priority) *profiles.Profile {
	mutant := *p
	mutant.Headers = maps.Clone(p.Headers)
	set := mutant.Headers[kind]
	set.Priority = priority
	mutant.Headers[kind] = set
	return &mutant
}

// withList returns a profile with another list, in the shapes of the kind as well: those for requests with content, whose fields
// stand in another order, are left out.
func withList(p *profiles.Profile, kind profiles.Kind, proto string, change func(profiles.FieldList) profiles.FieldList) *profiles.Profile {
	mutant := *p
	mutant.Headers = maps.Clone(p.Headers)
	set := mutant.Headers[kind]
	set.Shapes = nil // the shapes are other orders, and hide what is changed
	if proto == "h2" {
		set.H2 = change(slices.Clone(set.H2))
	} else {
		set.H1 = change(slices.Clone(set.H1))
	}
	mutant.Headers[kind] = set
	return &mutant
}

// wantPath wants a request's node to be named.
func wantPath(t *testing.T, named []string, node string) {
	t.Helper()
	if !slices.ContainsFunc(named, func(path string) bool { return strings.HasSuffix(path, node) }) {
		t.Errorf("a change of %s is named %.300q", node, named)
	}
}
