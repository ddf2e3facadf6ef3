package tlsdial

import (
	"bytes"
	"crypto/ecdh"
	"encoding/hex"
	"slices"
	"strings"
	"testing"

	"github.com/wirelike/wirelike/fingerprint"
)

// raw is what a model does not keep of a hello.
type raw struct {
	random, sid []byte
	bodies      map[fingerprint.ID][]byte
}

func split(tb testing.TB, msg []byte) raw {
	tb.Helper()
	r := raw{random: msg[6:38], bodies: map[fingerprint.ID][]byte{}}
	p := msg[38:]
	r.sid, p = p[1:1+p[0]], p[1+p[0]:]
	n := int(p[0])<<8 | int(p[1])
	p = p[2+n:]
	p = p[1+int(p[0])+2:]
	for len(p) > 0 {
		n := int(p[2])<<8 | int(p[3])
		r.bodies[fingerprint.ID(p[0])<<8|fingerprint.ID(p[1])] = p[4 : 4+n]
		p = p[4+n:]
	}
	return r
}

func TestHellosMatchTheirModel(t *testing.T) {
	t.Parallel()
	for _, b := range browsers(t) {
		t.Run(b.name, func(t *testing.T) {
			t.Parallel()
			cfg := &Config{Hello: b.hello, Vary: b.vary, Rand: newSeeded(1)}
			want := &fingerprint.Fingerprint{TLS: clone(b.hello)}
			want.TLS.RecordVersion = 769
			s := &sample{values: map[string]map[string]int{}, once: map[string]bool{}}
			for range 200 {
				msg, wire := send(t, cfg)
				got := &fingerprint.Fingerprint{TLS: wire.first(t)}
				if d := fingerprint.Diff(want, got, b.vary); len(d) != 0 {
					t.Fatalf("%+v", d)
				}
				if name := got.TLS.Extension(fingerprint.ExtServerName).ServerName; name != "localhost" {
					t.Fatalf("server_name %q", name)
				}
				s.add(t, got, split(t, msg))
			}
			s.check(t, b)
		})
	}
}

// sample collects what many hellos of one browser have.
type sample struct {
	values map[string]map[string]int // of leaves that vary
	once   map[string]bool           // everything that must never come twice
}

func (s *sample) add(t *testing.T, f *fingerprint.Fingerprint, r raw) {
	t.Helper()
	for _, l := range f.Leaves() {
		if strings.HasPrefix(l.Value, "GREASE") || strings.HasSuffix(l.Path, "aead") || strings.HasSuffix(l.Path, "payload_length") {
			s.count(l.Path, l.Value)
		}
		if l.Path == "tls.extensions.order" {
			s.count(l.Path, l.Value)
			for i, name := range strings.Split(l.Value, ",") {
				s.count("place of "+name, string(rune('A'+i)))
			}
		}
	}
	ech, e := r.bodies[fingerprint.ExtEncryptedClientHello], f.TLS.Extension(fingerprint.ExtEncryptedClientHello).ECH
	s.count("ech config id", hex.EncodeToString(ech[5:6]))
	enc := ech[8 : 8+e.EncLength]
	if _, err := ecdh.X25519().NewPublicKey(enc); err != nil || enc[31] > 127 {
		t.Errorf("enc %x is no public key: %v", enc, err)
	}
	fresh := [][]byte{r.random, r.sid, enc, ech[10+e.EncLength:]}
	p := r.bodies[fingerprint.ExtKeyShare][2:]
	for _, share := range f.TLS.Extension(fingerprint.ExtKeyShare).Shares {
		key := p[4 : 4+share.Length]
		p = p[4+share.Length:]
		switch {
		case share.Group.IsGREASE():
			if !bytes.Equal(key, []byte{0}) {
				t.Errorf("GREASE share %x", key)
			}
		case share.Reuses == 0:
			fresh = append(fresh, key[max(0, len(key)-32):]) // of the hybrid share the X25519 part
			fresh = append(fresh, key[:32])
			if share.Length == 32 {
				fresh = fresh[:len(fresh)-1]
			}
		}
	}
	for _, b := range fresh {
		if s.once[string(b)] {
			t.Errorf("%x was sent before", b)
		}
		s.once[string(b)] = true
	}
}

func (s *sample) count(path, value string) {
	if s.values[path] == nil {
		s.values[path] = map[string]int{}
	}
	s.values[path][value]++
}

func (s *sample) check(t *testing.T, b browser) {
	t.Helper()
	grease := 0
	for path, values := range s.values {
		if !strings.HasPrefix(path, "tls.") {
			continue
		}
		if first := firstKey(values); strings.HasPrefix(first, "GREASE") {
			grease++
			if len(values) < 14 {
				t.Errorf("%s took %d of 16 values", path, len(values))
			}
		}
	}
	slots := map[string]int{"chromium150": 6, "chromium156": 7, "firefox153": 0}[b.name]
	if grease != slots {
		t.Errorf("%d leaves with GREASE, want %d", grease, slots)
	}
	orders := s.values["tls.extensions.order"]
	if b.vary.Permute == nil && len(orders) != 1 || b.vary.Permute != nil && len(orders) != 200 {
		t.Errorf("%d orders in 200 hellos", len(orders))
	}
	if n := len(s.values["ech config id"]); n < 100 { // 139 of 256 are expected
		t.Errorf("%d ECH config ids", n)
	}
	for _, o := range b.vary.OneOf {
		for _, v := range o.Values {
			// A quarter or half of 200; the seed is fixed, so this cannot fail by chance.
			if n, mean := s.values[o.Path][v], 200/len(o.Values); n < mean-25 || n > mean+25 {
				t.Errorf("%s was %s %d times in 200", o.Path, v, n)
			}
		}
	}
	if b.vary.Permute == nil {
		return
	}
	n := len(b.hello.Extensions)
	for i := range b.hello.Extensions {
		name := fingerprint.ExtensionName(b.hello.Extensions[i].Type)
		if name == "grease" {
			continue
		}
		if places := len(s.values["place of "+name]); places != n-2 {
			t.Errorf("%s took %d places of %d", name, places, n-2)
		}
	}
	if first, last := s.values["place of grease"], s.values["place of grease#2"]; len(first) != 1 || first["A"] != 200 || last[string(rune('A'+n-1))] != 200 {
		t.Errorf("GREASE at %v and %v", first, last)
	}
}

