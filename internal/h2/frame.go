package h2

import (
	"encoding/binary"
	"errors"
	"fmt"
	"strconv"
	"strings"

	"golang.org/x/net/http2"

	"github.com/wirelike/wirelike/fingerprint"
)

const headerLen = 9 // of a frame header (RFC 9113 §4.1)

// putHeader writes a frame header to the first nine bytes of b.
func putHeader(b []byte, length int, t http2.FrameType, flags http2.Flags, stream uint32) {
	_ = b[headerLen-1]
	b[0], b[1], b[2], b[3], b[4] = byte(length>>16), byte(length>>8), byte(length), byte(t), byte(flags)
	binary.BigEndian.PutUint32(b[5:], stream)
}

func appendHeader(b []byte, length int, t http2.FrameType, flags http2.Flags, stream uint32) []byte {
	b = append(b, make([]byte, headerLen)...)
	putHeader(b[len(b)-headerLen:], length, t, flags, stream)
	return b
}

func appendWindowUpdate(b []byte, stream, increment uint32) []byte {
	b = appendHeader(b, 4, http2.FrameWindowUpdate, 0, stream)
	return binary.BigEndian.AppendUint32(b, increment)
}

func appendRSTStream(b []byte, stream uint32, code ErrCode) []byte {
	b = appendHeader(b, 4, http2.FrameRSTStream, 0, stream)
	return binary.BigEndian.AppendUint32(b, uint32(code))
}

func appendGoAway(b []byte, last uint32, code ErrCode) []byte {
	b = appendHeader(b, 8, http2.FrameGoAway, 0, 0)
	b = binary.BigEndian.AppendUint32(b, last)
	return binary.BigEndian.AppendUint32(b, uint32(code))
}

// appendPriority appends the five bytes of RFC 7540 §6.3: the weight's octet is one less than the weight.
func appendPriority(b []byte, p *fingerprint.Priority, dependsOn uint32) []byte {
	d := dependsOn &^ (1 << 31)
	if p.Exclusive {
		d |= 1 << 31
	}
	b = binary.BigEndian.AppendUint32(b, d)
	return append(b, byte(p.Weight-1))
}

// appendFrame appends a frame of a profile on the given stream. Types that carry requests or end things are refused.
func appendFrame(b []byte, f *fingerprint.Frame, stream uint32) ([]byte, error) {
	switch f.Type {
	case "SETTINGS":
		b = appendHeader(b, 6*len(f.Settings), http2.FrameSettings, 0, stream)
		for _, s := range f.Settings {
			b = binary.BigEndian.AppendUint16(b, s.ID)
			b = binary.BigEndian.AppendUint32(b, s.Value)
		}
		return b, nil
	case "WINDOW_UPDATE":
		return appendWindowUpdate(b, stream, f.Increment), nil
	case "PRIORITY":
		if f.Priority == nil {
			return b, errors.New("h2: PRIORITY frame without priority")
		}
		if err := checkPriority(f.Priority); err != nil {
			return b, err
		}
		return appendPriority(appendHeader(b, 5, http2.FramePriority, 0, stream), f.Priority, f.Priority.DependsOn), nil
	}
	t, err := strconv.ParseUint(strings.TrimPrefix(f.Type, "0x"), 16, 8)
	if err != nil || !strings.HasPrefix(f.Type, "0x") || http2.FrameType(t) <= http2.FrameContinuation {
		return b, fmt.Errorf("h2: no %s frame may stand in an opening or after a request", f.Type)
	}
	return append(appendHeader(b, len(f.Payload), http2.FrameType(t), 0, stream), f.Payload...), nil
}
