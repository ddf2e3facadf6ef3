package golden

import (
	"path"
	"slices"
	"strings"

	"github.com/wirelike/wirelike/fingerprint"
	"github.com/wirelike/wirelike/profiles"
)

// hello derives the hello of a first visit. Signatures and the library know its lists; what is inside of
// encrypted_client_hello, which keys are shared and the version of the records are the engine's.
func (d *derivation) hello() error {
	h := d.given(d.Hello).TLS
	d.sheet.First.TLS = h
	normalizeHello(h)
	if h.Extension(fingerprint.ExtPreSharedKey) != nil { // some signatures are of resumed connections
		h.Extensions = slices.DeleteFunc(h.Extensions, func(e fingerprint.Extension) bool { return e.Type == fingerprint.ExtPreSharedKey })
		d.whyFrom(d.Hello, "tls.extensions.order", "without pre_shared_key: it was taken of a resumed connection")
	}
	note := ""
	if d.Hello != fromBuild && d.build != nil {
		note = d.conflicts(h)
	}
	d.whyFrom(d.Hello, "tls", note)
	if err := d.recordVersion(h); err != nil {
		return err
	}
	if d.Hello != fromBuild && d.build != nil {
		d.engine(h)
	}
	if d.Hello == fromSignature {
		d.whyBytes(h)
	}
	for _, x := range d.Put {
		name := fingerprint.ExtensionName(x.Extension.Type)
		if e := h.Extension(x.Extension.Type); e != nil {
			*e = x.Extension
		} else {
			at := len(h.Extensions)
			if at > 0 && h.Extensions[at-1].Type.IsGREASE() { // that one stays last
				at--
			}
			h.Extensions = slices.Insert(h.Extensions, at, x.Extension)
		}
		d.why("tls.extensions."+name, x.Source, x.Note)
	}
	if e := h.Extension(fingerprint.ExtPadding); e != nil {
		e.Length = 0 // follows from the rest
	} else if d.Padded && !h.TooLongToPad() {
		h.Extensions = append(h.Extensions, fingerprint.Extension{Type: fingerprint.ExtPadding})
	}
	if h.Extension(fingerprint.ExtPadding) != nil {
		d.whyPadding()
	}
	return nil
}

// whyBytes says where the bytes are from of which signatures give names and lengths only.
func (d *derivation) whyBytes(h *fingerprint.ClientHello) {
	from := d.nearest()
	for _, name := range []string{"renegotiation_info", "status_request", "grease"} {
		for _, e := range h.Extensions {
			if fingerprint.ExtensionName(e.Type) == name && len(e.Data) > 0 {
				d.whyFrom(from, "tls.extensions."+name+".data", "the signature gives name and length")
				break
			}
		}
	}
	if d.build == nil && h.Extension(fingerprint.ExtKeyShare) != nil {
		d.whyFrom(from, "tls.extensions.key_share[*].reuses", "the signature does not tell")
	}
}

func (d *derivation) whyPadding() {
	if d.Browser.Engine == "webkit" {
		d.whyFrom(d.Hello, "tls.extensions.padding", "the length by BoringSSL's rule")
		return
	}
	d.why("tls.extensions.padding", profiles.Engine, "BoringSSL fills hellos of 256 to 511 bytes up to 512: builds 92 to 123, with every length of encrypted_client_hello")
}

// recordVersion takes the version of the first record from the nearest recording that kept it.
func (d *derivation) recordVersion(h *fingerprint.ClientHello) error {
	if h.RecordVersion != 0 {
		return nil
	}
	for i, build := range append([]string{d.Build}, d.Others...) {
		if build == "" {
			continue
		}
		f, err := d.connection(build, "records.json", func(*fingerprint.Capture, *fingerprint.Fingerprint) bool { return true })
		if err != nil {
			return err
		}
		if f == nil {
			continue
		}
		h.RecordVersion = f.TLS.RecordVersion
		source := profiles.Engine
		if i == 0 && d.Same {
			source = profiles.Capture
		}
		d.why("tls.record_version", source, "captures/"+build+"/records.json: recordings of whole sessions lack it")
		return nil
	}
	return nil
}

