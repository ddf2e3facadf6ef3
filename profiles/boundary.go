package profiles

import (
	"slices"
	"strings"
)

// The forms of boundaries of multipart bodies.
const (
	// BoundaryWebKit is that of Chromium and WebKit: "----WebKitFormBoundary" and 16 characters.
	BoundaryWebKit = "webkit"
	// BoundaryFirefox is "----geckoformboundary" and two 64-bit numbers in hexadecimal.
	BoundaryFirefox = "firefox"
	// BoundaryCurl is that of curl, and of what is no browser: 24 dashes and 22 letters and digits.
	BoundaryCurl = "curl"
)

// Boundaries returns the forms of boundaries.
func Boundaries() []string { return []string{BoundaryWebKit, BoundaryFirefox, BoundaryCurl} }

// Boundary returns the form of the boundaries: the profile's own, else that of its engine.
func (p *Profile) Boundary() string {
	switch {
	case p.FormBoundary != "":
		return p.FormBoundary
	case p.Browser.Engine == "chromium" || p.Browser.Engine == "webkit":
		return BoundaryWebKit
	case p.Browser.Engine == "firefox":
		return BoundaryFirefox
	}
	return BoundaryCurl
}

// parseBoundary reads the word for a form, which may also be a browser that has it, in any case of letters.
func parseBoundary(word string) (string, bool) {
	switch form := strings.ToLower(word); form {
	case "chrome", "chromium", "edge", "safari":
		return BoundaryWebKit, true
	case "tor":
		return BoundaryFirefox, true
	default:
		return form, slices.Contains(Boundaries(), form)
	}
}

// applyBoundary applies FormBoundary.
func (p *Profile) applyBoundary(o *Override) error {
	if o.FormBoundary == "" {
		return nil
	}
	form, ok := parseBoundary(o.FormBoundary)
	if !ok {
		return refuse("form_boundary", "%.40q is no form of boundaries: want one of %s, or a browser", o.FormBoundary, strings.Join(Boundaries(), ", "))
	}
	p.FormBoundary = form
	p.custom("form_boundary", "form_boundary")
	return nil
}
