package client

import (
	"fmt"
	"strings"
)

// Kind says what sort of failure an [Error] is. Kinds form a tree (a lattice where a timeout is concerned): errors.Is
// holds for a kind and all its parents, so that a failed name lookup is an ErrDNS and an ErrConnect.
//
// Kinds are compared by identity; the ones below are all there are.
type Kind struct {
	text    string
	code    Code
	parents []*Kind
}

// Error returns the kind's text.
func (k *Kind) Error() string { return k.text }

// Is tells whether target is the kind or one of its parents; see [errors.Is].
func (k *Kind) Is(target error) bool {
	t, ok := target.(*Kind)
	return ok && k.in(t)
}

func (k *Kind) in(t *Kind) bool {
	if k == t {
		return true
	}
	for _, p := range k.parents {
		if p.in(t) {
			return true
		}
	}
	return false
}

// Code returns curl's number for the kind.
func (k *Kind) Code() Code { return k.code }

func kind(text string, code Code, parents ...*Kind) *Kind { return &Kind{text, code, parents} }

// The kinds.
var (
	// ErrInvalidRequest: the caller's request or options are wrong; nothing was sent.
	ErrInvalidRequest    = kind("invalid request", CodeBadFunctionArgument)
	ErrInvalidURL        = kind("invalid URL", CodeURLMalformat, ErrInvalidRequest)
	ErrUnsupportedScheme = kind("unsupported protocol", CodeUnsupportedProtocol, ErrInvalidRequest)
	ErrInvalidHeader     = kind("invalid header", CodeBadFunctionArgument, ErrInvalidRequest)
	// ErrImpersonate: the profile is unknown or lacks what the request asks for.
	ErrImpersonate = kind("impersonation", CodeBadFunctionArgument, ErrInvalidRequest)
	// ErrAuthorities: CAFile, CAPEM or a file that the environment names is none of certificates.
	ErrAuthorities = kind("authorities", CodeSSLCACertBadfile, ErrTLS, ErrInvalidRequest)
	// ErrIdentity: the client's own certificate or its key cannot be used.
	ErrIdentity = kind("own certificate", CodeSSLCertProblem, ErrTLS, ErrInvalidRequest)
	// ErrClosed: the session or transport was closed before or during the request.
	ErrClosed = kind("closed", CodeOK)

	// ErrTimeout: a deadline passed, the context's or the transport's own.
	ErrTimeout     = kind("timeout", CodeOperationTimedout)
	ErrReadTimeout = kind("read timeout", CodeOperationTimedout, ErrTimeout)
	// ErrCanceled: the caller's context was cancelled.
	ErrCanceled = kind("canceled", CodeAbortedByCallback)

	// ErrConnect: no connection came about; the request was not sent.
	ErrConnect     = kind("connect", CodeCouldntConnect)
	ErrDNS         = kind("resolve host", CodeCouldntResolveHost, ErrConnect)
	ErrTLS         = kind("TLS handshake", CodeSSLConnectError, ErrConnect)
	ErrCertificate = kind("certificate verification", CodePeerFailedVerification, ErrTLS)
	// ErrPinned: the server's key is none of [Transport.PinnedKeys]; a [*PinError] tells which it is.
	ErrPinned = kind("pinned key", CodeSSLPinnedPubkeyNotMatch, ErrCertificate)
	// ErrCompat: the TLS stack falls short of the browser; a [*CompatError] says how, and what may help.
	ErrCompat      = kind("TLS handshake beyond the stack", CodeSSLConnectError, ErrTLS)
	ErrNegotiation = kind("protocol negotiation", CodeSSLConnectError, ErrTLS)
	// ErrInternalAddress: a connection to an internal address was refused; see [FollowSafe].
	ErrInternalAddress = kind("internal address", CodeCouldntConnect, ErrConnect)
	ErrConnectTimeout  = kind("connect timeout", CodeOperationTimedout, ErrConnect, ErrTimeout)

	// ErrTransfer: the connection failed under a request, which may or may not have been processed.
	ErrTransfer   = kind("transfer", CodeRecvError)
	ErrSend       = kind("send", CodeSendError, ErrTransfer)
	ErrReceive    = kind("receive", CodeRecvError, ErrTransfer)
	ErrEmptyReply = kind("empty reply", CodeGotNothing, ErrTransfer)
	// ErrClientCertificate: the server wants a client certificate, or another one, and ended the connection for it. It is
	// no ErrTLS, since with TLS 1.3 it comes after the handshake, when the request is on its way.
	ErrClientCertificate = kind("client certificate", CodeSSLClientCert, ErrTransfer)
	// ErrIncompleteRead: the body ended before its announced end; the cause is io.ErrUnexpectedEOF.
	ErrIncompleteRead = kind("incomplete read", CodePartialFile, ErrTransfer)
	// ErrProtocol: what the server sent is not HTTP, or breaks its rules.
	ErrProtocol    = kind("protocol error", CodeWeirdServerReply)
	ErrHTTP2       = kind("HTTP/2 connection error", CodeHTTP2, ErrProtocol)
	ErrHTTP2Stream = kind("HTTP/2 stream error", CodeHTTP2Stream, ErrProtocol)

	// ErrHandshake: the server's answer to the handshake of a WebSocket does not agree to it, or to something else.
	ErrHandshake = kind("WebSocket handshake", CodeWeirdServerReply)
	// ErrRefused: it has another status than 101, and the response is in the error.
	ErrRefused = kind("WebSocket refused", CodeHTTPReturnedError, ErrHandshake)

	// ErrRequestBody: reading the request body failed; the reader's error is in the chain.
	ErrRequestBody = kind("request body", CodeReadError)
	// ErrBodyNotReplayable: the request could be sent again safely, but its body is read and has no GetBody.
	ErrBodyNotReplayable = kind("body not replayable", CodeSendFailRewind, ErrRequestBody)
	// ErrBodyLength: the request body was shorter or longer than announced.
	ErrBodyLength = kind("request body length", CodeReadError, ErrRequestBody)

	// ErrTooManyRedirects: there was one more redirect than [Redirect.Max] allows; the last response is in the error.
	ErrTooManyRedirects = kind("too many redirects", CodeTooManyRedirects)
	// ErrRedirect: [Redirect.Hop] refused a redirect; its error is the cause.
	ErrRedirect = kind("redirect refused", CodeAbortedByCallback)

	// ErrContentDecoding: the body is not what its Content-Encoding says, or of an unknown coding.
	ErrContentDecoding = kind("content decoding", CodeBadContentEncoding)
	// ErrTooLarge: a body or head is longer than its limit.
	ErrTooLarge = kind("too large", CodeFilesizeExceeded)
	// ErrDecode: a complete body is not the text or JSON that was asked for.
	ErrDecode         = kind("decode body", CodeOK)
	ErrUnknownCharset = kind("unknown charset", CodeOK, ErrDecode)
	// ErrStatus: the response has a status of 400 or more; see [Response.Err].
	ErrStatus = kind("status", CodeHTTPReturnedError)
)

