package interop

import (
	"crypto/sha256"
	"encoding/binary"
	"encoding/hex"
	"hash"
	"io"
	"math/rand/v2"
	"sync"
)

// digest is the length and the SHA-256, in hexadecimal, of a body.
type digest struct {
	Size   int64  `json:"size"`
	SHA256 string `json:"sha256"`
}

func digestOf(r io.Reader) (digest, error) {
	h := sha256.New()
	n, err := io.Copy(h, r)
	return digest{n, sum(h)}, err
}

func sum(h hash.Hash) string { return hex.EncodeToString(h.Sum(nil)) }

const period = 251 // a prime, so that a piece that is lost, doubled or out of its place shows

// patternBlock is long enough for 32 KiB from any place of the period.
var patternBlock = func() []byte {
	b := make([]byte, 32<<10+period)
	for i := range b {
		b[i] = byte(i % period)
	}
	return b
}()

// pattern is what GET /bytes/N has: byte i is i mod 251, from pos to end.
type pattern struct{ pos, end int64 }

func (p *pattern) Read(b []byte) (int, error) {
	if p.pos >= p.end {
		return 0, io.EOF
	}
	n := copy(b[:min(int64(len(b)), p.end-p.pos)], patternBlock[p.pos%period:])
	p.pos += int64(n)
	return n, nil
}

func (p *pattern) Seek(offset int64, whence int) (int64, error) {
	switch whence {
	case io.SeekCurrent:
		offset += p.pos
	case io.SeekEnd:
		offset += p.end
	}
	p.pos = offset
	return offset, nil
}

var patternDigests sync.Map // of pattern to func() digest

// patternDigest returns the digest of the bytes from first up to, not including, end.
func patternDigest(first, end int64) digest {
	once, _ := patternDigests.LoadOrStore(pattern{first, end}, sync.OnceValue(func() digest {
		d, _ := digestOf(&pattern{first, end})
		return d
	}))
	return once.(func() digest)()
}

// upload is a request body of pseudo-random bytes, which takes its own digest as it is read. It tells nobody its length.
type upload struct {
	left int64
	rng  *rand.ChaCha8
	hash hash.Hash
	size int64
}

// newUpload returns a body of n bytes, other ones for every seed.
func newUpload(n int64, seed uint64) *upload {
	var key [32]byte
	binary.LittleEndian.PutUint64(key[:], seed)
	return &upload{left: n, size: n, rng: rand.NewChaCha8(key), hash: sha256.New()}
}

func (u *upload) Read(b []byte) (int, error) {
	if u.left == 0 {
		return 0, io.EOF
	}
	b = b[:min(int64(len(b)), u.left)]
	u.rng.Read(b)
	u.hash.Write(b)
	u.left -= int64(len(b))
	return len(b), nil
}

// digest is complete once the body has been read to its end.
func (u *upload) digest() digest { return digest{u.size, sum(u.hash)} }
