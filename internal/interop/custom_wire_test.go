package interop

import (
	"errors"
	"slices"
	"strings"
	"testing"

	"github.com/wirelike/wirelike/client"
	"github.com/wirelike/wirelike/fingerprint"
	"github.com/wirelike/wirelike/fpserver"
	"github.com/wirelike/wirelike/profiles"
)

// testCustomNeutral: the profile that overrides without a browser begin with is the client without a profile, on the wire.
func testCustomNeutral(t *testing.T) {
	srv := fpserver.NewServer(t)
	want := profiles.Neutral()
	// utls' hello of Go has one X25519 key in two shares, a hello out of a profile two.
	for i, o := range []*client.Options{{}, {Custom: want}, {Override: &profiles.Override{TLSPermuteExtensions: new(false)}}} {
		o.RootCAs = srv.CertPool()
		got := visitCustom(t, srv, o)
		for _, m := range fingerprint.Diff(&want.First, got, &want.Vary) {
			t.Errorf("client %d: %+v", i, m)
		}
	}
}

// visitCustom makes a request on a new connection and returns what the server saw.
func visitCustom(t *testing.T, srv *fpserver.Server, o *client.Options) *fingerprint.Fingerprint {
	t.Helper()
	before := len(srv.Conns())
	s := newSession(t, o)
	res, err := s.Get(bounded(t), srv.URL+"/get", nil)
	if err != nil {
		t.Fatal(err)
	}
	res.Close()
	f, err := srv.Conns()[before].Fingerprint()
	if err != nil {
		t.Fatal(err)
	}
	if f.HTTP2 != nil {
		f.HTTP2.Requests[0].TableSizeUpdates = nil // it is there if the server's SETTINGS were faster than the request
	}
	return f
}

// testCustomJA3: a JA3 is what the server sees, on any profile and on none, and the connection comes about. Padding
// is there exactly when BoringSSL's rule asks for it.
func testCustomJA3(t *testing.T) {
	srv := fpserver.NewServer(t)
	texts := []string{
		"771,4865-4866-4867-49195-49196-52393-49199-49200-52392-49171-49172-156-157-47-53,0-23-65281-10-11-35-16-5-13-51-45-43,29-23-24,0",
		"771,4865-4867-49195-49199,0-10-11-13-16-43-51-45-21,4588-29-23-24-25-256-257,0",
		"771,4865,0-10-13-16-43-51,4588,",                              // a hybrid share alone
		"771,4865,0-10-13-16-43-51-45-27-28-34-18-5-17513,23-24-25,",   // what Firefox and Chrome have
		"771,49195-49199,0-10-11-13-16-23-35-65281,29-23,0",            // TLS 1.2
		"771,49195-49199,0-10-11-13-16,19-21-23-25497-29,0-1-2",        // groups without name
		"771,4865-49199,0-10-11-13-16-43-51-22-49-50,25-24-23-29,0",    // what other clients have
		"771,4865-49199,0-65037-17613-10-11-13-16-43-51-45,29-25497,0", // GREASE ECH
		"771,4865-49199,0-10-11-13-16-43-51-22-49-50-21,25-24-23-29,0", // padding that is needed
	}
	padded := 0
	for _, base := range append([]string{"", "chrome119"}, profilesInUse[1:]...) {
		pads := false // by its own rule, whatever the text says
		if p, err := profiles.Lookup(base); err == nil {
			pads = p.Vary.Padded
		}
		for _, text := range texts {
			t.Run(nameOf(base), func(t *testing.T) {
				f := visitCustom(t, srv, &client.Options{Profile: base, RootCAs: srv.CertPool(), Override: &profiles.Override{JA3: text, TLSPermuteExtensions: new(false)}})
				got, _, err := fingerprint.JA3(f.TLS)
				if err != nil {
					t.Fatal(err)
				}
				want := strings.Replace(text, "-21,", ",", 1)
				if (want != text || pads) && f.TLS.PaddedLength() >= 0 { // that of the hello that came, without its padding
					parts := strings.SplitN(want, ",", 4)
					want = strings.Join([]string{parts[0], parts[1], parts[2] + "-21", parts[3]}, ",")
					padded++
				}
				if got != want {
					t.Errorf("want %s\ngot  %s", want, got)
				}
			})
		}
	}
	if padded < 5 {
		t.Errorf("only %d hellos were padded", padded)
	}
}

// testCustomPermutes: ten connections have the same extensions in several orders.
func testCustomPermutes(t *testing.T) {
	srv := fpserver.NewServer(t)
	orders, sets := map[string]bool{}, map[string]bool{}
	for range 10 {
		f := visitCustom(t, srv, &client.Options{RootCAs: srv.CertPool(), Override: &profiles.Override{
			JA3:                  "771,4865-4866,0-23-65281-10-11-35-16-5-13-51-45-43,29-23-24,0",
			TLSPermuteExtensions: new(true),
		}})
		order, _, _ := fingerprint.JA3(f.TLS)
		set, _, _ := fingerprint.JA3N(f.TLS)
		orders[order], sets[set] = true, true
	}
	if len(sets) != 1 || len(orders) < 2 {
		t.Errorf("%d sets, %d orders", len(sets), len(orders))
	}
}

// testCustomPriorities: PRIORITY frames reach the wire, and an increment of 0 does not.
func testCustomPriorities(t *testing.T) {
	srv := fpserver.NewServer(t)
	const text = "1:65536;4:131072;5:16384|00|3:0:0:201,5:0:0:101,7:0:0:1,9:0:7:1,11:0:3:1,13:0:0:241|m,p,a,s"
	for _, base := range profilesInUse {
		f := visitCustom(t, srv, &client.Options{Profile: base, RootCAs: srv.CertPool(), Override: &profiles.Override{Akamai: text}})
		if got, _, err := fingerprint.Akamai(f.HTTP2); got != text || err != nil {
			t.Errorf("%s: %s, %v", nameOf(base), got, err)
		}
		if got := f.HTTP2.Requests[0].Stream; got != 15 {
			t.Errorf("%s: the first stream is %d", nameOf(base), got)
		}
	}
}

