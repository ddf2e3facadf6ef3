package client

import (
	"encoding/base64"
	"fmt"
	"log/slog"
	"net/http"
	"net/url"
	"strings"
	"unicode"
)

// Auth are credentials: [Basic], [Bearer] or [*Digest]. Their texts, in logs and with every verb of package fmt, are without
// the secret.
type Auth interface {
	// authorize returns the value of Authorization for a request, "" for none.
	authorize(r *http.Request) (string, error)
	// challenged tells whether a response with status 401 asks for what can be given on another try.
	challenged(u *url.URL, header Header) bool
	// validate refuses what cannot be sent.
	validate() error
}

// Basic are a user and a password that are sent with each request, in UTF-8 (RFC 7617). Either may be empty. A colon in User is an
// ErrInvalidRequest, since it would begin the password, and so are control characters.
type Basic struct{ User, Password string }

func (b Basic) authorize(*http.Request) (string, error) {
	if err := b.validate(); err != nil {
		return "", err
	}
	return "Basic " + base64.StdEncoding.EncodeToString([]byte(b.User+":"+b.Password)), nil
}

func (Basic) challenged(*url.URL, Header) bool { return false } // what it has was sent

func (b Basic) validate() error {
	if strings.Contains(b.User, ":") {
		return invalid(ErrInvalidRequest, "the user name for Basic has a colon")
	}
	return checkSecrets("Basic", b.User, b.Password)
}

// String returns the credentials without the password.
func (b Basic) String() string { return fmt.Sprintf("Basic{User: %q, Password: ***}", b.User) }

// Format implements [fmt.Formatter]: all verbs give String.
func (b Basic) Format(s fmt.State, _ rune) { fmt.Fprint(s, b.String()) }

// LogValue implements [slog.LogValuer].
func (b Basic) LogValue() slog.Value { return slog.StringValue(b.String()) }

// Bearer is a token that is sent with each request (RFC 6750).
type Bearer struct{ Token string }

func (b Bearer) authorize(*http.Request) (string, error) {
	if err := b.validate(); err != nil {
		return "", err
	}
	return "Bearer " + b.Token, nil
}

func (Bearer) challenged(*url.URL, Header) bool { return false }

// validate holds the token to token68 (RFC 9110 §11.2).
func (b Bearer) validate() error {
	text := strings.TrimRight(b.Token, "=")
	if text == "" {
		return invalid(ErrInvalidRequest, "the token for Bearer is empty")
	}
	for i := range len(text) {
		if !isToken68(text[i]) {
			return invalid(ErrInvalidRequest, "byte %d of the token for Bearer cannot stand in one", i)
		}
	}
	return nil
}

// String tells that there is a token.
func (Bearer) String() string { return "Bearer{Token: ***}" }

// Format implements [fmt.Formatter]: all verbs give String.
func (b Bearer) Format(s fmt.State, _ rune) { fmt.Fprint(s, b.String()) }

// LogValue implements [slog.LogValuer].
func (b Bearer) LogValue() slog.Value { return slog.StringValue(b.String()) }

// basicAuth returns the credentials of a URL, which are decoded.
func basicAuth(u *url.Userinfo) Auth {
	password, _ := u.Password()
	return Basic{u.Username(), password}
}

// checkSecrets refuses control characters, which neither Basic nor Digest can carry (RFC 7617 §2).
func checkSecrets(scheme string, secrets ...string) error {
	for _, s := range secrets {
		if strings.ContainsFunc(s, unicode.IsControl) {
			return invalid(ErrInvalidRequest, "user or password for %s has a control character", scheme)
		}
	}
	return nil
}