// conflicts names the extensions and lists in which the build's hello is another one.
func (d *derivation) conflicts(h *fingerprint.ClientHello) string {
	mine := d.build.Clone().TLS
	normalizeHello(mine)
	mine.RecordVersion = h.RecordVersion
	var names []string
	for _, m := range fingerprint.Diff(&fingerprint.Fingerprint{TLS: h}, &fingerprint.Fingerprint{TLS: mine}, &fingerprint.Vary{Permute: d.permutation()}) {
		name := strings.TrimPrefix(m.Path, "tls.")
		name = strings.TrimPrefix(name, "extensions.")
		name, _, _ = strings.Cut(name, "[")
		name, _, _ = strings.Cut(name, ".")
		if t := name; t != "encrypted_client_hello" && t != "padding" && t != "key_share" && !slices.Contains(names, t) {
			names = append(names, t)
		}
	}
	if len(names) == 0 {
		return d.name + " agrees in all lists"
	}
	return d.name + " has another or no " + strings.Join(names, ", ")
}

func (d *derivation) permutation() *fingerprint.Permute {
	if !d.Permute {
		return nil
	}
	return shuffled()
}

// shuffled is how Chromium shuffles its extensions.
func shuffled() *fingerprint.Permute {
	return &fingerprint.Permute{First: []string{"grease"}, Last: []string{"grease#2", "padding", "pre_shared_key"}}
}

// engine puts into h what only a capture of the engine can tell.
func (d *derivation) engine(h *fingerprint.ClientHello) {
	mine := d.build.TLS
	if e, c := h.Extension(fingerprint.ExtEncryptedClientHello), mine.Extension(fingerprint.ExtEncryptedClientHello); e != nil && c != nil {
		e.ECH = &fingerprint.ECH{KDF: c.ECH.KDF, AEAD: c.ECH.AEAD, EncLength: c.ECH.EncLength, PayloadLength: c.ECH.PayloadLength}
		d.whyBuild("tls.extensions.encrypted_client_hello", "the "+d.Hello+" "+map[string]string{fromSignature: "does not tell what is inside", fromLibrary: "has that of BoringSSL for every browser"}[d.Hello])
	}
	e, c := h.Extension(fingerprint.ExtKeyShare), mine.Extension(fingerprint.ExtKeyShare)
	if e == nil || c == nil {
		return
	}
	for i := range e.Shares {
		e.Shares[i].Reuses = 0
		for _, s := range c.Shares {
			if s.Group == e.Shares[i].Group && slices.ContainsFunc(e.Shares, func(o fingerprint.KeyShare) bool { return o.Group == s.Reuses }) {
				e.Shares[i].Reuses = s.Reuses
			}
		}
	}
	d.whyBuild("tls.extensions.key_share[*].reuses", "the "+d.Hello+" "+map[string]string{fromSignature: "does not tell", fromLibrary: "draws a key for each share"}[d.Hello])
}

// situations derives the edits of the hello that other situations need: those that the build shows, or the library if no build
// was captured.
func (d *derivation) situations() error {
	for _, s := range []Situation{Resumed, Resumed12} {
		patches, note, err := d.patches(s)
		if err != nil {
			return err
		}
		if patches = d.applicable(s, patches); len(patches) == 0 {
			continue
		}
		d.sheet.Delta[s] = patches
		d.whyFrom(d.nearest(), "delta."+string(s), note)
	}
	return nil
}

