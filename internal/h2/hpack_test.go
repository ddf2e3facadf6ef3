package h2

import (
	"bytes"
	"fmt"
	"math/rand/v2"
	"slices"
	"strings"
	"testing"

	"golang.org/x/net/http2/hpack"

	"github.com/wirelike/wirelike/fingerprint"
)

func testEncoder(t testing.TB, policy string) *encoder {
	t.Helper()
	p, err := policyNamed(policy)
	if err != nil {
		t.Fatal(err)
	}
	return newEncoder(p)
}

// fields makes fields of name, value pairs.
func fields(pairs ...string) []fingerprint.Field {
	var f []fingerprint.Field
	for i := 0; i < len(pairs); i += 2 {
		f = append(f, fingerprint.Field{Name: pairs[i], Value: pairs[i+1]})
	}
	return f
}

// forms returns the representations in a header block, by an HTTP2Parser.
func forms(t *testing.T, blocks ...[]byte) []string {
	t.Helper()
	p := fingerprint.NewHTTP2Parser()
	b := []byte(fingerprint.Preface)
	for i, block := range blocks {
		b = append(appendHeader(b, len(block), 1, 0x5, uint32(2*i+1)), block...)
	}
	if _, err := p.Write(b); err != nil {
		t.Fatal(err)
	}
	var out []string
	last := p.HTTP2().Requests[len(blocks)-1]
	for _, v := range last.TableSizeUpdates {
		out = append(out, fmt.Sprintf("size-update:%d", v))
	}
	for _, f := range last.Fields {
		out = append(out, f.Form.String())
	}
	return out
}

func TestEncoderForms(t *testing.T) {
	long := strings.Repeat("v", 2100)
	for _, tt := range []struct {
		name, reason, policy string
		before, fields       []fingerprint.Field
		want                 []string
	}{
		{"static", "a whole match in the static table is its index", "chromium", nil,
			fields(":method", "GET", ":path", "/", ":path", "/index.html", ":scheme", "http", "accept-encoding", "gzip, deflate"),
			[]string{"indexed:2", "indexed:4", "indexed:5", "indexed:6", "indexed:16"}},
		{"pseudo", "Chromium indexes no pseudo-header field but :authority; names take their lowest index", "chromium", nil,
			fields(":method", "PUT", ":authority", "localhost", ":path", "/x", ":protocol", "websocket"),
			[]string{"without-indexing:2:value-p", "incremental:1:value-h", "without-indexing:4:value-p", "without-indexing:0:name-h,value-h"}},
		{"shorter", "Chromium uses Huffman only when that is strictly shorter", "chromium", nil,
			fields("x", "u=1", "xx", "aaaa", "xxxxxxxx", ""),
			[]string{"incremental:0:name-p,value-p", "incremental:0:name-p,value-h", "incremental:0:name-h,value-p"}},
		{"newest name", "the name of a literal is taken from the newest entry", "chromium",
			fields("x-a", "1", "x-a", "2"), fields("x-a", "3"), []string{"incremental:62:value-p"}},
		{"newest match", "of two equal entries the newest is meant, here of different names", "chromium",
			fields("x-a", "1", "x-b", "1"), fields("x-a", "1", "x-b", "1"), []string{"indexed:63", "indexed:62"}},
		{"crumbs", "Chromium indexes short cookies, too", "chromium", nil,
			fields("cookie", "a=1"), []string{"incremental:32:value-h"}},
		{"last name", "Firefox takes the last entry with the name: POST's index for PUT", "firefox", nil,
			fields(":method", "PUT", "x-a", "1", "x-a", "2", "x-a", "3"),
			[]string{"incremental:3:value-h", "incremental:0:name-h,value-h", "incremental:62:value-h", "incremental:63:value-h"}},
		{"path", "Firefox never indexes :path, but its walk stops at /", "firefox", nil,
			fields(":path", "/", ":path", "/index.html", ":path", "/x"),
			[]string{"without-indexing:4:value-h", "without-indexing:5:value-h", "without-indexing:5:value-h"}},
		{"secrets", "Firefox never indexes credentials and cookies below 20 bytes", "firefox", nil,
			fields("authorization", "Basic eDp5", "cookie", strings.Repeat("c", 19), "cookie", strings.Repeat("c", 20)),
			[]string{"never-indexed:23:value-h", "never-indexed:32:value-h", "incremental:32:value-h"}},
		{"secret twice", "nor are they looked up", "firefox",
			fields("cookie", strings.Repeat("c", 20)), fields("cookie", "c"), []string{"never-indexed:62:value-h"}},
		{"half", "Firefox keeps out what takes more than half of the table", "firefox", nil,
			fields("x-a", strings.Repeat("v", 2048-32-3), "x-a", strings.Repeat("v", 2048-32-2), "x-a", long),
			[]string{"incremental:0:name-h,value-h", "without-indexing:62:value-h", "without-indexing:62:value-h"}},
		{"neutral", "without profile all that fits is indexed, names by their highest static index", "", nil,
			fields(":method", "PUT", ":path", "/x", "cookie", "a=1", "x-a", long, "x-b", long+long),
			[]string{"incremental:3:value-p", "incremental:5:value-p", "incremental:32:value-h", "incremental:0:name-p,value-h", "without-indexing:0:name-p,value-h"}},
	} {
		t.Run(tt.policy+"/"+tt.name, func(t *testing.T) {
			e := testEncoder(t, tt.policy)
			blocks := [][]byte{e.appendBlock(nil, tt.before)}
			blocks = append(blocks, e.appendBlock(nil, tt.fields))
			if got := forms(t, blocks...); !slices.Equal(got, tt.want) {
				t.Errorf("%s:\ngot  %q\nwant %q", tt.reason, got, tt.want)
			}
		})
	}
}

