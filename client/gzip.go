package client

import (
	"bufio"
	"fmt"
	"io"

	"github.com/klauspost/compress/gzip"
)

// gunzip removes the coding gzip (RFC 1952): one member or several. What follows a member's trailer and does not begin
// like another member is passed over, as browsers do, up to a bound: some servers pad, or add something of their own.
type gunzip struct {
	in    *bufio.Reader
	z     gzip.Reader
	idle  bool // the member has given nothing so far
	empty int  // members in a row that gave nothing
}

// What is read without anything coming of it, whoever sends it: more is no mistake of a server. Browsers read on without end.
const (
	maxBehindGzip   = 1 << 20 // bytes behind the last member
	maxEmptyMembers = 1 << 10 // in a row
)

func openGzip(in *bufio.Reader) (io.Reader, error) {
	g, ok := gzips.Get().(*gunzip)
	if !ok {
		g = &gunzip{}
	}
	g.in, g.empty = in, 0
	return g, g.member()
}

// member begins the next member.
func (g *gunzip) member() error {
	err := g.z.Reset(g.in)
	g.z.Multistream(false)
	g.idle = true
	return err
}

func (g *gunzip) Read(p []byte) (int, error) {
	for {
		n, err := g.z.Read(p)
		if n > 0 {
			g.idle, g.empty = false, 0
		}
		if err != io.EOF {
			return n, err
		}
		// The member is whole, its sum and its length are right.
		err = g.next()
		if n > 0 || err != nil {
			return n, err
		}
	}
}

// next goes on to the next member. Without one it returns io.EOF, once the source has come to its end.
func (g *gunzip) next() error {
	if g.idle {
		g.empty++
	}
	magic, err := g.in.Peek(2)
	switch {
	case g.empty > maxEmptyMembers:
		return fmt.Errorf("more than %d gzip members without content", maxEmptyMembers)
	case err == nil && magic[0] == 0x1f && magic[1] == 0x8b:
		return g.member()
	case err == io.EOF && len(magic) == 1 && magic[0] == 0x1f:
		return io.ErrUnexpectedEOF // more likely cut than added
	case err != nil && err != io.EOF:
		return err
	}
	if _, err = io.CopyN(io.Discard, g.in, maxBehindGzip+1); err == nil {
		err = fmt.Errorf("more than %d bytes behind the gzip content", maxBehindGzip)
	}
	return err // io.EOF at the end
}

// releaseGzip lets go of the source.
func releaseGzip(r io.Reader) {
	g := r.(*gunzip)
	g.in = nil
	gzips.Put(g)
}
