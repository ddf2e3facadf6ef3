package fingerprint

import (
	"bytes"
	"crypto/tls"
	"encoding/binary"
	"errors"
	"io"
	"net"
	"reflect"
	"slices"
	"strings"
	"testing"
	"time"

	"golang.org/x/net/http2/hpack"
)

// FuzzExtension gives the body of one extension to the parser of its type: whatever was understood is, written again, the
// body, and whatever was not is there byte by byte.
func FuzzExtension(f *testing.F) {
	for _, c := range readCorpus(f)[:40] {
		h := parseHello(f, c.Hello)
		offset := 39 + h.SessionIDLength + 2 + 2*len(h.CipherSuites) + 1 + len(h.CompressionMethods) + 2
		for i := range h.Extensions {
			n := h.Extensions[i].bodyLength()
			f.Add(uint16(h.Extensions[i].Type), []byte(c.Hello[offset+4:offset+4+n]))
			offset += 4 + n
		}
	}
	f.Add(uint16(ExtServerName), nameBody("*"))
	f.Add(uint16(ExtPreSharedKey), pskBody([]int{4, 2}, []int{5, 32}))
	f.Fuzz(func(t *testing.T, typ uint16, body []byte) {
		if len(body) > 1<<15 {
			return
		}
		r := rawB(t).without(typ).and(typ, body...)
		msg := r.bytes()
		h := r.parse(t)
		e := &h.Extensions[len(h.Extensions)-1]
		if e.bodyLength() != len(body) || e.Type != ID(typ) {
			t.Errorf("%s of %d bytes is read as %+v", ExtensionName(e.Type), len(body), e)
		}
		if again, ok := writeBody(e); ok && !bytes.Equal(again, body) {
			t.Errorf("%s %x is read as %+v, which is %x", ExtensionName(e.Type), body, e, again)
		}
		fp := &Fingerprint{TLS: h}
		if err := checkLeaves(msg, fp.Leaves()); err != nil {
			t.Error(err)
		}
		checkRoundTrip(t, "extension", fp)
		for _, s := range Sums(fp)[:5] {
			if (s.Err == nil) != (s.Hash != "") {
				t.Errorf("%+v", s)
			}
		}
	})
}

// writeBody makes the body of an extension out of its model; false when the model has only lengths.
func writeBody(e *Extension) ([]byte, bool) {
	var ids []uint16
	var octets []byte
	for _, id := range e.List {
		ids, octets = append(ids, uint16(id)), append(octets, byte(id))
	}
	layout := LayoutOf(e.Type)
	switch {
	case e.Data != nil || layout == LayoutData:
		return e.Data, true
	case e.ServerName != "":
		return nameBody(e.ServerName), true
	case e.Protocols != nil:
		return protocolList(e.Protocols...), true
	case e.List != nil && layout == LayoutList16:
		return list16(ids...), true
	case e.List != nil && layout == LayoutList8:
		return list8(ids...), true
	case e.List != nil:
		return bytes8(octets...), true
	case e.Limit != 0:
		return binary.BigEndian.AppendUint16(nil, uint16(e.Limit)), true
	}
	return nil, e.bodyLength() == 0
}

// FuzzHelloAgainstCryptoTLS compares the parser with that of crypto/tls, wherever that reads the hello at all.
func FuzzHelloAgainstCryptoTLS(f *testing.F) {
	f.Add(unhex(f, helloB))
	f.Add(unhex(f, helloG))
	for i, c := range readCorpus(f) {
		if i%6 == 0 {
			f.Add([]byte(c.Hello))
		}
	}
	f.Fuzz(compareWithCryptoTLS)
}

// TestHelloAgainstCryptoTLS is the comparison on all hellos of the corpus: none may be passed over.
func TestHelloAgainstCryptoTLS(t *testing.T) {
	read := 0
	for _, c := range readCorpus(t) {
		if c.Transport == "tcp" && readByCryptoTLS(c.Hello) != nil {
			read++
		}
		compareWithCryptoTLS(t, c.Hello)
	}
	if read < 200 {
		t.Errorf("crypto/tls read only %d hellos", read)
	}
}

