package client_test

import (
	"encoding/json"
	"errors"
	"fmt"
	"net/http"
	"os"
	"os/exec"
	"path/filepath"
	"runtime"
	"strings"
	"testing"
	"time"

	"github.com/wirelike/wirelike/client"
	"github.com/wirelike/wirelike/internal/testnet"
)

// envTask is what a process of its own does, and in which environment: the variables of this one would be those of all tests.
type envTask struct {
	URL, CAFile string
	Env         client.EnvPolicy
	Insecure    bool
}

const envTaskVariable = "WIRELIKE_TEST_ENV_TASK"

// TestEnvTask is that process; in any other it has nothing to do.
func TestEnvTask(t *testing.T) {
	text := os.Getenv(envTaskVariable)
	if text == "" {
		return
	}
	var task envTask
	if err := json.Unmarshal([]byte(text), &task); err != nil {
		t.Fatal(err)
	}
	s, err := client.New(&client.Options{CAFile: task.CAFile, Env: task.Env, InsecureSkipVerify: task.Insecure})
	if err == nil {
		defer s.Close()
		var r *client.Response
		if r, err = s.Get(t.Context(), task.URL, nil); err == nil {
			r.Close()
		}
	}
	var e *client.Error
	if errors.As(err, &e) {
		fmt.Printf("OUTCOME %s: %s\n", e.Kind, err)
	} else {
		fmt.Printf("OUTCOME fine\n")
	}
}

// TestEnv: which variables name the authorities, and when.
func TestEnv(t *testing.T) {
	t.Parallel()
	lab := newServer(t, false, func(http.ResponseWriter, *http.Request) {})
	good, bad := lab.ca.File(), testnet.NewCA(t, time.Now()).File()
	garbled, missing := file(t, "garbled.pem", lab.ca.PEM()[:200]), filepath.Join(t.TempDir(), "missing.pem")
	const yes, no = client.EnvCA, client.EnvPolicy(0)
	distrusted := client.ErrCertificate
	for _, row := range []struct {
		id, name                string
		env                     client.EnvPolicy
		certFile, curl, request string // the variables, in the order in which they count
		task                    envTask
		kind                    *client.Kind // nil for a response
		text                    string       // part of the error
	}{
		{"SESS-30", "the first", yes, good, bad, bad, envTask{}, nil, ""},
		{"SESS-30", "the second", yes, "", good, bad, envTask{}, nil, ""},
		{"SESS-30", "the third", yes, "", "", good, envTask{}, nil, ""},
		{"SESS-30", "the first counts", yes, bad, good, good, envTask{}, distrusted, ""},
		{"SESS-30", "the second counts", yes, "", bad, good, envTask{}, distrusted, ""},
		{"SESS-30", "the first is not there", yes, missing, good, bad, envTask{}, nil, ""},
		{"SESS-30", "the second is not there", yes, "", missing, good, envTask{}, nil, ""},
		{"SESS-30", "garbled", yes, "", garbled, good, envTask{}, client.ErrAuthorities, "CURL_CA_BUNDLE: " + garbled},
		{"SESS-30", "directory", yes, "", "", filepath.Dir(good), envTask{}, client.ErrAuthorities, "REQUESTS_CA_BUNDLE: " + filepath.Dir(good) + " is a directory"},
		{"SESS-30", "none", yes, "", "", "", envTask{}, distrusted, ""},
		{"SESS-30", "not trusted", no, "", good, good, envTask{}, distrusted, ""},
		{"SESS-30", "not trusted, garbled", no, "", garbled, garbled, envTask{}, distrusted, ""},
		{"TLS-08", "an explicit file", yes, bad, bad, bad, envTask{CAFile: good}, nil, ""},
		{"TLS-08", "another explicit file", yes, good, good, good, envTask{CAFile: bad}, distrusted, ""},
		{"TLS-08", "garbled beside an explicit file", yes, "", garbled, garbled, envTask{CAFile: good}, nil, ""},
		{"TLS-08", "off", yes, garbled, garbled, garbled, envTask{Insecure: true}, nil, ""},
		{"TLS-12", "the system's", no, good, "", "", envTask{}, nil, ""},
		{"TLS-12", "the system's, others", no, bad, good, good, envTask{}, distrusted, ""},
	} {
		t.Run(row.id+" "+row.name, func(t *testing.T) {
			t.Parallel()
			if row.id == "TLS-12" && (runtime.GOOS == "darwin" || runtime.GOOS == "windows") {
				t.Skip("nothing but the system's own settings says there where its authorities are")
			}
			row.task.URL, row.task.Env = lab.url, row.env
			text, err := json.Marshal(row.task)
			if err != nil {
				t.Fatal(err)
			}
			cmd := exec.CommandContext(t.Context(), os.Args[0], "-test.run=^TestEnvTask$", "-test.count=1")
			cmd.Env = append(os.Environ(), envTaskVariable+"="+string(text), "SSL_CERT_DIR=", "SSL_CERT_FILE="+row.certFile,
				"CURL_CA_BUNDLE="+row.curl, "REQUESTS_CA_BUNDLE="+row.request)
			out, err := cmd.CombinedOutput()
			if err != nil {
				t.Fatalf("%v: %s", err, out)
			}
			_, outcome, _ := strings.Cut(string(out), "OUTCOME ")
			outcome, _, _ = strings.Cut(outcome, "\n")
			want := "fine"
			if row.kind != nil {
				want = row.kind.Error() + ": "
			}
			if !strings.HasPrefix(outcome, want) || !strings.Contains(outcome, row.text) {
				t.Errorf("%q, want %q with %q", outcome, want, row.text)
			}
		})
	}
	if _, err := client.New(&client.Options{Env: 1 << 7}); !errors.Is(err, client.ErrInvalidRequest) || !strings.Contains(err.Error(), "0x80") {
		t.Errorf("unknown policy: %v", err)
	}
}
