package client_test

import (
	"context"
	"errors"
	"fmt"
	"os"
	"path/filepath"

	"github.com/wirelike/wirelike/client"
	"github.com/wirelike/wirelike/fpserver"
	"github.com/wirelike/wirelike/profiles"
)

// A file goes up as a form of a browser sends it, and the caller hears how far it is.
func ExampleSession_Post_upload() {
	srv, photo := start(), tempFile("photo.jpg", 1<<20)
	defer srv.Close()
	defer os.RemoveAll(filepath.Dir(photo))
	s, err := client.New(&client.Options{Profile: "chrome-latest", RootCAs: srv.CertPool(), FailOnStatus: true})
	if err != nil {
		fmt.Println(err)
		return
	}
	defer s.Close()
	got, err := upload(context.Background(), s, srv.URL+"/upload", photo)
	fmt.Println(err)
	for _, part := range got.Parts {
		fmt.Println(part.Fields[0].Value, part.Body.Size)
	}
	// Output:
	// 25% 50% 75% 100% <nil>
	// form-data; name="title" 7
	// form-data; name="photo"; filename="photo.jpg" 1048576
}

// upload sends a form with a file, and prints when each quarter is done.
func upload(ctx context.Context, s *client.Session, url, file string) (answer fpserver.Upload, err error) {
	var form client.Multipart
	if err := errors.Join(form.AddField("title", "Holiday"), form.AddFile("photo", file)); err != nil {
		return answer, err
	}
	quarter := int64(0)
	r, err := s.Post(ctx, url, &client.Call{Kind: profiles.Form, Multipart: &form, Progress: func(p client.Progress) {
		for ; p.SendTotal > 0 && quarter < 4*p.Sent/p.SendTotal; quarter++ {
			fmt.Print(25*(quarter+1), "% ")
		}
	}})
	if err != nil {
		return answer, err
	}
	err = r.JSON(&answer)
	return answer, err
}
