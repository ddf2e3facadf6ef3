package fingerprint

import (
	"slices"
	"strings"
	"testing"
)

// chromeSuites are Chrome's since 83, in its order.
const chromeSuites = "1301,1302,1303,c02b,c02f,c02c,c030,cca9,cca8,c013,c014,009c,009d,002f,0035"

// fromJA4 makes a hello of TLS 1.3 with the given lists, as JA4_ro has them.
func fromJA4(t testing.TB, suites, exts, algorithms, protocol string) *rawHello {
	t.Helper()
	l := helloLists{
		version: 0x0303, suites: hex16(t, suites), exts: hex16(t, exts), algorithms: hex16(t, algorithms),
		groups: []uint16{29}, points: []byte{0}, versions: []uint16{0x0304, 0x0303}, compression: []uint16{2},
		modes: []byte{1}, protocols: []string{protocol, "http/1.1"},
	}
	return l.raw()
}

func numbered(first uint16, n int) (out []uint16) {
	for i := range n {
		out = append(out, first+uint16(i))
	}
	return out
}

type ja4Test struct {
	name, reason string
	msg          []byte
	// Any of the expectations may be empty. A trailing "*" stands for anything.
	r, hash, ro, o string
}

func (test *ja4Test) check(t *testing.T, transport Transport) {
	t.Helper()
	h := parseHello(t, test.msg)
	r, hash, err := JA4(h, transport)
	if err != nil {
		t.Fatal(err)
	}
	ro, o, err := JA4O(h, transport)
	if err != nil {
		t.Fatal(err)
	}
	for _, x := range [...][3]string{{"JA4_r", r, test.r}, {"JA4", hash, test.hash}, {"JA4_ro", ro, test.ro}, {"JA4_o", o, test.o}} {
		start, open := strings.CutSuffix(x[2], "*")
		if x[2] != "" && x[1] != x[2] && !(open && strings.HasPrefix(x[1], start)) {
			t.Errorf("%s (%s):\ngot  %s\nwant %s", x[0], test.reason, x[1], x[2])
		}
	}
	if ro[:10] != r[:10] || o[:10] != r[:10] || hash[:10] != r[:10] {
		t.Errorf("the first part differs: %s %s %s %s", r, hash, ro, o)
	}
}

