package golden

import (
	"context"
	"crypto/tls"
	"errors"
	"fmt"
	"strconv"
	"strings"

	"github.com/wirelike/wirelike/fingerprint"
	"github.com/wirelike/wirelike/fpserver"
	"github.com/wirelike/wirelike/profiles"
)

// Subject is anything that can make requests: this module's client, any http.RoundTripper, a command, a browser.
type Subject interface {
	// Do makes the requests of the task, in order, one after the other, over one connection that it opens for this
	// task, and reads each response to its end. If the server ends the connection, the rest goes over another one, in the
	// same session.
	Do(ctx context.Context, t Task) error
}

// Task is what a [Subject] is asked to do.
type Task struct {
	// URL is the server's base URL, "https://localhost:PORT".
	URL string
	// CAFile is a PEM file with the certificate that the server's own one is signed with.
	CAFile   string
	Requests []TaskRequest
	// Resume says that the server ends the connection after the first request, and that the next connection is to resume
	// the TLS session of that one.
	Resume bool

	server *fpserver.Server // for Verify's builder
}

// TaskRequest is one request of a task: a GET without fields of its own.
type TaskRequest struct {
	URL  string
	Kind profiles.Kind
}

// Options tunes [Run]; nil and zero fields mean the defaults.
type Options struct {
	// Connections is how many connections are made per golden; default 3.
	Connections int
	// Requests is how many requests are made on each connection; default 3.
	Requests int
	// Browser says that the subject is a real browser that was started headless: the golden's Undo is applied to what
	// it sends, and spare connections are passed over.
	Browser bool
	// Progress, when not nil, is called after each connection, from the goroutine of Run.
	Progress func(profile string, situation Situation, protocol string, done, total int)
}

// Result is the outcome of one golden. Its JSON is an entry of the results of `fpcheck verify --json`.
type Result struct {
	Profile     string    `json:"profile"`
	Situation   Situation `json:"situation"`
	Protocol    string    `json:"protocol"`
	Connections int       `json:"connections"`
	// Leaves is the number of evidenced leaves of the golden.
	Leaves int `json:"leaves"`
	// Comparisons counts what was compared: every evidenced leaf on every connection, the same leaves of later requests
	// on it, and what must differ between connections.
	Comparisons int `json:"comparisons"`
	// Unevidenced is the number of leaves of which the source is a guess; they are not compared.
	Unevidenced int        `json:"unevidenced"`
	Mismatches  []Mismatch `json:"mismatches"`
}

// Mismatch is one difference on one connection, counted from 0; -1 for a difference between connections.
type Mismatch struct {
	Connection int `json:"connection"`
	fingerprint.Mismatch
}

// String gives one line: where, by which rule, wanted and got.
func (m Mismatch) String() string { return Grouped{m.Mismatch, []int{m.Connection}}.String() }

// Grouped is one difference that several connections show.
type Grouped struct {
	fingerprint.Mismatch
	Connections []int
}

// String gives one line: where, by which rule, wanted and got.
func (g Grouped) String() string {
	at := ""
	if g.Offset > 0 {
		at = fmt.Sprintf(" (offset %d)", g.Offset)
	}
	var numbers []string
	for _, n := range g.Connections {
		numbers = append(numbers, strconv.Itoa(n))
	}
	where := "across connections"
	switch {
	case g.Connections[0] < 0:
	case len(numbers) == 1:
		where = "connection " + numbers[0]
	default:
		where = "connections " + strings.Join(numbers, ", ")
	}
	return fmt.Sprintf("%s: %s%s [%s]: want %s, got %s", where, g.Path, at, g.Rule, g.Want, g.Got)
}

// Group joins the mismatches of a result that differ in the connection only, in the order in which they appear.
func (r *Result) Group() []Grouped {
	var out []Grouped
	at := map[fingerprint.Mismatch]int{}
	for _, m := range r.Mismatches {
		key := m.Mismatch
		key.Offset = 0 // it moves with what stands in front
		if i, ok := at[key]; ok && m.Connection >= 0 {
			out[i].Connections = append(out[i].Connections, m.Connection)
			continue
		}
		at[key] = len(out)
		out = append(out, Grouped{m.Mismatch, []int{m.Connection}})
	}
	return out
}

