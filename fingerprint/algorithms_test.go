package fingerprint

import (
	"errors"
	"os"
	"slices"
	"testing"
)

// transports by the names that test data uses.
var transports = map[string]Transport{"tcp": TransportTCP, "quic": TransportQUIC}

type vector struct {
	Name      string               `json:"name"`
	Transport string               `json:"transport"`
	Sums      map[string][2]string `json:"sums"`
	Hello     Hex                  `json:"hello"`
}

func readVectors(t testing.TB) []vector {
	t.Helper()
	b, err := os.ReadFile("testdata/vectors.json")
	if err != nil {
		t.Fatal(err)
	}
	var vectors []vector
	if err := DecodeStrict(b, &vectors); err != nil {
		t.Fatal(err)
	}
	if again, err := FormatJSON(vectors); err != nil || string(again) != string(b) {
		t.Errorf("vectors.json is not in canonical form (%v)", err)
	}
	return vectors
}

func TestVectors(t *testing.T) {
	vectors := readVectors(t)
	if len(vectors) < 27 {
		t.Fatalf("only %d vectors", len(vectors))
	}
	for _, v := range vectors {
		t.Run(v.Name, func(t *testing.T) {
			f := &Fingerprint{TLS: parseHello(t, v.Hello)}
			checked := 0
			for _, r := range SumsOver(transports[v.Transport], f) {
				want, ok := v.Sums[r.Name]
				if !ok {
					continue
				}
				checked++
				if r.Err != nil || r.Text != want[0] || r.Hash != want[1] {
					t.Errorf("%s:\ngot  %s %s (%v)\nwant %s %s", r.Name, r.Hash, r.Text, r.Err, want[1], want[0])
				}
			}
			if checked != len(v.Sums) || checked == 0 {
				t.Errorf("%d of %d names checked", checked, len(v.Sums))
			}
		})
	}
}

func TestSumsOfNothing(t *testing.T) {
	results := Sums(&Fingerprint{})
	if len(results) != len(Algorithms) {
		t.Fatalf("%d results of %d algorithms", len(results), len(Algorithms))
	}
	for i, r := range results {
		if r.Name != Algorithms[i].Name || r.Text != "" || r.Hash != "" || !errors.Is(r.Err, ErrNotSeen) {
			t.Errorf("%s of a layer that was not seen: %+v", Algorithms[i].Name, r)
		}
	}
}

func TestAlgorithmNames(t *testing.T) {
	var got []string
	for _, a := range Algorithms {
		got = append(got, a.Name)
	}
	if want := []string{"ja3", "ja3n", "ja4", "ja4_o", "peetprint", "akamai"}; !slices.Equal(got, want) {
		t.Errorf("got %v, want %v: reports and goldens use these names", got, want)
	}
}

func TestSumsOverQUIC(t *testing.T) {
	f := &Fingerprint{TLS: parseHello(t, unhex(t, helloB))}
	tcp, quic := Sums(f), SumsOver(TransportQUIC, f)
	for i, r := range tcp {
		q := quic[i]
		if r.Name == "ja4" || r.Name == "ja4_o" {
			if q.Hash != "q"+r.Hash[1:] || q.Text != "q"+r.Text[1:] || r.Hash[0] != 't' {
				t.Errorf("%s: %s over TCP, %s over QUIC", r.Name, r.Hash, q.Hash)
			}
		} else if q != r {
			t.Errorf("%s depends on the transport", r.Name)
		}
	}
}

// TestMalformedBodies checks that a body which an algorithm reads makes an error of it, and of no other algorithm.
func TestMalformedBodies(t *testing.T) {
	readers := map[ID][]string{
		ExtSupportedGroups:     {"ja3", "ja3n", "peetprint"},
		ExtECPointFormats:      {"ja3", "ja3n"},
		ExtSignatureAlgorithms: {"ja4", "ja4_o", "peetprint"},
		ExtALPN:                {"ja4", "ja4_o", "peetprint"},
		ExtCompressCertificate: {"peetprint"},
		ExtSupportedVersions:   {"ja4", "ja4_o", "peetprint"},
		ExtPSKKeyExchangeModes: {"peetprint"},
		ExtServerName:          {},
		ExtKeyShare:            {},
		ExtDelegatedCredential: {},
		ExtStatusRequest:       {},
	}
	bodies := []struct {
		name string
		body []byte
	}{
		{"empty body", nil},
		{"half a length", []byte{0}},
		{"length beyond the body", []byte{0, 9, 1}},
		{"longer than its length", []byte{0, 2, 1, 2, 3}},
		{"half an item", []byte{0, 3, 0, 5, 1}},
	}
	for typ, names := range readers {
		for _, b := range bodies {
			if l := LayoutOf(typ); (l == LayoutBytes || l == LayoutList8) && b.name == "half a length" {
				continue // for an 8-bit length, that is the empty list
			}
			h := rawB(t).with(uint16(typ), b.body...).parse(t)
			for _, r := range Sums(&Fingerprint{TLS: h})[:5] {
				if slices.Contains(names, r.Name) {
					if r.Err == nil || errors.Is(r.Err, ErrNotSeen) || r.Text != "" || r.Hash != "" {
						t.Errorf("%s, %s: %s is %q, %q, %v", ExtensionName(typ), b.name, r.Name, r.Text, r.Hash, r.Err)
					}
				} else if r.Err != nil || r.Hash == "" {
					t.Errorf("%s, %s: %s, which does not read it, fails: %v", ExtensionName(typ), b.name, r.Name, r.Err)
				}
			}
		}
	}
}

