package fpserver

import (
	"sync/atomic"

	"github.com/wirelike/wirelike/fingerprint"
)

const (
	keepBody  = 4 << 10 // bytes kept of each body
	maxElided = 1 << 13 // gaps in one recording
	maxKept   = 4096    // requests of a connection that are kept for good
)

// elisionSize is the memory of one gap, in bytes.
const elisionSize = 16

// budget is what the recordings and request logs of a server may hold together, in bytes.
type budget struct {
	used atomic.Int64
	max  int64
}

func (b *budget) take(n int) bool {
	if b.used.Add(int64(n)) > b.max {
		b.used.Add(-int64(n))
		return false
	}
	return true
}

// recording is what a client sent inside of TLS, with the gaps where bodies were cut. It only grows, up to its limit:
// then it is full and stays as it is.
type recording struct {
	bytes  []byte
	elided []fingerprint.Elision
	full   bool
	limit  int
	sealed bool // the connection has ended: nothing may be added any more
	taken  int  // bytes that the budget was asked for
	budget *budget
}

// reserve asks for room for n bytes, all or nothing.
func (r *recording) reserve(n int) bool {
	if r.full || len(r.bytes)+n > r.limit || !r.budget.take(n) {
		r.full = true
		return false
	}
	r.taken += n
	return true
}

// charge counts memory that has been spent already, whether the budget has room for it or not.
func (r *recording) charge(n int) {
	r.budget.used.Add(int64(n))
	r.taken += n
}

// giveBack takes the recording off the budget.
func (r *recording) giveBack() {
	r.budget.used.Add(-int64(r.taken))
	r.taken = 0
}

// keep appends bytes that room has been reserved for.
func (r *recording) keep(b []byte) {
	if !r.full {
		r.bytes = append(r.bytes, b...)
	}
}

// elide notes that n bytes of a body are missing here.
func (r *recording) elide(n int) {
	if r.full || n == 0 {
		return
	}
	if last := len(r.elided) - 1; last >= 0 && r.elided[last].Offset == len(r.bytes) {
		r.elided[last].Length += int64(n)
		return
	}
	if len(r.elided) == maxElided || !r.budget.take(elisionSize) {
		r.full = true
		return
	}
	r.taken += elisionSize
	r.elided = append(r.elided, fingerprint.Elision{Offset: len(r.bytes), Length: int64(n)})
}
