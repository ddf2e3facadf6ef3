package golden_test

import (
	"context"
	"fmt"
	"io"
	"net/http"
	"os"
	"path"
	"regexp"
	"slices"
	"strings"
	"testing"
	"time"

	"github.com/wirelike/wirelike/fingerprint"
	"github.com/wirelike/wirelike/fpserver"
	"github.com/wirelike/wirelike/golden"
	"github.com/wirelike/wirelike/internal/browser"
	"github.com/wirelike/wirelike/profiles"
)

// TestLiveReload compares what each browser that is installed sends when a page loads itself again with the recording of
// the same walk: a page of localhost leaves for one of wire.test, which reloads, over the connection that is still open.
// Drift is treated as in TestLive.
func TestLiveReload(t *testing.T) {
	for _, l := range liveBrowsers(t) {
		t.Run(string(l.kind), func(t *testing.T) {
			t.Parallel()
			l.need(t)
			if _, err := os.Stat(path.Join("captures", buildOf(l.profile))); err != nil {
				t.Skipf("no recording of %s: %v", l.profile.Name, err)
			}
			ctx, cancel := context.WithTimeout(t.Context(), 2*time.Minute)
			defer cancel()
			for _, protocol := range []string{"h2", "http/1.1"} {
				want := recordedVisits(t, l.profile.Name, protocol)
				got := visitsOf(t, l.profile.Name, reload(ctx, t, browser.Options{Kind: l.kind, Path: l.path}, protocol))
				leaves, mismatches := compareVisits(want, got)
				t.Logf("%s %s against the recording of %s, reload over %s: %d leaves, %d mismatches", l.kind, l.version, l.profile.Name, protocol, leaves, len(mismatches))
				for _, m := range mismatches {
					l.report(t, fmt.Sprintf("over %s, %s", protocol, m))
				}
			}
		})
	}
}

// reloadedPage is the target of the page that the recorded walk reloads.
const reloadedPage = "/x/nav"

// reload makes a fresh browser walk as the recorded one did and returns the connections of the server. The pages name an
// icon, so that no request for one comes in between.
func reload(ctx context.Context, t *testing.T, o browser.Options, protocol string) []*fingerprint.Fingerprint {
	t.Helper()
	srv := fpserver.NewUnstartedServer(t)
	srv.HTTP1Only = protocol == "http/1.1"
	srv.Names = []string{"wire.test"}
	srv.Handler = http.HandlerFunc(func(w http.ResponseWriter, r *http.Request) {
		w.Header().Set("Content-Type", "text/html")
		_, _ = io.WriteString(w, `<!doctype html><link rel="icon" href="data:,">`+r.URL.Path)
	})
	if err := srv.Start(); err != nil {
		t.Fatal(err)
	}
	steer(ctx, t, o, srv, func(b *browser.Browser) {
		if err := b.Navigate(ctx, srv.URL+"/cross"); err != nil {
			t.Fatal(err)
		}
		other := strings.Replace(srv.URL, "localhost", "wire.test", 1) + reloadedPage
		leave(ctx, t, b, fmt.Sprintf("location.href = %q", other), "location.reload()")
	})
	return parsed(t, used(srv))
}

// visit is one request for the page: its place, and what it looks like.
type visit struct {
	connection, request int
	// head holds this request only, with ports hidden.
	head *fingerprint.Fingerprint
	// forms are the HPACK forms that the engine's policy gives to its fields.
	forms []fingerprint.Form
}

// recordedVisits reads the recording of a profile's browser.
func recordedVisits(t *testing.T, profile, protocol string) []visit {
	t.Helper()
	p, err := profiles.Lookup(profile)
	if err != nil {
		t.Fatal(err)
	}
	build := buildOf(p)
	file := "cross-" + strings.Replace(protocol, "http/1.1", "h1", 1) + ".json"
	e, err := golden.ReadEvidence(os.DirFS("."), path.Join("captures", build, file))
	if err != nil {
		t.Fatal(err)
	}
	var all []*fingerprint.Fingerprint
	for n := range e.Connections {
		if len(e.Connections[n].Hellos) == 0 {
			continue // nothing came
		}
		f, err := fingerprint.Parse(&e.Connections[n])
		if err != nil {
			t.Fatalf("%s, connection %d: %v", file, n, err)
		}
		all = append(all, f)
	}
	return visitsOf(t, profile, all)
}

// buildOf is the directory of a browser's recordings.
func buildOf(p *profiles.Profile) string {
	return fmt.Sprintf("%s%d", p.Browser.Name, major(p.Browser.Version))
}

