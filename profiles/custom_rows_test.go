package profiles

import "testing"

// TestCustom: each test of custom fingerprints under the row of the behaviours that it is about.
func TestCustom(t *testing.T) {
	for _, row := range []struct {
		id, name string
		test     func(*testing.T)
	}{
		{"FP-06", "precedence", testPrecedence},
		{"FP-07", "round trip", testWithRoundTrip},
		{"FP-07", "traps", testWithJA3},
		{"FP-07", "padding", testWithPadding},
		{"FP-07", "warnings", testWarnings},
		{"FP-08", "refused", testWithRefuses},
		{"FP-10", "tickets", testWithTickets},
		{"FP-11", "akamai", testWithAkamai},
		{"FP-12", "twice", testWithAkamaiTwice},
		{"FP-15", "priority", testWithPriority},
		{"FP-15", "header order", testWithHeaderOrder},
		{"FP-15", "json", testParseOverride},
		{"FP-15", "boundary", testWithBoundary},
		{"FP-16", "command line", testOverrideSet},
		{"FP-17", "permutation", testWithVary},
		{"FP-19", "saved", testWithSaved},
		{"FP-19", "edited", testClone},
		{"FP-19", "import", testFromCurlImpersonate},
		{"FP-20", "import defaults", testFromCurlImpersonateDefaults},
		{"FP-24", "import", testFromCurlImpersonateWebSocket},
		{"FP-23", "import refused", testFromCurlImpersonateRefuses},
	} {
		t.Run(row.id+"/"+row.name, row.test)
	}
}
