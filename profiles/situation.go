package profiles

import (
	"fmt"
	"slices"

	"github.com/wirelike/wirelike/fingerprint"
)

// Situation tells what led to a connection.
type Situation string

// The situations.
const (
	// First is the first visit: no ticket, no cookie, an address typed in.
	First Situation = "first"
	// Resumed is a later connection, with a ticket of TLS 1.3.
	Resumed Situation = "resumed"
	// Resumed12 is a later connection, with a ticket of TLS 1.2.
	Resumed12 Situation = "resumed12"
	// HRR is the second hello of a connection to a server that asks for a share of [RetryGroup] with a HelloRetryRequest.
	// It follows from the first one by RFC 8446 §4.1.2, in the same way for all browsers, and so no profile has edits for it.
	HRR Situation = "hrr"
	// ForWebSocket is a connection for a WebSocket, or for anything else that must be HTTP/1.1: the hello with which the
	// browser itself keeps a server from choosing h2.
	ForWebSocket Situation = "websocket"
)

// RetryGroup is the group that the server of the situation [HRR] insists on: browsers offer it and have no share of it.
const RetryGroup = fingerprint.GroupSecp384r1

const retryShare = 97 // bytes of a public key of RetryGroup

// Patch is one edit of the hello of the first visit. Exactly one field is set.
type Patch struct {
	// Remove names an extension that is not there, as field paths do: "session_ticket".
	Remove string `json:"remove,omitempty"`
	// Put is an extension in place of the one of its type; one of a type that is not there comes last.
	Put *fingerprint.Extension `json:"put,omitempty"`
}

// TLS is the TLS behaviour of an engine. The zero value is that of Chromium.
type TLS struct {
	// ECHBlock and ECHSlack say how the payload of encrypted_client_hello grows with what the hidden hello would hold:
	// by ECHBlock bytes for each begun ECHBlock bytes of pre_shared_key beyond the first ECHSlack. 0: it does not grow.
	ECHBlock int `json:"ech_block,omitempty"`
	ECHSlack int `json:"ech_slack,omitempty"`
	// CookieAfter names the extension behind which the cookie of a HelloRetryRequest is sent back. Empty: the cookie
	// takes part in the permutation.
	CookieAfter string `json:"cookie_after,omitempty"`
	// PadRetry says that the second hello of a connection is padded like the first, as BoringSSL did until 2021.
	PadRetry bool `json:"pad_retry,omitempty"`
	// WebSocketPage says that a WebSocket's connection has the hello of a page as long as no connection with the server
	// speaks HTTP/2; if the server then chooses h2, another connection is opened with the hello of [ForWebSocket].
	WebSocketPage bool `json:"websocket_page,omitempty"`
	// Ticket12Once says that a TLS 1.2 ticket serves a single connection, which brings no new one.
	Ticket12Once bool `json:"ticket12_once,omitempty"`
}

// ECHGrowth returns by how many bytes the payload of encrypted_client_hello is longer than without pre_shared_key when
// that extension has length bytes, its header included.
func (t *TLS) ECHGrowth(length int) int {
	if t.ECHBlock <= 0 || length <= t.ECHSlack {
		return 0
	}
	return (length - t.ECHSlack + t.ECHBlock - 1) / t.ECHBlock * t.ECHBlock
}

// Hello returns the hello of a situation, which belongs to the caller: First's with the patches of Delta applied. With
// more than one it is that of all at once, in that order: Resumed, ForWebSocket, HRR. It is nil for a situation that the
// profile does not know: the browser does not get into it, or nobody has seen it there.
func (p *Profile) Hello(s Situation, more ...Situation) *fingerprint.ClientHello {
	h := p.First.Clone().TLS
	for _, s := range append([]Situation{s}, more...) {
		patches, ok := p.Delta[s]
		switch s {
		case First:
			ok = true
		case HRR:
			ok = retry(h, p.TLS.PadRetry)
		}
		if !ok {
			return nil
		}
		apply(h, patches)
	}
	return h
}