// visitsOf finds the two requests for the page: the page before it leads there, and then itself.
func visitsOf(t *testing.T, profile string, all []*fingerprint.Fingerprint) (out []visit) {
	t.Helper()
	g, err := golden.Load(profile, golden.First, "h2")
	if err != nil {
		t.Fatal(err)
	}
	for n, f := range all {
		if f.HTTP1 != nil {
			for k, r := range f.HTTP1.Requests {
				if r.Target == reloadedPage {
					r.Fields = hidePorts(r.Fields)
					head := &fingerprint.Fingerprint{HTTP1: &fingerprint.HTTP1{Requests: []fingerprint.Head{r}}}
					out = append(out, visit{connection: n, request: k, head: head})
				}
			}
		}
		if f.HTTP2 == nil {
			continue
		}
		forms := golden.ExpectForms(g.HPACK, f.HTTP2.Requests)
		for k, r := range f.HTTP2.Requests {
			if slices.ContainsFunc(r.Fields, func(x fingerprint.Field) bool { return x.Name == ":path" && x.Value == reloadedPage }) {
				r.Fields = hidePorts(r.Fields)
				head := &fingerprint.Fingerprint{HTTP2: &fingerprint.HTTP2{Requests: []fingerprint.Request{r}}}
				out = append(out, visit{n, k, head, forms[k]})
			}
		}
	}
	if len(out) != 2 {
		t.Fatalf("the page was requested %d times, want 2", len(out))
	}
	return out
}

// port finds the port of a server; recordings of HTTP/1.1 have a word in its place.
var port = regexp.MustCompile(`\b(localhost|wire\.test):([0-9]+|\{h1\})`)

func hidePorts(fields []fingerprint.Field) []fingerprint.Field {
	fields = slices.Clone(fields)
	for i := range fields {
		fields[i].Value = port.ReplaceAllString(fields[i].Value, "$1:0")
	}
	return fields
}

// compareVisits compares both requests with the recorded ones and tells how many leaves these have.
func compareVisits(want, got []visit) (leaves int, out []string) {
	if got[1].request == 0 || got[1].connection != got[0].connection {
		out = append(out, fmt.Sprintf("the reload is request %d of connection %d: it must follow on connection %d", got[1].request, got[1].connection, got[0].connection))
	}
	for i, name := range []string{"visit", "reload"} {
		head := expectVisit(want[i].head, &got[i])
		leaves += len(head.Leaves())
		for _, m := range fingerprint.Diff(head, got[i].head, nil) {
			out = append(out, fmt.Sprintf("%s: %s: want %s, got %s", name, m.Path, m.Want, m.Got))
		}
	}
	return leaves, out
}

// expectVisit puts into a recorded request what follows from the connection that it is compared with: the stream, the
// forms, and whether it is the one that came after the server's SETTINGS.
func expectVisit(recorded *fingerprint.Fingerprint, got *visit) *fingerprint.Fingerprint {
	if recorded.HTTP2 == nil || got.head.HTTP2 == nil {
		return recorded
	}
	r, g := recorded.HTTP2.Requests[0], got.head.HTTP2.Requests[0]
	r.Stream, r.TableSizeUpdates = g.Stream, g.TableSizeUpdates
	r.Fields, r.After = slices.Clone(r.Fields), slices.Clone(r.After)
	taken := make([]bool, len(g.Fields)) // a name may stand there more than once: cookies
	for i := range r.Fields {
		for at := range g.Fields {
			if g.Fields[at].Name == r.Fields[i].Name && !taken[at] {
				r.Fields[i].Form, taken[at] = got.forms[at], true
				break
			}
		}
	}
	for i := range r.After {
		r.After[i].Stream = g.Stream
	}
	return &fingerprint.Fingerprint{HTTP2: &fingerprint.HTTP2{Requests: []fingerprint.Request{r}}}
}

// TestReloadRecorded pins what the recordings tell of a reload, which is what a browser that reloads as if it visited
// would be found out by: Chromium's has Cache-Control in front of all fields of its own, and the page itself as referrer;
// Firefox repeats the visit, over HTTP/1.1 with the referrer one place earlier.
func TestReloadRecorded(t *testing.T) {
	for _, row := range []struct {
		profile, protocol string
		want              []string
	}{
		{"chromium156", "h2", []string{
			"reload: http2.requests[0].fields[cache-control]: want present, got absent",
			"reload: http2.requests[0].fields[sec-fetch-site].value: want same-origin, got cross-site",
			"reload: http2.requests[0].fields[referer].value: want https://wire.test:0/x/nav, got https://localhost:0/",
		}},
		{"chromium156", "http/1.1", []string{
			"reload: http1.requests[0].fields[cache-control]: want present, got absent",
			"reload: http1.requests[0].fields[sec-fetch-site].value: want same-origin, got cross-site",
			"reload: http1.requests[0].fields[referer].value: want https://wire.test:0/x/nav, got https://localhost:0/",
		}},
		{"firefox153_linux", "h2", nil},
		{"firefox153_linux", "http/1.1", []string{"reload: http1.requests[0].fields.order"}},
	} {
		t.Run(row.profile+" "+row.protocol, func(t *testing.T) {
			want := recordedVisits(t, row.profile, row.protocol)
			if leaves, mismatches := compareVisits(want, want); len(mismatches) != 0 || leaves < 40 {
				t.Errorf("the recording with itself: %d leaves, %q", leaves, mismatches)
			}
			twice := []visit{want[0], want[0]}
			twice[1].request = 1
			_, got := compareVisits(want, twice)
			for i := range got {
				if i >= len(row.want) || !strings.HasPrefix(got[i], row.want[i]) {
					t.Errorf("not expected: %s", got[i])
				}
			}
			if len(got) != len(row.want) {
				t.Errorf("got %d differences, want %q", len(got), row.want)
			}
		})
	}
}
