package client

import "strings"

// challenge is one challenge of a WWW-Authenticate field (RFC 9110 §11.6.1).
type challenge struct {
	scheme string // as sent
	token  string // token68, if it has one
	params []Pair // names in lower case
}

// param returns the value of a parameter; it is an error, ok false, if it is there more than once.
func (c *challenge) param(name string) (value string, there, ok bool) {
	for _, p := range c.params {
		if p.Name != name {
			continue
		}
		if there {
			return "", true, false
		}
		value, there = p.Value, true
	}
	return value, there, true
}

// parseChallenges reads the challenges of one field. What does not fit the grammar ends the reading: the challenges before it
// are returned, without the one that it is in.
func parseChallenges(value string) []challenge {
	var list []challenge
	s := scan{value}
	for {
		s.skip(" \t,")
		if s.rest == "" {
			return list
		}
		name := s.token()
		if name == "" {
			return cut(list)
		}
		after := s
		after.skip(" \t")
		if len(list) > 0 && list[len(list)-1].token == "" && after.next('=') {
			s = after
			s.skip(" \t")
			text, ok := s.value()
			if !ok {
				return cut(list)
			}
			c := &list[len(list)-1]
			c.params = append(c.params, Pair{Name: strings.ToLower(name), Value: text})
		} else {
			c := challenge{scheme: name}
			if after.rest != s.rest { // there is a blank
				s = after
				c.token = s.token68()
			}
			list = append(list, c)
			if c.token == "" && s.rest != "" && s.rest[0] != ',' && isTokenByte(s.rest[0]) && after.rest == s.rest {
				continue // its first parameter
			}
		}
		s.skip(" \t")
		if s.rest != "" && s.rest[0] != ',' {
			return cut(list)
		}
	}
}

// cut drops the last challenge, which cannot be trusted.
func cut(list []challenge) []challenge { return list[:max(len(list)-1, 0)] }

// scan reads a field value from its beginning.
type scan struct{ rest string }

func (s *scan) skip(set string) { s.rest = strings.TrimLeft(s.rest, set) }

func (s *scan) next(c byte) bool {
	if s.rest == "" || s.rest[0] != c {
		return false
	}
	s.rest = s.rest[1:]
	return true
}

func (s *scan) token() string {
	n := 0
	for n < len(s.rest) && isTokenByte(s.rest[n]) {
		n++
	}
	t := s.rest[:n]
	s.rest = s.rest[n:]
	return t
}

// value reads a token or a quoted string.
func (s *scan) value() (string, bool) {
	if !s.next('"') {
		t := s.token()
		return t, t != ""
	}
	var b strings.Builder
	for i := 0; i < len(s.rest); i++ {
		switch c := s.rest[i]; {
		case c == '"':
			s.rest = s.rest[i+1:]
			return b.String(), true
		case c == '\\' && i+1 < len(s.rest):
			i++
			b.WriteByte(s.rest[i])
		default:
			b.WriteByte(c)
		}
	}
	return "", false
}

// token68 reads one that takes all up to the next comma or the end; else it reads nothing.
func (s *scan) token68() string {
	end := strings.IndexByte(s.rest, ',')
	if end < 0 {
		end = len(s.rest)
	}
	text := strings.TrimRight(s.rest[:end], " \t")
	body := strings.TrimRight(text, "=")
	if body == "" {
		return ""
	}
	for i := range len(body) {
		if !isToken68(body[i]) {
			return ""
		}
	}
	s.rest = s.rest[end:]
	return text
}

func isToken68(c byte) bool {
	return c >= 'a' && c <= 'z' || c >= 'A' && c <= 'Z' || c >= '0' && c <= '9' || strings.IndexByte("-._~+/", c) >= 0
}

func isTokenByte(c byte) bool { return isToken(string(c)) }
