package client

import (
	"crypto/x509"
	"os"
)

// EnvPolicy says which variables of the environment count, as a set: EnvCA, later joined by others. The zero value is none: what
// a client does then follows from its options alone, wherever its program runs.
type EnvPolicy uint8

// EnvCA lets the environment name the authorities to trust, where no field does and certificates are verified at all: in a PEM
// file, whose path is in the first of SSL_CERT_FILE, CURL_CA_BUNDLE and REQUESTS_CA_BUNDLE that is not empty and whose file
// exists. A file that cannot be read then is an ErrAuthorities. The variables are read once, by [New] or a Transport's first
// request. With none of them the authorities are those of the system.
//
// Also without EnvCA, Go itself takes SSL_CERT_FILE and SSL_CERT_DIR, as they are when the process first verifies a
// certificate, for the places of the authorities of the system, on Unix but not on macOS (see [x509.SystemCertPool]). To be
// independent of that, set RootCAs, CAFile or CAPEM.
const EnvCA EnvPolicy = 1 << iota

// envKnown are all policies there are.
const envKnown = EnvCA

// caVariables name a file of authorities, the first that does wins.
var caVariables = [...]string{"SSL_CERT_FILE", "CURL_CA_BUNDLE", "REQUESTS_CA_BUNDLE"}

func (p EnvPolicy) validate() error {
	if rest := p &^ envKnown; rest != 0 {
		return invalid(ErrInvalidRequest, "Env has unknown bits %#x: want EnvCA or 0", uint8(rest))
	}
	return nil
}

// authorities returns the pool that the environment names, nil for that of the system.
func (p EnvPolicy) authorities() (*x509.CertPool, error) {
	if p&EnvCA == 0 {
		return nil, nil
	}
	for _, name := range caVariables {
		path := os.Getenv(name)
		if path == "" {
			continue
		}
		if _, err := os.Stat(path); os.IsNotExist(err) {
			continue
		}
		pool := x509.NewCertPool()
		if err := addFile(pool, path); err != nil {
			return nil, invalid(ErrAuthorities, "the environment's %s: %w", name, err)
		}
		return pool, nil
	}
	return nil, nil
}
