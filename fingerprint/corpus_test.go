package fingerprint

import (
	"bufio"
	"compress/gzip"
	"os"
	"slices"
	"strings"
	"testing"
)

// corpusHello is one line of testdata/hellos.jsonl.gz (see testdata/README.md).
type corpusHello struct {
	Source    string   `json:"source"`
	Transport string   `json:"transport"`
	JA4       []string `json:"ja4"`
	Hello     Hex      `json:"hello"`
}

func readCorpus(t testing.TB) []corpusHello {
	t.Helper()
	f, err := os.Open("testdata/hellos.jsonl.gz")
	if err != nil {
		t.Fatal(err)
	}
	defer f.Close()
	z, err := gzip.NewReader(f)
	if err != nil {
		t.Fatal(err)
	}
	lines := bufio.NewScanner(z)
	lines.Buffer(nil, 4*MaxHello)
	var out []corpusHello
	for lines.Scan() {
		var h corpusHello
		if err := DecodeStrict(lines.Bytes(), &h); err != nil {
			t.Fatal(err)
		}
		out = append(out, h)
	}
	if err := lines.Err(); err != nil {
		t.Fatal(err)
	}
	return out
}

// TestCorpus reads one hello of each shape that real browsers and the reference library send.
func TestCorpus(t *testing.T) {
	hellos := readCorpus(t)
	stated := map[string]int{}
	for _, c := range hellos {
		h, err := ParseClientHello(c.Hello)
		if err != nil {
			t.Errorf("%s: %v", c.Source, err)
			continue
		}
		f := &Fingerprint{TLS: h}
		if err := checkLeaves(c.Hello, f.Leaves()); err != nil {
			t.Errorf("%s: %v", c.Source, err)
		}
		checkRoundTrip(t, c.Source, f)
		for _, r := range SumsOver(transports[c.Transport], f)[:5] {
			if r.Err != nil || len(r.Text) < 20 {
				t.Errorf("%s: %s is %q, %v", c.Source, r.Name, r.Text, r.Err)
			}
			if r.Name == "ja4" && len(c.JA4) > 0 {
				stated[c.Transport]++
				if !slices.Contains(c.JA4, r.Hash) {
					t.Errorf("%s: JA4 %s, stated are %v", c.Source, r.Hash, c.JA4)
				}
			}
		}
		for i := range h.Extensions {
			if e := &h.Extensions[i]; e.Data != nil && LayoutOf(e.Type) != LayoutData {
				t.Errorf("%s: extension %s was not understood: %x", c.Source, ExtensionName(e.Type), []byte(e.Data))
			}
		}
	}
	if len(hellos) < 250 || stated["tcp"] < 20 || stated["quic"] < 40 {
		t.Errorf("%d hellos, %v of them with a stated JA4: the corpus is not complete", len(hellos), stated)
	}
}

// TestKnownBrowsers checks the names that were measured for browsers of the corpus.
func TestKnownBrowsers(t *testing.T) {
	want := map[string]map[string]string{
		"captures/tls/chromium156/": {
			"ja4": "t13d1517h2_8daaf6152771_cb7bf5808d99", "peetprint": "fc97c1cdfb1409c9a9326c1b726d1dee",
		},
		"captures/tls/firefox153/": {
			"ja4": "t13d1617h2_86a278354501_3cbfd9057e0d", "ja4_o": "t13d1617h2_d6294ab6b85e_df135d36b6d5",
			"peetprint": "fd4547eeb41f073156b7bc8125a79a3c",
		},
	}
	checked := map[string]bool{}
	for _, c := range readCorpus(t) {
		for prefix, names := range want {
			h := parseHello(t, c.Hello)
			if alpn, err := h.protocols(); !strings.HasPrefix(c.Source, prefix) || err != nil || alpn[0] != "h2" || h.Extension(ExtPreSharedKey) != nil {
				continue // WebSockets and resumptions have other names
			}
			for _, r := range Sums(&Fingerprint{TLS: h}) {
				if w := names[r.Name]; w != "" && w != r.Hash {
					t.Errorf("%s: %s is %s (%s), want %s", c.Source, r.Name, r.Hash, r.Text, w)
				} else if w != "" {
					checked[prefix+r.Name] = true
				}
			}
		}
	}
	if len(checked) != 5 {
		t.Errorf("checked only %v", checked)
	}
}
