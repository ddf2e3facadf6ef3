// Command fpcheck checks what HTTP clients leave on the wire: it verifies the built-in profiles, shows and compares
// fingerprints, and sends requests with a browser's wire image. See fpcheck --help.
package main

import (
	"context"
	"errors"
	"flag"
	"fmt"
	"io"
	"os"
	"os/signal"
	"strings"
	"syscall"
)

// Exit codes of every command.
const (
	exitEqual    = 0 // done, and what was compared is equal
	exitMismatch = 1 // a difference, or a request or hello that failed
	exitUsage    = 2 // wrong usage, or nothing could be set up
	exitStatus   = 3 // a response has a status of 400 or more, where that counts
)

// env is what a command may use of the world.
type env struct {
	stdin          io.Reader
	stdout, stderr io.Writer
	// terminal tells whether stdout is one.
	terminal bool
	// rand returns the randomness of one session of the client; nil for crypto/rand. Tests spoil it.
	rand func() io.Reader
}

type command struct {
	name, args, short string
	// long is the text of `fpcheck NAME --help` above the flags.
	long string
	// verb is the method, of a command that is one.
	verb string
	run  func(ctx context.Context, e *env, c *command, args []string) (int, error)
}

// commands is the list of commands, in the order of the help text.
func commands() []command {
	return []command{verifyCommand, showCommand, listCommand, diffCommand, lintCommand, sendCommand, runCommand, storeCommand, doctorCommand}
}

func main() {
	ctx, stop := signal.NotifyContext(context.Background(), os.Interrupt, syscall.SIGTERM)
	defer stop()
	os.Exit(run(ctx, os.Args[1:], os.Stdin, os.Stdout, os.Stderr))
}

// run is main without the process: it returns the exit code.
func run(ctx context.Context, args []string, stdin io.Reader, stdout, stderr io.Writer) int {
	return (&env{stdin: stdin, stdout: stdout, stderr: stderr, terminal: terminal(stdout)}).run(ctx, args)
}

func (e *env) run(ctx context.Context, args []string) int {
	if len(args) == 0 {
		usage(e.stderr)
		return exitUsage
	}
	switch args[0] {
	case "help", "-h", "-help", "--help":
		usage(e.stdout)
		return exitEqual
	}
	c, ok := find(args[0])
	if !ok {
		fmt.Fprintf(e.stderr, "fpcheck: there is no command %q\n\n", args[0])
		usage(e.stderr)
		return exitUsage
	}
	code, err := c.run(ctx, e, &c, args[1:])
	switch {
	case errors.Is(err, flag.ErrHelp):
		return exitEqual
	case err != nil:
		fmt.Fprintf(e.stderr, "fpcheck %s: %v\n", c.name, err)
		return max(code, exitMismatch)
	}
	return code
}

// find returns the command of that name.
func find(name string) (command, bool) {
	for _, c := range commands() {
		if c.name == name {
			return c, true
		}
	}
	return verbCommand(name)
}

func usage(w io.Writer) {
	fmt.Fprint(w, "fpcheck checks what HTTP clients leave on the wire.\n\nUsage: fpcheck COMMAND [flags] [arguments]\n\nCommands:\n")
	for _, c := range commands() {
		fmt.Fprintf(w, "  %-8s %s\n", c.name, c.short)
	}
	fmt.Fprintf(w, "  %s:\n  %-8s send one with that method, as HTTP clients on the command line do\n", strings.Join(verbs, ", "), "")
	fmt.Fprint(w, "\n`fpcheck COMMAND --help` tells more. Exit codes: 0 equal or done, 1 a difference or a failure, 2 wrong usage or set-up,\n3 a status of 400 or more where that counts as a failure.\n")
}

// flags returns a flag set whose help text is the command's.
func (c *command) flags(e *env) *flag.FlagSet {
	f := flag.NewFlagSet(c.name, flag.ContinueOnError)
	f.SetOutput(io.Discard)
	f.Usage = func() {
		fmt.Fprintf(e.stdout, "Usage: fpcheck %s %s\n\n%s\n", c.name, c.args, strings.TrimSpace(c.long))
		fmt.Fprint(e.stdout, "\nFlags:\n")
		f.SetOutput(e.stdout)
		f.PrintDefaults()
		f.SetOutput(io.Discard)
	}
	return f
}

// alias gives the flag long a short name, too.
func alias(f *flag.FlagSet, short, long string) {
	x := f.Lookup(long)
	usage := "the same as --" + long
	if value, _ := flag.UnquoteUsage(x); value != "" {
		usage = "`" + value + "`: " + usage
	}
	f.Var(x.Value, short, usage)
}

// noneEmpty refuses a flag with an empty text, as of a variable of the shell that is not set: it would say nothing.
func noneEmpty(f *flag.FlagSet) error {
	var err error
	f.Visit(func(x *flag.Flag) {
		if g, ok := x.Value.(flag.Getter); ok && g.Get() == "" {
			err = errors.Join(err, fmt.Errorf("-%s is empty: leave it out, or say what is meant", x.Name))
		}
	})
	return err
}

// parse reads flags wherever they stand among the arguments, as users of curl expect, and returns the arguments.
// Everything after "--" is an argument.
func parse(f *flag.FlagSet, args []string) ([]string, error) {
	var rest []string
	for {
		if err := f.Parse(args); err != nil {
			return nil, err
		}
		done := len(args) - f.NArg()
		if f.NArg() == 0 {
			return rest, noneEmpty(f)
		}
		if done > 0 && args[done-1] == "--" {
			return append(rest, f.Args()...), noneEmpty(f)
		}
		if done > 0 && follows(f, args[done-1], f.Arg(0)) {
			args = f.Args()[1:]
			continue
		}
		rest = append(rest, f.Arg(0))
		args = f.Args()[1:]
	}
}
