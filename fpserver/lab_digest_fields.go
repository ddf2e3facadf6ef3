package fpserver

import (
	"errors"
	"fmt"
	"net/url"
	"strings"
)

// digestFields reads the parameters of Digest credentials (RFC 9110 §11.4: name = token or quoted string). Names are in
// lower case.
func digestFields(text string) (map[string]string, error) {
	fields := map[string]string{}
	for rest := text; ; {
		rest = strings.TrimLeft(rest, " \t,")
		if rest == "" {
			return fields, nil
		}
		name, after, ok := strings.Cut(rest, "=")
		name = strings.ToLower(strings.TrimRight(name, " \t"))
		if !ok || name == "" || strings.ContainsAny(name, " \t,\"") {
			return nil, errors.New("the credentials are not a list of name=value")
		}
		value, after, err := digestValue(strings.TrimLeft(after, " \t"))
		if err != nil {
			return nil, fmt.Errorf("%s: %w", name, err)
		}
		if _, twice := fields[name]; twice {
			return nil, fmt.Errorf("%s is given twice", name)
		}
		fields[name] = value
		rest = after
	}
}

// digestValue reads a token or a quoted string from the beginning of text, up to the next comma.
func digestValue(text string) (value, rest string, err error) {
	if !strings.HasPrefix(text, `"`) {
		value, rest, _ = strings.Cut(text, ",")
		value = strings.TrimRight(value, " \t")
		if value == "" || strings.ContainsAny(value, " \t\"") {
			return "", "", errors.New("the value is no token")
		}
		return value, rest, nil
	}
	var b strings.Builder
	for i := 1; i < len(text); i++ {
		switch text[i] {
		case '"':
			rest = strings.TrimLeft(text[i+1:], " \t")
			if rest != "" && rest[0] != ',' {
				return "", "", errors.New("something follows the quoted value")
			}
			return b.String(), rest, nil
		case '\\':
			if i++; i == len(text) {
				continue
			}
		}
		b.WriteByte(text[i])
	}
	return "", "", errors.New("a quoted value has no end")
}

// digestUser returns the user name, which is in username or, when it does not fit there, in username* (RFC 8187).
func digestUser(fields map[string]string) (string, error) {
	name, plain := fields["username"]
	extended, both := fields["username*"]
	switch {
	case plain && both:
		return "", errors.New("there are both username and username*")
	case plain:
		return name, nil
	case !both:
		return "", errors.New("there is no username")
	}
	charset, rest, ok := strings.Cut(extended, "'")
	_, text, ok2 := strings.Cut(rest, "'")
	name, err := url.PathUnescape(text)
	if !ok || !ok2 || err != nil || !strings.EqualFold(charset, "UTF-8") {
		return "", errors.New("username* is not UTF-8''name in percent encoding")
	}
	return name, nil
}