func compareWithCryptoTLS(t *testing.T, msg []byte) {
	if len(msg) < 4 || len(msg) != 4+int(msg[1])<<16+int(msg[2])<<8+int(msg[3]) {
		return // crypto/tls reads a stream, and would take what is behind the message for the next one
	}
	info := readByCryptoTLS(msg)
	if info == nil {
		return
	}
	h, err := ParseClientHello(msg)
	if err != nil && strings.HasSuffix(err.Error(), "session id: longer than 32 bytes") {
		return // RFC 8446 §4.1.2 has no such session id; crypto/tls does not look
	}
	if err != nil {
		t.Fatalf("crypto/tls reads it, and it is refused: %v", err)
	}
	same := func(what string, got []ID, want any) {
		t.Helper()
		var list []ID
		for v := reflect.ValueOf(want); len(list) < v.Len(); {
			list = append(list, ID(v.Index(len(list)).Uint()))
		}
		if !slices.Equal(got, list) {
			t.Errorf("%s %v, crypto/tls has %v", what, got, list)
		}
	}
	list := func(typ ID) []ID {
		if e := h.Extension(typ); e != nil {
			return e.List
		}
		return nil
	}
	same("cipher suites", h.CipherSuites, info.CipherSuites)
	same("groups", list(ExtSupportedGroups), info.SupportedCurves)
	same("point formats", list(ExtECPointFormats), info.SupportedPoints)
	same("signature algorithms", list(ExtSignatureAlgorithms), info.SignatureSchemes)
	if h.Extension(ExtSupportedVersions) != nil { // otherwise crypto/tls makes a list of its own
		same("versions", list(ExtSupportedVersions), info.SupportedVersions)
	}
	types := []ID{}
	for i := range h.Extensions {
		types = append(types, h.Extensions[i].Type)
	}
	same("extensions", types, info.Extensions)
	if e := h.Extension(ExtALPN); e != nil && e.Data == nil && !slices.Equal(e.Protocols, info.SupportedProtos) || e == nil && info.SupportedProtos != nil {
		t.Errorf("alpn %+v, crypto/tls has %q", e, info.SupportedProtos)
	}
	if e := h.Extension(ExtServerName); e != nil && e.Data == nil && e.ServerName != info.ServerName || e == nil && info.ServerName != "" {
		t.Errorf("server name %+v, crypto/tls has %q", e, info.ServerName)
	}
}

// readByCryptoTLS returns what crypto/tls reads out of a hello, nil when it refuses it.
func readByCryptoTLS(msg []byte) (info *tls.ClientHelloInfo) {
	var records []byte
	for rest := msg; len(rest) > 0; {
		n := min(len(rest), 1<<14)
		records = append(append(records, 22, 3, 1, byte(n>>8), byte(n)), rest[:n]...)
		rest = rest[n:]
	}
	tls.Server(&recorded{r: bytes.NewReader(records)}, &tls.Config{GetConfigForClient: func(i *tls.ClientHelloInfo) (*tls.Config, error) {
		info = i
		return nil, errors.New("seen")
	}}).Handshake()
	return info
}

// recorded is a connection on which a client said something and hung up.
type recorded struct {
	r io.Reader
	net.Conn
}

func (c *recorded) Read(b []byte) (int, error)       { return c.r.Read(b) }
func (c *recorded) Write(b []byte) (int, error)      { return len(b), nil }
func (c *recorded) Close() error                     { return nil }
func (c *recorded) SetDeadline(time.Time) error      { return nil }
func (c *recorded) SetReadDeadline(time.Time) error  { return nil }
func (c *recorded) SetWriteDeadline(time.Time) error { return nil }

// FuzzHPACK reads a header block, as parser of forms and with the decoder of x/net: they must agree on what is a block and
// on the fields, and the fields, written again in the forms found, must be the same block to both.
func FuzzHPACK(f *testing.F) {
	for _, block := range hpackBlocks() {
		f.Add(block)
	}
	f.Fuzz(compareWithHPACK)
}

func hpackBlocks() [][]byte {
	blocks := [][]byte{
		{}, {0x82, 0x84, 0x87}, {0x3f, 0xe1, 0x1f, 0x82}, {0x20, 0x82}, {0x82, 0x20},
		{0x40, 1, 'a', 1, 'b', 0xbe, 0x7e, 1, 'c', 0x1f, 0x30, 0x81, 0x1f},
		{0x7f, 0x80, 0x80, 0x80, 0x80, 0x80, 0x80, 0}, {0x04, 0x85, 0x60, 0x75, 0x99, 0x8e, 0x84}, {0x10, 0, 0},
	}
	for _, w := range []*frameWriter{firefoxFrames(), busyFrames()} {
		for b := w.Bytes()[len(Preface):]; len(b) >= 9; b = b[9+frameLength(b):] {
			if b[3] == frameHeaders && b[4]&0x28 == 0 {
				blocks = append(blocks, bytes.Clone(b[9:9+frameLength(b)]))
			}
		}
	}
	return blocks
}

