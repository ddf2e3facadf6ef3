package tlsdial

import (
	"crypto/ecdh"
	"encoding/binary"
	"slices"
	"strconv"

	"github.com/wirelike/wirelike/fingerprint"
)

const echPath = "tls.extensions.encrypted_client_hello"

// echLength is the number of bytes of the body around enc and payload.
const echLength = 1 + 2 + 2 + 1 + 2 + 2

// appendECH appends the body of a GREASE ECH extension (RFC 9849 §6.2): the shape of a real one with a random config
// id, a fresh public key as enc and random bytes as payload. Nobody can decrypt it, so nothing is sealed. A server that
// knows ECH answers with retry configs, which are ignored, and after HelloRetryRequest the same bytes are repeated. The
// payload is by growth bytes longer than that of the model.
func appendECH(b []byte, e *fingerprint.ECH, growth int, v *fingerprint.Vary, d *draw) ([]byte, error) {
	kdf, err := oneOf(int(e.KDF), v, echPath+".kdf", 1<<16-1, d)
	if err != nil {
		return nil, err
	}
	aead, err := oneOf(int(e.AEAD), v, echPath+".aead", 1<<16-1, d)
	if err != nil {
		return nil, err
	}
	length, err := oneOf(e.PayloadLength+growth, v, echPath+".payload_length", 1<<16-1-echLength-e.EncLength, d)
	if err != nil {
		return nil, err
	}
	enc, err := encapsulatedKey(e.EncLength, d)
	if err != nil {
		return nil, err
	}
	b = append(b, 0) // outer
	b = binary.BigEndian.AppendUint16(b, uint16(kdf))
	b = binary.BigEndian.AppendUint16(b, uint16(aead))
	b = append(b, byte(d.Uint32()))
	b = binary.BigEndian.AppendUint16(b, uint16(e.EncLength))
	b = append(b, enc...)
	b = binary.BigEndian.AppendUint16(b, uint16(length))
	b = slices.Grow(b, length)[:len(b)+length]
	d.fill(b[len(b)-length:])
	return b, nil
}

// encapsulatedKey makes what looks like the result of an HPKE key encapsulation, n bytes long. Only a true public key
// will do: most 32-byte strings are no point of curve 25519 or have no place in its prime-order subgroup, which an
// observer can test. Nobody needs the private key.
func encapsulatedKey(n int, d *draw) ([]byte, error) {
	curve := hpkeCurve(n)
	switch curve {
	case nil:
		return nil, &UnsupportedError{Path: echPath + ".enc_length", Reason: "no HPKE key encapsulation with a curve has an enc of " + strconv.Itoa(n) + " bytes"}
	case ecdh.X25519():
		b := make([]byte, n)
		point(b, d)
		return b, nil
	}
	key, err := newKey(curve, d)
	if err != nil {
		return nil, err
	}
	return key.PublicKey().Bytes(), nil
}

// hpkeCurve returns the curve whose public keys an HPKE enc of that many bytes is (RFC 9180 §7.1), or nil.
func hpkeCurve(enc int) ecdh.Curve {
	switch enc {
	case 32:
		return ecdh.X25519()
	case 65:
		return ecdh.P256()
	case 97:
		return ecdh.P384()
	case 133:
		return ecdh.P521()
	}
	return nil
}

// oneOf draws the value of a leaf among those that v names, or returns the given one.
func oneOf(value int, v *fingerprint.Vary, path string, most int, d *draw) (int, error) {
	if v != nil {
		for i := range v.OneOf {
			o := &v.OneOf[i]
			if o.Path != path || len(o.Values) == 0 {
				continue
			}
			n, err := strconv.Atoi(o.Values[d.IntN(len(o.Values))])
			if err != nil {
				return 0, &UnsupportedError{Path: path, Reason: "one of its values is no number"}
			}
			value = n
		}
	}
	if value < 0 || value > most {
		return 0, &UnsupportedError{Path: path, Reason: strconv.Itoa(value) + " is out of range"}
	}
	return value, nil
}