// retry makes the second hello out of the first (RFC 8446 §4.1.2): the shares give way to the one that was asked for. In
// the captures nothing else changes but the padding, which is gone, or has another length. It is false for a client that
// the server of HRR does not ask.
func retry(h *fingerprint.ClientHello, pad bool) bool {
	groups, shares := h.Extension(fingerprint.ExtSupportedGroups), h.Extension(fingerprint.ExtKeyShare)
	if groups == nil || !slices.Contains(groups.List, RetryGroup) || shares == nil ||
		slices.ContainsFunc(shares.Shares, func(s fingerprint.KeyShare) bool { return s.Group == RetryGroup }) {
		return false
	}
	shares.Shares = []fingerprint.KeyShare{{Group: RetryGroup, Length: retryShare}}
	if !pad {
		h.Extensions = slices.DeleteFunc(h.Extensions, func(e fingerprint.Extension) bool { return e.Type == fingerprint.ExtPadding })
	}
	if h.RecordVersion != 0 {
		h.RecordVersion = 0x0303
	}
	return true
}

// Patched returns a copy of a hello with edits, in which nothing is shared with them.
func Patched(h *fingerprint.ClientHello, patches []Patch) *fingerprint.ClientHello {
	out := (&fingerprint.Fingerprint{TLS: h}).Clone().TLS
	apply(out, patches)
	return out
}

func apply(h *fingerprint.ClientHello, patches []Patch) {
	for _, x := range patches {
		if x.Put == nil {
			h.Extensions = slices.DeleteFunc(h.Extensions, func(e fingerprint.Extension) bool { return fingerprint.ExtensionName(e.Type) == x.Remove })
			continue
		}
		put := (&fingerprint.Fingerprint{TLS: &fingerprint.ClientHello{Extensions: []fingerprint.Extension{*x.Put}}}).Clone().TLS.Extensions[0]
		if e := h.Extension(put.Type); e != nil {
			*e = put
		} else {
			h.Extensions = append(h.Extensions, put)
		}
	}
}

func (p *Profile) validateDelta() error {
	for s, patches := range p.Delta {
		path := "delta." + string(s)
		seen := map[string]bool{}
		for i, x := range patches {
			name := x.name()
			switch {
			case (x.Remove == "") == (x.Put == nil):
				return fmt.Errorf("%s[%d]: one of remove and put is needed", path, i)
			case seen[name] || name == "grease":
				return fmt.Errorf("%s[%d]: %s is edited twice, or there may be two of it", path, i, name)
			case x.Put == nil && !slices.ContainsFunc(p.First.TLS.Extensions, func(e fingerprint.Extension) bool { return fingerprint.ExtensionName(e.Type) == name }):
				return fmt.Errorf("%s[%d].remove: first has no extension %q", path, i, name)
			}
			seen[name] = true
		}
		if s == HRR {
			return fmt.Errorf("%s: the second hello follows from the first: there is nothing to edit", path)
		}
		if err := p.validateSituation(s, p.Hello(s)); err != nil {
			return fmt.Errorf("%s: %w", path, err)
		}
	}
	return p.validateTLS()
}

