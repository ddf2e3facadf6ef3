package client_test

import (
	"bytes"
	"context"
	"crypto/tls"
	"encoding/json"
	"fmt"
	"io"
	"net"
	"net/http"
	"net/http/cookiejar"
	"os"
	"os/exec"
	"runtime"
	"strings"
	"testing"
	"time"

	"golang.org/x/net/publicsuffix"

	"github.com/wirelike/wirelike/client"
	"github.com/wirelike/wirelike/internal/browser"
	"github.com/wirelike/wirelike/internal/testnet"
)

// rival is a client that plays the vectors.
type rival struct {
	name  string
	start func(*testing.T, *vectorServer, *testnet.CA) *player
	skip  func(*vector) bool // what it cannot be asked for
	as    string             // whose record it must fulfil, in place of one of its own
}

// player is a rival at work.
type player struct {
	version string // empty: that of this module
	play    func(t *testing.T, n int, v *vector) string
}

var rivals = []rival{
	{name: "wirelike", start: startWirelike(client.RulesRFC6265bis)},
	{name: "wirelike as Chromium", start: startWirelike(client.RulesChromium), skip: noCookies, as: "Chromium"},
	{name: "wirelike as Firefox", start: startWirelike(client.RulesFirefox), skip: noCookies, as: "Firefox"},
	{name: "wirelike without profile", start: func(t *testing.T, s *vectorServer, _ *testnet.CA) *player {
		return &player{play: func(t *testing.T, n int, v *vector) string { return playWirelike(t, s, n, v, nil) }}
	}},
	{name: "net/http", start: func(t *testing.T, s *vectorServer, _ *testnet.CA) *player {
		return &player{version: runtime.Version(), play: func(t *testing.T, n int, v *vector) string { return playStandard(t, s, n, v) }}
	}},
	{name: "curl", start: startCurl},
	{name: "curl_cffi", start: startCFFI, skip: func(v *vector) bool {
		return strings.HasPrefix(v.calls[0].URL, "http://[") // it cannot be led elsewhere
	}},
	{name: "Chromium", start: startBrowser(browser.Chromium), skip: noBrowser},
	{name: "Firefox", start: startBrowser(browser.Firefox), skip: noBrowser},
}

// startWirelike returns what starts this module with jars of these rules.
func startWirelike(rules client.CookieRules) func(*testing.T, *vectorServer, *testnet.CA) *player {
	return func(_ *testing.T, s *vectorServer, _ *testnet.CA) *player {
		return &player{play: func(t *testing.T, n int, v *vector) string {
			return playWirelike(t, s, n, v, client.NewJar(&client.JarOptions{Rules: rules}))
		}}
	}
}

// noCookies tells the vectors that are not about cookies, or that no browser was asked for.
func noCookies(v *vector) bool { return !strings.HasPrefix(v.id, "COOKIE-") || noBrowser(v) }

// dialHere leads every host to this machine.
func dialHere(ctx context.Context, network, addr string) (net.Conn, error) {
	_, port, err := net.SplitHostPort(addr)
	if err != nil {
		return nil, err
	}
	return (&net.Dialer{}).DialContext(ctx, network, net.JoinHostPort("127.0.0.1", port))
}

// vectorOutcome is what an observation ends with.
func vectorOutcome(v *vector, seen string, status int, err error) string {
	switch {
	case v.show == "":
		return seen
	case err != nil:
		return strings.TrimPrefix(seen+", error", ", ")
	}
	return fmt.Sprintf("%s, %d", seen, status)
}

func playWirelike(t *testing.T, s *vectorServer, n int, v *vector, jar *client.Jar) string {
	session := newSession(t, &client.Options{DialContext: dialHere, InsecureSkipVerify: true, Cookies: jar})
	s.begin(n, v)
	status := 0
	var err error
	for _, a := range s.callsOf(v) {
		c := &client.Call{Redirect: client.Some(client.Redirect{})}
		for _, h := range a.Headers {
			c.Header = append(c.Header, client.Field{Name: h[0], Value: h[1]})
		}
		for _, k := range a.Cookies {
			c.Cookies = append(c.Cookies, client.Cookie{Name: k[0], Value: k[1]})
		}
		if a.Body != "" {
			c.Bytes = []byte(a.Body)
		}
		if user, password, ok := strings.Cut(a.Auth, ":"); ok {
			c.Auth = client.Some[client.Auth](client.Basic{User: user, Password: password})
		}
		var res *client.Response
		if res, err = session.Do(t.Context(), a.Method, a.URL, c); err == nil {
			status = res.StatusCode
			res.Close()
		}
	}
	return vectorOutcome(v, s.end(), status, err)
}

