package fingerprint

import (
	"reflect"
	"strings"
	"testing"
)

func TestBlockForms(t *testing.T) {
	for _, test := range []struct {
		name, reason, block string
		forms               string // texts joined by spaces
		updates             []uint32
		err                 bool
	}{
		{"empty", "no fields", "", "", nil, false},
		{"indexed", "RFC 7541 §6.1", "82 be", "indexed:2 indexed:62", nil, false},
		{"long index", "an index behind the prefix", "ff 80 01", "indexed:255", nil, false},
		{"incremental", "RFC 7541 §6.2.1, name of the static table", "7a 02 6869", "incremental:58:value-p", nil, false},
		{"incremental with a name", "RFC 7541 C.2.1", "40 01 61 81 1f", "incremental:0:name-p,value-h", nil, false},
		{"without indexing", "RFC 7541 C.2.2", "04 0c 2f73616d706c652f70617468", "without-indexing:4:value-p", nil, false},
		{"without indexing, long index", "prefix of four bits", "0f 0d 01 33", "without-indexing:28:value-p", nil, false},
		{"never indexed", "RFC 7541 C.2.3", "10 08 70617373776f7264 06 736563726574", "never-indexed:0:name-p,value-p", nil, false},
		{"both Huffman", "the two flags are independent", "00 81 1f 81 1f", "without-indexing:0:name-h,value-h", nil, false},
		{"table size update", "before the first field", "3f e1 1f 82", "indexed:2", []uint32{4096}, false},
		{"two updates", "minimum and final size", "20 3f e1 1f 82", "indexed:2", []uint32{0, 4096}, false},
		{"late update", "RFC 7541 §4.2: at the front of a block only", "82 20", "", nil, true},
		{"empty value", "a string may be empty", "51 00", "incremental:17:value-p", nil, false},
		{"highest number", "32 bits", "ff 80 ff ff ff 0f", "indexed:4294967295", nil, false},
		{"too high a number", "more than 32 bits", "ff 81 ff ff ff 0f", "", nil, true},
		{"endless number", "more bytes than 32 bits need", "ff ff ff ff ff ff 00", "", nil, true},
		{"number cut", "the block ends in the number", "ff 80", "", nil, true},
		{"value missing", "the block ends behind the name", "7a", "", nil, true},
		{"value cut", "the block ends in the value", "7a 03 6869", "", nil, true},
		{"name cut", "the block ends in the name", "40 0a 61", "", nil, true},
		{"long string", "a length beyond the block", "7a 7f ff ff ff ff 0f", "", nil, true},
	} {
		t.Run(test.name, func(t *testing.T) {
			forms, updates, err := blockForms(unhex(t, test.block))
			if (err != nil) != test.err {
				t.Fatalf("%s: %v", test.reason, err)
			}
			if err != nil {
				return
			}
			var texts []string
			for _, f := range forms {
				texts = append(texts, f.String())
			}
			if got := strings.Join(texts, " "); got != test.forms || !reflect.DeepEqual(updates, test.updates) {
				t.Errorf("%s: got %s %v, want %s %v", test.reason, got, updates, test.forms, test.updates)
			}
		})
	}
}
