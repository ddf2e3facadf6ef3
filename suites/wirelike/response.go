package wirelike

import (
	"cmp"
	"errors"
	"io"
	"iter"
	"net/netip"

	"github.com/wirelike/wirelike/client"
	"github.com/wirelike/wirelike/suites/subject"
)

// response returns a response in the suites' terms.
func response(r *client.Response) *subject.Response {
	if r == nil {
		return nil
	}
	out := &subject.Response{
		Status: r.StatusCode, Reason: r.Reason, Protocol: r.Proto, Header: fields(r.Header), URL: r.URL.String(), Body: &body{r.Body},
		Trailer: func() []subject.Field { return fields(r.Trailer()) },
		Text:    func() (string, error) { return second(r.Text()) },
		JSON:    func(v any) error { return failed(r.JSON(v)) },
		Bytes:   func() ([]byte, error) { return second(r.Bytes()) },
		Lines:   func() iter.Seq2[string, error] { return lines(r) },
		Info:    func() subject.Info { return info(r) },
		StatusError: func() error {
			return failed(r.Err())
		},
	}
	if r.NextURL != nil {
		out.NextURL = r.NextURL.String()
	}
	for _, h := range r.History {
		out.History = append(out.History, response(h))
	}
	return out
}

func fields(h client.Header) (out []subject.Field) {
	for name, value := range h.All() {
		out = append(out, subject.Field{Name: name, Value: value})
	}
	return out
}

func lines(r *client.Response) iter.Seq2[string, error] {
	return func(yield func(string, error) bool) {
		for line, err := range r.Lines(nil) {
			if !yield(string(line), failed(err)) {
				return
			}
		}
	}
}

func info(r *client.Response) subject.Info {
	return subject.Info{
		Local: text(r.Info.LocalAddr), Remote: text(r.Info.RemoteAddr), Received: r.Info.Received, Attempts: r.Info.Attempts,
		Encodings: r.Info.Encodings,
	}
}

func text(a netip.AddrPort) string {
	if !a.IsValid() {
		return ""
	}
	return a.String()
}

// second passes a value on, with its error in the suites' terms.
func second[T any](v T, err error) (T, error) { return v, failed(err) }

// body has errors in the suites' terms.
type body struct{ io.ReadCloser }

func (b *body) Read(p []byte) (int, error) {
	n, err := b.ReadCloser.Read(p)
	if err != nil && err != io.EOF {
		err = failed(err)
	}
	return n, err
}

// kinds are the client's kinds in the suites' terms, the finer ones first.
var kinds = []struct {
	of   *client.Kind
	kind subject.Kind
}{
	{client.ErrInvalidRequest, subject.Invalid},
	{client.ErrTimeout, subject.Timeout},
	{client.ErrCanceled, subject.Canceled},
	{client.ErrInternalAddress, subject.Internal},
	{client.ErrTLS, subject.TLS},
	{client.ErrConnect, subject.Connect},
	{client.ErrIncompleteRead, subject.Incomplete},
	{client.ErrEmptyReply, subject.EmptyReply},
	{client.ErrTransfer, subject.Transfer},
	{client.ErrProtocol, subject.Protocol},
	{client.ErrBodyNotReplayable, subject.NotReplayable},
	{client.ErrBodyLength, subject.BodyLength},
	{client.ErrRequestBody, subject.RequestBody},
	{client.ErrTooManyRedirects, subject.TooManyRedirects},
	{client.ErrRedirect, subject.Refused},
	{client.ErrContentDecoding, subject.Decoding},
	{client.ErrTooLarge, subject.TooLarge},
	{client.ErrDecode, subject.Content},
	{client.ErrStatus, subject.Status},
	{client.ErrClosed, subject.Closed},
}

// failed returns an error in the suites' terms, nil for nil. What a browser does not do, or what nobody has seen it do, a client
// that is one cannot.
func failed(err error) error {
	if err == nil {
		return nil
	}
	if un := unlike(err); un != nil {
		return un
	}
	out := &subject.Error{Kind: subject.Other, Err: err}
	var e *client.Error
	if !errors.As(err, &e) {
		return out
	}
	if e.Response != nil {
		out.Response = response(e.Response)
	}
	for _, k := range kinds {
		if e.Kind.Is(k.of) {
			out.Kind = k.kind
			break
		}
	}
	return out
}

// unlike returns what of a request is not in the profile, in words that are the same for all requests alike; nil for other errors,
// an unknown profile among them.
func unlike(err error) error {
	var scheme *client.SchemeError
	var kind *client.KindError
	switch {
	case errors.As(err, &scheme):
		return &subject.Unsupported{What: "http to another host, as " + scheme.Profile}
	case errors.As(err, &kind):
		what := "requests of kind " + string(kind.Kind)
		if kind.Proto != "" {
			what += " over " + kind.Proto
		}
		return &subject.Unsupported{What: what + " as " + cmp.Or(kind.Profile, "a neutral client")}
	}
	return nil
}
