package client_test

import (
	"bytes"
	"context"
	"fmt"
	"io"
	"net/http"
	"os"
	"path/filepath"
	"strconv"
	"strings"
	"sync/atomic"
	"time"

	"github.com/wirelike/wirelike/client"
	"github.com/wirelike/wirelike/fpserver"
)

// A download breaks off, and goes on where it stopped.
func ExampleSession_Get_download() {
	srv, name, etag := library(), tempFile("book.txt", 0), "" // the ETag is kept with the file
	defer srv.Close()
	defer os.RemoveAll(filepath.Dir(name))
	s, err := client.New(&client.Options{Profile: "chrome-latest", RootCAs: srv.CertPool(), FailOnStatus: true})
	if err != nil {
		fmt.Println(err)
		return
	}
	defer s.Close()

	for range 2 {
		etag, err = download(context.Background(), s, srv.URL+"/book.txt", name, etag)
		fmt.Println("complete:", err == nil)
	}
	text, err := os.ReadFile(name)
	fmt.Println(bytes.Equal(text, book), err)
	// Output:
	// complete: false
	// complete: true
	// true <nil>
}

// download appends to the file what it lacks, or begins anew if the server's has another ETag by now, which is returned.
func download(ctx context.Context, s *client.Session, url, name, etag string) (string, error) {
	f, err := os.OpenFile(name, os.O_WRONLY|os.O_CREATE|os.O_APPEND, 0o600)
	if err != nil {
		return etag, err
	}
	defer f.Close()
	have, _ := f.Seek(0, io.SeekEnd)
	call := client.Call{Header: client.Header{{Name: "Accept-Encoding", Value: "identity"}}} // the file's bytes, not those of its gzip
	if have > 0 && etag != "" {
		call.Header.Add("Range", fmt.Sprintf("bytes=%d-", have))
		call.Header.Add("If-Range", etag)
	}
	r, err := s.Get(ctx, url, &call)
	if err != nil {
		return etag, err
	}
	defer r.Close()
	return r.Header.Get("ETag"), save(f, have, r)
}

// save writes what has come to the end of the file, or in place of it.
func save(f *os.File, have int64, r *client.Response) error {
	switch {
	case r.StatusCode == http.StatusOK:
		if err := f.Truncate(0); err != nil {
			return err
		}
	case !strings.HasPrefix(r.Header.Get("Content-Range"), fmt.Sprintf("bytes %d-", have)):
		return fmt.Errorf("%s is not what was asked for: %s", r.Header.Get("Content-Range"), r.Status())
	}
	_, err := io.Copy(f, r.Body)
	return err
}

var book = bytes.Repeat([]byte("It was a dark and stormy night. "), 10_000)

// library is a server whose first answer breaks off.
func library() *fpserver.Server {
	var asked atomic.Int32
	return serve(http.HandlerFunc(func(w http.ResponseWriter, r *http.Request) {
		w.Header().Set("ETag", `"first edition"`)
		if asked.Add(1) > 1 {
			if r.Header.Get("Range") == "" || r.Header.Get("If-Range") == "" {
				http.Error(w, "you have had some of it", http.StatusConflict)
				return
			}
			http.ServeContent(w, r, "book.txt", time.Time{}, bytes.NewReader(book))
			return
		}
		w.Header().Set("Content-Length", strconv.Itoa(len(book)))
		w.Write(book[:len(book)/3])
		panic(http.ErrAbortHandler)
	}))
}
