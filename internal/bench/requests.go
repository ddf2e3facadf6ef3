package main

import (
	"bytes"
	"context"
	"crypto/x509"
	"errors"
	"fmt"
	"io"
	"net"
	"net/http"
	"strconv"
	"sync"
	"sync/atomic"
)

// exchange sends a request of the scenario for a path of the server and returns the body, which is the whole one already
// when the scenario is about that.
type exchange func(ctx context.Context, path string) (io.ReadCloser, error)

// requests is the work of sending requests over connections that are kept alive.
type requests struct {
	*task
	exchange exchange
	close    func()
	buffers  [][]byte // one for each worker
	dials    atomic.Int64
	before   int64 // dials before what is measured
}

func newRequests(t *task, pool *x509.CertPool) (*requests, error) {
	r := &requests{task: t}
	for range t.Workers {
		r.buffers = append(r.buffers, make([]byte, 32<<10))
	}
	var err error
	if t.Side == ours {
		err = r.wirelike(pool)
	} else {
		err = r.nethttp(pool)
	}
	return r, err
}

// dial is how both sides connect.
func (r *requests) dial(ctx context.Context, network, addr string) (net.Conn, error) {
	r.dials.Add(1)
	return (&net.Dialer{}).DialContext(ctx, network, addr)
}

// request is what both sides give to their transport. The header is shared: that the caller makes it is not the
// transport's cost.
func (r *requests) request(ctx context.Context, path string, header http.Header, body []byte) (*http.Request, error) {
	method, content := http.MethodGet, io.Reader(nil)
	if r.Do == doPost {
		method, content = http.MethodPost, bytes.NewReader(body)
	}
	req, err := http.NewRequestWithContext(ctx, method, "https://localhost:"+r.Port+r.Base+path, content)
	if err == nil {
		req.Header = header
	}
	return req, err
}

// content is the body of requests.
func (r *requests) content() []byte {
	if r.Do != doPost {
		return nil
	}
	return bytes.Repeat([]byte("0123456789abcdef"), r.Size/16)
}

// over makes an exchange of a transport.
func (r *requests) over(send func(*http.Request) (*http.Response, error), header http.Header) exchange {
	content := r.content()
	return func(ctx context.Context, path string) (io.ReadCloser, error) {
		req, err := r.request(ctx, path, header, content)
		if err != nil {
			return nil, err
		}
		res, err := send(req)
		if err != nil {
			return nil, err
		}
		if res.StatusCode != http.StatusOK {
			res.Body.Close()
			return nil, errors.New(res.Status)
		}
		return res.Body, nil
	}
}

// loaded is a body in memory.
type loaded struct{ bytes.Reader }

func (*loaded) Close() error { return nil }

func inMemory(data []byte) *loaded {
	b := &loaded{}
	b.Reset(data)
	return b
}

const warmUp = 50 // requests of each worker that are not measured

// prepare makes the connections, one for each worker over HTTP/1.1, and has the server say what it gets.
func (r *requests) prepare(ctx context.Context) (string, error) {
	if r.session() {
		body, err := r.exchange(ctx, "/login")
		if err != nil {
			return "", err
		}
		if _, err := drain(body, r.buffers[0]); err != nil {
			return "", err
		}
	}
	body, err := r.exchange(ctx, "/echo")
	if err != nil {
		return "", err
	}
	proof, err := io.ReadAll(body)
	if err := errors.Join(err, body.Close()); err != nil {
		return "", err
	}
	meet := "/hold/" + strconv.Itoa(r.Workers)
	err = r.spread(r.Workers, func(buf []byte) error {
		body, err := r.exchange(ctx, meet)
		if err != nil {
			return err
		}
		_, err = drain(body, buf)
		return err
	})
	if err == nil {
		err = r.some(ctx, warmUp*r.Workers)
	}
	r.before = r.dials.Load()
	return string(proof), err
}

func (r *requests) run(ctx context.Context, n int) error { return r.some(ctx, n) }

func (r *requests) finish() error {
	r.close()
	if n := r.dials.Load() - r.before; n != 0 {
		return fmt.Errorf("%d connections were not kept alive", n)
	}
	return nil
}

// some sends n requests.
func (r *requests) some(ctx context.Context, n int) error {
	path, want := "/bytes/"+strconv.Itoa(r.Size), r.Size
	switch r.Do {
	case doPost:
		path, want = "/sink", len(strconv.Itoa(r.Size))
	case doCookies, doRedirect:
		path = "/" + r.Do + "/" + strconv.Itoa(r.Size)
	}
	return r.spread(n, func(buf []byte) error {
		body, err := r.exchange(ctx, path)
		if err != nil {
			return err
		}
		got, err := drain(body, buf)
		if err == nil && got != want {
			err = fmt.Errorf("%d bytes instead of %d", got, want)
		}
		return err
	})
}

// spread calls f n times, by as many goroutines as the scenario has workers, each with a buffer of its own.
func (r *requests) spread(n int, f func(buf []byte) error) error {
	var all sync.WaitGroup
	errs := make([]error, r.Workers)
	for i := range r.Workers {
		share := n / r.Workers
		if i < n%r.Workers {
			share++
		}
		all.Go(func() {
			for range share {
				if errs[i] = f(r.buffers[i]); errs[i] != nil {
					return
				}
			}
		})
	}
	all.Wait()
	return errors.Join(errs...)
}

// drain reads a body to its end and closes it. A body in memory has been read already.
func drain(body io.ReadCloser, buf []byte) (int, error) {
	if b, ok := body.(*loaded); ok {
		return b.Len(), nil
	}
	defer body.Close()
	total := 0
	for {
		n, err := body.Read(buf)
		total += n
		if err == io.EOF {
			return total, nil
		}
		if err != nil {
			return total, err
		}
	}
}