func TestJA4(t *testing.T) {
	old := &rawHello{version: 0x0301, suites: []uint16{4, 5, 10, 9, 100, 98, 3, 6, 19, 18, 99}}
	many := func(suites []uint16, exts int) []byte {
		r := rawB(t)
		if suites != nil {
			r.suites = suites
		}
		for _, typ := range numbered(0x5000, exts) {
			r.and(typ)
		}
		return r.bytes()
	}
	for _, test := range []ja4Test{
		{"B", "sorted without server_name and ALPN; in order with them", unhex(t, helloB),
			"t13d0407h2_1301,1302,c02b,c02f_000a,000b,000d,002b,0033_0403,0804", "t13d0407h2_e00fd9ffaebd_078775ef5e04",
			"t13d0407h2_1301,1302,c02b,c02f_0000,000a,000b,000d,0010,0033,002b_0403,0804", "t13d0407h2_e00fd9ffaebd_e00c19f42b72"},
		{"G", "GREASE counts nowhere, not among signature algorithms either", unhex(t, helloG),
			"t13d0209h2_1301,c02b_000a,000b,000d,001b,002b,002d,0033_0403,0804", "t13d0209h2_777cda164f4b_5a960e305d7a",
			"", "t13d0209h2_777cda164f4b_150181eb0309"},
		{"no extension block", "an empty list hashes to zeros", old.bytes(),
			"t10i110000_0003,0004,0005,0006,0009,000a,0012,0013,0062,0063,0064_", "t10i110000_3609b414f052_000000000000",
			"", "t10i110000_9ae8bfd03023_000000000000"},
		{"no ciphers", "an empty list hashes to zeros", many([]uint16{0x1a1a}, 0), "t13d0007h2__000a*", "t13d0007h2_000000000000_078775ef5e04", "", ""},
		{"only server_name and ALPN", "nothing is left for JA4, but for JA4_o", rawB(t).without(10).without(11).without(13).without(51).without(43).bytes(),
			"t12d0402h2_1301,1302,c02b,c02f_", "t12d0402h2_e00fd9ffaebd_000000000000",
			"t12d0402h2_1301,1302,c02b,c02f_0000,0010", "t12d0402h2_e00fd9ffaebd_*"},
		{"no signature algorithms", "no underscore behind the extensions", rawB(t).without(13).bytes(),
			"t13d0406h2_1301,1302,c02b,c02f_000a,000b,002b,0033", "t13d0406h2_e00fd9ffaebd_23223765ab26", "", "t13d0406h2_e00fd9ffaebd_e96cd525b418"},
		{"only GREASE algorithms", "as none", rawB(t).with(13, list16(0x8a8a)...).bytes(), "t13d0407h2_1301,1302,c02b,c02f_000a,000b,000d,002b,0033", "", "", ""},
		{"no server_name", "i, and one extension fewer", rawB(t).without(0).bytes(), "", "t13i0406h2_e00fd9ffaebd_078775ef5e04", "", ""},
		{"empty server_name", "d says that the extension is there", rawB(t).with(0).bytes(), "", "t13d0407h2_e00fd9ffaebd_078775ef5e04", "", ""},
		{"address in server_name", "d says that the extension is there", rawB(t).with(0, nameBody("192.0.2.1")...).bytes(), "",
			"t13d0407h2_e00fd9ffaebd_078775ef5e04", "", ""},
		{"no ALPN", "00, and one extension fewer", rawB(t).without(16).bytes(), "", "t13d040600_e00fd9ffaebd_078775ef5e04", "", ""},
		{"empty ALPN", "00, but the extension counts", rawB(t).with(16, 0, 0).bytes(), "", "t13d040700_e00fd9ffaebd_078775ef5e04", "", ""},
		{"padding and PSK", "they stay in", rawB(t).and(45, 1, 1).and(21, make([]byte, 40)...).and(41, 0, 0).bytes(),
			"t13d0410h2_1301,1302,c02b,c02f_000a,000b,000d,0015,0029,002b,002d,0033_0403,0804", "t13d0410h2_e00fd9ffaebd_1913b60edab6",
			"", "t13d0410h2_e00fd9ffaebd_81d300f23142"},
		{"120 ciphers", "counts stop at 99, the hash does not", many(numbered(0xc001, 120), 0), "", "t13d9907h2_36b831b28c7c_078775ef5e04", "", ""},
		{"110 extensions", "counts stop at 99", many(nil, 103), "", "t13d0499h2_e00fd9ffaebd_*", "", "t13d0499h2_*"},
		{"99 extensions", "99 is a count like others", many(nil, 92), "", "t13d0499h2_*", "", ""},
		{"98 extensions", "below 99 the count is right", many(nil, 91), "", "t13d0498h2_*", "", ""},
		{"extension 50", "its algorithms are not those of 13", beforeAlgorithms(t, 50, list16(0x0201, 0x0203)).bytes(), "",
			"t13d0408h2_e00fd9ffaebd_ab808bb8f1ce", "", ""},
		{"extension 34", "its algorithms are not those of 13", beforeAlgorithms(t, 34, list16(0x0201, 0x0203)).bytes(),
			"t13d0408h2_1301,1302,c02b,c02f_000a,000b,000d,0022,002b,0033_0403,0804", "", "", ""},
		{"extension 13 twice", "it is listed twice; the last one's algorithms count", rawB(t).and(13, list16(0x0807)...).bytes(),
			"t13d0408h2_1301,1302,c02b,c02f_000a,000b,000d,000d,002b,0033_0807", "", "", ""},
		{"example of the definition", "as published",
			fromJA4(t, chromeSuites, "001b,0000,0033,0010,4469,0017,002d,000d,0005,0023,0012,002b,ff01,000b,000a,0015", "0403,0804,0401,0503,0805,0501,0806,0601", "h2").bytes(),
			"t13d1516h2_002f,0035,009c,009d,1301,1302,1303,c013,c014,c02b,c02c,c02f,c030,cca8,cca9_0005,000a,000b,000d,0012,0015,0017,001b,0023,002b,002d,0033,4469,ff01_0403,0804,0401,0503,0805,0501,0806,0601",
			"t13d1516h2_8daaf6152771_e5627efa2ab1", "", "t13d1516h2_acb858a92679_18f69afefd3d"},
		{"Chrome 135", "recorded by a public service",
			fromJA4(t, chromeSuites, "0000,001b,0012,0010,000b,000d,44cd,0005,002b,000a,0033,ff01,002d,fe0d,0023,0017", "0403,0804,0401,0503,0805,0501,0806,0601", "h2").bytes(),
			"", "t13d1516h2_8daaf6152771_d8a2da3f94cd", "", "t13d1516h2_acb858a92679_f4ae33dbe694"},
		{"Chromium 156", "the GREASE algorithm in front is not hashed",
			fromJA4(t, chromeSuites, "0000,0005,000a,000b,000d,0010,0012,0017,001b,0023,002b,002d,0033,44cd,ca34,fe0d,ff01", "0a0a,0904,0905,0906,0403,0804,0401,0503,0805,0501,0806,0601", "h2").bytes(),
			"", "t13d1517h2_8daaf6152771_cb7bf5808d99", "", ""},
		{"Chromium 156 resumed", "pre_shared_key is one extension more",
			fromJA4(t, chromeSuites, "0000,0005,000a,000b,000d,0010,0012,0017,001b,0023,002b,002d,0033,44cd,ca34,fe0d,ff01,0029", "7a7a,0904,0905,0906,0403,0804,0401,0503,0805,0501,0806,0601", "h2").bytes(),
			"", "t13d1518h2_8daaf6152771_e2d80978ab2e", "", ""},
		{"Go 1.26", "extension 50 is there, its algorithms are not", goLists().raw().bytes(), "", "t13d1312h2_f57a46bbacb6_ab7e3b40a677", "", "t13d1312h2_45672f90a73c_*"},
	} {
		t.Run(test.name, func(t *testing.T) { test.check(t, TransportTCP) })
	}
	quic := ja4Test{"Chromium 156 over QUIC", "q is the only difference of the definition",
		fromJA4(t, "1301,1302,1303", "0000,000a,000d,0010,001b,002b,002d,0033,0039,44cd,ca34,fe0d", "0403,0804,0401,0503,0805,0501,0806,0601,0201", "h3").bytes(),
		"q13d0312h3_1301,1302,1303_000a,000d,001b,002b,002d,0033,0039,44cd,ca34,fe0d_0403,0804,0401,0503,0805,0501,0806,0601,0201",
		"q13d0312h3_55b375c5d22e_178839b6cec1", "", ""}
	t.Run(quic.name, func(t *testing.T) { quic.check(t, TransportQUIC) })
}

