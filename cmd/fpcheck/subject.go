package main

import (
	"context"
	"crypto/x509"
	"errors"
	"fmt"
	"io"
	"os"

	"github.com/wirelike/wirelike/client"
	"github.com/wirelike/wirelike/golden"
)

// clientSubject is this module's client with a profile, as a [golden.Subject]: a session per task.
type clientSubject struct {
	profile string
	env     *env
}

// Do implements [golden.Subject].
func (c clientSubject) Do(ctx context.Context, t golden.Task) error {
	pem, err := os.ReadFile(t.CAFile)
	if err != nil {
		return err
	}
	pool := x509.NewCertPool()
	if !pool.AppendCertsFromPEM(pem) {
		return fmt.Errorf("%s: no certificate in it", t.CAFile)
	}
	o := &client.Options{Profile: c.profile, RootCAs: pool}
	if c.env.rand != nil {
		o.Rand = c.env.rand()
	}
	s, err := client.New(o)
	if err != nil {
		return err
	}
	defer s.Close()
	for _, r := range t.Requests {
		res, err := s.Get(ctx, r.URL, &client.Call{Kind: r.Kind})
		if err != nil {
			return err
		}
		_, err = io.Copy(io.Discard, res.Body)
		if err := errors.Join(err, res.Close(), res.Err()); err != nil {
			return fmt.Errorf("%s: %w", r.URL, err)
		}
	}
	return nil
}