// patches returns the edits that one recording shows for a situation, and which one it is.
func (d *derivation) patches(s Situation) ([]profiles.Patch, string, error) {
	row := map[Situation]struct {
		files         []string
		library, note string
	}{
		Resumed:   {[]string{"h2.json"}, "h2-resumed.json", "a connection with a ticket"},
		Resumed12: {[]string{"tls12.json", "tls12-2.json", "records-tls12.json"}, "tls12-server.json", "a connection with a ticket to a server without TLS 1.3"},
	}[s]
	resumed := func(c *fingerprint.Capture, f *fingerprint.Fingerprint) bool { return c.Resumed && bothProtocols(f) }
	if d.build == nil {
		f, err := d.connection("library/"+d.Library, row.library, resumed)
		if f == nil || err != nil {
			return nil, "", err
		}
		return patchesBetween(d.library.TLS, f.TLS, d.engineVary()), row.note, nil
	}
	for _, build := range append([]string{d.Build}, d.Others...) {
		first, err := d.connection(build, "h2.json", func(c *fingerprint.Capture, _ *fingerprint.Fingerprint) bool { return !c.Resumed })
		if err != nil {
			return nil, "", err
		}
		for _, file := range row.files {
			f, err := d.connection(build, file, resumed)
			if err != nil {
				return nil, "", err
			}
			if f == nil {
				continue
			}
			note := row.note
			if build != d.Build {
				note += ": that of " + build
			}
			return patchesBetween(first.TLS, f.TLS, d.engineVary()), note, nil
		}
	}
	return nil, "", nil
}

// retry derives the edits that make the second hello after a HelloRetryRequest of the first one. They are the same for all
// browsers (RFC 8446 §4.1.2); Chromium 92 pads it, too.
func (d *derivation) retry() error {
	name, groups := path.Join("captures", d.Build, "hrr.json"), d.sheet.First.TLS.Extension(fingerprint.ExtSupportedGroups)
	if d.build == nil {
		name = path.Join("captures", "library", d.Library, "hrr-p384.json")
	}
	if groups == nil || !slices.Contains(groups.List, profiles.RetryGroup) {
		return nil
	}
	e, err := ReadEvidence(d.fsys, name)
	if err != nil {
		return err
	}
	for i := range e.Connections {
		second := e.Connections[i].Second()
		if second == nil {
			continue
		}
		first, err := fingerprint.Parse(&e.Connections[i])
		if err != nil {
			return err
		}
		f, err := fingerprint.Parse(second)
		if err != nil {
			return err
		}
		patches := patchesBetween(first.TLS, f.TLS, &fingerprint.Vary{})
		if f.TLS.Extension(fingerprint.ExtPadding) != nil {
			patches = append(patches, profiles.Patch{Put: &fingerprint.Extension{Type: fingerprint.ExtPadding}})
		}
		d.sheet.Delta[profiles.HRR] = patches
		d.whyFrom(d.nearest(), "delta."+string(profiles.HRR), "a server that takes no group but secp384r1")
		return nil
	}
	return nil
}

// webSocket derives the edits for the hello of a WebSocket's connection, which the build's scripts opened, or the library.
// A resumed one is compared with another resumed one.
func (d *derivation) webSocket() error {
	if d.build == nil {
		socket, err := d.connection("library/"+d.Library, "websocket-h2-server.json", func(*fingerprint.Capture, *fingerprint.Fingerprint) bool { return true })
		if err != nil || socket == nil {
			return err
		}
		if patches := d.applicable(profiles.ForWebSocket, patchesBetween(d.library.TLS, socket.TLS, d.engineVary())); len(patches) > 0 {
			d.sheet.Delta[profiles.ForWebSocket] = patches
			d.whyFrom(fromLibrary, "delta."+string(profiles.ForWebSocket), "the connection of a WebSocket")
		}
		return nil
	}
	socket, err := d.connection(d.Build, "h2.json", func(c *fingerprint.Capture, f *fingerprint.Fingerprint) bool {
		return f.HTTP1 != nil && targetOf(f) == "/ws"
	})
	if err != nil || socket == nil {
		return err
	}
	page := d.build
	if socket.TLS.Extension(fingerprint.ExtPreSharedKey) != nil {
		if page, err = d.connection(d.Build, "h2.json", func(c *fingerprint.Capture, f *fingerprint.Fingerprint) bool { return c.Resumed && f.HTTP2 != nil }); err != nil || page == nil {
			return err
		}
	}
	patches := slices.DeleteFunc(patchesBetween(page.TLS, socket.TLS, d.engineVary()), func(x profiles.Patch) bool {
		return x.Put != nil && (x.Put.Type == fingerprint.ExtPreSharedKey || x.Put.Type == fingerprint.ExtEncryptedClientHello)
	})
	const old, now = "application_settings_old", "application_settings"
	for i, x := range patches { // the browser may have the other code point
		if x.Remove == old && d.sheet.First.TLS.Extension(fingerprint.ExtApplicationSettingsOld) == nil {
			patches[i].Remove = now
		} else if x.Remove == now && d.sheet.First.TLS.Extension(fingerprint.ExtApplicationSettings) == nil {
			patches[i].Remove = old
		}
	}
	if patches = d.applicable(profiles.ForWebSocket, patches); len(patches) > 0 {
		d.sheet.Delta[profiles.ForWebSocket] = patches
		d.whyBuild("delta."+string(profiles.ForWebSocket), "the connection of a script's WebSocket")
	}
	return nil
}

