package main

import (
	"context"

	"github.com/wirelike/wirelike/client"
	"github.com/wirelike/wirelike/golden"
	"github.com/wirelike/wirelike/internal/task"
)

// clientSubject is this module's client with a built-in profile, as a [golden.KindSubject]. Of a source of randomness each
// task gets a new one.
type clientSubject struct {
	profile string
	env     *env
}

// Do implements [golden.Subject].
func (c clientSubject) Do(ctx context.Context, t golden.Task) error {
	o := client.Options{Profile: c.profile}
	if c.env.rand != nil {
		o.Rand = c.env.rand()
	}
	return task.Client{Options: o}.Do(ctx, t)
}

// DoKinds implements [golden.KindSubject].
func (c clientSubject) DoKinds(ctx context.Context, t golden.Task) error { return c.Do(ctx, t) }
