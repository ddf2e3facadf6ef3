package tlsdial

import (
	"encoding/binary"
	"slices"
	"strconv"

	utls "github.com/refraction-networking/utls"

	"github.com/wirelike/wirelike/fingerprint"
	"github.com/wirelike/wirelike/profiles"
)

// hello is one ClientHello, ready to be sent once.
type hello struct {
	version     uint16
	sessionID   int // length
	suites      []uint16
	compression []uint8
	extensions  []utls.TLSExtension
	min, max    uint16 // versions that the server may select

	// What the handshake must know of extensions that utls sees as opaque bytes.
	groups     []utls.CurveID
	signatures []utls.SignatureScheme

	grease  *grease
	shares  *utls.KeyShareExtension
	keys    *privateKeys
	padding *utls.UtlsPaddingExtension

	padRetry bool // a second hello is padded, too
	cookie   int  // the place of a cookie among the extensions
}

// builder makes a hello out of its model.
type builder struct {
	cfg      *Config
	ticket   *ticket // the session to resume, nil for none
	growth   int     // of the ECH payload, because of the ticket
	hello    *hello
	draw     *draw
	offers   []offer
	generics []utls.GenericExtension // backs the opaque extensions; never grows beyond its capacity
	arena    []byte                  // backs their bodies
}

// arenaSize is enough for the opaque bodies of today's browsers; more costs another allocation.
const arenaSize = 1 << 10

// model returns the model of a hello with that ticket, which may be nil.
func (cfg *Config) model(t *ticket) *fingerprint.ClientHello {
	switch {
	case t == nil:
		return cfg.Hello
	case t.version == utls.VersionTLS13:
		return cfg.Resumed
	}
	return cfg.Resumed12
}

// build makes a fresh hello to resume the session of t, or for a first visit when that is nil. A model that cannot be sent faithfully, or with which no handshake could be
// completed, is an *UnsupportedError.
func build(cfg *Config, t *ticket) (*hello, error) {
	d, err := newDraw(cfg.Rand)
	if err != nil {
		return nil, err
	}
	m := cfg.model(t)
	b := &builder{
		cfg: cfg, ticket: t, draw: d,
		hello:    &hello{grease: newGREASE(d), padRetry: cfg.TLS.PadRetry},
		offers:   make([]offer, 0, len(m.Extensions)),
		generics: make([]utls.GenericExtension, 0, len(m.Extensions)),
		arena:    make([]byte, 0, arenaSize),
	}
	if err := b.head(m); err != nil {
		return nil, err
	}
	if err := b.resume(m); err != nil {
		return nil, err
	}
	if len(cfg.ALPN) > 0 && m.Extension(fingerprint.ExtALPN) == nil {
		return nil, &UnsupportedError{Path: "tls.extensions.alpn", Reason: "the hello has no such extension to carry the protocols asked for"}
	}
	for i := range m.Extensions {
		if err := b.offer(m, i); err != nil {
			return nil, err
		}
	}
	if err := b.bounds(); err != nil {
		return nil, err
	}
	if b.hello.max == utls.VersionTLS13 && b.hello.shares == nil {
		return nil, &UnsupportedError{Path: sharesPath, Reason: "missing, but TLS 1.3 is offered"}
	}
	b.hello.cookie = b.arrange()
	return b.hello, b.finish()
}

// head takes over what comes before the extensions.
func (b *builder) head(m *fingerprint.ClientHello) error {
	switch {
	case m.RecordVersion != 0 && m.RecordVersion != utls.VersionTLS10:
		return &UnsupportedError{Path: "tls.record_version", Reason: "the TLS stack sends the first record with version 769"}
	case m.Version < utls.VersionTLS10 || m.Version > utls.VersionTLS12:
		return &UnsupportedError{Path: "tls.version", Reason: m.Version.String() + " is no version of a hello, 769 to 771"}
	case m.SessionIDLength < 0 || m.SessionIDLength > 32:
		return &UnsupportedError{Path: "tls.session_id_length", Reason: "a session id has 0 to 32 bytes"}
	case len(m.CipherSuites) == 0 || len(m.CipherSuites) >= 1<<15:
		return &UnsupportedError{Path: "tls.cipher_suites", Reason: "none or too many"}
	case len(m.CompressionMethods) > 255 || !slices.Contains(m.CompressionMethods, 0):
		return &UnsupportedError{Path: "tls.compression_methods", Reason: "the null method is missing or there are too many"}
	}
	h := b.hello
	h.version, h.sessionID = uint16(m.Version), m.SessionIDLength
	h.suites = filled(m.CipherSuites, h.grease.cipher)
	h.compression = make([]uint8, len(m.CompressionMethods))
	for i, c := range m.CompressionMethods {
		if c > 255 {
			return &UnsupportedError{Path: "tls.compression_methods", Reason: c.String() + " is no byte"}
		}
		h.compression[i] = uint8(c)
	}
	h.min, h.max = utls.VersionTLS10, h.version // unless supported_versions says otherwise
	return nil
}

// bounds narrows what the server may select. Only a hello without supported_versions has versions that are not written in it.
func (b *builder) bounds() error {
	h, low, high := b.hello, b.cfg.MinVersion, b.cfg.MaxVersion
	if high != 0 && h.max > high {
		return &UnsupportedError{Path: "tls.version", Reason: "it is above the highest version that is allowed"}
	}
	if h.max < low {
		return &UnsupportedError{Path: "tls.version", Reason: "it is below the lowest version that is allowed"}
	}
	h.min = max(h.min, low)
	return nil
}