func playStandard(t *testing.T, s *vectorServer, n int, v *vector) string {
	jar, err := cookiejar.New(&cookiejar.Options{PublicSuffixList: publicsuffix.List})
	if err != nil {
		t.Fatal(err)
	}
	tr := &http.Transport{DialContext: dialHere, TLSClientConfig: &tls.Config{InsecureSkipVerify: true}}
	defer tr.CloseIdleConnections()
	c := &http.Client{Transport: tr, Jar: jar}
	s.begin(n, v)
	status := 0
	for _, a := range s.callsOf(v) {
		var body io.Reader
		if a.Body != "" {
			body = strings.NewReader(a.Body)
		}
		var r *http.Request
		if r, err = http.NewRequestWithContext(t.Context(), a.Method, a.URL, body); err != nil {
			break
		}
		for _, h := range a.Headers {
			if r.Header.Add(h[0], h[1]); h[0] == "Host" {
				r.Host = h[1]
			}
		}
		for _, k := range a.Cookies {
			r.AddCookie(&http.Cookie{Name: k[0], Value: k[1]})
		}
		if user, password, ok := strings.Cut(a.Auth, ":"); ok {
			r.SetBasicAuth(user, password)
		}
		var res *http.Response
		if res, err = c.Do(r); err == nil {
			status = res.StatusCode
			res.Body.Close()
		}
	}
	return vectorOutcome(v, s.end(), status, err)
}

// startCurl plays with the command curl. Where it is not installed the test is skipped, or fails if WIRELIKE_REQUIRE_PEERS
// is "1".
func startCurl(t *testing.T, s *vectorServer, _ *testnet.CA) *player {
	path, err := exec.LookPath("curl")
	if err != nil {
		say := t.Skip
		if os.Getenv("WIRELIKE_REQUIRE_PEERS") == "1" {
			say = t.Fatal
		}
		say("curl is not in PATH (Debian: apt-get install curl)")
	}
	version, err := exec.Command(path, "--version").Output()
	if err != nil {
		t.Fatal(err)
	}
	p := &player{version: strings.Fields(string(version))[1]}
	p.play = func(t *testing.T, n int, v *vector) string {
		s.begin(n, v)
		args := []string{"-q"}
		for i, a := range s.callsOf(v) {
			if i > 0 {
				args = append(args, "--next")
			}
			args = append(args, curlArgs(a)...)
		}
		ctx, cancel := context.WithTimeout(t.Context(), 20*time.Second)
		defer cancel()
		cmd := exec.CommandContext(ctx, path, args...)
		cmd.Env = []string{"HOME=" + t.TempDir()}
		out, err := cmd.Output()
		lines := strings.Fields(string(out))
		status := 0
		if len(lines) > 0 {
			fmt.Sscan(lines[len(lines)-1], &status)
		}
		return vectorOutcome(v, s.end(), status, err)
	}
	return p
}

// curlArgs are the arguments for one call. The cookies of one command are those of one session, whatever the hosts: curl has
// no other way to say for which a cookie of the call is.
func curlArgs(a vectorCall) []string {
	args := []string{"-s", "-g", "-k", "-L", "-m", "10", "-o", os.DevNull, "-w", `%{http_code}\n`, "--connect-to", "::127.0.0.1:"}
	var cookies []string
	for _, k := range a.Cookies {
		cookies = append(cookies, k[0]+"="+k[1])
	}
	args = append(args, "-b", strings.Join(cookies, "; "))
	for _, h := range a.Headers {
		args = append(args, "-H", h[0]+": "+h[1])
	}
	if a.Auth != "" {
		args = append(args, "-u", a.Auth)
	}
	switch {
	case a.Method == "HEAD":
		args = append(args, "-I")
	case a.Body != "":
		if args = append(args, "--data-binary", a.Body); a.Method != "POST" {
			args = append(args, "-X", a.Method)
		}
	case a.Method != "GET":
		args = append(args, "-X", a.Method)
	}
	return append(args, a.URL)
}

// startCFFI plays with curl_cffi, if python3 finds it: it is no part of what this module needs, and never required.
// PYTHONPATH says where it is, if it is not where Python looks.
func startCFFI(t *testing.T, s *vectorServer, _ *testnet.CA) *player {
	version, err := exec.Command("python3", "-c", "import curl_cffi; print(curl_cffi.__version__)").Output()
	if err != nil {
		t.Skip("python3 has no curl_cffi (pip install curl_cffi)")
	}
	p := &player{version: strings.TrimSpace(string(version))}
	cmd := exec.Command("python3", "testdata/differential.py", s.ports["http"], s.ports["2"], s.ports["https"])
	cmd.Stderr = os.Stderr
	in, err := cmd.StdinPipe()
	if err != nil {
		t.Fatal(err)
	}
	out, err := cmd.StdoutPipe()
	if err != nil {
		t.Fatal(err)
	}
	if err := cmd.Start(); err != nil {
		t.Fatal(err)
	}
	t.Cleanup(func() {
		in.Close()
		if err := cmd.Wait(); err != nil {
			t.Error(err)
		}
	})
	answers := json.NewDecoder(out)
	p.play = func(t *testing.T, n int, v *vector) string {
		s.begin(n, v)
		line, err := json.Marshal(s.callsOf(v))
		if err != nil {
			t.Fatal(err)
		}
		if _, err := io.Copy(in, bytes.NewReader(append(line, '\n'))); err != nil {
			t.Fatal(err)
		}
		var got struct {
			Status int
			Error  string
		}
		if err := answers.Decode(&got); err != nil {
			t.Fatal(err)
		}
		if got.Error != "" {
			err = fmt.Errorf("%s", got.Error)
		}
		return vectorOutcome(v, s.end(), got.Status, err)
	}
	return p
}
