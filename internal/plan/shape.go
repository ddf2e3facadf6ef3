package plan

import "github.com/wirelike/wirelike/fingerprint"

// reshape puts the list of the last shape that fits the request in place of that of its kind.
func (m *merge) reshape(p *Plan) {
	kind := m.list
	for i := range p.Shapes {
		s := &p.Shapes[i]
		list := s.H1
		if m.h2 {
			list = s.H2
		}
		if len(list) > 0 && (!s.Followed || len(p.Via) > 0) && (s.When == "" || m.fits(p, kind, s.When)) {
			m.list = list
		}
	}
}

// fits tells whether the request is of that shape; kind is the list of its kind.
func (m *merge) fits(p *Plan, kind []fingerprint.Field, when Condition) bool {
	switch when {
	case WithContent:
		return m.typed()
	case WithOwn:
		return m.foreign(kind, m.own, false) || m.foreign(kind, m.in.Fields, true)
	case Redirected:
		return p.Late
	}
	return false
}

// foreign tells whether from has a field that the list has no place for and that no browser sends by itself.
func (m *merge) foreign(list, from []fingerprint.Field, removable bool) bool {
	for _, f := range from {
		if find(list, f.Name) < 0 && !m.framing(f.Name) && !same(f.Name, "host") && !browsers(f.Name) &&
			!(m.h2 && connectionSpecific(f)) && !(removable && m.removed(f.Name)) {
			return true
		}
	}
	return false
}

// browsers tells the fields that a browser sends by itself where it has reason to, though a list may lack them.
func browsers(name string) bool {
	for _, b := range [...]string{"content-type", "cookie", "origin", "referer"} {
		if same(name, b) {
			return true
		}
	}
	return false
}
