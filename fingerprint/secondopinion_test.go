//go:build ja3_disable_gopacket

package fingerprint

import (
	"testing"

	dreadl0ck "github.com/dreadl0ck/ja3"
)

// TestJA3SecondOpinion compares JA3 with that of dreadl0ck/ja3 on every hello of the corpus. Without the build tag that
// module would need libpcap.
func TestJA3SecondOpinion(t *testing.T) {
	compared := 0
	for _, c := range readCorpus(t) {
		other := argument(dreadl0ck.Bare)
		if err := other.Unmarshal(record(c.Hello)); err != nil {
			t.Errorf("%s: the other parser refuses it: %v", c.Source, err)
			continue
		}
		text, hash, err := JA3(parseHello(t, c.Hello))
		if err != nil {
			t.Errorf("%s: %v", c.Source, err)
			continue
		}
		compared++
		if want := string(dreadl0ck.Bare(other)); text != want {
			t.Errorf("%s: JA3 is\n%s, the other has\n%s", c.Source, text, want)
		}
		if want := dreadl0ck.DigestHex(other); hash != want {
			t.Errorf("%s: JA3 is %s, the other has %s", c.Source, hash, want)
		}
	}
	if compared < 250 {
		t.Errorf("only %d hellos were compared", compared)
	}
	t.Logf("%d hellos", compared)
}

// argument returns a new value of the kind that f takes: its package has no name for it.
func argument[T any](f func(*T) []byte) *T { return new(T) }

// record puts a hello into one TLS record, as nobody would send it when it is longer than 16 KiB.
func record(msg []byte) []byte {
	return append([]byte{22, 3, 1, byte(len(msg) >> 8), byte(len(msg))}, msg...)
}
