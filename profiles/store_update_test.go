package profiles

import (
	"context"
	"crypto/sha256"
	"errors"
	"fmt"
	"net/http"
	"net/http/httptest"
	"os"
	"path/filepath"
	"strings"
	"testing"
)

// service answers by the target of the request; anything else is 404.
func service(t *testing.T, answers map[string]string) (*httptest.Server, *[]string) {
	t.Helper()
	t.Setenv("IMPERSONATE_API_KEY", "")
	t.Setenv("IMPERSONATE_API_ROOT", "")
	asked := &[]string{} // one request at a time
	srv := httptest.NewServer(http.HandlerFunc(func(w http.ResponseWriter, r *http.Request) {
		*asked = append(*asked, r.URL.RequestURI()+" "+r.Header.Get("Authorization"))
		text, ok := answers[r.URL.RequestURI()]
		switch {
		case !ok:
			http.Error(w, "nothing here", http.StatusNotFound)
		case strings.HasPrefix(text, "/"):
			http.Redirect(w, r, text, http.StatusFound)
		default:
			_, _ = w.Write([]byte(text))
		}
	}))
	t.Cleanup(srv.Close)
	return srv, asked
}

const firstPage = "/v1/fingerprints?skip=0&limit=100"

func testUpdateService(t *testing.T) {
	srv, asked := service(t, map[string]string{
		firstPage:                             `{"items":[{"name":"b","data":{"client":"old"}},{"target":"a","fingerprint":"{\"client\":\"chrome\"}"}],"pagination":{"has_more":true,"next_skip":2},"x":1}`,
		"/v1/fingerprints?skip=2&limit=100":   `{"data":[{"name":"","target":"c","data":{}},{"name":"b","data":{"client":"new"}}],"pagination":{"has_more":true,"next_skip":150}}`,
		"/v1/fingerprints?skip=150&limit=100": `{"items":[],"pagination":{"has_more":false,"next_skip":0}}`,
	})
	s := put(t, "fingerprints.json", `{"gone":{}}`)
	if err := s.SetKey("imp_1"); err != nil {
		t.Fatal(err)
	}
	n, err := s.Update(t.Context(), srv.Client(), &UpdateOptions{Root: srv.URL + "/v1/"})
	if err != nil || n != 3 {
		t.Fatal(n, err)
	}
	if got := strings.Join(*asked, "\n"); got != firstPage+" Bearer imp_1\n/v1/fingerprints?skip=2&limit=100 Bearer imp_1\n/v1/fingerprints?skip=150&limit=100 Bearer imp_1" {
		t.Error(got)
	}
	path := filepath.Join(s.Dir, "fingerprints.json")
	if got := strings.Join(strings.Fields(read(t, path)), ""); got != `{"a":{"client":"chrome"},"b":{"client":"new"},"c":{}}` {
		t.Error(got)
	}
	if info, err := os.Stat(path); err != nil || info.Mode() != 0o600 {
		t.Error(info.Mode(), err)
	}
	if found, err := s.Load(); err != nil || found["b"].Browser.Name != "new" {
		t.Error(err)
	}

	// The root of the environment, no key, no client.
	*asked = nil
	t.Setenv("IMPERSONATE_API_ROOT", srv.URL+"/v1")
	if n, err := (&Store{Dir: t.TempDir()}).Update(t.Context(), nil, nil); err != nil || n != 3 || (*asked)[0] != firstPage+" " {
		t.Error(n, err, *asked)
	}
	http.DefaultTransport.(*http.Transport).CloseIdleConnections()
}

// updateFails wants an error about the cause, with the address, and a store that is as it was.
func updateFails(t *testing.T, name string, hc *http.Client, o *UpdateOptions, url, want string) {
	t.Helper()
	s := put(t, "fingerprints.json", "old")
	_, err := s.Update(t.Context(), hc, o)
	var u *StoreUpdateError
	if !errors.Is(err, ErrStoreUpdate) || !errors.As(err, &u) || u.URL != url || !strings.Contains(err.Error(), want) {
		t.Errorf("%s: %v", name, err)
	}
	if list, err := os.ReadDir(s.Dir); err != nil || len(list) != 1 || read(t, s.Dir, "fingerprints.json") != "old" {
		t.Errorf("%s: the store has changed: %v, %v", name, list, err)
	}
}

