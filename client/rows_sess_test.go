package client_test

import (
	"bytes"
	"context"
	"errors"
	"fmt"
	"io"
	"log/slog"
	"net/http"
	"reflect"
	"strings"
	"sync"
	"testing"
	"time"

	"github.com/wirelike/wirelike/client"
	"github.com/wirelike/wirelike/profiles"
)

// TestSessions has the rows about sessions; those about time are in TestSessionTimes.
func TestSessions(t *testing.T) {
	runBehaviours(t, []behaviour{
		{"SESS-01", "defaults", testSessionDefaults},
		{"SESS-03", "contradictions", testSessionContradictions},
		{"SESS-04", "a call switches off", testCallSwitchesOff},
		{"SESS-05", "a call decides", testCallDecides},
		{"SESS-06", "options of both", testOptionsOfBoth},
		{"SESS-07", "charset", testSessionCharset},
		{"SESS-08", "shared", testSessionShared},
		{"SESS-09", "one pool", testOnePool},
		{"SESS-10", "closed", testSessionClosed},
		{"SESS-12", "injected transport", testInjectedTransport},
		{"SESS-14", "places come back", testPlacesComeBack},
		{"SESS-15", "upkeep", testUpkeep},
		{"SESS-16", "nothing is left over", testNothingLeftOver},
		{"SESS-17", "no profile is left over", testNoProfileLeftOver},
		{"SESS-18", "With", testSessionWith},
		{"SESS-26", "dump", testDump},
		{"SESS-27", "one type of error", testOneTypeOfError},
		{"SESS-29", "functions of the package", testOneShot},
	})
}

// testSessionDefaults: certificates are verified, redirects followed, 30 at most, nothing is tried again, any status is a response,
// cookies are kept.
func testSessionDefaults(t *testing.T) {
	srv := newServer(t, false, func(w http.ResponseWriter, r *http.Request) {
		switch {
		case strings.HasPrefix(r.URL.Path, "/loop"):
			http.Redirect(w, r, "/loop", http.StatusFound)
		case r.URL.Path == "/503":
			w.WriteHeader(http.StatusServiceUnavailable)
		default:
			w.Header().Set("Set-Cookie", "a=1")
			redirecting(w, r)
		}
	})
	s := newSession(t, nil)
	if _, err := s.Get(t.Context(), srv.url, nil); !errors.Is(err, client.ErrCertificate) {
		t.Errorf("an unknown authority: %v", err)
	}
	s = srv.session(t, "")
	if ask(t, s, "GET", srv.url+"/to/x", nil).Target != "/x" || ask(t, s, "GET", srv.url, nil).Header.Get("Cookie") != "a=1" {
		t.Error("redirects or cookies")
	}
	_, err := s.Get(t.Context(), srv.url+"/loop", nil)
	var e *client.Error
	if !errors.Is(err, client.ErrTooManyRedirects) || !errors.As(err, &e) || len(e.Response.History) != client.DefaultMaxRedirects || client.DefaultMaxRedirects != 30 {
		t.Errorf("a loop: %v", err)
	}
	if res, err := s.Get(t.Context(), srv.url+"/503", nil); err != nil || res.StatusCode != 503 || res.Info.Attempts != 1 {
		t.Errorf("503: %v, %v", res, err)
	} else {
		res.Close()
	}
	if client.DefaultHeadersTimeout != 30*time.Second || client.DefaultStallTimeout != 30*time.Second || client.DefaultConnectTimeout != 30*time.Second {
		t.Error("the timeouts are others than documented")
	}
}

func testSessionContradictions(t *testing.T) {
	for _, row := range []struct {
		want string
		o    client.Options
	}{
		{"BaseURL", client.Options{BaseURL: "x"}},
		{"Cookies and NoCookies", client.Options{Cookies: client.NewJar(nil), NoCookies: true}},
		{"Retry", client.Options{Retry: client.Retry{Count: -1}}},
		{"Follow", client.Options{Redirect: client.Redirect{Follow: 99}}},
		{"MaxInFlight", client.Options{MaxInFlight: -1}},
		{"Text", client.Options{Text: client.TextOptions{Default: "klingon"}}},
	} {
		if _, err := client.New(&row.o); !errors.Is(err, client.ErrInvalidRequest) || !strings.Contains(err.Error(), row.want) {
			t.Errorf("%s: %v", row.want, err)
		}
	}
	_, err := client.New(&client.Options{MaxInFlight: -1, BaseURL: "x", DefaultScheme: "gopher"})
	for _, want := range []string{"MaxInFlight", "BaseURL", "DefaultScheme"} {
		if err == nil || !strings.Contains(err.Error(), want) {
			t.Errorf("all faults are told: %v lacks %s", err, want)
		}
	}
}

