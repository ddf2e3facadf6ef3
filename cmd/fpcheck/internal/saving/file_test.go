package saving

import (
	"io/fs"
	"os"
	"path/filepath"
	"slices"
	"testing"
)

func TestFile(t *testing.T) {
	t.Parallel()
	for _, c := range []struct {
		id, name string
		begin    func(string) (*File, error)
		before   string // content of the file of that name, "" for none
		end      func(*File) error
		want     map[string]string
		why      string
	}{
		{"CLI-07", "create", Create, "", (*File).Commit, map[string]string{"a.txt": "new"}, "whole, and nothing beside it"},
		{"CLI-07", "replace", Create, "old", (*File).Commit, map[string]string{"a.txt": "new"}, "the user named it"},
		{"CLI-07", "discard", Create, "old", (*File).Discard, map[string]string{"a.txt": "old"}, "half a file replaces nothing"},
		{"CLI-07", "discard nothing", Create, "", (*File).Discard, map[string]string{}, "no trace"},
		{"CLI-07", "free", New, "", (*File).Commit, map[string]string{"a.txt": "new"}, "the name is free"},
		{"CLI-07", "taken", New, "old", (*File).Commit, map[string]string{"a.txt": "old", "a-1.txt": "new"},
			"the reference library overwrites without a word"},
		{"CLI-07", "discard free", New, "", (*File).Discard, map[string]string{}, "no trace"},
		{"CLI-07", "discard taken", New, "old", (*File).Discard, map[string]string{"a.txt": "old"}, "no trace"},
	} {
		t.Run(c.id+"/"+c.name, func(t *testing.T) {
			t.Parallel()
			dir := t.TempDir()
			name := filepath.Join(dir, "a.txt")
			if c.before != "" {
				if err := os.WriteFile(name, []byte(c.before), 0o640); err != nil {
					t.Fatal(err)
				}
			}
			f, err := c.begin(name)
			if err != nil {
				t.Fatal(err)
			}
			if _, err := f.Write([]byte("new")); err != nil {
				t.Fatal(err)
			}
			if b, err := os.ReadFile(name); err == nil && string(b) == "new" {
				t.Error("the file is there before it is complete")
			}
			if err := c.end(f); err != nil {
				t.Fatal(err)
			}
			if err := f.Discard(); err != nil {
				t.Errorf("a second end: %v", err)
			}
			checkDir(t, dir, c.want, c.why)
		})
	}
}

// checkDir compares names and contents of a directory.
func checkDir(t *testing.T, dir string, want map[string]string, why string) {
	t.Helper()
	entries, err := os.ReadDir(dir)
	if err != nil {
		t.Fatal(err)
	}
	var names []string
	for _, e := range entries {
		names = append(names, e.Name())
		b, err := os.ReadFile(filepath.Join(dir, e.Name()))
		if text, ok := want[e.Name()]; err != nil || !ok || text != string(b) {
			t.Errorf("%s: %s has %q, %v, want %q", why, e.Name(), b, err, text)
		}
	}
	if len(names) != len(want) {
		t.Errorf("%s: there are %q", why, slices.Sorted(slices.Values(names)))
	}
}

// TestFileMode: a download has the rights of any new file, and keeps those of the one that it replaces.
func TestFileMode(t *testing.T) {
	t.Parallel()
	dir := t.TempDir()
	usual := filepath.Join(dir, "usual")
	if err := os.WriteFile(usual, nil, 0o666); err != nil {
		t.Fatal(err)
	}
	own := filepath.Join(dir, "own")
	if err := os.WriteFile(own, nil, 0o600); err != nil {
		t.Fatal(err)
	}
	for _, c := range []struct{ name, file, like string }{{"new", "a", usual}, {"replaced", "own", own}} {
		f, err := Create(filepath.Join(dir, c.file))
		if err != nil {
			t.Fatal(err)
		}
		like := mode(t, c.like)
		if err := f.Commit(); err != nil {
			t.Fatal(err)
		}
		if got := mode(t, f.Name()); got != like {
			t.Errorf("%s: %v, want %v", c.name, got, like)
		}
	}
	if _, err := Create(dir); err == nil {
		t.Error("a directory was replaced")
	}
	if _, err := New(filepath.Join(dir, "no", "such", "directory")); err == nil {
		t.Error("a file was made in no directory")
	}
}

func mode(t *testing.T, name string) fs.FileMode {
	t.Helper()
	info, err := os.Stat(name)
	if err != nil {
		t.Fatal(err)
	}
	return info.Mode().Perm()
}

// TestFileOther: what is no regular file is not replaced.
func TestFileOther(t *testing.T) {
	t.Parallel()
	null, err := Create(os.DevNull)
	if err != nil {
		t.Fatal(err)
	}
	if _, err := null.Write([]byte("x")); err != nil {
		t.Error(err)
	}
	if err := null.Commit(); err != nil {
		t.Error(err)
	}
	dir := t.TempDir()
	target, link := filepath.Join(dir, "target"), filepath.Join(dir, "link")
	if err := os.WriteFile(target, []byte("old"), 0o600); err != nil {
		t.Fatal(err)
	}
	if err := os.Symlink("target", link); err != nil {
		t.Skip(err)
	}
	f, err := Create(link)
	if err != nil {
		t.Fatal(err)
	}
	if _, err := f.Write([]byte("new")); err != nil {
		t.Error(err)
	}
	if err := f.Commit(); err != nil {
		t.Error(err)
	}
	if b, err := os.ReadFile(target); err != nil || string(b) != "new" {
		t.Errorf("behind the link is %q, %v", b, err)
	}
	if info, err := os.Lstat(link); err != nil || info.Mode()&fs.ModeSymlink == 0 {
		t.Errorf("the link is gone: %v", err)
	}
}
