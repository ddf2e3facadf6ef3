package profiles_test

import (
	"bytes"
	"cmp"
	"context"
	"crypto/x509"
	"errors"
	"io"
	"net/http"
	"os"
	"os/exec"
	"strings"
	"testing"

	"github.com/wirelike/wirelike/client"
	"github.com/wirelike/wirelike/fpserver"
	"github.com/wirelike/wirelike/golden"
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

func (c clients) Subject(profile string) golden.Subject { return subject{profile} }

// subject is a session for each task.
type subject struct{ profile string }

func (s subject) DoKinds(ctx context.Context, t golden.Task) error { return s.Do(ctx, t) }

func (s subject) Do(ctx context.Context, t golden.Task) (err error) {
	pem, err := os.ReadFile(t.CAFile)
	if err != nil {
		return err
	}
	roots := x509.NewCertPool()
	roots.AppendCertsFromPEM(pem)
	session, err := client.New(&client.Options{Profile: s.profile, RootCAs: roots})
	if err != nil {
		return err
	}
	defer func() { err = errors.Join(err, session.Close()) }()
	for i := range t.Requests {
		if err := request(ctx, session, &t.Requests[i]); err != nil {
			return err
		}
	}
	return nil
}

func request(ctx context.Context, s *client.Session, r *golden.TaskRequest) error {
	c := &client.Call{Kind: r.Kind, Referrer: r.Referrer, Scripted: r.Scripted, WithCredentials: r.Credentials, Bytes: bytes.Clone(r.Body), Redirect: client.Some(client.Redirect{Follow: client.FollowNone})}
	for _, f := range r.Header {
		c.Header.Add(f.Name, f.Value)
	}
	if r.Kind == wire.WebSocket {
		u, err := s.WebSocket(ctx, r.URL, c)
		if err != nil {
			return err
		}
		return u.Close(ctx)
	}
	res, err := s.Do(ctx, cmp.Or(r.Method, http.MethodGet), r.URL, c)
	if err != nil {
		return err
	}
	defer res.Close()
	_, err = io.Copy(io.Discard, res.Body)
	return errors.Join(err, res.Err())
}
