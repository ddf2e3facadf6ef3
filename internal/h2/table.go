package h2

// entry is one field of an HPACK table.
type entry struct{ name, value string }

// size is the entry's size by RFC 7541 §4.1.
func (e *entry) size() uint64 { return uint64(len(e.name)) + uint64(len(e.value)) + 32 }

// staticTable is RFC 7541 Appendix A, index 1 first.
var staticTable = [...]entry{
	{":authority", ""}, {":method", "GET"}, {":method", "POST"}, {":path", "/"}, {":path", "/index.html"},
	{":scheme", "http"}, {":scheme", "https"}, {":status", "200"}, {":status", "204"}, {":status", "206"},
	{":status", "304"}, {":status", "400"}, {":status", "404"}, {":status", "500"}, {"accept-charset", ""},
	{"accept-encoding", "gzip, deflate"}, {"accept-language", ""}, {"accept-ranges", ""}, {"accept", ""},
	{"access-control-allow-origin", ""}, {"age", ""}, {"allow", ""}, {"authorization", ""}, {"cache-control", ""},
	{"content-disposition", ""}, {"content-encoding", ""}, {"content-language", ""}, {"content-length", ""},
	{"content-location", ""}, {"content-range", ""}, {"content-type", ""}, {"cookie", ""}, {"date", ""},
	{"etag", ""}, {"expect", ""}, {"expires", ""}, {"from", ""}, {"host", ""}, {"if-match", ""},
	{"if-modified-since", ""}, {"if-none-match", ""}, {"if-range", ""}, {"if-unmodified-since", ""},
	{"last-modified", ""}, {"link", ""}, {"location", ""}, {"max-forwards", ""}, {"proxy-authenticate", ""},
	{"proxy-authorization", ""}, {"range", ""}, {"referer", ""}, {"refresh", ""}, {"retry-after", ""},
	{"server", ""}, {"set-cookie", ""}, {"strict-transport-security", ""}, {"transfer-encoding", ""},
	{"user-agent", ""}, {"vary", ""}, {"via", ""}, {"www-authenticate", ""},
}

// staticByLength lists, for each length of a name, the static entries whose name has it, lowest index first.
var staticByLength = func() (t [32][]uint8) {
	for i := range staticTable {
		n := len(staticTable[i].name)
		t[n] = append(t[n], uint8(i))
	}
	return t
}()

// staticNames returns the positions in staticTable worth comparing with name.
func staticNames(name string) []uint8 {
	if len(name) >= len(staticByLength) {
		return nil
	}
	return staticByLength[len(name)]
}

// maxTable is how many bytes of the dynamic table an encoder remembers, at most.
const maxTable = 64 << 10

// table is the encoder's view of the dynamic table (RFC 7541 §2.3.2). The server may allow any size, and the encoder
// takes what the browser would take, but it remembers only the newest maxTable bytes: an entry that it has forgotten
// still counts in the server's table, is simply not referred to any more, and does not move the index of a newer one.
type table struct {
	ring []entry // length a power of two
	head int     // position of the newest entry
	n    int     // entries
	size uint64  // their bytes
	max  uint64  // the size in force
}

// at returns the i-th newest entry, counted from 0; its index is len(staticTable)+1+i.
func (t *table) at(i int) *entry { return &t.ring[(t.head-i)&(len(t.ring)-1)] }

// resize sets the table's size and evicts what no longer fits.
func (t *table) resize(max uint32) {
	t.max = uint64(max)
	t.evict(0)
}

// evict makes room for n bytes.
func (t *table) evict(n uint64) {
	limit := min(t.max, maxTable)
	for t.n > 0 && t.size+n > limit {
		last := t.at(t.n - 1)
		t.size -= last.size()
		*last = entry{}
		t.n--
	}
}

// add inserts an entry. One larger than the table empties it and is not inserted (RFC 7541 §4.4); one that is only too
// large to be remembered makes the encoder forget everything before it.
func (t *table) add(name, value string) {
	e := entry{name, value}
	n := e.size()
	t.evict(n)
	if n > min(t.max, maxTable) {
		return
	}
	if t.n == len(t.ring) {
		ring := make([]entry, max(16, 2*len(t.ring)))
		for i := range t.n {
			ring[t.n-1-i] = *t.at(i)
		}
		t.ring, t.head = ring, t.n-1
	}
	t.head = (t.head + 1) & (len(t.ring) - 1)
	t.ring[t.head] = e
	t.n++
	t.size += n
}
