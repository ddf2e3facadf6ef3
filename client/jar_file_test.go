package client_test

import (
	"bytes"
	"errors"
	"fmt"
	"io"
	"math/rand/v2"
	"os"
	"path/filepath"
	"slices"
	"strings"
	"testing"
	"time"

	"github.com/wirelike/wirelike/client"
)

// randomJar has cookies of all sorts.
func randomJar(t testing.TB, r *rand.Rand) *client.Jar {
	j, clock := newJar(client.RulesCurl)
	pick := func(list ...string) string { return list[r.IntN(len(list))] }
	for range r.IntN(40) {
		clock.t = clock.t.Add(time.Duration(r.IntN(3)) * 1234567 * time.Microsecond)
		c := client.Cookie{
			Name: pick("a", "b", "#c", "d e", "é"), Value: pick("", "1", `"q"`, "x=y", "a b", "<&>\u2028"), Domain: pick("a.test", "s.a.test", "::1", "10.0.0.1", "github.io", "x.co.uk"),
			HostOnly: r.IntN(2) == 0, Path: pick("/", "/x", "/x/", "/\"", "/x y"), Secure: r.IntN(2) == 0, HTTPOnly: r.IntN(2) == 0, Partitioned: r.IntN(2) == 0,
			SameSite: client.SameSite(pick("", "Lax", "Strict", "None")),
		}
		if r.IntN(2) == 0 {
			c.Expires = jarStart.Add(time.Duration(1+r.IntN(1000)) * time.Hour)
		}
		if err := j.Set(c); err != nil {
			t.Fatal(err)
		}
	}
	return j
}

// TestJarRoundTrip: what is written is read again, and a Netscape file loses only what it has no place for.
func TestJarRoundTrip(t *testing.T) {
	t.Parallel()
	run := func(t *testing.T, lossy bool, write func(*client.Jar) func(io.Writer) error, read func(*client.Jar) func(io.Reader) error) {
		for seed := range uint64(200) {
			j := randomJar(t, rand.New(rand.NewPCG(seed, 1)))
			var b, again bytes.Buffer
			if err := write(j)(&b); err != nil {
				t.Fatal(err)
			}
			k, _ := newJar(client.RulesCurl)
			if err := read(k)(bytes.NewReader(b.Bytes())); err != nil {
				t.Fatalf("seed %d: %v\n%s", seed, err, &b)
			}
			want, got := slices.Collect(j.All()), slices.Collect(k.All())
			if lossy {
				for _, list := range [][]client.Cookie{want, got} {
					for i := range list {
						list[i].SameSite, list[i].Partitioned, list[i].Created = "", false, time.Time{}
					}
				}
			}
			if !slices.Equal(want, got) {
				t.Fatalf("seed %d: %d cookies, want %d\n%s", seed, len(got), len(want), &b)
			}
			if err := write(k)(&again); err != nil || !bytes.Equal(b.Bytes(), again.Bytes()) {
				t.Fatalf("seed %d: written again it differs: %v", seed, err)
			}
		}
	}
	t.Run("COOKIE-12 JSON", func(t *testing.T) {
		run(t, false, func(j *client.Jar) func(io.Writer) error { return j.WriteJSON }, func(j *client.Jar) func(io.Reader) error { return j.ReadJSON })
	})
	t.Run("COOKIE-12 Netscape", func(t *testing.T) {
		run(t, true, func(j *client.Jar) func(io.Writer) error { return j.WriteNetscape }, func(j *client.Jar) func(io.Reader) error { return j.ReadNetscape })
	})
	t.Run("COOKIE-12 order", func(t *testing.T) {
		j, clock := newJar(client.RulesCurl)
		u := jarURL(t, "http://a.test/")
		for i := range 12 {
			clock.t = clock.t.Add(time.Second * time.Duration(i%3-1)) // the clock goes back and forth
			j.Store(u, []string{fmt.Sprintf("c%d=1", i)})
		}
		var b bytes.Buffer
		k := client.NewJar(nil)
		if err := errors.Join(j.WriteJSON(&b), k.ReadJSON(&b)); err != nil || j.Header(u) != k.Header(u) {
			t.Errorf("%v\n%s\n%s", err, j.Header(u), k.Header(u))
		}
	})
}

