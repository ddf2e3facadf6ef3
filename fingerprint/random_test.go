package fingerprint

import (
	"bytes"
	"encoding/json"
	"os"
	"testing"
)

// TestRandomParts finds the random parts of captured hellos at the offsets that are given, and nothing repeated.
func TestRandomParts(t *testing.T) {
	b, err := os.ReadFile("../golden/captures/firefox153/records.json")
	if err != nil {
		t.Fatal(err)
	}
	var e struct{ Connections []Capture }
	if err := json.Unmarshal(b, &e); err != nil {
		t.Fatal(err)
	}
	seen := map[string]string{}
	for i, c := range e.Connections {
		parts, err := RandomParts(c.Hellos[0])
		if err != nil {
			t.Fatal(err)
		}
		want := 2 + 3 + 2 // random and session id, three key shares, two parts of ECH
		if c.Resumed {
			want++
		}
		if len(parts) != want {
			t.Errorf("connection %d: %d parts, want %d", i, len(parts), want)
		}
		for _, p := range parts {
			if !bytes.Equal(c.Hellos[0][p.Offset:p.Offset+len(p.Bytes)], p.Bytes) {
				t.Errorf("connection %d: %s is not at offset %d", i, p.Path, p.Offset)
			}
			if at, ok := seen[string(p.Bytes)]; ok {
				t.Errorf("connection %d: %s repeats %s", i, p.Path, at)
			}
			seen[string(p.Bytes)] = p.Path
		}
	}
	for n := range e.Connections[0].Hellos[0] {
		if _, err := RandomParts(e.Connections[0].Hellos[0][:n]); err == nil {
			t.Fatalf("a hello cut at %d is accepted", n)
		}
	}
}
