package profiles

import (
	"encoding/json"
	"fmt"
	"maps"
	"reflect"
	"slices"
	"strings"

	"github.com/wirelike/wirelike/fingerprint"
)

// minShared is in how many lists a value must stand to be written once, in the profile's common list.
const minShared = 4

// MarshalJSON writes the profile's canonical form: values that several header lists share stand once, in "common", by the
// lower-case name of the field. [Parse] reads it back to the same profile.
func (p *Profile) MarshalJSON() ([]byte, error) {
	type plain Profile // without this method
	out := plain(*p)
	out.Common = sharedValues(p.Headers)
	out.Headers = deepCopy(reflect.ValueOf(p.Headers)).Interface().(map[Kind]HeaderSet)
	eachList(out.Headers, func(_ string, l FieldList) error {
		for i := range l {
			if v := l[i].Value; v != "" && v == commonValue(out.Common, l[i].Name) {
				l[i].Value = inCommon
			}
		}
		return nil
	})
	return json.Marshal(&out)
}

// eachList calls f for every list of the header sets, by kind and protocol.
func eachList(headers map[Kind]HeaderSet, f func(path string, l FieldList) error) error {
	for _, k := range slices.Sorted(maps.Keys(headers)) {
		s, path := headers[k], "headers."+string(k)
		if err := f(path+".http/1.1", s.H1); err != nil {
			return err
		}
		if err := f(path+".h2", s.H2); err != nil {
			return err
		}
		for i, x := range s.Shapes {
			at := fmt.Sprintf("%s.shapes[%d]", path, i)
			if err := f(at+".http/1.1", x.H1); err != nil {
				return err
			}
			if err := f(at+".h2", x.H2); err != nil {
				return err
			}
		}
	}
	return nil
}

// sharedValues returns, sorted by name, the most frequent value of each field that stands in several lists.
func sharedValues(headers map[Kind]HeaderSet) (common FieldList) {
	count := map[fingerprint.Field]int{}
	eachList(headers, func(_ string, l FieldList) error {
		for _, f := range l {
			if f.Value != "" && f.Value != "*" && f.Name[0] != ':' {
				count[fingerprint.Field{Name: strings.ToLower(f.Name), Value: f.Value}]++
			}
		}
		return nil
	})
	for _, f := range slices.SortedFunc(maps.Keys(count), func(a, b fingerprint.Field) int {
		if by := strings.Compare(a.Name, b.Name); by != 0 {
			return by
		}
		if by := count[b] - count[a]; by != 0 {
			return by
		}
		return strings.Compare(a.Value, b.Value)
	}) {
		if last := len(common) - 1; count[f] >= minShared && (last < 0 || common[last].Name != f.Name) {
			common = append(common, f)
		}
	}
	return common
}

// resolveCommon puts the common values where a list has a name alone, and forgets them.
func (p *Profile) resolveCommon() error {
	common := p.Common
	p.Common = nil
	return eachList(p.Headers, func(path string, l FieldList) error {
		for i := range l {
			if l[i].Value != inCommon {
				continue
			}
			if l[i].Value = commonValue(common, l[i].Name); l[i].Value == "" {
				return fmt.Errorf("%s[%d]: %q has no value in common: a slot is written %q", path, i, l[i].Name, l[i].Name+":")
			}
		}
		return nil
	})
}
