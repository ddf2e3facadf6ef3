package client

import (
	"bufio"
	"errors"
	"fmt"
	"io"
	"strings"
	"sync"

	"github.com/andybalholm/brotli"
	"github.com/klauspost/compress/flate"
	"github.com/klauspost/compress/zlib"
	"github.com/klauspost/compress/zstd"
)

// maxCodings is how many content codings may be stacked, as in curl.
const maxCodings = 5

// maxZstdWindow is the largest zstd window, in bytes (RFC 9659).
const maxZstdWindow = 8 << 20

// contentCodings returns the content codings of a response in the order in which they were applied (RFC 9110 §8.4), in
// lower case and without "identity".
func contentCodings(fields []Field) []string {
	var list []string
	for i := range fields {
		if !strings.EqualFold(fields[i].Name, "Content-Encoding") {
			continue
		}
		for name := range splitList(fields[i].Value) {
			if name = strings.ToLower(name); name != "identity" {
				list = append(list, name)
			}
		}
	}
	return list
}

// coding removes one content coding.
type coding struct {
	name string
	// open makes in yield its decoded content; the reader is taken from a pool.
	open func(in *bufio.Reader) (io.Reader, error)
	// release gives the reader back to the pool.
	release func(io.Reader)
}

// codings has a function for each coding: gzip (RFC 1952, several members), deflate (RFC 1950, and RFC 1951 as many
// servers send it), br (RFC 7932), zstd (RFC 8878).
var codings = []coding{
	{"gzip", openGzip, releaseGzip},
	{"x-gzip", openGzip, releaseGzip},
	{"deflate", openDeflate, releaseDeflate},
	{"br", openBrotli, func(r io.Reader) { brotlis.Put(r) }},
	{"zstd", openZstd, releaseZstd},
}

var gzips, zlibs, flates, brotlis, zstds, buffers sync.Pool

// openDeflate tells the two formats apart by the zlib header: CM 8, a window of at most 32 KiB, and a check sum. No raw
// deflate stream of a common encoder begins like that.
func openDeflate(in *bufio.Reader) (io.Reader, error) {
	h, err := in.Peek(2)
	if err == nil && h[0]&0x0f == 8 && h[0]>>4 <= 7 && (int(h[0])<<8|int(h[1]))%31 == 0 {
		if z, ok := zlibs.Get().(io.ReadCloser); ok {
			return z, z.(zlib.Resetter).Reset(in, nil)
		}
		return zlib.NewReader(in)
	}
	if f, ok := flates.Get().(*rawDeflate); ok {
		return f, f.ReadCloser.(flate.Resetter).Reset(in, nil)
	}
	return &rawDeflate{flate.NewReader(in)}, nil
}

// rawDeflate marks a reader of RFC 1951, whose type has the same methods as that of RFC 1950.
type rawDeflate struct{ io.ReadCloser }

func releaseDeflate(r io.Reader) {
	if _, ok := r.(*rawDeflate); ok {
		flates.Put(r)
	} else {
		zlibs.Put(r)
	}
}

func openBrotli(in *bufio.Reader) (io.Reader, error) {
	if b, ok := brotlis.Get().(*brotli.Reader); ok {
		return b, b.Reset(in)
	}
	return brotli.NewReader(in), nil
}

func openZstd(in *bufio.Reader) (io.Reader, error) {
	if z, ok := zstds.Get().(*zstd.Decoder); ok {
		return z, z.Reset(in)
	}
	// With a concurrency of 1 the decoder starts no goroutines, so that it can be left to the collector.
	return zstd.NewReader(in, zstd.WithDecoderConcurrency(1), zstd.WithDecoderLowmem(true), zstd.WithDecoderMaxWindow(maxZstdWindow))
}

func releaseZstd(r io.Reader) {
	if z := r.(*zstd.Decoder); z.Reset(nil) == nil {
		zstds.Put(z)
	}
}

// decoder removes a list of content codings from src while it is read. An empty src yields nothing, whatever the
// codings. It is opened by the first Read, so that a response without body is never decoded.
type decoder struct {
	src    *watched
	names  []string // as applied; the last one is removed first
	top    io.Reader
	layers []layer
	whole  bool // all has been decoded
}

type layer struct {
	coding *coding
	in     *bufio.Reader
	out    io.Reader
}

// watched remembers the first error of a reader, to tell a broken connection from a broken coding.
type watched struct {
	r   io.Reader
	err error
}

func (w *watched) Read(p []byte) (int, error) {
	n, err := w.r.Read(p)
	if err != nil && w.err == nil {
		w.err = err
	}
	return n, err
}

func newDecoder(src io.Reader, names []string) *decoder {
	return &decoder{src: &watched{r: src}, names: names}
}

func (d *decoder) Read(p []byte) (int, error) {
	if d.top == nil {
		if err := d.open(); err != nil {
			return 0, d.fail(err)
		}
	}
	n, err := d.top.Read(p)
	if err == io.EOF {
		err = d.rest()
		d.whole = err == io.EOF
	}
	if err != nil && err != io.EOF {
		err = d.fail(err)
	}
	return n, err
}

// open builds the layers, the last coding first.
func (d *decoder) open() error {
	if len(d.names) > maxCodings {
		return fmt.Errorf("%d stacked codings, at most %d are decoded", len(d.names), maxCodings)
	}
	var in io.Reader = d.src
	for i := len(d.names) - 1; i >= 0; i-- {
		var c *coding
		for k := range codings {
			if codings[k].name == d.names[i] {
				c = &codings[k]
			}
		}
		if c == nil {
			return fmt.Errorf("unknown coding %.40q", d.names[i])
		}
		br, ok := buffers.Get().(*bufio.Reader)
		if ok {
			br.Reset(in)
		} else {
			br = bufio.NewReaderSize(in, 4<<10)
		}
		d.layers = append(d.layers, layer{in: br})
		if _, err := br.Peek(1); err == io.EOF {
			in = br // nothing to decode
			break
		}
		out, err := c.open(br)
		if err != nil {
			return err
		}
		d.layers[len(d.layers)-1].coding, d.layers[len(d.layers)-1].out = c, out
		in = out
	}
	d.top = in
	return nil
}

// rest makes sure that the coded content ends with the decoded one (gzip has passed over what follows it). It also reads src to its end, which frees the
// connection.
func (d *decoder) rest() error {
	for i := len(d.layers) - 1; i >= 0; i-- {
		switch _, err := d.layers[i].in.Peek(1); err {
		case io.EOF:
		case nil:
			return errors.New("data after the end of the coded content")
		default:
			return err
		}
	}
	return io.EOF
}

// fail returns the source's own error when that is the reason.
func (d *decoder) fail(err error) error {
	if d.src.err != nil && d.src.err != io.EOF {
		return d.src.err
	}
	if err == io.EOF {
		err = io.ErrUnexpectedEOF
	}
	return &fault{ErrContentDecoding, err}
}

// release gives the layers back to their pools; the decoder is of no use afterwards. A reader that did not come to its
// end is left to the collector: a brotli.Reader keeps unread input over a Reset.
func (d *decoder) release() {
	for i := range d.layers {
		if l := &d.layers[i]; l.coding != nil && d.whole {
			l.coding.release(l.out)
		}
		d.layers[i].in.Reset(nil)
		buffers.Put(d.layers[i].in)
	}
	d.layers, d.top = nil, errReader{}
}

type errReader struct{}

func (errReader) Read([]byte) (int, error) { return 0, io.ErrClosedPipe }