func TestEncoderTableSize(t *testing.T) {
	f := fields("x-a", "1")
	for _, tt := range []struct {
		name, reason, policy string
		allow                []uint32
		want                 []string
	}{
		{"same", "Chromium says nothing when nothing changes", "chromium", []uint32{4096}, []string{"indexed:62"}},
		{"same", "Firefox answers every setting", "firefox", []uint32{4096}, []string{"size-update:4096", "indexed:62"}},
		{"same", "Go answers every setting", "", []uint32{4096}, []string{"size-update:4096", "indexed:62"}},
		{"grown", "a larger table keeps its entries", "chromium", []uint32{65536}, []string{"size-update:65536", "indexed:62"}},
		{"zero", "a table of no bytes is empty; Chromium goes on to index", "chromium", []uint32{0}, []string{"size-update:0", "incremental:0:name-p,value-p"}},
		{"zero", "Firefox indexes nothing in a table below 128 bytes", "firefox", []uint32{0}, []string{"size-update:0", "without-indexing:0:name-h,value-h"}},
		{"small", "even what would fit", "firefox", []uint32{127}, []string{"size-update:127", "indexed:62"}},
		{"dip", "the lowest size is said first, and has emptied the table", "chromium", []uint32{0, 4096}, []string{"size-update:0", "size-update:4096", "incremental:0:name-p,value-p"}},
		{"dip", "in Firefox, too", "firefox", []uint32{0, 4096}, []string{"size-update:0", "size-update:4096", "incremental:0:name-h,value-h"}},
		{"rise and fall", "the lowest of all sizes since the last block counts, not the first", "chromium", []uint32{9000, 0, 8000}, []string{"size-update:0", "size-update:8000", "incremental:0:name-p,value-p"}},
	} {
		t.Run(tt.policy+"/"+tt.name, func(t *testing.T) {
			e := testEncoder(t, tt.policy)
			e.appendBlock(nil, f)
			for _, v := range tt.allow {
				e.allow(v)
			}
			second := e.appendBlock(nil, f)
			first := testEncoder(t, tt.policy).appendBlock(nil, f)
			if got := forms(t, first, second); !slices.Equal(got, tt.want) {
				t.Errorf("%s:\ngot  %q\nwant %q", tt.reason, got, tt.want)
			}
			if third := e.appendBlock(nil, nil); len(third) != 0 {
				t.Errorf("update repeated: %x", third)
			}
		})
	}
}

