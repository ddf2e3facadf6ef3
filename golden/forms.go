package golden

import (
	"slices"
	"strings"

	"github.com/wirelike/wirelike/fingerprint"
)

// expectForms tells which HPACK representation an engine gives to each field of the requests of a connection. It is a
// second reading of the engines' rules, apart from the client's encoder, and is checked against the captured sessions.
// nil for a policy that it does not know.
func expectForms(policy string, requests []fingerprint.Request) [][]fingerprint.Form {
	m := formModel{limit: 4096}
	var form func(fingerprint.Field) fingerprint.Form
	switch policy {
	case "chromium":
		form = m.chromium
	case "firefox":
		form = m.firefox
	default:
		return nil
	}
	var out [][]fingerprint.Form
	for _, r := range requests {
		forms := make([]fingerprint.Form, len(r.Fields))
		for i, f := range r.Fields {
			forms[i] = form(f)
			if forms[i].Kind == fingerprint.FormIncremental {
				m.insert(f.Name, f.Value)
			}
		}
		out = append(out, forms)
	}
	return out
}

// formModel is the dynamic table (RFC 7541 §2.3.2), newest entry first.
type formModel struct {
	table [][2]string
	size  int
	limit int
}

func (m *formModel) insert(name, value string) {
	m.size += len(name) + len(value) + 32
	m.table = slices.Insert(m.table, 0, [2]string{name, value})
	for m.size > m.limit {
		last := m.table[len(m.table)-1]
		m.size -= len(last[0]) + len(last[1]) + 32
		m.table = m.table[:len(m.table)-1]
	}
}

// chromium: an entry of either table for the whole field; else the lowest static index of the name, or the newest
// dynamic one; pseudo-header fields but :authority are not added to the table. Strings are Huffman-coded when that makes
// them shorter.
func (m *formModel) chromium(f fingerprint.Field) fingerprint.Form {
	name := 0
	for i, e := range staticTable {
		if e[0] == f.Name {
			if e[1] == f.Value {
				return fingerprint.Form{Kind: fingerprint.FormIndexed, Index: uint32(i + 1)}
			}
			if name == 0 {
				name = i + 1
			}
		}
	}
	for i, e := range m.table {
		if e[0] == f.Name {
			if e[1] == f.Value {
				return fingerprint.Form{Kind: fingerprint.FormIndexed, Index: uint32(len(staticTable) + i + 1)}
			}
			if name == 0 {
				name = len(staticTable) + i + 1
			}
		}
	}
	form := fingerprint.Form{Kind: fingerprint.FormIncremental, Index: uint32(name), ValueHuffman: shrinks(f.Value)}
	if name == 0 {
		form.NameHuffman = shrinks(f.Name)
	}
	if strings.HasPrefix(f.Name, ":") && f.Name != ":authority" {
		form.Kind = fingerprint.FormWithout
	}
	return form
}

// shrinks tells whether the Huffman code makes a string shorter.
func shrinks(s string) bool { return fingerprint.HuffmanLength(s) < len(s) }

// firefox: the first entry for the whole field; else the highest index of the name. :path is never indexed, nor are
// credentials and cookies below 20 bytes; fields above half of the table are not added.
func (m *formModel) firefox(f fingerprint.Field) fingerprint.Form {
	name, match := 0, false
	at := func(i int) [2]string {
		if i <= len(staticTable) {
			return staticTable[i-1]
		}
		return m.table[i-1-len(staticTable)]
	}
	for i := 1; i <= len(staticTable)+len(m.table) && !match; i++ {
		if e := at(i); e[0] == f.Name {
			name, match = i, e[1] == f.Value
		}
	}
	form := fingerprint.Form{Kind: fingerprint.FormIncremental, Index: uint32(name), ValueHuffman: true, NameHuffman: name == 0}
	switch {
	case f.Name == "authorization" || f.Name == "cookie" && len(f.Value) < 20:
		form.Kind = fingerprint.FormNever
	case f.Name == ":path":
		form.Kind = fingerprint.FormWithout
	case match:
		return fingerprint.Form{Kind: fingerprint.FormIndexed, Index: uint32(name)}
	case len(f.Name)+len(f.Value)+32 > m.limit/2:
		form.Kind = fingerprint.FormWithout
	}
	return form
}