func testUpdateServiceFails(t *testing.T) {
	for _, row := range []struct{ name, answer, want string }{
		{"no JSON", `<html>`, "want an object"},
		{"cut off", `{"items":[`, "line 1"},
		{"no list", `{"items":{}}`, "no list"},
		{"null", `{"items":null,"data":[]}`, "no list"},
		{"nothing", `{}`, "no list"},
		{"no object", `{"items":[1]}`, "item 0: want an object"},
		{"no name", `{"items":[{"name":"a","data":{}},{"data":{}}]}`, "item 1: a name of 0 bytes"},
		{"a number", `{"items":[{"name":1,"data":{}}]}`, "item 0: name"},
		{"no body", `{"items":[{"name":"a"}]}`, `"a": no fingerprint`},
		{"a list for a body", `{"items":[{"name":"a","data":[]}]}`, `"a": want an object`},
		{"a text that is no JSON", `{"items":[{"name":"a","data":"x"}]}`, `"a": want an object`},
		{"the same page again", `{"items":[],"pagination":{"has_more":true,"next_skip":0}}`, "next_skip 0"},
		{"no next page", `{"items":[],"pagination":{"has_more":true}}`, "next_skip"},
		{"paging by words", `{"items":[],"pagination":{"has_more":"yes"}}`, "pagination"},
		{"another address", "/elsewhere", "status 302"},
	} {
		srv, asked := service(t, map[string]string{firstPage: row.answer, "/elsewhere": `{"items":[]}`})
		updateFails(t, row.name, srv.Client(), &UpdateOptions{Root: srv.URL + "/v1"}, srv.URL+firstPage, row.want)
		if len(*asked) != 1 {
			t.Errorf("%s: %q", row.name, *asked)
		}
	}
	srv, _ := service(t, map[string]string{firstPage: `{"items":[{"name":"a","data":{}}],"pagination":{"has_more":true,"next_skip":9}}`})
	updateFails(t, "a later page", srv.Client(), &UpdateOptions{Root: srv.URL + "/v1"}, srv.URL+"/v1/fingerprints?skip=9&limit=100", `status 404: "nothing here\n"`)
	host := strings.TrimPrefix(srv.URL, "http://")
	updateFails(t, "a password", srv.Client(), &UpdateOptions{Root: "http://me:secret@" + host}, "http://me:xxxxx@"+host+"/fingerprints?skip=0&limit=100", "404")
	srv.Close()
	updateFails(t, "nobody there", srv.Client(), &UpdateOptions{Root: srv.URL + "/v1"}, srv.URL+firstPage, "refused")
	for _, row := range []struct {
		o    *UpdateOptions
		want string
	}{
		{nil, "no source"},
		{&UpdateOptions{Root: "ftp://a/"}, "http://"},
		{&UpdateOptions{Root: "a"}, "http://"},
		{&UpdateOptions{Root: "http://a:b"}, "invalid port"},
		{&UpdateOptions{Root: "http://a/?b"}, "query"},
		{&UpdateOptions{Root: "http://a/", From: "b"}, "both"},
		{&UpdateOptions{Root: "http://a/", SHA256: "00"}, "From is empty"},
	} {
		updateFails(t, row.want, nil, row.o, "", row.want)
	}
	if _, err := (&Store{Dir: t.TempDir()}).Update(t.Context(), nil, nil); !errors.Is(err, ErrNoRoot) {
		t.Error(err)
	}
	t.Setenv("IMPERSONATE_API_KEY", "imp_\n")
	updateFails(t, "a key of two lines", nil, &UpdateOptions{Root: "http://a/"}, "", "visible ASCII")
}

// testUpdateBounds: a peer cannot fill the memory.
func testUpdateBounds(t *testing.T) {
	srv, _ := service(t, map[string]string{firstPage: strings.Repeat(" ", maxPage+1)})
	updateFails(t, "a large page", srv.Client(), &UpdateOptions{Root: srv.URL + "/v1"}, srv.URL+firstPage, "more than")

	pages := 0
	endless := httptest.NewServer(http.HandlerFunc(func(w http.ResponseWriter, r *http.Request) {
		pages++
		_, _ = fmt.Fprintf(w, `{"items":[],"pagination":{"has_more":true,"next_skip":%d}}`, pages)
	}))
	defer endless.Close()
	updateFails(t, "pages without end", endless.Client(), &UpdateOptions{Root: endless.URL}, fmt.Sprintf("%s/fingerprints?skip=%d&limit=100", endless.URL, maxPages-1), "pages")
	if pages != maxPages {
		t.Errorf("%d pages", pages)
	}

	pages = 0
	if _, err := readService(t.Context(), endless.Client(), endless.URL, "", 200); err == nil || !strings.Contains(err.Error(), "200 bytes in all") || pages > 4 {
		t.Errorf("more than allowed, in small pages: %v after %d", err, pages)
	}

	long := strings.Repeat("n", maxEntryName+1)
	srv, _ = service(t, map[string]string{firstPage: `{"items":[{"name":"` + long + `","data":{}}]}`})
	updateFails(t, "a long name", srv.Client(), &UpdateOptions{Root: srv.URL + "/v1"}, srv.URL+firstPage, "201 bytes")
}

