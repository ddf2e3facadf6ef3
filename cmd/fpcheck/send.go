package main

import (
	"bufio"
	"bytes"
	"context"
	"crypto/x509"
	"encoding/json"
	"errors"
	"fmt"
	"io"
	"os"
	"strings"

	"github.com/wirelike/wirelike/client"
	"github.com/wirelike/wirelike/cmd/fpcheck/internal/ingest"
	"github.com/wirelike/wirelike/fingerprint"
	"github.com/wirelike/wirelike/profiles"
)

var sendCommand = command{
	name: "send",
	args: "[--profile NAME|FILE|none] [--store DIR] [--ja3 TEXT] [--akamai TEXT] [--extra KEY=VALUE]… [--header-order NAMES] [--ca FILE] [--http 1.1|2] [-X METHOD] [-H 'Name: value']… [-d DATA] [--kind KIND] [--follow] [--max-redirects N] [--retry N] [--user NAME:PASSWORD] [--cookie-jar FILE] [--max-time DURATION] [--json] [--script FILE|-] [URL…]",

	short: "send requests with a browser's wire image",
	long: `
Sends requests in order through one session and prints status line, header and body of each response.

-H replaces the browser's own value of a field, or adds one; 'Name:' without value removes the browser's field.
-d makes a POST of a form, @FILE and @- read the data from a file or from stdin; several are joined by "&".
-X, -H, -d and --kind apply to the URLs of the command line; the lines of a script say these things themselves.
--profile is a name of fpcheck list, of the store (see fpcheck store --help) or built-in, or the file of a profile.
--http 1.1 and 2 insist on a version; without it the server chooses, as with a browser. v1 is 1.1; v2 and v2tls are words of
curl_cffi that leave the choice to the server.
--kind websocket makes the handshake of a WebSocket (ws:// and wss:// URLs are its own), says goodbye and waits for the server's;
a server that does not agree is a failure.

Cookies that servers set are kept for the requests that follow. --follow follows redirects as browsers do: methods, bodies, cookies,
Referer, Origin and Sec-Fetch-Site are those of a browser, and credentials stay with the first origin. --retry makes a request
again that found no connection, no answer in time, or 429, 502, 503 or 504, after 1, 2, 4 … seconds or what Retry-After says.

--json prints one line per response: {"status","proto","url","resumed","error"}; error is empty unless the request failed.
--script reads one request per line, as JSON, and sends it in order through the same session:
  {"method","url","kind","referrer","headers":[["Name","value"]],"remove":["Name"],"cookies":[["n","v"]],"body":"text","form":[["k","v"]],"json":value,"scripted":true,"with_credentials":true}
Only url is needed; of body, form and json at most one. scripted: a script started the navigation, not the user.
with_credentials: the fetch or XMLHttpRequest takes cookies along to other origins, too. Empty lines are passed over, an
unknown key is an error.

--ja3, --akamai, --extra and --header-order change the browser, or the plain client of --profile none. What they do not say
stays; what cannot be honoured is an error. The keys of --extra:
  tls_min_version=1.0…1.3 tls_grease=true|false tls_permute_extensions=true|false tls_key_shares_limit=N
  tls_cert_compression=zlib,brotli,zstd tls_signature_algorithms=NAMES tls_delegated_credential=NAMES tls_record_size_limit=N
  http2_stream_weight=N http2_stream_exclusive=0|1 http2_no_priority=true|false header_order=NAMES split_cookies=true|false

Exit codes: 0 every request got a response, whatever its status; 1 one failed, or was refused by the client (a bad URL,
kind or field), and the others were sent; 2 wrong flags or a broken script, and nothing was sent.`,
	run: send,
}

// defaultProfile is the browser that fpcheck send is without --profile.
const defaultProfile = "chrome150"

type sendFlags struct {
	profile, ca, version, method, kind, script string
	data, headers                              stringList
	json                                       bool
	customFlags
	storeFlag
	callFlags
}

type stringList []string

func (l *stringList) String() string     { return strings.Join(*l, ", ") }
func (l *stringList) Set(s string) error { *l = append(*l, s); return nil }

