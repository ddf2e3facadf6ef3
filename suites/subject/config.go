package subject

import (
	"crypto/x509"
	"errors"
	"time"
)

// Config is how a client is made. The zero value is a client with cookies that follows redirects, retries nothing and has no
// credentials.
type Config struct {
	// CA has the certificates, in PEM, of the authorities that the client shall trust.
	CA []byte
	// Hosts maps names of hosts to the IP addresses that they have for the client. Other names are resolved as usual.
	Hosts map[string]string
	// Protocol is the version of HTTP to speak: "http/1.1", "h2", or empty for what the server prefers.
	Protocol string
	// Header has fields for every request. A field of the same name in [Request.Header] takes the place of all of them.
	Header []Field
	// BaseURL is what the URLs of requests are resolved against. Empty: they are absolute.
	BaseURL string
	// Query has pairs for the query of every request, before its own.
	Query []Field
	// NoCookies keeps no cookies.
	NoCookies bool
	// Now is the clock of the cookies. Nil: time.Now.
	Now func() time.Time
	// Neutral wants a client that does not pretend to be a browser.
	Neutral bool
	// Redirect, Retry, Timeouts and Credentials are for requests that have none of their own.
	Redirect    Redirect
	Retry       Retry
	Timeouts    Timeouts
	Credentials *Credentials
	// FailOnStatus makes a status of 400 and above an error of the kind [Status].
	FailOnStatus bool
	// MaxBody is how many bytes of a body, after decoding, [Response.Bytes] and its like read at most; more is an error of the kind
	// [TooLarge]. 0: the client's own bound.
	MaxBody int64
}

// Pool returns the certificates of CA.
func (c *Config) Pool() (*x509.CertPool, error) {
	pool := x509.NewCertPool()
	if !pool.AppendCertsFromPEM(c.CA) {
		return nil, errors.New("subject: no certificate in Config.CA")
	}
	return pool, nil
}

// Follow is what becomes of redirects.
type Follow int

// The ways to follow.
const (
	FollowAll  Follow = iota // as browsers do (Fetch §4.4)
	FollowNone               // a redirect is a response
	FollowSafe               // as FollowAll, but to no internal address: an error of the kind Internal
)

// Redirect says how redirects are followed.
type Redirect struct {
	Follow Follow
	// Max is how many are followed; one more is an error of the kind [TooManyRedirects]. 0: the client's own number; negative: any
	// number.
	Max int
	// Allow has prefixes of addresses (RFC 4632 §3.1) that FollowSafe lets through.
	Allow []string
	// First lets FollowSafe judge the request's own address, too.
	First bool
	// Keep says that a header field of the caller's goes along to another origin. Nil: the client decides.
	Keep func(name, from, to string) bool
	// Hop is called before each redirect is followed; an error of it ends the call with the kind [Refused].
	Hop func(redirect *Response, next string) error
}

// Retry says which requests are made again.
type Retry struct {
	// Count is how many retries there are at most.
	Count int
	// Delay is the pause before the first one. It grows linearly, or with Exponential twofold from one to the next.
	Delay       time.Duration
	Exponential bool
	// MaxDelay bounds the pauses; 0: no bound. A server that wants a longer one with Retry-After is not asked again.
	MaxDelay time.Duration
	// Jitter is the greatest random addition to a pause.
	Jitter time.Duration
	// IgnoreRetryAfter passes over what the server says.
	IgnoreRetryAfter bool
	// NonIdempotent retries any method, also when the server may have processed the request.
	NonIdempotent bool
	// On decides for itself whether there is another try after the given one (from 1), which ended with a status, or with 0 and an
	// error.
	On func(number, status int, err error) bool
}

// Timeouts bound a call; what runs out is an error of the kind [Timeout]. 0: the client's own bound.
type Timeouts struct {
	Total   time.Duration // of the whole call
	Connect time.Duration // until there is a connection, with TLS
	Headers time.Duration // from the request to the head of the response
	Stall   time.Duration // without any byte of a body
}

// Credentials are sent with requests to the origin of the request's URL.
type Credentials struct {
	// Scheme is "basic" (RFC 7617), "digest" (RFC 7616) or "bearer" (RFC 6750).
	Scheme string
	// User and Password are those of basic and digest.
	User, Password string
	// Token is that of bearer.
	Token string
}
