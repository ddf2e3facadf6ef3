package fpserver

import (
	"encoding/base64"
	"net/http"
	"strings"
)

const realm = "fpserver"

// authAnswer is the answer of /auth to a request that may pass.
type authAnswer struct {
	Scheme    string `json:"scheme"`
	User      string `json:"user,omitempty"`
	Algorithm string `json:"algorithm,omitempty"`
	QOP       string `json:"qop,omitempty"`
	NC        string `json:"nc,omitempty"`
}

// refuseAuth answers 401 and says why.
func refuseAuth(w http.ResponseWriter, why string, challenges ...string) {
	w.Header()["Www-Authenticate"] = challenges
	fail(w, http.StatusUnauthorized, why)
}

// credentials returns what follows the scheme in the one Authorization field.
func credentials(r *http.Request, scheme string) (string, string) {
	all := r.Header["Authorization"]
	if len(all) == 0 {
		return "", "there is no Authorization field"
	}
	if len(all) > 1 {
		return "", "there are several Authorization fields"
	}
	got, rest, _ := strings.Cut(all[0], " ")
	if !strings.EqualFold(got, scheme) {
		return "", "the scheme is not " + scheme
	}
	return strings.TrimLeft(rest, " "), ""
}

// authBasic wants the user and the password of the path (RFC 7617).
func (s *Server) authBasic(w http.ResponseWriter, r *http.Request) {
	if !readQuery(r).done(w) {
		return
	}
	if _, err := s.drain(w, r, nil); err != nil {
		return
	}
	const challenge = `Basic realm="` + realm + `", charset="UTF-8"`
	text, why := credentials(r, "Basic")
	if why != "" {
		refuseAuth(w, why, challenge)
		return
	}
	b, err := base64.StdEncoding.DecodeString(text)
	user, password, ok := strings.Cut(string(b), ":")
	switch {
	case err != nil || !ok:
		refuseAuth(w, "the credentials are not base64 of user:password", challenge)
	case user != r.PathValue("user") || password != r.PathValue("password"):
		refuseAuth(w, "user or password is wrong", challenge)
	default:
		writeJSON(w, http.StatusOK, authAnswer{Scheme: "Basic", User: user})
	}
}

// authBearer wants the token of the path (RFC 6750).
func (s *Server) authBearer(w http.ResponseWriter, r *http.Request) {
	if !readQuery(r).done(w) {
		return
	}
	if _, err := s.drain(w, r, nil); err != nil {
		return
	}
	const challenge = `Bearer realm="` + realm + `"`
	token, why := credentials(r, "Bearer")
	switch {
	case why != "":
		refuseAuth(w, why, challenge)
	case token != r.PathValue("token"):
		refuseAuth(w, "the token is wrong", challenge+`, error="invalid_token"`)
	default:
		writeJSON(w, http.StatusOK, authAnswer{Scheme: "Bearer"})
	}
}
