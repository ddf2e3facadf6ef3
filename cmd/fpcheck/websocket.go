package main

import (
	"context"
	"errors"
	"fmt"
	"net/http"

	"github.com/wirelike/wirelike/client"
	"github.com/wirelike/wirelike/profiles"
)

// do sends the request. There may be a response together with an error.
func (r *sendRequest) do(ctx context.Context, s *client.Session, method string) (*client.Response, error) {
	if profiles.Kind(r.Kind) != profiles.WebSocket {
		return s.Do(ctx, method, r.URL, r.call())
	}
	if method != http.MethodGet {
		return nil, fmt.Errorf("%s: the handshake of a WebSocket is a GET without body, not %s", r.URL, method)
	}
	u, err := s.WebSocket(ctx, r.URL, r.call())
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
