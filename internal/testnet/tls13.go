package testnet

import (
	"crypto"
	"crypto/rand"
	"crypto/sha256"
	"crypto/tls"
	"encoding/binary"
	"errors"
	"fmt"
	"io"
	"net"
	"slices"
)

// TLS13 is the server side of a TLS 1.3 handshake that is written out by hand, so that it can do what crypto/tls as a
// server does not: extensions of a certificate in any order, compressed certificates, delegated credentials, a record
// size limit. It knows one way only: TLS_AES_128_GCM_SHA256 with an X25519 share of the first hello. It is for tests,
// takes the client's word for nothing it need not know, and is safe for concurrent use.
type TLS13 struct {
	// Certificate is the server's, with a P-256 key.
	Certificate tls.Certificate
	// ALPN is the protocol that it selects, whatever was offered; empty for none.
	ALPN string
	// Leaf are extensions of its own certificate in the Certificate message, in this order. As RFC 8446 §4.4.2 has it,
	// those that the client did not offer are left out.
	Leaf []Extension13
	// Delegated is the key of a delegated credential (RFC 9345), with which it signs for a client that offers them.
	Delegated crypto.Signer
	// Compress compresses the Certificate message for a client that offers the algorithm Algorithm (RFC 8879); nil: never.
	Compress  func(message []byte) []byte
	Algorithm uint16
	// Limit is its record_size_limit (RFC 8449), sent to a client that has sent one. A longer record ends the connection
	// with the alert record_overflow. 0: none.
	Limit int
}

// Extension13 is an extension as it is on the wire.
type Extension13 struct {
	Type uint16
	Data []byte
}

// The extensions that the server knows.
const (
	extALPN               = 16
	extCompressCert       = 27
	extRecordSizeLimit    = 28
	extDelegated          = 34
	extSupportedVersions  = 43
	extKeyShare           = 51
	alertRecordOverflow   = 22
	recordAlert           = 21
	recordHandshake       = 22
	recordData            = 23
	suiteAES128GCMSHA256  = 0x1301
	schemeECDSAWithSHA256 = 0x0403
)

// Handshake answers a client. The connection belongs to the Conn13 after that.
func (s *TLS13) Handshake(c net.Conn) (*Conn13, error) {
	h := &handshake13{s: s, Conn13: &Conn13{Conn: c, limit: s.Limit}}
	if err := h.do(); err != nil {
		return nil, fmt.Errorf("testnet: scripted handshake: %w", err)
	}
	return h.Conn13, nil
}

// handshake13 is one handshake.
type handshake13 struct {
	*Conn13
	s          *TLS13
	hello      hello13
	transcript []byte
	keys       schedule13
}

func (h *handshake13) do() error {
	msg, err := h.readHello()
	if err != nil {
		return err
	}
	if h.hello, err = parseHello13(msg); err != nil {
		return err
	}
	if h.hello.limit == 0 {
		h.limit = 0
	}
	h.transcript = append(h.transcript, msg...)
	shared, err := h.serverHello()
	if err != nil {
		return err
	}
	h.keys.handshake(shared, h.transcript)
	h.in.setKey(h.keys.client)
	h.out.setKey(h.keys.server)
	flight := h.add(8, h.encryptedExtensions())
	certificate, err := h.certificate()
	if err != nil {
		return err
	}
	flight = append(flight, certificate...)
	verify, err := h.certificateVerify()
	if err != nil {
		return err
	}
	flight = append(flight, verify...)
	flight = append(flight, h.add(20, h.keys.finished(h.keys.server, h.transcript))...)
	if err := h.writeRecords(recordHandshake, flight); err != nil {
		return err
	}
	return h.clientFinished()
}

// clientFinished reads what the client has to say, the client's encrypted extensions (ALPS) among it, and goes over to the
// keys of application data.
func (h *handshake13) clientFinished() error {
	client, server := h.keys.application(h.transcript)
	h.out.setKey(server)
	var flight []byte
	for {
		typ, b, err := h.readRecord()
		if err != nil {
			return err
		}
		if typ != recordHandshake {
			return fmt.Errorf("record of type %d, want a handshake message: % x", typ, b[:min(len(b), 2)])
		}
		flight = append(flight, b...)
		for len(flight) >= 4 {
			n := 4 + (int(flight[1])<<16 | int(flight[2])<<8 | int(flight[3]))
			if len(flight) < n {
				break
			}
			if flight[0] == 20 {
				if string(flight[4:n]) != string(h.keys.finished(h.keys.client, h.transcript)) {
					return errors.New("the client's Finished is wrong")
				}
				h.in.setKey(client)
				return nil
			}
			h.transcript = append(h.transcript, flight[:n]...)
			flight = flight[n:]
		}
	}
}

// add makes a handshake message, which is part of the transcript from now on.
func (h *handshake13) add(typ byte, body []byte) []byte {
	msg := append([]byte{typ, byte(len(body) >> 16), byte(len(body) >> 8), byte(len(body))}, body...)
	h.transcript = append(h.transcript, msg...)
	return msg
}