func send(ctx context.Context, e *env, c *command, args []string) (int, error) {
	var o sendFlags
	f := c.flags(e)
	f.StringVar(&o.profile, "profile", defaultProfile, "the browser to be: a `NAME` of fpcheck list, the file of a profile, or none for a plain Go client")
	f.StringVar(&o.ca, "ca", "", "PEM `FILE` with the only authorities to trust; default: the system's")
	f.StringVar(&o.version, "http", "", "HTTP `VERSION`: 1.1 or 2 to insist on it, or a word of curl_cffi")
	f.StringVar(&o.method, "X", "", "request `METHOD`; default GET, or POST with -d")
	f.Var(&o.headers, "H", "a `FIELD` 'Name: value'; may be repeated")
	f.Var(&o.data, "d", "form `DATA` for the body, or @FILE; may be repeated")
	f.StringVar(&o.kind, "kind", "", "`KIND` of the request; default navigate")
	f.BoolVar(&o.json, "json", false, "print one JSON object per response")
	f.StringVar(&o.script, "script", "", "`FILE` with one request per line, or -")
	o.customFlags.register(f)
	o.storeFlag.register(f)
	o.callFlags.register(f)
	urls, err := parse(f, args)
	if err != nil {
		return exitUsage, err
	}
	requests, err := o.requests(e.stdin, urls)
	if err != nil {
		return exitUsage, err
	}
	s, err := o.session(o.source(e, c))
	if err != nil {
		return exitUsage, err
	}
	defer s.Close()
	o.warn(e)
	code := exitEqual
	for _, r := range requests {
		if !r.send(ctx, e, s, o.json) {
			code = exitMismatch
		}
	}
	if err := o.save(s); err != nil {
		return exitMismatch, err
	}
	return code, nil
}

// session makes the session that all requests share.
func (o *sendFlags) session(source *ingest.Source) (*client.Session, error) {
	opts := &client.Options{}
	var err error
	if opts.HTTPVersion, err = client.ParseHTTPVersion(o.version); err != nil {
		return nil, fmt.Errorf("--http: %w", err)
	}
	switch o.profile {
	case "none":
	case "", "-":
		return nil, fmt.Errorf("--profile %q: it is a name, a file or none", o.profile)
	default:
		if opts.Custom, err = source.Profile(o.profile); err != nil {
			return nil, fmt.Errorf("--profile: %w", err)
		}
	}
	if o.ca != "" {
		pem, err := os.ReadFile(o.ca)
		if err != nil {
			return nil, err
		}
		opts.RootCAs = x509.NewCertPool()
		if !opts.RootCAs.AppendCertsFromPEM(pem) {
			return nil, fmt.Errorf("--ca %s: no PEM certificate in it", o.ca)
		}
	}
	if opts.Override, err = o.override(); err != nil {
		return nil, err
	}
	if err = o.callFlags.options(opts); err != nil {
		return nil, err
	}
	return client.New(opts)
}

// sendRequest is one request of the command line or of a script.
type sendRequest struct {
	Method   string          `json:"method"`
	URL      string          `json:"url"`
	Kind     string          `json:"kind"`
	Referrer string          `json:"referrer"`
	Headers  [][]string      `json:"headers"`
	Remove   []string        `json:"remove"`
	Cookies  [][]string      `json:"cookies"`
	Body     *string         `json:"body"`
	Form     [][]string      `json:"form"`
	JSON     json.RawMessage `json:"json"`
	// Scripted and WithCredentials are those of [client.Call].
	Scripted        bool `json:"scripted"`
	WithCredentials bool `json:"with_credentials"`
}

