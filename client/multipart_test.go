package client

import (
	"bytes"
	"crypto/rand"
	"errors"
	"io"
	"io/fs"
	"mime"
	"mime/multipart"
	"os"
	"path/filepath"
	"regexp"
	"slices"
	"strings"
	"sync"
	"testing"
	"testing/iotest"
)

func rendered(t *testing.T, m *Multipart) (string, payload) {
	t.Helper()
	p, err := m.payload("B")
	if err != nil {
		t.Fatal(err)
	}
	b, err := io.ReadAll(p.body)
	if err != nil || p.length >= 0 && int64(len(b)) != p.length {
		t.Fatalf("%d bytes of %d, %v", len(b), p.length, err)
	}
	return string(b), p
}

func add(t *testing.T, m *Multipart, parts ...FormPart) *Multipart {
	t.Helper()
	for _, p := range parts {
		if err := m.AddPart(p); err != nil {
			t.Fatal(err)
		}
	}
	return m
}

func fileOf(t *testing.T, name, content string) string {
	t.Helper()
	path := filepath.Join(t.TempDir(), name)
	if err := os.WriteFile(path, []byte(content), 0o600); err != nil {
		t.Fatal(err)
	}
	return path
}

// TestMultipart: each body, byte for byte.
func TestMultipart(t *testing.T) {
	t.Parallel()
	path := fileOf(t, "a.PNG", "pixels")
	open := func() (io.ReadCloser, error) { return io.NopCloser(strings.NewReader("stream")), nil }
	for _, row := range []struct {
		name  string
		parts []FormPart
		want  string
		known bool
	}{
		{"REQ-54 empty", nil, "--B--\r\n", true},
		{"REQ-56 field", []FormPart{{Name: "a", Data: []byte("1")}}, "--B\r\nContent-Disposition: form-data; name=\"a\"\r\n\r\n1\r\n--B--\r\n", true},
		{"REQ-56 file", []FormPart{{Name: "f", Path: path}},
			"--B\r\nContent-Disposition: form-data; name=\"f\"; filename=\"a.PNG\"\r\nContent-Type: image/png\r\n\r\npixels\r\n--B--\r\n", true},
		{"REQ-56 file by another name and type", []FormPart{{Name: "f", Path: path, Filename: "x", ContentType: "a/b"}},
			"--B\r\nContent-Disposition: form-data; name=\"f\"; filename=\"x\"\r\nContent-Type: a/b\r\n\r\npixels\r\n--B--\r\n", true},
		{"REQ-56 data as file", []FormPart{{Name: "f", Data: []byte("x"), Filename: "x.bin"}},
			"--B\r\nContent-Disposition: form-data; name=\"f\"; filename=\"x.bin\"\r\nContent-Type: application/octet-stream\r\n\r\nx\r\n--B--\r\n", true},
		{"REQ-58 escapes, and a name twice in order", []FormPart{{Name: "a\"\r\nb", Filename: "\"\n"}, {Name: "a\"\r\nb", Data: []byte("2")}},
			"--B\r\nContent-Disposition: form-data; name=\"a%22%0D%0Ab\"; filename=\"%22%0A\"\r\nContent-Type: application/octet-stream\r\n\r\n\r\n" +
				"--B\r\nContent-Disposition: form-data; name=\"a%22%0D%0Ab\"\r\n\r\n2\r\n--B--\r\n", true},
		{"REQ-60 measured stream", []FormPart{{Name: "s", Open: open, Length: 6}}, "--B\r\nContent-Disposition: form-data; name=\"s\"\r\n\r\nstream\r\n--B--\r\n", true},
		{"REQ-60 stream", []FormPart{{Name: "s", Open: open}}, "--B\r\nContent-Disposition: form-data; name=\"s\"\r\n\r\nstream\r\n--B--\r\n", false},
	} {
		t.Run(row.name, func(t *testing.T) {
			m := add(t, &Multipart{}, row.parts...)
			got, p := rendered(t, m)
			if got != row.want || (p.length >= 0) != row.known || p.typ != "multipart/form-data; boundary=B" {
				t.Errorf("%q, length %d, %s", got, p.length, p.typ)
			}
			again, err := p.get()
			if err != nil {
				t.Fatal(err)
			}
			if err := iotest.TestReader(again, []byte(row.want)); err != nil {
				t.Error(err)
			}
		})
	}
}

