package fpserver

import (
	"os"
	"time"

	"github.com/wirelike/wirelike/fingerprint"
)

// artifactsEnv names the directory that captures of failed tests are written to.
const artifactsEnv = "WIRELIKE_ARTIFACTS"

// saveArtifacts writes what all connections showed to a file, if the test has failed and somebody wants to know. The
// file has the form of evidence, so that the tools which read that can show it.
func (s *Server) saveArtifacts() {
	dir := os.Getenv(artifactsEnv)
	if dir == "" || !s.tb.Failed() {
		return
	}
	name, err := s.writeCaptures(dir)
	if err != nil {
		s.tb.Logf("fpserver: captures: %v", err)
		return
	}
	s.tb.Logf("fpserver: captures are in %s", name)
}

func (s *Server) writeCaptures(dir string) (string, error) {
	out := struct {
		Schema      string                `json:"schema"`
		Browser     string                `json:"browser"`
		Date        string                `json:"date"`
		Source      string                `json:"source"`
		Connections []fingerprint.Capture `json:"connections"`
	}{
		Schema: "wirelike/evidence/1", Browser: "unknown", Date: time.Now().UTC().Format(time.RFC3339),
		Source: "clients of " + s.URL + " in a test that failed", Connections: []fingerprint.Capture{},
	}
	if t, ok := s.tb.(interface{ Name() string }); ok {
		out.Source = "clients of " + s.URL + " in " + t.Name() + ", which failed"
	}
	for _, c := range s.Conns() {
		out.Connections = append(out.Connections, c.Capture())
	}
	b, err := fingerprint.FormatJSON(out)
	if err != nil {
		return "", err
	}
	if err := os.MkdirAll(dir, 0o755); err != nil {
		return "", err
	}
	f, err := os.CreateTemp(dir, "fpserver-*.json")
	if err != nil {
		return "", err
	}
	_, err = f.Write(b)
	if e := f.Close(); err == nil {
		err = e
	}
	return f.Name(), err
}