// TestEncoderTableSizeBytes has the sizes that x/net's decoder does not accept: two updates before a table that is not
// empty, and very large ones.
func TestEncoderTableSizeBytes(t *testing.T) {
	for _, tt := range []struct {
		name  string
		allow []uint32
		want  []byte
	}{
		{"shrunk and grown", []uint32{5000, 300, 400}, []byte{0x3f, 0x8d, 0x02, 0x3f, 0xf1, 0x02, 0xbe}},
		{"the largest, taken as it is", []uint32{1<<32 - 1}, []byte{0x3f, 0xe0, 0xff, 0xff, 0xff, 0x0f, 0xbe}},
	} {
		e := testEncoder(t, "chromium")
		e.appendBlock(nil, fields("x-a", "1"))
		for _, v := range tt.allow {
			e.allow(v)
		}
		if got := e.appendBlock(nil, fields("x-a", "1")); !bytes.Equal(got, tt.want) {
			t.Errorf("%s: %x, want %x", tt.name, got, tt.want)
		}
	}
}

// randomFields draws from few names and values, so that entries are met again, evicted and inserted anew.
func randomFields(r *rand.Rand) []fingerprint.Field {
	names := []string{":method", ":path", ":authority", "accept", "cookie", "user-agent", "x-a", "x-b", "x-long-name-that-is-not-in-any-table"}
	f := make([]fingerprint.Field, 1+r.IntN(20))
	for i := range f {
		f[i].Name = names[r.IntN(len(names))]
		f[i].Value = strings.Repeat(string(rune('a'+r.IntN(8))), r.IntN(5)*r.IntN(5)*(1+r.IntN(30)))
	}
	return f
}

// TestEncoderDecodes: whatever the policy and the table sizes, a decoder gets the same fields.
func TestEncoderDecodes(t *testing.T) {
	for i := range policies {
		t.Run(policies[i].name, func(t *testing.T) {
			r := rand.New(rand.NewPCG(1, uint64(i)))
			e := newEncoder(&policies[i])
			d := hpack.NewDecoder(4096, nil)
			d.SetAllowedMaxDynamicTableSize(1 << 30)
			for n := range 1000 {
				switch r.IntN(50) {
				case 0:
					e.allow(uint32(r.IntN(3000)))
				case 1:
					e.allow(uint32(r.IntN(300000)))
				}
				in := randomFields(r)
				got, err := d.DecodeFull(e.appendBlock(nil, in))
				if err != nil {
					t.Fatalf("block %d: %v", n, err)
				}
				if len(got) != len(in) {
					t.Fatalf("block %d: %d fields, want %d", n, len(got), len(in))
				}
				for j := range in {
					if got[j].Name != in[j].Name || got[j].Value != in[j].Value {
						t.Fatalf("block %d: field %d is %v, want %v", n, j, got[j], in[j])
					}
				}
				if e.table.size > maxTable || e.table.size > e.table.max {
					t.Fatalf("table of %d bytes", e.table.size)
				}
			}
		})
	}
}