func firstKey(m map[string]int) string {
	for k := range m {
		return k
	}
	return ""
}

func TestGREASESlotsAreIndependent(t *testing.T) {
	t.Parallel()
	d, err := newDraw(newSeeded(2))
	if err != nil {
		t.Fatal(err)
	}
	const rounds = 4096
	pairs := map[[2]int]int{} // slots that had the same value
	for range rounds {
		g := newGREASE(d)
		v := []fingerprint.ID{g.cipher, g.group, g.version, g.signature, g.extension(d), g.extension(d)}
		for i, x := range v {
			if !x.IsGREASE() {
				t.Fatalf("%v is no GREASE value", x)
			}
			for j := range i {
				if v[j] == x {
					pairs[[2]int{j, i}]++
				}
			}
		}
	}
	if n := pairs[[2]int{4, 5}]; n != 0 {
		t.Errorf("the two extensions were equal %d times", n)
	}
	delete(pairs, [2]int{4, 5})
	if len(pairs) != 14 {
		t.Errorf("only %d pairs of slots were ever equal", len(pairs))
	}
	for p, n := range pairs {
		if n < rounds/16-80 || n > rounds/16+80 { // five sigma
			t.Errorf("slots %v were equal %d times in %d", p, n, rounds)
		}
	}
}

func TestGREASEExtensionsExhausted(t *testing.T) {
	t.Parallel()
	d, _ := newDraw(newSeeded(3))
	g := newGREASE(d)
	for range maxGREASE {
		g.extension(d)
	}
	slices.Sort(g.extensions)
	if n := len(slices.Compact(g.extensions)); n != maxGREASE {
		t.Errorf("%d different values", n)
	}
}

func TestPermuteIsUniform(t *testing.T) {
	t.Parallel()
	d, _ := newDraw(newSeeded(4))
	ids := []fingerprint.ID{fingerprint.GREASE, 0, 10, 13, 16, fingerprint.GREASE, 21}
	p := &fingerprint.Permute{First: []string{"grease", "cookie"}, Last: []string{"grease#2", "padding", "pre_shared_key"}}
	const rounds = 24_000
	seen := map[[4]fingerprint.ID]int{}
	for range rounds {
		list := make([]offer, len(ids))
		for i, id := range ids {
			list[i] = offer{id: id, nth: 1}
		}
		list[5].nth = 2
		permute(list, p, d)
		if list[0].nth != 1 || !list[0].id.IsGREASE() || list[5].nth != 2 || !list[5].id.IsGREASE() || list[6].id != 21 {
			t.Fatalf("ends %v %v %v", list[0], list[5], list[6])
		}
		seen[[4]fingerprint.ID{list[1].id, list[2].id, list[3].id, list[4].id}]++
	}
	if len(seen) != 24 {
		t.Errorf("%d of 24 orders", len(seen))
	}
	for order, n := range seen {
		if n < 1000-155 || n > 1000+155 { // five sigma
			t.Errorf("%v came %d times in %d", order, n, rounds)
		}
	}
}

func TestPermuteMovesNamesToTheEnds(t *testing.T) {
	t.Parallel()
	d, _ := newDraw(newSeeded(5))
	list := []offer{{id: 0, nth: 1}, {id: 16, nth: 1}, {id: 13, nth: 1}, {id: 10, nth: 1}}
	permute(list, &fingerprint.Permute{First: []string{"supported_groups", "signature_algorithms"}, Last: []string{"alpn", "server_name"}}, d)
	got := []fingerprint.ID{list[0].id, list[1].id, list[2].id, list[3].id}
	if want := []fingerprint.ID{10, 13, 16, 0}; !slices.Equal(got, want) {
		t.Errorf("got %v, want %v", got, want)
	}
}

func TestSameRandomnessSameHello(t *testing.T) {
	t.Parallel()
	for _, b := range browsers(t) {
		first, _ := send(t, &Config{Hello: b.hello, Vary: b.vary, Rand: newSeeded(6)})
		again, _ := send(t, &Config{Hello: b.hello, Vary: b.vary, Rand: newSeeded(6)})
		other, _ := send(t, &Config{Hello: b.hello, Vary: b.vary, Rand: newSeeded(7)})
		if !bytes.Equal(first, again) {
			t.Errorf("%s: two hellos from the same randomness differ", b.name)
		}
		if bytes.Equal(first, other) {
			t.Errorf("%s: the hello does not depend on the randomness", b.name)
		}
	}
}

func TestModelIsNotModified(t *testing.T) {
	t.Parallel()
	for _, b := range browsers(t) {
		before := (&fingerprint.Fingerprint{TLS: b.hello}).Leaves()
		send(t, &Config{Hello: b.hello, Vary: b.vary})
		if !slices.Equal(before, (&fingerprint.Fingerprint{TLS: b.hello}).Leaves()) {
			t.Errorf("%s was modified", b.name)
		}
	}
}
