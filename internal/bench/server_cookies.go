package main

import (
	"net/http"
	"strconv"
)

// What the server sets: two cookies that stay, as a login does, and one that each response changes.
var loginCookies = []string{
	"sid=4f1d6c1e0b5a4c0f9d3e7a2b8c6d5e4f; Path=/; Secure; HttpOnly; SameSite=Lax",
	"theme=dark; Path=/; Max-Age=31536000; SameSite=Lax",
}

// login sets the cookies that stay.
func login(w http.ResponseWriter, _ *http.Request) {
	w.Header()["Set-Cookie"] = loginCookies
	w.Header().Set("Content-Length", "0")
}

// cookies serves requests that carry what login has set, and refuses others: work without cookies would not be the same. Each
// response sets one more anew.
func (s *server) cookies(next http.HandlerFunc) http.HandlerFunc {
	return func(w http.ResponseWriter, r *http.Request) {
		sid, err := r.Cookie("sid")
		if err != nil || "sid="+sid.Value != loginCookies[0][:len("sid=")+32] {
			http.Error(w, "the cookies of /login are missing", http.StatusForbidden)
			return
		}
		if _, err := r.Cookie("theme"); err != nil {
			http.Error(w, err.Error(), http.StatusForbidden)
			return
		}
		w.Header().Set("Set-Cookie", "seen="+strconv.FormatInt(s.seen.Add(1), 10)+"; Path=/; Max-Age=3600")
		next(w, r)
	}
}

// redirect leads to the bytes, which want cookies, too.
func redirect(w http.ResponseWriter, r *http.Request) {
	w.Header().Set("Location", "/cookies/"+r.PathValue("n"))
	w.Header().Set("Content-Length", "0")
	w.WriteHeader(http.StatusFound)
}