func testCallDecides(t *testing.T) {
	srv := newServer(t, false, redirecting)
	s := newSession(t, &client.Options{RootCAs: srv.ca.Pool(), Redirect: client.Redirect{Max: 1}, Timeouts: client.Timeouts{Total: time.Nanosecond}})
	if _, err := s.Get(t.Context(), srv.url, nil); !errors.Is(err, client.ErrTimeout) {
		t.Errorf("the session's: %v", err)
	}
	unbounded := &client.Call{Timeouts: client.Some(client.Timeouts{})}
	if e := ask(t, s, "GET", srv.url+"/to/x", unbounded); e.Target != "/x" {
		t.Errorf("%s", e.Target)
	}
	if _, err := s.Get(t.Context(), srv.url+"/to/to/x", unbounded); !errors.Is(err, client.ErrTooManyRedirects) {
		t.Errorf("two redirects: %v", err)
	}
	if e := ask(t, s, "GET", srv.url+"/to/to/x", &client.Call{Timeouts: unbounded.Timeouts, Redirect: client.Some(client.Redirect{})}); e.Target != "/x" {
		t.Errorf("two redirects, of the call: %s", e.Target)
	}
}

// testOptionsOfBoth: each Opt of a call has an option of the session of the same name and type.
func testOptionsOfBoth(t *testing.T) {
	call, options, n := reflect.TypeFor[client.Call](), reflect.TypeFor[client.Options](), 0
	for i := range call.NumField() {
		f := call.Field(i)
		if !strings.HasPrefix(f.Type.Name(), "Opt[") {
			continue
		}
		n++
		set, _ := f.Type.MethodByName("Or")
		if of, ok := options.FieldByName(f.Name); !ok || of.Type != set.Type.Out(0) {
			t.Errorf("%s is %v, of the session %v", f.Name, f.Type, of.Type)
		}
	}
	if n < 7 {
		t.Errorf("%d options", n)
	}
}

// testSessionShared: goroutines share cookies and connections.
func testSessionShared(t *testing.T) {
	srv := newServer(t, true, func(w http.ResponseWriter, r *http.Request) {
		http.SetCookie(w, &http.Cookie{Name: "c" + r.URL.Query().Get("n"), Value: "1"})
		echo(w, r)
	})
	s := srv.session(t, "chromium156")
	var wg sync.WaitGroup
	for i := range 50 {
		wg.Go(func() {
			res, err := s.Get(t.Context(), srv.url, &client.Call{Query: client.Q("n", fmt.Sprint(i))})
			if err != nil {
				t.Error(err)
				return
			}
			res.Bytes()
		})
	}
	wg.Wait()
	if e := ask(t, s, "GET", srv.url, nil); strings.Count(strings.Join(e.Header["Cookie"], ";"), "=") < 50 {
		t.Errorf("cookies %q", e.Header["Cookie"])
	}
}

func testOnePool(t *testing.T) {
	srv := newServer(t, true, func(w http.ResponseWriter, r *http.Request) { io.WriteString(w, r.RemoteAddr) })
	s := srv.session(t, "")
	first, err := s.Get(t.Context(), srv.url, nil)
	if err != nil {
		t.Fatal(err)
	}
	want, _ := first.Text()
	var wg sync.WaitGroup
	for range 20 {
		wg.Go(func() {
			res, err := s.Get(t.Context(), srv.url, nil)
			if err != nil {
				t.Error(err)
				return
			}
			if got, _ := res.Text(); got != want {
				t.Errorf("another connection: %s, not %s", got, want)
			}
		})
	}
	wg.Wait()
}

func testSessionClosed(t *testing.T) {
	s := newSession(t, nil)
	for range 2 {
		if err := s.Close(); err != nil {
			t.Error(err)
		}
	}
	type verb = func(context.Context, string, *client.Call) (*client.Response, error)
	for name, send := range map[string]verb{"GET": s.Get, "POST": s.Post, "PUT": s.Put, "PATCH": s.Patch, "DELETE": s.Delete, "OPTIONS": s.Options, "TRACE": s.Trace, "QUERY": s.Query, "HEAD": s.Head} {
		if _, err := send(t.Context(), "http://localhost/", nil); !errors.Is(err, client.ErrClosed) {
			t.Errorf("%s: %v", name, err)
		}
	}
	if _, err := s.WebSocket(t.Context(), "ws://localhost/", nil); !errors.Is(err, client.ErrClosed) {
		t.Errorf("WebSocket: %v", err)
	}
	if err := s.Upkeep(t.Context()); !errors.Is(err, client.ErrClosed) {
		t.Errorf("Upkeep: %v", err)
	}
}

