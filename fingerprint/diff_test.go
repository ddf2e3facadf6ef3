package fingerprint

import (
	"reflect"
	"strings"
	"testing"
)

// diffHello is a hello with GREASE, as a profile has it: GREASE without number, "*" for the host.
func diffHello(t testing.TB) *ClientHello {
	t.Helper()
	h := rawB(t).first(0x0a0a).and(0x0a0a, 0).and(18).and(35).parse(t)
	h.CipherSuites = append([]ID{GREASE}, h.CipherSuites...)
	h.Extensions[1].ServerName = "*"
	h.Extensions[2].List = append([]ID{GREASE}, h.Extensions[2].List...)
	return h
}

// drawn is what a client makes of diffHello: numbers for GREASE, a host, in the given order of extensions (indexes).
func drawn(t testing.TB, order ...int) *ClientHello {
	t.Helper()
	h := diffHello(t)
	h.CipherSuites[0] = 0x2a2a
	h.Extensions[0].Type, h.Extensions[8].Type = 0x3a3a, 0x4a4a
	h.Extensions[1].ServerName = "localhost"
	h.Extensions[2].List[0] = 0x5a5a
	if order == nil {
		return h
	}
	var exts []Extension
	for _, i := range order {
		exts = append(exts, h.Extensions[i])
	}
	h.Extensions = exts
	return h
}

func diffLines(list []Mismatch) (out []string) {
	for _, m := range list {
		out = append(out, m.Rule+" "+m.Path+": "+m.Want+" -> "+m.Got)
	}
	return out
}

func TestDiffHello(t *testing.T) {
	permute := &Vary{Permute: &Permute{First: []string{"grease"}, Last: []string{"grease#2", "pre_shared_key"}}}
	edit := func(f func(h *ClientHello)) *ClientHello { h := drawn(t); f(h); return h }
	for _, test := range []struct {
		name, reason string
		got          *ClientHello
		vary         *Vary
		want         []string
	}{
		{"equal", "GREASE and * stand for any value", drawn(t), nil, nil},
		{"another value", "one leaf", edit(func(h *ClientHello) { h.CipherSuites[1] = 5 }), nil,
			[]string{"fixed tls.cipher_suites[1]: 4865 -> 5"}},
		{"no GREASE", "an ordinary value where GREASE belongs", edit(func(h *ClientHello) { h.CipherSuites[0] = 5 }), nil,
			[]string{"vary tls.cipher_suites[0]: GREASE -> 5"}},
		{"GREASE where none belongs", "a fixed value", edit(func(h *ClientHello) { h.CipherSuites[2] = 0x2a2a }), nil,
			[]string{"fixed tls.cipher_suites[2]: 4866 -> GREASE 0x2a2a"}},
		{"missing extension", "its top path, once; the order of the rest is right", edit(func(h *ClientHello) { h.Extensions = append(h.Extensions[:6:6], h.Extensions[7:]...) }), nil,
			[]string{"fixed tls.extensions.key_share: present -> absent"}},
		{"extra extension", "its top path, once", edit(func(h *ClientHello) {
			h.Extensions = append(h.Extensions, Extension{Type: ExtCompressCertificate, List: []ID{2, 1}})
		}), nil, []string{"fixed tls.extensions.compress_certificate: absent -> present"}},
		{"extension twice", "the second has a number", edit(func(h *ClientHello) { h.Extensions = append(h.Extensions, h.Extensions[9]) }), nil,
			[]string{"fixed tls.extensions.signed_certificate_timestamp#2: absent -> present"}},
		{"missing item", "the list is shorter", edit(func(h *ClientHello) { h.CipherSuites = h.CipherSuites[:4] }), nil,
			[]string{"fixed tls.cipher_suites[4]: 49199 -> absent"}},
		{"extra item", "the list is longer", edit(func(h *ClientHello) { h.CipherSuites = append(h.CipherSuites, 9) }), nil,
			[]string{"fixed tls.cipher_suites[5]: absent -> 9"}},
		{"malformed body", "another kind of body is missing and too much", edit(func(h *ClientHello) { h.Extensions[4] = Extension{Type: ExtSignatureAlgorithms, Data: Hex{0}} }), nil,
			[]string{"fixed tls.extensions.signature_algorithms[0]: 1027 -> absent", "fixed tls.extensions.signature_algorithms[1]: 2052 -> absent",
				"fixed tls.extensions.signature_algorithms.data: absent -> 00"}},
		{"key share", "each part is its own leaf", edit(func(h *ClientHello) { h.Extensions[6].Shares[0] = KeyShare{23, 65, 0} }), nil,
			[]string{"fixed tls.extensions.key_share[0].group: 29 -> 23", "fixed tls.extensions.key_share[0].length: 32 -> 65"}},
		{"swapped", "without permutation, the order is fixed", drawn(t, 0, 2, 1, 3, 4, 5, 6, 7, 8, 9, 10), nil,
			[]string{"fixed tls.extensions.order: grease,server_name,supported_groups,ec_point_formats,signature_algorithms,alpn,key_share," +
				"supported_versions,grease#2,signed_certificate_timestamp,session_ticket -> grease,supported_groups,server_name,ec_point_formats," +
				"signature_algorithms,alpn,key_share,supported_versions,grease#2,signed_certificate_timestamp,session_ticket"}},
		{"permuted", "any order within the ends", drawn(t, 0, 2, 1, 3, 9, 4, 10, 5, 7, 6, 8), permute, nil},
		{"not permuted", "the order of the profile is one of them, but for its ends", drawn(t, 0, 1, 2, 3, 4, 5, 6, 7, 9, 10, 8), permute, nil},
		{"permuted with another last", "the last one is fixed", drawn(t, 0, 2, 1, 3, 9, 4, 10, 5, 7, 8, 6), permute,
			[]string{"vary tls.extensions.order: grease,server_name,supported_groups,ec_point_formats,signature_algorithms,alpn,key_share," +
				"supported_versions,grease#2,signed_certificate_timestamp,session_ticket -> grease,supported_groups,server_name,ec_point_formats," +
				"signed_certificate_timestamp,signature_algorithms,session_ticket,alpn,supported_versions,grease#2,key_share"}},
		{"permuted and missing", "an end that is not there is passed over", drawn(t, 0, 2, 1, 3, 9, 4, 10, 5, 7, 6), permute,
			[]string{"fixed tls.extensions.grease#2: present -> absent"}},
		{"record version", "not wanted, not compared", edit(func(h *ClientHello) { h.RecordVersion = 0x0301 }), nil, nil},
	} {
		t.Run(test.name, func(t *testing.T) {
			list := Diff(&Fingerprint{TLS: diffHello(t)}, &Fingerprint{TLS: test.got}, test.vary)
			if got := diffLines(list); !reflect.DeepEqual(got, test.want) {
				t.Errorf("%s:\ngot  %s\nwant %s", test.reason, strings.Join(got, "\n     "), strings.Join(test.want, "\n     "))
			}
		})
	}
}

