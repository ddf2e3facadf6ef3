package main

import (
	"context"
	"errors"
	"fmt"
	"net/http"

	"github.com/wirelike/wirelike/client"
	"github.com/wirelike/wirelike/cmd/fpcheck/internal/shorthand"
	"github.com/wirelike/wirelike/profiles"
)

// do sends the request. There may be a response together with an error.
func (r *sendRequest) do(ctx context.Context, s *client.Session) (*client.Response, error) {
	if r.Err != nil {
		return nil, r.Err
	}
	method := r.method()
	socket := profiles.Kind(r.Kind) == profiles.WebSocket
	if socket && (method != http.MethodGet || r.File != "") {
		return nil, fmt.Errorf("%s: the handshake of a WebSocket is a GET without body, not %s", shorthand.Redacted(r.URL), method)
	}
	c, err := r.call()
	if err != nil {
		return nil, err
	}
	if !socket {
		return s.Do(ctx, method, r.URL, c)
	}
	c.SendRate, c.RecvRate = 0, 0 // it has no bodies
	u, err := s.WebSocket(ctx, r.URL, c)
	if err != nil {
		var e *client.Error
		if errors.As(err, &e) && e.Response != nil { // refused, in so many words
			return e.Response, err
		}
		return nil, err
	}
	err = u.Close(ctx)
	u.Response.Body = http.NoBody // it was the connection
	return u.Response, err
}
