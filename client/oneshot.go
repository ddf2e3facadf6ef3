package client

import (
	"context"
	"errors"
	"io"
	"net/http"
)

// Do sends one request through a session that is made for it with o and closed with the body of the response, which of a 101 is the connection. Several requests
// are better made through a [Session], which keeps connections, TLS sessions and cookies; a neutral Go client is what nil
// options make.
func Do(ctx context.Context, method, url string, o *Options, c *Call) (*Response, error) {
	s, err := New(o)
	if err != nil {
		if c != nil {
			closeReader(c.Body)
		}
		return nil, err
	}
	res, err := s.Do(ctx, method, url, c)
	if err != nil {
		s.Close()
		return nil, err
	}
	if c, ok := res.Body.(io.ReadWriteCloser); ok && res.StatusCode == http.StatusSwitchingProtocols {
		res.Body = &sessionConn{c, s}
		return res, nil
	}
	res.hold.last(func() { go s.Close() }) // it waits for the connection, which may be the one whose Read this is
	return res, nil
}

// sessionConn is the connection of a 101 response that ends with its session: the call is over long before.
type sessionConn struct {
	io.ReadWriteCloser
	s *Session
}

func (c *sessionConn) Close() error { return errors.Join(c.ReadWriteCloser.Close(), c.s.Close()) }

// Get is [Do] with method GET.
func Get(ctx context.Context, url string, o *Options, c *Call) (*Response, error) {
	return Do(ctx, http.MethodGet, url, o, c)
}

// Post is [Do] with method POST.
func Post(ctx context.Context, url string, o *Options, c *Call) (*Response, error) {
	return Do(ctx, http.MethodPost, url, o, c)
}

// Head is [Do] with method HEAD.
func Head(ctx context.Context, url string, o *Options, c *Call) (*Response, error) {
	return Do(ctx, http.MethodHead, url, o, c)
}

// Put is [Do] with method PUT.
func Put(ctx context.Context, url string, o *Options, c *Call) (*Response, error) {
	return Do(ctx, http.MethodPut, url, o, c)
}

// Patch is [Do] with method PATCH.
func Patch(ctx context.Context, url string, o *Options, c *Call) (*Response, error) {
	return Do(ctx, http.MethodPatch, url, o, c)
}

// Delete is [Do] with method DELETE.
func Delete(ctx context.Context, url string, o *Options, c *Call) (*Response, error) {
	return Do(ctx, http.MethodDelete, url, o, c)
}