func TestDiffOffsets(t *testing.T) {
	want := &Fingerprint{TLS: parseHello(t, unhex(t, helloB))}
	r := rawB(t).with(10, list16(29, 24)...).without(43).and(18)
	r.suites[3] = 0x1303
	msg := r.bytes()
	for _, m := range Diff(want, &Fingerprint{TLS: parseHello(t, msg)}, nil) {
		switch m.Path {
		case "tls.cipher_suites[3]":
			if msg[m.Offset] != 0x13 || msg[m.Offset+1] != 0x03 {
				t.Errorf("%+v", m)
			}
		case "tls.extensions.supported_groups[1]":
			if msg[m.Offset+1] != 24 {
				t.Errorf("%+v", m)
			}
		case "tls.extensions.supported_versions":
			if m.Offset != -1 {
				t.Errorf("%+v: it is not there", m)
			}
		case "tls.extensions.signed_certificate_timestamp":
			if m.Offset != len(msg)-4 {
				t.Errorf("%+v", m)
			}
		default:
			t.Errorf("%+v", m)
		}
	}
}

func TestDiffVary(t *testing.T) {
	const padding = "tls.extensions.padding"
	for _, test := range []struct {
		name, reason string
		want, got    *rawHello
		vary         Vary
		lines        []string
	}{
		{"one of", "the value is in the list", rawB(t), rawB(t).with(11, 1, 1), Vary{OneOf: []OneOf{{"tls.extensions.ec_point_formats[0]", []string{"0", "1"}}}}, nil},
		{"none of", "the value is not in the list", rawB(t), rawB(t).with(11, 1, 2), Vary{OneOf: []OneOf{{"tls.extensions.ec_point_formats[0]", []string{"0", "1"}}}},
			[]string{"vary tls.extensions.ec_point_formats[0]: 0 -> 2"}},
		{"wanted value not in the list", "the list overrules the value", rawB(t), rawB(t), Vary{OneOf: []OneOf{{"tls.extensions.ec_point_formats[0]", []string{"1"}}}},
			[]string{"vary tls.extensions.ec_point_formats[0]: 0 -> 0"}},
		{"may be missing", "absent is in the list", rawB(t).and(21, 0, 0), rawB(t), Vary{OneOf: []OneOf{{padding, []string{Present, Absent}}}}, nil},
		{"may be there", "absent is in the list, and so is the value", rawB(t), rawB(t).and(21, 0, 0), Vary{OneOf: []OneOf{{padding, []string{Present, Absent}}}}, nil},
		{"may not be there", "the value is not in the list", rawB(t), rawB(t).and(21, 0, 0), Vary{OneOf: []OneOf{{padding, []string{Absent}}}},
			[]string{"vary " + padding + ": absent -> present"}},
		{"may vary, not be missing", "absent is not in the list", rawB(t).and(21, 0, 0), rawB(t), Vary{OneOf: []OneOf{{padding + ".length", []string{"2", "3"}}}},
			[]string{"fixed " + padding + ": present -> absent"}},
		{"equal", "the values correlate", rawB(t), rawB(t), Vary{Equal: [][]string{{"tls.extensions.supported_groups[0]", "tls.extensions.key_share[0].group"}}}, nil},
		{"not equal", "each value may be right, the pair is not", rawB(t), rawB(t),
			Vary{Equal: [][]string{{"tls.extensions.supported_groups[1]", "tls.extensions.key_share[0].group"}}},
			[]string{"correlate tls.extensions.key_share[0].group: 23 -> 29"}},
		{"distinct", "the values differ", rawB(t), rawB(t), Vary{Distinct: [][]string{{"tls.cipher_suites[0]", "tls.cipher_suites[1]"}}}, nil},
		{"not distinct", "equal values", rawB(t).first(0x1a1a).and(0x1a1a, 0), rawB(t).first(0x1a1a).and(0x1a1a, 0),
			Vary{Distinct: [][]string{{"tls.extensions.grease.type", "tls.extensions.grease#2.type"}}},
			[]string{"correlate tls.extensions.grease#2.type: not GREASE 0x1a1a -> GREASE 0x1a1a"}},
		{"group with a missing leaf", "nothing to correlate", rawB(t), rawB(t), Vary{Equal: [][]string{{"tls.cipher_suites[0]", "tls.cipher_suites[9]"}}}, nil},
	} {
		t.Run(test.name, func(t *testing.T) {
			got := diffLines(Diff(&Fingerprint{TLS: test.want.parse(t)}, &Fingerprint{TLS: test.got.parse(t)}, &test.vary))
			if !reflect.DeepEqual(got, test.lines) {
				t.Errorf("%s: got %q, want %q", test.reason, got, test.lines)
			}
		})
	}
}

