// Package task lets this module's client do the tasks that goldens set: the one way in which fpcheck and the suites try it.
package task

import (
	"cmp"
	"context"
	"errors"
	"fmt"
	"io"
	"net/http"

	"github.com/wirelike/wirelike/client"
	"github.com/wirelike/wirelike/golden"
	"github.com/wirelike/wirelike/profiles"
)

// Client is the client with its options, as a [golden.KindSubject]: a session for each task, which trusts the task's server
// alone.
type Client struct{ Options client.Options }

// Do implements [golden.Subject].
func (c Client) Do(ctx context.Context, t golden.Task) error {
	o := c.Options
	o.RootCAs, o.CAFile, o.CAPEM = nil, t.CAFile, nil
	s, err := client.New(&o)
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

// DoKinds implements [golden.KindSubject]. Redirects are not followed: the request that one leads to is made like any
// other.
func (c Client) DoKinds(ctx context.Context, t golden.Task) error { return c.Do(ctx, t) }

// request makes one request of a task and reads the response. Of a WebSocket it makes the handshake and closes it.
func request(ctx context.Context, s *client.Session, r *golden.TaskRequest) error {
	c := &client.Call{
		Kind: r.Kind, Referrer: r.Referrer, Scripted: r.Scripted, WithCredentials: r.Credentials, Bytes: r.Body,
		Redirect: client.Some(client.Redirect{Follow: client.FollowNone}),
	}
	for _, f := range r.Header {
		c.Header.Add(f.Name, f.Value)
	}
	if r.Kind == profiles.WebSocket {
		u, err := s.WebSocket(ctx, r.URL, c)
		if err != nil {
			return err
		}
		return u.Close(ctx)
	}
	res, err := s.Do(ctx, cmp.Or(r.Method, http.MethodGet), r.URL, c)
	if err != nil {
		return err
	}
	_, err = io.Copy(io.Discard, res.Body)
	if err := errors.Join(err, res.Close(), res.Err()); err != nil {
		return fmt.Errorf("%s: %w", r.URL, err)
	}
	return nil
}
