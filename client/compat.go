package client

import (
	"errors"
	"strings"

	"github.com/wirelike/wirelike/fingerprint"
	"github.com/wirelike/wirelike/internal/tlsdial"
)

// CompatError is the cause of an ErrCompat: the TLS handshake failed where this module's TLS stack is known to fall short of
// the browser whose hello it sends. The browser itself may well get on with the same server.
type CompatError struct {
	// Reason says in plain words what the stack cannot do.
	Reason string
	// Extensions are those of the hello that invite the server to what the stack cannot do. [Transport.CompatRetry] leaves
	// them out in a second try. Empty when that would not help.
	Extensions []fingerprint.ID
	// Err is the failed handshake.
	Err error
}

// Error returns the text of Err, in which the reason is, and what may help.
func (e *CompatError) Error() string {
	if len(e.Extensions) == 0 {
		return e.Err.Error() + "; a browser may get on with this server"
	}
	var names []string
	for _, id := range e.Extensions {
		names = append(names, fingerprint.ExtensionName(id))
	}
	return e.Err.Error() + "; a browser may get on with this server, and so may CompatRetry, which leaves out " + strings.Join(names, " and ")
}

// Unwrap returns Err.
func (e *CompatError) Unwrap() error { return e.Err }

// compat makes the package's own of an error of the TLS stack's limits, and leaves others as they are.
func compat(err error) error {
	var l *tlsdial.LimitError
	if !errors.As(err, &l) {
		return err
	}
	return &CompatError{Reason: l.Reason, Extensions: l.Extensions, Err: err}
}
