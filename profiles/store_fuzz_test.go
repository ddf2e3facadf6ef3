package profiles

import (
	"encoding/json"
	"testing"
)

// FuzzStore: whatever a service or a file says, an entry that is taken can be stored, and reading it neither panics nor gives a
// profile that contradicts itself.
func FuzzStore(f *testing.F) {
	f.Add([]byte(`{"items":[{"name":"a","data":{}},{"target":"b","fingerprint":"{}"}],"pagination":{"has_more":true,"next_skip":2}}`))
	f.Add([]byte(`{"data":[{"name":"a","data":` + curlText + `}]}`))
	f.Add([]byte(`{"items":[{"name":"a","data":{"schema":"wirelike/profile/1"}}]}`))
	f.Fuzz(func(t *testing.T, page []byte) {
		entries := map[string]json.RawMessage{}
		if next, err := readPage(page, 7, entries); err == nil && next != 0 && next <= 7 {
			t.Errorf("from 7 to %d", next)
		}
		if _, err := json.Marshal(entries); err != nil {
			t.Errorf("cannot be stored: %v", err)
		}
		for name, text := range entries {
			for _, strict := range []bool{true, false} {
				e, err := readEntry(name, text, strict)
				if err == nil && (e.profile.Name != name || e.profile.Validate() != nil) {
					t.Errorf("%q: %v", name, e.profile.Validate())
				}
			}
		}
	})
}

// TestTruncatedPages: no beginning of an answer is taken for a whole one.
func TestTruncatedPages(t *testing.T) {
	page := []byte(`{"items":[{"name":"a","data":{"client":"x"}},{"target":"b","fingerprint":"{}"}],"pagination":{"has_more":true,"next_skip":2}}`)
	for i := range len(page) {
		if _, err := readPage(page[:i], 0, map[string]json.RawMessage{}); err == nil {
			t.Errorf("%s", page[:i])
		}
	}
	if next, err := readPage(page, 0, map[string]json.RawMessage{}); err != nil || next != 2 {
		t.Error(next, err)
	}
}
