package main

import (
	"context"
	"crypto/x509"
	"encoding/json"
	"errors"
	"fmt"
	"io/fs"
	"net/url"
	"os"
	"path/filepath"
	"runtime"
	"runtime/debug"
	"strconv"
	"strings"

	"github.com/wirelike/wirelike/profiles"
)

var doctorCommand = command{
	name: "doctor", args: "[--json] [--store DIR]", short: "say what there is to work with, for a report of a problem",
	long: `
Prints lines "key: value": versions of this program, of Go and of the modules that matter on the wire, the executable, system and
machine; the built-in profiles; the store with its profiles or the error that it gives, and whether there is a key; where the
authorities to trust come from; and the proxies of the environment, which nothing here uses. No key and no password is
printed, so that the output can be shown to others.

JSON: {"schema":"wirelike/doctor/1","facts":[{"key","value"}]}. Exit code 0, whatever it finds.`,
	run: doctor,
}

type fact struct {
	Key   string `json:"key"`
	Value string `json:"value"`
}

func doctor(_ context.Context, e *env, c *command, args []string) (int, error) {
	f := c.flags(e)
	asJSON := f.Bool("json", false, "print JSON")
	var at storeFlag
	at.register(f)
	rest, err := parse(f, args)
	if err != nil {
		return exitUsage, err
	}
	if len(rest) > 0 {
		return exitUsage, fmt.Errorf("it takes no arguments, not %q", rest)
	}
	facts := program()
	facts = append(facts, fact{"profiles", strconv.Itoa(len(profiles.Names()))})
	facts = append(facts, storeFacts(&at)...)
	facts = append(facts, authorities())
	facts = append(facts, proxies(os.Getenv)...)
	if *asJSON {
		enc := json.NewEncoder(e.stdout)
		enc.SetEscapeHTML(false)
		return exitEqual, enc.Encode(map[string]any{"schema": "wirelike/doctor/1", "facts": facts})
	}
	for _, x := range facts {
		if _, err := fmt.Fprintf(e.stdout, "%s: %s\n", x.Key, x.Value); err != nil {
			return exitMismatch, err
		}
	}
	return exitEqual, nil
}

// wireModules are the modules whose version may change what is on the wire.
var wireModules = []string{
	"github.com/refraction-networking/utls", "golang.org/x/net", "golang.org/x/crypto", "github.com/coder/websocket",
	"github.com/andybalholm/brotli", "github.com/klauspost/compress",
}

// program says what runs, and where.
func program() []fact {
	version := "unknown"
	versions := map[string]string{}
	if info, ok := debug.ReadBuildInfo(); ok {
		version = info.Main.Version
		for _, m := range info.Deps {
			if m.Replace != nil {
				m = m.Replace
			}
			versions[m.Path] = m.Version
		}
	}
	executable, err := os.Executable()
	if err != nil {
		executable = "unknown: " + err.Error()
	}
	facts := []fact{
		{"wirelike", version}, {"go", runtime.Version()}, {"executable", executable}, {"platform", runtime.GOOS}, {"machine", runtime.GOARCH},
	}
	for _, m := range wireModules {
		if v := versions[m]; v != "" {
			facts = append(facts, fact{m, v})
		}
	}
	return facts
}

// storeFacts says where the store is and what is in it.
func storeFacts(at *storeFlag) []fact {
	s := &profiles.Store{Dir: at.dir}
	switch at.dir {
	case noStore:
		return []fact{{"store", noStore}}
	case "":
		dir, err := profiles.StoreDir()
		if err != nil {
			return []fact{{"store_error", err.Error()}}
		}
		s.Dir = dir
	}
	root := redacted(os.Getenv("IMPERSONATE_API_ROOT"))
	if root == "" {
		root = "none"
	}
	config, data := filepath.Join(s.Dir, "config.json"), filepath.Join(s.Dir, "fingerprints.json")
	facts := []fact{
		{"store", s.Dir}, {"api_root", root}, {"config_path", config}, {"config_present", present(config)},
		{"api_key_configured", strconv.FormatBool(s.Key() != "")}, {"fingerprint_path", data}, {"fingerprint_present", present(data)},
	}
	_, skipped, err := s.LoadLenient()
	names, nerr := s.Names()
	switch {
	case errors.Is(err, fs.ErrNotExist):
		return append(facts, fact{"fingerprint_count", "0"})
	case err != nil || nerr != nil:
		return append(facts, fact{"fingerprint_error", errors.Join(err, nerr).Error()})
	}
	return append(facts, fact{"fingerprint_count", strconv.Itoa(len(names))}, fact{"fingerprint_broken", strconv.Itoa(len(skipped))})
}

func present(name string) string {
	_, err := os.Stat(name)
	return strconv.FormatBool(err == nil)
}

// authorities says where the authorities come from: a file that the environment names, as with [client.EnvCA], or the system.
func authorities() fact {
	for _, name := range []string{"SSL_CERT_FILE", "CURL_CA_BUNDLE", "REQUESTS_CA_BUNDLE"} {
		if v := os.Getenv(name); v != "" {
			if _, err := os.Stat(v); !os.IsNotExist(err) {
				return fact{"ca", name + "=" + v}
			}
		}
	}
	from := "system"
	for _, name := range []string{"SSL_CERT_FILE", "SSL_CERT_DIR"} { // those that crypto/x509 reads
		if v := os.Getenv(name); v != "" && runtime.GOOS != "windows" && runtime.GOOS != "darwin" {
			from += ", " + name + "=" + v
		}
	}
	pool, err := x509.SystemCertPool()
	switch {
	case err != nil:
		from += ", but: " + err.Error()
	case pool.Equal(x509.NewCertPool()) && runtime.GOOS != "windows" && runtime.GOOS != "darwin":
		from += ", but there are none"
	}
	return fact{"ca", from}
}

// proxies lists the variables of the environment that name proxies, without passwords.
func proxies(env func(string) string) (facts []fact) {
	for _, name := range []string{"HTTP_PROXY", "HTTPS_PROXY", "ALL_PROXY", "NO_PROXY"} {
		for _, key := range []string{name, strings.ToLower(name)} {
			if v := env(key); v != "" {
				if name != "NO_PROXY" {
					v = redacted(v)
				}
				facts = append(facts, fact{key, v + " (not used)"})
			}
		}
	}
	return facts
}

// redacted returns a URL without its credentials and its query.
func redacted(text string) string {
	u, err := url.Parse(text)
	if err != nil || u.Host == "" {
		text, _, _ = strings.Cut(text, "?")
		if i := strings.LastIndexByte(text, '@'); i >= 0 {
			return "hidden@" + text[i+1:]
		}
		return text
	}
	if u.User != nil {
		u.User = url.User("hidden")
	}
	u.RawQuery, u.Fragment = "", ""
	return u.String()
}
