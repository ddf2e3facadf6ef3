package interop

import "testing"

// TestCustom: each test of custom fingerprints under the row of the behaviours that it is about.
func TestCustom(t *testing.T) {
	for _, row := range []struct {
		id, name string
		test     func(*testing.T)
	}{
		{"FP-06", "recorded cases", testCustomCases},
		{"FP-07", "ja3 on the wire", testCustomJA3},
		{"FP-08", "errors", testCustomErrors},
		{"FP-11", "round trip", testCustomRoundTrip},
		{"FP-12", "priorities", testCustomPriorities},
		{"FP-17", "permutation", testCustomPermutes},
		{"FP-19", "edited", testCustomEdited},
		{"FP-21", "own fields", testCustomOwnFields},
		{"FP-37", "neutral", testCustomNeutral},
		{"FP-10", "tickets", testCustomResumes},
	} {
		t.Run(row.id+"/"+row.name, row.test)
	}
}
