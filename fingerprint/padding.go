package fingerprint

import "slices"

// PaddedLength returns the length of the body of padding by BoringSSL's rule (RFC 7685 §4): a hello that would be of 256
// to 511 bytes with its handshake header, but without padding, is filled up to 512. Absent: -1. A body has one byte at least,
// so that the hello may come out longer.
func (h *ClientHello) PaddedLength() int {
	n := 4 + h.length()
	if e := h.Extension(ExtPadding); e != nil {
		n -= 4 + e.Length
	}
	if n < 256 || n >= 512 {
		return -1
	}
	return max(1, 512-n-4)
}

// TooLongToPad tells whether the hello is never padded by that rule, whatever its server name and ticket: it has a share of
// more than 512 bytes, as post-quantum groups have.
func (h *ClientHello) TooLongToPad() bool {
	e := h.Extension(ExtKeyShare)
	return e != nil && slices.ContainsFunc(e.Shares, func(s KeyShare) bool { return s.Length > 512 })
}

// length returns the length of the message on the wire, in bytes, without its handshake header.
func (h *ClientHello) length() int {
	n := 2 + 32 + 1 + h.SessionIDLength + 2 + 2*len(h.CipherSuites) + 1 + len(h.CompressionMethods) + 2
	for i := range h.Extensions {
		n += 4 + h.Extensions[i].bodyLength()
	}
	return n
}

// withPadding returns want with the padding that got must have by the rule of [Vary.Padded]: in front of pre_shared_key,
// else last. A model, with "*" for the server name, has no length yet, and its padding is judged as it stands.
func withPadding(want, got *Fingerprint) *Fingerprint {
	if want.TLS == nil || got.TLS == nil {
		return want
	}
	if e := got.TLS.Extension(ExtServerName); e != nil && e.ServerName == "*" {
		return want
	}
	h := *want.TLS
	h.Extensions = slices.DeleteFunc(slices.Clone(h.Extensions), func(e Extension) bool { return e.Type == ExtPadding })
	if n := got.TLS.PaddedLength(); n >= 0 {
		at := len(h.Extensions)
		if at > 0 && h.Extensions[at-1].Type == ExtPreSharedKey {
			at--
		}
		h.Extensions = slices.Insert(h.Extensions, at, Extension{Type: ExtPadding, Length: n})
	}
	out := *want
	out.TLS = &h
	return &out
}
