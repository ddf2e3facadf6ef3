package main

import (
	"encoding/binary"
	"encoding/hex"
	"encoding/json"
	"errors"
	"fmt"
	"os"
	"path/filepath"
	"strings"

	"github.com/wirelike/wirelike/fingerprint"
	"github.com/wirelike/wirelike/golden"
)

type session struct {
	Browser    string                     `json:"browser"`
	Library    string                     `json:"library"` // of a session of the reference library, with the target in place of a browser
	Target     string                     `json:"target"`
	Date       string                     `json:"date"`
	OS         string                     `json:"os"`
	Situations map[string]json.RawMessage `json:"situations"`
}

type connection struct {
	Records [][2]int `json:"records"`
	Hellos  []string `json:"hellos"`
	ALPN    string   `json:"alpn"`
	Resumed bool     `json:"resumed"`
	Error   string   `json:"error"`
	H2      []frame  `json:"h2"`
	H1      []string `json:"h1"`
}

type frame struct {
	Type      string      `json:"type"`
	Flags     byte        `json:"flags"`
	Stream    uint32      `json:"stream"`
	Len       int         `json:"len"`
	Settings  [][2]uint32 `json:"settings"`
	Increment uint32      `json:"increment"`
	Priority  *struct {
		Exclusive bool   `json:"exclusive"`
		DependsOn uint32 `json:"depends_on"`
		Weight    int    `json:"weight"`
	} `json:"priority"`
	Block string `json:"block"`
	Raw   string `json:"raw"`
}

var errNoConnections = errors.New("no connections")

func convertSession(name, situation string) (*golden.Evidence, error) {
	b, err := os.ReadFile(name)
	if err != nil {
		return nil, err
	}
	var s session
	if err := json.Unmarshal(b, &s); err != nil {
		return nil, err
	}
	var connections []connection
	if raw := s.Situations[situation]; raw != nil {
		if err := json.Unmarshal(raw, &connections); err != nil {
			return nil, err
		}
	}
	e := &golden.Evidence{Schema: golden.EvidenceSchema, Browser: s.Browser, OS: s.OS, Date: s.Date}
	if s.Library != "" {
		e.Browser = s.Library + ", target " + s.Target
	}
	for i, c := range connections {
		out := fingerprint.Capture{ALPN: c.ALPN, Resumed: c.Resumed, Error: c.Error}
		for _, h := range c.Hellos {
			m, err := hex.DecodeString(h)
			if err != nil {
				return nil, err
			}
			out.Hellos = append(out.Hellos, m)
		}
		for _, r := range c.Records {
			out.Records = append(out.Records, fingerprint.Record{Type: uint8(r[0]), Length: r[1]})
		}
		missing, err := clientBytes(&out, c)
		if err != nil {
			return nil, fmt.Errorf("connection %d: %w", i, err)
		}
		for _, m := range missing {
			e.Missing = append(e.Missing, fmt.Sprintf("connection %d: %s", i, m))
		}
		e.Connections = append(e.Connections, out)
	}
	if len(e.Connections) == 0 {
		return nil, errNoConnections
	}
	if listener := strings.TrimPrefix(situation, "cross-"); listener != "h2" && s.Library == "" {
		e.Missing = append(e.Missing, "the port in Host, Origin and Referer: it stands as {"+listener+"}")
	}
	return e, nil
}

