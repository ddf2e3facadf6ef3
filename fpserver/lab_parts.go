package fpserver

import (
	"bufio"
	"bytes"
	"errors"
	"io"
	"strings"

	"github.com/wirelike/wirelike/fingerprint"
)

// partReader reads a multipart body (RFC 2046 §5.1.1) as it is: package mime/multipart loses the order and the spelling
// of fields, and forgives what a witness should not.
type partReader struct {
	in        *bufio.Reader
	delimiter []byte // line end, two dashes, boundary
	left      int    // bytes of fields that may still come, of all parts together
}

var errNoBoundary = errors.New("the body ends without a boundary")

func newPartReader(body io.Reader, boundary string) (*partReader, error) {
	if boundary == "" || len(boundary) > 200 {
		return nil, errors.New("Content-Type has no boundary of 1 to 200 bytes")
	}
	// The first boundary may begin the body: then the line end before it is missing.
	return &partReader{
		in:        bufio.NewReaderSize(io.MultiReader(strings.NewReader("\r\n"), body), 32<<10),
		delimiter: []byte("\r\n--" + boundary),
		left:      maxHeads,
	}, nil
}

// skipTo writes everything before the next boundary to w and passes over the boundary.
func (p *partReader) skipTo(w io.Writer) error {
	for {
		_, err := p.in.Peek(len(p.delimiter))
		buf, _ := p.in.Peek(p.in.Buffered())
		if i := bytes.Index(buf, p.delimiter); i >= 0 {
			w.Write(buf[:i])
			p.in.Discard(i + len(p.delimiter))
			return nil
		}
		if err != nil {
			w.Write(buf)
			p.in.Discard(len(buf))
			if err == io.EOF {
				err = errNoBoundary
			}
			return err
		}
		n := len(buf) - len(p.delimiter) + 1 // the rest may be its beginning
		w.Write(buf[:n])
		p.in.Discard(n)
	}
}

// boundaryEnd reads the rest of the line of a boundary: nothing but blanks, or the two dashes of the last one.
func (p *partReader) boundaryEnd() (last bool, err error) {
	b, err := p.in.Peek(2)
	if string(b) == "--" {
		p.in.Discard(2)
		return true, nil
	}
	if err != nil {
		return false, errNoBoundary
	}
	line, err := p.line(maxPartHead)
	if err == nil && strings.Trim(line, " \t") != "" {
		err = errors.New("something follows the boundary")
	}
	return false, err
}

// fields reads the fields of a part and the empty line behind them.
func (p *partReader) fields() ([]fingerprint.Field, error) {
	fields := []fingerprint.Field{}
	for left := min(p.left, maxPartHead); ; {
		line, err := p.line(left)
		if err != nil || line == "" {
			return fields, err
		}
		left -= len(line) + 2
		p.left -= len(line) + 2
		name, value, ok := strings.Cut(line, ":")
		if !ok || name == "" || strings.ContainsAny(name, " \t") {
			return fields, errors.New("a line is no field")
		}
		fields = append(fields, fingerprint.Field{
			Name: strings.ToValidUTF8(name, "\uFFFD"), Value: strings.ToValidUTF8(strings.Trim(value, " \t"), "\uFFFD"),
		})
	}
}

// line reads one line of at most so many bytes, without its end, which must be CRLF.
func (p *partReader) line(most int) (string, error) {
	var line []byte
	for {
		piece, err := p.in.ReadSlice('\n')
		if line = append(line, piece...); len(line) > most+2 {
			return "", errors.New("the fields are too long")
		}
		switch {
		case err == bufio.ErrBufferFull:
			continue
		case err == io.EOF:
			return "", io.ErrUnexpectedEOF
		case err != nil:
			return "", err
		}
		text, ok := strings.CutSuffix(string(line), "\r\n")
		if !ok {
			return "", errors.New("a line ends without CR")
		}
		return text, nil
	}
}
