package fingerprint

import (
	"bytes"
	"encoding/binary"
	"encoding/hex"
	"fmt"
	"reflect"
	"regexp"
	"strconv"
	"strings"
	"testing"
	"time"
)

// parseID reads the text of an ID.
func parseID(s string) (int, error) {
	if s == "GREASE" {
		return int(GREASE), nil
	}
	if h, ok := strings.CutPrefix(s, "GREASE 0x"); ok {
		n, err := strconv.ParseUint(h, 16, 16)
		return int(n), err
	}
	return strconv.Atoi(s)
}

// wideLeaf matches paths of leaves that are 16-bit numbers on the wire.
var wideLeaf = regexp.MustCompile(`^tls\.(version|cipher_suites\[\d+\]|extensions\..*\.(type|group|length|kdf|aead|enc_length|payload_length|limit|identities\[\d+\]))$`)

// narrowLeaf matches paths of leaves that are 8-bit numbers on the wire.
var narrowLeaf = regexp.MustCompile(`^tls\.(session_id_length|compression_methods\[\d+\]|extensions\..*\.binders\[\d+\])$`)

// checkLeaves checks that no path occurs twice and that every leaf with an offset stands there in the message.
func checkLeaves(msg []byte, leaves []Leaf) error {
	seen := map[string]bool{}
	var typ ID // of the extension that the leaf belongs to
	for _, l := range leaves {
		if seen[l.Path] {
			return fmt.Errorf("two leaves %s", l.Path)
		}
		seen[l.Path] = true
		if l.Offset < 0 {
			if strings.HasPrefix(l.Path, "tls.") && l.Path != "tls.record_version" {
				return fmt.Errorf("%s has no offset", l.Path)
			}
			continue
		}
		if l.Offset > len(msg) {
			return fmt.Errorf("%s: offset %d is beyond the message", l.Path, l.Offset)
		}
		if err := checkLeaf(msg, l, &typ); err != nil {
			return fmt.Errorf("%s = %s at %d: %w", l.Path, l.Value, l.Offset, err)
		}
	}
	return nil
}

func checkLeaf(msg []byte, l Leaf, typ *ID) error {
	at := msg[l.Offset:]
	number := func(width int) error {
		want, err := parseID(l.Value)
		got := -1
		if width == 1 && len(at) >= 1 {
			got = int(at[0])
		} else if width == 2 && len(at) >= 2 {
			got = int(binary.BigEndian.Uint16(at))
		}
		if err != nil || got != want {
			return fmt.Errorf("the message has %d (%v)", got, err)
		}
		return nil
	}
	before := func(want int) error { // a 16-bit length right in front
		if got := int(binary.BigEndian.Uint16(msg[l.Offset-2:])); got != want {
			return fmt.Errorf("the length in front is %d, not %d", got, want)
		}
		return nil
	}
	switch {
	case wideLeaf.MatchString(l.Path):
		return number(2)
	case narrowLeaf.MatchString(l.Path):
		return number(1)
	case l.Path == "tls.extensions.order":
		return before(len(at))
	case l.Value == Present:
		*typ = ID(binary.BigEndian.Uint16(at))
		name, _, _ := strings.Cut(strings.TrimPrefix(l.Path, "tls.extensions."), "#")
		if ExtensionName(*typ) != name {
			return fmt.Errorf("the extension there is %s", ExtensionName(*typ))
		}
		return nil
	case strings.HasSuffix(l.Path, ".reuses"):
		return nil // the place of the key; the value is not on the wire
	case strings.HasSuffix(l.Path, ".data"):
		want, err := hex.DecodeString(l.Value)
		if err != nil || !bytes.HasPrefix(at, want) {
			return fmt.Errorf("other bytes (%v)", err)
		}
		return before(len(want))
	case strings.HasSuffix(l.Path, ".server_name"):
		if !bytes.HasPrefix(at, []byte(l.Value)) {
			return fmt.Errorf("other bytes")
		}
		return before(len(l.Value))
	case LayoutOf(*typ) == LayoutProtocols:
		if !bytes.HasPrefix(at, []byte(l.Value)) || int(msg[l.Offset-1]) != len(l.Value) {
			return fmt.Errorf("other bytes")
		}
		return nil
	case LayoutOf(*typ) == LayoutBytes:
		return number(1)
	case LayoutOf(*typ) == LayoutList8 || LayoutOf(*typ) == LayoutList16:
		return number(2)
	}
	return fmt.Errorf("a path that this test does not know")
}

