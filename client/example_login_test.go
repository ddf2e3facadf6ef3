package client_test

import (
	"context"
	"fmt"
	"net/http"

	"github.com/wirelike/wirelike/client"
	"github.com/wirelike/wirelike/fpserver"
	"github.com/wirelike/wirelike/profiles"
)

// A form is filled in: the session keeps the cookie, follows the redirect, and comes back as the same user.
func ExampleSession_Post_login() {
	srv := club()
	defer srv.Close()
	s, err := client.New(&client.Options{Profile: "chrome-latest", RootCAs: srv.CertPool(), FailOnStatus: true})
	if err != nil {
		fmt.Println(err)
		return
	}
	defer s.Close()
	page := srv.URL + "/login"
	r, err := s.Post(context.Background(), page, &client.Call{
		Kind: profiles.Form, Referrer: page, // as by a click on the page's button
		Form: client.Q("user", "ann", "password", "correct horse"),
	})
	if err != nil {
		fmt.Println(err) // 403 Forbidden is an error, too, with FailOnStatus
		return
	}
	text, err := r.Text()
	fmt.Println(r.History[0].Status(), "->", r.URL.Path, text, err)
	// Output: 303 See Other -> /members Hello, ann! <nil>
}

// club is a server that lets in who has logged in.
func club() *fpserver.Server {
	mux := http.NewServeMux()
	mux.HandleFunc("POST /login", func(w http.ResponseWriter, r *http.Request) {
		if r.PostFormValue("password") != "correct horse" {
			http.Error(w, "who are you?", http.StatusForbidden)
			return
		}
		http.SetCookie(w, &http.Cookie{Name: "member", Value: r.PostFormValue("user"), Secure: true, HttpOnly: true, Path: "/"})
		http.Redirect(w, r, "/members", http.StatusSeeOther)
	})
	mux.HandleFunc("GET /members", func(w http.ResponseWriter, r *http.Request) {
		member, err := r.Cookie("member")
		if err != nil {
			http.Error(w, "log in first", http.StatusUnauthorized)
			return
		}
		fmt.Fprintf(w, "Hello, %s!", member.Value)
	})
	return serve(mux)
}
