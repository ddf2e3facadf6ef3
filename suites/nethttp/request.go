package nethttp

import (
	"bytes"
	"cmp"
	"context"
	"encoding/json"
	"errors"
	"io"
	"net/http"
	"strings"

	"github.com/wirelike/wirelike/suites/subject"
)

// request returns a request in net/http's terms.
func (s *session) request(ctx context.Context, r *subject.Request) (*http.Request, error) {
	body, contentType, err := payload(r)
	if err != nil {
		return nil, err
	}
	req, err := http.NewRequestWithContext(ctx, cmp.Or(r.Method, "GET"), r.URL, body)
	if err != nil {
		return nil, invalid{err}
	}
	if r.Length > 0 {
		req.ContentLength = r.Length
	}
	if r.Replay != nil {
		req.GetBody = r.Replay
	}
	for _, f := range r.Header {
		if strings.EqualFold(f.Name, "Host") {
			req.Host = f.Value
			continue
		}
		req.Header.Add(f.Name, f.Value)
	}
	if contentType != "" && req.Header["Content-Type"] == nil {
		req.Header.Set("Content-Type", contentType)
	}
	for _, c := range r.Cookies {
		req.AddCookie(&http.Cookie{Name: c.Name, Value: c.Value})
	}
	s.setAuth(req, r.Credentials)
	return req, nil
}

// payload returns the one body that a request has.
func payload(r *subject.Request) (body io.Reader, contentType string, err error) {
	n := 0
	if r.Bytes != nil {
		body, n = bytes.NewReader(r.Bytes), n+1
	}
	if r.JSON != nil {
		b, err := json.Marshal(r.JSON)
		if err != nil {
			return nil, "", invalid{err}
		}
		body, contentType, n = bytes.NewReader(b), "application/json", n+1
	}
	if r.Form != nil {
		body, contentType, n = strings.NewReader(values(r.Form).Encode()), "application/x-www-form-urlencoded", n+1
	}
	if r.Stream != nil {
		body, n = r.Stream, n+1
	}
	if n > 1 {
		return nil, "", &subject.Unsupported{What: "a request with two bodies"} // a http.Request has one
	}
	return body, contentType, nil
}

// invalid is an error that came before anything was sent.
type invalid struct{ error }

func (e invalid) Unwrap() error { return e.error }

// refused is an error of a hook.
type refused struct{ error }

func (e *refused) Unwrap() error { return e.error }

var errRedirects = errors.New("too many redirects")
