package fingerprint

import "fmt"

// Capture is the raw, lossless record of the client's half of one connection: evidence, from which [Parse] makes the
// model. Nothing in it is interpreted; what had to be left out is marked in Elided.
type Capture struct {
	// Hellos holds the ClientHello handshake messages (type and 24-bit length included, record headers not):
	// one, or two after a HelloRetryRequest. Empty on a plain-text connection.
	Hellos []Hex `json:"hellos,omitempty"`
	// Records lists the client's TLS records in order, as far as they were recorded: the flush boundaries.
	Records []Record `json:"records,omitempty"`
	// Client is what the client sent on top of TLS (or of TCP), decrypted: the HTTP/2 preface and frames or HTTP/1.1.
	Client Hex `json:"client,omitempty"`
	// Elided lists, in order, the bytes of long bodies that are missing from Client.
	Elided []Elision `json:"elided,omitempty"`
	// ALPN is the negotiated protocol, empty when none was.
	ALPN string `json:"alpn,omitempty"`
	// Resumed says whether the TLS session was resumed from a ticket.
	Resumed bool `json:"resumed,omitempty"`
	// Error tells how the connection failed, for one that did.
	Error string `json:"error,omitempty"`
}

// Record is one TLS record: its content type (20 change_cipher_spec, 21 alert, 22 handshake, 23 application_data), its
// legacy version (0: not recorded) and the length of its fragment, as sent.
type Record struct {
	Type    uint8 `json:"type"`
	Version ID    `json:"version,omitempty"`
	Length  int   `json:"length"`
}

// Elision marks Length body bytes that were sent at Offset of Capture.Client but are not kept there.
type Elision struct {
	Offset int   `json:"offset"`
	Length int64 `json:"length"`
}

// Parse turns raw bytes into the model. A layer that is broken ends the parse with an error that says where; what was
// read before it is still returned.
func Parse(c *Capture) (*Fingerprint, error) {
	f := &Fingerprint{}
	if len(c.Hellos) > 0 {
		h, err := ParseClientHello(c.Hellos[0])
		if err != nil {
			return f, err
		}
		for _, r := range c.Records {
			if r.Type == 22 {
				h.RecordVersion = r.Version
				break
			}
		}
		f.TLS = h
	}
	if len(c.Client) == 0 {
		return f, nil
	}
	if isHTTP2(c) {
		h, err := parseHTTP2(c)
		f.HTTP2 = h
		if err != nil {
			return f, fmt.Errorf("fingerprint: http/2: %w", err)
		}
		return f, nil
	}
	h, err := parseHTTP1(c)
	f.HTTP1 = h
	if err != nil {
		return f, fmt.Errorf("fingerprint: http/1.1: %w", err)
	}
	return f, nil
}