// validateSituation refuses a hello that does not have what its situation is about.
func (p *Profile) validateSituation(s Situation, h *fingerprint.ClientHello) error {
	ticket, psk := h.Extension(fingerprint.ExtSessionTicket), h.Extension(fingerprint.ExtPreSharedKey)
	switch s {
	case Resumed:
		if psk == nil || psk.PSK == nil || len(psk.PSK.Identities) != 1 || len(psk.PSK.Binders) != 1 {
			return fmt.Errorf("pre_shared_key with one identity and one binder is missing")
		}
		if last := h.Extensions[len(h.Extensions)-1].Type; last != fingerprint.ExtPreSharedKey {
			return fmt.Errorf("pre_shared_key is not the last extension (RFC 8446 §4.2.11)")
		}
		if ticket != nil && ticket.Length != 0 {
			return fmt.Errorf("session_ticket has a ticket although pre_shared_key has one")
		}
	case Resumed12:
		if psk != nil || ticket == nil || ticket.Length == 0 {
			return fmt.Errorf("session_ticket without a ticket, or pre_shared_key beside it")
		}
		if h.SessionIDLength == 0 {
			return fmt.Errorf("without session id the server cannot tell that it resumes (RFC 5077 §3.4)")
		}
	case ForWebSocket:
		return p.validateWebSocket(h)
	default:
		return fmt.Errorf("there is no such situation; %s, %s, %s", Resumed, Resumed12, ForWebSocket)
	}
	return nil
}

// validateWebSocket also keeps the edits apart from those of the situations with which this one goes together, so that
// their order does not matter; padding follows from the other lengths anyway.
func (p *Profile) validateWebSocket(h *fingerprint.ClientHello) error {
	alpn := h.Extension(fingerprint.ExtALPN)
	if alpn != nil && !slices.Equal(alpn.Protocols, []string{"http/1.1"}) {
		return fmt.Errorf("alpn offers something else than http/1.1")
	}
	for _, x := range p.Delta[ForWebSocket] {
		if x.name() == fingerprint.ExtensionName(fingerprint.ExtPadding) {
			continue
		}
		for _, s := range []Situation{Resumed, Resumed12} {
			if slices.ContainsFunc(p.Delta[s], func(y Patch) bool { return y.name() == x.name() }) {
				return fmt.Errorf("%s is edited here and in delta.%s", x.name(), s)
			}
		}
	}
	return nil
}

// name returns the name of the extension that is edited.
func (x *Patch) name() string {
	if x.Put != nil {
		return fingerprint.ExtensionName(x.Put.Type)
	}
	return x.Remove
}

func (p *Profile) validateTLS() error {
	t := &p.TLS
	if t.WebSocketPage && p.Delta[ForWebSocket] == nil {
		return fmt.Errorf("tls.websocket_page: there is no delta.%s for a server that chooses h2", ForWebSocket)
	}
	if t.ECHBlock < 0 || t.ECHSlack < 0 || t.ECHBlock == 0 && t.ECHSlack != 0 {
		return fmt.Errorf("tls: ech_block and ech_slack must be positive, or both 0")
	}
	if t.CookieAfter != "" && !slices.ContainsFunc(p.First.TLS.Extensions, func(e fingerprint.Extension) bool { return fingerprint.ExtensionName(e.Type) == t.CookieAfter }) {
		return fmt.Errorf("tls.cookie_after: first has no extension %q", t.CookieAfter)
	}
	if t.ECHBlock == 0 {
		return nil
	}
	first := p.First.TLS.Extension(fingerprint.ExtEncryptedClientHello)
	if first == nil || first.ECH == nil {
		return fmt.Errorf("tls.ech_block: first has no encrypted_client_hello")
	}
	if h := p.Hello(Resumed); h != nil {
		e := h.Extension(fingerprint.ExtEncryptedClientHello)
		want := first.ECH.PayloadLength + t.ECHGrowth(PSKLength(h.Extension(fingerprint.ExtPreSharedKey).PSK))
		if e == nil || e.ECH == nil || e.ECH.PayloadLength != want {
			return fmt.Errorf("delta.resumed: the payload of encrypted_client_hello must have %d bytes by ech_block and ech_slack", want)
		}
	}
	return nil
}

// PSKLength returns the length of pre_shared_key on the wire, in bytes, its header included.
func PSKLength(p *fingerprint.PSK) int {
	n := 4 + 2 + 2
	for _, l := range p.Identities {
		n += 2 + l + 4
	}
	for _, l := range p.Binders {
		n += 1 + l
	}
	return n
}
