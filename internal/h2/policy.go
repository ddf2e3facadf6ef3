package h2

import (
	"fmt"
	"time"
)

// policy holds the habits of an engine that profiles have no numbers for. They are named by profiles.HTTP2.HPACK.
type policy struct {
	name  string
	hpack func(e *encoder, dst []byte, name, value string) []byte
	// resize: a SETTINGS_HEADER_TABLE_SIZE that repeats the size in force is answered with a table size update, too.
	resize bool
	// chain: an exclusive dependency on stream 0 stands for one on the newest of the open streams that have the next
	// higher weight, or the same one.
	chain bool
	// merge: frames that wait together are written together. Browsers write each unit on its own, which shows in the
	// sizes of the TLS records.
	merge bool
	// onReceipt: the connection's window is given back when DATA arrives, not when it is read.
	onReceipt bool
	// whole: what was read of a response counts when the rest of its DATA frame has been read, too.
	whole bool
	// over: a window is given back when more than the refill has been consumed, not when exactly that has.
	over bool
	// low is how little of a stream's window may be left before it is given back in steps of lowStep bytes, without
	// waiting for the refill. 0: never.
	low int64
	// goAway: the connection is closed with a GOAWAY, also when nothing was wrong.
	goAway bool
	// ended has the methods whose requests end with a DATA frame also when they have no body, an empty one.
	ended []string
	// keep is how it notices that the server is gone.
	keep keepAlive
}

const lowStep = 16384

// policies: all but the neutral one are read off captures of real browsers of that engine, but for keep. One number is not exact:
// Firefox' low, 96 KiB in its source, which recorded downloads bound to 80 KiB or more and less than 112.
var policies = [...]policy{
	{name: "", hpack: (*encoder).neutral, resize: true, merge: true,
		keep: keepAlive{pingBusy, 15 * time.Second, 15 * time.Second, 1, 1}},
	{name: "chromium", hpack: (*encoder).chromium, chain: true, over: true,
		keep: keepAlive{pingRequest, 10 * time.Second, 10 * time.Second, 1, 2}},
	{name: "firefox", hpack: (*encoder).firefox, resize: true, onReceipt: true, whole: true, low: 96 << 10, goAway: true, ended: []string{"POST", "PUT"},
		keep: keepAlive{pingAlways, 58 * time.Second, 8 * time.Second, 0, 0}},
}

func policyNamed(name string) (*policy, error) {
	for i := range policies {
		if policies[i].name == name {
			return &policies[i], nil
		}
	}
	return nil, fmt.Errorf("h2: no HPACK policy %q", name)
}
