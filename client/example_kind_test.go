package client_test

import (
	"context"
	"fmt"

	"github.com/wirelike/wirelike/client"
	"github.com/wirelike/wirelike/profiles"
)

// A page's script asks another origin, with a field of its own: the browser first asks whether it may.
func ExampleCall_kind() {
	s, err := client.New(&client.Options{Profile: "chromium156"})
	if err != nil {
		fmt.Println(err)
		return
	}
	defer s.Close()
	ctx, api, page := context.Background(), "https://api.example.org/items", "https://www.example.org/shop"

	r, err := s.Do(ctx, "OPTIONS", api, &client.Call{Kind: profiles.Preflight, Referrer: page, Header: client.Header{
		{Name: "Access-Control-Request-Method", Value: "PUT"}, {Name: "Access-Control-Request-Headers", Value: "content-type,x-list"},
	}})
	if err != nil {
		fmt.Println(err)
		return
	}
	r.Close()
	r, err = s.Put(ctx, api, &client.Call{Kind: profiles.Fetch, Referrer: page, WithCredentials: true,
		Header: client.Header{{Name: "x-list", Value: "1"}}, JSON: map[string]int{"n": 1}})
	if err != nil {
		fmt.Println(err)
		return
	}
	defer r.Close()
	fmt.Println(r.StatusCode, r.Info.Sent.Get("Origin"))
}
