package testnet

import (
	"crypto"
	"crypto/aes"
	"crypto/cipher"
	"crypto/ecdh"
	"crypto/hkdf"
	"crypto/hmac"
	"crypto/rand"
	"crypto/sha256"
	"crypto/x509"
	"encoding/binary"
	"strings"
)

// schedule13 is the key schedule of RFC 8446 §7.1 with SHA-256 and without a PSK.
type schedule13 struct {
	secret         []byte // the handshake secret
	client, server []byte // the traffic secrets of the handshake
}

func must[T any](v T, err error) T {
	if err != nil {
		panic("testnet: " + err.Error()) // the lengths are constants
	}
	return v
}

// expand13 is HKDF-Expand-Label.
func expand13(secret []byte, label string, context []byte, n int) []byte {
	info := []byte{byte(n >> 8), byte(n), byte(6 + len(label))}
	info = append(append(info, "tls13 "+label...), byte(len(context)))
	return must(hkdf.Expand(sha256.New, secret, string(append(info, context...)), n))
}

// derive13 is Derive-Secret.
func derive13(secret []byte, label string, transcript []byte) []byte {
	sum := sha256.Sum256(transcript)
	return expand13(secret, label, sum[:], sha256.Size)
}

func (s *schedule13) handshake(shared, transcript []byte) {
	zero := make([]byte, sha256.Size)
	early := must(hkdf.Extract(sha256.New, zero, zero))
	s.secret = must(hkdf.Extract(sha256.New, shared, derive13(early, "derived", nil)))
	s.client = derive13(s.secret, "c hs traffic", transcript)
	s.server = derive13(s.secret, "s hs traffic", transcript)
}

func (s *schedule13) application(transcript []byte) (client, server []byte) {
	zero := make([]byte, sha256.Size)
	master := must(hkdf.Extract(sha256.New, zero, derive13(s.secret, "derived", nil)))
	return derive13(master, "c ap traffic", transcript), derive13(master, "s ap traffic", transcript)
}

// finished makes the body of the Finished message of the side that has that traffic secret.
func (s *schedule13) finished(secret, transcript []byte) []byte {
	mac := hmac.New(sha256.New, expand13(secret, "finished", nil, sha256.Size))
	sum := sha256.Sum256(transcript)
	mac.Write(sum[:])
	return mac.Sum(nil)
}

// half13 protects the records of one direction.
type half13 struct {
	aead cipher.AEAD
	iv   []byte
	seq  uint64
}

func (h *half13) setKey(secret []byte) {
	h.aead = must(cipher.NewGCM(must(aes.NewCipher(expand13(secret, "key", nil, 16)))))
	h.iv, h.seq = expand13(secret, "iv", nil, 12), 0
}

// nonce returns the nonce of the next record.
func (h *half13) nonce() []byte {
	n := append([]byte(nil), h.iv...)
	for i, b := range binary.BigEndian.AppendUint64(nil, h.seq) {
		n[4+i] ^= b
	}
	h.seq++
	return n
}

// exchange13 makes an X25519 share and the secret that it shares with the other side's.
func exchange13(theirs []byte) (share, shared []byte, err error) {
	public, err := ecdh.X25519().NewPublicKey(theirs)
	if err != nil {
		return nil, nil, err
	}
	key, err := ecdh.X25519().GenerateKey(rand.Reader)
	if err != nil {
		return nil, nil, err
	}
	shared, err = key.ECDH(public)
	return key.PublicKey().Bytes(), shared, err
}

// sign13 signs what RFC 8446 §4.4.3 puts before the content.
func sign13(key crypto.Signer, context string, content []byte) ([]byte, error) {
	sum := sha256.Sum256(append([]byte(strings.Repeat(" ", 64)+context+"\x00"), content...))
	return key.Sign(rand.Reader, sum[:], crypto.SHA256)
}

// credential makes a delegated credential for the key Delegated (RFC 9345 §4), signed by the certificate's.
func (s *TLS13) credential() ([]byte, error) {
	der, err := x509.MarshalPKIXPublicKey(s.Delegated.Public())
	if err != nil {
		return nil, err
	}
	c := binary.BigEndian.AppendUint32(nil, 24*60*60) // seconds after the beginning of the certificate's validity
	c = binary.BigEndian.AppendUint16(c, schemeECDSAWithSHA256)
	c = append(append(c, byte(len(der)>>16), byte(len(der)>>8), byte(len(der))), der...)
	c = binary.BigEndian.AppendUint16(c, schemeECDSAWithSHA256)
	key, _ := s.Certificate.PrivateKey.(crypto.Signer)
	signature, err := sign13(key, "TLS, server delegated credentials", append(append([]byte(nil), s.Certificate.Certificate[0]...), c...))
	if err != nil {
		return nil, err
	}
	return append(binary.BigEndian.AppendUint16(c, uint16(len(signature))), signature...), nil
}
