package tlsdial

import (
	"crypto/ecdh"
	"crypto/mlkem"
	"errors"
	"fmt"
	"strconv"

	utls "github.com/refraction-networking/utls"

	"github.com/wirelike/wirelike/fingerprint"
)

const sharesPath = "tls.extensions.key_share"

// privateKeys are the private halves of the key shares of one hello.
type privateKeys struct {
	hybrid    fingerprint.ID // the hybrid group offered, 0 for none
	mlkem     *mlkem.DecapsulationKey768
	x25519    *ecdh.PrivateKey // the classical part of the hybrid share
	classical []classicalKey
}

type classicalKey struct {
	group fingerprint.ID
	key   *ecdh.PrivateKey
}

// of returns the elliptic curve key with which a share of the group is answered, nil for a group that was not offered.
func (p *privateKeys) of(group fingerprint.ID) *ecdh.PrivateKey {
	if group == p.hybrid && group != 0 {
		return p.x25519
	}
	for _, c := range p.classical {
		if c.group == group {
			return c.key
		}
	}
	return nil
}

// utls returns the keys as utls wants them. It has room for one elliptic curve key beside the hybrid pair; the
// connection corrects it once it sees which group the server selects.
func (p *privateKeys) utls() *utls.KeySharePrivateKeys {
	k := &utls.KeySharePrivateKeys{Ecdhe: p.x25519, Mlkem: p.mlkem, MlkemEcdhe: p.x25519}
	if len(p.classical) > 0 {
		k.Ecdhe = p.classical[0].key
	}
	return k
}

// curves are the classical groups and the lengths of their public keys in bytes.
var curves = [...]struct {
	group  fingerprint.ID
	curve  ecdh.Curve
	length int
}{
	{fingerprint.GroupX25519, ecdh.X25519(), 32},
	{fingerprint.GroupSecp256r1, ecdh.P256(), 65},
	{fingerprint.GroupSecp384r1, ecdh.P384(), 97},
	{fingerprint.GroupSecp521r1, ecdh.P521(), 133},
}

// keyShares makes fresh keys for the shares of the model. Every key is independent of the others, but an X25519 share
// that reuses the X25519 part of the hybrid share, as Firefox's does.
func keyShares(shares []fingerprint.KeyShare, g *grease, d *draw) ([]utls.KeyShare, *privateKeys, error) {
	out := make([]utls.KeyShare, len(shares))
	p := &privateKeys{}
	for i, s := range shares {
		data, err := keyShare(s, p, d)
		if err != nil {
			if u := (*UnsupportedError)(nil); errors.As(err, &u) {
				u.Path = sharesPath + "[" + strconv.Itoa(i) + "]." + u.Path
			}
			return nil, nil, err
		}
		group := s.Group
		if group.IsGREASE() {
			group = g.group
		}
		out[i] = utls.KeyShare{Group: utls.CurveID(group), Data: data}
	}
	if len(p.classical) == 0 && p.x25519 == nil {
		return nil, nil, &UnsupportedError{Path: sharesPath, Reason: "it has no share with which a handshake could be completed"}
	}
	return out, p, nil
}

// keyShare makes the public key of one share and adds the private one to p.
func keyShare(s fingerprint.KeyShare, p *privateKeys, d *draw) ([]byte, error) {
	if s.Group.IsGREASE() {
		if s.Length < 0 || s.Length > 1<<12 || s.Reuses != 0 {
			return nil, &UnsupportedError{Path: "length", Reason: "a GREASE share has few bytes, all zero"}
		}
		return make([]byte, s.Length), nil
	}
	if p.of(s.Group) != nil {
		return nil, &UnsupportedError{Path: "group", Reason: "the group has a share already"}
	}
	switch s.Group {
	case fingerprint.GroupX25519MLKEM768, fingerprint.GroupX25519Kyber768:
		return hybridShare(s, p, d)
	}
	for _, c := range curves {
		if c.group != s.Group {
			continue
		}
		if s.Length != c.length {
			return nil, wrongLength(c.length)
		}
		key := p.x25519
		if s.Reuses == 0 {
			var err error
			if key, err = newKey(c.curve, d); err != nil {
				return nil, err
			}
		} else if s.Reuses != p.hybrid || s.Group != fingerprint.GroupX25519 {
			return nil, &UnsupportedError{Path: "reuses", Reason: "only an X25519 share behind a hybrid share can reuse its key"}
		}
		p.classical = append(p.classical, classicalKey{c.group, key})
		return key.PublicKey().Bytes(), nil
	}
	return nil, &UnsupportedError{Path: "group", Reason: "the TLS stack has no key exchange with group " + s.Group.String()}
}

// hybridShare makes an X25519 and an ML-KEM-768 key. The share is the two public keys, ML-KEM first in X25519MLKEM768
// (draft-ietf-tls-ecdhe-mlkem §4.1), last in the Kyber draft.
func hybridShare(s fingerprint.KeyShare, p *privateKeys, d *draw) ([]byte, error) {
	const length = mlkem.EncapsulationKeySize768 + 32
	if s.Length != length {
		return nil, wrongLength(length)
	}
	if s.Reuses != 0 {
		return nil, &UnsupportedError{Path: "reuses", Reason: "only an X25519 share can reuse a key"}
	}
	if p.hybrid != 0 {
		return nil, &UnsupportedError{Path: "group", Reason: "the TLS stack keeps the keys of one hybrid share only"}
	}
	var seed [mlkem.SeedSize]byte
	if err := d.secret(seed[:]); err != nil {
		return nil, err
	}
	m, err := mlkem.NewDecapsulationKey768(seed[:])
	if err != nil {
		return nil, fmt.Errorf("ML-KEM key: %w", err)
	}
	x, err := newKey(ecdh.X25519(), d)
	if err != nil {
		return nil, err
	}
	p.hybrid, p.mlkem, p.x25519 = s.Group, m, x
	out := make([]byte, 0, length)
	if s.Group == fingerprint.GroupX25519Kyber768 {
		return append(append(out, x.PublicKey().Bytes()...), m.EncapsulationKey().Bytes()...), nil
	}
	return append(append(out, m.EncapsulationKey().Bytes()...), x.PublicKey().Bytes()...), nil
}

func wrongLength(n int) error {
	return &UnsupportedError{Path: "length", Reason: "public keys of the group have " + strconv.Itoa(n) + " bytes"}
}

// newKey makes a private key out of the injected randomness, which the GenerateKey of crypto/ecdh would ignore.
func newKey(c ecdh.Curve, d *draw) (*ecdh.PrivateKey, error) {
	n := 32
	switch c {
	case ecdh.P384():
		n = 48
	case ecdh.P521():
		n = 66
	}
	var buf [66]byte
	b := buf[:n]
	var err error
	for range 64 { // a scalar beyond the order of the curve, which is to be drawn again, is one in 2³² at most
		if err := d.secret(b); err != nil {
			return nil, err
		}
		if c == ecdh.P521() {
			b[0] &= 1
		}
		var key *ecdh.PrivateKey
		if key, err = c.NewPrivateKey(b); err == nil {
			return key, nil
		}
	}
	return nil, fmt.Errorf("randomness: no private key in 64 draws: %w", err)
}
