package profiles

import (
	"fmt"
	"strings"

	"github.com/wirelike/wirelike/fingerprint"
)

// validateBounds refuses values that no wire could carry.
func (p *Profile) validateBounds() error {
	h := p.First.TLS
	switch {
	case len(h.CipherSuites) == 0 || len(h.CipherSuites) > 1<<15-1:
		return fmt.Errorf("first.tls.cipher_suites: %d of them", len(h.CipherSuites))
	case h.SessionIDLength < 0 || h.SessionIDLength > 32:
		return fmt.Errorf("first.tls.session_id_length: %d is not within 0 to 32", h.SessionIDLength)
	case p.HTTP2.ConnectionRefill > maxStream || p.HTTP2.StreamRefill > maxStream:
		return fmt.Errorf("http2: connection_refill and stream_refill are at most %d (RFC 9113 §6.9.1)", maxStream)
	}
	for i := range h.Extensions {
		e := &h.Extensions[i]
		for _, s := range e.Shares {
			if s.Length < 0 || s.Length > 1<<14 {
				return fmt.Errorf("first.tls.extensions.key_share: a share of %d bytes", s.Length)
			}
		}
		for _, name := range e.Protocols {
			if name == "" || len(name) > 255 {
				return fmt.Errorf("first.tls.extensions.%s: a protocol name of %d bytes (RFC 7301 §3.1)", fingerprint.ExtensionName(e.Type), len(name))
			}
		}
		if e.ECH != nil && (e.ECH.PayloadLength < 0 || e.ECH.PayloadLength > 1<<14 || e.ECH.EncLength < 0 || e.ECH.EncLength > 1<<14) {
			return fmt.Errorf("first.tls.extensions.encrypted_client_hello: lengths %d and %d", e.ECH.EncLength, e.ECH.PayloadLength)
		}
	}
	for kind, set := range p.Headers {
		if q := set.Priority; q != nil && (q.Weight < 1 || q.Weight > 256) {
			return fmt.Errorf("headers.%s.priority.weight: %d is not within 1 to 256", kind, q.Weight)
		}
	}
	return nil
}

// validateField refuses what cannot be sent as a field (RFC 9110 §5.1, §5.5).
func validateField(f fingerprint.Field) error {
	name := strings.TrimPrefix(f.Name, ":")
	if name != "*" && !isToken(name) {
		return fmt.Errorf("%.80q is no name of a field", f.Name)
	}
	for i := range len(f.Value) {
		if c := f.Value[i]; c < ' ' && c != '\t' || c == 0x7f {
			return fmt.Errorf("the value of %q has a control character", f.Name)
		}
	}
	return nil
}
