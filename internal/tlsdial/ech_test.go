package tlsdial

import (
	"crypto/ecdh"
	"crypto/ed25519"
	"crypto/sha512"
	"testing"
)

// TestMontgomery compares with the keys that crypto/ecdh makes of the same private keys (RFC 8032 §5.1.5).
func TestMontgomery(t *testing.T) {
	t.Parallel()
	d, err := newDraw(newSeeded(10))
	if err != nil {
		t.Fatal(err)
	}
	for range 200 {
		var seed [ed25519.SeedSize]byte
		d.fill(seed[:])
		h := sha512.Sum512(seed[:])
		key, err := ecdh.X25519().NewPrivateKey(h[:32])
		if err != nil {
			t.Fatal(err)
		}
		got := montgomery(ed25519.NewKeyFromSeed(seed[:]).Public().(ed25519.PublicKey))
		if want := key.PublicKey().Bytes(); string(got) != string(want) {
			t.Fatalf("seed %x: got %x, want %x", seed, got, want)
		}
	}
}
