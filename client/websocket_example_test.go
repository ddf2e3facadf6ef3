package client_test

import (
	"context"
	"fmt"

	"github.com/wirelike/wirelike/client"
	"github.com/wirelike/wirelike/fpserver"
)

func ExampleSession_WebSocket() {
	srv := fpserver.NewUnstartedServer(nil) // a test gives its *testing.T
	if err := srv.Start(); err != nil {
		fmt.Println(err)
		return
	}
	defer srv.Close()
	s, err := client.New(&client.Options{RootCAs: srv.CertPool()})
	if err != nil {
		fmt.Println(err)
		return
	}
	defer s.Close()
	ctx := context.Background()
	u, err := s.WebSocket(ctx, srv.URL+"/ws/echo", nil)
	if err != nil {
		fmt.Println(err)
		return
	}
	fmt.Println(u.Response.Status())
	fmt.Println(u.Close(ctx))
	// Output:
	// 101 Switching Protocols
	// <nil>
}
