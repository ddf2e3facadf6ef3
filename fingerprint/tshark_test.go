package fingerprint

import (
	"bytes"
	"encoding/binary"
	"os"
	"os/exec"
	"path/filepath"
	"regexp"
	"strconv"
	"strings"
	"testing"
)

// TestTshark compares JA3, and JA4 from tshark 4.2 on, with those of tshark on every hello of the corpus, each in a TCP
// connection of its own in one capture file.
func TestTshark(t *testing.T) {
	path, err := exec.LookPath("tshark")
	if err != nil {
		t.Skip("tshark is not installed: no second opinion on JA3 and JA4 from it")
	}
	major, minor := tsharkVersion(t, path)
	if major < 4 {
		t.Skipf("tshark %d.%d is too old: 4.0 is the first that knows JA3", major, minor)
	}
	columns := []string{"tcp.srcport", "tls.handshake.ja3_full", "tls.handshake.ja3"}
	if major > 4 || minor >= 2 {
		columns = append(columns, "tls.handshake.ja4")
	}
	hellos := readCorpus(t)
	file := filepath.Join(t.TempDir(), "hellos.pcap")
	if err := os.WriteFile(file, packets(hellos), 0o644); err != nil {
		t.Fatal(err)
	}
	args := []string{"-n", "-r", file, "-Y", "tls.handshake.type == 1", "-T", "fields", "-E", "separator=;"}
	for _, c := range columns {
		args = append(args, "-e", c)
	}
	out, err := exec.CommandContext(t.Context(), path, args...).Output()
	if err != nil {
		t.Fatal(err)
	}
	seen := map[int]bool{}
	faults := 0
	for line := range strings.Lines(string(out)) {
		values := strings.Split(strings.TrimSpace(line), ";")
		port, err := strconv.Atoi(values[0])
		if err != nil || len(values) != len(columns) || port < firstPort || port >= firstPort+len(hellos) || seen[port] {
			t.Fatalf("line %q", line)
		}
		seen[port] = true
		c := hellos[port-firstPort]
		h := parseHello(t, c.Hello)
		for _, r := range Sums(&Fingerprint{TLS: h}) {
			switch {
			case r.Name == "ja3" && (r.Text != values[1] || r.Hash != values[2]):
				t.Errorf("%s: JA3 is %s %s, tshark has %s %s", c.Source, r.Text, r.Hash, values[1], values[2])
			case r.Name == "ja4" && len(values) > 3 && r.Hash != values[3]:
				same := func(s string) string { return s[:strings.LastIndexByte(s, '_')+1] } // what stands before the signature algorithms
				if faults++; tsharkJA4Fault(h) == "" || same(r.Hash) != same(values[3]) {
					t.Errorf("%s: JA4 is %s, tshark has %s", c.Source, r.Hash, values[3])
				}
			}
		}
	}
	if len(seen) != len(hellos) || len(seen) < 250 {
		t.Errorf("tshark saw %d of %d hellos", len(seen), len(hellos))
	}
	t.Logf("tshark %d.%d: %d hellos, columns %v, %d known faults of its JA4", major, minor, len(seen), columns[1:], faults)
}

// tsharkJA4Fault says what is known to make tshark's JA4 another than the definition's, "" for nothing.
func tsharkJA4Fault(h *ClientHello) string {
	if e := h.Extension(ExtSignatureAlgorithms); e != nil {
		for _, id := range e.List {
			if id.IsGREASE() {
				return "it hashes GREASE signature algorithms, which the definition ignores like all GREASE (seen in 4.4.18)"
			}
		}
	}
	return ""
}

func tsharkVersion(t *testing.T, path string) (major, minor int) {
	t.Helper()
	out, err := exec.CommandContext(t.Context(), path, "--version").Output()
	if err != nil {
		t.Fatal(err)
	}
	m := regexp.MustCompile(`(?m)^TShark.*? (\d+)\.(\d+)\.`).FindSubmatch(out)
	if m == nil {
		t.Fatalf("no version in %.200q", out)
	}
	major, _ = strconv.Atoi(string(m[1]))
	minor, _ = strconv.Atoi(string(m[2]))
	return major, minor
}

const (
	firstPort = 20_000 // of the client of the first hello
	segment   = 1_400  // bytes
)

// packets returns a capture file (pcap 2.4, Ethernet) with a connection to port 443 for each hello: handshake, and the
// hello in one TLS record, in segments as an Ethernet carries them.
func packets(hellos []corpusHello) []byte {
	b := &bytes.Buffer{}
	binary.Write(b, binary.LittleEndian, [6]uint32{0xa1b2c3d4, 4<<16 | 2, 0, 0, 1 << 16, 1})
	const syn, ack, push = 2, 16, 8
	for i, c := range hellos {
		client, server := firstPort+i, 443
		frame(b, client, server, 1000, 0, syn, nil)
		frame(b, server, client, 5000, 1001, syn|ack, nil)
		frame(b, client, server, 1001, 5001, ack, nil)
		data := append([]byte{22, 3, 1, byte(len(c.Hello) >> 8), byte(len(c.Hello))}, c.Hello...)
		for at := 0; at < len(data); at += segment {
			frame(b, client, server, 1001+at, 5001, ack|push, data[at:min(at+segment, len(data))])
		}
	}
	return b.Bytes()
}

// frame appends one packet with an Ethernet, an IPv4 and a TCP header; checksums are zero, which nobody looks at.
func frame(b *bytes.Buffer, from, to, seq, ack int, flags byte, data []byte) {
	n := 14 + 20 + 20 + len(data)
	binary.Write(b, binary.LittleEndian, [4]uint32{0, 0, uint32(n), uint32(n)})
	p := make([]byte, 0, n)
	p = append(p, 2, 0, 0, 0, 0, 1, 2, 0, 0, 0, 0, 2, 8, 0)
	p = append(p, 0x45, 0)
	p = binary.BigEndian.AppendUint16(p, uint16(n-14))
	p = append(p, 0, 0, 0x40, 0, 64, 6, 0, 0)
	p = append(p, 10, 0, byte(from>>8), byte(from), 10, 0, byte(to>>8), byte(to))
	p = binary.BigEndian.AppendUint16(p, uint16(from))
	p = binary.BigEndian.AppendUint16(p, uint16(to))
	p = binary.BigEndian.AppendUint32(p, uint32(seq))
	p = binary.BigEndian.AppendUint32(p, uint32(ack))
	p = append(p, 0x50, flags, 0xff, 0xff, 0, 0, 0, 0)
	b.Write(append(p, data...))
}