// clientBytes puts what the client sent back together: the source keeps every frame and head, but not as one string.
func clientBytes(out *fingerprint.Capture, c connection) (missing []string, err error) {
	if c.H1 != nil {
		out.Client = fingerprint.Hex(strings.Join(c.H1, ""))
		return nil, nil
	}
	if c.H2 == nil {
		return nil, nil
	}
	b := []byte(fingerprint.Preface)
	for _, f := range c.H2 {
		payload, elided, err := f.payload()
		if err != nil {
			return nil, err
		}
		if payload == nil && f.Len > 0 {
			missing = append(missing, fmt.Sprintf("a %s frame of %d bytes on stream %d, of which the payload was not kept", f.Type, f.Len, f.Stream))
			continue
		}
		if len(payload)+elided != f.Len {
			return nil, fmt.Errorf("%s frame of %d bytes has %d", f.Type, f.Len, len(payload)+elided)
		}
		typ, ok := types[f.Type]
		if !ok {
			return nil, fmt.Errorf("frame type %s is not known here", f.Type)
		}
		b = append(b, byte(f.Len>>16), byte(f.Len>>8), byte(f.Len), typ, f.Flags)
		b = binary.BigEndian.AppendUint32(b, f.Stream)
		b = append(b, payload...)
		if elided > 0 {
			out.Elided = append(out.Elided, fingerprint.Elision{Offset: len(b), Length: int64(elided)})
		}
	}
	out.Client = b
	return missing, nil
}

// types lists the frames that there are.
var types = map[string]byte{"DATA": 0, "HEADERS": 1, "PRIORITY": 2, "RST_STREAM": 3, "SETTINGS": 4, "PING": 6, "GOAWAY": 7, "WINDOW_UPDATE": 8}

func (f *frame) payload() (b []byte, elided int, err error) {
	if f.Priority != nil {
		dep := f.Priority.DependsOn
		if f.Priority.Exclusive {
			dep |= 1 << 31
		}
		b = append(binary.BigEndian.AppendUint32(b, dep), byte(f.Priority.Weight-1))
	}
	switch f.Type {
	case "SETTINGS":
		for _, s := range f.Settings {
			b = binary.BigEndian.AppendUint32(binary.BigEndian.AppendUint16(b, uint16(s[0])), s[1])
		}
	case "WINDOW_UPDATE":
		b = binary.BigEndian.AppendUint32(b, f.Increment)
	case "HEADERS":
		block, err := hex.DecodeString(f.Block)
		return append(b, block...), 0, err
	case "DATA":
		b, err = hex.DecodeString(f.Raw)
		return b, f.Len - len(b), err
	}
	return b, 0, nil
}

// convertRecords reads files that hold the TLS records of one connection each, up to the client's Finished.
func convertRecords(dir string) (*golden.Evidence, error) {
	names, err := filepath.Glob(filepath.Join(dir, "*.bin"))
	if err != nil || len(names) == 0 {
		return nil, fmt.Errorf("no records: %w", os.ErrNotExist)
	}
	browser := filepath.Base(filepath.Dir(dir))
	e := &golden.Evidence{Schema: golden.EvidenceSchema, Browser: browser, Date: "2026-11-22", Missing: []string{"everything above TLS"}}
	for _, name := range names {
		b, err := os.ReadFile(name)
		if err != nil {
			return nil, err
		}
		var out fingerprint.Capture
		var handshake []byte
		for len(b) >= 5 {
			n := 5 + int(binary.BigEndian.Uint16(b[3:]))
			if len(b) < n {
				return nil, fmt.Errorf("%s: truncated record", name)
			}
			out.Records = append(out.Records, fingerprint.Record{Type: b[0], Version: fingerprint.ID(binary.BigEndian.Uint16(b[1:])), Length: n - 5})
			if b[0] == 22 && len(out.Hellos) == 0 {
				handshake = append(handshake, b[5:n]...)
			}
			if len(handshake) >= 4 && len(out.Hellos) == 0 {
				out.Hellos = append(out.Hellos, handshake[:4+(int(handshake[1])<<16|int(handshake[2])<<8|int(handshake[3]))])
			}
			b = b[n:]
		}
		h, err := fingerprint.ParseClientHello(out.Hellos[0])
		if err != nil {
			return nil, fmt.Errorf("%s: %w", name, err)
		}
		// The server took every ticket.
		ticket := h.Extension(fingerprint.ExtSessionTicket)
		out.Resumed = h.Extension(fingerprint.ExtPreSharedKey) != nil || ticket != nil && ticket.Length > 0
		e.Connections = append(e.Connections, out)
	}
	return e, nil
}
