package main

import (
	"context"
	"encoding/json"
	"errors"
	"fmt"
	"strings"

	"github.com/wirelike/wirelike/cmd/fpcheck/internal/ingest"
	"github.com/wirelike/wirelike/fingerprint"
)

var showCommand = command{
	name: "show", args: "[--json | --hex [--full]] [--transport tcp|quic] [--store DIR] FILE…|PROFILE|-", short: "compute every fingerprint of hellos, reports and profiles",
	long: `
Computes all fingerprints, text and hash, of each argument:
  a raw ClientHello (TLS record or handshake message), a text file with one hexadecimal handshake message per line,
  a JSON report of fpserver, a profile file, a golden, an evidence file, the name of a profile, or - for stdin.

--hex writes the bytes of the hello in place of the fingerprints: offset in the handshake message, bytes, and what they
mean by the names of IANA, with GREASE and errors marked; a malformed hello is shown as far as it can be read. Keys and
other random runs above 32 bytes are abridged; --full writes them out. For a profile by its name it is the hello that the
client sends at this moment. A golden, a profile file and a report without raw bytes have none to show. Colours are for
terminals only, and not where NO_COLOR is set.

A profile has "any GREASE value" where a connection has one; no fingerprint but PeetPrint shows the difference.

JSON: one object per hello and line with the keys ja3 ja3_hash ja3n ja3n_hash ja4 ja4_r ja4_o ja4_ro peetprint
peetprint_hash, and akamai akamai_hash where an HTTP/2 connection is known. A hello that cannot be parsed gives
{"error":…} on its line, and exit code 1; so does one with a malformed extension that an algorithm reads.`,
	run: show,
}

func show(ctx context.Context, e *env, c *command, args []string) (int, error) {
	f := c.flags(e)
	asJSON := f.Bool("json", false, "print one JSON object per hello")
	asHex := f.Bool("hex", false, "print an annotated dump of each hello")
	full := f.Bool("full", false, "with --hex: do not abridge keys and other random bytes")
	transport := f.String("transport", "tcp", "what carried the hello, for JA4: tcp or quic")
	var from storeFlag
	from.register(f)
	rest, err := parse(f, args)
	if err != nil {
		return exitUsage, err
	}
	over := fingerprint.TransportTCP
	switch *transport {
	case "tcp":
	case "quic":
		over = fingerprint.TransportQUIC
	default:
		return exitUsage, fmt.Errorf("--transport %s: it is tcp or quic", *transport)
	}
	if len(rest) == 0 {
		return exitUsage, errors.New("name a file, a profile, or - for stdin")
	}
	if *asHex && *asJSON || *full && !*asHex {
		return exitUsage, errors.New("--hex is text, not --json; --full goes with --hex")
	}
	code, source := exitEqual, from.source(e, c)
	for _, arg := range rest {
		items, err := source.Read(arg)
		if err != nil {
			return exitUsage, err
		}
		for _, item := range items {
			ok := false
			switch {
			case *asHex:
				ok, err = showHex(ctx, e, &item, *full)
			case *asJSON:
				ok, err = showJSON(e, item, over)
			default:
				ok, err = showText(e, item, over)
			}
			if err != nil {
				return exitMismatch, err
			}
			if !ok {
				code = exitMismatch
			}
		}
	}
	return code, nil
}

func showText(e *env, item ingest.Item, over fingerprint.Transport) (ok bool, err error) {
	if item.Err != nil {
		_, err = fmt.Fprintf(e.stdout, "%s\n  error      %v\n", item.Name, item.Err)
		return false, err
	}
	ok = true
	fmt.Fprintln(e.stdout, item.Name)
	for _, s := range fingerprint.SumsOver(over, item.Fingerprint) {
		switch {
		case errors.Is(s.Err, fingerprint.ErrNotSeen):
		case s.Err != nil:
			ok = false
			fmt.Fprintf(e.stdout, "  %-10s error: %v\n", s.Name, s.Err)
		default:
			fmt.Fprintf(e.stdout, "  %-10s %s\n  %-10s %s\n", s.Name, s.Hash, "", s.Text)
		}
	}
	return ok, nil
}

// jsonKeys gives the keys for text and hash of the algorithms whose keys are not NAME and NAME_hash: JA4's label is the
// hash, its text has a name of its own.
var jsonKeys = map[string][2]string{
	"ja4": {"ja4_r", "ja4"}, "ja4_o": {"ja4_ro", "ja4_o"},
}

func showJSON(e *env, item ingest.Item, over fingerprint.Transport) (ok bool, err error) {
	out := map[string]string{}
	err = item.Err
	if err == nil {
		for _, s := range fingerprint.SumsOver(over, item.Fingerprint) {
			if errors.Is(s.Err, fingerprint.ErrNotSeen) {
				continue
			}
			if s.Err != nil && (err == nil || !strings.Contains(err.Error(), s.Err.Error())) {
				err = errors.Join(err, s.Err)
			}
			keys, ok := jsonKeys[s.Name]
			if !ok {
				keys = [2]string{s.Name, s.Name + "_hash"}
			}
			out[keys[0]], out[keys[1]] = s.Text, s.Hash
		}
	}
	if err != nil {
		out = map[string]string{"error": err.Error()}
	}
	enc := json.NewEncoder(e.stdout)
	enc.SetEscapeHTML(false)
	return err == nil, enc.Encode(out)
}
