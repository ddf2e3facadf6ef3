package main

import (
	"bytes"
	"encoding/base64"
	"encoding/json"
	"errors"
	"fmt"

	"github.com/wirelike/wirelike/client"
	"github.com/wirelike/wirelike/fingerprint"
)

// scriptPart is a part of "multipart": ["name","value"], or an object whose members are named as those of the reference library's
// CurlMime.addpart.
type scriptPart client.FormPart

// UnmarshalJSON implements [json.Unmarshaler].
func (p *scriptPart) UnmarshalJSON(b []byte) error {
	if b = bytes.TrimSpace(b); len(b) > 0 && b[0] == '[' {
		var pair []string
		if err := json.Unmarshal(b, &pair); err != nil || len(pair) != 2 {
			return errors.New(`a part is ["name","value"] or an object`)
		}
		*p = scriptPart{Name: pair[0], Data: []byte(pair[1])}
		return nil
	}
	var x struct {
		Name        *string `json:"name"`
		Data        *string `json:"data"`
		Base64      *string `json:"base64"`
		LocalPath   *string `json:"local_path"`
		Filename    string  `json:"filename"`
		ContentType string  `json:"content_type"`
	}
	if err := fingerprint.DecodeStrict(b, &x); err != nil {
		return err
	}
	sources := 0
	for _, s := range []*string{x.Data, x.Base64, x.LocalPath} {
		if s != nil {
			sources++
		}
	}
	if x.Name == nil || sources != 1 {
		return errors.New("a part has a name, and one of data, base64 and local_path")
	}
	*p = scriptPart{Name: *x.Name, Filename: x.Filename, ContentType: x.ContentType}
	switch {
	case x.Data != nil:
		p.Data = []byte(*x.Data)
	case x.Base64 != nil:
		var err error
		if p.Data, err = base64.StdEncoding.DecodeString(*x.Base64); err != nil {
			return fmt.Errorf("base64: %w", err)
		}
	case *x.LocalPath == "":
		return errors.New("local_path is empty")
	default:
		p.Path = *x.LocalPath
	}
	return nil
}

// scriptAuth is "auth": ["user","password"] for Basic, null for no credentials where the session has some, or an object with a
// scheme, basic, digest or bearer.
type scriptAuth struct {
	set  bool
	auth client.Auth
}

func (a *scriptAuth) apply(c *client.Call) {
	if a.set {
		c.Auth = client.Some(a.auth)
	}
}

// UnmarshalJSON implements [json.Unmarshaler].
func (a *scriptAuth) UnmarshalJSON(b []byte) error {
	a.set = true
	switch b = bytes.TrimSpace(b); {
	case string(b) == "null":
		return nil
	case len(b) > 0 && b[0] == '[':
		var pair []string
		if err := json.Unmarshal(b, &pair); err != nil || len(pair) != 2 {
			return errors.New(`credentials are ["user","password"], null or an object`)
		}
		a.auth = client.Basic{User: pair[0], Password: pair[1]}
		return nil
	}
	var x struct {
		Scheme   string  `json:"scheme"`
		User     *string `json:"user"`
		Password *string `json:"password"`
		Token    *string `json:"token"`
	}
	if err := fingerprint.DecodeStrict(b, &x); err != nil {
		return err
	}
	person := x.User != nil && x.Password != nil && x.Token == nil
	switch {
	case x.Scheme == "basic" && person:
		a.auth = client.Basic{User: *x.User, Password: *x.Password}
	case x.Scheme == "digest" && person:
		a.auth = &client.Digest{User: *x.User, Password: *x.Password}
	case x.Scheme == "bearer" && x.Token != nil && x.User == nil && x.Password == nil:
		a.auth = client.Bearer{Token: *x.Token}
	default:
		return errors.New("credentials have the scheme basic or digest with user and password, or bearer with token")
	}
	return nil
}

// acceptEncoding is "accept_encoding": the value of the field in place of the browser's; "" for all codings that the client
// decodes; null for no such field, and a body that stays as it comes.
type acceptEncoding struct {
	set, none bool
	value     string
}

// allCodings are those that the client decodes.
const allCodings = "gzip, deflate, br, zstd"

func (a *acceptEncoding) apply(c *client.Call) {
	switch {
	case !a.set:
	case a.none:
		c.Remove = append(c.Remove[:len(c.Remove):len(c.Remove)], "Accept-Encoding")
		c.Raw = true
	case a.value == "":
		c.Header.Add("Accept-Encoding", allCodings)
	default:
		c.Header.Add("Accept-Encoding", a.value)
	}
}

// UnmarshalJSON implements [json.Unmarshaler].
func (a *acceptEncoding) UnmarshalJSON(b []byte) error {
	a.set = true
	if a.none = string(bytes.TrimSpace(b)) == "null"; a.none {
		return nil
	}
	return json.Unmarshal(b, &a.value)
}
