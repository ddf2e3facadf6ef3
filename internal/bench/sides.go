package main

import (
	"context"
	"crypto/tls"
	"crypto/x509"
	"errors"
	"fmt"
	"io"
	"net/http"
	"net/http/cookiejar"
	"strings"
	"sync"

	"golang.org/x/net/publicsuffix"

	"github.com/wirelike/wirelike/client"
	"github.com/wirelike/wirelike/profiles"
)

// contentType is a field of both sides' own.
const contentType = "application/octet-stream"

// nethttp makes the exchange of net/http's client, which gets the browser's fields set.
func (r *requests) nethttp(pool *x509.CertPool) error {
	header, err := r.browserHeader()
	if err != nil {
		return err
	}
	t := &http.Transport{
		TLSClientConfig: &tls.Config{RootCAs: pool}, DialContext: r.dial,
		MaxIdleConnsPerHost: r.Workers, // else only two connections would be kept
		Protocols:           &http.Protocols{},
	}
	if r.Protocol == "h2" {
		t.Protocols.SetHTTP2(true)
	} else {
		t.Protocols.SetHTTP1(true)
	}
	r.close = t.CloseIdleConnections
	if r.session() {
		jar, err := cookiejar.New(&cookiejar.Options{PublicSuffixList: publicsuffix.List})
		if err != nil {
			return err
		}
		r.exchange = r.withOwnHeader((&http.Client{Transport: t, Jar: jar, CheckRedirect: unreferred}).Do, header)
		return nil
	}
	if r.Do != doBytes {
		r.exchange = r.over(t.RoundTrip, header)
		return nil
	}
	r.exchange = r.over((&http.Client{Transport: t}).Do, header)
	streamed := r.exchange
	r.exchange = func(ctx context.Context, path string) (io.ReadCloser, error) {
		body, err := streamed(ctx, path)
		if err != nil {
			return nil, err
		}
		defer body.Close()
		data, err := io.ReadAll(body)
		if err != nil {
			return nil, err
		}
		return inMemory(data), nil
	}
	return nil
}

// session tells whether the work is that of a client with cookies and redirects.
func (r *requests) session() bool { return r.Do == doCookies || r.Do == doRedirect }

// owned is an exchange with a header that nobody else has.
type owned struct {
	header   http.Header
	exchange exchange
}

// withOwnHeader makes an exchange of net/http's client with a jar, which writes cookies into the header of the request: each one
// needs a header of its own. It gets a used one, so that making it is not counted here either.
func (r *requests) withOwnHeader(send func(*http.Request) (*http.Response, error), header http.Header) exchange {
	used := sync.Pool{New: func() any {
		h := header.Clone()
		return &owned{h, r.over(send, h)}
	}}
	return func(ctx context.Context, path string) (io.ReadCloser, error) {
		o := used.Get().(*owned)
		body, err := o.exchange(ctx, path)
		delete(o.header, "Cookie")
		used.Put(o) // the header has been sent, since the response is here
		return body, err
	}
}

// unreferred takes out the Referer, which net/http adds to each redirect and a browser to none of an address that was typed.
func unreferred(r *http.Request, _ []*http.Request) error {
	r.Header.Del("Referer")
	return nil
}

// browserHeader returns the fields that the profile sends, as net/http can take them: without their order.
func (r *requests) browserHeader() (http.Header, error) {
	p, err := profiles.Lookup(r.Profile)
	if err != nil {
		return nil, err
	}
	set := p.Headers[profiles.Navigate]
	fields := set.H1
	if r.Protocol == "h2" {
		fields = set.H2
	}
	header := http.Header{}
	for _, f := range fields {
		// Without a value it is a slot of the request's own fields; Host is that of the URL.
		if f.Value != "" && !strings.HasPrefix(f.Name, ":") && !strings.EqualFold(f.Name, "Host") {
			header.Add(f.Name, f.Value)
		}
	}
	if r.Do == doPost {
		header.Set("Content-Type", contentType)
	}
	return header, nil
}

// wirelike makes the exchange of this module's client.
func (r *requests) wirelike(pool *x509.CertPool) error {
	t := &client.Transport{
		Profile: r.Profile, RootCAs: pool, DialContext: r.dial, HTTPVersion: client.HTTP1,
		MaxConnsPerHost: -1, // as net/http has it; browsers make six
	}
	if r.Protocol == "h2" {
		t.HTTPVersion = client.HTTP2
	}
	r.close = func() { t.Close() }
	if r.Do != doBytes && !r.session() {
		header := http.Header{}
		if r.Do == doPost {
			header.Set("Content-Type", contentType)
		}
		r.exchange = r.over(t.RoundTrip, header)
		return nil
	}
	s, err := client.New(&client.Options{Transport: t})
	if err != nil {
		return err
	}
	if r.session() {
		r.exchange = func(ctx context.Context, path string) (io.ReadCloser, error) {
			res, err := s.Get(ctx, "https://localhost:"+r.Port+path, nil)
			if err != nil {
				return nil, err
			}
			if res.StatusCode != http.StatusOK {
				res.Close()
				return nil, errors.New(res.Status())
			}
			return res.Body, nil
		}
		return nil
	}
	r.exchange = func(ctx context.Context, path string) (io.ReadCloser, error) {
		res, err := s.Get(ctx, "https://localhost:"+r.Port+path, nil)
		if err != nil {
			return nil, err
		}
		data, err := res.Bytes()
		if err == nil && res.StatusCode != http.StatusOK {
			err = errors.New(res.Status())
		}
		if err != nil {
			return nil, fmt.Errorf("after %d bytes: %w", len(data), err)
		}
		return inMemory(data), nil
	}
	return nil
}
