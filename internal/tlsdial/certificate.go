package tlsdial

import (
	"crypto/tls"
	"errors"
	"fmt"
	"net"

	utls "github.com/refraction-networking/utls"
)

// ClientCertificateError says that the server asked for a client certificate and then ended the connection because of
// the answer.
type ClientCertificateError struct {
	// Sent says that a certificate was sent; else the server got none, since none of [Config.Certificates] fits.
	Sent bool
	// Err is the server's alert, as [tls.AlertError] in a [*net.OpError].
	Err error
}

func (e *ClientCertificateError) Error() string {
	if e.Sent {
		return fmt.Sprintf("the server refuses the client certificate: %v", e.Err)
	}
	return fmt.Sprintf("the server wants a client certificate: %v", e.Err)
}

func (e *ClientCertificateError) Unwrap() error { return e.Err }

// certificate returns the function that answers a server's request for a certificate.
func (w *wire) certificate(list []tls.Certificate) func(*utls.CertificateRequestInfo) (*utls.Certificate, error) {
	return func(r *utls.CertificateRequestInfo) (*utls.Certificate, error) {
		w.asked.Store(true)
		for i := range list {
			if c := convert(&list[i]); len(c.Certificate) > 0 && r.SupportsCertificate(c) == nil {
				w.sent.Store(true)
				return c, nil
			}
		}
		return &utls.Certificate{}, nil
	}
}

func convert(c *tls.Certificate) *utls.Certificate {
	out := &utls.Certificate{
		Certificate: c.Certificate, PrivateKey: c.PrivateKey, OCSPStaple: c.OCSPStaple,
		SignedCertificateTimestamps: c.SignedCertificateTimestamps, Leaf: c.Leaf,
	}
	for _, s := range c.SupportedSignatureAlgorithms {
		out.SupportedSignatureAlgorithms = append(out.SupportedSignatureAlgorithms, utls.SignatureScheme(s))
	}
	return out
}

// certificateError marks an alert of a server that asked for a certificate, if it is one that is about certificates (RFC
// 8446 §6.2); handshake_failure is what a TLS 1.2 server has for a missing one (RFC 5246 §7.4.6).
func (w *wire) certificateError(err error) error {
	var op *net.OpError
	var alert tls.AlertError
	if !w.asked.Load() || !errors.As(err, &op) || op.Op != "remote error" || !errors.As(err, &alert) {
		return err
	}
	switch alert {
	case 40, 42, 43, 44, 45, 46, 48, 49, 116:
		return &ClientCertificateError{Sent: w.sent.Load(), Err: err}
	}
	return err
}
