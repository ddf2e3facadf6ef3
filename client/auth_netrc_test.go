package client

import (
	"errors"
	"fmt"
	"io/fs"
	"os"
	"path/filepath"
	"strings"
	"testing"
)

// TestNetrc: which login a host gets.
func TestNetrc(t *testing.T) {
	t.Parallel()
	const file = "# all\nmachine a.test login joe password hunter2 # in the middle\n" +
		"machine b.test\n\tlogin \"two words\"\n\tpassword \"a\\\"b\\\\\\n#c\"\n\taccount x\n" +
		"macdef init\nmachine evil.test login x password y\n\nmachine A.test login late\n" +
		"machine c.test password #hash\r\n" + "default login anonymous password me@x\nmachine behind.test login x\n"
	n, err := ParseNetrc(strings.NewReader(file))
	if err != nil {
		t.Fatal(err)
	}
	for _, row := range []struct {
		id, name, host string
		want           Basic
	}{
		{"AUTH-06", "machine", "a.test", Basic{"joe", "hunter2"}},
		{"AUTH-06", "any case, the first", "A.TEST", Basic{"joe", "hunter2"}},
		{"AUTH-06", "quotes", "b.test", Basic{"two words", "a\"b\\\n#c"}},
		{"AUTH-06", "no comment in a value", "c.test", Basic{"", "#hash"}},
		{"AUTH-06", "inside of a macro", "evil.test", Basic{"anonymous", "me@x"}},
		{"AUTH-06", "default", "z.test", Basic{"anonymous", "me@x"}},
		{"AUTH-06", "behind the default", "behind.test", Basic{"anonymous", "me@x"}},
	} {
		t.Run(row.id+" "+row.name, func(t *testing.T) {
			if got, ok := n.Lookup(row.host); got != row.want || !ok {
				t.Errorf("%q %q, %v", got.User, got.Password, ok)
			}
		})
	}
	if s := fmt.Sprintf("%v %+v %#v", n, n, n); strings.Contains(s, "hunter2") || strings.Contains(s, "joe") {
		t.Error(s)
	}
	if got, ok := new(Netrc).Lookup("a.test"); ok {
		t.Errorf("an empty file: %v", got)
	}
}

// TestNetrcRefuses: AUTH-06, errors tell the line, and nothing that is in it.
func TestNetrcRefuses(t *testing.T) {
	t.Parallel()
	for _, row := range []struct{ in, want string }{
		{"machine", "line 1"}, {"machine a\nlogin", "line 2"}, {"login secret", "before"}, {"machine a secret b", "none of"},
		{"machine a password \"secret", "not closed"}, {"machine a password \"secret\n\"", "not closed"}, {"machine \"\"", "no name"},
		{strings.Repeat(" ", maxNetrc+1), "longer"},
	} {
		n, err := ParseNetrc(strings.NewReader(row.in))
		if n != nil || !errors.Is(err, ErrInvalidRequest) || !strings.Contains(err.Error(), row.want) || strings.Contains(err.Error(), "secret") {
			t.Errorf("%.40q: %v", row.in, err)
		}
	}
	path := filepath.Join(t.TempDir(), "netrc")
	if _, err := ReadNetrc(path); !errors.Is(err, fs.ErrNotExist) {
		t.Error(err)
	}
	for mode, good := range map[os.FileMode]bool{0o600: true, 0o400: true, 0o640: false, 0o604: false, 0o602: false} {
		os.Remove(path)
		if err := os.WriteFile(path, []byte("machine a login b"), 0o600); err != nil {
			t.Fatal(err)
		}
		if err := os.Chmod(path, mode); err != nil {
			t.Fatal(err)
		}
		if _, err := ReadNetrc(path); (err == nil) != good || err != nil && !errors.Is(err, fs.ErrPermission) {
			t.Errorf("mode %o: %v", mode, err)
		}
	}
}

// FuzzNetrc: whatever is in a file, its logins are those that stand there in words, and errors keep them secret.
func FuzzNetrc(f *testing.F) {
	for _, s := range []string{"machine a login b password c\n", "default login \"x\\ny\"", "macdef a\nb\n\nmachine c", "#\n\"", "machine a password \"\\"} {
		f.Add(s)
	}
	f.Fuzz(func(t *testing.T, text string) {
		n, err := ParseNetrc(strings.NewReader(text))
		if (n == nil) == (err == nil) {
			t.Fatal("neither result nor error, or both")
		}
		if n != nil && len(n.entries) > strings.Count(text, "machine")+strings.Count(text, "default") {
			t.Errorf("%q has %d entries", text, len(n.entries))
		}
		again, err2 := ParseNetrc(strings.NewReader("machine first.test login l password p\n" + text))
		if (err2 == nil) != (err == nil) && !(err != nil && strings.Contains(err.Error(), "before the first")) {
			t.Errorf("%q: %v, and behind a machine %v", text, err, err2)
		}
		if again != nil && again.entries[0].machine != "first.test" {
			t.Errorf("%q takes the place of what is before it", text)
		}
	})
}
