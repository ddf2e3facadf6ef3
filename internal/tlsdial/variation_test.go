package tlsdial

import (
	"context"
	"crypto/tls"
	"fmt"
	"math"
	"os"
	"slices"
	"strings"
	"testing"
	"time"

	utls "github.com/refraction-networking/utls"

	"github.com/wirelike/wirelike/fingerprint"
	"github.com/wirelike/wirelike/internal/testnet"
	"github.com/wirelike/wirelike/profiles"
)

// chance is the probability with which a single chi-square test would reject what is uniform. The seeds are fixed, so
// that a test that passes once always does; together the tests below reject a good client with one seed of some thousand.
const (
	chance      = 1e-6
	chanceSigma = 4.7534 // the normal deviate that is exceeded with that probability
)

// critical returns the value that chi-square with df degrees of freedom exceeds by chance (Wilson and Hilferty 1931).
func critical(df int) float64 {
	v := 2 / (9 * float64(df))
	return float64(df) * math.Pow(1-v+chanceSigma*math.Sqrt(v), 3)
}

// uniform returns chi-square of counts that should be equal.
func uniform(counts []int) float64 {
	total := 0
	for _, n := range counts {
		total += n
	}
	mean, sum := float64(total)/float64(len(counts)), 0.0
	for _, n := range counts {
		sum += (float64(n) - mean) * (float64(n) - mean) / mean
	}
	return sum
}

// skewed tells whether counts, of which there are at least two, are too far from equal.
func skewed(counts []int) bool { return uniform(counts) > critical(len(counts)-1) }

func TestCritical(t *testing.T) {
	for df, want := range map[int]float64{2: 27.63, 4: 33.38, 16: 58.32, 254: 375.87} {
		if got := critical(df); got < want || got > want*1.1 {
			t.Errorf("df %d: %.2f, want %.2f or a little more", df, got, want)
		}
	}
}

// say returns the hello of a fresh connection.
func say(t *testing.T, cfg *Config) []byte {
	t.Helper()
	c := &testnet.Mute{}
	if _, err := Client(context.Background(), c, "localhost", cfg); err == nil || len(c.Sent) < 9 {
		t.Fatalf("%d bytes, %v", len(c.Sent), err)
	}
	return c.Sent[5 : 5+int(c.Sent[3])<<8+int(c.Sent[4])]
}

// profileConfig returns the configuration with which the engine sends the first hello of a profile.
func profileConfig(p *profiles.Profile) *Config {
	return &Config{Hello: p.First.TLS, Vary: &p.Vary, TLS: p.TLS}
}

// hellosPerProfile is how many hellos are drawn: 20,000 with WIRELIKE_SOAK=1.
func hellosPerProfile() int {
	if os.Getenv("WIRELIKE_SOAK") == "1" {
		return 20_000
	}
	return 1_500
}

// drawn is what many hellos of one profile had.
type drawn struct {
	hellos  int
	names   []string         // of the extensions that are shuffled, in the order of the profile
	place   map[string][]int // how often each of them came to each place between the ends
	triples map[[3]string]*[6]int
	orders  map[string]bool
	values  map[string]map[string]int // of the leaves that vary, by path
	pairs   map[[2]string]int         // how often two GREASE slots had the same value
	slots   []string                  // the GREASE leaves
	config  [256]int                  // ECH config ids
	once    map[string]bool           // everything that must never come twice
}

func newDrawn(p *profiles.Profile) *drawn {
	d := &drawn{
		place: map[string][]int{}, triples: map[[3]string]*[6]int{}, orders: map[string]bool{}, values: map[string]map[string]int{},
		pairs: map[[2]string]int{}, once: map[string]bool{},
	}
	hello := &fingerprint.Fingerprint{TLS: p.First.TLS}
	for _, l := range hello.Leaves() {
		switch {
		case l.Value == fingerprint.GREASE.String():
			d.slots = append(d.slots, l.Path)
			d.values[l.Path] = map[string]int{}
		case l.Path == "tls.extensions.order" && p.Vary.Permute != nil:
			for name := range strings.SplitSeq(l.Value, ",") {
				if !slices.Contains(p.Vary.Permute.First, name) && !slices.Contains(p.Vary.Permute.Last, name) {
					d.names = append(d.names, name)
				}
			}
		}
	}
	for _, o := range p.Vary.OneOf {
		if strings.HasPrefix(o.Path, "tls.") {
			d.values[o.Path] = map[string]int{}
		}
	}
	for i, name := range d.names {
		d.place[name] = make([]int, len(d.names))
		if i >= 2 {
			d.triples[[3]string(d.names[i-2:i+1])] = &[6]int{}
		}
	}
	return d
}

