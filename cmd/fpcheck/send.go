package main

import (
	"context"
	"errors"
	"flag"
	"fmt"
	"strings"

	"github.com/wirelike/wirelike/client"
)

var sendCommand = command{
	name: "send", args: "[FLAGS] URL [ITEM|URL…]", short: "send requests with a browser's wire image",
	long: `
Sends requests in order through one session and prints status line, header and body of each response.

URL     :3000/x is http://localhost:3000/x; a host without scheme gets https, or http with a port other than 443. Of several
        URLs each but the first needs its scheme.
ITEM    applies to all URLs; the separator that comes first counts:
          Name:value   a field; it replaces the browser's own value of it, or adds one
          Name:        removes the browser's field
          name=value   a member of the body: by default of a JSON object; see --items
          name:=JSON   such a member with a JSON value
          name==value  a pair of the query
          +name=value  a cookie, beside those that are kept
          @FILE        the file, or stdin for @-, is the body
-H      does what Name:value and Name: do; 'Name;' sends an empty field.
BODY    is one of these; it makes the method POST:
          -d           a form as it is written, @FILE and @- read it from a file or from stdin; several are joined by "&"
          --json       '{…}' or @FILE; a JSON text that begins with none of { [ " is written as --json=TEXT
          --form       name=value, encoded; repeated, they are one form
          --multipart  name=value or name=@FILE; repeated, they are parts of one body, with the boundary of the browser
          items        name=value, which join the --form or --multipart that is there
          @FILE        a file as it is, of Content-Type application/octet-stream
These flags apply to the URLs of the command line; the lines of a script say these things themselves.

--profile is a name of fpcheck list, of the store (see fpcheck store --help) or built-in, or the file of a profile.
--http 1.1 and 2 insist on a version; without it the server chooses, as with a browser. v1 is 1.1; v2 and v2tls are words of
curl_cffi that leave the choice to the server.
--kind websocket makes the handshake of a WebSocket (ws:// and wss:// URLs are its own), says goodbye and waits for the server's;
a server that does not agree is a failure.

Cookies that servers set are kept for the requests that follow. --follow follows redirects as browsers do: methods, bodies, cookies,
Referer, Origin and Sec-Fetch-Site are those of a browser, and credentials stay with the first origin. --retry makes a request
again that found no connection, no answer in time, or 429, 502, 503 or 504, after 1, 2, 4 … seconds or what Retry-After says.

--tlsv1.0 to --tlsv1.3, --tls-max, --pinnedpubkey, --netrc-file, --limit-rate and --cacert are curl's. A bound of TLS takes versions
away from the browser's hello, which is then no longer quite the browser's.

OUTPUT  --headers, --body, --verbose, --quiet, --print and --json say what is printed. --output saves the body instead, so that
without one of them nothing is printed; --download saves it under a name that the response (Content-Disposition) or the
URL has, made safe and never that of another file. On a terminal, JSON is indented and an image is named rather than printed.
There are no colours.

--json alone prints one line per response: {"status","proto","url","resumed","error"}; error is empty unless the request failed.
--script reads one request per line, as JSON, and sends it in order through the same session:
  {"method","url","kind","referrer","headers":[["Name","value"]],"remove":["Name"],"cookies":[["n","v"]],"body":"text","form":[["k","v"]],"json":value,
   "multipart":[["n","v"],{"name","data"|"base64"|"local_path","filename","content_type"}],"auth":["user","password"],
   "accept_encoding":"gzip","scripted":true,"with_credentials":true}
Only url is needed; of body, form, json and multipart at most one, but that the fields of form follow the parts of multipart.
cookies: in place of those that are kept. auth: also null, for none where --user has some, {"scheme":"basic"|"digest","user","password"} and {"scheme":"bearer","token"}.
accept_encoding: "" is all codings that are decoded, null no such field, and a body as it comes.
scripted: a script started the navigation, not the user.
with_credentials: the fetch or XMLHttpRequest takes cookies along to other origins, too. Empty lines are passed over, an
unknown key is an error.

--ja3, --akamai, --extra and --header-order change the browser, or the plain client of --profile none. What they do not say
stays; what cannot be honoured is an error. The keys of --extra:
  tls_min_version=1.0…1.3 tls_grease=true|false tls_permute_extensions=true|false tls_key_shares_limit=N
  tls_cert_compression=zlib,brotli,zstd tls_signature_algorithms=NAMES tls_delegated_credential=NAMES tls_record_size_limit=N
  http2_stream_weight=N http2_stream_exclusive=0|1 http2_no_priority=true|false header_order=NAMES split_cookies=true|false

fpcheck get, post, put, delete, patch, head, options, trace and query send with that method, and as HTTP clients on the command
line do: --fail is on, and into a pipe goes the body alone.

Exit codes: 0 every request got a response, whatever its status; 1 one failed, or was refused by the client (a bad URL,
kind or field), and the others were sent; 2 wrong flags or a broken script, and nothing was sent; 3 with --fail, one had a
status of 400 or more, and none failed otherwise.`,
	run: send,
}

