package main

import (
	"encoding/json"
	"fmt"
	"os"
	"path/filepath"
	"slices"
	"strings"
)

// bodies is what a browser did to windows and DATA frames while it loaded large bodies.
type bodies struct {
	Browser string
	// Frames are the client's HEADERS, DATA, WINDOW_UPDATE and RST_STREAM, in order.
	Frames []bodyFrame
}

// bodyFrame is one of them: a request has Path, a DATA frame Length, a WINDOW_UPDATE Increment, and Sent where it is known
// how many bytes of DATA the server had sent on the connection by then.
type bodyFrame struct {
	Type      string
	Stream    uint32 `json:",omitempty"`
	Path      string `json:",omitempty"`
	Length    int    `json:",omitempty"`
	Increment int64  `json:",omitempty"`
	Sent      int64  `json:",omitempty"`
	End       bool   `json:",omitempty"`
}

// writeBodies writes what captures/tcp/bodies-*.json have of the frames that the client sent.
func writeBodies(data, out string) error {
	names, err := filepath.Glob(filepath.Join(data, "captures", "tcp", "bodies-*.json"))
	if err != nil {
		return err
	}
	if len(names) == 0 {
		return fmt.Errorf("no bodies-*.json in %s", data)
	}
	slices.Sort(names)
	var all []*bodies
	for _, name := range names {
		b, err := readBodies(name)
		if err != nil {
			return fmt.Errorf("%s: %w", filepath.Base(name), err)
		}
		all = append(all, b)
	}
	text, err := formatBodies(all)
	if err != nil {
		return err
	}
	return os.WriteFile(out, text, 0o644)
}

// readBodies reads the connection with the most frames, the one that carried the bodies.
func readBodies(name string) (*bodies, error) {
	type frame struct {
		Type           string
		Flags, Stream  uint32
		Len, Increment int64
		DataSent       int64 `json:"data_sent"`
		Fields         [][]string
	}
	var doc struct {
		Browser    string
		Situations map[string][]struct{ H2 []frame }
	}
	if err := readJSON(name, &doc); err != nil {
		return nil, err
	}
	var frames []frame
	for _, c := range doc.Situations["bodies-h2"] {
		if len(c.H2) > len(frames) {
			frames = c.H2
		}
	}
	b := &bodies{Browser: doc.Browser}
	for _, f := range frames {
		x := bodyFrame{Type: f.Type, Stream: f.Stream, Increment: f.Increment, Sent: f.DataSent}
		switch f.Type {
		case "HEADERS":
			x.End = f.Flags&1 != 0
			for _, field := range f.Fields {
				if field[0] == ":path" {
					x.Path = field[1]
				}
			}
		case "DATA":
			x.End, x.Length = f.Flags&1 != 0, int(f.Len)
		case "WINDOW_UPDATE", "RST_STREAM":
		default:
			continue
		}
		b.Frames = append(b.Frames, x)
	}
	return b, nil
}

// formatBodies writes a frame per line.
func formatBodies(all []*bodies) ([]byte, error) {
	var s strings.Builder
	for i, b := range all {
		if i == 0 {
			s.WriteByte('[')
		} else {
			s.WriteString(",\n")
		}
		fmt.Fprintf(&s, "{\"Browser\": %q, \"Frames\": [\n", b.Browser)
		for k, f := range b.Frames {
			line, err := json.Marshal(f)
			if err != nil {
				return nil, err
			}
			s.Write(line)
			if k < len(b.Frames)-1 {
				s.WriteByte(',')
			}
			s.WriteByte('\n')
		}
		s.WriteString("]}")
	}
	s.WriteString("]\n")
	return []byte(s.String()), nil
}
