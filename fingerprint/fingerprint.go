// Package fingerprint is the wire model of an HTTP client: what a ClientHello, an HTTP/1.1 head and an HTTP/2
// connection look like, field by field, and the names that the field gives to them (JA3, JA4, PeetPrint, Akamai).
//
// The same [Fingerprint] value is order form, receipt and invoice: a profile holds the one that a client must send,
// a server reconstructs the one that it saw (from a [Capture], which is raw and lossless), and [Diff] compares two,
// leaf by leaf, with the differences that a [Vary] allows. Hashes are labels for people; equality is decided on leaves.
//
// The package only parses and compares. It opens no connection, reads no clock and no randomness, and every function
// is safe for concurrent use on values that nobody writes to.
package fingerprint

// Fingerprint is what one connection of a client shows, layer by layer. A nil layer was not seen.
type Fingerprint struct {
	TLS   *ClientHello `json:"tls,omitempty"`
	HTTP1 *HTTP1       `json:"http1,omitempty"`
	HTTP2 *HTTP2       `json:"http2,omitempty"`
}
