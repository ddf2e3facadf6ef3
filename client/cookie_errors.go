package client

import "fmt"

// The kinds of errors about cookies.
var (
	// ErrInvalidCookie: a cookie cannot be kept as it is; nothing was changed. Of servers' cookies none is an error: they
	// are dropped, as in browsers.
	ErrInvalidCookie = kind("invalid cookie", CodeBadFunctionArgument, ErrInvalidRequest)
	// ErrCookiePrefix: the name begins with __Secure- or __Host-, and the cookie is not what that promises.
	ErrCookiePrefix = kind("cookie prefix", CodeBadFunctionArgument, ErrInvalidCookie)
	// ErrCookieDomain: the domain is none, is a public suffix, or does not cover the host.
	ErrCookieDomain = kind("cookie domain", CodeBadFunctionArgument, ErrInvalidCookie)
	// ErrCookieConflict: several cookies of one name have different values, and nothing says which is meant.
	ErrCookieConflict = kind("cookie conflict", CodeBadFunctionArgument, ErrInvalidRequest)
	// ErrCookieFile: what was read is no file of cookies.
	ErrCookieFile = kind("cookie file", CodeReadError)
)

// cookieError returns an error of the jar's methods. It never has a value in it.
func cookieError(op string, k *Kind, format string, args ...any) error {
	return newError(op, nil, &fault{k, fmt.Errorf(format, args...)})
}
