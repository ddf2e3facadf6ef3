package engine_test

import (
	"context"
	"errors"
	"io"
	"net"
	"net/http"
	"strings"
	"testing"

	"github.com/wirelike/wirelike/internal/engine"
)

func TestClose(t *testing.T) {
	t.Parallel()
	for _, row := range []struct {
		name  string
		http2 bool
	}{{"http/1.1", false}, {"h2", true}} {
		t.Run(row.name, func(t *testing.T) {
			t.Parallel()
			arrived, release := make(chan struct{}, 2), make(chan struct{})
			s := newServer(t, row.http2, func(w http.ResponseWriter, r *http.Request) {
				if r.URL.Path == "/body" {
					w.(http.Flusher).Flush()
				}
				arrived <- struct{}{}
				<-release
			})
			t.Cleanup(func() { close(release) })
			e := engine.New(&engine.Config{RootCAs: s.ca.Pool()})
			done := make(chan error, 2)
			go func() {
				_, err := e.RoundTrip(request(t, context.Background(), "GET", s.url+"/head", nil))
				done <- err
			}()
			<-arrived
			r, err := e.RoundTrip(request(t, context.Background(), "GET", s.url+"/body", nil))
			if err != nil {
				t.Fatal(err)
			}
			<-arrived
			go func() {
				_, err := io.ReadAll(r.Body)
				done <- err
			}()
			e.Close()
			for range 2 {
				if err := <-done; err == nil {
					t.Error("a running request ended well")
				}
			}
			if _, err := e.RoundTrip(request(t, t.Context(), "GET", s.url, nil)); !errors.Is(err, engine.ErrClosed) {
				t.Errorf("request after Close: %v", err)
			}
			e.Close()
		})
	}
}

func TestCloseWhileDialling(t *testing.T) {
	t.Parallel()
	dialling := make(chan struct{})
	e := engine.New(&engine.Config{DialContext: func(ctx context.Context, _, _ string) (net.Conn, error) {
		close(dialling)
		<-ctx.Done()
		return nil, ctx.Err()
	}})
	body := &closeCounter{Reader: strings.NewReader("x")}
	done := make(chan error, 1)
	go func() {
		_, err := e.RoundTrip(request(t, context.Background(), "POST", "https://localhost:1/", body))
		done <- err
	}()
	<-dialling
	e.Close()
	if err := <-done; !errors.Is(err, engine.ErrClosed) {
		t.Errorf("got %v", err)
	}
	if n := body.n.Load(); n != 1 {
		t.Errorf("the body was closed %d times", n)
	}
}

// TestReplayableBodyClosed: a body that is never handed to a connection is closed by the engine.
func TestReplayableBodyClosed(t *testing.T) {
	t.Parallel()
	boom := errors.New("boom")
	e := newEngine(t, &engine.Config{DialContext: func(context.Context, string, string) (net.Conn, error) { return nil, boom }})
	body := &closeCounter{Reader: strings.NewReader("x")}
	r := request(t, t.Context(), "POST", "https://localhost:1/", body)
	r.GetBody = func() (io.ReadCloser, error) { t.Error("asked for another body"); return nil, boom }
	if _, err := e.RoundTrip(r); !errors.Is(err, boom) {
		t.Errorf("got %v", err)
	}
	if n := body.n.Load(); n != 1 {
		t.Errorf("the body was closed %d times", n)
	}
}