// Run makes a subject send requests to an in-process server and compares what it leaves on the wire with every golden
// of a profile. A mismatch is no error; an error means that nothing can be said: the subject failed, never connected, or
// used a connection twice. The server and all it holds are gone when Run returns.
func Run(ctx context.Context, s Subject, profile string, o *Options) ([]Result, error) {
	goldens, err := All(profile)
	if err != nil {
		return nil, err
	}
	var out []Result
	for _, g := range goldens {
		r, err := g.Run(ctx, s, o)
		if err != nil {
			return out, fmt.Errorf("golden: %s, %s over %s: %w", g.Profile, g.Situation, g.Protocol, err)
		}
		out = append(out, *r)
	}
	return out, nil
}

// Run is [Run] for one golden.
func (g *Golden) Run(ctx context.Context, s Subject, o *Options) (*Result, error) {
	run := run{g: g}
	if o != nil {
		run.o = *o
	}
	if run.o.Connections < 0 || run.o.Requests < 0 {
		return nil, fmt.Errorf("%d connections with %d requests: a check of nothing cannot fail", run.o.Connections, run.o.Requests)
	}
	if run.o.Connections == 0 {
		run.o.Connections = 3
	}
	if run.o.Requests == 0 {
		run.o.Requests = 3
	}
	evidenced, unevidenced := g.Leaves()
	if len(evidenced) == 0 {
		return nil, errors.New("no field has evidence: a check of nothing cannot fail")
	}
	run.result = Result{
		Profile: g.Profile, Situation: g.Situation, Protocol: g.Protocol, Connections: run.o.Connections,
		Leaves: len(evidenced), Unevidenced: unevidenced, Mismatches: []Mismatch{},
	}
	srv := g.server()
	if err := srv.Start(); err != nil {
		return nil, err
	}
	defer srv.Close()
	for n := range run.o.Connections {
		if err := run.connection(ctx, srv, s, n); err != nil {
			return nil, fmt.Errorf("connection %d: %w", n, err)
		}
		if run.o.Progress != nil {
			run.o.Progress(g.Profile, g.Situation, g.Protocol, n+1, run.o.Connections)
		}
	}
	run.across()
	return &run.result, nil
}

// server returns a server that brings about the situation.
func (g *Golden) server() *fpserver.Server {
	srv := fpserver.NewUnstartedServer(nil)
	srv.HTTP1Only = g.Protocol == "http/1.1"
	srv.SessionTickets = g.resumes()
	switch g.Situation {
	case Resumed12:
		srv.TLS = &tls.Config{MaxVersion: tls.VersionTLS12}
	case HRR:
		srv.TLS = &tls.Config{CurvePreferences: []tls.CurveID{tls.CurveID(profiles.RetryGroup)}}
	}
	return srv
}

// resumes tells whether the situation is about a connection that resumes the session of another one.
func (g *Golden) resumes() bool { return g.Situation == Resumed || g.Situation == Resumed12 }

type run struct {
	g      *Golden
	o      Options
	result Result
	hellos [][]byte
	got    []*fingerprint.Fingerprint
}

func (r *run) add(connection int, m fingerprint.Mismatch) {
	r.result.Mismatches = append(r.result.Mismatches, Mismatch{Connection: connection, Mismatch: m})
}