func (d *drawn) add(t *testing.T, msg []byte) {
	t.Helper()
	h, err := fingerprint.ParseClientHello(msg)
	if err != nil {
		t.Fatal(err)
	}
	d.hellos++
	got := map[string]string{}
	for _, l := range (&fingerprint.Fingerprint{TLS: h}).Leaves() {
		if values, ok := d.values[l.Path]; ok {
			values[l.Value]++
			got[l.Path] = l.Value
		} else if l.Path == "tls.extensions.order" {
			d.order(t, l.Value)
		}
	}
	for i, a := range d.slots {
		for _, b := range d.slots[:i] {
			if got[a] == got[b] {
				d.pairs[[2]string{b, a}]++
			}
		}
	}
	d.fresh(t, h, split(t, msg))
}

// order counts the places of the extensions that are shuffled.
func (d *drawn) order(t *testing.T, order string) {
	d.orders[order] = true
	if len(d.names) == 0 {
		return
	}
	all := strings.Split(order, ",")
	first := slices.IndexFunc(all, func(name string) bool { return d.place[name] != nil })
	at := map[string]int{}
	for i, name := range all[first : first+len(d.names)] {
		if d.place[name] == nil {
			t.Fatalf("%s lies between the ends", name)
		}
		at[name] = i
		d.place[name][i]++
	}
	for names, counts := range d.triples {
		a, b, c := at[names[0]], at[names[1]], at[names[2]]
		n := 0
		for i, less := range [...]bool{a < b, a < c, b < c} {
			if less {
				n |= 1 << i
			}
		}
		counts[[8]int{0, 1, -1, 2, 3, -1, 4, 5}[n]]++ // two of eight are no order
	}
}

// fresh takes note of what must not come twice.
func (d *drawn) fresh(t *testing.T, h *fingerprint.ClientHello, r raw) {
	parts := map[string][]byte{"random": r.random, "session id": r.sid}
	if e := h.Extension(fingerprint.ExtEncryptedClientHello); e != nil {
		body := r.bodies[fingerprint.ExtEncryptedClientHello]
		d.config[body[5]]++
		parts["enc"], parts["payload"] = body[8:8+e.ECH.EncLength], body[10+e.ECH.EncLength:]
	}
	p := r.bodies[fingerprint.ExtKeyShare][2:]
	for _, s := range h.Extension(fingerprint.ExtKeyShare).Shares {
		key := p[4 : 4+s.Length]
		p = p[4+s.Length:]
		if !s.Group.IsGREASE() && s.Reuses == 0 {
			parts["key share "+s.Group.String()] = key[:min(32, len(key))]
			parts["end of key share "+s.Group.String()] = key[max(0, len(key)-32):]
			if s.Length == 32 {
				delete(parts, "end of key share "+s.Group.String())
			}
		}
	}
	for what, b := range parts {
		if len(b) < 16 {
			t.Fatalf("%s of %d bytes", what, len(b))
		}
		if d.once[string(b)] {
			t.Errorf("hello %d: %s %x was sent before", d.hellos, what, b)
		}
		d.once[string(b)] = true
	}
}

// check compares the sample with what the profile says; n is how many tests it made.
func (d *drawn) check(p *profiles.Profile) (wrong []string, n int) {
	test := func(ok bool, format string, args ...any) {
		if n++; !ok {
			wrong = append(wrong, fmt.Sprintf(format, args...))
		}
	}
	for place := range d.names {
		var counts []int
		for _, name := range d.names {
			counts = append(counts, d.place[name][place])
		}
		test(!skewed(counts), "place %d: chi-square %.0f > %.0f, %v", place, uniform(counts), critical(len(counts)-1), counts)
	}
	for _, name := range d.names {
		counts := d.place[name]
		test(!skewed(counts), "places of %s: chi-square %.0f > %.0f, %v", name, uniform(counts), critical(len(counts)-1), counts)
	}
	for names, counts := range d.triples {
		test(!skewed(counts[:]), "orders of %v: chi-square %.0f, %v", names, uniform(counts[:]), *counts)
	}
	orders := 1
	if p.Vary.Permute != nil {
		orders = d.hellos
	}
	test(len(d.orders) == orders, "%d orders of extensions in %d hellos, want %d", len(d.orders), d.hellos, orders)
	for path, values := range d.values {
		want := 16 // GREASE
		for _, o := range p.Vary.OneOf {
			if o.Path == path {
				want = len(o.Values)
			}
		}
		var counts []int
		for _, k := range values {
			counts = append(counts, k)
		}
		test(len(counts) == want && !skewed(counts), "%s took %d values of %d: %v", path, len(counts), want, values)
	}
	for i, a := range d.slots {
		for _, b := range d.slots[:i] {
			got, low, high := d.pairs[[2]string{b, a}], 0, 0
			switch {
			case together(p.Vary.Equal, a, b):
				low, high = d.hellos, d.hellos
			case !together(p.Vary.Distinct, a, b):
				mean := float64(d.hellos) / 16
				off := chanceSigma * math.Sqrt(mean*15/16)
				low, high = int(mean-off), int(mean+off)
			}
			test(got >= low && got <= high, "%s and %s are equal %d times, want %d to %d", b, a, got, low, high)
		}
	}
	if p.First.TLS.Extension(fingerprint.ExtEncryptedClientHello) != nil {
		test(!skewed(d.config[:]), "ECH config ids: chi-square %.0f, %v", uniform(d.config[:]), d.config)
		test(d.hellos < 5_000 || !slices.Contains(d.config[:], 0), "not all ECH config ids in %d hellos: %v", d.hellos, d.config)
	}
	return wrong, n
}

