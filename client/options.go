package client

import (
	"context"
	"crypto/tls"
	"crypto/x509"
	"errors"
	"fmt"
	"io"
	"log/slog"
	"net"
	"time"

	"github.com/wirelike/wirelike/profiles"
)

// Options are the settings of a [Session]. The zero value, like nil, is a neutral Go client. [New] copies them; slices and
// pointers in them must not be written to afterwards.
type Options struct {
	// Transport carries the session's requests, which may share it with other sessions; it is not closed with them. Then
	// the fields from Profile to Time must be zero. Nil: a transport of the session's own, made of these fields.
	Transport *Transport

	// The fields of [Transport] of the same names. With a Profile, plain http is for the machine itself only: see
	// [Transport.Profile].

	Profile            string
	Resolver           *profiles.Resolver
	Custom             *profiles.Profile
	Override           *profiles.Override
	HTTPVersion        HTTPVersion
	RootCAs            *x509.CertPool
	CAFile             string
	CAPEM              []byte
	Env                EnvPolicy
	InsecureSkipVerify bool
	PinnedKeys         []string
	MinTLSVersion      uint16
	MaxTLSVersion      uint16
	CompatRetry        bool
	Certificates       []tls.Certificate
	CertFile           string
	KeyFile            string
	DialContext        func(ctx context.Context, network, addr string) (net.Conn, error)
	Guard              *Guard
	ConnectTimeout     time.Duration
	IdleTimeout        time.Duration
	MaxConnsPerHost    int
	MaxConns           int
	MaxIdlePerHost     int
	MaxIdle            int
	KeyLog             io.Writer
	Rand               io.Reader
	Time               func() time.Time

	// Header has fields for every request. A field of [Call.Header] replaces all of the same name here, and
	// [Call.Remove] removes them.
	Header Header
	// Remove names fields of the browser that are sent with no request, unless a call gives them a value.
	Remove []string
	// NoDefaultHeader leaves out what the client sends by itself: the browser's own fields, or without a profile User-Agent
	// and Accept-Encoding. Hello, HTTP/2 frames and the order of pseudo-header fields stay the browser's, and fields of
	// Header and [Call.Header] take the browser's places. What is left is what the request itself says: Host, what
	// describes a body, Cookie, Origin and Referer as far as [Call.Referrer] asks for them, and the fields that make a
	// preflight or the handshake of a WebSocket one. No browser sends such a request.
	NoDefaultHeader bool
	// BaseURL is what the URLs of calls are resolved against (RFC 3986 §5.2), an absolute http or https URL. Empty: they must
	// be absolute.
	BaseURL string
	// DefaultScheme is "http" or "https" for URLs without "://", such as "example.org/x". Empty: they are an ErrInvalidURL. With a
	// BaseURL, which such a URL is resolved against, it is an ErrInvalidRequest.
	DefaultScheme string
	// Query has pairs for the query of every URL, put in before those of [Call.Query].
	Query Pairs
	// Cookies is where cookies are kept, by its own [JarOptions.Rules]; sessions may share one. Nil: a jar of the session's own,
	// with the rules of the profile's engine, unless NoCookies is set.
	Cookies *Jar
	// NoCookies neither stores nor sends cookies. Default: they are kept as the profile's browser keeps them.
	NoCookies bool
	// Redirect says how redirects are followed. Default: as browsers do.
	Redirect Redirect
	// Retry says which requests are made again. Default: none.
	Retry Retry
	// Timeouts bounds the phases of calls.
	Timeouts Timeouts
	// Auth has the credentials for requests to the origin of a call's URL. Nil: none but those in a URL.
	Auth Auth
	// Netrc has logins by host name, as [ReadNetrc] reads them, that are sent as Basic ones where neither Auth, that of the call or
	// of the session, nor the URL gives any; [Call.Auth] of Some(nil) switches it off, too. A redirect to another origin takes
	// along only what a machine line has for that very host, not default, which any server could ask for by a redirect, and
	// nothing once the chain has gone from https to http. Nil: no file is read.
	Netrc *Netrc
	// FailOnStatus makes a response with a status of 400 or more an ErrStatus, with the response and the first 64 KiB of its
	// body in the error. Default: any status is a success; see [Response.Err].
	FailOnStatus bool
	// Logger gets a record of level debug for each response, failure and retry. Dump gets the same for people, with the heads
	// of requests and responses and the beginning of each piece of a body; its errors are ignored, and it needs no lock of its
	// own. Both hide the values of fields that carry credentials. Nil: nothing is written.
	Logger *slog.Logger
	Dump   io.Writer
	// MaxInFlight bounds the calls that run at the same time, from [Session.Do] until the body has ended; others wait. 0: no
	// bound.
	MaxInFlight int
	// Text says how [Response.Text] decodes. Default: by byte order mark, else by Content-Type, else UTF-8.
	Text TextOptions
	// MaxBody bounds [Response.Bytes], [Response.Text] and [Response.JSON], in bytes after decoding. 0:
	// [DefaultMaxBody]; negative: no bound.
	MaxBody int64
}

