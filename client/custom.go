package client

import (
	"errors"

	"github.com/wirelike/wirelike/profiles"
)

// chosen returns the profile that Profile, Custom and Override say, nil for a neutral client.
func (t *Transport) chosen() (*profiles.Profile, error) {
	p := t.Custom
	if t.Resolver != nil && t.Profile == "" {
		return nil, invalid(ErrInvalidRequest, "Resolver without Profile: there is no name to find")
	}
	switch {
	case p != nil && t.Profile != "":
		return nil, invalid(ErrInvalidRequest, "Custom and Profile are both set: only one of them can be the browser")
	case p != nil:
		p = p.Clone() // the caller may go on editing
		if err := p.Validate(); err != nil {
			return nil, &fault{ErrImpersonate, err}
		}
	case t.Profile != "":
		var err error
		if p, err = t.named(); err != nil {
			return nil, &fault{ErrImpersonate, err}
		}
	}
	if t.Override == nil {
		return p, nil
	}
	if names := t.Override.OnlyHTTP2(); len(names) > 0 && t.HTTPVersion == HTTP1 {
		return nil, &fault{ErrImpersonate, &profiles.OverrideError{Field: names[0], Err: errors.New("there is no HTTP/2 that it could be about: HTTPVersion is HTTP1")}}
	}
	if p == nil {
		p = profiles.Neutral()
	}
	p, err := p.With(*t.Override)
	if err != nil {
		return nil, &fault{ErrImpersonate, err}
	}
	return p, nil
}

// named returns the profile of that name.
func (t *Transport) named() (*profiles.Profile, error) {
	if t.Resolver == nil {
		return profiles.Lookup(t.Profile)
	}
	p, err := t.Resolver.Lookup(t.Profile)
	if err == nil {
		err = p.Validate() // an explicit one may be anything
	}
	return p, err
}

// isBrowser tells a profile that is one of a browser, however changed, from a neutral client with an override.
func (t *Transport) isBrowser() bool { return t.profile.Browser.Name != profiles.NeutralName }
