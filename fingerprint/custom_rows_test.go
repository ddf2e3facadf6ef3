package fingerprint

import "testing"

// TestCustom: each test of custom fingerprints under the row of the behaviours that it is about.
func TestCustom(t *testing.T) {
	for _, row := range []struct {
		id, name string
		test     func(*testing.T)
	}{
		{"FP-07", "ja3", testParseJA3},
		{"FP-08", "ja3 refused", testParseJA3Refuses},
		{"FP-11", "akamai", testParseAkamai},
		{"FP-13", "akamai refused", testParseAkamaiRefuses},
		{"FP-18", "names", testParseNames},
	} {
		t.Run(row.id+"/"+row.name, row.test)
	}
}