// serverHello sends a ServerHello and returns the shared secret.
func (h *handshake13) serverHello() (shared []byte, err error) {
	share, shared, err := exchange13(h.hello.x25519)
	if err != nil {
		return nil, err
	}
	body := []byte{3, 3}
	random := make([]byte, 32)
	rand.Read(random)
	body = append(body, random...)
	body = append(append(body, byte(len(h.hello.session))), h.hello.session...)
	body = append(body, suiteAES128GCMSHA256>>8, suiteAES128GCMSHA256&0xff, 0)
	extensions := extension13(nil, extSupportedVersions, []byte{3, 4})
	extensions = extension13(extensions, extKeyShare, append([]byte{0, 29, 0, 32}, share...))
	body = append(binary.BigEndian.AppendUint16(body, uint16(len(extensions))), extensions...)
	if err := h.writeRecords(recordHandshake, h.add(2, body)); err != nil {
		return nil, err
	}
	_, err = h.Conn.Write([]byte{20, 3, 3, 0, 1, 1})
	return shared, err
}

func (h *handshake13) encryptedExtensions() []byte {
	var list []byte
	if p := h.s.ALPN; p != "" {
		list = extension13(list, extALPN, append([]byte{0, byte(1 + len(p)), byte(len(p))}, p...))
	}
	if h.limit > 0 {
		list = extension13(list, extRecordSizeLimit, []byte{byte(h.limit >> 8), byte(h.limit)})
	}
	return append(binary.BigEndian.AppendUint16(nil, uint16(len(list))), list...)
}

// certificate makes the Certificate or CompressedCertificate message.
func (h *handshake13) certificate() ([]byte, error) {
	var leaf []byte
	for _, e := range h.s.Leaf {
		if h.hello.offers(e.Type) {
			leaf = extension13(leaf, e.Type, e.Data)
		}
	}
	if h.delegates() {
		credential, err := h.s.credential()
		if err != nil {
			return nil, err
		}
		leaf = extension13(leaf, extDelegated, credential)
	}
	var list []byte
	for _, der := range h.s.Certificate.Certificate {
		list = append(append(list, byte(len(der)>>16), byte(len(der)>>8), byte(len(der))), der...)
		list = append(binary.BigEndian.AppendUint16(list, uint16(len(leaf))), leaf...)
		leaf = nil
	}
	body := append([]byte{0, byte(len(list) >> 16), byte(len(list) >> 8), byte(len(list))}, list...)
	if h.s.Compress == nil || !slices.Contains(h.hello.compressions, h.s.Algorithm) {
		return h.add(11, body), nil
	}
	small := h.s.Compress(body)
	packed := binary.BigEndian.AppendUint16(nil, h.s.Algorithm)
	packed = append(packed, byte(len(body)>>16), byte(len(body)>>8), byte(len(body)))
	packed = append(packed, byte(len(small)>>16), byte(len(small)>>8), byte(len(small)))
	return h.add(25, append(packed, small...)), nil
}

func (h *handshake13) delegates() bool { return h.s.Delegated != nil && h.hello.offers(extDelegated) }

// certificateVerify signs the transcript with the key of the certificate, or that of the delegated credential (RFC 8446
// §4.4.3).
func (h *handshake13) certificateVerify() ([]byte, error) {
	key, ok := h.s.Certificate.PrivateKey.(crypto.Signer)
	if h.delegates() {
		key, ok = h.s.Delegated, true
	}
	if !ok {
		return nil, errors.New("the certificate's key cannot sign")
	}
	sum := sha256.Sum256(h.transcript)
	signature, err := sign13(key, "TLS 1.3, server CertificateVerify", sum[:])
	if err != nil {
		return nil, err
	}
	body := binary.BigEndian.AppendUint16(nil, schemeECDSAWithSHA256)
	return h.add(15, append(binary.BigEndian.AppendUint16(body, uint16(len(signature))), signature...)), nil
}

// readHello reads the ClientHello from one or more records.
func (h *handshake13) readHello() ([]byte, error) {
	var msg []byte
	for {
		var head [5]byte
		if _, err := io.ReadFull(h.Conn, head[:]); err != nil {
			return nil, err
		}
		b := make([]byte, binary.BigEndian.Uint16(head[3:]))
		if _, err := io.ReadFull(h.Conn, b); err != nil {
			return nil, err
		}
		if head[0] != recordHandshake {
			return nil, fmt.Errorf("record of type %d, want a hello", head[0])
		}
		msg = append(msg, b...)
		if len(msg) >= 4 && len(msg) >= 4+(int(msg[1])<<16|int(msg[2])<<8|int(msg[3])) {
			return msg, nil
		}
	}
}

// extension13 appends an extension to a list of them.
func extension13(list []byte, typ uint16, data []byte) []byte {
	list = binary.BigEndian.AppendUint16(list, typ)
	return append(binary.BigEndian.AppendUint16(list, uint16(len(data))), data...)
}
