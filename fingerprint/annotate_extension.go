package fingerprint

import (
	"encoding/binary"
	"errors"
	"fmt"
)

// extension notes the next extension. A malformed body does not end the walk: the next extension is where the length of
// this one says.
func (a *annotator) extension(n *names) {
	if !a.has("tls.extensions", "extension type", 2) {
		return
	}
	t := ID(a.number(2))
	path := "tls.extensions." + n.next(ExtensionName(t))
	typePath := path
	if t.IsGREASE() {
		typePath += ".type"
	}
	a.note(typePath, "extension: "+describe(extensionNames, t), 2).GREASE = t.IsGREASE()
	a.depth++
	defer func() { a.depth-- }()
	if !a.has(path, "length", 2) {
		return
	}
	length := a.number(2)
	a.note(path, fmt.Sprintf("length: %d", length), 2)
	outer := a.end
	short := a.pos+length > a.end
	if !short {
		a.end = a.pos + length
	}
	if a.pos < a.end || bodied(t) && !short {
		a.body(path, t)
		a.rest(path, "body")
		if n := a.end - a.pos; n > 0 { // behind an error
			a.note(path, fmt.Sprintf("not read, %d bytes", n), n)
		}
	}
	if a.end = outer; short && !a.broken {
		a.fail(path, fmt.Errorf("body: %w: the length says %d", errTruncated, length), 0)
	}
	a.broken = short
}

// bodied says whether an empty body is malformed.
func bodied(t ID) bool {
	switch LayoutOf(t) {
	case LayoutData, LayoutLength:
		return false
	}
	return true
}

// body notes the body of an extension of that type, up to end.
func (a *annotator) body(p string, t ID) {
	switch layout := LayoutOf(t); layout {
	case LayoutName:
		a.serverName(p)
	case LayoutList16, LayoutList8, LayoutBytes:
		head, width := 1, 2
		if layout == LayoutList16 {
			head = 2
		}
		if layout == LayoutBytes {
			width = 1
		}
		a.block(p, "list", head, func(int) { a.ids(p, width, listNames[t]) })
	case LayoutProtocols:
		a.block(p, "list", 2, func(int) { a.protocols(p) })
	case LayoutShares:
		a.block(p, "list", 2, func(int) { a.shares(p) })
	case LayoutECH:
		a.ech(p)
	case LayoutPSK:
		a.psk(p)
	case LayoutLimit:
		if a.has(p+".limit", "limit", 2) {
			a.note(p+".limit", fmt.Sprintf("limit: %d bytes", a.number(2)), 2)
		}
	case LayoutLength:
		what := "ticket"
		if t == ExtPadding {
			what = "padding"
		}
		a.opaque(p+".length", what, a.end-a.pos)
	default:
		a.data(p, t)
	}
}

// data notes a body that the model keeps as bytes.
func (a *annotator) data(p string, t ID) {
	n := a.end - a.pos
	text := fmt.Sprintf("data, %d bytes", n)
	switch {
	case t == ExtRenegotiationInfo && n == 1 && a.msg[a.pos] == 0:
		text = "renegotiated connection length: 0"
	case t == ExtStatusRequest && n == 5 && a.msg[a.pos] == 1 && binary.BigEndian.Uint32(a.msg[a.pos+1:]) == 0:
		text = "ocsp (1), no responders, no extensions"
	}
	a.note(p+".data", text, n)
}

func (a *annotator) serverName(p string) {
	a.block(p, "list", 2, func(int) {
		if !a.has(p, "name type", 1) {
			return
		}
		if t := a.msg[a.pos]; t != 0 {
			a.fail(p, fmt.Errorf("name type %d is no host_name (0)", t), a.end-a.pos)
			return
		}
		a.note(p, "name type: host_name (0)", 1)
		a.block(p, "name", 2, func(n int) { a.text(p+".server_name", n) })
	})
}

// text notes n bytes as quoted text.
func (a *annotator) text(path string, n int) {
	if n > 0 {
		a.note(path, fmt.Sprintf("%q", a.msg[a.pos:a.pos+n]), n)
	}
}

func (a *annotator) protocols(p string) {
	for i := 0; a.pos < a.end && !a.broken; i++ {
		q := fmt.Sprintf("%s[%d]", p, i)
		a.block(q, "name", 1, func(n int) { a.text(q, n) })
	}
}

func (a *annotator) shares(p string) {
	for i := 0; a.pos < a.end && !a.broken; i++ {
		q := fmt.Sprintf("%s[%d]", p, i)
		a.id(q+".group", "group", 2, groupNames)
		a.block(q+".length", "key", 2, func(n int) { a.opaque(q+".key", "public key", n) })
	}
}

func (a *annotator) ech(p string) {
	if !a.has(p, "ECH type", 1) {
		return
	}
	if t := a.msg[a.pos]; t != 0 {
		a.fail(p, fmt.Errorf("ECH type %d is no outer hello (0)", t), a.end-a.pos)
		return
	}
	a.note(p, "ECH type: outer (0)", 1)
	a.id(p+".kdf", "KDF", 2, kdfNames)
	a.id(p+".aead", "AEAD", 2, aeadNames)
	if a.has(p, "config id", 1) {
		a.note(p, fmt.Sprintf("config id: %d", a.msg[a.pos]), 1)
	}
	a.block(p+".enc_length", "encapsulated key", 2, func(n int) { a.opaque(p+".enc", "encapsulated key", n) })
	a.block(p+".payload_length", "payload", 2, func(n int) { a.opaque(p+".payload", "payload", n) })
}

func (a *annotator) psk(p string) {
	a.block(p, "identities", 2, func(n int) {
		if n == 0 {
			a.fail(p, errors.New("identities: none"), 0)
		}
		for i := 0; a.pos < a.end && !a.broken; i++ {
			q := fmt.Sprintf("%s.identities[%d]", p, i)
			a.block(q, "identity", 2, func(n int) { a.opaque(q, "ticket", n) })
			a.opaque(q, "obfuscated ticket age", 4)
		}
	})
	a.block(p, "binders", 2, func(int) {
		for i := 0; a.pos < a.end && !a.broken; i++ {
			q := fmt.Sprintf("%s.binders[%d]", p, i)
			a.block(q, "binder", 1, func(n int) { a.opaque(q, "binder", n) })
		}
	})
}
