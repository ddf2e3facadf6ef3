package client

import "github.com/wirelike/wirelike/profiles"

// chosen returns the profile that Profile, Custom and Override say, nil for a neutral client.
func (t *Transport) chosen() (*profiles.Profile, error) {
	p := t.Custom
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
		if p, err = profiles.Lookup(t.Profile); err != nil {
			return nil, &fault{ErrImpersonate, err}
		}
	}
	if t.Override == nil {
		return p, nil
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

// isBrowser tells a profile that is one of a browser, however changed, from a neutral client with an override.
func (t *Transport) isBrowser() bool { return t.profile.Browser.Name != profiles.NeutralName }
