package client

import (
	"bufio"
	"bytes"
	"encoding/json"
	"errors"
	"io"
	"math"
	"os"
	"path/filepath"
	"strconv"
	"strings"
	"time"
)

// maxCookieFile is how much of a file of cookies is read, in bytes; the default limits of a jar stay below it.
const maxCookieFile = 64 << 20

type cookieFile struct {
	Cookies []Cookie `json:"cookies"`
}

// WriteJSON writes all cookies with all that the jar knows of them, the oldest first. Values are in the clear; a byte that is
// not UTF-8 would not survive, so that such a cookie is an ErrCookieFile: WriteNetscape keeps it.
func (j *Jar) WriteJSON(w io.Writer) error {
	f := cookieFile{j.snapshot()}
	for _, c := range f.Cookies {
		if !validUTF8(&c) {
			return cookieError("write cookies", ErrCookieFile, "%.80q for %.80q is not UTF-8, which JSON cannot hold", c.Name, c.Domain)
		}
	}
	b, err := json.MarshalIndent(f, "", "  ")
	if err == nil {
		_, err = w.Write(append(b, '\n'))
	}
	if err != nil {
		return fileError("write cookies", err)
	}
	return nil
}

// ReadJSON takes in what WriteJSON has written, all of it or, with an ErrCookieFile or ErrInvalidCookie, nothing.
func (j *Jar) ReadJSON(r io.Reader) error {
	b, err := readCookieFile(r)
	if err != nil {
		return err
	}
	var f cookieFile
	d := json.NewDecoder(bytes.NewReader(b))
	d.DisallowUnknownFields()
	if err := d.Decode(&f); err != nil {
		return cookieError("read cookies", ErrCookieFile, "no JSON of a jar") // the cause may quote a value
	}
	if _, err := d.Token(); err != io.EOF {
		return cookieError("read cookies", ErrCookieFile, "something follows the JSON")
	}
	return j.SetAll(f.Cookies)
}

// The first line by which tools know the format, and what marks HttpOnly in it.
const (
	netscapeHead = "# Netscape HTTP Cookie File\n"
	httpOnlyMark = "#HttpOnly_"
)

// WriteNetscape writes all cookies in the format of curl's cookie jar, the oldest first: domain, whether it has subdomains,
// path, Secure, expiry in Unix seconds (0: the end of the session), name and value, separated by TABs. SameSite, Partitioned
// and the time of creation have no place in it. Nor has a value with a TAB: an ErrCookieFile.
func (j *Jar) WriteNetscape(w io.Writer) error {
	b := []byte(netscapeHead)
	for _, c := range j.snapshot() {
		if strings.IndexByte(c.Name+c.Value, '\t') >= 0 || strings.IndexByte(c.Path, '\t') >= 0 || c.Name == "" {
			return cookieError("write cookies", ErrCookieFile, "%.80q for %.80q has a TAB or no name, which the Netscape format cannot hold", c.Name, c.Domain)
		}
		if c.HTTPOnly {
			b = append(b, httpOnlyMark...)
		}
		if !c.HostOnly {
			b = append(b, '.')
		}
		b = append(append(b, c.Domain...), '\t')
		b = append(append(b, flag(!c.HostOnly)...), '\t')
		b = append(append(b, c.Path...), '\t')
		b = append(append(b, flag(c.Secure)...), '\t')
		expires := int64(0)
		if !c.Expires.IsZero() {
			expires = max(1, c.Expires.Unix())
		}
		b = append(strconv.AppendInt(b, expires, 10), '\t')
		b = append(append(b, c.Name...), '\t')
		b = append(append(b, c.Value...), '\n')
	}
	if _, err := w.Write(b); err != nil {
		return fileError("write cookies", err)
	}
	return nil
}

func flag(b bool) string {
	if b {
		return "TRUE"
	}
	return "FALSE"
}