// bothProtocols tells hellos for requests from those for a script's WebSocket.
func bothProtocols(f *fingerprint.Fingerprint) bool {
	e := f.TLS.Extension(fingerprint.ExtALPN)
	return e != nil && len(e.Protocols) == 2
}

// engineVary is what differs between any two hellos of the engine.
func (d *derivation) engineVary() *fingerprint.Vary {
	return &fingerprint.Vary{Permute: shuffled(), OneOf: []fingerprint.OneOf{d.echVariation()}}
}

// echVariation is what differs between two encrypted_client_hello of the engine.
func (d *derivation) echVariation() fingerprint.OneOf {
	if d.Browser.Engine == "firefox" {
		return fingerprint.OneOf{Path: "tls.extensions.encrypted_client_hello.aead", Values: []string{"1", "3"}}
	}
	return fingerprint.OneOf{Path: "tls.extensions.encrypted_client_hello.payload_length", Values: []string{"144", "176", "208", "240"}}
}

// patchesBetween returns what makes the extensions of one hello those of another, but for what varies and for padding.
func patchesBetween(from, to *fingerprint.ClientHello, vary *fingerprint.Vary) (out []profiles.Patch) {
	from, to = (&fingerprint.Fingerprint{TLS: from}).Clone().TLS, (&fingerprint.Fingerprint{TLS: to}).Clone().TLS
	normalizeHello(from)
	normalizeHello(to)
	alone := func(e *fingerprint.Extension) *fingerprint.Fingerprint {
		return &fingerprint.Fingerprint{TLS: &fingerprint.ClientHello{Extensions: []fingerprint.Extension{*e}}}
	}
	passed := func(e *fingerprint.Extension) bool { return e.Type.IsGREASE() || e.Type == fingerprint.ExtPadding }
	for i := range from.Extensions {
		if e := &from.Extensions[i]; !passed(e) && to.Extension(e.Type) == nil {
			out = append(out, profiles.Patch{Remove: fingerprint.ExtensionName(e.Type)})
		}
	}
	for i := range to.Extensions {
		e := &to.Extensions[i]
		if old := from.Extension(e.Type); !passed(e) && (old == nil || len(fingerprint.Diff(alone(old), alone(e), vary)) > 0) {
			out = append(out, profiles.Patch{Put: e})
		}
	}
	return out
}

// applicable leaves out the edits of extensions that this browser's hello does not have. Without what a situation is about
// there is no such situation: a browser without session_ticket resumes no session of TLS 1.2, one without
// psk_key_exchange_modes none of TLS 1.3.
func (d *derivation) applicable(s Situation, patches []profiles.Patch) []profiles.Patch {
	h := d.sheet.First.TLS
	if s == Resumed12 && h.Extension(fingerprint.ExtSessionTicket) == nil || s == Resumed && h.Extension(fingerprint.ExtPSKKeyExchangeModes) == nil {
		return nil
	}
	return slices.DeleteFunc(slices.Clone(patches), func(x profiles.Patch) bool {
		if x.Put != nil {
			return x.Put.Type != fingerprint.ExtPreSharedKey && h.Extension(x.Put.Type) == nil
		}
		return !slices.ContainsFunc(h.Extensions, func(e fingerprint.Extension) bool { return fingerprint.ExtensionName(e.Type) == x.Remove })
	})
}
