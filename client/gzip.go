package client

import (
	"bufio"
	"io"

	"github.com/klauspost/compress/gzip"
)

// gunzip removes the coding gzip (RFC 1952): one member or several. What follows a member's trailer and does not begin
// like another member is passed over, as browsers do: some servers pad, or add something of their own.
type gunzip struct {
	in *bufio.Reader
	z  gzip.Reader
}

func openGzip(in *bufio.Reader) (io.Reader, error) {
	g, ok := gzips.Get().(*gunzip)
	if !ok {
		g = &gunzip{}
	}
	g.in = in
	return g, g.member()
}

// member begins the next member.
func (g *gunzip) member() error {
	err := g.z.Reset(g.in)
	g.z.Multistream(false)
	return err
}

func (g *gunzip) Read(p []byte) (int, error) {
	for {
		n, err := g.z.Read(p)
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
	magic, err := g.in.Peek(2)
	switch {
	case err == nil && magic[0] == 0x1f && magic[1] == 0x8b:
		return g.member()
	case err == io.EOF && len(magic) == 1 && magic[0] == 0x1f:
		return io.ErrUnexpectedEOF // more likely cut than added
	case err != nil && err != io.EOF:
		return err
	}
	if _, err := io.Copy(io.Discard, g.in); err != nil {
		return err
	}
	return io.EOF
}

// releaseGzip lets go of the source.
func releaseGzip(r io.Reader) {
	g := r.(*gunzip)
	g.in = nil
	gzips.Put(g)
}
