package client_test

import (
	"errors"
	"fmt"
	"io"
	"os"
	"path/filepath"
	"slices"
	"strings"
	"testing"

	"github.com/wirelike/wirelike/client"
	"github.com/wirelike/wirelike/fingerprint"
	"github.com/wirelike/wirelike/fpserver"
	"github.com/wirelike/wirelike/profiles"
)

// TestIdentity: each test of who a client is, under the row of the behaviours that it is about.
func TestIdentity(t *testing.T) {
	runBehaviours(t, []behaviour{
		{"FP-05", "resolver", testResolver},
		{"FP-05", "refused", testResolverRefuses},
		{"FP-34", "words", testVersionWords},
		{"FP-34", "on the wire", testVersionOnTheWire},
		{"FP-39", "requests", testNoDefaultHeader},
		{"FP-39", "what asks for more", testNoDefaultHeaderKinds},
		{"FP-39", "connection", testNoDefaultHeaderConnection},
		{"FP-40", "connections", testIdentitiesApart},
		{"FP-41", "what varies", testWhatVaries},
		{"FP-41", "resumption", testWhatResumptionChanges},
		{"FP-41", "what the browser decides", testWhatTheBrowserHas},
	})
}

// storeWith is a store with the given fingerprints.json.
func storeWith(t *testing.T, text string) *profiles.Store {
	t.Helper()
	s := &profiles.Store{Dir: t.TempDir()}
	if err := os.WriteFile(filepath.Join(s.Dir, "fingerprints.json"), []byte(text), 0o600); err != nil {
		t.Fatal(err)
	}
	return s
}

// testResolver: the name means what the resolver says, and an embedded browser without one.
func testResolver(t *testing.T) {
	named := func(name, from string) *profiles.Profile {
		p, err := profiles.Lookup(from)
		if err != nil {
			t.Fatal(err)
		}
		p = p.Clone()
		p.Name = name
		return p
	}
	stored := `{"client": "mine", "tls_alpn": true, "headers": {"User-Agent": "stored/1"}}`
	r := &profiles.Resolver{
		Explicit: []*profiles.Profile{named("chrome151", "firefox159")},
		Store:    storeWith(t, `{"chrome150": `+stored+`, "own": `+stored+`, "broken": []}`),
	}
	srv := newServer(t, true, echo)
	for _, row := range []struct {
		name     string
		resolver *profiles.Resolver
		agent    string
	}{
		{"own", r, "stored/1"},
		{"chrome150", r, "stored/1"},
		{"chrome151", r, " Firefox/"},
		{"chrome152", r, " Chrome/152."},
		{"CHROME", r, " Chrome/152."},
		{"chrome150", nil, " Chrome/150."},
		{"chrome150", &profiles.Resolver{}, " Chrome/150."},
	} {
		s := newSession(t, &client.Options{Profile: row.name, Resolver: row.resolver, RootCAs: srv.ca.Pool()})
		if got := ask(t, s, "GET", srv.url, nil).Header.Get("User-Agent"); !strings.Contains(got, row.agent) {
			t.Errorf("%s: User-Agent %q, want %q in it", row.name, got, row.agent)
		}
	}
}

func testResolverRefuses(t *testing.T) {
	empty := &profiles.Resolver{}
	hollow := &profiles.Resolver{Explicit: []*profiles.Profile{{Name: "hollow"}}}
	broken := &profiles.Resolver{Store: storeWith(t, `{"chrome150": []}`)}
	for _, row := range []struct {
		name string
		o    client.Options
		kind *client.Kind
		want string
	}{
		{"an unknown name", client.Options{Profile: "netscape4", Resolver: empty}, client.ErrImpersonate, "netscape4"},
		{"a profile that says nothing", client.Options{Profile: "hollow", Resolver: hollow}, client.ErrImpersonate, "schema"},
		{"a broken entry does not fall back to the browser", client.Options{Profile: "chrome150", Resolver: broken}, client.ErrImpersonate, "want an object"},
		{"nothing to find", client.Options{Resolver: empty}, client.ErrInvalidRequest, "Resolver without Profile"},
		{"the transport's", client.Options{Resolver: empty, Transport: &client.Transport{}}, client.ErrInvalidRequest, "Resolver and Transport"},
	} {
		_, err := client.New(&row.o)
		if !errors.Is(err, row.kind) || !strings.Contains(err.Error(), row.want) {
			t.Errorf("%s: %v", row.name, err)
		}
	}
	var unknown *profiles.UnknownError
	if _, err := client.New(&client.Options{Profile: "netscape4", Resolver: empty}); !errors.As(err, &unknown) {
		t.Errorf("%v", err)
	}
}

