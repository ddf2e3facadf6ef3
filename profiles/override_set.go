package profiles

import (
	"encoding/json"
	"errors"
	"fmt"

	"github.com/wirelike/wirelike/fingerprint"
)

// Set sets the field of that name in JSON to a value that is written as on a command line: "true" or "1" and "false" or
// "0", a number, names separated by commas. An unknown name is an error. After an error o is as before.
func (o *Override) Set(name, value string) error {
	text, err := json.Marshal(value)
	if err != nil {
		return &OverrideError{name, err}
	}
	switch name {
	case "tls_grease", "tls_permute_extensions", "http2_no_priority", "split_cookies", "http2_stream_exclusive":
		switch value {
		case "true", "1":
			text = []byte("true")
		case "false", "0":
			text = []byte("false")
		default:
			return refuse(name, "%.40q is neither true nor false, nor 1 or 0", value)
		}
	case "tls_key_shares_limit", "tls_record_size_limit", "http2_stream_weight":
		text = []byte(value)
		var n int
		if json.Unmarshal(text, &n) != nil {
			return refuse(name, "%.40q is no number", value)
		}
	}
	changed := *o
	if err := fingerprint.DecodeStrict(fmt.Appendf(nil, "{%q:%s}", name, text), &changed); err != nil {
		if d := (*fingerprint.DecodeError)(nil); errors.As(err, &d) {
			err = d.Err // the line and the path are those of a text that nobody wrote
		}
		return &OverrideError{name, err}
	}
	*o = changed
	return nil
}
