package interop

import (
	"encoding/json"
	"net/http"
	"os"
	"path/filepath"
	"strconv"
	"testing"
	"time"
)

// What every peer serves: GET /bytes/N, the pattern, with ranges, and POST /post, which answers with the digest of the
// request's body in the shape of [report]. It is fpserver's, so that one client fits all.

// report is the answer to POST /post.
type report struct {
	Body digest `json:"body"`
}

// origin is such a server in Go, by itself or behind those that only pass requests on.
func origin() http.Handler {
	mux := http.NewServeMux()
	mux.HandleFunc("GET /bytes/{n}", func(w http.ResponseWriter, r *http.Request) {
		n, err := strconv.ParseInt(r.PathValue("n"), 10, 64)
		if err != nil {
			http.Error(w, err.Error(), http.StatusBadRequest)
			return
		}
		w.Header().Set("Content-Type", "application/octet-stream")
		http.ServeContent(w, r, "", time.Time{}, &pattern{end: n})
	})
	mux.HandleFunc("POST /post", func(w http.ResponseWriter, r *http.Request) {
		d, err := digestOf(r.Body)
		if err != nil {
			http.Error(w, err.Error(), http.StatusBadRequest)
			return
		}
		w.Header().Set("Content-Type", "application/json")
		json.NewEncoder(w).Encode(report{d})
	})
	return mux
}

// documents makes a directory for servers that serve files, with bytes/N of all sizes in use and an empty directory dav
// for uploads.
func documents(t *testing.T) string {
	t.Helper()
	dir := t.TempDir()
	for _, d := range []string{"bytes", "dav"} {
		if err := os.Mkdir(filepath.Join(dir, d), 0o777); err != nil {
			t.Fatal(err)
		}
	}
	for _, n := range downloads() {
		f, err := os.OpenFile(filepath.Join(dir, "bytes", strconv.FormatInt(n, 10)), os.O_CREATE|os.O_WRONLY, 0o644)
		if err != nil {
			t.Fatal(err)
		}
		_, err = f.ReadFrom(&pattern{end: n})
		if e := f.Close(); err == nil {
			err = e
		}
		if err != nil {
			t.Fatal(err)
		}
	}
	return dir
}
