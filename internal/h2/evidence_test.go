package h2

import (
	"bytes"
	"encoding/json"
	"os"
	"path/filepath"
	"strings"
	"testing"

	"golang.org/x/net/http2"

	"github.com/wirelike/wirelike/fingerprint"
)

// capturedBlocks returns the header blocks of the client's half of a captured connection, as they were sent.
func capturedBlocks(t *testing.T, c *fingerprint.Capture) (blocks [][]byte) {
	t.Helper()
	b := []byte(c.Client)
	if !bytes.HasPrefix(b, []byte(fingerprint.Preface)) {
		t.Fatal("capture does not start with the preface")
	}
	elided := c.Elided
	for pos := len(fingerprint.Preface); pos < len(b); {
		h, err := http2.ReadFrameHeader(bytes.NewReader(b[pos:]))
		if err != nil {
			t.Fatal(err)
		}
		pos += headerLen
		n := int(h.Length)
		for len(elided) > 0 && elided[0].Offset >= pos && elided[0].Offset <= pos+n {
			n -= int(elided[0].Length)
			elided = elided[1:]
		}
		payload := b[pos : pos+n]
		pos += n
		switch h.Type {
		case http2.FrameHeaders:
			if h.Flags.Has(http2.FlagHeadersPriority) {
				payload = payload[5:]
			}
			if h.Flags.Has(http2.FlagHeadersPadded) || !h.Flags.Has(http2.FlagHeadersEndHeaders) {
				t.Fatal("HEADERS that this test does not understand")
			}
			blocks = append(blocks, payload)
		case http2.FrameContinuation:
			t.Fatal("CONTINUATION in a capture")
		}
	}
	return blocks
}

// TestEncoderEvidence: every header block of every captured HTTP/2 connection of a browser, encoded again from its
// fields, has the same bytes.
func TestEncoderEvidence(t *testing.T) {
	files, err := filepath.Glob("../../golden/captures/*/*.json")
	if err != nil {
		t.Fatal(err)
	}
	total := map[string]int{}
	for _, file := range files {
		raw, err := os.ReadFile(file)
		if err != nil {
			t.Fatal(err)
		}
		var doc struct {
			Connections []fingerprint.Capture `json:"connections"`
		}
		if err := json.Unmarshal(raw, &doc); err != nil {
			t.Fatalf("%s: %v", file, err)
		}
		engine := "chromium"
		browser := filepath.Base(filepath.Dir(file))
		if strings.HasPrefix(browser, "firefox") {
			engine = "firefox"
		}
		for i := range doc.Connections {
			if c := &doc.Connections[i]; c.ALPN == "h2" && len(c.Client) > 0 {
				total[engine] += replay(t, file, engine, capturedBlocks(t, c))
			}
		}
	}
	t.Logf("blocks: %v", total)
	for _, engine := range []string{"chromium", "firefox"} {
		if total[engine] < 20 {
			t.Errorf("%d blocks of %s, which is too little evidence", total[engine], engine)
		}
	}
}

// replay encodes the fields of captured blocks and returns how many there were.
func replay(t *testing.T, file, engine string, blocks [][]byte) int {
	t.Helper()
	e := testEncoder(t, engine)
	p := fingerprint.NewHTTP2Parser()
	if _, err := p.Write([]byte(fingerprint.Preface)); err != nil {
		t.Fatal(err)
	}
	for i, block := range blocks {
		if _, err := p.Write(append(appendHeader(nil, len(block), http2.FrameHeaders, 0x5, uint32(2*i+1)), block...)); err != nil {
			t.Fatal(err)
		}
		r := p.HTTP2().Requests[i]
		for _, size := range r.TableSizeUpdates { // the server's SETTINGS came before this block
			e.allow(size)
		}
		if got := e.appendBlock(nil, r.Fields); !bytes.Equal(got, block) {
			t.Errorf("%s: block %d:\ngot  %x\nwant %x", file, i, got, block)
			break
		}
	}
	return len(blocks)
}
