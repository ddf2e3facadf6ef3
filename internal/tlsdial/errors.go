package tlsdial

import (
	"crypto/tls"
	"errors"
	"fmt"
	"net"
	"reflect"
	"strings"

	utls "github.com/refraction-networking/utls"

	"github.com/wirelike/wirelike/fingerprint"
)

// The values of HandshakeError.Op.
const (
	OpPrepare   = "prepare"   // nothing was sent
	OpHandshake = "handshake" // the hello was sent, or its sending failed
)

// HandshakeError says that no connection came about. Below it is one of these: an [*UnsupportedError], the error of the
// context, a [*tls.CertificateVerificationError] (and the error of crypto/x509 below that), an alert as
// [tls.AlertError] in a [*net.OpError] with Op "remote error" or "local error", a [tls.RecordHeaderError] when the server
// does not speak TLS, a [*ClientCertificateError], a [*LimitError], [ErrTicketDropped], or the error of the transport.
type HandshakeError struct {
	Host string
	Op   string // OpPrepare or OpHandshake
	Err  error
}

func (e *HandshakeError) Error() string {
	if e.Op == OpPrepare {
		return fmt.Sprintf("tlsdial: prepare hello for %s: %v", e.Host, e.Err)
	}
	return fmt.Sprintf("tlsdial: handshake with %s: %v", e.Host, e.Err)
}

func (e *HandshakeError) Unwrap() error { return e.Err }

// UnsupportedError says that a model cannot be sent, or could be sent but not answered for. Nothing was sent.
type UnsupportedError struct {
	Path   string // the leaf that is to blame, as [fingerprint.Fingerprint.Leaves] names it, or its list
	Reason string
}

func (e *UnsupportedError) Error() string { return "unsupported " + e.Path + ": " + e.Reason }

// LimitError says that the handshake failed where the TLS stack is known to fall short of the browsers whose hellos it
// sends: the same server may well accept the same hello from the browser.
type LimitError struct {
	// Reason tells what the stack cannot do.
	Reason string
	// Extensions are those that invite the server to what the stack cannot do: without them the handshake may succeed,
	// with another fingerprint. Empty when that would not help.
	Extensions []fingerprint.ID
	Err        error
}

func (e *LimitError) Error() string { return fmt.Sprintf("%v (%s)", e.Err, e.Reason) }

func (e *LimitError) Unwrap() error { return e.Err }

// ErrTicketDropped says that the server answered a hello that resumes a TLS 1.3 session with a HelloRetryRequest, and
// that the TLS stack, unlike browsers, cannot make the second hello of a resumption. The tickets are forgotten: with a
// new connection the same call makes a full handshake.
var ErrTicketDropped = errors.New("the server wants another key share, for which the TLS stack cannot resume a session: try again without")

// explain translates the error of the handshake; sent is the browser's hello, nil for the neutral one.
func (w *wire) explain(err error, sent *fingerprint.ClientHello) error {
	if w.retry {
		return ErrTicketDropped
	}
	err = explain(err, w.u, sent, w.flight)
	if w.kept && strings.Contains(err.Error(), "tls: invalid server key share") {
		return &LimitError{Reason: "after a HelloRetryRequest for nothing but a cookie the TLS stack knows one of its keys only", Err: err}
	}
	return w.certificateError(err)
}

// explain translates the error of a handshake and recognises the limits of utls v1.8.2, by its texts and by
// what the server sent: seen, nil when that is not known.
func explain(err error, u *utls.UConn, sent *fingerprint.ClientHello, seen *flight) error {
	err = translate(err)
	if sent == nil {
		return err
	}
	limit := func(reason string, extensions ...fingerprint.ID) error {
		return &LimitError{Reason: reason, Extensions: extensions, Err: err}
	}
	text := func(s string) bool { return strings.Contains(err.Error(), s) }
	switch {
	case text("tls: invalid signature by the server certificate"):
		if reason, extensions := misread(u.ConnectionState(), sent, seen); reason != "" {
			return limit(reason, extensions...)
		}
	case text("tls: failed to decompress certificate message"):
		return limit(reasonBeyond32, fingerprint.ExtCompressCertificate)
	case text("exceeds maximum of 65536 bytes") && sent.Extension(fingerprint.ExtCompressCertificate) != nil:
		return limit(reasonBeyond64, fingerprint.ExtCompressCertificate)
	case text("tls: CurvePreferences includes unsupported curve"):
		return limit("the server asked for a group that the hello offers and the TLS stack lacks")
	case text("tls: unexpected encrypted client hello extension in serverHello"):
		// In a HelloRetryRequest the stack takes it for a reply to an ECH that it never sent (RFC 9849 §6.2.1: ignore).
		return limit("the TLS stack does not ignore ECH in a HelloRetryRequest", fingerprint.ExtEncryptedClientHello)
	case text("tls: server chose an unconfigured cipher suite"):
		s := u.HandshakeState.ServerHello
		for _, id := range sent.CipherSuites {
			if s != nil && uint16(id) == s.CipherSuite {
				return limit("the TLS stack lacks cipher suite " + id.String())
			}
		}
	}
	return err
}

// translate replaces what is utls' own in an error by its like of crypto/tls.
func translate(err error) error {
	if err == nil {
		return nil // most often; the rest takes memory
	}
	return translated(err)
}

func translated(err error) error {
	switch e := err.(type) {
	case *utls.CertificateVerificationError:
		return &tls.CertificateVerificationError{UnverifiedCertificates: e.UnverifiedCertificates, Err: e.Err}
	case utls.RecordHeaderError:
		return tls.RecordHeaderError{Msg: e.Msg, RecordHeader: e.RecordHeader, Conn: e.Conn}
	}
	// An alert is of a hidden type whose kind is that of its number.
	if e := (*net.OpError)(nil); errors.As(err, &e) && (e.Op == "remote error" || e.Op == "local error") {
		if v := reflect.ValueOf(e.Err); v.Kind() == reflect.Uint8 {
			return &net.OpError{Op: e.Op, Err: tls.AlertError(v.Uint())}
		}
	}
	return err
}

// recovered turns a panic of utls into an error.
func recovered(err *error) {
	if r := recover(); r != nil {
		*err = fmt.Errorf("tlsdial: panic in the TLS stack: %v", r)
	}
}

// errUnused ends a handshake before its first byte.
var errUnused = errors.New("the session cannot be resumed any more")

var errNoHost = errors.New("no host to verify the certificate against")
