package fpserver

import (
	"net/http"

	"github.com/wirelike/wirelike/fingerprint"
)

// leaksReport has the keys of tls.browserleaks.com/json. Those of HTTP/2 are empty on HTTP/1.1.
type leaksReport struct {
	UserAgent  string `json:"user_agent"`
	JA4        string `json:"ja4"`
	JA4R       string `json:"ja4_r"`
	JA4O       string `json:"ja4_o"`
	JA4RO      string `json:"ja4_ro"`
	JA3Hash    string `json:"ja3_hash"`
	JA3Text    string `json:"ja3_text"`
	JA3NHash   string `json:"ja3n_hash"`
	JA3NText   string `json:"ja3n_text"`
	AkamaiHash string `json:"akamai_hash"`
	AkamaiText string `json:"akamai_text"`
}

// sumsByName finds the sums of a fingerprint by the names of fingerprint.Algorithms. A name that is missing, or that
// could not be computed, is empty.
type sumsByName map[string]fingerprint.Result

func sumsOf(f *fingerprint.Fingerprint) sumsByName {
	m := sumsByName{}
	for _, r := range fingerprint.Sums(f) {
		m[r.Name] = r
	}
	return m
}

func (s *Server) leaks(w http.ResponseWriter, r *http.Request) {
	if _, err := s.drain(w, r, nil); err != nil {
		return
	}
	c, info := FromContext(r.Context())
	f, _ := c.view(info.Index, 1) // what could not be read is empty
	sums := sumsOf(f)
	writeJSON(w, http.StatusOK, leaksReport{
		UserAgent: r.UserAgent(),
		JA4:       sums["ja4"].Hash, JA4R: sums["ja4"].Text, JA4O: sums["ja4_o"].Hash, JA4RO: sums["ja4_o"].Text,
		JA3Hash: sums["ja3"].Hash, JA3Text: sums["ja3"].Text, JA3NHash: sums["ja3n"].Hash, JA3NText: sums["ja3n"].Text,
		AkamaiHash: sums["akamai"].Hash, AkamaiText: sums["akamai"].Text,
	})
}
