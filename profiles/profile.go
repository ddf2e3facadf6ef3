// Package profiles says what a browser is, as data: one complete JSON file per browser under data/, embedded, parsed on
// first use. A profile is the order form of a connection (the hello, the HTTP/2 opening, the first request), the header
// lists of each kind of request, what may vary between two connections, and the evidence for each field.
//
// Profiles are shared and must not be modified by their users. All functions are safe for concurrent use.
package profiles

import (
	"maps"
	"slices"

	"github.com/wirelike/wirelike/fingerprint"
)

// Profile is one browser: one version on one system.
type Profile struct {
	// Schema is [Schema].
	Schema string `json:"schema"`
	// Name is the profile's name and the name of its file: "chrome150".
	Name    string  `json:"name"`
	Browser Browser `json:"browser"`
	// First is the first connection over TCP to a server that offers h2, with a navigation as its first request.
	// GREASE values are [fingerprint.GREASE], the server name, ":authority" and ":path" are "*".
	First fingerprint.Fingerprint `json:"first"`
	// Delta has the edits that make the hellos of other situations of First's; see [Profile.Hello].
	Delta map[Situation][]Patch `json:"delta,omitempty"`
	// TLS is what the hellos cannot show of the browser's TLS behaviour.
	TLS TLS `json:"tls,omitzero"`
	// HTTP2 is what First cannot show of the browser's HTTP/2 behaviour.
	HTTP2 HTTP2 `json:"http2"`
	// FormBoundary is the form of the boundary of multipart bodies, one of [Boundaries]. Empty: that of the browser's engine.
	FormBoundary string `json:"form_boundary,omitempty"`
	// Common is part of the text form only; see [FieldList]. It is empty in memory.
	Common FieldList `json:"common,omitempty"`
	// Headers are the header lists by kind of request. In a file they are strings, "name: value"; see [FieldList].
	Headers map[Kind]HeaderSet `json:"headers"`
	// Moves are what a redirect changes in the order of the lists; see [Profile.Followed].
	Moves []Move `json:"moves,omitempty"`
	// Vary is what may differ from First, and what must correlate.
	Vary fingerprint.Vary `json:"vary"`
	// Evidence names the source of each part of First and Headers, by path prefix; the longest prefix wins.
	Evidence []Evidence `json:"evidence"`
}

// Schema names the version of the profile format.
const Schema = "wirelike/profile/1"

// Browser names the browser that a profile stands for.
type Browser struct {
	// Name is "chromium", "chrome", "firefox" …
	Name string `json:"name"`
	// Version is the full version of the build that the evidence comes from.
	Version string `json:"version"`
	OS      string `json:"os"`
	// Engine is "chromium", "firefox" or "webkit".
	Engine string `json:"engine"`
}

// HTTP2 is the HTTP/2 behaviour of an engine.
type HTTP2 struct {
	// HPACK names the policy of the header compressor: "chromium" or "firefox" (see internal/h2). Empty: nobody has seen
	// that engine's, and the client uses its neutral one.
	HPACK string `json:"hpack"`
	// DataFrame is the largest payload of a DATA frame that the browser writes, in bytes.
	DataFrame int `json:"data_frame"`
	// ConnectionRefill and StreamRefill are how many bytes are consumed before the browser gives the window back with
	// a WINDOW_UPDATE.
	ConnectionRefill int `json:"connection_refill"`
	StreamRefill     int `json:"stream_refill"`
	// JoinCookies sends all cookies in one field. Browsers split them, to compress them better (RFC 9113 §8.2.3).
	JoinCookies bool `json:"join_cookies,omitempty"`
	// CancelRedirects resets the stream of a redirect (RST_STREAM CANCEL) whose end has not come when it is followed. Else its
	// body is waited for, within bounds.
	CancelRedirects bool `json:"cancel_redirects,omitempty"`
}

// Kinds returns the kinds of request that the profile has header lists for, sorted.
func (p *Profile) Kinds() []Kind { return slices.Sorted(maps.Keys(p.Headers)) }
