// Command fpserve serves fpserver on its own: a HTTPS or HTTP server that shows what its clients put on the wire. See
// "fpserve --help".
package main

import (
	"context"
	"errors"
	"flag"
	"fmt"
	"io"
	"log"
	"os"
	"os/signal"
	"strings"
	"syscall"
	"time"

	"github.com/wirelike/wirelike/fpserver"
)

const usage = `fpserve serves HTTPS and shows what clients put on the wire.

Usage: fpserve [--addr HOST:PORT] [--ca-out FILE | --no-tls] [--http1-only | --http2-only]

  --addr HOST:PORT  listen there (default localhost:0: a free port on 127.0.0.1
                    and ::1)
  --ca-out FILE     write the certificate of the authority, made up for this run,
                    to FILE in PEM; clients must trust it. FILE stays
  --no-tls          serve http:// without TLS: HTTP/1.1, and HTTP/2 by prior
                    knowledge
  --http1-only      offer and speak nothing but HTTP/1.1
  --http2-only      offer and speak nothing but HTTP/2
  --help            show this text

The first line on standard output is the base URL; its page lists the paths, of
which /fp gives the full report. Standard error gets the hash of the server's
public key, if it has one, for Chromium's --ignore-certificate-errors-spki-list.

Interrupt or SIGTERM ends it: requests in progress get five seconds to finish, a
second signal cuts them. Exit status: 0 after that, 1 when it cannot serve, 2 for
a wrong command line.

Example:
  fpserve --ca-out ca.pem &
  curl --cacert ca.pem https://localhost:PORT/fp
`

// drainTime is how long requests in progress may take once the server is told to end.
const drainTime = 5 * time.Second

func main() {
	ctx, stop := signal.NotifyContext(context.Background(), os.Interrupt, syscall.SIGTERM)
	context.AfterFunc(ctx, stop) // the second signal has its usual effect
	os.Exit(run(ctx, os.Args[1:], os.Stdin, os.Stdout, os.Stderr))
}

// run is the command: it serves until ctx ends.
func run(ctx context.Context, args []string, _ io.Reader, stdout, stderr io.Writer) int {
	srv := fpserver.NewUnstartedServer(nil)
	srv.ErrorLog = log.New(stderr, "", 0)
	caOut, err := parse(srv, args)
	switch {
	case errors.Is(err, flag.ErrHelp):
		fmt.Fprint(stdout, usage)
		return 0
	case err != nil:
		fmt.Fprintf(stderr, "fpserve: %v\n", err)
		fmt.Fprintln(stderr, "fpserve: try: fpserve --help")
		return 2
	}
	if err := serve(ctx, srv, caOut, stdout, stderr); err != nil {
		fmt.Fprintf(stderr, "fpserve: %v\n", err)
		return 1
	}
	return 0
}

// parse reads the command line.
func parse(srv *fpserver.Server, args []string) (caOut string, err error) {
	flags := flag.NewFlagSet("fpserve", flag.ContinueOnError)
	flags.SetOutput(io.Discard)
	flags.StringVar(&srv.Addr, "addr", "", "")
	flags.StringVar(&caOut, "ca-out", "", "")
	flags.BoolVar(&srv.NoTLS, "no-tls", false, "")
	flags.BoolVar(&srv.HTTP1Only, "http1-only", false, "")
	flags.BoolVar(&srv.HTTP2Only, "http2-only", false, "")
	if err := flags.Parse(args); err != nil {
		if text := err.Error(); strings.HasPrefix(text, "flag provided but not defined: -") {
			err = fmt.Errorf("there is no option -%s", text[strings.LastIndexByte(text, '-'):])
		}
		return "", err
	}
	if rest := flags.Args(); len(rest) > 0 {
		hint := ""
		if strings.Contains(rest[0], ":") {
			hint = fmt.Sprintf("; did you mean --addr %s?", rest[0])
		}
		return "", fmt.Errorf("there are no arguments without an option, but %q was given%s", rest[0], hint)
	}
	if srv.HTTP1Only && srv.HTTP2Only {
		return "", errors.New("--http1-only and --http2-only exclude each other")
	}
	if srv.NoTLS && caOut != "" {
		return "", errors.New("--no-tls and --ca-out exclude each other")
	}
	return caOut, nil
}

func serve(ctx context.Context, srv *fpserver.Server, caOut string, stdout, stderr io.Writer) error {
	if err := srv.Start(); err != nil {
		return err
	}
	defer srv.Close()
	if caOut != "" {
		if err := os.WriteFile(caOut, srv.CertPEM(), 0o644); err != nil {
			return err
		}
	}
	if !srv.NoTLS {
		fmt.Fprintf(stderr, "fpserve: SPKI %s\n", srv.SPKI())
	}
	if _, err := fmt.Fprintln(stdout, srv.URL); err != nil {
		return err
	}
	<-ctx.Done()
	drain, cancel := context.WithTimeout(context.WithoutCancel(ctx), drainTime)
	defer cancel()
	if err := srv.Shutdown(drain); err != nil {
		fmt.Fprintf(stderr, "fpserve: requests were cut: %v\n", err)
	}
	return nil
}
