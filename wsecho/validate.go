package wsecho

import (
	"errors"
	"fmt"
	"path"
	"slices"
	"strings"
)

// validate reports everything that is wrong with the options, joined.
func (o *Options) validate() error {
	var errs []error
	for i, name := range o.Subprotocols {
		same := func(other string) bool { return strings.EqualFold(other, name) }
		switch {
		case !isToken(name):
			errs = append(errs, fmt.Errorf("wsecho: subprotocol %.40q is not a token", name))
		case slices.ContainsFunc(o.Subprotocols[:i], same):
			errs = append(errs, fmt.Errorf("wsecho: subprotocol %q is named twice", name))
		}
	}
	for _, pattern := range o.Origins {
		if _, err := path.Match(pattern, ""); err != nil {
			errs = append(errs, fmt.Errorf("wsecho: origin %.80q: %w", pattern, err))
		}
	}
	return errors.Join(errs...)
}

// isToken tells whether s is a token (RFC 9110 §5.6.2).
func isToken(s string) bool {
	for i := range len(s) {
		c := s[i]
		if c <= ' ' || c >= 0x7f || strings.IndexByte("\"(),/:;<=>?@[\\]{}", c) >= 0 {
			return false
		}
	}
	return s != ""
}