func TestHPACKAgainstXNet(t *testing.T) {
	for _, block := range hpackBlocks() {
		for n := range len(block) + 1 { // cut at every byte
			compareWithHPACK(t, block[:n])
		}
	}
}

func compareWithHPACK(t *testing.T, block []byte) {
	if len(block) > 1<<14 {
		return
	}
	d := hpack.NewDecoder(4096, nil)
	d.SetAllowedMaxDynamicTableSize(maxTable)
	fields, want := d.DecodeFull(block)
	r, err := readBlock(block)
	if err != nil {
		if want == nil && !(errors.Is(err, errLateUpdate) || errors.Is(err, errHPACK) && longNumber(block)) {
			t.Fatalf("x/net reads %v, and it is refused: %v", fields, err)
		}
		return // stricter than x/net: RFC 7541 §4.2 on updates, and §5.1 allows to limit the octets of a number
	}
	if want != nil {
		t.Fatalf("x/net refuses (%v) what is read as %+v", want, r)
	}
	if len(fields) != len(r.Fields) {
		t.Fatalf("%d fields, x/net has %d", len(r.Fields), len(fields))
	}
	for i, x := range fields {
		got := r.Fields[i]
		if got.Name != x.Name || got.Value != x.Value || x.Sensitive != (got.Form.Kind == FormNever) {
			t.Errorf("field %d is %+v, x/net has %+v", i, got, x)
		}
	}
	again := writeBlock(r)
	twice, err := readBlock(again)
	if err != nil || !reflect.DeepEqual(r, twice) {
		t.Errorf("%x, written in its forms, is %x: %+v, then %+v (%v)", block, again, r, twice, err)
	}
}

// readBlock reads the header block of a first request.
func readBlock(block []byte) (*Request, error) {
	p := NewHTTP2Parser()
	p.Write([]byte(Preface))
	head := []byte{byte(len(block) >> 16), byte(len(block) >> 8), byte(len(block)), frameHeaders, 4, 0, 0, 0, 1}
	if _, err := p.Write(append(head, block...)); err != nil {
		return nil, err
	}
	return &p.HTTP2().Requests[0], nil
}

// longNumber tells whether the block may have a number with more octets than a number of 32 bits needs.
func longNumber(block []byte) bool {
	run := 0
	for _, c := range block {
		if run++; c < 0x80 {
			run = 0
		}
		if run >= 4 {
			return true
		}
	}
	return false
}

// writeBlock encodes a request in the forms of its fields.
func writeBlock(r *Request) []byte {
	var b []byte
	for _, n := range r.TableSizeUpdates {
		b = appendNumber(b, 0x20, 5, n)
	}
	for _, x := range r.Fields {
		switch x.Form.Kind {
		case FormIndexed:
			b = appendNumber(b, 0x80, 7, x.Form.Index)
			continue
		case FormIncremental:
			b = appendNumber(b, 0x40, 6, x.Form.Index)
		case FormNever:
			b = appendNumber(b, 0x10, 4, x.Form.Index)
		default:
			b = appendNumber(b, 0x00, 4, x.Form.Index)
		}
		if x.Form.Index == 0 {
			b = appendString(b, x.Name, x.Form.NameHuffman)
		}
		b = appendString(b, x.Value, x.Form.ValueHuffman)
	}
	return b
}

func appendNumber(b []byte, first byte, prefix uint, n uint32) []byte {
	most := uint32(1)<<prefix - 1
	if n < most {
		return append(b, first|byte(n))
	}
	b = append(b, first|byte(most))
	for n -= most; n >= 0x80; n >>= 7 {
		b = append(b, byte(n)|0x80)
	}
	return append(b, byte(n))
}

func appendString(b []byte, s string, huffman bool) []byte {
	if !huffman {
		return append(appendNumber(b, 0, 7, uint32(len(s))), s...)
	}
	return hpack.AppendHuffmanString(appendNumber(b, 0x80, 7, uint32(hpack.HuffmanEncodeLength(s))), s)
}