// verbs are the methods that are commands of their own.
var verbs = []string{"get", "post", "put", "delete", "patch", "head", "options", "trace", "query"}

// verbCommand returns the command of a method, in lower or upper case.
func verbCommand(name string) (command, bool) {
	for _, v := range verbs {
		if name == v || name == strings.ToUpper(v) {
			c := sendCommand
			c.name, c.verb = v, strings.ToUpper(v)
			return c, true
		}
	}
	return command{}, false
}

type sendFlags struct {
	script string
	templateFlags
	sessionFlags
	outputFlags
}

func send(ctx context.Context, e *env, c *command, args []string) (int, error) {
	var o sendFlags
	f := c.flags(e)
	f.StringVar(&o.script, "script", "", "`FILE` with one request per line, or -")
	o.templateFlags.register(f)
	o.sessionFlags.register(f)
	o.outputFlags.register(f, c.verb != "")
	rest, err := parse(f, args)
	if err != nil {
		return exitUsage, err
	}
	if c.verb != "" {
		if o.method != "" {
			return exitUsage, fmt.Errorf("-X %s: the method is %s; fpcheck send takes any", o.method, c.verb)
		}
		o.method = c.verb
	}
	requests, err := o.requests(e, rest)
	if err != nil {
		return exitUsage, err
	}
	what, err := o.selection(o.json.lines > 0, o.usual(e, c))
	if err != nil {
		return exitUsage, err
	}
	if o.file != "" && o.file != "-" && len(requests) > 1 {
		return exitUsage, errors.New("--output is one file, and there is more than one request; --download names the files itself")
	}
	opts, err := o.options(o.source(e, c))
	if err != nil {
		return exitUsage, err
	}
	s, err := client.New(opts)
	if err != nil {
		return exitUsage, err
	}
	defer s.Close()
	o.limit(requests)
	p := &printer{outputFlags: o.outputFlags, env: e, name: c.name, session: s, what: what, lines: o.json.lines > 0}
	o.warn(p)
	code := exitEqual
	for i := range requests {
		code = worse(code, p.send(ctx, &requests[i]))
	}
	if err := o.save(s); err != nil {
		return exitMismatch, err
	}
	return code, nil
}

// worse returns the exit code of two requests: that something failed tells more than that a status says so.
func worse(a, b int) int {
	if a == exitMismatch || b == exitMismatch {
		return exitMismatch
	}
	return max(a, b)
}

// usual is what is printed when no flag says it.
func (o *sendFlags) usual(e *env, c *command) string {
	switch {
	case o.download || o.head || c.verb == "HEAD":
		return "h"
	case o.file != "" && o.file != "-":
		return ""
	case c.verb != "" && !e.terminal, o.file == "-":
		return "b"
	}
	return "hb"
}

// requests lists everything to send, or says what is wrong before anything is sent.
func (o *sendFlags) requests(e *env, args []string) ([]sendRequest, error) {
	switch {
	case len(args) == 0 && o.script != "" && o.used():
		return nil, errors.New("-X, -H, -d and what else describes a request apply to URLs, and there is none: write them into the script")
	case o.script == "-" && o.readsStdin(args):
		return nil, errors.New("@- and --script - cannot both read stdin")
	}
	out, err := o.templateFlags.requests(e.stdin, args)
	if err != nil {
		return nil, err
	}
	if o.script != "" {
		more, err := readScript(o.script, e.stdin)
		if err != nil {
			return nil, err
		}
		out = append(out, more...)
	}
	if len(out) == 0 {
		return nil, errors.New("name a URL, or a --script")
	}
	return out, nil
}

// follower is a flag without value that may have one behind it.
type follower interface {
	flag.Value
	// Follow tells whether next is the flag's, and takes it.
	Follow(next string) bool
}

// follows gives the argument next to the flag in front of it, if that is a follower that takes it.
func follows(f *flag.FlagSet, last, next string) bool {
	name, dash := strings.CutPrefix(last, "-")
	if !dash {
		return false
	}
	x := f.Lookup(strings.TrimPrefix(name, "-"))
	if x == nil {
		return false
	}
	v, ok := x.Value.(follower)
	return ok && v.Follow(next)
}