// beforeAlgorithms puts an extension right before signature_algorithms of hello B.
func beforeAlgorithms(t testing.TB, typ uint16, body []byte) *rawHello {
	t.Helper()
	r := rawB(t)
	i := slices.IndexFunc(r.exts, func(e rawExt) bool { return e.typ == 13 })
	r.exts = slices.Insert(r.exts, i, rawExt{typ, body})
	return r
}

func TestJA4ALPN(t *testing.T) {
	for _, test := range []struct{ name, first, want, reason string }{
		{"h2", "h2", "h2", "first and last character"},
		{"h3", "h3", "h3", "first and last character"},
		{"http/1.1", "http/1.1", "h1", "the slash is in the middle"},
		{"http/1.0", "http/1.0", "h0", "first and last character"},
		{"one letter", "h", "hh", "the only character twice"},
		{"capital", "Zz", "Zz", "case is kept"},
		{"AB", "\xab", "ab", "no letter or digit: the hexadecimal form"},
		{"20", " ", "20", "a space is no letter or digit"},
		{"ABCD", "\xab\xcd", "ad", "first and last digit of the whole name"},
		{"2061", " a", "21", "one bad end is enough"},
		{"30AB", "0\xab", "3b", "one bad end is enough"},
		{"6120", "a ", "60", "one bad end is enough"},
		{"3031ABCD", "01\xab\xcd", "3d", "one bad end is enough"},
		{"30ABCD31", "0\xab\xcd1", "01", "only the ends are looked at"},
		{"GREASE", "\xea\xea", "ea", "a GREASE name is a name"},
		{"empty name", "", "00", "no first character"},
		{"dash", "h-", "6d", "printable, but no letter or digit"},
	} {
		t.Run(test.name, func(t *testing.T) {
			for _, second := range []string{"h2", "\xff\xff", ""} { // whether the model keeps names or bytes makes no difference
				h := rawB(t).with(16, protocolList(test.first, second)...).parse(t)
				_, hash, err := JA4(h, TransportTCP)
				if want := "t13d0407" + test.want + "_e00fd9ffaebd_078775ef5e04"; err != nil || hash != want {
					t.Errorf("%s: got %s (%v), want %s", test.reason, hash, err, want)
				}
			}
		})
	}
}