func TestJarNetscape(t *testing.T) {
	t.Parallel()
	t.Run("COOKIE-13 written", func(t *testing.T) {
		j, _ := newJar(client.RulesCurl)
		j.Store(jarURL(t, "https://www.a.test/x/y"), []string{"a=1; HttpOnly; Secure; Max-Age=60", "b=\"2\"; Domain=a.test; Path=/"})
		var b bytes.Buffer
		if err := j.WriteNetscape(&b); err != nil {
			t.Fatal(err)
		}
		want := "# Netscape HTTP Cookie File\n#HttpOnly_www.a.test\tFALSE\t/x\tTRUE\t1767323105\ta\t1\n.a.test\tTRUE\t/\tFALSE\t0\tb\t\"2\"\n"
		if b.String() != want {
			t.Errorf("got\n%s\nwant\n%s", &b, want)
		}
	})
	for _, row := range []struct {
		name, text, want string // want: the header for https://www.a.test/, or "!" and a part of the error
	}{
		{"COOKIE-13 curl's", "# Netscape HTTP Cookie File\n# comment\n\n.a.test\tTRUE\t/\tFALSE\t0\ta\t1\r\n#HttpOnly_www.a.test\tFALSE\t/\tTRUE\t4000000000\tb\t2\n", "a=1; b=2"},
		{"COOKIE-13 no host", "\tTRUE\t/\tFALSE\t0\tname\tsecret\n", "!line 1: no host"},
		{"COOKIE-13 empty value", "a.test\tTRUE\t/\tFALSE\t0\ta\n", "a="},
		{"ended", "a.test\tTRUE\t/\tFALSE\t1\ta\t1\n", ""},
		{"fields", "# x\na.test\tTRUE\t/\tsecret\n", "!line 2: want seven"},
		{"expiry", "a.test\tTRUE\t/\tFALSE\tsecret\ta\t1\n", "!line 1: the expiry"},
		{"all or nothing", "a.test\tTRUE\t/\tFALSE\t0\ta\t1\na.test\tTRUE\tx\tFALSE\t0\tb\tsecret\n", "!line 2: "},
		{"suffix", "test\tTRUE\t/\tFALSE\t0\ta\t1\n", ""},
		{"control", "a.test\tTRUE\t/\tFALSE\t0\ta\tsecret\x01\n", "!line 1: "},
		{"long", "a.test\tTRUE\t/\tFALSE\t0\ta\t" + strings.Repeat("secret", 20000) + "\n", "!line 1 is too long"},
	} {
		t.Run(row.name, func(t *testing.T) {
			j, _ := newJar(client.RulesCurl)
			err := j.ReadNetscape(strings.NewReader(row.text))
			if want, ok := strings.CutPrefix(row.want, "!"); ok {
				if !errors.Is(err, client.ErrCookieFile) || !strings.Contains(err.Error(), want) || strings.Contains(err.Error(), "secret") || j.Len() != 0 {
					t.Errorf("%v, %d cookies", err, j.Len())
				}
				return
			}
			if got := j.Header(jarURL(t, "https://www.a.test/")); err != nil || got != row.want {
				t.Errorf("%q, %v", got, err)
			}
		})
	}
}

func TestJarFile(t *testing.T) {
	t.Parallel()
	dir := t.TempDir()
	j := randomJar(t, rand.New(rand.NewPCG(7, 7)))
	for _, name := range []string{"jar.json", "jar.txt"} {
		file := filepath.Join(dir, name)
		if err := os.WriteFile(file, []byte("old"), 0o644); err != nil {
			t.Fatal(err)
		}
		k, _ := newJar(client.RulesCurl)
		if err := errors.Join(j.WriteFile(file), k.ReadFile(file)); err != nil || k.Len() != j.Len() || k.Len() == 0 {
			t.Errorf("%s: %v, %d cookies, want %d", name, err, k.Len(), j.Len())
		}
		if st, err := os.Stat(file); err != nil || st.Mode().Perm() != 0o600 {
			t.Errorf("%s: %v, %v", name, st.Mode(), err)
		}
	}
	if list, err := os.ReadDir(dir); err != nil || len(list) != 2 {
		t.Errorf("%v, %v", list, err)
	}
	if err := j.ReadFile(filepath.Join(dir, "none")); !errors.Is(err, os.ErrNotExist) || !errors.Is(err, client.ErrCookieFile) {
		t.Error(err)
	}
	if err := j.WriteFile(filepath.Join(dir, "none", "x")); !errors.Is(err, os.ErrNotExist) {
		t.Error(err)
	}
	// What is cut off is an error and changes nothing, or is whole lines.
	var b bytes.Buffer
	if err := j.WriteJSON(&b); err != nil {
		t.Fatal(err)
	}
	for n := range b.Len() - 1 {
		k := client.NewJar(nil)
		if err := k.ReadJSON(bytes.NewReader(b.Bytes()[:n])); !errors.Is(err, client.ErrCookieFile) || k.Len() != 0 {
			t.Fatalf("%d of %d bytes: %v", n, b.Len(), err)
		}
	}
	k := client.NewJar(nil)
	for _, text := range []string{`{"cookies":[]} x`, `{"cookie":[]}`, `[]`} {
		if err := k.ReadJSON(strings.NewReader(text)); !errors.Is(err, client.ErrCookieFile) {
			t.Errorf("%s: %v", text, err)
		}
	}
	k = client.NewJar(&client.JarOptions{Rules: client.RulesRFC6265bis})
	k.Store(jarURL(t, "http://a.test/"), []string{"a=\xff\t1"})
	if err := k.WriteJSON(io.Discard); !errors.Is(err, client.ErrCookieFile) {
		t.Error(err)
	}
	if err := k.WriteNetscape(io.Discard); !errors.Is(err, client.ErrCookieFile) {
		t.Error(err)
	}
}

func FuzzReadNetscape(f *testing.F) {
	f.Add("# x\n.a.test\tTRUE\t/\tFALSE\t0\ta\t1\r\n#HttpOnly_::1\tFALSE\t/\tTRUE\t4000000000\tb\t2\n")
	f.Fuzz(func(t *testing.T, text string) {
		j, _ := newJar(client.RulesCurl)
		if j.ReadNetscape(strings.NewReader(text)) != nil {
			if j.Len() != 0 {
				t.Error("an error, and cookies")
			}
			return
		}
		var b bytes.Buffer
		k, _ := newJar(client.RulesCurl)
		if err := j.WriteNetscape(&b); err != nil {
			return // a TAB in a path
		}
		if err := k.ReadNetscape(&b); err != nil || k.Len() != j.Len() {
			t.Errorf("%v, %d cookies, want %d", err, k.Len(), j.Len())
		}
	})
}