// connection lets the subject make one connection and compares it.
func (r *run) connection(ctx context.Context, srv *fpserver.Server, s Subject, n int) error {
	resume := r.g.resumes()
	before := accepted(srv)
	conn, err := r.do(ctx, srv, s, n, 0)
	for again := 1; again < spares && resume && r.o.Browser && (errors.Is(err, errReused) || err == nil && !conn.Capture().Resumed); again++ {
		conn, err = r.do(ctx, srv, s, n, again)
	}
	if err != nil {
		return err
	}
	capture := conn.Capture()
	got, err := r.fingerprint(conn, &capture, n)
	if err != nil {
		return err
	}
	if r.o.Browser {
		r.g.ApplyUndo(got)
	}
	r.hellos = append(r.hellos, capture.Hellos[0])
	r.got = append(r.got, got)
	mismatches, compared := r.g.compare(got, r.o.Requests, !r.o.Browser)
	r.result.Comparisons += compared
	for _, m := range mismatches {
		r.add(n, m)
	}
	want := 1
	if resume {
		want = 2
	}
	if n := accepted(srv) - before; n != want && !r.o.Browser {
		r.add(-1, fingerprint.Mismatch{Path: "connections", Offset: -1, Rule: "fixed", Want: strconv.Itoa(want), Got: strconv.Itoa(n)})
	}
	if resume {
		r.result.Comparisons++
		if !capture.Resumed {
			r.add(n, fingerprint.Mismatch{Path: "tls.resumed", Offset: -1, Rule: "fixed", Want: "true", Got: "false"})
		}
	}
	return nil
}

// fingerprint returns what the golden is about: of a connection with a HelloRetryRequest, what came with the second hello.
func (r *run) fingerprint(conn *fpserver.Conn, capture *fingerprint.Capture, n int) (*fingerprint.Fingerprint, error) {
	if r.g.Situation != HRR {
		return conn.Fingerprint()
	}
	second := capture.Second()
	if second == nil {
		return nil, errors.New("the server asked for another key share, and there was no second hello")
	}
	list, err := fingerprint.DiffRetry(capture)
	if err != nil {
		return nil, err
	}
	r.result.Comparisons++
	for _, m := range list {
		r.add(n, m)
	}
	return fingerprint.Parse(second)
}

// accepted counts the connections that the server has accepted.
func accepted(srv *fpserver.Server) int {
	if all := srv.Conns(); len(all) > 0 {
		return all[len(all)-1].ID
	}
	return 0
}

// spares is how often a browser is asked to resume. Chromium sometimes opens a second connection beside the first one,
// when there is no ticket yet, and uses it when the server ends the first: that is another situation.
const spares = 5

// do lets the subject make one connection and returns it.
func (r *run) do(ctx context.Context, srv *fpserver.Server, s Subject, n, again int) (*fpserver.Conn, error) {
	t := Task{URL: srv.URL, CAFile: srv.CAFile(), server: srv, Resume: r.g.resumes()}
	if t.Resume {
		t.Requests = append(t.Requests, TaskRequest{URL: fmt.Sprintf("%s/close?connection=%d", srv.URL, n), Kind: profiles.Navigate})
	}
	first := len(t.Requests)
	for k := range r.o.Requests {
		u := fmt.Sprintf("%s/get?connection=%d&request=%d", srv.URL, n, k)
		if again > 0 {
			u += fmt.Sprintf("&again=%d", again)
		}
		t.Requests = append(t.Requests, TaskRequest{URL: u, Kind: profiles.Navigate})
	}
	if err := s.Do(ctx, t); err != nil {
		return nil, err
	}
	return r.find(srv, strings.TrimPrefix(t.Requests[first].URL, srv.URL))
}

// find returns the connection whose first request is the one for target.
func (r *run) find(srv *fpserver.Server, target string) (*fpserver.Conn, error) {
	seen := 0
	var broken error
	for _, c := range srv.Conns() {
		f, err := c.Fingerprint()
		if broken = errors.Join(broken, err, c.Err()); err != nil || f.TLS == nil {
			continue
		}
		seen++
		if targetOf(f) == target {
			return c, nil
		}
	}
	switch {
	case broken != nil:
		return nil, fmt.Errorf("no connection begins with %s, and some are broken: %w", target, broken)
	case seen == 0:
		return nil, errors.New("the subject never connected")
	}
	return nil, fmt.Errorf("no connection begins with %s: %w", target, errReused)
}

var errReused = errors.New("the subject must open a new connection for each task")
