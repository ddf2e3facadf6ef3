package h1

import "sync"

// Sizes of the pooled buffers. A connection holds one for reading as long as it lives; those for writing are held only
// while a head or a body is written.
const (
	readSize  = 4 << 10
	writeSize = 16 << 10 // one TLS record
)

type buffer struct{ b []byte }

var (
	readBuffers  = sync.Pool{New: func() any { return &buffer{make([]byte, readSize)} }}
	writeBuffers = sync.Pool{New: func() any { return &buffer{make([]byte, 0, writeSize)} }}
)

func putWriteBuffer(b *buffer) {
	if cap(b.b) <= 4*writeSize {
		b.b = b.b[:0]
		writeBuffers.Put(b)
	}
}
