package main

import (
	"context"
	"crypto/x509"
	"fmt"
	"os"

	"github.com/wirelike/wirelike/client"
	"github.com/wirelike/wirelike/golden"
	"github.com/wirelike/wirelike/profiles"
)

// clientSubject is this module's client with a built-in profile, as a [golden.KindSubject]: a session per task.
type clientSubject struct {
	profile string
	env     *env
}

// Do implements [golden.Subject].
func (c clientSubject) Do(ctx context.Context, t golden.Task) error {
	o := &client.Options{Profile: c.profile}
	if c.env.rand != nil {
		o.Rand = c.env.rand()
	}
	return perform(ctx, o, t)
}

// customSubject is the client with any profile.
type customSubject struct{ profile *profiles.Profile }

// Do implements [golden.Subject].
func (c customSubject) Do(ctx context.Context, t golden.Task) error {
	return perform(ctx, &client.Options{Custom: c.profile}, t)
}

// perform does the requests of a task in one session.
func perform(ctx context.Context, o *client.Options, t golden.Task) error {
	pem, err := os.ReadFile(t.CAFile)
	if err != nil {
		return err
	}
	o.RootCAs = x509.NewCertPool()
	if !o.RootCAs.AppendCertsFromPEM(pem) {
		return fmt.Errorf("%s: no certificate in it", t.CAFile)
	}
	s, err := client.New(o)
	if err != nil {
		return err
	}
	defer s.Close()
	for i := range t.Requests {
		if err := request(ctx, s, &t.Requests[i]); err != nil {
			return err
		}
	}
	return nil
}
