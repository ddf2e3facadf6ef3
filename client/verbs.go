package client

import (
	"context"
	"net/http"
)

// Get is Do with method GET.
func (s *Session) Get(ctx context.Context, url string, c *Call) (*Response, error) {
	return s.Do(ctx, http.MethodGet, url, c)
}

// Head is Do with method HEAD.
func (s *Session) Head(ctx context.Context, url string, c *Call) (*Response, error) {
	return s.Do(ctx, http.MethodHead, url, c)
}

// Post is Do with method POST.
func (s *Session) Post(ctx context.Context, url string, c *Call) (*Response, error) {
	return s.Do(ctx, http.MethodPost, url, c)
}

// Put is Do with method PUT.
func (s *Session) Put(ctx context.Context, url string, c *Call) (*Response, error) {
	return s.Do(ctx, http.MethodPut, url, c)
}

// Patch is Do with method PATCH.
func (s *Session) Patch(ctx context.Context, url string, c *Call) (*Response, error) {
	return s.Do(ctx, http.MethodPatch, url, c)
}

// Delete is Do with method DELETE.
func (s *Session) Delete(ctx context.Context, url string, c *Call) (*Response, error) {
	return s.Do(ctx, http.MethodDelete, url, c)
}

// Options is Do with method OPTIONS.
func (s *Session) Options(ctx context.Context, url string, c *Call) (*Response, error) {
	return s.Do(ctx, http.MethodOptions, url, c)
}

// Trace is Do with method TRACE.
func (s *Session) Trace(ctx context.Context, url string, c *Call) (*Response, error) {
	return s.Do(ctx, http.MethodTrace, url, c)
}

// Query is Do with method QUERY (draft-ietf-httpbis-safe-method-w-body).
func (s *Session) Query(ctx context.Context, url string, c *Call) (*Response, error) {
	return s.Do(ctx, "QUERY", url, c)
}
