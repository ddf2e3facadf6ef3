package client_test

import (
	"context"
	"crypto/tls"
	"errors"
	"net"
	"net/http"
	"os"
	"path/filepath"
	"regexp"
	"strconv"
	"strings"
	"testing"

	"github.com/wirelike/wirelike/client"
)

func TestErrors(t *testing.T) {
	t.Parallel()
	for _, row := range provocations {
		t.Run(row.name, func(t *testing.T) {
			t.Parallel()
			err := row.provoke(t)
			var e *client.Error
			if !errors.As(err, &e) {
				t.Fatalf("%T: %v", err, err)
			}
			if e.Kind != row.kind || e.Code != row.code {
				t.Errorf("%v, code %v (%[2]d); want %v, %v: %v", e.Kind, e.Code, row.kind, row.code, err)
			}
			if !errors.Is(err, row.kind) {
				t.Errorf("errors.Is does not hold for %v", row.kind)
			}
			if row.check != nil && !row.check(err) {
				t.Errorf("cause or text is not as wanted: %v", err)
			}
		})
	}
}

// kindsOf returns the names and texts of the kinds that the package exports, read from its sources.
func kindsOf(t *testing.T) map[string]string {
	t.Helper()
	files, err := filepath.Glob("*.go")
	if err != nil {
		t.Fatal(err)
	}
	kinds := map[string]string{}
	for _, name := range files {
		src, err := os.ReadFile(name)
		if err != nil {
			t.Fatal(err)
		}
		for _, m := range regexp.MustCompile(`(?m)^(?:\t|var )(Err\w+)\s+= kind\("([^"]+)"`).FindAllSubmatch(src, -1) {
			kinds[string(m[1])] = string(m[2])
		}
	}
	if len(kinds) < 45 {
		t.Fatalf("only %d kinds found", len(kinds))
	}
	return kinds
}

// TestErrorsComplete: every kind that is exported is provoked above, itself or by a kind below it.
func TestErrorsComplete(t *testing.T) {
	t.Parallel()
	for name, text := range kindsOf(t) {
		found := false
		for _, p := range provocations {
			for _, k := range client.Ancestry(p.kind) {
				found = found || k.Error() == text
			}
		}
		if !found {
			t.Errorf("%s is not provoked", name)
		}
	}
	for _, p := range provocations {
		if s := p.code.String(); s == strconv.Itoa(int(p.code)) {
			t.Errorf("code %s has no name", s)
		}
	}
}

func TestErrorText(t *testing.T) {
	t.Parallel()
	broken := &client.Options{DialContext: func(context.Context, string, string) (net.Conn, error) { return nil, errBoom }}
	err := get(t, broken, "https://user:secret@a.test/p?q=1", nil)
	want := "client: GET https://a.test/p?q=1: connect: engine: connect a.test:443: boom"
	if err.Error() != want {
		t.Errorf("got  %s\nwant %s", err, want)
	}
	for _, url := range []string{
		"https://user:sec/ret@a.test/", "https://user:secret@a.test/%zz", "https://user:secret@[a.test/", "user:secret@a.test", "https://u@x:secret@[a.test/", "https://user:secret @a.test/",
	} {
		if err := get(t, broken, url, nil); err == nil || strings.Contains(err.Error(), "sec") {
			t.Errorf("%s: %v", url, err)
		}
	}
	leads := get(t, &client.Options{Redirect: client.Redirect{Follow: client.FollowError}}, raw(t, "HTTP/1.1 302 Found\r\nLocation: http://user:secret@a.test/\r\nContent-Length: 0\r\n\r\n"), nil)
	if !errors.Is(leads, client.ErrTooManyRedirects) || !strings.Contains(leads.Error(), "leads to http://a.test/") {
		t.Errorf("a Location with credentials: %v", leads)
	}
	r, _ := http.NewRequestWithContext(t.Context(), "GET", "https://user:secret@a.test/", nil)
	if _, err := (&client.Transport{DialContext: broken.DialContext}).RoundTrip(r); err == nil || strings.Contains(err.Error(), "secret") || strings.Contains(err.Error(), "user") {
		t.Errorf("a transport says %v", err)
	}
	for url, want := range map[string]string{
		"https://a.test/\r\nx\x1b[2J\u202e\x80": `https://a.test/\r\nx\x1b[2J\u202e\x80`,
		"\x00":                                  `\x00`,
		"https://\u00e9 \"x\"/":                 "https://\u00e9 \"x\"/",
	} {
		err := get(t, nil, url, nil)
		if want := "client: GET " + want + ": "; err == nil || !strings.HasPrefix(err.Error(), want) {
			t.Errorf("got %q, want %q", err, want)
		}
	}
	if err := fetch(t, nil, "G\nT", "https://a.test/", nil); strings.Contains(err.Error(), "\n") {
		t.Errorf("%q", err)
	}
	for _, k := range []*client.Kind{client.ErrConnect, client.ErrDNS} {
		if k.Error() == "" || k.Code() == 0 {
			t.Errorf("%#v", k)
		}
	}
	if s := client.CodeCouldntConnect.String(); s != "COULDNT_CONNECT" {
		t.Error(s)
	}
	if s := client.Code(102).String(); s != "102" {
		t.Error(s)
	}
}

