package golden

import (
	"context"
	"errors"
	"fmt"
	"slices"
	"strconv"
	"strings"

	"github.com/wirelike/wirelike/fingerprint"
	"github.com/wirelike/wirelike/fpserver"
)

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
	Unevidenced int `json:"unevidenced"`
	// Skipped says why nothing of the golden was checked: then all counts are 0. Empty for one that was.
	Skipped    string     `json:"skipped,omitempty"`
	Mismatches []Mismatch `json:"mismatches"`
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
// used a connection twice. Goldens with other requests than navigations are for a [KindSubject]; the result of another says
// that it was skipped. The server and all it holds are gone when Run returns.
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
	do := s.Do
	if g.steps != nil {
		k, ok := s.(KindSubject)
		if !ok {
			return g.skipped(), nil
		}
		do = k.DoKinds
	}
	run := run{g: g, subject: do}
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
	if g.steps != nil {
		run.o.Requests = len(g.steps)
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
		switch err := run.connection(ctx, srv, n); {
		case n == 0 && errors.Is(err, ErrKinds):
			return g.skipped(), nil
		case err != nil:
			return nil, fmt.Errorf("connection %d: %w", n, err)
		}
		if run.o.Progress != nil {
			run.o.Progress(g.Profile, g.Situation, g.Protocol, n+1, run.o.Connections)
		}
	}
	run.across()
	return &run.result, nil
}

// skipped is the result of a subject that makes navigations only.
func (g *Golden) skipped() *Result {
	return &Result{Profile: g.Profile, Situation: g.Situation, Protocol: g.Protocol, Skipped: ErrKinds.Error(), Mismatches: []Mismatch{}}
}

type run struct {
	g       *Golden
	subject func(context.Context, Task) error
	o       Options
	result  Result
	hellos  [][]byte
	got     []*fingerprint.Fingerprint
}

func (r *run) add(connection int, m fingerprint.Mismatch) {
	r.result.Mismatches = append(r.result.Mismatches, Mismatch{Connection: connection, Mismatch: m})
}

// connection lets the subject make one connection and compares it.
func (r *run) connection(ctx context.Context, srv *fpserver.Server, n int) error {
	resume := r.g.resumes()
	before := accepted(srv)
	conn, err := r.do(ctx, srv, n, 0)
	for again := 1; again < spares && resume && r.o.Browser && (errors.Is(err, errReused) || err == nil && !conn.Capture().Resumed); again++ {
		conn, err = r.do(ctx, srv, n, again)
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
	if len(capture.Hellos) > 0 {
		r.hellos = append(r.hellos, capture.Hellos[0])
	}
	r.got = append(r.got, got)
	mismatches, compared := r.g.compare(got, r.o.Requests, !r.o.Browser)
	r.result.Comparisons += compared
	for _, m := range mismatches {
		r.add(n, m)
	}
	want := 1
	if resume || r.g.Situation == ForWebSocket {
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

// find returns the connection whose first request is the one for target.
func (r *run) find(srv *fpserver.Server, target string) (*fpserver.Conn, error) {
	seen := 0
	var broken error
	for _, c := range slices.Backward(srv.Conns()) { // it is one of the last
		f, err := c.Fingerprint()
		if broken = errors.Join(broken, err, c.Err()); err != nil || f.TLS == nil && r.g.Situation != Plain {
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
