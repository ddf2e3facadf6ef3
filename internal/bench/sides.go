package main

import (
	"context"
	"crypto/tls"
	"crypto/x509"
	"errors"
	"fmt"
	"io"
	"net/http"
	"strings"

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
	if r.Do != doBytes {
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