// testCustomResumes: a custom browser comes back with its ticket as its base does.
func testCustomResumes(t *testing.T) {
	srv := fpserver.NewUnstartedServer(t)
	srv.SessionTickets = true
	if err := srv.Start(); err != nil {
		t.Fatal(err)
	}
	s := newSession(t, &client.Options{Profile: "chromium156", RootCAs: srv.CertPool(), Override: &profiles.Override{
		JA3: "771,4865-4866-49195-49199,0-23-65281-10-11-35-16-5-13-51-45-43,29-23-24,0",
	}})
	for i := range 2 {
		res, err := s.Get(bounded(t), srv.URL+"/get", nil)
		if err != nil {
			t.Fatal(err)
		}
		if _, err := res.Bytes(); err != nil {
			t.Fatal(err)
		}
		if res.Info.Resumed != (i > 0) {
			t.Errorf("request %d: resumed %t", i, res.Info.Resumed)
		}
		s.CloseIdleConnections()
	}
	f, err := srv.Conns()[1].Fingerprint()
	if err != nil {
		t.Fatal(err)
	}
	if last := f.TLS.Extensions[len(f.TLS.Extensions)-1].Type; last != fingerprint.ExtPreSharedKey {
		t.Errorf("the last extension is %d", last)
	}
}

// testCustomEdited: a profile belongs to the transport as it was when that began; what its caller does later is of no
// effect.
func testCustomEdited(t *testing.T) {
	srv := fpserver.NewServer(t)
	p, err := profiles.Lookup("chrome150")
	if err != nil {
		t.Fatal(err)
	}
	p = p.Clone()
	s := newSession(t, &client.Options{Custom: p, RootCAs: srv.CertPool()})
	p.First.TLS.CipherSuites = p.First.TLS.CipherSuites[:3]
	set := p.Headers[profiles.Navigate]
	set.H2[len(set.H2)-1].Name = "x-edited"
	res, err := s.Get(bounded(t), srv.URL+"/get", nil)
	if err != nil {
		t.Fatal(err)
	}
	res.Close()
	f, err := srv.Conns()[0].Fingerprint()
	if err != nil {
		t.Fatal(err)
	}
	if p, err = profiles.Lookup("chrome150"); err != nil {
		t.Fatal(err)
	}
	for _, m := range fingerprint.Diff(&p.First, f, &p.Vary) {
		t.Errorf("%+v", m)
	}
}

// testCustomOwnFields: the caller's fields win over those of an imported fingerprint, in their places, and its empty Host is
// nothing.
func testCustomOwnFields(t *testing.T) {
	srv := fpserver.NewServer(t)
	p, ignored, err := profiles.FromCurlImpersonate("imported", []byte(`{"tls_alpn":true,"headers":{"Host":"","User-Agent":"theirs","Accept":"*/*"}}`))
	if err != nil || len(ignored) != 0 {
		t.Fatal(ignored, err)
	}
	s := newSession(t, &client.Options{Custom: p, RootCAs: srv.CertPool()})
	res, err := s.Get(bounded(t), srv.URL+"/get", &client.Call{Header: client.Header{{Name: "X-Own", Value: "1"}, {Name: "user-agent", Value: "mine"}}})
	if err != nil {
		t.Fatal(err)
	}
	res.Close()
	f, err := srv.Conns()[0].Fingerprint()
	if err != nil {
		t.Fatal(err)
	}
	var got []string
	for _, x := range f.HTTP2.Requests[0].Fields[4:] {
		got = append(got, x.Name+"="+x.Value)
	}
	if want := []string{"user-agent=mine", "accept=*/*", "x-own=1"}; !slices.Equal(got, want) {
		t.Errorf("%q", got)
	}
}

// testCustomErrors: what cannot be honoured is an ErrImpersonate before anything is dialled.
func testCustomErrors(t *testing.T) {
	p := profiles.Neutral()
	broken := p.Clone()
	broken.Headers = nil
	for _, row := range []struct {
		reason string
		o      *client.Options
		kind   *client.Kind
	}{
		{"a broken JA3", &client.Options{Override: &profiles.Override{JA3: "771"}}, client.ErrImpersonate},
		{"HTTP/3", &client.Options{Profile: "chrome150", Override: &profiles.Override{Perk: "x"}}, client.ErrImpersonate},
		{"an unknown browser", &client.Options{Profile: "netscape4", Override: &profiles.Override{}}, client.ErrImpersonate},
		{"a broken profile", &client.Options{Custom: broken}, client.ErrImpersonate},
		{"two browsers", &client.Options{Custom: p, Profile: "chrome150"}, client.ErrInvalidRequest},
		{"beside a transport", &client.Options{Custom: p, Transport: &client.Transport{}}, client.ErrInvalidRequest},
		{"beside a transport", &client.Options{Override: &profiles.Override{}, Transport: &client.Transport{}}, client.ErrInvalidRequest},
	} {
		s, err := client.New(row.o)
		if s != nil || !errors.Is(err, row.kind) {
			t.Errorf("%s: %v", row.reason, err)
		}
		var o *profiles.OverrideError
		if want := slices.Contains([]string{"a broken JA3", "HTTP/3"}, row.reason); errors.As(err, &o) != want {
			t.Errorf("%s: %v", row.reason, err)
		}
	}
}
