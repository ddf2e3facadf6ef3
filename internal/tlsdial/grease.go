package tlsdial

import "github.com/wirelike/wirelike/fingerprint"

// grease holds the GREASE values of one connection. As in BoringSSL there is one value for the cipher suites, one for the
// groups (supported_groups and key_share agree), one for the versions, one for the signature algorithms and one for
// each GREASE extension, all independent but that no two extensions are alike (RFC 8701 §3.1).
type grease struct {
	cipher, group, version, signature fingerprint.ID

	extensions []fingerprint.ID // those given out
}

func newGREASE(d *draw) *grease {
	return &grease{cipher: greaseValue(d), group: greaseValue(d), version: greaseValue(d), signature: greaseValue(d)}
}

// greaseValue draws one of the sixteen values 0x?a?a.
func greaseValue(d *draw) fingerprint.ID {
	return fingerprint.GREASE + fingerprint.ID(d.Uint32N(16))*0x1010
}

// extension returns the type of the next GREASE extension.
func (g *grease) extension(d *draw) fingerprint.ID {
	v := greaseValue(d)
	for g.given(v) {
		v ^= 0x1010 // what BoringSSL does about the second that equals the first
		if g.given(v) {
			v = greaseValue(d)
		}
	}
	g.extensions = append(g.extensions, v)
	return v
}

func (g *grease) given(v fingerprint.ID) bool {
	for _, x := range g.extensions {
		if x == v {
			return true
		}
	}
	return false
}

// maxGREASE is how many GREASE extensions a hello can have: as many as there are values.
const maxGREASE = 16

// filled puts value into the GREASE slots of list.
func filled(list []fingerprint.ID, value fingerprint.ID) []uint16 {
	out := make([]uint16, len(list))
	for i, id := range list {
		if id.IsGREASE() {
			id = value
		}
		out[i] = uint16(id)
	}
	return out
}
