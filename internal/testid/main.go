// Command testid finds the tests of a row of docs/behaviours.md, in either runner, and runs them:
//
//	go run ./internal/testid REDIR-12
//
// It prints a line for each test or spec that ran, "pass client TestRedirects/REDIR-12", and the output of those that failed. The exit
// status is 1 when one failed, or when none ran: there was none, or all were skipped.
package main

import (
	"fmt"
	"os"
	"regexp"
)

var validID = regexp.MustCompile(`^[A-Z]+-[0-9]+$`)

func main() {
	if len(os.Args) != 2 || !validID.MatchString(os.Args[1]) {
		fmt.Fprintln(os.Stderr, "usage: testid ID, with an ID of docs/behaviours.md such as REDIR-12")
		os.Exit(2)
	}
	id := os.Args[1]
	found, err := find(os.DirFS("."), id)
	if err != nil {
		fmt.Fprintln(os.Stderr, err)
		os.Exit(1)
	}
	ran, failed, skipped := 0, 0, 0
	for _, p := range found {
		results, err := p.run(id)
		if err != nil {
			fmt.Fprintln(os.Stderr, err)
			failed++
		}
		for _, r := range results {
			fmt.Printf("%s %s %s\n", r.state, p.dir, r.name)
			switch r.state {
			case "skip":
				skipped++
				continue
			case "fail":
				failed++
				fmt.Println(r.output)
			}
			ran++
		}
	}
	switch {
	case ran == 0 && failed == 0 && skipped > 0:
		fmt.Printf("the tests of %s were all skipped\n", id)
		os.Exit(1)
	case ran == 0 && failed == 0:
		fmt.Printf("no test of %s was found\n", id)
		os.Exit(1)
	case failed > 0:
		os.Exit(1)
	}
}