// requests lists everything to send, or says what is wrong before anything is sent.
func (o *sendFlags) requests(stdin io.Reader, urls []string) ([]sendRequest, error) {
	if len(urls) == 0 && o.script != "" && (o.method != "" || o.kind != "" || o.data != nil || o.headers != nil) {
		return nil, errors.New("-X, -H, -d and --kind apply to URLs, and there is none: write them into the script")
	}
	template := sendRequest{Method: o.method, Kind: o.kind}
	for _, h := range o.headers {
		name, value, ok := strings.Cut(h, ":")
		if value = strings.TrimSpace(value); !ok {
			return nil, fmt.Errorf("-H %q: write 'Name: value'", h)
		}
		if value == "" {
			template.Remove = append(template.Remove, name)
		} else {
			template.Headers = append(template.Headers, []string{name, value})
		}
	}
	if o.data != nil {
		data, err := o.body(stdin)
		if err != nil {
			return nil, err
		}
		template.Body = &data
		if template.Method == "" {
			template.Method = "POST"
		}
		if !template.has("content-type") {
			template.Headers = append(template.Headers, []string{"Content-Type", "application/x-www-form-urlencoded"})
		}
	}
	var out []sendRequest
	for _, u := range urls {
		r := template
		r.URL = u
		out = append(out, r)
	}
	if o.script != "" {
		more, err := readScript(o.script, stdin)
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

func (r *sendRequest) has(name string) bool {
	for _, h := range r.Headers {
		if strings.EqualFold(h[0], name) {
			return true
		}
	}
	return false
}

// body joins the data of all -d.
func (o *sendFlags) body(stdin io.Reader) (string, error) {
	var parts []string
	for _, d := range o.data {
		if d == "@-" && o.script == "-" {
			return "", errors.New("-d @- and --script - cannot both read stdin")
		}
		data, err := readData(d, stdin)
		if err != nil {
			return "", err
		}
		parts = append(parts, data)
	}
	return strings.Join(parts, "&"), nil
}

func readData(data string, stdin io.Reader) (string, error) {
	name, ok := strings.CutPrefix(data, "@")
	if !ok {
		return data, nil
	}
	if name == "-" {
		b, err := io.ReadAll(stdin)
		return string(b), err
	}
	b, err := os.ReadFile(name)
	return string(b), err
}

// maxLine bounds one line of a script, in bytes.
const maxLine = 16 << 20

func readScript(name string, stdin io.Reader) ([]sendRequest, error) {
	in := stdin
	if name != "-" {
		f, err := os.Open(name)
		if err != nil {
			return nil, err
		}
		defer f.Close()
		in = f
	}
	var out []sendRequest
	lines := bufio.NewScanner(in)
	lines.Buffer(nil, maxLine)
	for n := 1; lines.Scan(); n++ {
		line := bytes.TrimSpace(lines.Bytes())
		if len(line) == 0 {
			continue
		}
		var r sendRequest
		if err := fingerprint.DecodeStrict(line, &r); err != nil {
			return nil, fmt.Errorf("script line %d: %w", n, err)
		}
		if err := r.check(); err != nil {
			return nil, fmt.Errorf("script line %d: %w", n, err)
		}
		out = append(out, r)
	}
	if err := lines.Err(); err != nil {
		return nil, fmt.Errorf("script: %w", err)
	}
	if out == nil {
		return nil, errors.New("script: no request in it")
	}
	return out, nil
}

// check looks at what the type of a script line cannot say.
func (r *sendRequest) check() error {
	if r.URL == "" {
		return errors.New("url is missing")
	}
	for _, list := range [][][]string{r.Headers, r.Form} {
		for _, pair := range list {
			if len(pair) != 2 {
				return fmt.Errorf("%q is no pair of name and value", pair)
			}
		}
	}
	_, err := r.cookie()
	return err
}

// call translates the request for the client, which refuses what contradicts itself.
func (r *sendRequest) call() *client.Call {
	c := &client.Call{
		Kind: profiles.Kind(r.Kind), Referrer: r.Referrer, Remove: r.Remove,
		Scripted: r.Scripted, WithCredentials: r.WithCredentials,
	}
	for _, h := range r.Headers {
		c.Header.Add(h[0], h[1])
	}
	if cookie, _ := r.cookie(); cookie != "" {
		c.Header.Add("Cookie", cookie)
	}
	if r.Body != nil {
		c.Bytes = []byte(*r.Body)
	}
	if r.Form != nil {
		c.Form = client.Pairs{} // an empty form is a body, too
	}
	for _, p := range r.Form {
		c.Form.Add(p[0], p[1])
	}
	if r.JSON != nil {
		c.JSON = r.JSON
	}
	return c
}

// send sends the request and prints the response; false when there was none, or its body broke off.
func (r *sendRequest) send(ctx context.Context, e *env, s *client.Session, asJSON bool) bool {
	method := r.Method
	if method == "" {
		method = "GET"
		if r.Body != nil || r.Form != nil || r.JSON != nil {
			method = "POST"
		}
	}
	line := struct {
		Status  int    `json:"status"`
		Proto   string `json:"proto"`
		URL     string `json:"url"`
		Resumed bool   `json:"resumed"`
		Error   string `json:"error"`
	}{URL: r.URL}
	res, err := r.do(ctx, s, method)
	if res != nil {
		line.Status, line.Proto, line.Resumed, line.URL = res.StatusCode, res.Proto, res.Info.Resumed, res.URL.String()
		out := e.stdout
		if asJSON {
			out = io.Discard
		}
		fmt.Fprintf(out, "%s %s\n", res.Proto, res.Status())
		for name, value := range res.Header.All() {
			fmt.Fprintf(out, "%s: %s\n", name, value)
		}
		fmt.Fprintln(out)
		_, cerr := io.Copy(out, res.Body)
		err = errors.Join(err, cerr, res.Close())
	}
	if err != nil {
		line.Error = err.Error()
	}
	switch {
	case asJSON:
		enc := json.NewEncoder(e.stdout)
		enc.SetEscapeHTML(false)
		if werr := enc.Encode(line); werr != nil {
			return false
		}
	case err != nil:
		fmt.Fprintf(e.stderr, "fpcheck send: %v\n", err)
	}
	return err == nil
}
