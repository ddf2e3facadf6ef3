package client

import (
	"errors"
	"fmt"
	"io"
	"io/fs"
	"os"
	"runtime"
	"strings"
)

// Netrc has the logins of a .netrc file, as curl and ftp read it. It is only read, and safe for concurrent use.
type Netrc struct{ entries []netrcEntry }

type netrcEntry struct {
	machine string // "" for default
	basic   Basic
}

// maxNetrc is how long a file may be, in bytes.
const maxNetrc = 1 << 20

// ReadNetrc reads a file. One that others than its owner may read or write is refused, as by ftp, with an error in which
// [fs.ErrPermission] is: its mode must be 0600 or less. On Windows there are no such modes, and nothing is refused.
func ReadNetrc(path string) (*Netrc, error) {
	f, err := os.Open(path)
	if err != nil {
		return nil, netrcError(err)
	}
	defer f.Close()
	info, err := f.Stat()
	if err != nil {
		return nil, netrcError(err)
	}
	if mode := info.Mode().Perm(); mode&0o077 != 0 && runtime.GOOS != "windows" {
		return nil, netrcError(fmt.Errorf("%s has mode %04o, but others must have no access: %w", path, mode, fs.ErrPermission))
	}
	return ParseNetrc(f)
}

// ParseNetrc reads machine, default, login, password and account, each with its value, and passes over macdef up to the next
// empty line. A "#" where a word could begin begins a comment. A word in double quotes may have blanks, and the escapes
// \n, \r, \t, \" and \\. What it does not understand is an error, which tells the line and nothing of what is in it.
func ParseNetrc(r io.Reader) (*Netrc, error) {
	b, err := io.ReadAll(io.LimitReader(r, maxNetrc+1))
	switch {
	case err != nil:
		return nil, netrcError(err)
	case len(b) > maxNetrc:
		return nil, netrcError(fmt.Errorf("longer than %d bytes", maxNetrc))
	}
	n := &Netrc{}
	s := netrcScan{text: string(b), line: 1}
	if err := n.parse(&s); err != nil {
		return nil, netrcError(fmt.Errorf("line %d: %w", s.line, err))
	}
	return n, nil
}

func netrcError(err error) error { return newError("netrc", nil, &fault{ErrInvalidRequest, err}) }

// parse reads to the end.
func (n *Netrc) parse(s *netrcScan) error {
	for {
		word, err := s.word()
		if err != nil || word == "" && s.text == "" {
			return err
		}
		switch {
		case word == "macdef":
			s.macro()
			continue
		case word == "default":
			n.entries = append(n.entries, netrcEntry{})
			continue
		case word != "machine" && word != "login" && word != "password" && word != "account":
			return errors.New("none of machine, default, login, password, account and macdef")
		}
		value, quoted, err := s.value()
		switch {
		case err != nil:
			return err
		case value == "" && !quoted:
			return errors.New(word + " without value")
		case word == "machine" && value == "":
			return errors.New("machine has no name")
		case word == "machine":
			n.entries = append(n.entries, netrcEntry{machine: value})
			continue
		case len(n.entries) == 0:
			return errors.New(word + " before the first machine")
		}
		switch e := &n.entries[len(n.entries)-1]; word {
		case "login":
			e.basic.User = value
		case "password":
			e.basic.Password = value
		}
	}
}

// Lookup returns the login for a host name, which has no port: that of the first entry in the order of the file that is for the
// name, in any case of letters, or a default, which is for every name and so belongs at the end.
func (n *Netrc) Lookup(host string) (Basic, bool) {
	for _, e := range n.entries {
		if e.machine == "" || strings.EqualFold(e.machine, host) {
			return e.basic, true
		}
	}
	return Basic{}, false
}

// machine returns the login of the first machine of that name; default is none.
func (n *Netrc) machine(host string) (Basic, bool) {
	for _, e := range n.entries {
		if e.machine != "" && strings.EqualFold(e.machine, host) {
			return e.basic, true
		}
	}
	return Basic{}, false
}

// String tells how many entries there are.
func (n Netrc) String() string { return fmt.Sprintf("Netrc{%d entries}", len(n.entries)) }

// Format implements [fmt.Formatter]: all verbs give String.
func (n Netrc) Format(s fmt.State, _ rune) { io.WriteString(s, n.String()) }

// netrcScan reads words.
type netrcScan struct {
	text string
	line int
}

// space passes over blanks and comments.
func (s *netrcScan) space(comments bool) {
	for s.text != "" {
		switch c := s.text[0]; {
		case c == '#' && comments:
			end := strings.IndexByte(s.text, '\n')
			if end < 0 {
				end = len(s.text)
			}
			s.text = s.text[end:]
			continue
		case c == '\n':
			s.line++
		case c != ' ' && c != '\t' && c != '\r':
			return
		}
		s.text = s.text[1:]
	}
}

func (s *netrcScan) word() (string, error) {
	s.space(true)
	w, _, err := s.take()
	return w, err
}

// value reads a word that may begin with "#".
func (s *netrcScan) value() (string, bool, error) {
	s.space(false)
	return s.take()
}

func (s *netrcScan) take() (word string, quoted bool, err error) {
	if !strings.HasPrefix(s.text, `"`) {
		end := strings.IndexAny(s.text, " \t\r\n")
		if end < 0 {
			end = len(s.text)
		}
		word, s.text = s.text[:end], s.text[end:]
		return word, false, nil
	}
	var b strings.Builder
	for i := 1; i < len(s.text); i++ {
		switch c := s.text[i]; {
		case c == '"':
			s.text = s.text[i+1:]
			return b.String(), true, nil
		case c == '\n':
			return "", true, errors.New("a quote is not closed")
		case c == '\\' && i+1 < len(s.text):
			i++
			c = s.text[i]
			if k := strings.IndexByte("nrt", c); k >= 0 {
				c = "\n\r\t"[k]
			}
			b.WriteByte(c)
		default:
			b.WriteByte(c)
		}
	}
	return "", true, errors.New("a quote is not closed")
}

// macro passes over a macro: to behind the next empty line.
func (s *netrcScan) macro() {
	for first := true; s.text != ""; first = false {
		line, rest, _ := strings.Cut(s.text, "\n")
		s.text = rest
		s.line++
		if !first && strings.TrimRight(line, "\r") == "" {
			return
		}
	}
}