// TestBodyClosedOnRefusal: a body is closed exactly once, also when the request is not even tried.
func TestBodyClosed(t *testing.T) {
	t.Parallel()
	ok := raw(t, "HTTP/1.1 200 OK\r\nContent-Length: 2\r\n\r\nok")
	for _, row := range []struct {
		name, url string
		length    int64
		ok        bool
	}{
		{"bad URL", "ftp://a/", 0, false},
		{"refused", "http://" + closedPort(t), 0, false},
		{"bad length", "http://a.test/", -7, false},
		{"success", ok, 0, true},
		{"too short", devour(t), 100, false},
	} {
		body := &closeCounter{Reader: strings.NewReader("abc")}
		err := fetch(t, nil, "POST", row.url, &client.Call{Body: body, Length: row.length})
		if (err == nil) != row.ok {
			t.Errorf("%s: %v", row.name, err)
		}
		eventually(t, row.name+": body closed", func() bool { return body.n.Load() > 0 })
		if n := body.n.Load(); n != 1 {
			t.Errorf("%s: closed %d times", row.name, n)
		}
	}
}

func TestOptionsRefused(t *testing.T) {
	t.Parallel()
	for _, row := range []struct {
		name string
		o    client.Options
		want []string
	}{
		{"transport and profile", client.Options{Transport: &client.Transport{}, Profile: "chromium156", MaxConnsPerHost: 1}, []string{"Profile and Transport", "MaxConnsPerHost and Transport"}},
		{"header", client.Options{Header: client.Header{{Name: "a", Value: "\n"}}}, []string{"control character"}},
		{"remove", client.Options{Header: client.Header{{Name: "a"}}, Remove: []string{"A"}}, []string{"both"}},
		{"several faults", client.Options{Header: client.Header{{Name: " "}}, MaxIdlePerHost: -1}, []string{"token", "MaxIdlePerHost"}},
		{"certificate without key", client.Options{Certificates: []tls.Certificate{{Certificate: [][]byte{{1}}}}}, []string{"Certificates[0]"}},
		{"transport and identity", client.Options{Transport: &client.Transport{}, Certificates: []tls.Certificate{{}}, MaxIdle: 1}, []string{"Certificates and Transport", "MaxIdle and Transport"}},
		{"transport and trust", client.Options{Transport: &client.Transport{}, CAFile: "a", CAPEM: []byte{1}, Env: client.EnvCA, PinnedKeys: []string{"x"}, CertFile: "a", KeyFile: "b", MinTLSVersion: 1, MaxTLSVersion: 1},
			[]string{"CAFile and Transport", "CAPEM and Transport", "Env and Transport", "PinnedKeys and Transport", "CertFile and Transport", "KeyFile and Transport", "MinTLSVersion and Transport", "MaxTLSVersion and Transport"}},
		{"transport's own", client.Options{Transport: &client.Transport{Profile: "netscape4"}}, []string{"netscape4"}},
	} {
		_, err := client.New(&row.o)
		var e *client.Error
		if !errors.As(err, &e) || e.Op != "new" {
			t.Errorf("%s: %v", row.name, err)
			continue
		}
		for _, w := range row.want {
			if !strings.Contains(err.Error(), w) {
				t.Errorf("%s: %v lacks %q", row.name, err, w)
			}
		}
	}
}
