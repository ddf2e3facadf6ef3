package profiles_test

import (
	"errors"
	"net/http"
	"os"
	"os/exec"
	"strings"
	"testing"

	"github.com/wirelike/wirelike/client"
	"github.com/wirelike/wirelike/fpserver"
	"github.com/wirelike/wirelike/golden"
	"github.com/wirelike/wirelike/internal/task"
	"github.com/wirelike/wirelike/internal/testnet"
	wire "github.com/wirelike/wirelike/profiles"
	"github.com/wirelike/wirelike/suites/profiles"
)

// subjectEnv says what the process runs the suite for; see [TestSuiteFails].
const subjectEnv = "WIRELIKE_SUITE_SUBJECT"

func TestProfiles(t *testing.T) {
	switch os.Getenv(subjectEnv) {
	case "net/http":
		profiles.Run(t, profiles.RoundTrippers{"chromium156": func(srv *fpserver.Server) http.RoundTripper { return srv.Client().Transport }})
	case "nobody":
		profiles.Run(t, profiles.RoundTrippers{})
	default:
		profiles.Run(t, clients(testnet.EveryHello(wire.Names())))
	}
}

// TestSuiteFails: a client that is no browser fails, with the name of what differs, and so does a suite without specs.
func TestSuiteFails(t *testing.T) {
	for subject, want := range map[string]string{"net/http": "tls.cipher_suites", "nobody": "no spec ran"} {
		cmd := exec.Command(os.Args[0], "-test.run=^TestProfiles$")
		cmd.Env = append(os.Environ(), subjectEnv+"="+subject)
		out, err := cmd.CombinedOutput()
		var exit *exec.ExitError
		if !errors.As(err, &exit) || !strings.Contains(string(out), want) {
			t.Errorf("%s: %v, without %q:\n%s", subject, err, want, out)
		}
	}
}

// clients are the profiles that this module's client is tried with.
type clients []string

func (c clients) Profiles() []string { return c }

func (c clients) Subject(profile string) golden.Subject {
	return task.Client{Options: client.Options{Profile: profile}}
}
