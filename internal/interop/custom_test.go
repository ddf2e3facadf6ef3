package interop

import (
	"encoding/base64"
	"encoding/json"
	"slices"
	"strings"
	"testing"

	"github.com/wirelike/wirelike/client"
	"github.com/wirelike/wirelike/fingerprint"
	"github.com/wirelike/wirelike/fpserver"
	"github.com/wirelike/wirelike/internal/testnet"
	"github.com/wirelike/wirelike/profiles"
)

// testCustomCases: with the same options the client sends what the reference library sent, over TLS and HTTP/2, but for the rows
// of customDifferences, each of which must still be needed.
func testCustomCases(t *testing.T) {
	srv := fpserver.NewServer(t)
	cases := readCustom(t)
	ran, waiting := 0, 0
	used := make([]bool, len(customDifferences))
	for _, c := range cases {
		if base := c.Options.Impersonate; base != "" && !slices.Contains(profiles.Names(), base) {
			waiting++
			continue
		}
		ran++
		t.Run(strings.ReplaceAll(c.Name, " ", "_"), func(t *testing.T) {
			got, vary := sendCustom(t, srv, &c)
			for _, m := range fingerprint.Diff(&c.Fingerprint, got, vary) {
				i := slices.IndexFunc(customDifferences, func(d customDifference) bool { return d.covers(&c, m.Path) })
				if i < 0 {
					t.Errorf("%s [%s]: the library sends %s, the client %s", m.Path, m.Rule, m.Want, m.Got)
					continue
				}
				used[i] = true
			}
		})
	}
	t.Logf("%d cases compared, %d wait for their profile", ran, waiting)
	need := 22
	if len(profiles.Names()) >= 47 { // all targets of the library
		need = 28
	}
	if len(cases) != 28 || ran+waiting != 28 || ran < need {
		t.Errorf("%d cases, %d of them compared", len(cases), ran)
	}
	for i, d := range customDifferences {
		if !used[i] && waiting == 0 {
			t.Errorf("nobody needs the difference %q of %q: %s", d.path, d.cases, d.reason)
		}
	}
}

// customDifference is a difference from the library that is right.
type customDifference struct {
	// cases are the names of the cases, or kinds of them: "neutral" for those without impersonate, "akamai", "ja3".
	cases []string
	// path is a leaf, or a node above it.
	path, reason string
}

func (d customDifference) covers(c *customCase, path string) bool {
	rest, ok := strings.CutPrefix(path, d.path)
	if !ok || rest != "" && rest[0] != '.' && rest[0] != '[' {
		return false
	}
	o := &c.Options
	return slices.ContainsFunc(d.cases, func(name string) bool {
		switch name {
		case "own hello": // nothing said about TLS
			return o.Impersonate == "" && o.JA3 == ""
		case "own http2": // nothing said about HTTP/2
			return o.Impersonate == "" && o.Akamai == ""
		case "neutral":
			return o.Impersonate == ""
		}
		return name == c.Name
	})
}

// sendCustom makes the request of a case and returns what the server saw, without HPACK forms, and what may vary.
func sendCustom(t *testing.T, srv *fpserver.Server, c *customCase) (*fingerprint.Fingerprint, *fingerprint.Vary) {
	t.Helper()
	o := &client.Options{Profile: c.Options.Impersonate, RootCAs: srv.CertPool(), Override: customOverride(t, &c.Options)}
	switch c.Options.HTTPVersion {
	case "v1":
		o.HTTPVersion = client.HTTP1
	case "v2":
		o.HTTPVersion = client.HTTP2
	}
	before := len(srv.Conns())
	s := newSession(t, o)
	res, err := s.Get(bounded(t), srv.URL+"/page", customCall(t, &c.Options))
	if err != nil {
		t.Fatal(err)
	}
	res.Close()
	f, err := srv.Conns()[before].Fingerprint()
	if err != nil {
		t.Fatal(err)
	}
	f.TLS.RecordVersion, f.HTTP1 = 0, nil
	if f.HTTP2 != nil {
		f.HTTP2.Requests[0].TableSizeUpdates = nil // it is there if the server's SETTINGS were faster than the request
		for i := range f.HTTP2.Requests[0].Fields {
			x := &f.HTTP2.Requests[0].Fields[i]
			if x.Form = (fingerprint.Form{}); x.Name == ":authority" {
				x.Value = "*"
			}
		}
	}
	p := profiles.Neutral()
	if o.Profile != "" {
		if p, err = profiles.Lookup(o.Profile); err != nil {
			t.Fatal(err)
		}
	}
	if o.Override != nil {
		if p, err = p.With(*o.Override); err != nil {
			t.Fatal(err)
		}
	}
	return f, &p.Vary
}

func customOverride(t *testing.T, c *customOptions) *profiles.Override {
	t.Helper()
	if c.JA3 == "" && c.Akamai == "" && c.Extra == nil {
		return nil
	}
	b, err := json.Marshal(c.Extra)
	if err != nil {
		t.Fatal(err)
	}
	if c.Extra == nil {
		b = []byte("{}")
	}
	o, err := profiles.ParseOverride(b)
	if err != nil {
		t.Fatal(err)
	}
	o.JA3, o.Akamai = c.JA3, c.Akamai
	return o
}