// TestEmptyLists checks that an empty list, unlike a malformed one, is a list without members.
func TestEmptyLists(t *testing.T) {
	const ja3 = "771,4865-4866-49195-49199,0-10-11-13-16-51-43,29-23,0"
	for _, test := range []struct {
		name      string
		typ       ID
		body      []byte
		algorithm string
		want      string
	}{
		{"groups", ExtSupportedGroups, []byte{0, 0}, "ja3", "771,4865-4866-49195-49199,0-10-11-13-16-51-43,,0"},
		{"point formats", ExtECPointFormats, []byte{0}, "ja3", "771,4865-4866-49195-49199,0-10-11-13-16-51-43,29-23,"},
		{"algorithms", ExtSignatureAlgorithms, []byte{0, 0}, "ja4", "t13d0407h2_1301,1302,c02b,c02f_000a,000b,000d,002b,0033"},
		{"protocols", ExtALPN, []byte{0, 0}, "ja4", "t13d040700_1301,1302,c02b,c02f_000a,000b,000d,002b,0033_0403,0804"},
		{"versions", ExtSupportedVersions, []byte{0}, "ja4", "t12d0407h2_1301,1302,c02b,c02f_000a,000b,000d,002b,0033_0403,0804"},
		{"modes", ExtPSKKeyExchangeModes, []byte{0}, "peetprint", "772-771|2-1.1|29-23|1027-2052|0||4865-4866-49195-49199|0-10-11-13-16-43-45-51"},
		{"compression", ExtCompressCertificate, []byte{0}, "peetprint", "772-771|2-1.1|29-23|1027-2052|0||4865-4866-49195-49199|0-10-11-13-16-27-43-51"},
	} {
		t.Run(test.name, func(t *testing.T) {
			f := &Fingerprint{TLS: rawB(t).with(uint16(test.typ), test.body...).parse(t)}
			for _, r := range Sums(f)[:5] {
				if r.Err != nil {
					t.Errorf("%s: %v", r.Name, r.Err)
				}
				if r.Name == test.algorithm && r.Text != test.want {
					t.Errorf("%s:\ngot  %s\nwant %s", r.Name, r.Text, test.want)
				}
			}
		})
	}
	if text, _, _ := JA3(rawB(t).parse(t)); text != ja3 {
		t.Errorf("hello B itself has JA3 %s", text)
	}
}

// benchmarkHello is the message of a browser with the longest lists that occur, benchmarkFingerprint what it parses to.
func benchmarkHello(t testing.TB) []byte {
	t.Helper()
	for _, v := range readVectors(t) {
		if v.Name == "firefox-153" {
			return v.Hello
		}
	}
	t.Fatal("no vector of Firefox")
	return nil
}

func benchmarkFingerprint(t testing.TB) *Fingerprint {
	t.Helper()
	return &Fingerprint{TLS: parseHello(t, benchmarkHello(t)), HTTP2: parseFrames(t, firefoxFrames())}
}

// nameHello does what a server does for the hello of a connection: it parses the message and applies all algorithms.
func nameHello(t testing.TB, msg []byte, http2 *HTTP2) []Result {
	h, err := ParseClientHello(msg)
	if err != nil {
		t.Fatal(err)
	}
	return Sums(&Fingerprint{TLS: h, HTTP2: http2})
}

// TestNamesAllocate holds for every hello of the vectors, the parsing counted in.
func TestNamesAllocate(t *testing.T) {
	http2 := parseFrames(t, firefoxFrames())
	worst, most := "", 0.0
	for _, v := range readVectors(t) {
		for _, r := range nameHello(t, v.Hello, http2) {
			if r.Err != nil {
				t.Fatalf("%s: %s: %v", v.Name, r.Name, r.Err)
			}
		}
		if n := testing.AllocsPerRun(20, func() { nameHello(t, v.Hello, http2) }); n > most {
			worst, most = v.Name, n
		}
	}
	t.Logf("most: %v allocations, for %s", most, worst)
	if most == 0 || most > 80 {
		t.Errorf("parsing a hello and all its names take %v allocations (%s), 80 are allowed", most, worst)
	}
}

// BenchmarkNames is the parsing of a hello and all its names.
func BenchmarkNames(b *testing.B) {
	msg, http2 := benchmarkHello(b), parseFrames(b, firefoxFrames())
	b.ReportAllocs()
	for b.Loop() {
		nameHello(b, msg, http2)
	}
}

func BenchmarkSums(b *testing.B) {
	f := benchmarkFingerprint(b)
	b.ReportAllocs()
	for b.Loop() {
		Sums(f)
	}
}

func BenchmarkParseClientHello(b *testing.B) {
	msg := benchmarkHello(b)
	b.ReportAllocs()
	for b.Loop() {
		if _, err := ParseClientHello(msg); err != nil {
			b.Fatal(err)
		}
	}
}