// TestMultipartTypes: REQ-56, the types by extension.
func TestMultipartTypes(t *testing.T) {
	t.Parallel()
	for name, want := range map[string]string{
		"a.gif": "image/gif", "a.jpg": "image/jpeg", "a.JPEG": "image/jpeg", "a.png": "image/png", "a.svg": "image/svg+xml", "a.txt": "text/plain", "a.htm": "text/html",
		"a.html": "text/html", "a.pdf": "application/pdf", "a.xml": "application/xml", "png": "application/octet-stream", "a.png.x": "application/octet-stream",
	} {
		if got := typeOf(name); got != want {
			t.Errorf("%s: %s", name, got)
		}
	}
}

// TestMultipartAgain: REQ-55, what is sent again is the same, whoever else sends it at the same time, and has all parts once.
func TestMultipartAgain(t *testing.T) {
	t.Parallel()
	t.Run("REQ-55 each rendering anew", testMultipartAgain)
}

func testMultipartAgain(t *testing.T) {
	m := add(t, &Multipart{}, FormPart{Name: "f", Path: fileOf(t, "f.txt", strings.Repeat("x", 100_000))}, FormPart{Name: "a", Data: []byte("1")})
	form := Q("b", "2", "c", "3")
	want, _ := rendered(t, m.with(form))
	if n := strings.Count(want, "--B\r\n"); n != 4 {
		t.Fatalf("%d parts", n)
	}
	p, err := m.with(form).payload("B")
	if err != nil {
		t.Fatal(err)
	}
	var wg sync.WaitGroup
	for range 8 {
		wg.Go(func() {
			rc, _ := p.get()
			defer rc.Close()
			if b, err := io.ReadAll(rc); string(b) != want || err != nil {
				t.Errorf("%d bytes, %v", len(b), err)
			}
		})
	}
	wg.Wait()
	if len(m.parts) != 2 {
		t.Errorf("the form has %d parts now", len(m.parts))
	}
	m.parts = slices.Grow(m.parts, 1)
	one := m.with(Q("one", ""))
	if m.with(Q("two", "")); one.parts[2].Name != "one" {
		t.Error("what is added to two copies of a form is in both")
	}
}

// TestMultipartRefuses: REQ-57.
func TestMultipartRefuses(t *testing.T) {
	t.Parallel()
	open := func() (io.ReadCloser, error) { return nil, nil }
	dir := t.TempDir()
	for _, row := range []struct {
		name string
		part FormPart
		is   error
	}{
		{"REQ-57 path and data", FormPart{Path: fileOf(t, "x", ""), Data: []byte{}}, ErrInvalidRequest},
		{"REQ-57 data and open", FormPart{Data: []byte{}, Open: open}, ErrInvalidRequest},
		{"REQ-57 missing file", FormPart{Path: filepath.Join(dir, "none")}, fs.ErrNotExist},
		{"REQ-57 directory", FormPart{Path: dir}, fs.ErrInvalid},
		{"REQ-57 length without open", FormPart{Length: 1}, ErrInvalidRequest},
		{"REQ-57 line break in the type", FormPart{ContentType: "a/b\r\nx: y"}, ErrInvalidRequest},
	} {
		t.Run(row.name, func(t *testing.T) {
			m := &Multipart{}
			var e *Error
			if err := m.AddPart(row.part); !errors.Is(err, row.is) || !errors.As(err, &e) || !errors.Is(err, ErrInvalidRequest) || len(m.parts) != 0 {
				t.Errorf("%v, %d parts", err, len(m.parts))
			}
		})
	}
}

// TestMultipartFilesChange: a file that is not what was measured ends the body with an error.
func TestMultipartFilesChange(t *testing.T) {
	t.Parallel()
	for _, row := range []struct {
		name, now string
		is        error
	}{{"shorter", "ab", ErrBodyLength}, {"shorter, cause", "ab", io.ErrUnexpectedEOF}, {"longer", "abcdef", ErrBodyLength}, {"gone", "", fs.ErrNotExist}} {
		path := fileOf(t, "f", "abcd")
		m := &Multipart{}
		if err := m.AddFile("f", path); err != nil {
			t.Fatal(err)
		}
		p, err := m.payload("B")
		if err != nil {
			t.Fatal(err)
		}
		if row.now == "" {
			os.Remove(path)
		} else if err := os.WriteFile(path, []byte(row.now), 0o600); err != nil {
			t.Fatal(err)
		}
		_, err = io.ReadAll(p.body)
		if !errors.Is(err, row.is) || !errors.Is(err, ErrRequestBody) || !strings.Contains(err.Error(), `part "f"`) {
			t.Errorf("%s: %v", row.name, err)
		}
		p.body.Close()
	}
}

