package client_test

import (
	"context"
	"encoding/json"
	"errors"
	"fmt"
	"net/http"

	"github.com/wirelike/wirelike/client"
	"github.com/wirelike/wirelike/fpserver"
	"github.com/wirelike/wirelike/profiles"
)

// A JSON API: values go out and come in as JSON, and what the server refuses says why.
func ExampleSession_Post_json() {
	srv := shop()
	defer srv.Close()
	s, err := client.New(&client.Options{Profile: "firefox-latest", RootCAs: srv.CertPool(), BaseURL: srv.URL, FailOnStatus: true})
	if err != nil {
		fmt.Println(err)
		return
	}
	defer s.Close()

	for _, o := range []order{{Item: "tea", Count: 2}, {Item: "tea", Count: -1}} {
		stored, err := buy(context.Background(), s, o)
		fmt.Println(stored.ID, err, errors.Is(err, client.ErrStatus))
	}
	// Output:
	// 7 <nil> false
	// 0 shop: count must be positive (422 Unprocessable Entity) true
}

// buy sends an order, and returns it as the server has stored it.
func buy(ctx context.Context, s *client.Session, o order) (stored order, err error) {
	r, err := s.Post(ctx, "/api/orders", &client.Call{Kind: profiles.Fetch, JSON: o})
	if err != nil {
		var refused struct{ Detail string }
		if e, ok := errors.AsType[*client.Error](err); ok && e.Response != nil && e.Response.JSON(&refused) == nil {
			err = &shopError{refused.Detail, e}
		}
		return order{}, err
	}
	err = r.JSON(&stored)
	return stored, err
}

type order struct {
	ID    int    `json:"id,omitempty"`
	Item  string `json:"item"`
	Count int    `json:"count"`
}

// shopError is what the server says, with the client's error as its cause.
type shopError struct {
	detail string
	cause  *client.Error
}

func (e *shopError) Error() string {
	return fmt.Sprintf("shop: %s (%s)", e.detail, e.cause.Response.Status())
}
func (e *shopError) Unwrap() error { return e.cause }

// shop is a server that takes orders.
func shop() *fpserver.Server {
	mux := http.NewServeMux()
	mux.HandleFunc("POST /api/orders", func(w http.ResponseWriter, r *http.Request) {
		var o order
		switch err := json.NewDecoder(r.Body).Decode(&o); {
		case err != nil:
			http.Error(w, err.Error(), http.StatusBadRequest)
		case o.Count <= 0:
			w.Header().Set("Content-Type", "application/problem+json")
			w.WriteHeader(http.StatusUnprocessableEntity)
			fmt.Fprint(w, `{"detail":"count must be positive"}`)
		default:
			o.ID = 7
			json.NewEncoder(w).Encode(o)
		}
	})
	return serve(mux)
}
