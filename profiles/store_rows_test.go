package profiles

import "testing"

// TestStore: each test of names and of the store under the row of the behaviours that it is about.
func TestStore(t *testing.T) {
	for _, row := range []struct {
		id, name string
		test     func(*testing.T)
	}{
		{"FP-01", "targets", testTargets},
		{"FP-02", "aliases", testAliases},
		{"FP-03", "old spellings", testOldSpellings},
		{"FP-03", "any case", testAnyCase},
		{"FP-04", "near names", testNearNames},
		{"FP-05", "precedence", testResolver},
		{"FP-26", "environment", testStoreDir},
		{"FP-26", "files", testStoreFiles},
		{"FP-27", "load", testStoreLoad},
		{"FP-27", "refused", testStoreRefuses},
		{"FP-28", "copies", testStoreCopies},
		{"FP-29", "list", testStoreList},
		{"FP-30", "key", testStoreKey},
		{"FP-30", "refused keys", testStoreKeyRefuses},
		{"FP-31", "service", testUpdateService},
		{"FP-31", "file", testUpdateSource},
		{"FP-32", "errors of a service", testUpdateServiceFails},
		{"FP-32", "errors of a file", testUpdateSourceFails},
		{"FP-32", "bounds", testUpdateBounds},
		{"FP-32", "cancelled", testUpdateCancelled},
		{"FP-32", "nothing half done", testStoreWriteFails},
	} {
		t.Run(row.id+"/"+row.name, row.test)
	}
}