// TestMultipartCloses: what was opened is closed, at its end and when the body is given up.
func TestMultipartCloses(t *testing.T) {
	t.Parallel()
	for _, all := range []bool{true, false} {
		closed := make(chan struct{})
		open := func() (io.ReadCloser, error) {
			return struct {
				io.Reader
				io.Closer
			}{strings.NewReader("0123456789"), closerFunc(func() error { close(closed); return nil })}, nil
		}
		p, err := add(t, &Multipart{}, FormPart{Name: "s", Open: open}).payload("B")
		if err != nil {
			t.Fatal(err)
		}
		if all {
			io.Copy(io.Discard, p.body)
		} else {
			io.ReadFull(p.body, make([]byte, len("--B\r\nContent-Disposition: form-data; name=\"s\"\r\n\r\n")+3))
			p.body.Close()
		}
		select {
		case <-closed:
		default:
			t.Errorf("not closed, all read: %v", all)
		}
	}
}

type closerFunc func() error

func (f closerFunc) Close() error { return f() }

// TestBoundaries: REQ-59, the form of each engine, in the parameter.
func TestBoundaries(t *testing.T) {
	t.Parallel()
	for engine, form := range map[string]string{
		"webkit":  `^----WebKitFormBoundary[A-Za-z0-9]{16}$`,
		"firefox": `^----geckoformboundary[0-9a-f]{2,32}$`, "curl": `^-{24}[A-Za-z0-9]{22}$`,
	} {
		t.Run("REQ-59 "+engine, func(t *testing.T) {
			re := regexp.MustCompile(form)
			seen := map[string]bool{}
			for range 100 {
				b, err := newBoundary(engine, rand.Reader)
				if err != nil || !re.MatchString(b) || seen[b] {
					t.Errorf("%q, %v, before: %v", b, err, seen[b])
				}
				seen[b] = true
			}
			if _, err := newBoundary(engine, strings.NewReader("short")); err == nil {
				t.Error("a boundary without randomness")
			}
		})
	}
	if b, _ := newBoundary("firefox", bytes.NewReader(append(make([]byte, 7), 10, 0, 0xff, 0xff, 0xff, 0xff, 0xff, 0xff, 0xff, 0, 0, 0, 0, 0, 0))); b != "----geckoformboundaryaffffffffffffff" {
		t.Errorf("leading zeros: %s", b)
	}
}

// FuzzMultipart: whatever the names and values are, the reader of the standard library gets the parts back, one for one.
func FuzzMultipart(f *testing.F) {
	f.Add("a", "f.txt", []byte("1"))
	f.Add("a\"\r\nX: y\r\n\r\n--B--", "\\\"", []byte("\r\n--"))
	f.Add("", "", []byte(nil))
	f.Fuzz(func(t *testing.T, name, filename string, data []byte) {
		boundary, err := newBoundary("webkit", rand.Reader)
		if err != nil {
			t.Fatal(err)
		}
		m := add(t, &Multipart{}, FormPart{Name: name, Filename: filename, Data: data}, FormPart{Name: "last"})
		p, err := m.payload(boundary)
		if err != nil {
			t.Fatal(err)
		}
		raw, err := io.ReadAll(p.body)
		if err != nil || int64(len(raw)) != p.length {
			t.Fatalf("%d of %d bytes, %v", len(raw), p.length, err)
		}
		head, _, _ := strings.Cut(string(raw), "\r\n\r\n")
		if strings.Count(head, "\n") != strings.Count(head, "\r\n") || strings.Count(head, "\r\n") > 2 {
			t.Errorf("the head of the part: %q", head)
		}
		_, params, _ := mime.ParseMediaType(p.typ)
		r := multipart.NewReader(bytes.NewReader(raw), params["boundary"])
		first, err := r.NextRawPart()
		if err != nil {
			return // a control character, which it does not take
		}
		if got, err := io.ReadAll(first); !bytes.Equal(got, data) || err != nil {
			t.Errorf("%q, %v", got, err)
		}
		if last, err := r.NextRawPart(); err != nil || last.FormName() != "last" {
			t.Errorf("the part behind: %v", err)
		}
		if _, err := r.NextRawPart(); err != io.EOF {
			t.Errorf("at the end: %v", err)
		}
	})
}