// ReadNetscape takes in a file in the format of [Jar.WriteNetscape], of curl or of a browser's extension: all of it or, with
// an error that names the line, nothing. Comments and empty lines are passed over, cookies that have ended are not kept.
func (j *Jar) ReadNetscape(r io.Reader) error {
	b, err := readCookieFile(r)
	if err != nil {
		return err
	}
	var list []Cookie
	sc := bufio.NewScanner(bytes.NewReader(b))
	sc.Buffer(nil, 1<<16)
	n := 0
	for sc.Scan() {
		n++
		c, ok, err := netscapeLine(sc.Text())
		if err == nil && ok {
			err = j.clean(&c)
		}
		if err != nil {
			return cookieError("read cookies", ErrCookieFile, "line %d: %w", n, err)
		}
		if ok {
			list = append(list, c)
		}
	}
	if sc.Err() != nil {
		return cookieError("read cookies", ErrCookieFile, "line %d is too long", n+1)
	}
	return j.SetAll(list)
}

// netscapeLine reads one line; ok is false for one without a cookie.
func netscapeLine(line string) (c Cookie, ok bool, err error) {
	line = strings.TrimSuffix(line, "\r")
	line, c.HTTPOnly = strings.CutPrefix(line, httpOnlyMark)
	if strings.TrimSpace(line) == "" || !c.HTTPOnly && line[0] == '#' {
		return c, false, nil
	}
	f := strings.Split(line, "\t")
	if len(f) == 6 { // without value, as curl reads it
		f = append(f, "")
	}
	if len(f) != 7 {
		return c, false, errors.New("want seven fields, separated by TABs")
	}
	expires, err := strconv.ParseInt(f[4], 10, 64)
	if err != nil || expires < 0 {
		return c, false, errors.New("the expiry is no number of seconds")
	}
	c.Domain, c.Path, c.Name, c.Value = f[0], f[2], f[5], f[6]
	if f[0] == "" {
		return c, false, errors.New("no host")
	}
	c.HostOnly, c.Secure = !strings.EqualFold(f[1], "TRUE"), strings.EqualFold(f[3], "TRUE")
	if expires > 0 {
		c.Expires = time.Unix(min(expires, math.MaxInt32*100), 0).UTC()
	}
	return c, true, nil
}

func readCookieFile(r io.Reader) ([]byte, error) {
	b, err := io.ReadAll(io.LimitReader(r, maxCookieFile+1))
	switch {
	case err != nil:
		return nil, fileError("read cookies", err)
	case len(b) > maxCookieFile:
		return nil, cookieError("read cookies", ErrCookieFile, "longer than %d bytes", maxCookieFile)
	}
	return b, nil
}

func fileError(op string, err error) error { return newError(op, nil, &fault{ErrCookieFile, err}) }

// WriteFile writes the jar to a file that only its owner may read: as JSON when the name ends in .json, else in the
// Netscape format. A reader sees the old file or the new one, nothing between.
func (j *Jar) WriteFile(name string) error {
	var b bytes.Buffer
	write := j.WriteNetscape
	if isJSON(name) {
		write = j.WriteJSON
	}
	if err := write(&b); err != nil {
		return err
	}
	if err := replaceFile(name, b.Bytes()); err != nil {
		return fileError("write cookies", err)
	}
	return nil
}

// ReadFile takes in a file that WriteFile has written. That there is none is an error with [os.ErrNotExist] in its chain.
func (j *Jar) ReadFile(name string) error {
	f, err := os.Open(name)
	if err != nil {
		return fileError("read cookies", err)
	}
	defer f.Close()
	if isJSON(name) {
		return j.ReadJSON(f)
	}
	return j.ReadNetscape(f)
}

func isJSON(name string) bool { return strings.EqualFold(filepath.Ext(name), ".json") }

// replaceFile puts a file in place of another at once; [os.CreateTemp] makes it one of mode 0600.
func replaceFile(name string, b []byte) (err error) {
	f, err := os.CreateTemp(filepath.Dir(name), ".cookies-*")
	if err != nil {
		return err
	}
	defer func() {
		if err != nil {
			os.Remove(f.Name())
		}
	}()
	if _, err = f.Write(b); err == nil {
		err = f.Sync()
	}
	if err = errors.Join(err, f.Close()); err != nil {
		return err
	}
	return os.Rename(f.Name(), name)
}
