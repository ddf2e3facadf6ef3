package client

import (
	"context"
	"crypto/tls"
	"crypto/x509"
	"errors"
	"io"
	"net"
	"net/url"

	"github.com/wirelike/wirelike/internal/engine"
	"github.com/wirelike/wirelike/internal/h1"
	"github.com/wirelike/wirelike/internal/h2"
	"github.com/wirelike/wirelike/internal/plan"
	"github.com/wirelike/wirelike/internal/tlsdial"
)

// newError makes the package's error of whatever ended op.
func newError(op string, u *url.URL, err error) *Error {
	e := &Error{Op: op, Err: err}
	if u != nil {
		e.URL = redact(u)
	}
	var f *fault
	if errors.As(err, &f) {
		e.Kind = f.kind
		if f == err {
			e.Err = f.err
		}
	} else {
		e.Kind = classify(err)
		e.Err = compat(err)
	}
	e.Code = e.Kind.code
	return e
}

// classify finds the kind of an error from the packages below.
func classify(err error) *Kind {
	var (
		before      *engine.Error
		certificate *tlsdial.ClientCertificateError
	)
	switch {
	case errors.Is(err, engine.ErrClosed):
		return ErrClosed
	case errors.Is(err, engine.ErrBodyNotReplayable):
		return ErrBodyNotReplayable
	case errors.Is(err, context.Canceled):
		return ErrCanceled
	case errors.As(err, &certificate):
		return ErrClientCertificate
	case errors.As(err, &before):
		return classifyConnect(before)
	case errors.Is(err, context.DeadlineExceeded):
		return ErrReadTimeout
	}
	if k := classifyRequest(err); k != nil {
		return k
	}
	if k := classifyHTTP1(err); k != nil {
		return k
	}
	if k := classifyHTTP2(err); k != nil {
		return k
	}
	var t net.Error
	if errors.As(err, &t) && t.Timeout() {
		return ErrReadTimeout
	}
	return ErrReceive
}

// classifyConnect: no connection came about.
func classifyConnect(e *engine.Error) *Kind {
	var (
		timeout     net.Error
		dns         *net.DNSError
		negotiation *engine.NegotiationError
		limit       *tlsdial.LimitError
	)
	switch {
	case errors.Is(e, context.DeadlineExceeded), errors.As(e, &timeout) && timeout.Timeout():
		return ErrConnectTimeout
	case errors.As(e, &dns):
		return ErrDNS
	case errors.As(e, &negotiation):
		return ErrNegotiation
	case errors.As(e, &limit):
		return ErrCompat
	case e.Op == engine.OpTLS && isCertificate(e):
		return ErrCertificate
	case e.Op == engine.OpTLS:
		return ErrTLS
	}
	return ErrConnect
}

func isCertificate(err error) bool {
	var (
		verification *tls.CertificateVerificationError
		authority    x509.UnknownAuthorityError
		host         x509.HostnameError
		invalid      x509.CertificateInvalidError
	)
	return errors.As(err, &verification) || errors.As(err, &authority) || errors.As(err, &host) || errors.As(err, &invalid)
}

// classifyRequest: the request cannot be sent, by anybody.
func classifyRequest(err error) *Kind {
	var (
		field  *plan.FieldError
		reason *engine.RequestError
		bad    *h1.RequestError
	)
	switch {
	case errors.As(err, &field):
		return ErrInvalidHeader
	case errors.As(err, &reason), errors.As(err, &bad):
		return ErrInvalidRequest
	}
	return nil
}

func classifyHTTP1(err error) *Kind {
	var (
		lost *h1.ConnError
		bad  *h1.ResponseError
		body *h1.BodyError
	)
	switch {
	case errors.As(err, &body) && errors.Is(err, h1.ErrBodyLength):
		return ErrBodyLength
	case body != nil:
		return ErrRequestBody
	case errors.As(err, &bad):
		return ErrProtocol
	case errors.Is(err, h1.ErrClosed):
		return ErrClosed
	case !errors.As(err, &lost):
		return nil
	case isNetwork(err, "write"):
		return ErrSend
	case isNetwork(err, "read"):
		return ErrReceive
	case lost.NoResponse:
		return ErrEmptyReply
	case errors.Is(err, io.ErrUnexpectedEOF):
		return ErrIncompleteRead
	}
	return ErrReceive
}

func classifyHTTP2(err error) *Kind {
	var (
		body   *h2.BodyError
		stream *h2.StreamError
		conn   *h2.ConnError
		away   *h2.GoAwayError
	)
	switch {
	case errors.As(err, &body) && errors.Is(body.Err, h2.ErrBodyLength):
		return ErrBodyLength
	case body != nil:
		return ErrRequestBody
	case errors.Is(err, h2.ErrClosed):
		return ErrClosed
	case errors.Is(err, h2.ErrUnresponsive):
		return ErrReadTimeout
	case errors.As(err, &stream) && errors.Is(err, io.ErrUnexpectedEOF):
		return ErrIncompleteRead
	case stream != nil:
		return ErrHTTP2Stream
	case errors.As(err, &away):
		return ErrHTTP2
	case !errors.As(err, &conn):
		return nil
	case conn.Err == nil:
		return ErrHTTP2
	case isNetwork(err, "write"):
		return ErrSend
	case conn.NoResponse && errors.Is(conn.Err, io.ErrUnexpectedEOF):
		return ErrEmptyReply
	}
	return ErrReceive
}

// isNetwork tells whether the operation failed in the network.
func isNetwork(err error, op string) bool {
	var e *net.OpError
	return errors.As(err, &e) && e.Op == op
}

// readFault gives the error of reading a response body its kind.
func readFault(err error) error {
	var f *fault
	if errors.Is(err, io.ErrUnexpectedEOF) && !errors.As(err, &f) {
		return &fault{ErrIncompleteRead, err}
	}
	return err
}
