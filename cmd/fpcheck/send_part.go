package main

import (
	"errors"
	"fmt"
	"strings"

	"github.com/wirelike/wirelike/client"
)

// partOptions are what curl reads behind the content of a part.
var partOptions = [...]string{"type", "filename", "encoder", "headers"}

// parsePart reads a part of the command line as curl does: name=value, or name=@FILE, each with ;type= and ;filename= behind it, in
// any order. A type may have parameters of its own. Other than in curl, a semicolon in front of something else belongs to the value,
// and what curl passes over is an error.
func parsePart(text string) (scriptPart, error) {
	name, value, ok := strings.Cut(text, "=")
	if !ok || name == "" {
		return scriptPart{}, fmt.Errorf("part %.80q: write NAME=VALUE or NAME=@FILE", text)
	}
	p := client.FormPart{Name: name}
	end := partOption(value)
	content, options := value[:end], value[end:]
	if err := setPartOptions(&p, options); err != nil {
		return scriptPart{}, fmt.Errorf("part %.80q: %w", text, err)
	}
	file, isFile := strings.CutPrefix(content, "@")
	switch {
	case isFile && (file == "" || file == "-"):
		return scriptPart{}, fmt.Errorf("part %.80q: name a file behind @", text)
	case isFile:
		p.Path = file
	default:
		p.Data = []byte(content)
	}
	return scriptPart(p), nil
}

// partOption returns where the first option begins: at its semicolon, or at the end of the text.
func partOption(s string) int {
	for i := range len(s) {
		if s[i] == ';' && partOptionName(s[i+1:]) != "" {
			return i
		}
	}
	return len(s)
}

// partOptionName returns the option that a text begins with, "" for none.
func partOptionName(s string) string {
	name, _, ok := strings.Cut(s, "=")
	for _, option := range partOptions {
		if ok && strings.EqualFold(strings.TrimLeft(name, " \t"), option) {
			return option
		}
	}
	return ""
}

// setPartOptions reads options, each with its semicolon in front.
func setPartOptions(p *client.FormPart, s string) error {
	for s != "" {
		option := partOptionName(s[1:])
		_, rest, _ := strings.Cut(s, "=")
		var value string
		switch {
		case strings.HasPrefix(rest, `"`):
			var ok bool
			if value, rest, ok = unquote(rest[1:]); !ok {
				return fmt.Errorf("the quote of ;%s= is not closed", option)
			}
			if rest = strings.TrimLeft(rest, " \t"); partOption(rest) != 0 {
				return fmt.Errorf("%.40q behind ;%s= is not understood", rest, option)
			}
		default:
			end := partOption(rest)
			value, rest = strings.TrimRight(rest[:end], " \t"), rest[end:]
		}
		s = rest
		switch {
		case value == "":
			return fmt.Errorf(";%s= is empty", option)
		case option == "type" && p.ContentType == "":
			p.ContentType = value
		case option == "filename" && p.Filename == "":
			p.Filename = value
		case option == "type" || option == "filename":
			return fmt.Errorf(";%s= is given twice", option)
		default:
			return errors.New(";encoder= and ;headers= of curl are not supported; ;type= and ;filename= are")
		}
	}
	return nil
}

// unquote reads up to the quote at the end; a backslash stands in front of a quote and of another one.
func unquote(s string) (text, rest string, ok bool) {
	var b strings.Builder
	for i := 0; i < len(s); i++ {
		switch {
		case s[i] == '"':
			return b.String(), s[i+1:], true
		case s[i] == '\\' && i+1 < len(s) && (s[i+1] == '"' || s[i+1] == '\\'):
			i++
		}
		b.WriteByte(s[i])
	}
	return "", "", false
}