func TestDiffRequests(t *testing.T) {
	head := func(text string) *Fingerprint {
		h := &HTTP1{}
		for s := range strings.SplitSeq(text, "|") {
			x, err := ParseHead([]byte(s + "\r\n"))
			if err != nil {
				t.Fatal(err)
			}
			h.Requests = append(h.Requests, *x)
		}
		return &Fingerprint{HTTP1: h}
	}
	h2 := func(w *frameWriter) *Fingerprint { return &Fingerprint{HTTP2: parseFrames(t, w)} }
	const get = "GET / HTTP/1.1\r\n"
	for _, test := range []struct {
		name, reason string
		want, got    *Fingerprint
		lines        []string
	}{
		{"equal", "no difference", head(get + "A: 1\r\n"), head(get + "A: 1\r\n"), nil},
		{"case", "the name as it is written is a leaf", head(get + "Host: h\r\n"), head(get + "host: h\r\n"),
			[]string{"fixed http1.requests[0].fields[host].name: Host -> host"}},
		{"any value", "* stands for any value", head(get + "Host: *\r\n"), head(get + "Host: h\r\n"), nil},
		{"order", "one leaf for the order", head(get + "A: 1\r\nB: 2\r\n"), head(get + "B: 2\r\nA: 1\r\n"),
			[]string{"fixed http1.requests[0].fields.order: a,b -> b,a"}},
		{"missing and order", "the order of what both have is right", head(get + "A: 1\r\nB: 2\r\nC: 3\r\n"), head(get + "A: 1\r\nC: 3\r\n"),
			[]string{"fixed http1.requests[0].fields[b]: present -> absent"}},
		{"extra field with a dot", "a name with a dot is one name", head(get + "X.a: 1\r\n"), head(get + "X.a: 1\r\nX.b: 2\r\n"),
			[]string{"fixed http1.requests[0].fields[x.b]: absent -> present"}},
		{"extra field with a bracket", "a name with brackets is one name", head(get), head(get + "X[a].b: 2\r\n"),
			[]string{"fixed http1.requests[0].fields[x%5ba%5d.b]: absent -> present"}},
		{"later requests", "not wanted, not compared", head(get), head(get + "|" + get + "A: 1\r\n"), nil},
		{"missing request", "the whole request", head(get + "|" + get + "A: 1\r\n"), head(get),
			[]string{"fixed http1.requests[1]: present -> absent"}},
		{"missing layer", "the whole layer", head(get), &Fingerprint{}, []string{"fixed http1: present -> absent"}},
		{"layer too much", "not wanted, not compared", &Fingerprint{}, head(get), nil},
		{"h2 against h1", "the wanted layer is missing", h2(firefoxFrames()), head(get), []string{"fixed http2: present -> absent"}},
		{"form", "the representation is a leaf", h2(newFrameWriter().settings().raw(frameHeaders, 0x5, 1, []byte{0x82})), h2(newFrameWriter().settings().raw(frameHeaders, 0x5, 1, []byte{2, 3, 'G', 'E', 'T'})),
			[]string{"fixed http2.requests[0].fields[:method].form: indexed:2 -> without-indexing:2:value-p"}},
		{"missing frame", "frames are numbered", h2(newFrameWriter().settings(4, 1).window(0, 5).get(1, "m")), h2(newFrameWriter().settings(4, 1).get(1, "m")),
			[]string{"fixed http2.opening[1]: present -> absent"}},
		{"settings order", "one leaf for the order", h2(newFrameWriter().settings(4, 1, 5, 2).get(1, "m")), h2(newFrameWriter().settings(5, 2, 4, 1).get(1, "m")),
			[]string{"fixed http2.opening[0].settings.order: INITIAL_WINDOW_SIZE,MAX_FRAME_SIZE -> MAX_FRAME_SIZE,INITIAL_WINDOW_SIZE"}},
		{"missing priority", "the whole priority", h2(newFrameWriter().settings().raw(frameHeaders, 0x25, 1, []byte{0, 0, 0, 0, 41, 0x82})), h2(newFrameWriter().settings().raw(frameHeaders, 0x5, 1, []byte{0x82})),
			[]string{"fixed http2.requests[0].priority: present -> absent"}},
		{"frame after the request", "the whole frame", h2(firefoxFrames()), h2(newFrameWriter().settings(1, 65536, 2, 0, 4, 131072, 5, 16384).window(0, 12517377).get(3, "mpas")),
			[]string{"fixed http2.requests[0].after: present -> absent"}},
	} {
		t.Run(test.name, func(t *testing.T) {
			got := diffLines(Diff(test.want, test.got, nil))
			if !reflect.DeepEqual(got, test.lines) {
				t.Errorf("%s: got %q, want %q", test.reason, got, test.lines)
			}
		})
	}
}

