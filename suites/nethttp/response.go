package nethttp

import (
	"compress/flate"
	"compress/gzip"
	"context"
	"crypto/tls"
	"errors"
	"io"
	"maps"
	"net"
	"net/http"
	"slices"
	"strings"

	"github.com/wirelike/wirelike/suites/subject"
)

// response returns a response in the suites' terms, with those that led to it. Its fields have the spelling of net/http, and no
// order.
func response(r *http.Response) *subject.Response {
	out := single(r)
	for via := r.Request.Response; via != nil; via = via.Request.Response {
		hop := *via
		hop.Body = http.NoBody
		out.History = append(out.History, single(&hop))
	}
	slices.Reverse(out.History)
	return out
}

// single returns a response without history.
func single(r *http.Response) *subject.Response {
	out := &subject.Response{
		Status: r.StatusCode, Protocol: r.Proto, Header: fields(r.Header), Unordered: true, URL: r.Request.URL.String(), Body: body{r.Body},
		Trailer: func() []subject.Field { return fields(r.Trailer) },
	}
	_, out.Reason, _ = strings.Cut(r.Status, " ")
	switch r.StatusCode {
	case 301, 302, 303, 307, 308: // those that http.Client follows
		if next, err := r.Location(); err == nil {
			out.NextURL = next.String()
		}
	}
	return out
}

func fields(h http.Header) (out []subject.Field) {
	for _, name := range slices.Sorted(maps.Keys(h)) {
		for _, v := range h[name] {
			out = append(out, subject.Field{Name: name, Value: v})
		}
	}
	return out
}

// body has errors in the suites' terms.
type body struct{ io.ReadCloser }

func (b body) Read(p []byte) (int, error) {
	n, err := b.ReadCloser.Read(p)
	if err != nil && err != io.EOF {
		err = failed(err)
	}
	return n, err
}

// failed returns an error in the suites' terms.
func failed(err error) *subject.Error {
	return &subject.Error{Kind: kind(err), Err: err}
}

// kind finds out what net/http means by an error; much of it is only said in its text.
func kind(err error) subject.Kind {
	var (
		before  invalid
		hop     *refused
		cert    *tls.CertificateVerificationError
		op      *net.OpError
		netErr  net.Error
		corrupt flate.CorruptInputError
	)
	switch {
	case errors.As(err, &before):
		return subject.Invalid
	case errors.As(err, &hop):
		return subject.Refused
	case errors.Is(err, errRedirects):
		return subject.TooManyRedirects
	case errors.Is(err, context.Canceled):
		return subject.Canceled
	case errors.As(err, &netErr) && netErr.Timeout():
		return subject.Timeout
	case errors.As(err, &cert):
		return subject.TLS
	case errors.As(err, &op) && op.Op == "dial":
		return subject.Connect
	case errors.Is(err, io.ErrUnexpectedEOF):
		return subject.Incomplete
	case errors.Is(err, gzip.ErrHeader), errors.Is(err, gzip.ErrChecksum), errors.As(err, &corrupt):
		return subject.Decoding
	case errors.Is(err, io.EOF):
		return subject.EmptyReply
	case errors.As(err, &op):
		return subject.Transfer
	}
	return byText(err.Error())
}

// byText finds the kinds of errors that have no type.
func byText(text string) subject.Kind {
	for _, row := range []struct {
		part string
		kind subject.Kind
	}{
		{"invalid header field", subject.Invalid},
		{"invalid method", subject.Invalid},
		{"unsupported protocol scheme", subject.Invalid},
		{"no Host in request URL", subject.Invalid},
		{"http: ContentLength=", subject.BodyLength},
		{"malformed HTTP", subject.Protocol},
		{"malformed MIME", subject.Protocol},
		{"malformed chunked", subject.Protocol},
		{"invalid byte in chunk", subject.Protocol},
		{"http chunk length too large", subject.Protocol},
		{"multiple Content-Length headers", subject.Protocol},
		{"bad Content-Length", subject.Protocol},
		{"stream error", subject.Transfer},
		{"server closed idle connection", subject.EmptyReply},
		{"cannot retry", subject.NotReplayable},
	} {
		if strings.Contains(text, row.part) {
			return row.kind
		}
	}
	return subject.Other
}
