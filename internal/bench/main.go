// Bench compares this module's client with the standard library's on identical work:
//
//	go run ./internal/bench -run 'get/.*/h2' -out bench.json
//
// For each scenario it starts a server, net/http's, in a process of its own, and in each round one process for each side,
// "net/http" and "wirelike". A measuring process connects, warms up and collects its garbage. Then the two take turns in
// making their requests, and each notes what these cost it: CPU time of the process, wall time, allocations. What
// starting and connecting cost is not counted.
//
// The scenarios cookies/… and redirect/… compare whole clients, with cookies and redirects: the server refuses requests without
// the cookies that it has set.
//
// The scenarios serve/… turn this round: they compare servers, fpserver ("wirelike"), which records what its clients send,
// with net/http's. There the measuring process is the server, with one handler for both sides, and net/http's client sends
// the requests from a process of its own that is not counted.
//
// A process of its own, instead of a share of a common one, has nothing of the other side in its heap and its
// scheduler; fresh ones in each round equal the state of the garbage collector by construction, and make rounds
// independent, so that their spread also shows what depends on the layout of memory. Turns that are short beside the
// changes of a machine's load let both sides meet the same.
//
// Both sides must have sent the same fields and must have agreed on the same TLS parameters, as the server saw them, or
// the scenario fails. It prints the medians of the ratios wirelike ÷ net/http within each round. A missed target is
// marked and not a failure: benchmarks are no gates.
package main

import (
	"context"
	"errors"
	"flag"
	"fmt"
	"io"
	"os"
	"os/signal"
	"regexp"
	"runtime"
	"slices"
	"strconv"

	"github.com/wirelike/wirelike/profiles"
)

func main() {
	ctx, stop := signal.NotifyContext(context.Background(), os.Interrupt)
	defer stop()
	os.Exit(run(ctx, os.Args[1:], os.Stdin, os.Stdout, os.Stderr))
}

// The roles in which the program executes itself, as its only argument.
const (
	serveRole   = "serve"
	measureRole = "measure"
)

// options are the flags.
type options struct {
	rounds   int
	requests int // per round and side; 0: as the scenario has it
	match    *regexp.Regexp
	quick    bool
	markdown bool
	out      string // file for the JSON
	pprof    string // directory for profiles
	browser  string // profile of the scenarios that send requests
	list     bool
}

func run(ctx context.Context, args []string, stdin io.Reader, stdout, stderr io.Writer) int {
	var err error
	switch {
	case slices.Equal(args, []string{serveRole}):
		err = serve(stdin, stdout)
	case slices.Equal(args, []string{measureRole}):
		err = measureTask(ctx, stdin, stdout)
	default:
		var o *options
		if o, err = parse(args, stderr); errors.Is(err, flag.ErrHelp) {
			return 0
		} else if err != nil {
			return 2
		}
		err = compare(ctx, o, stdout, stderr)
	}
	if err != nil {
		fmt.Fprintln(stderr, "bench:", err)
		return 1
	}
	return 0
}

func parse(args []string, stderr io.Writer) (*options, error) {
	o := &options{}
	flags := flag.NewFlagSet("bench", flag.ContinueOnError)
	flags.SetOutput(stderr)
	flags.IntVar(&o.rounds, "rounds", 11, "rounds per scenario; fewer than "+strconv.Itoa(quotable)+" are not worth quoting")
	flags.IntVar(&o.requests, "requests", 0, "measured requests or handshakes per round and side (default: as the scenario has it)")
	pattern := flags.String("run", "", "only scenarios that match this `regexp`")
	flags.BoolVar(&o.quick, "quick", false, "3 rounds of a quarter of the requests, to see whether everything works")
	flags.BoolVar(&o.markdown, "markdown", false, "print the table as Markdown")
	flags.StringVar(&o.out, "out", "", "write all samples to this `file`, as JSON")
	flags.StringVar(&o.pprof, "pprof", "", "add a long round per side, not counted, that writes CPU and allocation profiles to this `directory`")
	flags.StringVar(&o.browser, "browser", "chromium156", "the `profile` that sends requests")
	flags.BoolVar(&o.list, "list", false, "list the scenarios")
	err := flags.Parse(args)
	if err == nil && flags.NArg() > 0 {
		err = fmt.Errorf("unexpected argument %q", flags.Arg(0))
	}
	if err == nil && (o.rounds < 1 || o.requests < 0) {
		err = errors.New("-rounds and -requests must be positive")
	}
	if err == nil {
		o.match, err = regexp.Compile(*pattern)
	}
	if err == nil {
		_, err = profiles.Lookup(o.browser)
	}
	if err != nil && !errors.Is(err, flag.ErrHelp) {
		fmt.Fprintln(stderr, "bench:", err)
	}
	if o.quick {
		o.rounds = 3
	}
	return o, err
}

// compare runs the scenarios that were asked for, saves the report and prints it. What has failed does not keep it from
// the rest.
func compare(ctx context.Context, o *options, stdout, stderr io.Writer) error {
	all := slices.DeleteFunc(scenarios(o.browser), func(s scenario) bool { return !o.match.MatchString(s.Name) })
	if len(all) == 0 {
		return errors.New("no scenario matches; -list shows them")
	}
	if o.list {
		for _, s := range all {
			fmt.Fprintln(stdout, s.Name)
		}
		return nil
	}
	r := &report{
		Schema: "wirelike/bench/1", Go: runtime.Version(), OS: runtime.GOOS, Arch: runtime.GOARCH,
		CPU: cpuName(), CPUs: runtime.NumCPU(), Load: load(), Browser: o.browser, Rounds: o.rounds, Quick: o.quick,
	}
	var errs []error
	for _, s := range all {
		res, err := s.compare(ctx, o)
		if err != nil {
			errs = append(errs, fmt.Errorf("%s: %w", s.Name, err))
			if ctx.Err() != nil {
				break
			}
			continue
		}
		fmt.Fprintf(stderr, "%s %s\n", s.Name, res.Ratio.CPU)
		r.Scenarios = append(r.Scenarios, *res)
	}
	errs = append(errs, r.save(o.out), r.print(stdout, o.markdown))
	return errors.Join(errs...)
}