func TestJA4Version(t *testing.T) {
	for _, test := range []struct {
		name, reason string
		legacy       uint16
		offered      []uint16 // nil: no supported_versions
		want         string
	}{
		{"legacy 1.2", "no supported_versions", 0x0303, nil, "12"},
		{"legacy 1.1", "no supported_versions", 0x0302, nil, "11"},
		{"legacy 1.0", "no supported_versions", 0x0301, nil, "10"},
		{"SSL 3", "s3", 0x0300, nil, "s3"},
		{"SSL 2", "s2", 0x0002, nil, "s2"},
		{"DTLS 1.0", "d1", 0xfeff, nil, "d1"},
		{"DTLS 1.2", "d2", 0xfefd, nil, "d2"},
		{"DTLS 1.3", "d3", 0xfefc, nil, "d3"},
		{"legacy 1.3", "0x0304 is 1.3 here, too", 0x0304, nil, "13"},
		{"unknown", "no name", 0x0305, nil, "00"},
		{"offered 1.3", "the highest offered, not the legacy version", 0x0303, []uint16{0x0303, 0x0304}, "13"},
		{"offered 1.1 and 1.2", "the highest offered, whatever the extension stands for", 0x0303, []uint16{0x0303, 0x0302}, "12"},
		{"GREASE in front", "GREASE is not offered", 0x0303, []uint16{0xfafa, 0x0304}, "13"},
		{"draft", "the highest number wins, known or not", 0x0303, []uint16{0x0304, 0x7f1c}, "00"},
		{"only GREASE", "nothing is offered: the legacy version", 0x0303, []uint16{0x1a1a}, "12"},
		{"empty list", "nothing is offered: the legacy version", 0x0302, []uint16{}, "11"},
	} {
		t.Run(test.name, func(t *testing.T) {
			r := rawB(t)
			r.version = test.legacy
			r.without(43)
			if test.offered != nil {
				r.with(43, list8(test.offered...)...)
			}
			text, _, err := JA4(r.parse(t), TransportTCP)
			if err != nil || text[1:3] != test.want {
				t.Errorf("%s: got %s (%v), want %s", test.reason, text, err, test.want)
			}
		})
	}
}