func customCall(t *testing.T, c *customOptions) *client.Call {
	t.Helper()
	call := &client.Call{}
	if c.Headers != nil { // an object, in its order
		d := json.NewDecoder(strings.NewReader(string(c.Headers)))
		var words []string
		for {
			token, err := d.Token()
			if err != nil {
				break
			}
			if s, ok := token.(string); ok {
				words = append(words, s)
			}
		}
		for i := 0; i+1 < len(words); i += 2 {
			call.Header.Add(words[i], words[i+1])
		}
	}
	if c.AcceptEncoding != "" {
		call.Header.Add("Accept-Encoding", c.AcceptEncoding)
	}
	if c.Auth != nil {
		call.Header.Add("Authorization", "Basic "+base64.StdEncoding.EncodeToString([]byte(c.Auth[0]+":"+c.Auth[1])))
	}
	var cookies []string
	for name, value := range c.Cookies {
		cookies = append(cookies, name+"="+value)
	}
	slices.Sort(cookies)
	if cookies != nil {
		call.Header.Add("Cookie", strings.Join(cookies, "; "))
	}
	return call
}

const (
	noBrowser  = "FP-37: without a browser it is the neutral Go client, and nothing of Chrome's HTTP/2"
	isNamed    = "the JA3 names the extension; the library sends it only if another option turns it on"
	noReuse    = "Firefox has one X25519 key in its two shares, in every capture"
	noCookies  = "the library does not send its cookies to localhost"
	ownPlace   = "the caller's own fields stand where the browser has those of a script; the library appends them"
	isFirefox  = "captures of Firefox: stream 3, and a WINDOW_UPDATE behind each HEADERS"
	asFirefox  = "captures of Firefox: a payload of 239 bytes, and not BoringSSL's lengths"
	overridden = "the caller's Accept-Encoding counts; with impersonate the library lets its own win"
	asWritten  = "FP-12: an increment of 0 is no WINDOW_UPDATE; the library falls back to Chrome's"
)

// customDifferences are the rows of accepted differences.
var customDifferences = []customDifference{
	{[]string{"own hello"}, "tls", "FP-37: nothing is said about TLS, so that it is the hello of the neutral Go client, not BoringSSL's own"},
	{[]string{"own http2"}, "http2.opening", noBrowser},
	{[]string{"own http2"}, "http2.requests[0].fields.order", noBrowser},
	{[]string{"neutral"}, "http2.requests[0].priority", noBrowser},
	{[]string{"neutral"}, "http2.requests[0].fields[user-agent]", noBrowser},
	{[]string{"neutral"}, "http2.requests[0].fields[accept-encoding].value", "the client decodes zstd, too"},
	{[]string{"akamai window 0"}, "http2.opening[1]", asWritten},
	{okhttp("ja3 safari180", "grease+permute", "delegated credential", "record size limit 4001"), "tls.extensions.status_request", isNamed},
	{[]string{"ja3 safari180", "grease+permute"}, "tls.extensions.signed_certificate_timestamp", isNamed},
	{[]string{"ja3 safari180", "grease+permute", "delegated credential", "record size limit 4001"}, "tls.extensions.compress_certificate", isNamed},
	{[]string{"grease+permute"}, "tls.extensions.application_settings_old", isNamed},
	{[]string{"delegated credential"}, "tls.extensions.record_size_limit", isNamed},
	{[]string{"record size limit 4001"}, "tls.extensions.delegated_credential", isNamed},
	{[]string{"delegated credential", "record size limit 4001"}, "tls.extensions.encrypted_client_hello", isNamed},
	{[]string{"cookies split on"}, "tls.extensions.key_share[1].reuses", noReuse},
	{[]string{"cookies split on"}, "tls.extensions.encrypted_client_hello.payload_length", asFirefox},
	{[]string{"cookies split on"}, "http2.requests[0].stream", isFirefox},
	{[]string{"cookies split on"}, "http2.requests[0].after", isFirefox},
	{[]string{"cookies joined", "cookies split on"}, "http2.requests[0].fields[cookie]", noCookies},
	{[]string{"cookies joined", "cookies split on"}, "http2.requests[0].fields[cookie#2]", noCookies},
	{[]string{"own headers in order", "auth"}, "http2.requests[0].fields.order", ownPlace},
	{[]string{"accept_encoding"}, "http2.requests[0].fields[accept-encoding].value", overridden},
}

// okhttp returns the names and those of the cases with the JA3 of okhttp and nothing below it.
func okhttp(names ...string) []string {
	return append(names, "ja3 okhttp", "ja3+akamai okhttp", "permute", "signature algorithms")
}

// testCustomRoundTrip: JA3 and Akamai fingerprint of every profile, taken from it and put on top of it, leave the wire as
// it is.
func testCustomRoundTrip(t *testing.T) {
	srv := fpserver.NewServer(t)
	for _, name := range testnet.EveryHello(profiles.Names()) {
		t.Run(name, func(t *testing.T) {
			p, err := profiles.Lookup(name)
			if err != nil {
				t.Fatal(err)
			}
			ja3, _, err := fingerprint.JA3(p.First.TLS)
			if err != nil {
				t.Fatal(err)
			}
			akamai, _, err := fingerprint.Akamai(p.First.HTTP2)
			if err != nil {
				t.Fatal(err)
			}
			got := visitCustom(t, srv, &client.Options{Profile: name, RootCAs: srv.CertPool(), Override: &profiles.Override{JA3: ja3, Akamai: akamai}})
			for _, m := range fingerprint.Diff(&p.First, got, &p.Vary) {
				t.Errorf("%+v", m)
			}
		})
	}
}
