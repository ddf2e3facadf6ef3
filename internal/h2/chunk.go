package h2

import "sync"

// chunkSize is the largest DATA payload that servers send unless they are told that more is welcome.
const chunkSize = 16384

// chunk holds received bytes.
type chunk struct {
	next *chunk
	r, w int // read and write positions in b
	b    [chunkSize]byte
}

var chunkPool = sync.Pool{New: func() any { return new(chunk) }}

func newChunk() *chunk { return chunkPool.Get().(*chunk) }

func (k *chunk) free() {
	k.next, k.r, k.w = nil, 0, 0
	chunkPool.Put(k)
}

func (k *chunk) len() int { return k.w - k.r }

// chunks is a queue of received bytes.
type chunks struct {
	head, tail *chunk
	n          int // bytes
}

// add takes the bytes of k over and returns the chunk to fill next: k itself when they fitted into the last chunk of the
// queue, so that many small frames do not take a chunk each.
func (q *chunks) add(k *chunk) *chunk {
	n := k.len()
	q.n += n
	if t := q.tail; t != nil && chunkSize-t.w >= n {
		t.w += copy(t.b[t.w:], k.b[k.r:k.w])
		k.r, k.w = 0, 0
		return k
	}
	if q.tail != nil {
		q.tail.next = k
	} else {
		q.head = k
	}
	q.tail = k
	return newChunk()
}

// pop takes the first chunk out, nil when the queue is empty.
func (q *chunks) pop() *chunk {
	k := q.head
	if k == nil {
		return nil
	}
	q.head, k.next = k.next, nil
	if q.head == nil {
		q.tail = nil
	}
	q.n -= k.len()
	return k
}

func (q *chunks) free() {
	for k := q.pop(); k != nil; k = q.pop() {
		k.free()
	}
}

// outgoing is a piece of a request body with room for a frame header in front, so that each DATA frame is one write of
// bytes that are already in place: the header is put over bytes that have been sent.
type outgoing struct {
	buf  *[]byte
	r, w int // what is still to be sent: (*buf)[r:w]
	last bool
}

var outPool sync.Pool // *[]byte

// newOutgoing returns an empty piece for up to size bytes, and one more to see that a body is too long.
func newOutgoing(size int) outgoing {
	n := headerLen + size + 1
	if b, _ := outPool.Get().(*[]byte); b != nil && cap(*b) >= n {
		*b = (*b)[:n]
		return outgoing{buf: b, r: headerLen, w: headerLen}
	}
	b := make([]byte, n)
	return outgoing{buf: &b, r: headerLen, w: headerLen}
}

func (o *outgoing) free() {
	if o.buf != nil {
		outPool.Put(o.buf)
	}
	*o = outgoing{}
}
