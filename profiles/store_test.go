package profiles

import (
	"errors"
	"io/fs"
	"os"
	"path/filepath"
	"reflect"
	"slices"
	"strings"
	"testing"
	"time"

	"github.com/wirelike/wirelike/fingerprint"
)

// put writes a file into a new store.
func put(t *testing.T, name, text string) *Store {
	t.Helper()
	s := &Store{Dir: t.TempDir()}
	if err := os.WriteFile(filepath.Join(s.Dir, name), []byte(text), 0o600); err != nil {
		t.Fatal(err)
	}
	return s
}

func read(t *testing.T, path ...string) string {
	t.Helper()
	b, err := os.ReadFile(filepath.Join(path...))
	if err != nil {
		t.Fatal(err)
	}
	return string(b)
}

func mustProfile(t *testing.T, name string) *Profile {
	t.Helper()
	p, err := Lookup(name)
	if err != nil {
		t.Fatal(err)
	}
	return p
}

func testStoreDir(t *testing.T) {
	abs := t.TempDir()
	for _, row := range []struct {
		name, system string
		env          map[string]string
		home         string // "" for none
		want         string // "" for an error
	}{
		{"said", "linux", map[string]string{"IMPERSONATE_CONFIG_DIR": "here", "XDG_CONFIG_HOME": abs}, abs, "here"},
		{"said on Windows", "windows", map[string]string{"IMPERSONATE_CONFIG_DIR": "here", "APPDATA": "a"}, abs, "here"},
		{"XDG", "linux", map[string]string{"XDG_CONFIG_HOME": abs, "APPDATA": "a"}, "h", filepath.Join(abs, "impersonate")},
		{"relative XDG", "linux", map[string]string{"XDG_CONFIG_HOME": "x"}, "h", ""},
		{"home", "darwin", map[string]string{"USERPROFILE": "u"}, "h", filepath.Join("h", ".config", "impersonate")},
		{"no home", "linux", nil, "", ""},
		{"APPDATA", "windows", map[string]string{"APPDATA": "a", "USERPROFILE": "u", "XDG_CONFIG_HOME": abs}, "h", filepath.Join("a", "impersonate")},
		{"USERPROFILE", "windows", map[string]string{"USERPROFILE": "u"}, "h", filepath.Join("u", "AppData", "Roaming", "impersonate")},
		{"home on Windows", "windows", nil, "h", filepath.Join("h", "AppData", "Roaming", "impersonate")},
	} {
		got, err := storeDir(row.system, func(name string) string { return row.env[name] }, func() (string, error) {
			if row.home == "" {
				return "", errors.New("no home")
			}
			return row.home, nil
		})
		if got != row.want || (err == nil) != (row.want != "") {
			t.Errorf("%s: %q, %v", row.name, got, err)
		}
	}
}

// testStoreFiles: the zero store is where the environment says; directories and files are for their owner alone.
func testStoreFiles(t *testing.T) {
	dir := filepath.Join(t.TempDir(), "new", "store")
	t.Setenv("IMPERSONATE_CONFIG_DIR", dir)
	t.Setenv("IMPERSONATE_API_KEY", "")
	var s Store
	if found, err := s.Load(); err != nil || len(found) != 0 || s.Key() != "" {
		t.Errorf("a store that is not there: %v, %v, %q", found, err, s.Key())
	}
	if _, err := os.Stat(dir); !errors.Is(err, fs.ErrNotExist) {
		t.Errorf("reading made the directory: %v", err)
	}
	if err := s.SetKey("imp_1"); err != nil {
		t.Fatal(err)
	}
	for path, want := range map[string]fs.FileMode{dir: 0o700 | fs.ModeDir, filepath.Join(dir, "config.json"): 0o600} {
		if info, err := os.Stat(path); err != nil || info.Mode() != want {
			t.Errorf("%s: %v, %v", path, info.Mode(), err)
		}
	}
}

func testStoreLoad(t *testing.T) {
	own := mustProfile(t, "firefox159").Clone()
	own.Name = "own"
	text, err := fingerprint.FormatJSON(own)
	if err != nil {
		t.Fatal(err)
	}
	known := strings.Replace(curlText, `, "tomorrow": 1`, "", 1)
	s := put(t, "fingerprints.json", `{"mine":`+known+`,"own":`+string(text)+`}`)
	found, err := s.Load()
	if err != nil || len(found) != 2 {
		t.Fatal(len(found), err)
	}
	want, _, err := FromCurlImpersonate("mine", []byte(known))
	if err != nil || !reflect.DeepEqual(found["mine"], want) {
		t.Errorf("not what the importer makes of it: %v", err)
	}
	if !reflect.DeepEqual(found["own"], own) {
		t.Error("a profile of this module has changed")
	}

	s = put(t, "fingerprints.json", `{"tomorrow":`+curlText+`,"list":[],"bad":{"tls_grease":1},"good":{}}`)
	found, skipped, err := s.LoadLenient()
	if err != nil || len(found) != 2 || found["good"] == nil || found["tomorrow"] == nil {
		t.Errorf("%d, %v", len(found), err)
	}
	if len(skipped) != 2 || !strings.Contains(skipped[0].Error(), `"bad": tls_grease`) || !strings.Contains(skipped[1].Error(), `"list": want an object`) {
		t.Errorf("skipped: %v", skipped)
	}
	if _, err := s.Lookup("good"); err != nil {
		t.Errorf("others are broken: %v", err)
	}
}

