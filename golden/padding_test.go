package golden_test

import (
	"os"
	"path"
	"path/filepath"
	"testing"

	"github.com/wirelike/wirelike/fingerprint"
	"github.com/wirelike/wirelike/golden"
)

// extensionHead is type and length of an extension, in bytes.
const extensionHead = 4

// TestPaddingOfEvidence: every first hello that was recorded, of browsers and of the reference library, is padded by the rule of
// fingerprint.PaddedLength: counted anew from the bytes of the message, one of 256 to 511 bytes without padding has 512 with it,
// or one byte of padding more than it needs, and all others have none.
func TestPaddingOfEvidence(t *testing.T) {
	t.Parallel()
	var files []string
	for _, pattern := range []string{"captures/*/*.json", "captures/library/*/*.json"} {
		names, err := filepath.Glob(pattern)
		if err != nil {
			t.Fatal(err)
		}
		files = append(files, names...)
	}
	padded, bare, shortest, longest := 0, 0, 1<<16, 0
	for _, name := range files {
		if path.Base(path.Dir(filepath.ToSlash(name))) == "signatures" {
			continue
		}
		e, err := golden.ReadEvidence(os.DirFS("."), filepath.ToSlash(name))
		if err != nil {
			t.Fatal(err)
		}
		for i := range e.Connections {
			c := &e.Connections[i]
			if len(c.Hellos) == 0 {
				continue
			}
			f, err := fingerprint.Parse(&fingerprint.Capture{Hellos: c.Hellos[:1]})
			if err != nil {
				t.Fatalf("%s, connection %d: %v", name, i, err)
			}
			whole, pad := len(c.Hellos[0]), f.TLS.Extension(fingerprint.ExtPadding)
			rest := whole
			if pad != nil {
				rest -= extensionHead + pad.Length
			}
			needs := rest >= 256 && rest <= 511
			switch {
			case needs != (pad != nil):
				t.Errorf("%s, connection %d: %d bytes without padding, padded: %t", name, i, rest, pad != nil)
			case needs && whole != max(512, rest+extensionHead+1):
				t.Errorf("%s, connection %d: %d bytes without padding, %d with it", name, i, rest, whole)
			}
			if got := f.TLS.PaddedLength(); needs != (got >= 0) || needs && got != pad.Length {
				t.Errorf("%s, connection %d: PaddedLength is %d of %d bytes without padding", name, i, got, rest)
			}
			if needs {
				padded, shortest, longest = padded+1, min(shortest, rest), max(longest, rest)
			} else {
				bare++
			}
		}
	}
	t.Logf("%d hellos of %d to %d bytes are padded, %d are not", padded, shortest, longest, bare)
	if padded < 200 || bare < 500 {
		t.Errorf("%d padded hellos and %d others: too few", padded, bare)
	}
}