func testInjectedTransport(t *testing.T) {
	srv := newServer(t, true, echo)
	tr := &client.Transport{RootCAs: srv.ca.Pool()}
	defer tr.Close()
	for i := range 2 {
		s, err := client.New(&client.Options{Transport: tr})
		if err != nil {
			t.Fatal(err)
		}
		res, err := s.Get(t.Context(), srv.url, nil)
		if err != nil || res.Info.Reused != (i == 1) {
			t.Fatalf("%v, %v", res, err)
		}
		res.Bytes()
		s.Close()
	}
}

// testPlacesComeBack: calls that fail before or in a handshake, or are cancelled, give their place back.
func testPlacesComeBack(t *testing.T) {
	arrived, release := make(chan struct{}), make(chan struct{})
	srv := newServer(t, false, func(w http.ResponseWriter, r *http.Request) {
		if r.URL.Path == "/hang" {
			arrived <- struct{}{}
			<-release
		}
	})
	defer close(release)
	s := newSession(t, &client.Options{RootCAs: srv.ca.Pool(), MaxInFlight: 1})
	for range 3 {
		if _, err := s.WebSocket(t.Context(), "nonsense", nil); !errors.Is(err, client.ErrInvalidURL) {
			t.Error(err)
		}
		if _, err := s.WebSocket(t.Context(), srv.url, nil); !errors.Is(err, client.ErrRefused) {
			t.Error(err)
		}
		ctx, cancel := context.WithCancel(t.Context())
		go func() { <-arrived; cancel() }()
		if _, err := s.Get(ctx, srv.url+"/hang", nil); !errors.Is(err, client.ErrCanceled) {
			t.Error(err)
		}
		cancel()
	}
	res, err := s.Get(t.Context(), srv.url, nil)
	if err != nil {
		t.Fatal(err)
	}
	res.Close()
}

func testNothingLeftOver(t *testing.T) {
	srv := newServer(t, false, echo)
	s := srv.session(t, "chromium156")
	before := ask(t, s, "GET", srv.url, nil)
	ask(t, s, "POST", srv.url, &client.Call{
		JSON: 1, Header: h("X-Own", "1", "Authorization", "x"), Remove: []string{"Accept"}, Query: client.Q("a", "1"), Cookies: []client.Cookie{{Name: "a", Value: "1"}},
		Kind: profiles.XHR, Timeouts: client.Some(client.Timeouts{Total: time.Minute}), NoDefaultHeader: client.Some(true), Auth: client.Some[client.Auth](client.Bearer{Token: "t"}),
	})
	if after := ask(t, s, "GET", srv.url, nil); !reflect.DeepEqual(before, after) {
		t.Errorf("before %+v, after %+v", before, after)
	}
}

// testNoProfileLeftOver: a browser and a neutral client beside it, whatever the environment says.
func testNoProfileLeftOver(t *testing.T) {
	srv := newServer(t, false, echo)
	if e := ask(t, srv.session(t, "chromium156"), "GET", srv.url, nil); !strings.Contains(e.Header.Get("User-Agent"), "Chrome") {
		t.Errorf("%v", e.Header)
	}
	if e := ask(t, srv.session(t, ""), "GET", srv.url, nil); len(e.Header) != 2 || e.Header.Get("User-Agent") != "Go-http-client/1.1" {
		t.Errorf("%v", e.Header)
	}
}