// offer adds the extension i of the model.
func (b *builder) offer(m *fingerprint.ClientHello, i int) error {
	e := &m.Extensions[i]
	nth := 1
	for j := range m.Extensions[:i] {
		switch t := m.Extensions[j].Type; {
		case t.IsGREASE() && e.Type.IsGREASE():
			nth++
		case t == e.Type:
			return refuse(e, "", "a server aborts on a second extension of the type")
		}
	}
	if slices.Contains(b.cfg.Without, e.Type) {
		return nil
	}
	x, err := b.extension(e)
	if err != nil || x == nil {
		return err
	}
	b.offers = append(b.offers, offer{x, e.Type, nth})
	return nil
}

// resume checks that the model has a place for the ticket, and works out what follows from its length.
func (b *builder) resume(m *fingerprint.ClientHello) error {
	psk := m.Extension(fingerprint.ExtPreSharedKey)
	switch {
	case b.ticket == nil:
	case b.ticket.version != utls.VersionTLS13:
		if x := m.Extension(fingerprint.ExtSessionTicket); x == nil || x.Length == 0 || m.SessionIDLength == 0 {
			return &UnsupportedError{Path: extensionPath(fingerprint.ExtSessionTicket), Reason: "without a ticket and a session id no TLS 1.2 session is resumed"}
		}
	case psk == nil || psk.PSK == nil || m.Extensions[len(m.Extensions)-1].Type != fingerprint.ExtPreSharedKey:
		return &UnsupportedError{Path: extensionPath(fingerprint.ExtPreSharedKey), Reason: "it is not the last extension (RFC 8446 §4.2.11)"}
	default:
		ours := &fingerprint.PSK{Identities: []int{b.ticket.length}, Binders: []int{b.ticket.binder}}
		b.growth = b.cfg.TLS.ECHGrowth(profiles.PSKLength(ours)) - b.cfg.TLS.ECHGrowth(profiles.PSKLength(psk.PSK))
	}
	return nil
}

// arrange puts the extensions into the order of this connection and returns the place that a cookie would have.
func (b *builder) arrange() (cookie int) {
	first, last := len(b.offers), len(b.offers)
	if v := b.cfg.Vary; v != nil && v.Permute != nil {
		first, last = permute(b.offers, v.Permute, b.draw)
	}
	if i := slices.IndexFunc(b.offers, func(o offer) bool { return fingerprint.ExtensionName(o.id) == b.cfg.TLS.CookieAfter }); i >= 0 {
		return i + 1
	}
	return first + b.draw.IntN(last-first+1)
}

// finish puts the extensions, in their final order, into the hello.
func (b *builder) finish() error {
	b.hello.extensions = make([]utls.TLSExtension, len(b.offers))
	total := 0
	for i := range b.offers {
		b.hello.extensions[i] = b.offers[i].TLSExtension
		n := b.offers[i].Len()
		if n > 4+1<<16-1 {
			return &UnsupportedError{Path: extensionPath(b.offers[i].id), Reason: "longer than 65535 bytes"}
		}
		total += n
	}
	if b.ticket != nil {
		total += b.ticket.length + b.ticket.binder + 15
	}
	const fixed, padding = 4 + 2 + 32 + 1 + 2 + 1 + 2, 4 + 512
	h := b.hello
	if n := fixed + h.sessionID + 2*len(h.suites) + len(h.compression) + total; n > fingerprint.MaxHello-padding {
		return &UnsupportedError{Path: "tls", Reason: strconv.Itoa(n) + " bytes are too many for a hello"}
	}
	return nil
}

// generic makes an extension that utls sends and otherwise ignores.
func (b *builder) generic(t fingerprint.ID, body []byte) *utls.GenericExtension {
	b.generics = append(b.generics, utls.GenericExtension{Id: uint16(t), Data: body})
	return &b.generics[len(b.generics)-1]
}

// list16 makes the body of a list of 16-bit items with a length of width bytes before it.
func (b *builder) list16(width int, list []uint16) []byte {
	start := len(b.arena)
	if width == 1 {
		b.arena = append(b.arena, byte(2*len(list)))
	} else {
		b.arena = binary.BigEndian.AppendUint16(b.arena, uint16(2*len(list)))
	}
	for _, v := range list {
		b.arena = binary.BigEndian.AppendUint16(b.arena, v)
	}
	return b.body(start)
}

// body returns what was added to the arena since it was start bytes long.
func (b *builder) body(start int) []byte { return b.arena[start:len(b.arena):len(b.arena)] }

// apply gives the hello to utls.
func (w *wire) apply(h *hello) error {
	err := w.u.ApplyPreset(&utls.ClientHelloSpec{Extensions: h.extensions, TLSVersMin: h.min, TLSVersMax: h.max})
	if err != nil {
		return err
	}
	w.cookie = h.cookie
	m := w.u.HandshakeState.Hello
	m.Vers, m.CipherSuites, m.CompressionMethods = h.version, h.suites, h.compression
	if m.SessionId = m.SessionId[:h.sessionID]; h.sessionID == 0 {
		m.SessionId = nil // an empty one that the server repeats would count as a resumption
	}
	if h.groups != nil {
		m.SupportedCurves = h.groups
	}
	if h.signatures != nil {
		m.SupportedSignatureAlgorithms = h.signatures
	}
	if h.shares != nil {
		for i, s := range h.shares.KeyShares {
			if fingerprint.ID(s.Group).IsGREASE() { // utls has put a value of its own there
				h.shares.KeyShares[i].Group = utls.CurveID(h.grease.group)
			}
		}
		w.keys, w.u.HandshakeState.State13.KeyShareKeys = h.keys, h.keys.utls()
	}
	if h.padding != nil {
		h.padding.GetPaddingLen = func(n int) (int, bool) {
			if w.written && !h.padRetry {
				return 0, false // BoringSSL does not pad the hello after HelloRetryRequest
			}
			return utls.BoringPaddingStyle(n)
		}
	}
	return nil
}