// TestLeafOffsets has an extension of each layout, well-formed and not, repeated and not.
func TestLeafOffsets(t *testing.T) {
	r := rawB(t).first(0x2a2a).and(0xdada, 0).and(35, 1, 2, 3).and(21, 0, 0).and(21).and(45, 2, 1, 0).and(27, list8(2, 1)...)
	r.session = bytes.Repeat([]byte{7}, 32)
	r.and(28, 0x40, 1).and(17613, protocolList("h2")...).and(17513, protocolList("h3", "")...).and(0x1234, 9, 8).and(18)
	r.and(34, list16(0x403)...).and(50, list16(0x403, 0xaaaa)...).and(0).and(10, 0, 0).and(16, protocolList("\xff")...)
	r.and(0xfe0d, echBody(32, 144)...).and(51, shares(4588, 1216, 29, 32, 0x3a3a, 1)...).and(41, pskBody([]int{10, 3}, []int{32, 48})...)
	msg := r.bytes()
	f := &Fingerprint{TLS: parseHello(t, msg)}
	leaves := f.Leaves()
	if err := checkLeaves(msg, leaves); err != nil {
		t.Error(err)
	}
	byPath := map[string]string{}
	for _, l := range leaves {
		byPath[l.Path] = l.Value
	}
	for path, want := range map[string]string{
		"tls.extensions.order": "grease,server_name,supported_groups,ec_point_formats,signature_algorithms,alpn,key_share,supported_versions," +
			"grease#2,session_ticket,padding,padding#2,psk_key_exchange_modes,compress_certificate,record_size_limit," +
			"application_settings,application_settings_old,4660,signed_certificate_timestamp,delegated_credential,signature_algorithms_cert," +
			"server_name#2,supported_groups#2,alpn#2,encrypted_client_hello,key_share#2,pre_shared_key",
		"tls.extensions.grease.type":                           "GREASE 0x2a2a",
		"tls.extensions.grease#2.data":                         "00",
		"tls.extensions.server_name.server_name":               "example.com",
		"tls.extensions.server_name#2.data":                    "",
		"tls.extensions.supported_groups#2.data":               "0000",
		"tls.extensions.alpn[1]":                               "http/1.1",
		"tls.extensions.alpn#2.data":                           "000201ff",
		"tls.extensions.session_ticket.length":                 "3",
		"tls.extensions.padding#2.length":                      "0",
		"tls.extensions.signature_algorithms_cert[1]":          "GREASE 0xaaaa",
		"tls.extensions.record_size_limit.limit":               "16385",
		"tls.extensions.psk_key_exchange_modes[1]":             "0",
		"tls.extensions.encrypted_client_hello.payload_length": "144",
		"tls.extensions.key_share#2[2].group":                  "GREASE 0x3a3a",
		"tls.extensions.pre_shared_key.identities[1]":          "3",
		"tls.extensions.pre_shared_key.binders[1]":             "48",
	} {
		if got, ok := byPath[path]; !ok || got != want {
			t.Errorf("%s is %q, want %q", path, got, want)
		}
	}
	for _, h := range []string{helloB, helloG} {
		msg := unhex(t, h)
		if err := checkLeaves(msg, (&Fingerprint{TLS: parseHello(t, msg)}).Leaves()); err != nil {
			t.Error(err)
		}
	}
}

