package fpserver_test

import (
	"fmt"
	"log"
	"testing"

	"github.com/wirelike/wirelike/fpserver"
)

// A test starts a server, lets its client make a request and looks at what that left on the wire.
func ExampleNewServer() {
	test := func(t *testing.T) {
		srv := fpserver.NewServer(t) // ends with the test
		resp, err := srv.Client().Get(srv.URL + "/get")
		if err != nil {
			t.Fatal(err)
		}
		resp.Body.Close()
		f, err := srv.Conns()[0].Fingerprint()
		if err != nil {
			t.Fatal(err)
		}
		if len(f.HTTP2.Requests) != 1 {
			t.Error("the client made more than one request")
		}
	}
	_ = test
}

// A program has no test to end the server with.
func ExampleNewUnstartedServer() {
	srv := fpserver.NewUnstartedServer(nil)
	if err := srv.Start(); err != nil {
		log.Fatal(err)
	}
	defer srv.Close()
	resp, err := srv.Client().Get(srv.URL + "/get")
	if err != nil {
		log.Fatal(err)
	}
	resp.Body.Close()
	f, err := srv.Conns()[0].Fingerprint()
	if err != nil {
		log.Fatal(err)
	}
	for _, field := range f.HTTP2.Requests[0].Fields[:2] {
		fmt.Println(field.Name, field.Form)
	}
	// Output:
	// :authority incremental:1:value-h
	// :method indexed:2
}
