package client

import (
	"bytes"
	"io"
	"net/http"
	"strings"
	"testing"
)

// TestWrappedMemory: the bodies that [http.NewRequest] makes of readers in memory are known, others are not.
func TestWrappedMemory(t *testing.T) {
	t.Parallel()
	for _, row := range []struct {
		name   string
		body   io.Reader
		memory bool
	}{
		{"bytes.Buffer", bytes.NewBufferString("x"), true},
		{"bytes.Reader", bytes.NewReader([]byte("x")), true},
		{"strings.Reader", strings.NewReader("x"), true},
		{"a reader of one's own", struct{ io.Reader }{strings.NewReader("x")}, false},
		{"a body of one's own", io.NopCloser(io.LimitReader(strings.NewReader("x"), 1)), false},
	} {
		r, err := http.NewRequest("POST", "https://localhost/", row.body)
		if err != nil {
			t.Fatal(err)
		}
		if got := isWrappedMemory(r.Body); got != row.memory {
			t.Errorf("%s: %v", row.name, got)
		}
	}
	if isWrappedMemory(nil) {
		t.Error("nil is in memory")
	}
}