// TestNeutralIsGo: the neutral policy writes what x/net's own encoder writes.
func TestNeutralIsGo(t *testing.T) {
	r := rand.New(rand.NewPCG(2, 2))
	e := testEncoder(t, "")
	var want bytes.Buffer
	x := hpack.NewEncoder(&want)
	x.SetMaxDynamicTableSizeLimit(maxTable)
	for n := range 1000 {
		if r.IntN(30) == 0 {
			v := uint32(r.IntN(maxTable))
			e.allow(v)
			x.SetMaxDynamicTableSize(v)
		}
		in := randomFields(r)
		want.Reset()
		for _, f := range in {
			if err := x.WriteField(hpack.HeaderField{Name: f.Name, Value: f.Value}); err != nil {
				t.Fatal(err)
			}
		}
		if got := e.appendBlock(nil, in); !bytes.Equal(got, want.Bytes()) {
			t.Fatalf("block %d of %v:\ngot  %x\nwant %x", n, in, got, want.Bytes())
		}
	}
}

// TestEncoderMemory: however large a table the server allows, the encoder remembers a bounded part of it.
func TestEncoderMemory(t *testing.T) {
	e := testEncoder(t, "chromium")
	e.allow(1<<32 - 1)
	value := strings.Repeat("v", 1000)
	var dst []byte
	for i := range 2000 {
		dst = e.appendBlock(dst[:0], fields("x-n", fmt.Sprint(i, value)))
	}
	if e.table.size > maxTable || len(e.table.ring) > 2*maxTable/32 {
		t.Errorf("table holds %d bytes in %d places", e.table.size, len(e.table.ring))
	}
}

func browserFields(n int) []fingerprint.Field {
	return fields(":method", "GET", ":authority", "localhost:8443", ":scheme", "https", ":path", fmt.Sprintf("/page/%d", n),
		"sec-ch-ua", `"Not:A-Brand";v="8", "Chromium";v="156"`, "sec-ch-ua-mobile", "?0", "sec-ch-ua-platform", `"Linux"`,
		"upgrade-insecure-requests", "1", "user-agent", "Mozilla/5.0 (X11; Linux x86_64) AppleWebKit/537.36 (KHTML, like Gecko) Chrome/156.0.0.0 Safari/537.36",
		"accept", "text/html,application/xhtml+xml,application/xml;q=0.9,image/avif,image/webp,image/apng,*/*;q=0.8",
		"sec-fetch-site", "none", "sec-fetch-mode", "navigate", "sec-fetch-user", "?1", "sec-fetch-dest", "document",
		"referer", fmt.Sprintf("https://localhost:8443/page/%d", n/2), "accept-encoding", "gzip, deflate, br, zstd",
		"accept-language", "en-US,en;q=0.9", "cookie", "alpha=1", "cookie", "gamma=a-long-cookie-value-of-more-than-twenty-bytes", "priority", "u=0, i")
}

// steadyEncoder returns an encoder whose table is full, and requests that differ from each other.
func steadyEncoder(t testing.TB, policy string) (*encoder, [][]fingerprint.Field) {
	e := testEncoder(t, policy)
	requests := make([][]fingerprint.Field, 200)
	var dst []byte
	for i := range requests {
		requests[i] = browserFields(i)
		dst = e.appendBlock(dst[:0], requests[i])
	}
	return e, requests
}

func TestEncoderAllocatesNothing(t *testing.T) {
	for i := range policies {
		e, requests := steadyEncoder(t, policies[i].name)
		dst := make([]byte, 0, 4096)
		n := 0
		if a := testing.AllocsPerRun(1000, func() {
			dst = e.appendBlock(dst[:0], requests[n%len(requests)])
			n++
		}); a != 0 {
			t.Errorf("%q: %v allocations per block", policies[i].name, a)
		}
	}
}

func BenchmarkEncoder(b *testing.B) {
	for i := range policies {
		b.Run("policy="+policies[i].name, func(b *testing.B) {
			e, requests := steadyEncoder(b, policies[i].name)
			dst := make([]byte, 0, 4096)
			b.ReportAllocs()
			for n := 0; b.Loop(); n++ {
				dst = e.appendBlock(dst[:0], requests[n%len(requests)])
			}
			b.ReportMetric(float64(e.table.n), "entries")
		})
	}
}
