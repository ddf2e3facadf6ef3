package fpserver

import (
	"os"
	"os/exec"
	"slices"
	"testing"

	"github.com/wirelike/wirelike/fingerprint"
)

func TestCurl(t *testing.T) {
	t.Parallel()
	curl := needCurl(t)
	s := start(t, nil)
	for i, row := range []struct {
		args   []string
		check  func(Report) bool
		reason string
	}{
		{[]string{"--http1.1", "-H", "x-MiXed: Case", "/fp"}, func(r Report) bool {
			return r.Request.Proto == "HTTP/1.1" && slices.Contains(r.Request.Fields, fingerprint.Field{Name: "x-MiXed", Value: "Case"})
		}, "case is kept"},
		{[]string{"--http2", "-H", `x-q: "a\"b"`, "/fp"}, func(r Report) bool {
			return r.Request.Proto == "HTTP/2.0" && value(r.Request.Fields, "x-q") == `"a\"b"` && len(r.Fingerprint.HTTP2.Opening) > 0
		}, "quotes are kept"},
		{[]string{"--http1.1", "--tls-max", "1.2", "-d", "x=y", "/fp"}, func(r Report) bool {
			return r.Connection.TLS.Version == "TLS 1.2" && r.Request.Method == "POST" && r.Fingerprint.TLS.Extension(fingerprint.ExtKeyShare) == nil
		}, "TLS 1.2"},
		{[]string{"--http1.1", "-H", "Transfer-Encoding: chunked", "-d", "x=y", "/fp"}, func(r Report) bool {
			return value(r.Request.Fields, "transfer-encoding") == "chunked"
		}, "chunked"},
	} {
		args := append([]string{"-sS", "--cacert", s.CAFile()}, row.args...)
		args[len(args)-1] = s.URL + args[len(args)-1]
		out, err := exec.Command(curl, args...).CombinedOutput()
		if err != nil {
			t.Fatalf("%v: %s", err, out)
		}
		r := decode[Report](t, out)
		if r.Error != "" || !row.check(r) || value(r.Request.Fields, "user-agent") == "" {
			t.Errorf("%q (%s): %s", row.args, row.reason, out)
		}
		f, err := conns(t, s, i+1)[i].Fingerprint()
		if err != nil {
			t.Error(err)
		}
		for n, sum := range fingerprint.Sums(f) {
			if got := r.Sums[n]; got.Name != sum.Name || got.Hash != sum.Hash || got.Text != sum.Text || (got.Error != "") != (sum.Err != nil) {
				t.Errorf("%q: report has %+v, connection %+v", row.args, got, sum)
			}
		}
	}
}

// nodeScript makes a request with node:http2 and prints the answer.
const nodeScript = `
const [url, ca] = process.argv.slice(-2);
const c = require("http2").connect(url, {ca: require("fs").readFileSync(ca)});
c.on("error", e => { console.error(e); process.exit(1); });
const r = c.request({":path": "/json"});
r.setEncoding("utf8");
let s = "";
r.on("data", d => s += d);
r.on("end", () => { console.log(s); c.close(); });
r.end();
`

func TestNode(t *testing.T) {
	t.Parallel()
	node, err := exec.LookPath("node")
	if err != nil {
		t.Skip("node is not installed")
	}
	s := start(t, nil)
	out, err := exec.Command(node, "-e", nodeScript, s.URL, s.CAFile()).CombinedOutput()
	if err != nil {
		t.Fatalf("%v: %s", err, out)
	}
	got := decode[leaksReport](t, out)
	if got.AkamaiText != "|00|0|p,m,a,s" || got.AkamaiHash != "38e36840395e07ae27bae1632ddc8b92" || got.JA4 == "" {
		t.Errorf("%s", out)
	}
}

// needCurl returns the path of curl. Where it is not installed the test is skipped, or fails if WIRELIKE_REQUIRE_PEERS is "1".
func needCurl(t *testing.T) string {
	t.Helper()
	path, err := exec.LookPath("curl")
	if err != nil {
		say := t.Skip
		if os.Getenv("WIRELIKE_REQUIRE_PEERS") == "1" {
			say = t.Fatal
		}
		say("curl is not installed")
	}
	return path
}
