package profiles

import (
	"errors"
	"testing"

	"github.com/wirelike/wirelike/fingerprint"
)

// FuzzWith: whatever the texts say, there is an *OverrideError or a profile that can be saved and loaded and whose
// hello has that JA3.
func FuzzWith(f *testing.F) {
	f.Add(okhttpJA3, "1:65536;2:0;4:6291456;6:262144|15663105|0|m,a,s,p", "x-two,user-agent", uint8(0))
	f.Add("771,2570-4865,6682-10-13-51-43-45-21-41,14906-29,", "4:1|0|3:0:0:201,9:1:7:1|mpas", "*,host", uint8(1))
	f.Add("771,4865,0-10-13-16-17613-51-43-65037-27-28-34,4588-29-256,", "|7|0|spam", "", uint8(2))
	f.Fuzz(func(t *testing.T, ja3, akamai, order string, base uint8) {
		p := Neutral()
		if names := Names(); int(base) < len(names) {
			var err error
			if p, err = Lookup(names[base]); err != nil {
				t.Fatal(err)
			}
		}
		o := Override{JA3: ja3, Akamai: akamai, HeaderOrder: ParseNameList(order), TLSGrease: new(base%2 == 0)}
		o.Warnings()
		q, err := p.With(o)
		if err != nil {
			if e := (*OverrideError)(nil); !errors.As(err, &e) {
				t.Fatalf("%T", err)
			}
			return
		}
		text, err := fingerprint.FormatJSON(q)
		if err != nil {
			t.Fatal(err)
		}
		if _, err := Parse(text); err != nil {
			t.Fatalf("%v in\n%s", err, text)
		}
	})
}

// FuzzFromCurlImpersonate: no panic, and what is accepted can be saved and loaded.
func FuzzFromCurlImpersonate(f *testing.F) {
	f.Add([]byte(curlText))
	f.Add([]byte(`{"tls_permute_extensions":true,"tls_extension_order":"0-16","tls_cert_compression":[],"tls_version":"1.3","http2_no_priority":true}`))
	f.Add([]byte(`{"headers":{"a":"b","A":"c"},"ws_tls_cert_compression":null}`))
	f.Fuzz(func(t *testing.T, b []byte) {
		p, _, err := FromCurlImpersonate("fuzz", b)
		if err != nil {
			return
		}
		text, err := fingerprint.FormatJSON(p)
		if err != nil {
			t.Fatal(err)
		}
		if _, err := Parse(text); err != nil {
			t.Fatalf("%v in\n%s", err, text)
		}
	})
}