func TestLeavesOfRequests(t *testing.T) {
	w := newFrameWriter().settings(1, 2, 1, 3, 0x2a2a, 4).priority(5, 1<<31|3, 9).raw(0x1f, 0, 0, []byte{1, 2})
	w.raw(frameHeaders, 0x25, 1, append([]byte{0, 0, 0, 0, 41}, w.fields(":method", "GET", "cookie", "a=b", "cookie", "c=d")...)).window(1, 7)
	h1, err := ParseHead([]byte("GET /x HTTP/1.1\r\nHost: h\r\nX-A: 1\r\nx-a: 2\r\nx.y: 3\r\n\r\n"))
	if err != nil {
		t.Fatal(err)
	}
	f := &Fingerprint{HTTP1: &HTTP1{Requests: []Head{*h1}}, HTTP2: parseFrames(t, w)}
	var got []string
	for _, l := range f.Leaves() {
		got = append(got, l.Path+"="+l.Value)
		if l.Offset != -1 {
			t.Errorf("%s has an offset into a hello", l.Path)
		}
	}
	want := strings.Fields(`
		http1.requests[0].method=GET http1.requests[0].target=/x http1.requests[0].version=HTTP/1.1
		http1.requests[0].fields.order=host,x-a,x-a#2,x.y
		http1.requests[0].fields[host].name=Host http1.requests[0].fields[host].value=h
		http1.requests[0].fields[x-a].name=X-A http1.requests[0].fields[x-a].value=1
		http1.requests[0].fields[x-a#2].name=x-a http1.requests[0].fields[x-a#2].value=2
		http1.requests[0].fields[x.y].name=x.y http1.requests[0].fields[x.y].value=3
		http2.opening[0].type=SETTINGS http2.opening[0].stream=0
		http2.opening[0].settings.order=HEADER_TABLE_SIZE,HEADER_TABLE_SIZE#2,10794
		http2.opening[0].settings[HEADER_TABLE_SIZE]=2 http2.opening[0].settings[HEADER_TABLE_SIZE#2]=3
		http2.opening[0].settings[10794]=4
		http2.opening[1].type=PRIORITY http2.opening[1].stream=5 http2.opening[1].priority.weight=10
		http2.opening[1].priority.depends_on=3 http2.opening[1].priority.exclusive=true
		http2.opening[2].type=0x1f http2.opening[2].stream=0 http2.opening[2].payload=0102
		http2.requests[0].stream=1 http2.requests[0].end_stream=true http2.requests[0].priority.weight=42
		http2.requests[0].priority.depends_on=0 http2.requests[0].priority.exclusive=false
		http2.requests[0].fields.order=:method,cookie,cookie#2
		http2.requests[0].fields[:method].name=:method http2.requests[0].fields[:method].value=GET
		http2.requests[0].fields[:method].form=indexed:2
		http2.requests[0].fields[cookie].name=cookie http2.requests[0].fields[cookie].value=a=b
		http2.requests[0].fields[cookie].form=incremental:32:value-p
		http2.requests[0].fields[cookie#2].name=cookie http2.requests[0].fields[cookie#2].value=c=d
		http2.requests[0].fields[cookie#2].form=incremental:32:value-p
		http2.requests[0].after[0].type=WINDOW_UPDATE http2.requests[0].after[0].stream=1
		http2.requests[0].after[0].increment=7`)
	if !reflect.DeepEqual(got, want) {
		t.Errorf("got:\n%s\nwant:\n%s", strings.Join(got, "\n"), strings.Join(want, "\n"))
	}
}

func TestNames(t *testing.T) {
	for _, test := range []struct {
		name, in, want, reason string
	}{
		{"unique", "a,b", "a,b", "nothing to number"},
		{"repeated", "a,b,a,a", "a,b,a#2,a#3", "numbered from the second on"},
		{"sent with a number", "a,a#2,a", "a,a#2,a#3", "a number that is taken is passed over"},
		{"sent with a number later", "a,a,a#2,a#2", "a,a#2,a#2#2,a#2#3", "no name is given twice"},
		{"odd number", "a#b,a", "a#b,a", "what looks like a number is part of the name"},
	} {
		t.Run(test.name, func(t *testing.T) {
			var n names
			for s := range strings.SplitSeq(test.in, ",") {
				n.next(s)
			}
			if n.String() != test.want {
				t.Errorf("%s: got %s, want %s", test.reason, n.String(), test.want)
			}
		})
	}
}

func TestFieldName(t *testing.T) {
	for in, want := range map[string]string{
		":Method": ":method", "X-Custom.Name_1": "x-custom.name_1", "a b": "a%20b", "a[1],\"\r\x00": "a%5b1%5d%2c%22%0d%00", "ü\xff": "%c3%bc%ff", "": "",
	} {
		if got := fieldName(in); got != want {
			t.Errorf("%q: got %q, want %q", in, got, want)
		}
	}
}

// TestLeavesOfHostileHellos bounds what the longest possible hello costs, 16,000 extensions of one type, and a request
// with thousands of fields of one name. Quadratic work would take minutes.
func TestLeavesOfHostileHellos(t *testing.T) {
	start := time.Now()
	r := &rawHello{version: 0x0303, suites: []uint16{47}, exts: make([]rawExt, 16000)}
	for i := range r.exts {
		r.exts[i].typ = 0x1234
	}
	head := &Head{Method: "GET", Target: "/", Version: "HTTP/1.1"}
	for i := range 4000 {
		head.Fields = append(head.Fields, Field{Name: "x"}, Field{Name: "x#" + strconv.Itoa(i)})
	}
	f := &Fingerprint{TLS: r.parse(t), HTTP1: &HTTP1{Requests: []Head{*head}}}
	if err := checkLeaves(r.bytes(), f.Leaves()); err != nil {
		t.Error(err)
	}
	Sums(f)
	small := &Fingerprint{TLS: parseHello(t, unhex(t, helloB)), HTTP1: &HTTP1{Requests: []Head{{Method: "PUT"}}}}
	if d := Diff(f, small, nil); len(d) < 16000+2*4000 {
		t.Errorf("only %d differences", len(d))
	}
	if d := Diff(small, f, &Vary{Permute: &Permute{}}); len(d) < 16000+2*4000 {
		t.Errorf("only %d differences", len(d))
	}
	if d := time.Since(start); d > time.Minute {
		t.Errorf("took %v", d)
	}
}
