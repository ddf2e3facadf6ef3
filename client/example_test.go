package client_test

import (
	"context"
	"errors"
	"fmt"
	"io"
	"net/http"
	"os"
	"path/filepath"

	"github.com/wirelike/wirelike/client"
	"github.com/wirelike/wirelike/fpserver"
	"github.com/wirelike/wirelike/profiles"
)

// start returns a server that answers what it has seen, for the examples.
func start() *fpserver.Server { return serve(nil) }

// serve returns such a server, with a handler for what it has no answer to.
func serve(h http.Handler) *fpserver.Server {
	srv := fpserver.NewUnstartedServer(nil)
	srv.Handler = h
	if err := srv.Start(); err != nil {
		panic(err)
	}
	return srv
}

// tempFile returns the path of a file with so many bytes, in a directory of its own that the example removes.
func tempFile(name string, size int) string {
	dir, err := os.MkdirTemp("", "wirelike-example-")
	if err != nil {
		panic(err)
	}
	path := filepath.Join(dir, name)
	if err := os.WriteFile(path, make([]byte, size), 0o600); err != nil {
		panic(err)
	}
	return path
}

func ExampleNew() {
	srv := start()
	defer srv.Close()

	s, err := client.New(&client.Options{Profile: "chromium156", RootCAs: srv.CertPool()})
	if err != nil {
		fmt.Println(err)
		return
	}
	defer s.Close()
	r, err := s.Post(context.Background(), srv.URL+"/json", &client.Call{
		Header: client.Header{{Name: "X-Requested-By", Value: "me"}},
		JSON:   map[string]string{"hello": "world"},
	})
	if err != nil {
		fmt.Println(err)
		return
	}
	defer r.Close()
	fmt.Println(r.Status(), r.Proto)
	for name, value := range r.Info.Sent.All() {
		if name == "content-type" || name == "x-requested-by" || name == "accept-encoding" {
			fmt.Println(name+":", value)
		}
	}
	// Output:
	// 200 OK HTTP/2.0
	// content-type: application/json
	// accept-encoding: gzip, deflate, br, zstd
	// x-requested-by: me
}

func ExampleNew_unknownProfile() {
	_, err := client.New(&client.Options{Profile: "chromium1"})
	var unknown *profiles.UnknownError
	fmt.Println(errors.Is(err, client.ErrImpersonate), errors.As(err, &unknown))
	// Output: true true
}

func ExampleSession_Get() {
	srv := start()
	defer srv.Close()
	s, err := client.New(&client.Options{Profile: "firefox153_linux", RootCAs: srv.CertPool()})
	if err != nil {
		fmt.Println(err)
		return
	}
	defer s.Close()

	r, err := s.Get(context.Background(), srv.URL+"/fp", &client.Call{Query: client.Q("page", "2")})
	if err != nil {
		fmt.Println(err)
		return
	}
	var seen fpserver.Report
	if err := r.JSON(&seen); err != nil {
		fmt.Println(err)
		return
	}
	fmt.Println(r.StatusCode, seen.Request.Method, seen.Request.Path, seen.Connection.TLS.ALPN)
	fmt.Println("differences from", seen.Nearest.Name+":", seen.Nearest.Mismatches)
	// Output:
	// 200 GET /fp?page=2 h2
	// differences from firefox153_linux: 0
}

func ExampleTransport() {
	srv := start()
	defer srv.Close()

	tr := &client.Transport{Profile: "chromium156", RootCAs: srv.CertPool()}
	defer tr.Close()
	c := &http.Client{Transport: tr}
	res, err := c.Get(srv.URL + "/json")
	if err != nil {
		fmt.Println(err)
		return
	}
	defer res.Body.Close()
	_, err = io.Copy(io.Discard, res.Body)
	fmt.Println(res.Status, res.Proto, err)
	// Output: 200 OK HTTP/2.0 <nil>
}

func ExampleError() {
	s, err := client.New(nil)
	if err != nil {
		fmt.Println(err)
		return
	}
	defer s.Close()
	_, err = s.Get(context.Background(), "ftp://example.org/", nil)
	var e *client.Error
	if errors.As(err, &e) {
		fmt.Println(e.Code, int(e.Code), errors.Is(err, client.ErrInvalidRequest))
	}
	fmt.Println(err)
	// Output:
	// UNSUPPORTED_PROTOCOL 1 true
	// client: GET ftp://example.org/: unsupported protocol: scheme "ftp" is neither http nor https
}