// testStoreRefuses: errors have the path of the file, the entry and the member.
func testStoreRefuses(t *testing.T) {
	for _, row := range []struct{ text, want string }{
		{``, "line 1"},
		{`[]`, "want an object"},
		{`null`, "want an object"},
		{`{"a":{}`, "line 1"},
		{`{"a":{},"a":{}}`, "duplicate key"},
		{`{"a":{"client":"x","client":"y"}}`, `a.client: duplicate key`},
		{`{"a":null}`, `"a": want an object`},
		{`{"a":"{}"}`, `"a": want an object`},
		{`{"a":{"tomorrow":1}}`, `"a": tomorrow: unknown field`},
		{`{"a":{"tls_grease":"yes"}}`, `"a": tls_grease`},
		{`{"a":{"tls_ech":"hard"}}`, `tls_ech: not supported`},
		{`{"a/b":{}}`, "no profile name"},
		{`{"a":{"schema":"wirelike/profile/1"}}`, `"a": `},
		{`{"a":` + mustText(t, "chrome156") + `}`, `"a": name: the profile calls itself "chrome156"`},
	} {
		s := put(t, "fingerprints.json", row.text)
		path := filepath.Join(s.Dir, "fingerprints.json")
		_, err := s.Load()
		rows, listed := s.List()
		if i := slices.IndexFunc(rows, func(r Listed) bool { return r.Err != nil }); i >= 0 {
			listed = rows[i].Err
		}
		for _, err := range []error{err, listed} {
			if err == nil || !strings.Contains(err.Error(), row.want) || !strings.Contains(err.Error(), path) {
				t.Errorf("%.60s: %v", row.text, err)
			}
		}
	}
	s := &Store{Dir: t.TempDir()}
	if err := os.Mkdir(filepath.Join(s.Dir, "fingerprints.json"), 0o700); err != nil {
		t.Fatal(err)
	}
	if _, err := s.Load(); err == nil || !strings.Contains(err.Error(), "fingerprints.json") {
		t.Errorf("a directory: %v", err)
	}
	s = put(t, "fingerprints.json", "{}")
	if err := os.Truncate(filepath.Join(s.Dir, "fingerprints.json"), maxStoreFile+1); err != nil {
		t.Fatal(err)
	}
	if _, err := s.Load(); err == nil || !strings.Contains(err.Error(), "more than") {
		t.Errorf("a large file: %v", err)
	}
}

func mustText(t *testing.T, name string) string {
	t.Helper()
	b, err := data.ReadFile("data/" + name + ".json")
	if err != nil {
		t.Fatal(err)
	}
	return string(b)
}

// testStoreCopies: what is found may be edited, and the next one is as before.
func testStoreCopies(t *testing.T) {
	s := put(t, "fingerprints.json", `{"mine":{}}`)
	r := &Resolver{Store: s, Explicit: []*Profile{mustProfile(t, "chrome150")}}
	for _, name := range []string{"mine", "chrome150", "firefox159"} {
		a, err := r.Lookup(name)
		if err != nil {
			t.Fatal(err)
		}
		before := a.Clone()
		a.First.TLS.CipherSuites[0] = 47
		if b, err := r.Lookup(name); err != nil || !reflect.DeepEqual(b, before) {
			t.Errorf("%s: the edit is seen by others: %v", name, err)
		}
	}
	var unknown *UnknownError
	if _, err := s.Lookup("chrome150"); !errors.As(err, &unknown) || !slices.Equal(unknown.Near, []string{"mine"}) {
		t.Errorf("%v", err)
	}
	if _, err := r.Lookup("minimum"); !errors.As(err, &unknown) || unknown.Name != "minimum" || !slices.Contains(unknown.Near, "chrome150") {
		t.Errorf("%v", err)
	}
}

