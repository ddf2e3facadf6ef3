package client

import (
	"maps"
	"net/url"
	"slices"
	"strings"
)

// Pair is one name and value of a query or form.
type Pair struct {
	Name, Value string
	unpaired    bool
}

// Pairs are the fields of a query or of an application/x-www-form-urlencoded body, in order; a name may occur more than
// once. The zero value is empty and ready to use.
type Pairs []Pair

// Q makes Pairs of alternating names and values: Q("page", "2", "lang", "de"). An odd number of arguments is reported by
// the request that uses the result.
func Q(namesAndValues ...string) Pairs {
	p := make(Pairs, 0, (len(namesAndValues)+1)/2)
	for i := 0; i < len(namesAndValues); i += 2 {
		if i+1 == len(namesAndValues) {
			return append(p, Pair{Name: namesAndValues[i], unpaired: true})
		}
		p = append(p, Pair{Name: namesAndValues[i], Value: namesAndValues[i+1]})
	}
	return p
}

// PairsOf returns the pairs of v in the order in which [url.Values.Encode] has them: sorted by name, the values of one name in
// their order.
func PairsOf(v url.Values) Pairs {
	var p Pairs
	for _, name := range slices.Sorted(maps.Keys(v)) {
		for _, value := range v[name] {
			p.Add(name, value)
		}
	}
	return p
}

// Add appends a pair.
func (p *Pairs) Add(name, value string) { *p = append(*p, Pair{Name: name, Value: value}) }

// Encode returns the pairs in application/x-www-form-urlencoded form: blanks as "+", letters, digits and "-._~" as they
// are, all other bytes percent-encoded.
func (p Pairs) Encode() string { return p.encode(url.QueryEscape) }

func (p Pairs) encode(escape func(string) string) string {
	var b strings.Builder
	for i, x := range p {
		if i > 0 {
			b.WriteByte('&')
		}
		b.WriteString(escape(x.Name))
		b.WriteByte('=')
		b.WriteString(escape(x.Value))
	}
	return b.String()
}

func (p Pairs) check(what string) error {
	for _, x := range p {
		if x.unpaired {
			return invalid(ErrInvalidRequest, "%s: Q got an odd number of arguments, %.80q has no value", what, x.Name)
		}
	}
	return nil
}
