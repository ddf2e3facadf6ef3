package main

import (
	"crypto/tls"
	"crypto/x509"
	"errors"
	"flag"
	"fmt"
	"os"

	"github.com/wirelike/wirelike/client"
	"github.com/wirelike/wirelike/cmd/fpcheck/internal/ingest"
)

// defaultProfile is the browser that requests are sent as without --profile.
const defaultProfile = "chrome150"

// sessionFlags say what the session is that all requests share.
type sessionFlags struct {
	profile, ca, version string
	cert, key            string
	insecure             bool
	customFlags
	storeFlag
	callFlags
	transferFlags
}

func (o *sessionFlags) register(f *flag.FlagSet) {
	f.StringVar(&o.profile, "profile", defaultProfile, "the browser to be: a `NAME` of fpcheck list, the file of a profile, or none for a plain Go client")
	f.StringVar(&o.ca, "ca", "", "PEM `FILE` with the only authorities to trust; default: that in SSL_CERT_FILE, CURL_CA_BUNDLE or REQUESTS_CA_BUNDLE, else the system's")
	alias(f, "cacert", "ca")
	f.StringVar(&o.version, "http", "", "HTTP `VERSION`: 1.1 or 2 to insist on it, or a word of curl_cffi")
	f.StringVar(&o.cert, "cert", "", "PEM `FILE` with the client's certificate, and the authorities between it and the root behind it")
	f.StringVar(&o.key, "key", "", "PEM `FILE` with the private key of --cert, without a password; default: the file of --cert")
	f.BoolVar(&o.insecure, "insecure", false, "do not verify the server's certificate")
	alias(f, "k", "insecure")
	o.customFlags.register(f)
	o.storeFlag.register(f)
	o.callFlags.register(f)
	o.transferFlags.register(f)
}

// options returns the options of the session.
func (o *sessionFlags) options(source *ingest.Source) (*client.Options, error) {
	opts := &client.Options{InsecureSkipVerify: o.insecure}
	var err error
	if opts.HTTPVersion, err = client.ParseHTTPVersion(o.version); err != nil {
		return nil, fmt.Errorf("--http: %w", err)
	}
	switch o.profile {
	case "none":
	case "", "-":
		return nil, fmt.Errorf("--profile %q: it is a name, a file or none", o.profile)
	default:
		if opts.Custom, err = source.Profile(o.profile); err != nil {
			return nil, fmt.Errorf("--profile: %w", err)
		}
	}
	if err := o.certificates(opts); err != nil {
		return nil, err
	}
	if opts.Override, err = o.override(); err != nil {
		return nil, err
	}
	if err := o.transferFlags.options(opts); err != nil {
		return nil, err
	}
	return opts, o.callFlags.options(opts)
}

// certificates reads the files that say whom to trust and who the client is.
func (o *sessionFlags) certificates(opts *client.Options) error {
	if o.ca != "" && o.insecure {
		return errors.New("--ca and --insecure contradict each other")
	}
	if o.ca == "" && !o.insecure {
		opts.Env = client.EnvCA // as curl does; it is read only if nothing else says whom to trust
	}
	if o.ca != "" {
		pem, err := os.ReadFile(o.ca)
		if err != nil {
			return err
		}
		opts.RootCAs = x509.NewCertPool()
		if !opts.RootCAs.AppendCertsFromPEM(pem) {
			return fmt.Errorf("--ca %s: no PEM certificate in it", o.ca)
		}
	}
	if o.cert == "" {
		if o.key != "" {
			return errors.New("--key without --cert")
		}
		return nil
	}
	key := o.key
	if key == "" {
		key = o.cert
	}
	pair, err := tls.LoadX509KeyPair(o.cert, key)
	if err != nil {
		return fmt.Errorf("--cert %s: %w", o.cert, err)
	}
	opts.Certificates = []tls.Certificate{pair}
	return nil
}
