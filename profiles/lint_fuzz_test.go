package profiles

import (
	"testing"

	"github.com/wirelike/wirelike/fingerprint"
)

// FuzzLint: no fingerprint and no profile makes the linter panic, and every finding names a place and says something.
func FuzzLint(f *testing.F) {
	for _, b := range texts(f) {
		f.Add(b)
	}
	f.Add([]byte(`{"tls":{"version":771,"session_id_length":0,"cipher_suites":[],"compression_methods":[],"extensions":[]},"http1":{"requests":[{"method":"GET","target":"/","version":"HTTP/1.1","fields":[{"name":"User-Agent","value":"Mozilla/5.0 (Windows NT 10.0) Chrome/150.0.0.0 Safari/537.36"},{"name":"sec-ch-ua","value":"\"\u001b\""}]}]}}`))
	f.Add([]byte(`{"http2":{"opening":[{"type":"SETTINGS"}],"requests":[{"stream":3,"end_stream":true,"fields":[{"name":"user-agent","value":"Mozilla/5.0 (X11; rv:99999999999999999999.0) Gecko/1 Firefox/99999999999999999999.0"}]}]}}`))
	f.Fuzz(func(t *testing.T, b []byte) {
		var found []Finding
		if p, err := Parse(b); err == nil {
			found = Lint(p)
		}
		var one fingerprint.Fingerprint
		if err := fingerprint.DecodeStrict(b, &one); err == nil {
			found = append(found, LintFingerprint(&one, nil)...)
		}
		for _, x := range found {
			if x.Path == "" || x.Rule == "" || x.Message == "" {
				t.Errorf("%+v", x)
			}
			for _, c := range x.String() {
				if c < ' ' || c == 0x7f {
					t.Errorf("%q is not fit for a terminal", x.String())
				}
			}
		}
	})
}
