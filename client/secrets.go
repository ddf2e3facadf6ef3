package client

import (
	"regexp"
	"strings"
)

// hidden stands in texts for people where a secret is.
const hidden = "[hidden]"

// secretWords are what the name of a field has in it whose value is a secret: it is neither shown nor taken along to another origin.
var secretWords = [...]string{"auth", "token", "secret", "api-key", "apikey", "password", "session", "csrf", "xsrf"}

// secretName tells whether a field carries credentials, by its name.
func secretName(name string) bool {
	name = strings.ToLower(name)
	switch name {
	case "cookie", "cookie2", "set-cookie", "set-cookie2":
		return true
	}
	for _, word := range secretWords {
		if strings.Contains(name, word) {
			return true
		}
	}
	return false
}

// shown returns the value of a field for people. Pseudo-header fields and what a server asks credentials with are no secrets, though
// their names have a word for it.
func shown(name, value string) string {
	switch {
	case strings.HasPrefix(name, ":"), strings.EqualFold(name, "WWW-Authenticate"), strings.EqualFold(name, "Proxy-Authenticate"):
	case secretName(name):
		return hidden
	}
	return withoutUserinfo(value)
}

// userinfo finds what stands in front of the host of a URL that is a part of some text, as browsers read URLs: with any number of
// slashes of either kind behind http and https, up to the last "@" in front of the path.
var userinfo = regexp.MustCompile(`(?i)(\bhttps?:[/\\]*|[/\\]{2,})[^/\\?#]*@`)

// withoutUserinfo returns a text with the credentials of all URLs in it hidden.
func withoutUserinfo(text string) string {
	if !strings.Contains(text, "@") {
		return text
	}
	return userinfo.ReplaceAllString(text, "${1}"+hidden+"@")
}
