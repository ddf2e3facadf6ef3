package fingerprint

import (
	"slices"
	"strconv"
	"strings"
	"testing"
)

// fromJA3 makes a hello that has the given JA3 text.
func fromJA3(t testing.TB, text string) *rawHello {
	t.Helper()
	parts := strings.Split(text, ",")
	if len(parts) != 5 {
		t.Fatalf("%s is no JA3 text", text)
	}
	list := func(s string) (out []uint16) {
		for n := range strings.SplitSeq(s, "-") {
			v, err := strconv.ParseUint(n, 10, 16)
			if s != "" && err != nil {
				t.Fatal(err)
			}
			if s != "" {
				out = append(out, uint16(v))
			}
		}
		return out
	}
	l := helloLists{
		version: list(parts[0])[0], suites: list(parts[1]), exts: list(parts[2]), groups: list(parts[3]),
		versions: []uint16{0x0304, 0x0303}, algorithms: []uint16{0x0403}, protocols: []string{"h2"},
	}
	for _, p := range list(parts[4]) {
		l.points = append(l.points, byte(p))
	}
	r := l.raw()
	if parts[2] == "" {
		r.exts = nil
	}
	return r
}

const (
	chrome135JA3 = "771,4865-4866-4867-49195-49199-49196-49200-52393-52392-49171-49172-156-157-47-53," +
		"0-27-18-16-11-13-17613-5-43-10-51-65281-45-65037-35-23,4588-29-23-24,0"
	curlJA3 = "771,4866-4867-4865-49196-49200-159-52393-52392-52394-49195-49199-158-49188-49192-107-49187-49191-103-" +
		"49162-49172-57-49161-49171-51-157-156-61-60-53-47-255,0-11-10-16-22-23-49-13-43-45-51-21," +
		"29-23-30-25-24-256-257-258-259-260,0-1-2"
	firefox144JA3N = "771,4865-4867-4866-49195-49199-52393-52392-49196-49200-49162-49161-49171-49172-156-157-47-53," +
		"0-5-10-11-13-16-18-23-27-28-34-35-43-45-51-65037-65281,4588-29-23-24-25-256-257,0"
)

