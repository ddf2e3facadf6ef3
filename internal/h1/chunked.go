package h1

import (
	"bytes"
	"errors"
	"fmt"
	"io"
)

const (
	maxChunkLine = 4 << 10  // bytes of a chunk's size line with its extensions
	maxOverhead  = 16 << 10 // bytes of framing beyond what chunks of a decent size need
)

// chunkReader is the state of the chunked coding (RFC 9112 §7.1) beside the bytes left of the chunk.
type chunkReader struct {
	begun    bool // a chunk has been read, and its final CRLF is due
	overhead int64
}

func (b *body) readChunked(p []byte) (int, error) {
	in := &b.x.c.in
	if b.left == 0 {
		if err := b.nextChunk(); err != nil {
			return 0, chunkError(err)
		}
	}
	n, err := in.Read(p[:min(int64(len(p)), b.left)])
	if err != nil {
		return 0, unexpected(err)
	}
	// If the end is there already, say so now: many readers know the size of what they read and do not ask again.
	if b.left -= int64(n); b.left == 0 && bytes.HasPrefix(in.buf[in.r:in.w], []byte("\r\n"+lastChunk)) {
		in.r += len("\r\n" + lastChunk)
		return n, io.EOF
	}
	return n, nil
}

// chunkError says what err, from the reader, means within the framing of chunks.
func chunkError(err error) error {
	if errors.Is(err, errTooLong) {
		return &ResponseError{"chunk framing too long"}
	}
	return err
}

// nextChunk reads the framing up to the next chunk's data, or up to the end of the body, where it returns io.EOF.
func (b *body) nextChunk() error {
	in, c := &b.x.c.in, &b.chunks
	if c.begun {
		switch line, err := in.line(len("\r")); {
		case err != nil && !errors.Is(err, errTooLong):
			return unexpected(err)
		case err != nil || len(line) > 0:
			return &ResponseError{"chunk longer than its size"}
		}
	}
	line, err := in.line(maxChunkLine)
	if err != nil {
		return unexpected(err)
	}
	size, err := parseChunkSize(line)
	if err != nil {
		return err
	}
	// Extensions and tiny chunks cost more than they carry; a peer that sends little else is up to no good.
	if c.overhead = max(0, c.overhead+int64(len(line))-16-size/2); c.overhead > maxOverhead {
		return &ResponseError{"chunks with more framing than data"}
	}
	if size > 0 {
		b.left, c.begun = size, true
		return nil
	}
	section, err := in.section(maxHead)
	if err != nil {
		return unexpected(err)
	}
	trailer, err := parseFields(string(section))
	if err != nil {
		return err
	}
	b.trailer.Store(&trailer)
	return io.EOF
}

// parseChunkSize reads a size line and passes over extensions. Other than RFC 9112 §7.1.1 it allows blanks before them,
// which some servers use to pad the size.
func parseChunkSize(line []byte) (int64, error) {
	var size int64
	i := 0
	for ; i < len(line); i++ {
		c := line[i]
		switch {
		case isDigit(c):
			c -= '0'
		case 'a' <= c|0x20 && c|0x20 <= 'f':
			c = c | 0x20 - 'a' + 10
		default:
			c = 16
		}
		if c == 16 {
			break
		}
		if size >= 1<<59 {
			return 0, &ResponseError{"chunk size too large"}
		}
		size = size<<4 | int64(c)
	}
	rest := bytes.TrimLeft(line[i:], " \t")
	if i == 0 || len(rest) > 0 && rest[0] != ';' || bytes.IndexByte(rest, '\r') >= 0 {
		return 0, &ResponseError{fmt.Sprintf("chunk size %.80q", line)}
	}
	return size, nil
}
