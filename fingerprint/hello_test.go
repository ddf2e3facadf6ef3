package fingerprint

import (
	"bytes"
	"reflect"
	"strings"
	"testing"
)

func TestParseClientHello(t *testing.T) {
	r := rawB(t)
	r.session = make([]byte, 32)
	got := r.parse(t)
	want := &ClientHello{
		Version: 771, SessionIDLength: 32, CipherSuites: []ID{0x1301, 0x1302, 0xc02b, 0xc02f}, CompressionMethods: []ID{0},
		Extensions: []Extension{
			{Type: ExtServerName, ServerName: "example.com"},
			{Type: ExtSupportedGroups, List: []ID{29, 23}},
			{Type: ExtECPointFormats, List: []ID{0}},
			{Type: ExtSignatureAlgorithms, List: []ID{0x0403, 0x0804}},
			{Type: ExtALPN, Protocols: []string{"h2", "http/1.1"}},
			{Type: ExtKeyShare, Shares: []KeyShare{{Group: 29, Length: 32}}},
			{Type: ExtSupportedVersions, List: []ID{0x0304, 0x0303}},
		},
	}
	if !reflect.DeepEqual(got, want) {
		t.Errorf("got  %+v\nwant %+v", got, want)
	}
}

func TestParseClientHelloRefuses(t *testing.T) {
	msg := unhex(t, helloB)
	change := func(i int, b byte) []byte {
		m := bytes.Clone(msg)
		m[i] = b
		return m
	}
	long := make([]byte, MaxHello+1)
	long[0] = 1
	for _, test := range []struct {
		name, reason string
		msg          []byte
		want         string
	}{
		{"empty", "no type", nil, "not a ClientHello"},
		{"ServerHello", "type 2", change(0, 2), "not a ClientHello"},
		{"TLS record", "the record header does not belong to the message", append([]byte{22, 3, 1, 0, 168}, msg...), "not a ClientHello"},
		{"length too long", "the message ends early", change(3, 0xa5), "length"},
		{"length too short", "something follows the message", change(3, 0xa3), "length"},
		{"session id of 33", "RFC 8446 §4.1.2: at most 32 bytes", change(38, 33), "session id"},
		{"odd cipher suites", "a suite has two bytes", change(40, 7), "cipher suites"},
		{"compression beyond the end", "longer than the message", change(49, 0xff), "compression"},
		{"extension block too long", "longer than the message", change(52, 0x74), "extension block"},
		{"extension block too short", "something follows it", change(52, 0x72), "extension block"},
		{"extension too long", "the last one is longer than the block", change(len(msg)-6, 6), "extension 6 of the list"},
		{"too long", "memory is bounded", long, "longer than"},
	} {
		t.Run(test.name, func(t *testing.T) {
			h, err := ParseClientHello(test.msg)
			if h != nil || err == nil || !strings.HasPrefix(err.Error(), "fingerprint: ") || !strings.Contains(err.Error(), test.want) {
				t.Errorf("%s: %+v, %v; want an error about %q", test.reason, h, err, test.want)
			}
		})
	}
}

// TestTruncatedHellos cuts hellos at every byte, once as a message that ends early and once as a message whose length
// says so.
func TestTruncatedHellos(t *testing.T) {
	for _, msg := range [][]byte{unhex(t, helloB), unhex(t, helloG), rawB(t).and(41, pskBody([]int{4}, []int{5})...).and(0xfe0d, echBody(2, 3)...).bytes()} {
		whole := parseHello(t, msg)
		shorter := 0
		for n := range msg {
			cut := bytes.Clone(msg[:n])
			if _, err := ParseClientHello(cut); err == nil {
				t.Fatalf("a hello cut at %d was read", n)
			}
			if n < 4 {
				continue
			}
			cut[1], cut[2], cut[3] = 0, byte((n-4)>>8), byte(n-4)
			if h, err := ParseClientHello(cut); err == nil {
				shorter++
				if len(h.Extensions) != 0 || h.Extensions != nil || !reflect.DeepEqual(h.CipherSuites, whole.CipherSuites) {
					t.Fatalf("a hello cut at %d is read as %+v", n, h)
				}
			}
		}
		if shorter != 1 {
			t.Errorf("%d cuts give a shorter hello; only the one without extension block does", shorter)
		}
	}
}

// TestTruncatedExtensions cuts the body of every extension at every byte: no body is lost, and none of them breaks the
// hello.
func TestTruncatedExtensions(t *testing.T) {
	full := rawB(t).and(41, pskBody([]int{4, 2}, []int{5, 32})...).and(0xfe0d, echBody(2, 3)...).and(27, list8(2, 1)...).and(45, 1, 1).
		and(28, 0x40, 1).and(34, list16(1, 2)...).and(50, list16(3)...).and(17613, protocolList("h2")...).and(21, 0, 0, 0).and(35, 1, 2)
	for i := range full.exts {
		body := full.exts[i].body
		if h := full.parse(t); h.Extensions[i].Data != nil || h.Extensions[i].bodyLength() != len(body) {
			t.Errorf("the body of %s was not understood: %+v", ExtensionName(h.Extensions[i].Type), h.Extensions[i])
		}
		for n := range body {
			full.exts[i].body = body[:n]
			h := full.parse(t)
			e := &h.Extensions[i]
			if LayoutOf(e.Type) == LayoutLength {
				if e.Length != n || e.Data != nil {
					t.Errorf("%s of %d bytes: %+v", ExtensionName(e.Type), n, e)
				}
			} else if !reflect.DeepEqual(*e, Extension{Type: e.Type, Data: append(Hex(nil), body[:n]...)}) {
				t.Errorf("%s cut at %d is %+v", ExtensionName(e.Type), n, e)
			}
			msg := full.bytes()
			f := &Fingerprint{TLS: h}
			if err := checkLeaves(msg, f.Leaves()); err != nil {
				t.Errorf("%s cut at %d: %v", ExtensionName(e.Type), n, err)
			}
			Sums(f)
		}
		full.exts[i].body = body
	}
}

func TestExtensionOfTheHello(t *testing.T) {
	h := rawB(t).and(0x7777, 1).and(0x7777, 2).parse(t)
	if e := h.Extension(0x7777); e == nil || e.Data[0] != 2 {
		t.Errorf("got %+v, want the last one", e)
	}
	if e := h.Extension(0x7778); e != nil {
		t.Errorf("got %+v for a type that is not there", e)
	}
}
