package h2

// inflow is one receive window: what the server may still send, and what it has to be given back.
type inflow struct {
	left   int64 // bytes that the server may send
	owed   int64 // bytes consumed and not given back yet
	refill int64 // owed at which they are given back
	low    int64 // left at or below which they are given back in steps of lowStep; 0: never
}

// take counts n bytes that arrived and reports whether the server was allowed to send them.
func (f *inflow) take(n int64) bool {
	if n > f.left {
		return false
	}
	f.left -= n
	return true
}

// give counts n bytes as consumed and returns the increment of the WINDOW_UPDATE that is due now, 0 for none.
func (f *inflow) give(n int64) uint32 {
	f.owed += n
	if low := f.low > 0 && f.left <= f.low && f.owed >= lowStep; f.owed < f.refill && !low {
		return 0
	}
	n = f.owed
	f.left += n
	f.owed = 0
	return uint32(n)
}

// connInflow is the connection's receive window. Bytes are given back as they are read. But were that all, a few
// responses that nobody reads would stop all others, so unread bytes are given back, too, once hardly any window is
// left, though never more than one whole window ahead of the readers.
type connInflow struct {
	inflow
	onReceipt bool
	limit     int64 // how much may be given back ahead
	starving  int64 // how little may be left while unread bytes hold the rest
	unread    int64 // bytes that arrived and have been neither read nor given back
	advanced  int64 // bytes that were given back before they were read
}

// take counts n bytes that arrived. The increment is that of the WINDOW_UPDATE due now, 0 for none.
func (f *connInflow) take(n int64) (increment uint32, ok bool) {
	if !f.inflow.take(n) {
		return 0, false
	}
	if f.onReceipt {
		return f.give(n), true
	}
	f.unread += n
	return f.relieve(), true
}

// consume counts n of the bytes taken as read or dropped.
func (f *connInflow) consume(n int64) (increment uint32) {
	if f.onReceipt {
		return 0
	}
	back := min(n, f.advanced)
	f.advanced -= back
	n -= back
	f.unread -= n
	if increment = f.give(n); increment == 0 {
		increment = f.relieve() // it may have been held
	}
	return increment
}

func newConnInflow(st *setup) connInflow {
	return connInflow{
		inflow:    inflow{left: st.connWindow, refill: st.connRefill},
		onReceipt: st.policy.onReceipt,
		limit:     st.connWindow,
		starving:  min(64<<10, st.connWindow/4),
	}
}

// relieve gives unread bytes back when the window is all but used up, unless so many have been already that only a
// trickle would come of it.
func (f *connInflow) relieve() uint32 {
	room := f.limit - f.advanced
	if f.left >= f.starving || f.unread == 0 || room < min(f.unread, f.starving) {
		return 0
	}
	ahead := min(f.unread, room)
	n := f.owed + ahead
	f.left += n
	f.advanced += ahead
	f.unread -= ahead
	f.owed = 0
	return uint32(n)
}

// addWindow adds n, which may be negative, to a send window; a window above 2^31-1 is a flow control error
// (RFC 9113 §6.9.1).
func addWindow(w *int64, n int64) bool {
	*w += n
	return *w <= maxWindow
}