// TestDiffAllowsAbsentListItem is the case of Firefox' table size update, which comes in the first or the second request.
func TestDiffAllowsAbsentListItem(t *testing.T) {
	without := &Fingerprint{HTTP2: parseFrames(t, newFrameWriter().settings().raw(frameHeaders, 0x5, 1, []byte{0x82}))}
	with := &Fingerprint{HTTP2: parseFrames(t, newFrameWriter().settings().raw(frameHeaders, 0x5, 1, []byte{0x3f, 0xe1, 0x1f, 0x82}))}
	other := &Fingerprint{HTTP2: parseFrames(t, newFrameWriter().settings().raw(frameHeaders, 0x5, 1, []byte{0x20, 0x82}))}
	v := &Vary{OneOf: []OneOf{{Path: "http2.requests[0].table_size_updates[0]", Values: []string{Absent, "4096"}}}}
	for _, pair := range [][2]*Fingerprint{{without, with}, {with, without}, {with, with}, {without, without}} {
		if list := Diff(pair[0], pair[1], v); len(list) > 0 {
			t.Errorf("%+v", list)
		}
	}
	for _, want := range []*Fingerprint{with, without} {
		if list := Diff(want, other, v); len(list) != 1 || list[0].Rule != "vary" || list[0].Got != "0" {
			t.Errorf("another size: %+v", list)
		}
		if list := Diff(with, without, nil); len(list) != 1 || list[0].Path != "http2.requests[0].table_size_updates" {
			t.Errorf("without leave: %+v", list)
		}
	}
}