func testSessionWith(t *testing.T) {
	srv := newServer(t, false, func(w http.ResponseWriter, r *http.Request) {
		w.Header().Set("Set-Cookie", "a=1")
		echo(w, r)
	})
	s := srv.session(t, "chromium156")
	ask(t, s, "GET", srv.url, nil)
	other, err := s.With(func(o *client.Options) {
		o.Header, o.Query, o.Auth, o.NoDefaultHeader = h("X-New", "1"), client.Q("q", "1"), client.Bearer{Token: "t"}, true
	})
	if err != nil {
		t.Fatal(err)
	}
	if e := ask(t, other, "GET", srv.url, nil); e.Target != "/?q=1" || e.Header.Get("X-New") != "1" || e.Header.Get("Authorization") != "Bearer t" || e.Header.Get("Cookie") != "a=1" || e.Header.Get("User-Agent") != "" {
		t.Errorf("%+v", e)
	}
	if e := ask(t, s, "GET", srv.url, nil); e.Target != "/" || e.Header.Get("X-New") != "" || e.Header.Get("User-Agent") == "" {
		t.Errorf("the first session has changed: %+v", e)
	}
	// Whatever is not the transport's goes along.
	connection := map[string]bool{}
	for i := range reflect.TypeFor[client.Transport]().NumField() {
		connection[reflect.TypeFor[client.Transport]().Field(i).Name] = true
	}
	rich := &client.Options{Header: h("A", "1"), Remove: []string{"B"}, NoDefaultHeader: true, DefaultScheme: "http", Query: client.Q("a", "1"), Redirect: client.Redirect{Max: 1},
		Retry: client.Retry{Count: 1}, Timeouts: client.Timeouts{Total: time.Hour}, Auth: client.Bearer{Token: "t"}, FailOnStatus: true, Logger: slog.New(slog.DiscardHandler), Dump: io.Discard, MaxInFlight: 1,
		Text: client.TextOptions{Default: "gbk"}, MaxBody: 1, Netrc: parseNetrc(t, "")}
	full := newSession(t, rich)
	if _, err := full.With(func(o *client.Options) {
		for name, v := range reflect.ValueOf(*o).Fields() {
			want := reflect.ValueOf(*rich).FieldByIndex(name.Index)
			switch {
			case connection[name.Name] || name.Name == "Transport" || name.Name == "Cookies":
			case v.IsZero() != want.IsZero():
				t.Errorf("%s does not go along", name.Name)
			case want.IsZero() && name.Name != "BaseURL" && name.Name != "NoCookies": // which contradict others here
				t.Errorf("%s is not tried", name.Name)
			}
		}
	}); err != nil {
		t.Error(err)
	}
}

func testDump(t *testing.T) {
	srv := newServer(t, false, echo)
	var b bytes.Buffer
	s := newSession(t, &client.Options{RootCAs: srv.ca.Pool(), Dump: &b, Auth: client.Basic{User: "u", Password: "sesame"}})
	ask(t, s, "POST", srv.url, &client.Call{JSON: "x"})
	for _, want := range []string{"* attempt 1: POST ", "\n> POST / HTTP/1.1\n", "\n> Content-Type: application/json\n", "\n< HTTP/1.1 200 OK\n", "\n< DATA, "} {
		if !strings.Contains(b.String(), want) {
			t.Errorf("%q lacks %q", b.String(), want)
		}
	}
	if strings.Contains(b.String(), "sesame") || strings.Contains(b.String(), "c2VzYW1l") || !strings.Contains(b.String(), "Authorization: ") {
		t.Errorf("%q", b.String())
	}
}

func testOneTypeOfError(t *testing.T) {
	s := newSession(t, nil)
	get := func(url string, c *client.Call) error { _, err := s.Get(t.Context(), url, c); return err }
	_, unknown := client.New(&client.Options{Profile: "netscape4"})
	_, wrong := client.New(&client.Options{MaxInFlight: -1})
	for name, err := range map[string]error{
		"profile": unknown, "option": wrong, "URL": get("nonsense", nil), "field": get("http://localhost/", &client.Call{Header: h("a", "\n")}), "connect": get("http://127.0.0.1:1/", nil),
		"kind": get("http://localhost/", &client.Call{Kind: "x"}), "upkeep": func() error { c := newSession(t, nil); c.Close(); return c.Upkeep(t.Context()) }(),
	} {
		var e *client.Error
		if !errors.As(err, &e) || e.Kind == nil || e.Op == "" {
			t.Errorf("%s: %T %v", name, err, err)
		}
	}
}

func testOneShot(t *testing.T) {
	srv := newServer(t, true, echo)
	o := &client.Options{RootCAs: srv.ca.Pool()}
	for range 2 {
		res, err := client.Get(t.Context(), srv.url, o, &client.Call{Query: client.Q("a", "1")})
		if err != nil {
			t.Fatal(err)
		}
		var e echoed
		if err := res.JSON(&e); err != nil || e.Target != "/?a=1" || res.Info.Reused {
			t.Errorf("%+v, %v", e, err)
		}
	}
}
