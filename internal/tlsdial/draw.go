package tlsdial

import (
	crand "crypto/rand"
	"fmt"
	"io"
	"math/rand/v2"
)

// draw is the randomness of one hello. What is only to be unpredictable (GREASE, order, lengths, a payload that nobody
// decrypts) comes from a generator seeded by one read, what is secret from the source itself.
type draw struct {
	source io.Reader
	stream *rand.ChaCha8
	*rand.Rand
}

func newDraw(source io.Reader) (*draw, error) {
	if source == nil {
		source = crand.Reader
	}
	d := &draw{source: source}
	var seed [32]byte
	if err := d.secret(seed[:]); err != nil {
		return nil, err
	}
	d.stream = rand.NewChaCha8(seed)
	d.Rand = rand.New(d.stream)
	return d, nil
}

// secret fills b from the source itself.
func (d *draw) secret(b []byte) error {
	if _, err := io.ReadFull(d.source, b); err != nil {
		return fmt.Errorf("randomness: %w", err)
	}
	return nil
}

// fill fills b from the generator.
func (d *draw) fill(b []byte) { d.stream.Read(b) } // never fails