func TestJA3(t *testing.T) {
	oldSuites := []uint16{4, 5, 10, 9, 100, 98, 3, 6, 19, 18, 99}
	withSuites := func(r *rawHello, suites ...uint16) *rawHello { r.suites = suites; return r }
	for _, test := range []struct {
		name, reason string
		msg          []byte
		text, hash   string
		sorted       string // JA3N's text and hash, if stated
		sortedHash   string
	}{
		{"first example", "as the definition computes it", fromJA3(t, "769,47-53-5-10-49161-49162-49171-49172-50-56-19-4,0-10-11,23-24-25,0").bytes(),
			"769,47-53-5-10-49161-49162-49171-49172-50-56-19-4,0-10-11,23-24-25,0", "ada70206e40642a3e4461f35503241d5", "", ""},
		{"no extensions", "four commas always", (&rawHello{version: 0x0301, suites: oldSuites}).bytes(),
			"769,4-5-10-9-100-98-3-6-19-18-99,,,", "de350869b8c85de67a350c8d186f11e6", "", ""},
		{"empty extension block", "as without", (&rawHello{version: 0x0302, suites: []uint16{47}, exts: []rawExt{}}).bytes(),
			"770,47,,,", "33479a0511979846bfb20381604283dd", "770,47,,,", "33479a0511979846bfb20381604283dd"},
		{"B", "version is legacy_version; JA3N sorts by number", unhex(t, helloB),
			"771,4865-4866-49195-49199,0-10-11-13-16-51-43,29-23,0", "941fa75c44da4918375028ade419e532",
			"771,4865-4866-49195-49199,0-10-11-13-16-43-51,29-23,0", "8b8a75b8c03d975ed6c917efa4ea57da"},
		{"G", "GREASE is left out of ciphers, extensions and groups, also as the last of them", unhex(t, helloG),
			"771,4865-49195,0-10-11-13-16-51-43-45-27,29-23,0", "164cde95a9e5874d7977c23a7feceff1",
			"771,4865-49195,0-10-11-13-16-27-43-45-51,29-23,0", "20201122303e4398420e30cdb72cc776"},
		{"repeated extension", "each one is listed", rawB(t).and(0x7777).and(0x7777).bytes(),
			"771,4865-4866-49195-49199,0-10-11-13-16-51-43-30583-30583,29-23,0", "c7d7166bafc7a1ee6d1318adb0493f80", "", ""},
		{"signalling ciphers", "SCSV values are ciphers like others", withSuites(rawB(t), 0x1301, 0xc02f, 0x00ff, 0x5600).bytes(),
			"771,4865-49199-255-22016,0-10-11-13-16-51-43,29-23,0", "20c4c4330388bd472b37066e4e812222", "", ""},
		{"Chrome 135", "recorded by a public service", fromJA3(t, chrome135JA3).bytes(), chrome135JA3, "fe12fd17d1cb7eacf0440b6f7ce3be22",
			"", "8e19337e7524d2573be54efb2b0784c9"},
		{"curl 7.88.1", "padding stays in", fromJA3(t, curlJA3).bytes(), curlJA3, "0149f47eabf9a20d0893e2a44e5a6323", "", ""},
		{"Firefox 144", "published with sorted extensions", fromJA3(t, firefox144JA3N).bytes(), firefox144JA3N, "e4147a4860c1f347354f0a84d8787c02",
			firefox144JA3N, "e4147a4860c1f347354f0a84d8787c02"},
		{"no groups", "an absent extension is an empty field", rawB(t).without(10).bytes(),
			"771,4865-4866-49195-49199,0-11-13-16-51-43,,0", "", "", ""},
		{"QUIC", "without point formats, the text ends with a comma", rawB(t).without(11).bytes(),
			"771,4865-4866-49195-49199,0-10-13-16-51-43,29-23,", "", "", ""},
		{"groups twice", "the last one counts", rawB(t).and(10, list16(0x0018)...).bytes(),
			"771,4865-4866-49195-49199,0-10-11-13-16-51-43-10,24,0", "", "771,4865-4866-49195-49199,0-10-10-11-13-16-43-51,24,0", ""},
		{"almost GREASE", "0x0a1a is no GREASE value", withSuites(rawB(t), 0x0a1a, 0x1a0a, 0x3a3a).bytes(),
			"771,2586-6666,0-10-11-13-16-51-43,29-23,0", "", "", ""},
		{"a GREASE-like version", "the version is printed whatever it is", (&rawHello{version: 0x1a1a, suites: []uint16{47}}).bytes(),
			"6682,47,,,", "", "", ""},
		{"no ciphers", "an empty list is an empty field", withSuites(rawB(t)).bytes(), "771,,0-10-11-13-16-51-43,29-23,0", "", "", ""},
	} {
		t.Run(test.name, func(t *testing.T) {
			h := parseHello(t, test.msg)
			check := func(kind, text, hash, wantText, wantHash string, err error) {
				t.Helper()
				if err != nil || wantText != "" && text != wantText || wantHash != "" && hash != wantHash || hash != md5Hex([]byte(text)) {
					t.Errorf("%s (%s):\ngot  %s %s (%v)\nwant %s %s", kind, test.reason, hash, text, err, wantHash, wantText)
				}
			}
			text, hash, err := JA3(h)
			check("JA3", text, hash, test.text, test.hash, err)
			text, hash, err = JA3N(h)
			check("JA3N", text, hash, test.sorted, test.sortedHash, err)
		})
	}
}

// TestJA3NIgnoresOrder shuffles the extensions of Firefox 144, of which only the sorted form is published.
func TestJA3NIgnoresOrder(t *testing.T) {
	r := fromJA3(t, firefox144JA3N)
	slices.Reverse(r.exts)
	h := r.parse(t)
	if _, hash, _ := JA3N(h); hash != "e4147a4860c1f347354f0a84d8787c02" {
		t.Errorf("JA3N %s depends on the order", hash)
	}
	if _, hash, _ := JA3(h); hash == "e4147a4860c1f347354f0a84d8787c02" {
		t.Error("JA3 does not depend on the order")
	}
	if h.Extensions[0].Type != ExtRenegotiationInfo {
		t.Error("an algorithm sorted the hello itself")
	}
}
