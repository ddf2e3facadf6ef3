package tlsdial

import (
	"bytes"
	"crypto/ecdh"
	"crypto/rand"
	"math/big"
	"slices"
	"testing"

	"filippo.io/edwards25519/field"
)

// prime is that of curve 25519, order that of its subgroup.
var (
	prime = new(big.Int).Sub(new(big.Int).Lsh(big.NewInt(1), 255), big.NewInt(19))
	order = func() *big.Int {
		n, _ := new(big.Int).SetString("27742317777372353535851937790883648493", 10)
		return n.Add(n, new(big.Int).Lsh(big.NewInt(1), 252))
	}()
)

func number(b []byte) *big.Int {
	b = slices.Clone(b)
	slices.Reverse(b)
	return new(big.Int).SetBytes(b)
}

func little(n *big.Int) []byte {
	b := n.FillBytes(make([]byte, 32))
	slices.Reverse(b)
	return b
}

// onCurve tells whether u³ + Au² + u is a square, as an observer would.
func onCurve(u *big.Int) bool {
	v := new(big.Int).Add(u, big.NewInt(486662))
	v.Add(v.Mul(v, u), big.NewInt(1))
	v.Mod(v.Mul(v, u), prime)
	return big.Jacobi(v, prime) == 1
}

// ladder returns the projective (u : z) of n times the point, as RFC 7748 §5 computes it.
func ladder(n, u *big.Int) (x2, z2 *big.Int) {
	mod := func(x *big.Int) *big.Int { return x.Mod(x, prime) }
	mul := func(x, y *big.Int) *big.Int { return mod(new(big.Int).Mul(x, y)) }
	add := func(x, y *big.Int) *big.Int { return mod(new(big.Int).Add(x, y)) }
	sub := func(x, y *big.Int) *big.Int { return mod(new(big.Int).Sub(x, y)) }
	x2, z2 = big.NewInt(1), big.NewInt(0)
	x3, z3 := new(big.Int).Set(u), big.NewInt(1)
	for i := n.BitLen() - 1; i >= 0; i-- {
		if n.Bit(i) == 1 {
			x2, x3, z2, z3 = x3, x2, z3, z2
		}
		a, b, c, d := add(x2, z2), sub(x2, z2), add(x3, z3), sub(x3, z3)
		aa, bb, da, cb := mul(a, a), mul(b, b), mul(d, a), mul(c, b)
		e := sub(aa, bb)
		s, t := add(da, cb), sub(da, cb)
		x3, z3 = mul(s, s), mul(u, mul(t, t))
		x2, z2 = mul(aa, bb), mul(e, add(aa, mul(big.NewInt(121665), e)))
		if n.Bit(i) == 1 {
			x2, x3, z2, z3 = x3, x2, z3, z2
		}
	}
	return x2, z2
}

// TestPoint: what is drawn is on the curve and in its prime-order subgroup, as keys of crypto/ecdh are, and never twice
// the same.
func TestPoint(t *testing.T) {
	t.Parallel()
	d, err := newDraw(newSeeded(10))
	if err != nil {
		t.Fatal(err)
	}
	seen := map[string]bool{}
	for i := range 100 {
		b := make([]byte, 32)
		if i < 5 {
			key, err := ecdh.X25519().GenerateKey(rand.Reader)
			if err != nil {
				t.Fatal(err)
			}
			b = key.PublicKey().Bytes()
		} else {
			point(b, d)
		}
		u := number(b)
		if u.Cmp(prime) >= 0 || !onCurve(u) {
			t.Errorf("%x is not on the curve", b)
		}
		if _, z := ladder(order, u); z.Sign() != 0 {
			t.Errorf("%x is not in the subgroup", b)
		}
		if seen[string(b)] {
			t.Errorf("%x again", b)
		}
		seen[string(b)] = true
	}
}

// TestOnto compares with the ladder, for points of the curve, and refuses those of the twist and of low order.
func TestOnto(t *testing.T) {
	t.Parallel()
	d, err := newDraw(newSeeded(11))
	if err != nil {
		t.Fatal(err)
	}
	inputs := [][]byte{}
	for range 200 {
		b := make([]byte, 32)
		d.fill(b)
		inputs = append(inputs, b)
	}
	for n := range int64(60) { // at both ends, and beyond p
		inputs = append(inputs, little(big.NewInt(n)), little(new(big.Int).Sub(prime, big.NewInt(n-19))))
	}
	low, _ := new(big.Int).SetString("39382357235489614581723060781553021112529911719440698176882885853963445705823", 10)
	inputs = append(inputs, little(low)) // of order 8
	accepted := 0
	for _, in := range inputs {
		masked := slices.Clone(in)
		masked[31] &= 0x7f
		u := number(masked)
		u.Mod(u, prime)
		x, z := ladder(big.NewInt(8), u)
		want := onCurve(u) && z.Sign() != 0
		got := slices.Clone(in)
		if onto(got) != want {
			t.Errorf("%x: accepted %v", in, !want)
			continue
		}
		if !want {
			continue
		}
		accepted++
		if w := little(x.Mod(x.Mul(x, z.ModInverse(z, prime)), prime)); !bytes.Equal(got, w) {
			t.Errorf("%x: got %x, want %x", in, got, w)
		}
	}
	if accepted < 100 || accepted > len(inputs)-100 {
		t.Errorf("%d of %d accepted", accepted, len(inputs))
	}
}

// TestPower compares with math/big.
func TestPower(t *testing.T) {
	t.Parallel()
	exponent := new(big.Int).Rsh(new(big.Int).Sub(prime, big.NewInt(3)), 1)
	d, err := newDraw(newSeeded(12))
	if err != nil {
		t.Fatal(err)
	}
	for i := range 50 {
		b := make([]byte, 32)
		if b[0] = byte(i); i > 3 {
			d.fill(b)
			b[31] &= 0x7f
		}
		x, err := new(field.Element).SetBytes(b)
		if err != nil {
			t.Fatal(err)
		}
		p := power(x)
		if want := little(new(big.Int).Exp(number(b), exponent, prime)); !bytes.Equal(p.Bytes(), want) {
			t.Errorf("%x: got %x, want %x", b, p.Bytes(), want)
		}
	}
}

func BenchmarkPoint(b *testing.B) {
	d, err := newDraw(nil)
	if err != nil {
		b.Fatal(err)
	}
	var enc [32]byte
	for b.Loop() {
		point(enc[:], d)
	}
}
