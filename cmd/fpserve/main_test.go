package main

import (
	"bufio"
	"context"
	"crypto/tls"
	"crypto/x509"
	"io"
	"net/http"
	"os"
	"path/filepath"
	"strings"
	"testing"
	"time"

	"github.com/rogpeppe/go-internal/testscript"
)

func TestMain(m *testing.M) {
	testscript.Main(m, map[string]func(){"fpserve": main})
}

func TestScripts(t *testing.T) {
	testscript.Run(t, testscript.Params{
		Dir:                 "testdata",
		RequireExplicitExec: true,
		Cmds:                map[string]func(*testscript.TestScript, bool, []string){"await": await},
	})
}

// await waits until a file is there: nothing else tells that a command in the background has come that far.
func await(ts *testscript.TestScript, neg bool, args []string) {
	if neg || len(args) != 1 {
		ts.Fatalf("usage: await file")
	}
	name := ts.MkAbs(args[0])
	tick := time.NewTicker(5 * time.Millisecond)
	defer tick.Stop()
	for deadline := time.Now().Add(time.Minute); time.Now().Before(deadline); <-tick.C {
		if b, err := os.ReadFile(name); err == nil && len(b) > 0 {
			return
		}
	}
	ts.Fatalf("%s does not appear", args[0])
}

// serveCommand runs the command until the test stops it.
type serveCommand struct {
	url    string
	stop   context.CancelFunc
	status chan int
	stderr *strings.Builder
}

func startCommand(t *testing.T, args ...string) *serveCommand {
	t.Helper()
	ctx, stop := context.WithCancel(context.Background())
	out, in := io.Pipe()
	c := &serveCommand{stop: stop, status: make(chan int, 1), stderr: &strings.Builder{}}
	go func() {
		c.status <- run(ctx, args, strings.NewReader(""), in, c.stderr)
		in.Close()
	}()
	r := bufio.NewReader(out)
	line, err := r.ReadString('\n')
	if err != nil {
		t.Fatalf("%v, status %d, %s", err, <-c.status, c.stderr)
	}
	go io.Copy(io.Discard, r)
	t.Cleanup(stop)
	c.url = strings.TrimSuffix(line, "\n")
	return c
}

func client(t *testing.T, caFile string) *http.Client {
	t.Helper()
	b, err := os.ReadFile(caFile)
	if err != nil {
		t.Fatal(err)
	}
	pool := x509.NewCertPool()
	if !pool.AppendCertsFromPEM(b) {
		t.Fatalf("no certificate in %q", b)
	}
	transport := &http.Transport{ForceAttemptHTTP2: true, TLSClientConfig: &tls.Config{RootCAs: pool}}
	t.Cleanup(transport.CloseIdleConnections)
	return &http.Client{Transport: transport}
}

func TestServe(t *testing.T) {
	t.Parallel()
	for _, row := range []struct {
		args  []string
		proto string
	}{
		{nil, "HTTP/2.0"}, {[]string{"--http1-only"}, "HTTP/1.1"}, {[]string{"--http2-only"}, "HTTP/2.0"}, {[]string{"-http1-only=false", "--addr", "127.0.0.1:0"}, "HTTP/2.0"},
	} {
		ca := filepath.Join(t.TempDir(), "ca.pem")
		c := startCommand(t, append(row.args, "--ca-out", ca)...)
		if !strings.HasPrefix(c.url, "https://localhost:") {
			t.Errorf("%q: first line %q", row.args, c.url)
		}
		k := client(t, ca)
		resp, err := k.Get(c.url + "/fp")
		if err != nil {
			t.Fatal(err)
		}
		b, err := io.ReadAll(resp.Body)
		resp.Body.Close()
		if err != nil || resp.Proto != row.proto || !strings.Contains(string(b), `"schema": "wirelike/report/1"`) {
			t.Errorf("%q: %s, %.200s, %v", row.args, resp.Proto, b, err)
		}
		k.CloseIdleConnections()
		c.stop()
		if got := <-c.status; got != 0 {
			t.Errorf("%q: status %d, %s", row.args, got, c.stderr)
		}
		if !strings.HasPrefix(c.stderr.String(), "fpserve: SPKI ") || strings.Count(c.stderr.String(), "\n") != 1 {
			t.Errorf("%q: standard error %q", row.args, c.stderr)
		}
		if _, err := os.Stat(ca); err != nil {
			t.Error("the file of --ca-out is gone")
		}
	}
}

func TestNoTLS(t *testing.T) {
	t.Parallel()
	c := startCommand(t, "--no-tls")
	if !strings.HasPrefix(c.url, "http://localhost:") {
		t.Errorf("first line %q", c.url)
	}
	for _, h2 := range []bool{false, true} {
		protocols := &http.Protocols{}
		protocols.SetHTTP1(!h2)
		protocols.SetUnencryptedHTTP2(h2)
		k := &http.Client{Transport: &http.Transport{Protocols: protocols}}
		resp, err := k.Get(c.url + "/fp")
		if err != nil {
			t.Fatal(err)
		}
		b, err := io.ReadAll(resp.Body)
		resp.Body.Close()
		k.CloseIdleConnections()
		if err != nil || resp.ProtoMajor == 2 != h2 || !strings.Contains(string(b), `"tls": null`) {
			t.Errorf("HTTP/2 %t: %s, %.300s, %v", h2, resp.Proto, b, err)
		}
	}
	c.stop()
	if got := <-c.status; got != 0 || c.stderr.Len() != 0 {
		t.Errorf("status %d, standard error %q", got, c.stderr)
	}
}

// TestHTTP2Only checks that a client without HTTP/2 is refused.
func TestHTTP2Only(t *testing.T) {
	t.Parallel()
	ca := filepath.Join(t.TempDir(), "ca.pem")
	c := startCommand(t, "--http2-only", "--ca-out", ca)
	k := client(t, ca)
	k.Transport.(*http.Transport).ForceAttemptHTTP2 = false
	if resp, err := k.Get(c.url + "/get"); err == nil {
		resp.Body.Close()
		t.Errorf("a client of HTTP/1.1 got %s %s", resp.Proto, resp.Status)
	}
	c.stop()
	if got := <-c.status; got != 0 {
		t.Errorf("status %d, %s", got, c.stderr)
	}
}

// TestDrain stops the command in the middle of a request.
func TestDrain(t *testing.T) {
	t.Parallel()
	ca := filepath.Join(t.TempDir(), "ca.pem")
	c := startCommand(t, "--ca-out", ca)
	body, in := io.Pipe()
	r, err := http.NewRequest("POST", c.url+"/echo", body)
	if err != nil {
		t.Fatal(err)
	}
	k := client(t, ca)
	go func() {
		in.Write([]byte("first")) // returns when the transport has taken it, so the request is under way
		resp, err := k.Get(c.url + "/get")
		if err == nil {
			resp.Body.Close()
		}
		c.stop()
		in.Write([]byte(" second"))
		in.Close()
	}()
	resp, err := k.Do(r)
	if err != nil {
		t.Fatal(err)
	}
	b, _ := io.ReadAll(resp.Body)
	resp.Body.Close()
	if !strings.Contains(string(b), `"size": 12`) {
		t.Errorf("answer %s", b)
	}
	k.CloseIdleConnections()
	if got := <-c.status; got != 0 || strings.Contains(c.stderr.String(), "cut") {
		t.Errorf("status %d, %s", got, c.stderr)
	}
}