// transport returns the transport that the connection fields describe.
func (o *Options) transport() *Transport {
	return &Transport{
		Profile: o.Profile, Resolver: o.Resolver, Custom: o.Custom, Override: o.Override, HTTPVersion: o.HTTPVersion,
		RootCAs: o.RootCAs, CAFile: o.CAFile, CAPEM: o.CAPEM, Env: o.Env, InsecureSkipVerify: o.InsecureSkipVerify, PinnedKeys: o.PinnedKeys,
		MinTLSVersion: o.MinTLSVersion, MaxTLSVersion: o.MaxTLSVersion, CompatRetry: o.CompatRetry,
		Certificates: o.Certificates, CertFile: o.CertFile, KeyFile: o.KeyFile, DialContext: o.DialContext, Guard: o.Guard, ConnectTimeout: o.ConnectTimeout, IdleTimeout: o.IdleTimeout,
		MaxConnsPerHost: o.MaxConnsPerHost, MaxConns: o.MaxConns, MaxIdlePerHost: o.MaxIdlePerHost, MaxIdle: o.MaxIdle,
		KeyLog: o.KeyLog, Rand: o.Rand, Time: o.Time,
	}
}

// validate reports everything that is wrong with the options themselves, joined.
func (o *Options) validate() error {
	var errs []error
	if o.Transport != nil {
		for _, f := range []struct {
			name string
			set  bool
		}{
			{"Profile", o.Profile != ""}, {"Resolver", o.Resolver != nil}, {"Custom", o.Custom != nil}, {"Override", o.Override != nil}, {"HTTPVersion", o.HTTPVersion != HTTPAuto}, {"RootCAs", o.RootCAs != nil},
			{"CAFile", o.CAFile != ""}, {"CAPEM", o.CAPEM != nil}, {"Env", o.Env != 0}, {"PinnedKeys", o.PinnedKeys != nil},
			{"MinTLSVersion", o.MinTLSVersion != 0}, {"MaxTLSVersion", o.MaxTLSVersion != 0}, {"CertFile", o.CertFile != ""}, {"KeyFile", o.KeyFile != ""},
			{"InsecureSkipVerify", o.InsecureSkipVerify}, {"CompatRetry", o.CompatRetry}, {"Certificates", o.Certificates != nil}, {"DialContext", o.DialContext != nil}, {"Guard", o.Guard != nil},
			{"ConnectTimeout", o.ConnectTimeout != 0}, {"IdleTimeout", o.IdleTimeout != 0},
			{"MaxConnsPerHost", o.MaxConnsPerHost != 0}, {"MaxConns", o.MaxConns != 0}, {"MaxIdlePerHost", o.MaxIdlePerHost != 0}, {"MaxIdle", o.MaxIdle != 0},
			{"KeyLog", o.KeyLog != nil}, {"Rand", o.Rand != nil}, {"Time", o.Time != nil},
		} {
			if f.set {
				errs = append(errs, invalid(ErrInvalidRequest, "%s and Transport are both set: the field belongs into the Transport", f.name))
			}
		}
	}
	errs = append(errs, o.validateCalls())
	for _, f := range o.Header {
		if err := checkField(f.Name, f.Value); err != nil {
			errs = append(errs, err)
		}
	}
	if err := checkRemove(o.Remove, o.Header); err != nil {
		errs = append(errs, err)
	}
	return errors.Join(errs...)
}

// checkRemove refuses names that are no names and those that are set beside.
func checkRemove(remove []string, h Header) error {
	for _, name := range remove {
		switch {
		case !isToken(name):
			return invalid(ErrInvalidHeader, "Remove: field name %.80q is not a token", name)
		case h.Has(name):
			return invalid(ErrInvalidHeader, "field %q is both in Header and in Remove", name)
		}
	}
	return nil
}

// validateCalls reports what is wrong with the settings of calls.
func (o *Options) validateCalls() error {
	var errs []error
	if o.BaseURL != "" {
		if base, err := parseWeb(o.BaseURL); err != nil {
			errs = append(errs, fmt.Errorf("BaseURL: %w", err))
		} else if base.User != nil {
			errs = append(errs, invalid(ErrInvalidURL, "BaseURL has credentials: set Auth instead"))
		}
	}
	switch {
	case o.DefaultScheme != "" && o.DefaultScheme != "http" && o.DefaultScheme != "https":
		errs = append(errs, invalid(ErrInvalidRequest, "DefaultScheme is %.40q: want http or https", o.DefaultScheme))
	case o.DefaultScheme != "" && o.BaseURL != "":
		errs = append(errs, invalid(ErrInvalidRequest, "DefaultScheme and BaseURL are both set: a URL without scheme is relative to the latter"))
	}
	switch {
	case o.NoCookies && o.Cookies != nil:
		errs = append(errs, invalid(ErrInvalidRequest, "Cookies and NoCookies are both set"))
	case o.Cookies != nil && !o.Cookies.options.Rules.valid():
		errs = append(errs, invalid(ErrInvalidRequest, "Cookies: there are no rules %d: want RulesCurl, RulesRFC6265bis, RulesChromium or RulesFirefox", o.Cookies.options.Rules))
	}
	if o.Auth != nil {
		errs = append(errs, o.Auth.validate())
	}
	if o.MaxInFlight < 0 {
		errs = append(errs, invalid(ErrInvalidRequest, "MaxInFlight is negative"))
	}
	return errors.Join(append(errs, o.Text.validate(), o.Query.check("Query"), o.Redirect.validate(), o.Retry.validate())...)
}