func together(groups [][]string, a, b string) bool {
	return slices.ContainsFunc(groups, func(g []string) bool { return slices.Contains(g, a) && slices.Contains(g, b) })
}

// TestVariation draws many hellos of each profile: what varies does so over its whole range and evenly, what correlates
// does so always, what is independent only by chance, and what must be new is.
func TestVariation(t *testing.T) {
	t.Parallel()
	for i, name := range testnet.SomeProfiles(profiles.Names()) {
		t.Run(name, func(t *testing.T) {
			t.Parallel()
			p, err := profiles.Lookup(name)
			if err != nil {
				t.Fatal(err)
			}
			cfg := profileConfig(p)
			cfg.Rand = newSeeded(100 + byte(i))
			d := newDrawn(p)
			for range hellosPerProfile() {
				d.add(t, say(t, cfg))
			}
			wrong, n := d.check(p)
			for _, w := range wrong {
				t.Error(w)
			}
			if p.Vary.Permute != nil && n < 60 {
				t.Errorf("only %d tests", n)
			}
			t.Logf("%d hellos, %d tests at p = %g, %d values that must not repeat", d.hellos, n, chance, len(d.once))
		})
	}
}

// TestVariationSeesTheShuffleOfUTLS: the tests of order would not pass the shuffle of utls, which leaves out the swaps
// with the ends and so lets an extension keep its place twice as often as chance has it. That shuffle takes no seed, so
// what is asked for here is far from what could happen by chance: one place may look evenly taken in one run of some
// hundred, half of them do not.
func TestVariationSeesTheShuffleOfUTLS(t *testing.T) {
	t.Parallel()
	for _, name := range testnet.SomeProfiles(profiles.Names()) {
		p, err := profiles.Lookup(name)
		if err != nil {
			t.Fatal(err)
		}
		if p.Vary.Permute == nil {
			continue
		}
		d := newDrawn(p)
		for range 2_500 {
			d.hellos++
			d.order(t, strings.Join(shuffledByUTLS(d.names), ","))
		}
		places, kept := 0, 0
		for place, name := range d.names {
			var counts []int
			for _, name := range d.names {
				counts = append(counts, d.place[name][place])
			}
			if skewed(counts) && skewed(d.place[name]) {
				places++
			}
			kept += counts[place]
		}
		if wrong, _ := d.check(p); 2*places < len(d.names) || len(wrong) < places {
			t.Errorf("%s: only %d places of %d are seen to be unevenly taken, %q", name, places, len(d.names), wrong)
		}
		if 2*kept < 3*d.hellos { // chance has each hello leave one extension where it was, utls' shuffle nearly two
			t.Errorf("%s: extensions kept their places %d times in %d hellos", name, kept, d.hellos)
		}
	}
}

// shuffledByUTLS returns names in the order that utls' shuffle gives the extensions between two GREASE ones.
func shuffledByUTLS(names []string) []string {
	exts := []utls.TLSExtension{&utls.UtlsGREASEExtension{}}
	for i := range names {
		exts = append(exts, &utls.GenericExtension{Id: uint16(i)})
	}
	exts = append(exts, &utls.UtlsGREASEExtension{})
	var order []string
	for _, x := range utls.ShuffleChromeTLSExtensions(exts) {
		if x, ok := x.(*utls.GenericExtension); ok {
			order = append(order, names[x.Id])
		}
	}
	return order
}

// TestVariationLive makes connections: no two have the same random, session id or, where they are shuffled, order.
func TestVariationLive(t *testing.T) {
	t.Parallel()
	ca := testnet.NewCA(t, time.Now())
	addr := echo(t, &tls.Config{Certificates: []tls.Certificate{ca.Leaf()}}, nil)
	for _, name := range testnet.EveryHello(profiles.Names()) {
		p, err := profiles.Lookup(name)
		if err != nil {
			t.Fatal(err)
		}
		cfg := profileConfig(p)
		cfg.RootCAs = ca.Pool()
		d := newDrawn(p)
		for range 20 {
			c, wire := connect(t, addr, "localhost", cfg)
			hellos, _ := wire.hellos(t)
			d.add(t, hellos[0])
			c.Close()
		}
		if p.Vary.Permute != nil && len(d.orders) != 20 {
			t.Errorf("%s: %d orders on 20 connections", name, len(d.orders))
		}
		parts := 4 // random, session id, key and what is inside of encrypted_client_hello
		if p.First.TLS.Extension(fingerprint.ExtEncryptedClientHello) == nil {
			parts = 3
		}
		if len(d.once) < 20*parts {
			t.Errorf("%s: only %d values were looked at", name, len(d.once))
		}
	}
}
