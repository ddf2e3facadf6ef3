package golden

import (
	"fmt"
	"slices"
	"strings"

	"github.com/wirelike/wirelike/fingerprint"
)

// around takes from the engine, or where no build of it was captured from the library, what is around the fields of a request,
// and says where other sources of the browser have something else.
func (d *derivation) around(r *fingerprint.Request) {
	from := d.nearest()
	b := d.given(from).HTTP2.Requests[0]
	for _, part := range []string{"stream", "end_stream", "priority", "after", "table_size_updates"} {
		mine, _ := tells(&b, part)
		if d.Request == from {
			if notes := d.others(part, mine, from); notes != "" {
				d.whyFrom(from, "http2.requests[0]."+part, notes)
			}
			continue
		}
		if has := mine != "none" || part == "table_size_updates" && d.Browser.Engine == "firefox"; !has {
			continue
		}
		note := "agrees with the " + d.Request
		switch theirs, known := tells(r, part); {
		case part == "table_size_updates" && d.Request == fromLibrary:
			note = "now and then, by when the server's SETTINGS come; the library sends none"
		case d.Request == fromSignature && !known:
			note = "the signature does not tell it"
		case theirs != mine:
			note = "conflict: " + theirs + " in the " + d.Request
		}
		if more := d.others(part, mine, from, d.Request); more != "" {
			note += "; " + more
		}
		d.whyFrom(from, "http2.requests[0]."+part, note)
	}
	if d.Request != from && from == fromBuild {
		d.whyBuild("http2.requests[0].fields[*].form", "by the engine's rules, which all its recorded requests follow")
	}
	r.Stream, r.Priority, r.EndStream, r.After, r.TableSizeUpdates = b.Stream, b.Priority, b.EndStream, b.After, b.TableSizeUpdates
}

// others says where signature and library, but for those that are dealt with, have something else than mine.
func (d *derivation) others(part, mine string, but ...string) string {
	var out []string
	for _, from := range []string{fromSignature, fromLibrary} {
		f := map[string]*fingerprint.Fingerprint{fromSignature: d.signature, fromLibrary: d.library}[from]
		if f == nil || f.HTTP2 == nil || len(f.HTTP2.Requests) == 0 || slices.Contains(but, from) {
			continue
		}
		if part == "table_size_updates" { // which may come with a later request
			continue
		}
		if theirs, known := tells(&f.HTTP2.Requests[0], part); theirs != mine && (known || from == fromLibrary) {
			out = append(out, "conflict: "+theirs+" in the "+from)
		}
	}
	return strings.Join(out, "; ")
}

// tells returns what a request says of a part, and whether a signature that has it says anything: what it does not know is
// zero.
func tells(r *fingerprint.Request, part string) (text string, known bool) {
	switch part {
	case "stream":
		return fmt.Sprintf("stream %d", r.Stream), r.Stream != 0
	case "end_stream":
		return fmt.Sprintf("END_STREAM %t", r.EndStream), false // signatures have no flags
	case "priority":
		if p := r.Priority; p != nil {
			return fmt.Sprintf("weight %d, exclusive %t", p.Weight, p.Exclusive), true
		}
	case "after":
		var frames []string
		for _, f := range r.After {
			frames = append(frames, fmt.Sprintf("%s of %d", f.Type, f.Increment))
		}
		if frames != nil {
			return strings.Join(frames, ", "), true
		}
	case "table_size_updates":
		if len(r.TableSizeUpdates) > 0 {
			return fmt.Sprint(r.TableSizeUpdates), true
		}
	}
	return "none", false
}