// testUpdateCancelled: an answer that never comes ends with the context.
func testUpdateCancelled(t *testing.T) {
	ctx, cancel := context.WithCancel(t.Context())
	srv := httptest.NewServer(http.HandlerFunc(func(_ http.ResponseWriter, r *http.Request) {
		cancel()
		<-r.Context().Done()
	}))
	defer srv.Close()
	s := &Store{Dir: t.TempDir()}
	if _, err := s.Update(ctx, srv.Client(), &UpdateOptions{Root: srv.URL}); !errors.Is(err, context.Canceled) || !errors.Is(err, ErrStoreUpdate) {
		t.Error(err)
	}
	from := put(t, "fingerprints.json", sourceText)
	if _, err := s.Update(ctx, nil, &UpdateOptions{From: from.Dir, SHA256: sumOf(sourceText)}); !errors.Is(err, context.Canceled) {
		t.Errorf("from a directory: %v", err)
	}
}

const sourceText = `{"mine":{"client":"chrome"}}`

func sumOf(text string) string { return fmt.Sprintf("%x", sha256.Sum256([]byte(text))) }

func testUpdateSource(t *testing.T) {
	from := put(t, "fingerprints.json", sourceText).Dir
	if err := os.WriteFile(filepath.Join(from, "fingerprints.json.sha256"), []byte(sumOf(sourceText)+"  fingerprints.json\n"), 0o600); err != nil {
		t.Fatal(err)
	}
	srv, asked := service(t, map[string]string{"/f.json?v=1": sourceText, "/f.json.sha256?v=1": sumOf(sourceText), "/moved": "/f.json?v=1"})
	t.Setenv("IMPERSONATE_API_KEY", "imp_1")
	for _, row := range []struct {
		name string
		o    UpdateOptions
	}{
		{"directory", UpdateOptions{From: from}},
		{"directory and sum", UpdateOptions{From: from, SHA256: strings.ToUpper(sumOf(sourceText))}},
		{"URL", UpdateOptions{From: srv.URL + "/f.json?v=1"}},
		{"URL and sum, moved", UpdateOptions{From: srv.URL + "/moved", SHA256: sumOf(sourceText)}},
	} {
		s := &Store{Dir: t.TempDir()}
		if n, err := s.Update(t.Context(), srv.Client(), &row.o); err != nil || n != 1 {
			t.Errorf("%s: %d, %v", row.name, n, err)
		}
		if p, err := s.Lookup("mine"); err != nil || p.Browser.Name != "chrome" {
			t.Errorf("%s: %v", row.name, err)
		}
	}
	if got := strings.Join(*asked, ""); got == "" || strings.Contains(got, "Bearer") {
		t.Errorf("%s: the key is for the service alone", got)
	}
}

func testUpdateSourceFails(t *testing.T) {
	from := put(t, "fingerprints.json", sourceText).Dir
	path := filepath.Join(from, "fingerprints.json")
	srv, _ := service(t, map[string]string{"/empty": "{}", "/list": `{"a":[]}`, "/f": sourceText})
	for _, row := range []struct {
		name      string
		o         UpdateOptions
		url, want string
	}{
		{"another sum", UpdateOptions{From: from, SHA256: sumOf("x")}, path, "SHA-256 is " + sumOf(sourceText)},
		{"half a sum", UpdateOptions{From: from, SHA256: sumOf("x")[:32]}, path, "no SHA-256"},
		{"no sum beside it", UpdateOptions{From: from}, path + ".sha256", "does not exist"},
		{"no directory", UpdateOptions{From: from + "x", SHA256: sumOf("x")}, filepath.Join(from+"x", "fingerprints.json"), "does not exist"},
		{"no sum on the web", UpdateOptions{From: srv.URL + "/f"}, srv.URL + "/f.sha256", "404"},
		{"nothing in it", UpdateOptions{From: srv.URL + "/empty", SHA256: sumOf("{}")}, srv.URL + "/empty", "no fingerprints"},
		{"no object", UpdateOptions{From: srv.URL + "/list", SHA256: sumOf(`{"a":[]}`)}, srv.URL + "/list", `"a": want an object`},
		{"another scheme", UpdateOptions{From: "ftp://a/f.json", SHA256: sumOf("x")}, "", "http://"},
	} {
		updateFails(t, row.name, srv.Client(), &row.o, row.url, row.want)
	}
}
