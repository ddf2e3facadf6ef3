package golden

import (
	"errors"
	"fmt"
	"io/fs"
	"os"
	"path/filepath"
	"strings"

	"github.com/wirelike/wirelike/fingerprint"
	"github.com/wirelike/wirelike/fpserver"
)

// SnapshotSchema names the version of the snapshot file format.
const SnapshotSchema = "wirelike/snapshot/1"

// snapshot is the content of a snapshot file.
type snapshot struct {
	Schema string `json:"schema"`
	// Vary is written by hand when the client varies by design; an update keeps it.
	Vary        fingerprint.Vary        `json:"vary"`
	Fingerprint fingerprint.Fingerprint `json:"fingerprint"`
}

// Snapshot pins the fingerprint of a client of your own: it compares a connection with the file and fails tb with what
// differs. GREASE values, server name, authority, port and path do not count; what else the client varies by design
// belongs into the file's "vary". With WIRELIKE_UPDATE=1 in the environment the file is written instead; a missing file
// is a failure.
func Snapshot(tb fpserver.TB, c *fpserver.Conn, file string) {
	tb.Helper()
	got, err := c.Fingerprint()
	if err != nil {
		tb.Fatalf("golden: snapshot of a broken connection: %v", err)
		return
	}
	hideAuthority(got)
	old, err := readSnapshot(file)
	if os.Getenv("WIRELIKE_UPDATE") == "1" {
		if err != nil && !errors.Is(err, fs.ErrNotExist) {
			tb.Fatalf("golden: %v", err)
			return
		}
		if err := writeSnapshot(file, &snapshot{Schema: SnapshotSchema, Vary: old.Vary, Fingerprint: *got}); err != nil {
			tb.Fatalf("golden: %v", err)
		}
		return
	}
	if err != nil {
		tb.Fatalf("golden: %v (WIRELIKE_UPDATE=1 writes the snapshot)", err)
		return
	}
	leaves := len(old.Fingerprint.Leaves())
	if leaves == 0 {
		tb.Fatalf("golden: %s is empty: a check of nothing cannot fail", file)
		return
	}
	list := fingerprint.Diff(&old.Fingerprint, got, &old.Vary)
	var text strings.Builder
	for i, m := range list {
		if i < maxShown {
			text.WriteString("\n\t" + m.Path + " [" + m.Rule + "]: want " + m.Want + ", got " + m.Got)
		}
	}
	if len(list) > 0 {
		tb.Fatalf("golden: %d of %d fields differ from %s (WIRELIKE_UPDATE=1 accepts them):%s", len(list), leaves, file, text.String())
	}
}

// readSnapshot always returns a value, so that an update can keep what the file says about variation.
func readSnapshot(file string) (*snapshot, error) {
	s := &snapshot{}
	b, err := os.ReadFile(file)
	if err != nil {
		return s, err
	}
	if err := fingerprint.DecodeStrict(b, s); err != nil {
		return s, fmt.Errorf("%s: %w", file, err)
	}
	if s.Schema != SnapshotSchema {
		return s, fmt.Errorf("%s: schema %q, want %q", file, s.Schema, SnapshotSchema)
	}
	return s, nil
}

func writeSnapshot(file string, s *snapshot) error {
	Normalize(&s.Fingerprint)
	b, err := fingerprint.FormatJSON(s)
	if err != nil {
		return err
	}
	if err := os.MkdirAll(filepath.Dir(file), 0o755); err != nil {
		return err
	}
	return os.WriteFile(file, b, 0o644)
}
