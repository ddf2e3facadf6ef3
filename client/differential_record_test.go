package client_test

import (
	"bytes"
	"cmp"
	"encoding/json"
	"os"
	"sync"
	"testing"
)

const recordFile = "testdata/differential.json"

// record is what the clients did otherwise than this module, in one version of each.
type record struct {
	mu      sync.Mutex
	update  bool
	Clients map[string]*recordedClient `json:"clients"`
	// Differences are in the order of the vectors.
	Differences []*recordedDifference `json:"differences"`
}

// recordedClient is one client; Asked is how many vectors it was asked to play.
type recordedClient struct {
	Version string `json:"version,omitempty"`
	Asked   int    `json:"asked"`
}

// recordedDifference is what the clients that differ do with a vector, by their names.
type recordedDifference struct {
	Vector string            `json:"vector"`
	Seen   map[string]string `json:"seen"`
}

// loadRecord reads the record.
func loadRecord(t *testing.T) *record {
	t.Helper()
	r := &record{update: os.Getenv("WIRELIKE_UPDATE") == "1", Clients: map[string]*recordedClient{}}
	b, err := os.ReadFile(recordFile)
	if err == nil {
		d := json.NewDecoder(bytes.NewReader(b))
		d.DisallowUnknownFields()
		err = d.Decode(r)
	}
	if err != nil && !(r.update && os.IsNotExist(err)) {
		t.Fatal(err)
	}
	return r
}

// readRecord is loadRecord, and with WIRELIKE_UPDATE=1 writes the record at the end of the test.
func readRecord(t *testing.T) *record {
	t.Helper()
	r := loadRecord(t)
	if r.update {
		t.Cleanup(func() { r.write(t) })
	}
	return r
}

// of returns what a client is known to do with a vector; false if it does as this module.
func (r *record) of(name string, v *vector) (string, bool) {
	for _, d := range r.Differences {
		if d.Vector == v.String() {
			seen, ok := d.Seen[name]
			return seen, ok
		}
	}
	return "", false
}

// compare compares what a client does with a vector with what it is known to do. One of another version than the recorded one
// may do otherwise: that is told, and is no failure. This module as another client does what that is recorded to do.
func (r *record) compare(t *testing.T, of *rival, p *player, v *vector, got string) {
	t.Helper()
	r.mu.Lock()
	defer r.mu.Unlock()
	name := of.name
	if of.as != "" {
		if want, differs := r.of(of.as, v); !r.update && got != want && (differs || got != v.want) {
			t.Errorf("%q, and %s does %q", got, of.as, cmp.Or(want, v.want))
		}
		return
	}
	if name == "wirelike" {
		if got != v.want {
			t.Errorf("%q, want %q", got, v.want)
		}
		return
	}
	if r.update {
		r.put(name, v, got)
		return
	}
	want, differs := r.of(name, v)
	if !differs {
		want = v.want
	}
	c := r.Clients[name]
	switch {
	case got == want:
	case c != nil && c.Version != p.version:
		t.Logf("DRIFT: %q, want %q: %s is %s, recorded was %s", got, want, name, p.version, c.Version)
	default:
		t.Errorf("%q, want %q", got, want)
	}
}

// put records what a client does.
func (r *record) put(name string, v *vector, got string) {
	var list []*recordedDifference
	for _, of := range allVectors() {
		var d *recordedDifference
		for _, old := range r.Differences {
			if old.Vector == of.String() {
				d = old
			}
		}
		if d == nil {
			d = &recordedDifference{Vector: of.String(), Seen: map[string]string{}}
		}
		if of.String() == v.String() {
			if delete(d.Seen, name); got != v.want {
				d.Seen[name] = got
			}
		}
		if len(d.Seen) > 0 {
			list = append(list, d)
		}
	}
	r.Differences = list
}

// count compares how many vectors a client was asked to play.
func (r *record) count(t *testing.T, of *rival, p *player, asked int) {
	t.Helper()
	name := of.name
	if of.as != "" {
		if asked == 0 {
			t.Error("no vectors")
		}
		return
	}
	r.mu.Lock()
	defer r.mu.Unlock()
	if r.update {
		r.Clients[name] = &recordedClient{p.version, asked}
		return
	}
	if c := r.Clients[name]; c == nil || c.Asked != asked {
		t.Errorf("%d vectors, the record says %+v", asked, c)
	}
}

func (r *record) write(t *testing.T) {
	var b bytes.Buffer
	e := json.NewEncoder(&b)
	e.SetEscapeHTML(false)
	e.SetIndent("", "  ")
	if err := e.Encode(r); err != nil {
		t.Fatal(err)
	}
	if err := os.WriteFile(recordFile, b.Bytes(), 0o644); err != nil {
		t.Fatal(err)
	}
}
