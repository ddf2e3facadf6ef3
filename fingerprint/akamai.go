package fingerprint

import (
	"slices"
	"strconv"
	"strings"
)

// Akamai returns "settings|window update|priorities|pseudo-header order" of the opening and the first request of an
// HTTP/2 connection, and its MD5:
//
//   - the parameters of the first SETTINGS, "id:value" by number and in wire order, joined by semicolons;
//   - the increment of the first WINDOW_UPDATE of the connection, "00" for none;
//   - the PRIORITY frames, "stream:exclusive:depends on:weight" joined by commas, "0" for none; the priority of a
//     HEADERS frame is not one of them;
//   - the first letter of each pseudo-header field, joined by commas.
//
// It returns [ErrNotSeen] before the first request. ("Passive Fingerprinting of HTTP/2 Clients", Black Hat EU 2017)
func Akamai(h *HTTP2) (text, hash string, err error) {
	if h == nil || len(h.Requests) == 0 {
		return "", "", ErrNotSeen
	}
	b := make([]byte, 0, 128)
	b = append(appendSettings(b, h.Opening), '|')
	b = append(appendWindowUpdate(b, h.Opening), '|')
	b = append(appendPriorities(b, h.Opening), '|')
	start := len(b)
	for _, f := range h.Requests[0].Fields {
		letter, ok := strings.CutPrefix(f.Name, ":")
		if !ok || letter == "" {
			continue
		}
		if len(b) > start {
			b = append(b, ',')
		}
		b = append(b, letter[0])
	}
	return string(b), md5Hex(b), nil
}

func appendSettings(b []byte, opening []Frame) []byte {
	i := slices.IndexFunc(opening, func(f Frame) bool { return f.Type == "SETTINGS" })
	if i < 0 {
		return b
	}
	for j, s := range opening[i].Settings {
		if j > 0 {
			b = append(b, ';')
		}
		b = append(strconv.AppendUint(b, uint64(s.ID), 10), ':')
		b = strconv.AppendUint(b, uint64(s.Value), 10)
	}
	return b
}

func appendWindowUpdate(b []byte, opening []Frame) []byte {
	i := slices.IndexFunc(opening, func(f Frame) bool { return f.Type == "WINDOW_UPDATE" && f.Stream == 0 })
	if i < 0 {
		return append(b, "00"...)
	}
	return strconv.AppendUint(b, uint64(opening[i].Increment), 10)
}

func appendPriorities(b []byte, opening []Frame) []byte {
	start := len(b)
	for _, f := range opening {
		if f.Type != "PRIORITY" || f.Priority == nil {
			continue
		}
		if len(b) > start {
			b = append(b, ',')
		}
		b = append(strconv.AppendUint(b, uint64(f.Stream), 10), ':')
		if f.Priority.Exclusive {
			b = append(b, "1:"...)
		} else {
			b = append(b, "0:"...)
		}
		b = append(strconv.AppendUint(b, uint64(f.Priority.DependsOn), 10), ':')
		b = strconv.AppendInt(b, int64(f.Priority.Weight), 10)
	}
	if len(b) == start {
		b = append(b, '0')
	}
	return b
}
