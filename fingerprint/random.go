package fingerprint

import (
	"fmt"

	"golang.org/x/crypto/cryptobyte"
)

// Part is a run of bytes of a ClientHello that a client draws anew for every connection.
type Part struct {
	Path   string // "tls.random", "tls.extensions.key_share[1].key" …
	Offset int    // in the handshake message
	Bytes  []byte // shares memory with the message
}

// RandomParts returns what must never repeat between two hellos of one client: random, session id, public keys, the
// encapsulated key and the payload of encrypted_client_hello, and the ticket of pre_shared_key.
func RandomParts(msg []byte) ([]Part, error) {
	if _, err := ParseClientHello(msg); err != nil {
		return nil, err
	}
	var parts []Part
	add := func(path string, b []byte) {
		if len(b) > 1 { // the GREASE key share is one constant byte
			parts = append(parts, Part{Path: path, Offset: cap(msg) - cap(b), Bytes: b})
		}
	}
	add("tls.random", msg[6:38])
	s := cryptobyte.String(msg[38:])
	var sid, skipped, exts cryptobyte.String
	s.ReadUint8LengthPrefixed(&sid)
	add("tls.session_id", sid)
	s.ReadUint16LengthPrefixed(&skipped)
	s.ReadUint8LengthPrefixed(&skipped)
	s.ReadUint16LengthPrefixed(&exts)
	for !exts.Empty() {
		var typ uint16
		var body cryptobyte.String
		if !exts.ReadUint16(&typ) || !exts.ReadUint16LengthPrefixed(&body) {
			break
		}
		p := "tls.extensions." + ExtensionName(ID(typ))
		switch ID(typ) {
		case ExtKeyShare:
			var list, key cryptobyte.String
			body.ReadUint16LengthPrefixed(&list)
			for i := 0; list.Skip(2) && list.ReadUint16LengthPrefixed(&key); i++ {
				add(fmt.Sprintf("%s[%d].key", p, i), key)
			}
		case ExtEncryptedClientHello:
			var enc, payload cryptobyte.String
			if body.Skip(6) && body.ReadUint16LengthPrefixed(&enc) && body.ReadUint16LengthPrefixed(&payload) {
				add(p+".enc", enc)
				add(p+".payload", payload)
			}
		case ExtPreSharedKey:
			var ids, id cryptobyte.String
			if body.ReadUint16LengthPrefixed(&ids) && ids.ReadUint16LengthPrefixed(&id) {
				add(p+".identities[0]", id)
			}
		}
	}
	return parts, nil
}
