package fpserver

import (
	"bytes"
	"crypto/sha256"
	"fmt"
	"io"
	"mime/multipart"
	"net/http"
	"strings"
	"testing"

	"github.com/wirelike/wirelike/fingerprint"
)

func TestLabUpload(t *testing.T) {
	t.Parallel()
	s := start(t, nil)
	sum := func(text string) EchoBody {
		return EchoBody{Size: int64(len(text)), SHA256: fmt.Sprintf("%x", sha256.Sum256([]byte(text)))}
	}
	var form bytes.Buffer
	w := multipart.NewWriter(&form)
	w.WriteField("z", "1")
	w.WriteField("a", "\u00fc")
	file, _ := w.CreateFormFile("file", "x.bin")
	content := strings.Repeat("\r\n--not the end ", 20_000)
	io.WriteString(file, content)
	w.Close()
	odd := "before\r\n--b\r\nx-OdD:  1 \r\nA: \xff\r\n\r\n\r\n--b \t\r\n\r\nx\r\n--b--after"
	overBoth(t, s, func(t *testing.T, c *http.Client, h2 bool) {
		send := func(contentType, body string, known bool) (*http.Response, Upload, string) {
			var r io.Reader = strings.NewReader(body)
			if !known {
				r = io.MultiReader(r)
			}
			resp, b := fetch(t, c, "PUT", s.URL+"/upload", r, "Content-Type", contentType)
			return resp, decode[Upload](t, b), string(b)
		}
		for _, known := range []bool{true, false} {
			resp, u, text := send(w.FormDataContentType(), form.String(), known)
			if resp.StatusCode != 200 || u.Boundary != w.Boundary() || len(u.Parts) != 3 || u.Body != sum(form.String()) || u.Parts[0].Text != "1" || u.Parts[1].Text != "\u00fc" || u.Parts[2].Text != "" || u.Parts[2].Body != sum(content) ||
				u.Parts[2].Fields[0] != (fingerprint.Field{Name: "Content-Disposition", Value: `form-data; name="file"; filename="x.bin"`}) {
				t.Errorf("%s %s", resp.Status, text)
			}
		}
		if resp, u, text := send("multipart/mixed; boundary=b", odd, true); resp.StatusCode != 200 || u.Preamble != 6 || u.Epilogue != 5 || len(u.Parts) != 2 || u.Parts[0].Body != sum("") || u.Parts[1].Body != sum("x") ||
			u.Parts[0].Fields[0] != (fingerprint.Field{Name: "x-OdD", Value: "1"}) || u.Parts[0].Fields[1] != (fingerprint.Field{Name: "A", Value: "\uFFFD"}) {
			t.Errorf("%s %s", resp.Status, text)
		}
		if resp, u, text := send("text/plain", odd, true); resp.StatusCode != 200 || u.Body != sum(odd) || u.Parts != nil {
			t.Errorf("%s %s", resp.Status, text)
		}
		for n := range strings.LastIndex(odd, "--after") + 1 { // every truncation up to the last dashes
			if resp, u, text := send("multipart/mixed; boundary=b", odd[:n], true); resp.StatusCode != 400 || u.Error == "" || u.Body != sum(odd[:n]) {
				t.Fatalf("%q: %s %s", odd[:n], resp.Status, text)
			}
		}
		for body, reason := range map[string]string{
			"--b\n\nx\r\n--b--": "bare line ends", "--bx\r\n\r\n\r\n--b--": "longer boundary", "--b\r\nno field\r\n\r\n\r\n--b--": "line", "--b\r\n" + strings.Repeat("a: b\r\n", 4000) + "\r\n\r\n--b--": "long head",
			strings.Repeat("--b\r\n\r\n\r\n", maxParts+1) + "--b--": "parts",
		} {
			if resp, u, text := send("multipart/form-data; boundary=b", body, true); resp.StatusCode != 400 || u.Error == "" || len(u.Parts) > maxParts || u.Body != sum(body) {
				t.Errorf("%s: %s %.200s", reason, resp.Status, text)
			}
		}
		if resp, u, _ := send("multipart/form-data", "x", true); resp.StatusCode != 400 || u.Error == "" {
			t.Errorf("no boundary: %s", resp.Status)
		}
	})
}

// FuzzParts compares with package mime/multipart, which takes more than the lab does.
func FuzzParts(f *testing.F) {
	f.Add([]byte("--b\r\nA: 1\r\n\r\nx\r\n--b\r\n\r\n\r\n--b--\r\n"))
	f.Add([]byte("pre\r\n--b\r\n\r\n--b--"))
	f.Fuzz(func(t *testing.T, body []byte) {
		u := Upload{Boundary: "b"}
		if u.read(bytes.NewReader(body)) != nil {
			return
		}
		r := multipart.NewReader(bytes.NewReader(body), "b")
		for i, part := range u.Parts {
			p, err := r.NextRawPart()
			if err != nil {
				return // fields that net/textproto does not take
			}
			b, err := io.ReadAll(p)
			if err == nil && (int64(len(b)) != part.Body.Size || fmt.Sprintf("%x", sha256.Sum256(b)) != part.Body.SHA256) {
				t.Errorf("part %d is %q", i, b)
			}
		}
	})
}