// Error is the only error type of this package's functions and of response bodies. Both its kind and its cause are in
// the chain: errors.Is(err, ErrConnect), errors.As(err, &opError).
type Error struct {
	// Kind is one of the kinds above, never nil.
	Kind *Kind
	// Code is curl's number, usually that of the kind.
	Code Code
	// Op is the method of the request, "read" for a response body, "new" for a constructor, "parse" for text, or the name
	// of the Response method.
	Op string
	// URL is the request's URL without credentials, empty when there is none.
	URL string
	// Response is the response as far as it goes: set for ErrStatus and ErrRefused, when a redirect could not be followed (with
	// [Response.History] and [Response.NextURL]), when there was no time for a retry, and for failures while a body is read by a method of Response, whose Bytes
	// then returns what had come. Nil otherwise.
	Response *Response
	// Attempts counts the requests of the call that were made, redirects and retries included; 0 for what is not the
	// outcome of a call.
	Attempts int
	// Err is the cause.
	Err error
}

// Error returns "client: op url: kind: cause", with what does not print in op and URL escaped as in a Go string.
func (e *Error) Error() string {
	var b strings.Builder
	b.WriteString("client: ")
	b.WriteString(printable(e.Op))
	if e.URL != "" {
		b.WriteByte(' ')
		b.WriteString(printable(e.URL))
	}
	b.WriteString(": ")
	b.WriteString(e.Kind.text)
	if e.Err != nil {
		b.WriteString(": ")
		b.WriteString(e.Err.Error())
	}
	return b.String()
}

// Unwrap returns the kind and the cause.
func (e *Error) Unwrap() []error {
	if e.Err == nil {
		return []error{e.Kind}
	}
	return []error{e.Kind, e.Err}
}

// Timeout tells whether the error is a timeout; it is part of net.Error.
func (e *Error) Timeout() bool { return e.Kind.in(ErrTimeout) }

// fault is an error that knows its kind but not yet its request.
type fault struct {
	kind *Kind
	err  error
}

func (f *fault) Error() string   { return f.err.Error() }
func (f *fault) Unwrap() []error { return []error{f.kind, f.err} }

func invalid(k *Kind, format string, args ...any) error {
	return &fault{k, fmt.Errorf(format, args...)}
}
