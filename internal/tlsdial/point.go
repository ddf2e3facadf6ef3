package tlsdial

import "filippo.io/edwards25519/field"

// point fills b, of 32 bytes, with the u coordinate of a random point of the prime-order subgroup of curve 25519 (RFC
// 7748 §4.1), which is what an X25519 public key is, and distributed as that. Nobody knows its private key, which
// costs most of making a key. Any u is drawn until it belongs to the curve and not to its twist; doubling three times
// takes it into the subgroup, whose cofactor is 8. Nothing here is secret: it takes a time that depends on the values.
func point(b []byte, d *draw) {
	for {
		d.fill(b)
		if onto(b) {
			return
		}
	}
}

var (
	one  = new(field.Element).One()
	curA = new(field.Element).Mult32(one, 486662) // A of v² = u³ + Au² + u
)

// onto replaces the u coordinate of a point of the curve by that of eight times the point. It reports false, and leaves b
// undefined, if that is of no point, or of one of the few of low order, which end in the neutral element.
func onto(b []byte) bool {
	var u, y field.Element
	if _, err := u.SetBytes(b); err != nil { // the highest bit does not count
		return false
	}
	y.Add(&u, curA)
	y.Multiply(&y, &u)
	y.Add(&y, one)
	y.Multiply(&y, &u)
	z := *one
	for range 3 { // the doubling of RFC 7748 §5, with (u : z) instead of u
		var aa, bb, e field.Element
		aa.Add(&u, &z)
		aa.Square(&aa)
		bb.Subtract(&u, &z)
		bb.Square(&bb)
		e.Subtract(&aa, &bb)
		z.Mult32(&e, 121665) // (A − 2) / 4
		z.Add(&z, &aa)
		z.Multiply(&z, &e)
		u.Multiply(&aa, &bb)
	}
	// One power tells both whether y is a square, as yz² is then, and what 1/z is.
	y.Multiply(&y, &z)
	z.Multiply(&y, &z)
	p := power(&z)
	z.Multiply(&z, &p) // (yz²)^((p − 1) / 2), the Legendre symbol; if it is 1, p is 1/(yz²)
	if z.Equal(one) != 1 {
		return false
	}
	u.Multiply(&u, &y)
	u.Multiply(&u, &p)
	copy(b, u.Bytes())
	return true
}

// power returns x to the power of (p − 3) / 2 = (2²⁵⁰ − 1)·2⁴ + 5, where p is 2²⁵⁵ − 19.
func power(x *field.Element) field.Element {
	y := *x
	n := 1 // y is x to the power of 2ⁿ − 1
	for _, odd := range [...]bool{true, true, true, true, false, true, false} {
		z := y
		for range n {
			y.Square(&y)
		}
		y.Multiply(&y, &z)
		if n *= 2; odd {
			y.Square(&y)
			y.Multiply(&y, x)
			n++
		}
	}
	for range 2 { // binary 0101
		y.Square(&y)
		y.Square(&y)
		y.Multiply(&y, x)
	}
	return y
}
