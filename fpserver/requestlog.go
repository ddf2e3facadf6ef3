package fpserver

import (
	"fmt"
	"slices"

	"github.com/wirelike/wirelike/fingerprint"
)

const (
	maxLateRequests = 2048    // requests beyond the kept ones that wait for their handler
	maxFieldBytes   = 8 << 20 // of decoded fields, for the kept requests and again for the waiting ones
	parsePiece      = 16 << 10

	requestSize = 192 // bytes of memory of a fingerprint.Request
	fieldSize   = 48  // of a fingerprint.Field
	frameSize   = 96  // of a fingerprint.Frame
)

// requestLog reads what a HTTP/2 client sent, as late as possible: from the recording when somebody asks, and as it
// comes only once the recording is full. The first requests are kept, later ones wait for their handler to take them.
// Both are charged to the budget: decoding can make a few bytes of HPACK large. When the connection has ended the log is
// dropped, because the recording can be read again.
type requestLog struct {
	parser  *fingerprint.HTTP2Parser
	bytes   int   // of the recording that the parser has read
	elided  int   // gaps of the recording that it has passed
	partial int64 // bytes of the next gap that it has passed
	err     error

	kept     []fingerprint.Request
	keptCost int
	late     []fingerprint.Request
	lateCost int
	budget   *budget
	dropped  bool // nothing is read any more
	n        int  // requests read
	pending  bool // the parser holds a copy of the last one, to which frames may be added
}

// catchUp reads the recording to its end.
func (l *requestLog) catchUp(r *recording) {
	if l.dropped {
		return
	}
	if l.parser == nil {
		l.parser = fingerprint.NewHTTP2Parser()
	}
	for l.err == nil && (l.bytes < len(r.bytes) || l.elided < len(r.elided)) {
		end := min(len(r.bytes), l.bytes+parsePiece)
		if l.elided < len(r.elided) {
			gap := r.elided[l.elided]
			if gap.Offset == l.bytes {
				if l.skip(gap.Length - l.partial); l.elided < len(r.elided)-1 || l.bytes < len(r.bytes) {
					l.elided, l.partial = l.elided+1, 0
					continue
				}
				l.partial = gap.Length // it may still grow
				break
			}
			end = min(end, gap.Offset)
		}
		l.write(r.bytes[l.bytes:end])
		l.bytes = end
	}
}

func (l *requestLog) skip(n int64) {
	if l.err == nil && !l.dropped {
		l.err = l.parser.Skip(n)
	}
}

func (l *requestLog) write(b []byte) {
	if l.err == nil && !l.dropped {
		_, l.err = l.parser.Write(b)
		l.collect()
	}
}

// collect takes the requests out of the parser.
func (l *requestLog) collect() {
	requests := l.parser.HTTP2().Requests
	if len(requests) == 0 {
		return
	}
	if l.pending {
		l.follow(requests[0].After)
		requests = requests[1:]
	}
	for i := range requests {
		l.add(requests[i])
	}
	l.pending = true
	l.parser.Forget()
}

func (l *requestLog) add(r fingerprint.Request) {
	l.n++
	c := cost(&r)
	if len(l.kept) == l.n-1 && len(l.kept) < maxKept && l.keptCost+c <= maxFieldBytes && l.budget.take(c) {
		l.kept = append(l.kept, r)
		l.keptCost += c
		return
	}
	for len(l.late) >= maxLateRequests || l.lateCost+c > maxFieldBytes || !l.budget.take(c) {
		if len(l.late) == 0 {
			return // there is no room even for this one alone
		}
		l.dropLate()
	}
	l.late = append(l.late, r)
	l.lateCost += c
}

// dropLate forgets the request that has waited longest.
func (l *requestLog) dropLate() {
	c := cost(&l.late[0])
	l.lateCost -= c
	l.budget.used.Add(-int64(c))
	l.late[0] = fingerprint.Request{}
	l.late = l.late[1:]
}

// follow notes the frames right after the last request, as far as there is room for them.
func (l *requestLog) follow(after []fingerprint.Frame) {
	last := l.request(l.n - 1)
	if last == nil {
		return
	}
	more := framesCost(after) - framesCost(last.After)
	if !l.budget.take(more) {
		return
	}
	last.After = after
	if l.n == len(l.kept) {
		l.keptCost += more
	} else {
		l.lateCost += more
	}
}

// drop frees what the log holds and gives it back to the budget. Only the error that ended the reading stays.
func (l *requestLog) drop() {
	if l.budget != nil {
		l.budget.used.Add(-int64(l.keptCost + l.lateCost))
	}
	*l = requestLog{budget: l.budget, dropped: true, err: l.err}
}

// cost estimates the memory of a request, in bytes.
func cost(r *fingerprint.Request) int {
	n := requestSize + fieldSize*(cap(r.Fields)-len(r.Fields)) + 4*cap(r.TableSizeUpdates) + framesCost(r.Before) + framesCost(r.After)
	for i := range r.Fields {
		n += fieldSize + len(r.Fields[i].Name) + len(r.Fields[i].Value)
	}
	return n
}

// framesCost estimates the memory of frames, in bytes.
func framesCost(frames []fingerprint.Frame) int {
	n := frameSize * cap(frames)
	for i := range frames {
		n += 8*cap(frames[i].Settings) + cap(frames[i].Payload) + 16 // and a priority
	}
	return n
}

// request returns the request with that index, nil when it is not there (any more).
func (l *requestLog) request(i int) *fingerprint.Request {
	if i >= 0 && i < len(l.kept) {
		return &l.kept[i]
	}
	if i -= l.n - len(l.late); i >= 0 && i < len(l.late) {
		return &l.late[i]
	}
	return nil
}

// http2 returns the model of the connection with at most limit requests. It shares memory with the log that
// is not written to any more.
func (l *requestLog) http2(limit int) *fingerprint.HTTP2 {
	h := &fingerprint.HTTP2{Opening: []fingerprint.Frame{}, Requests: slices.Clone(l.kept[:min(limit, len(l.kept))])}
	if l.parser != nil {
		h.Opening = l.parser.HTTP2().Opening
	}
	if h.Requests == nil {
		h.Requests = []fingerprint.Request{}
	}
	return h
}

// failure returns the error that ended the reading, as [fingerprint.Parse] wraps it.
func (l *requestLog) failure() error {
	if l.err == nil {
		return nil
	}
	return fmt.Errorf("fingerprint: http/2: %w", l.err)
}

// cloneHTTP2 returns a copy that shares nothing that anybody writes to.
func cloneHTTP2(h *fingerprint.HTTP2) *fingerprint.HTTP2 {
	return (&fingerprint.Fingerprint{HTTP2: h}).Clone().HTTP2
}
