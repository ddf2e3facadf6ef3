package client_test

import (
	"errors"
	"io"
	"net/http"
	"strings"
	"testing"

	"github.com/wirelike/wirelike/client"
)

func testSessionCharset(t *testing.T) {
	gbk := string([]byte{0xc4, 0xe3, 0xba, 0xc3}) // 你好
	srv := newServer(t, false, func(w http.ResponseWriter, r *http.Request) {
		typ := "text/plain"
		if charset := strings.Trim(r.URL.Path, "/"); charset != "" {
			typ += "; charset=" + charset
		}
		w.Header().Set("Content-Type", typ)
		io.WriteString(w, gbk)
	})
	text := func(o client.TextOptions, path string, c *client.Call) string {
		t.Helper()
		res, err := newSession(t, &client.Options{RootCAs: srv.ca.Pool(), Text: o}).Get(t.Context(), srv.url+path, c)
		if err != nil {
			t.Fatal(err)
		}
		s, err := res.Text()
		if err != nil {
			t.Error(err)
		}
		return s
	}
	detect := func(b []byte) string {
		if len(b) == 4 {
			return "GBK"
		}
		return ""
	}
	for _, row := range []struct {
		name, path, want string
		o                client.TextOptions
		call             *client.Call
	}{
		{"nothing said", "", "\ufffd\ufffd\ufffd", client.TextOptions{}, nil},
		{"default of the session", "", "你好", client.TextOptions{Default: "gbk"}, nil},
		{"the server's", "/latin1", "ÄãºÃ", client.TextOptions{Default: "gbk"}, nil},
		{"whatever the server says", "/latin1", "你好", client.TextOptions{Charset: " GBK"}, nil},
		{"detected", "", "你好", client.TextOptions{Detect: detect, Default: "latin1"}, nil},
		{"of the call", "", "你好", client.TextOptions{Default: "latin1"}, &client.Call{Text: client.Some(client.TextOptions{Default: "gbk"})}},
		{"switched off by the call", "/latin1", "ÄãºÃ", client.TextOptions{Charset: "gbk"}, &client.Call{Text: client.Some(client.TextOptions{})}},
	} {
		if got := text(row.o, row.path, row.call); got != row.want {
			t.Errorf("%s: %q, want %q", row.name, got, row.want)
		}
	}
	if _, err := newSession(t, nil).Get(t.Context(), srv.url, &client.Call{Text: client.Some(client.TextOptions{Charset: "klingon"})}); !errors.Is(err, client.ErrUnknownCharset) || !errors.Is(err, client.ErrInvalidRequest) {
		t.Errorf("an unknown charset: %v", err)
	}
}

// testCallSwitchesOff: what the session has on, a call can have off.
func testCallSwitchesOff(t *testing.T) {
	srv := newServer(t, false, func(w http.ResponseWriter, r *http.Request) {
		if r.URL.Path == "/404" {
			w.WriteHeader(http.StatusNotFound)
			return
		}
		redirecting(w, r)
	})
	s := newSession(t, &client.Options{
		RootCAs: srv.ca.Pool(), Profile: "chromium156", Auth: client.Basic{User: "u", Password: "p"}, FailOnStatus: true, NoDefaultHeader: true, Retry: client.Retry{Count: 1},
	})
	if e := ask(t, s, "GET", srv.url, nil); e.Header.Get("Authorization") == "" || e.Header.Get("User-Agent") != "" {
		t.Errorf("the session's: %v", e.Header)
	}
	off := &client.Call{Auth: client.Some[client.Auth](nil), NoDefaultHeader: client.Some(false), FailOnStatus: client.Some(false), Redirect: client.Some(client.Redirect{Follow: client.FollowNone})}
	if e := ask(t, s, "GET", srv.url, off); e.Header.Get("Authorization") != "" || !strings.Contains(e.Header.Get("User-Agent"), "Chrome/") || e.Header.Get("Accept-Encoding") == "" {
		t.Errorf("off: %v", e.Header)
	}
	if _, err := s.Get(t.Context(), srv.url+"/404", nil); !errors.Is(err, client.ErrStatus) {
		t.Errorf("404: %v", err)
	}
	for path, status := range map[string]int{"/404": 404, "/to/x": 307} {
		res, err := s.Get(t.Context(), srv.url+path, off)
		if err != nil || res.StatusCode != status {
			t.Fatalf("%s: %v, %v", path, res, err)
		}
		res.Close()
	}
	on := srv.session(t, "chromium156")
	if e := ask(t, on, "GET", srv.url, &client.Call{NoDefaultHeader: client.Some(true)}); e.Header.Get("User-Agent") != "" || e.Header.Get("Accept-Encoding") != "" {
		t.Errorf("NoDefaultHeader of the call: %v", e.Header)
	}
	neutral := srv.session(t, "")
	if e := ask(t, neutral, "GET", srv.url, &client.Call{NoDefaultHeader: client.Some(true)}); len(e.Header) != 0 {
		t.Errorf("neutral: %v", e.Header)
	}
}
