package saving

import (
	"net/url"
	"path/filepath"
	"strings"
	"testing"
	"unicode/utf8"
)

func TestName(t *testing.T) {
	t.Parallel()
	for _, c := range []struct{ id, name, disposition, url, want, why string }{
		{"CLI-07", "disposition", `attachment; filename="a b.txt"`, "https://h/x", "a_b.txt", "before the URL"},
		{"CLI-07", "token", `attachment; filename=a.txt`, "https://h/x", "a.txt", "without quotes"},
		{"CLI-07", "blanks", `attachment; filename=a b.txt`, "https://h/x", "a_b.txt", "no media type, but common"},
		{"CLI-07", "extended", `attachment; filename="x.txt"; filename*=UTF-8''na%C3%AFve.txt`, "https://h/x", "naïve.txt",
			"the reference library ignores it; RFC 6266 §4.3 prefers it"},
		{"CLI-07", "extended alone", `attachment; filename*=UTF-8''%e2%82%ac%20rates`, "https://h/x", "__rates", "a sign is no letter"},
		{"CLI-07", "URL", "", "https://h/a/b.tar.gz?x=/y", "b.tar.gz", "the last segment of the path"},
		{"CLI-07", "escaped", "", "https://h/a%20b.txt", "a_b.txt", "decoded"},
		{"CLI-07", "escaped slash", "", "https://h/a%2Fb.txt", "b.txt", "no directory"},
		{"CLI-07", "none", "", "https://h/", "download", "nothing tells a name"},
		{"CLI-07", "inline", "inline", "https://h/x.png", "x.png", "a disposition without name"},
		{"CLI-07", "directories", `attachment; filename="../../etc/passwd"`, "https://h/x", "passwd", "the server does not choose a directory"},
		{"CLI-07", "backslashes", `attachment; filename="..\\..\\boot.ini"`, "https://h/x", "boot.ini", "nor on Windows"},
		{"CLI-07", "NUL", "attachment; filename=a\x00b.txt", "https://h/x", "ab.txt", "removed"},
		{"CLI-07", "two dots", `attachment; filename=".."`, "https://h/x.txt", "x.txt", "the reference library keeps it"},
		{"CLI-07", "dot", `attachment; filename="."`, "https://h/", "download", "the reference library keeps it"},
		{"CLI-07", "flag", `attachment; filename="-rf"`, "https://h/x", "rf", "the reference library keeps it"},
		{"CLI-07", "hidden", `attachment; filename=".bashrc"`, "https://h/x", "bashrc", "no file that a shell reads"},
		{"CLI-07", "odd characters", `attachment; filename="a<b>|$(c)\".txt"`, "https://h/x", "a_b____c__.txt", "each becomes _"},
		{"CLI-07", "device", `attachment; filename="nul.txt"`, "https://h/x", "_nul.txt", "a device on Windows"},
		{"CLI-07", "end", `attachment; filename="a.txt..."`, "https://h/x", "a.txt", "Windows drops the dots"},
		{"CLI-07", "long", `attachment; filename="` + strings.Repeat("ä", 300) + `.txt"`, "https://h/x", strings.Repeat("ä", 98) + ".txt",
			"file systems have limits; the extension stays"},
	} {
		t.Run(c.id+"/"+c.name, func(t *testing.T) {
			t.Parallel()
			u, err := url.Parse(c.url)
			if err != nil {
				t.Fatal(err)
			}
			if got := Name(c.disposition, u); got != c.want {
				t.Errorf("%s: got %q, want %q", c.why, got, c.want)
			}
		})
	}
}

func FuzzName(f *testing.F) {
	f.Add(`attachment; filename="../a"`, "https://h/a/b")
	f.Add("attachment; filename*=UTF-8''..%2f..", "")
	f.Fuzz(func(t *testing.T, disposition, text string) {
		u, err := url.Parse(text)
		if err != nil {
			u = nil
		}
		got := Name(disposition, u)
		if got == "" || got != filepath.Base(got) || strings.ContainsAny(got[:1], ".-") || strings.ContainsAny(got, "/\\\x00\n") ||
			len(got) > maxName+1 || !utf8.ValidString(got) {
			t.Errorf("Name(%q, %q) = %q", disposition, text, got)
		}
	})
}
