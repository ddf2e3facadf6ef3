package fpserver

import (
	"crypto/tls"
	"encoding/json"
	"fmt"
	"net/http"
	"os"
	"path/filepath"
	"strings"
	"testing"

	"github.com/wirelike/wirelike/fingerprint"
)

// fakeTB is a test of somebody else.
type fakeTB struct {
	dir      string
	failed   bool
	cleanups []func()
	log      strings.Builder
}

func (f *fakeTB) Helper() {}

func (f *fakeTB) Cleanup(c func()) { f.cleanups = append(f.cleanups, c) }

func (f *fakeTB) Fatalf(s string, a ...any) { panic(fmt.Sprintf(s, a...)) }

func (f *fakeTB) Logf(s string, a ...any) { fmt.Fprintf(&f.log, s, a...) }

func (f *fakeTB) Failed() bool { return f.failed }

func (f *fakeTB) TempDir() string { return f.dir }

func (f *fakeTB) Name() string { return "TestOfSomebody" }

// TestArtifacts is not parallel because it sets the environment.
func TestArtifacts(t *testing.T) {
	for _, failed := range []bool{true, false} {
		dir := filepath.Join(t.TempDir(), "new")
		t.Setenv(artifactsEnv, dir)
		tb := &fakeTB{dir: t.TempDir(), failed: failed}
		s := NewServer(tb)
		fetch(t, s.Client(), "GET", s.URL+"/get?one", nil)
		for _, c := range tb.cleanups {
			c()
		}
		files, _ := filepath.Glob(filepath.Join(dir, "*"))
		if !failed {
			if len(files) != 0 {
				t.Errorf("a test that passed left %q", files)
			}
			continue
		}
		if len(files) != 1 || !strings.Contains(tb.log.String(), files[0]) {
			t.Fatalf("files %q, log %q", files, tb.log.String())
		}
		b, err := os.ReadFile(files[0])
		if err != nil {
			t.Fatal(err)
		}
		var got struct {
			Source      string
			Connections []fingerprint.Capture
		}
		if err := json.Unmarshal(b, &got); err != nil {
			t.Fatal(err)
		}
		if len(got.Connections) != 1 || !strings.Contains(got.Source, "TestOfSomebody") {
			t.Fatalf("artifact has %d connections, source %q", len(got.Connections), got.Source)
		}
		f, err := fingerprint.Parse(&got.Connections[0])
		if err != nil || value(f.HTTP2.Requests[0].Fields, ":path") != "/get?one" {
			t.Errorf("capture: %v", err)
		}
	}
}

func TestPanicInHandler(t *testing.T) {
	t.Parallel()
	tb := &fakeTB{dir: t.TempDir()}
	s := NewUnstartedServer(tb)
	s.Handler = http.HandlerFunc(func(http.ResponseWriter, *http.Request) { panic("of the handler") })
	if err := s.Start(); err != nil {
		t.Fatal(err)
	}
	for _, alpn := range []string{"h2", "http/1.1"} {
		client := s.Client()
		if alpn == "http/1.1" {
			client = &http.Client{Transport: &http.Transport{TLSClientConfig: &tls.Config{RootCAs: s.CertPool()}}}
		}
		if _, err := client.Get(s.URL + "/panic"); err == nil {
			t.Errorf("%s: got an answer", alpn)
		}
		if resp, _ := fetch(t, client, "GET", s.URL+"/get", nil); resp.StatusCode != 200 {
			t.Errorf("%s: the server did not survive", alpn)
		}
		client.CloseIdleConnections()
	}
	s.Close()
	if got := strings.Count(tb.log.String(), "panic in the handler of GET /panic: of the handler"); got != 2 {
		t.Errorf("log: %s", tb.log.String())
	}
}