func testVersionWords(t *testing.T) {
	for word, want := range map[string]client.HTTPVersion{
		"": client.HTTPAuto, "auto": client.HTTPAuto, "v2": client.HTTPAuto, "V2TLS": client.HTTPAuto,
		"1.1": client.HTTP1, "v1": client.HTTP1, "2": client.HTTP2,
	} {
		if got, err := client.ParseHTTPVersion(word); got != want || err != nil {
			t.Errorf("%q: %v, %v", word, got, err)
		}
	}
	for _, v := range []client.HTTPVersion{client.HTTPAuto, client.HTTP1, client.HTTP2} {
		if got, err := client.ParseHTTPVersion(v.String()); got != v || err != nil {
			t.Errorf("%v is not read as it is written: %v, %v", v, got, err)
		}
	}
	for word, want := range map[string]string{
		"v2_prior_knowledge": "no HTTP/2 without TLS", "v3": "no HTTP/3", "V3only": "no HTTP/3", "3": "no HTTP/3",
		"1.0": "want auto", "v4": "want auto", " 2": "want auto", "HTTPVersion(9)": "want auto",
	} {
		if _, err := client.ParseHTTPVersion(word); !errors.Is(err, client.ErrInvalidRequest) || !strings.Contains(err.Error(), want) {
			t.Errorf("%q: %v", word, err)
		}
	}
}

// testVersionOnTheWire: what the words ask for, of a server with HTTP/2 and of one without, and over plain http.
func testVersionOnTheWire(t *testing.T) {
	both, old := newServer(t, true, echo), newServer(t, false, echo)
	for _, row := range []struct {
		word      string
		both, old string // versions; "" for an error
	}{
		{"", "HTTP/2.0", "HTTP/1.1"},
		{"v1", "HTTP/1.1", "HTTP/1.1"}, // the word beats the profile
		{"v2", "HTTP/2.0", "HTTP/1.1"},
		{"v2tls", "HTTP/2.0", "HTTP/1.1"},
		{"2", "HTTP/2.0", ""},
	} {
		version, err := client.ParseHTTPVersion(row.word)
		if err != nil {
			t.Fatal(err)
		}
		for srv, want := range map[*server]string{both: row.both, old: row.old} {
			s := newSession(t, &client.Options{Profile: "chrome150", HTTPVersion: version, RootCAs: srv.ca.Pool()})
			res, err := s.Get(t.Context(), srv.url, nil)
			if err != nil {
				if want != "" || !errors.Is(err, client.ErrNegotiation) {
					t.Errorf("%q: %v", row.word, err)
				}
				continue
			}
			res.Close()
			if res.Proto != want {
				t.Errorf("%q: over %s, want %q", row.word, res.Proto, want)
			}
		}
	}
}

// visit requests the URL n times, one after the other, and returns with the last response read.
func visit(t *testing.T, s *client.Session, n int, url string) {
	t.Helper()
	for range n {
		res, err := s.Get(t.Context(), url, nil)
		if err != nil {
			t.Fatal(err)
		}
		if _, err := res.Bytes(); err != nil {
			t.Fatal(err)
		}
	}
}

// sums are the fingerprints of a connection by their names.
func sums(t *testing.T, c *fpserver.Conn) map[string]string {
	t.Helper()
	f, err := c.Fingerprint()
	if err != nil {
		t.Fatal(err)
	}
	out := map[string]string{}
	for _, s := range fingerprint.Sums(f) {
		if s.Err != nil {
			t.Fatal(s.Name, s.Err)
		}
		out[s.Name] = s.Text
	}
	return out
}

// ticketServer is a server whose TLS sessions can be resumed.
func ticketServer(t *testing.T) *fpserver.Server {
	t.Helper()
	srv := fpserver.NewUnstartedServer(t)
	srv.SessionTickets = true
	if err := srv.Start(); err != nil {
		t.Fatal(err)
	}
	return srv
}

// testIdentitiesApart: two identities that visit one server by turns have a connection each, and do not resume each other's TLS
// sessions; one identity has one connection.
func testIdentitiesApart(t *testing.T) {
	changed := &profiles.Override{}
	if err := changed.Set("http2_stream_weight", "42"); err != nil {
		t.Fatal(err)
	}
	srv := ticketServer(t)
	who := []*client.Session{
		newSession(t, &client.Options{Profile: "chrome150", RootCAs: srv.CertPool()}),
		newSession(t, &client.Options{Profile: "firefox153_linux", RootCAs: srv.CertPool()}),
		newSession(t, &client.Options{Profile: "chrome150", Override: changed, RootCAs: srv.CertPool()}),
		newSession(t, &client.Options{RootCAs: srv.CertPool()}),
	}
	for range 2 {
		for _, s := range who {
			visit(t, s, 1, srv.URL+"/get")
		}
	}
	conns := srv.Conns()
	if len(conns) != len(who) {
		t.Fatalf("%d connections of %d identities", len(conns), len(who))
	}
	var seen []string
	for i, c := range conns {
		if c.Requests() != 2 || c.TLS().DidResume {
			t.Errorf("connection %d: %d requests, resumed %v", i, c.Requests(), c.TLS().DidResume)
		}
		f, err := c.Fingerprint()
		if err != nil {
			t.Fatal(err)
		}
		id := sums(t, c)["ja4"] + sums(t, c)["akamai"]
		if p := f.HTTP2.Requests[0].Priority; p != nil {
			id += fmt.Sprintf(" weight %d", p.Weight)
		}
		if slices.Contains(seen, id) {
			t.Errorf("connection %d looks like another: %s", i, id)
		}
		seen = append(seen, id)
	}
}

