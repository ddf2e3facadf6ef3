package main

import (
	"crypto/tls"
	"errors"
	"flag"
	"fmt"
	"math"
	"strconv"
	"strings"

	"github.com/wirelike/wirelike/client"
)

// transferFlags are options of curl for the connection and for the speed, under curl's names.
type transferFlags struct {
	least      [4]bool // --tlsv1.0 to --tlsv1.3
	most, pins string
	netrc      string
	rate       rateFlag
}

var tlsVersions = [...]uint16{tls.VersionTLS10, tls.VersionTLS11, tls.VersionTLS12, tls.VersionTLS13}

func (o *transferFlags) register(f *flag.FlagSet) {
	for i := range o.least {
		f.BoolVar(&o.least[i], fmt.Sprintf("tlsv1.%d", i), false, fmt.Sprintf("TLS 1.%d or later, as far as the browser has it; what only older versions have leaves its hello", i))
	}
	f.StringVar(&o.most, "tls-max", "", "TLS `VERSION` 1.0, 1.1, 1.2 or 1.3 at most, or default for the browser's own")
	f.StringVar(&o.pins, "pinnedpubkey", "", "`HASHES` sha256//BASE64;… of public keys, of which the server must have one")
	f.StringVar(&o.netrc, "netrc-file", "", "`FILE` with logins by host, that others have no access to; --user and credentials in a URL come first")
	f.Var(&o.rate, "limit-rate", "`SPEED` in bytes per second, of the bodies of requests and of responses each; k, M, G or T behind it are powers of 1024")
}

// options puts what the flags say into the options of a session, but for the rate, which belongs to requests.
func (o *transferFlags) options(opts *client.Options) error {
	for i, set := range o.least {
		switch {
		case set && opts.MinTLSVersion != 0:
			return errors.New("--tlsv1.0 to --tlsv1.3: one of them says the oldest version")
		case set:
			opts.MinTLSVersion = tlsVersions[i]
		}
	}
	if o.most != "" && o.most != "default" {
		n, err := strconv.Atoi(strings.TrimPrefix(o.most, "1."))
		if err != nil || !strings.HasPrefix(o.most, "1.") || n < 0 || n >= len(tlsVersions) {
			return fmt.Errorf("--tls-max %q: it is 1.0, 1.1, 1.2, 1.3 or default", o.most)
		}
		opts.MaxTLSVersion = tlsVersions[n]
	}
	if o.pins != "" {
		opts.PinnedKeys = []string{o.pins}
	}
	if o.netrc != "" {
		var err error
		if opts.Netrc, err = client.ReadNetrc(o.netrc); err != nil {
			return fmt.Errorf("--netrc-file: %w", err)
		}
	}
	return nil
}

// limit holds the bodies of requests and responses to the rate.
func (o *transferFlags) limit(requests []sendRequest) {
	for i := range requests {
		requests[i].Rate = int64(o.rate)
	}
}

// rateFlag is a number of bytes per second, 0 for no bound.
type rateFlag int64

func (r *rateFlag) String() string {
	if r == nil || *r == 0 {
		return ""
	}
	return strconv.FormatInt(int64(*r), 10)
}

// Set implements [flag.Value]: a number, perhaps with a fraction, and a unit of curl.
func (r *rateFlag) Set(s string) error {
	number, unit := s, 1.0
	if n := len(s); n > 0 {
		if i := strings.IndexByte("bkmgt", s[n-1]|0x20); i >= 0 {
			number, unit = s[:n-1], math.Pow(1024, float64(i))
		}
	}
	x, err := strconv.ParseFloat(number, 64)
	if err != nil || !(x*unit >= 1 && x*unit < math.MaxInt64) || strings.ContainsAny(number, "xXpPeE_") {
		return errors.New("want bytes per second, such as 500, 100k or 1.5M")
	}
	*r = rateFlag(x * unit)
	return nil
}