func testStoreList(t *testing.T) {
	s := put(t, "fingerprints.json", `{"zz":{"client":"Chrome","client_version":"142","os":"macOS","os_version":"Tahoe","http3_settings":"1:2","form_boundary":"webkit"},"chrome150":{"client":"Mine"},"bad":[]}`)
	rows, err := s.List()
	if err != nil {
		t.Fatal(err)
	}
	if !slices.IsSortedFunc(rows, func(a, b Listed) int { return strings.Compare(a.Name, b.Name) }) || len(rows) != len(Names())+2 {
		t.Errorf("%d rows, or not sorted", len(rows))
	}
	want := []Listed{
		{Type: "builtin", Name: "chrome156", Browser: "chrome", Version: "156.0", Engine: "chromium", OS: "Windows", Kinds: mustProfile(t, "chrome156").Kinds()},
		{Type: "custom", Name: "chrome150", Browser: "mine", Engine: "chromium", Kinds: []Kind{Navigate}},
		{Type: "custom", Name: "zz", Browser: "chrome", Version: "142", Engine: "chromium", OS: "macOS", Kinds: []Kind{Navigate}, OSVersion: "Tahoe", Ignored: []string{"http3_settings"}},
	}
	for _, w := range want {
		i := slices.IndexFunc(rows, func(r Listed) bool { return r.Name == w.Name })
		if i < 0 || !reflect.DeepEqual(rows[i], w) {
			t.Errorf("%+v", rows[max(i, 0)])
		}
	}
	bad := rows[0]
	if bad.Name != "bad" || bad.Type != "custom" || bad.Err == nil || !strings.Contains(bad.Err.Error(), `"bad": want an object`) {
		t.Errorf("%+v", bad)
	}
}

func testStoreKey(t *testing.T) {
	t.Setenv("IMPERSONATE_API_KEY", "")
	s := put(t, "config.json", `{"other":[1],"api_key":"imp_old"}`)
	s.Now = func() time.Time { return time.Date(2026, 11, 26, 18, 0, 0, 5, time.FixedZone("", 3600)) }
	if s.Key() != "imp_old" {
		t.Errorf("%q", s.Key())
	}
	if err := s.SetKey("imp_new"); err != nil {
		t.Fatal(err)
	}
	if got := read(t, s.Dir, "config.json"); got != "{\n  \"api_key\": \"imp_new\",\n  \"other\": [\n    1\n  ],\n  \"update_time\": \"2026-11-26T17:00:00Z\"\n}\n" {
		t.Error(got)
	}
	if s.Key() != "imp_new" {
		t.Errorf("%q", s.Key())
	}
	t.Setenv("IMPERSONATE_API_KEY", "imp_env")
	if s.Key() != "imp_env" {
		t.Errorf("%q", s.Key())
	}
}

func testStoreKeyRefuses(t *testing.T) {
	t.Setenv("IMPERSONATE_API_KEY", "")
	s := put(t, "config.json", `{"api_key":"imp_old"}`)
	for _, key := range []string{"", "imp_", "sk_secret", "IMP_secret", "imp_sec ret", "imp_secret\r\nX: y", "imp_secret\u00e9"} {
		if err := s.SetKey(key); err == nil || strings.Contains(err.Error(), "sec") {
			t.Errorf("%q: %v", key, err)
		}
	}
	if s.Key() != "imp_old" {
		t.Errorf("%q", s.Key())
	}
	for _, text := range []string{`{"api_key":`, `[]`, `{"api_key":"a","api_key":"b"}`} {
		s := put(t, "config.json", text)
		if s.Key() != "" {
			t.Errorf("%s: %q", text, s.Key())
		}
		if err := s.SetKey("imp_new"); err == nil || read(t, s.Dir, "config.json") != text {
			t.Errorf("%s: overwritten, %v", text, err)
		}
	}
	if key := put(t, "config.json", `{"api_key":7}`).Key(); key != "" {
		t.Errorf("a number: %q", key)
	}
}

// testStoreWriteFails: after a failure there is the old file, and nothing else.
func testStoreWriteFails(t *testing.T) {
	s := put(t, "a-file", "")
	for _, dir := range []string{filepath.Join(s.Dir, "a-file"), filepath.Join(s.Dir, "a-file", "below")} {
		if err := writeStoreFile(dir, "x", nil); err == nil || !strings.Contains(err.Error(), "a-file") {
			t.Errorf("%s: %v", dir, err)
		}
	}
	if err := os.MkdirAll(filepath.Join(s.Dir, "taken", "full"), 0o700); err != nil {
		t.Fatal(err)
	}
	if err := writeStoreFile(s.Dir, "taken", []byte("x")); err == nil {
		t.Error("a directory was replaced")
	}
	list, err := os.ReadDir(s.Dir)
	if err != nil || len(list) != 2 {
		t.Errorf("%v, %v: temporary files are left", list, err)
	}
}