// testWhatVaries: the order of Chrome's extensions varies, so that its JA3 does; nothing else of these fingerprints.
func testWhatVaries(t *testing.T) {
	for _, row := range []struct {
		profile  string
		permuted bool
	}{{"chrome150", true}, {"chrome99", false}, {"firefox159", false}} {
		srv := fpserver.NewServer(t)
		const visits = 8 // that all orders are equal happens once in 15!^7
		for range visits {
			visit(t, newSession(t, &client.Options{Profile: row.profile, RootCAs: srv.CertPool()}), 1, srv.URL+"/get")
		}
		found := map[string]map[string]bool{}
		for _, c := range srv.Conns() {
			for name, text := range sums(t, c) {
				if found[name] == nil {
					found[name] = map[string]bool{}
				}
				found[name][text] = true
			}
		}
		for _, name := range []string{"ja3n", "ja4", "akamai"} {
			if len(found[name]) != 1 {
				t.Errorf("%s: %d values of %s", row.profile, len(found[name]), name)
			}
		}
		if many := len(found["ja3"]) > 1; many != row.permuted {
			t.Errorf("%s: %d values of ja3", row.profile, len(found["ja3"]))
		}
	}
}

// testWhatResumptionChanges: the second connection has one extension more.
func testWhatResumptionChanges(t *testing.T) {
	srv := ticketServer(t)
	s := newSession(t, &client.Options{Profile: "firefox159", RootCAs: srv.CertPool()})
	visit(t, s, 1, srv.URL+"/get")
	s.CloseIdleConnections()
	visit(t, s, 1, srv.URL+"/get")
	conns := srv.Conns()
	if len(conns) != 2 || !conns[1].TLS().DidResume {
		t.Fatalf("%d connections, the last was not resumed", len(conns))
	}
	a, b := sums(t, conns[0]), sums(t, conns[1])
	for _, name := range []string{"ja3", "ja3n", "ja4"} {
		if a[name] == b[name] {
			t.Errorf("%s is the same", name)
		}
	}
}

// testWhatTheBrowserHas: Encrypted Client Hello and ML-KEM are there when the browser has them.
func testWhatTheBrowserHas(t *testing.T) {
	const ech, mlkem = 65037, 4588
	srv := fpserver.NewServer(t)
	for name, want := range map[string]bool{"chrome99": false, "chrome156": true, "firefox159": true} {
		s := newSession(t, &client.Options{Profile: name, RootCAs: srv.CertPool()})
		res, err := s.Get(t.Context(), srv.URL+"/get", nil)
		if err != nil {
			t.Fatal(err)
		}
		if _, err := io.Copy(io.Discard, res.Body); err != nil {
			t.Fatal(err)
		}
		res.Close()
		conns := srv.Conns()
		f, err := conns[len(conns)-1].Fingerprint()
		if err != nil {
			t.Fatal(err)
		}
		if has := f.TLS.Extension(ech) != nil; has != want {
			t.Errorf("%s: Encrypted Client Hello %v", name, has)
		}
		groups := f.TLS.Extension(10)
		if has := groups != nil && slices.Contains(groups.List, mlkem); has != want {
			t.Errorf("%s: ML-KEM %v", name, has)
		}
	}
}

// TestOverrideWithoutHTTP2: what only HTTP/2 could show is refused where there is none.
func TestOverrideWithoutHTTP2(t *testing.T) {
	t.Parallel()
	for _, o := range []profiles.Override{{Akamai: "1:1|0|0|m,a,s,p"}, {HTTP2StreamWeight: new(3)}, {SplitCookies: new(false)}} {
		var e *profiles.OverrideError
		if _, err := client.New(&client.Options{Profile: "chromium156", HTTPVersion: client.HTTP1, Override: &o}); !errors.Is(err, client.ErrImpersonate) || !errors.As(err, &e) {
			t.Errorf("%+v: %v", o, err)
		}
		s, err := client.New(&client.Options{Profile: "chromium156", Override: &o})
		if err != nil {
			t.Errorf("%+v: %v", o, err)
			continue
		}
		s.Close()
	}
}
