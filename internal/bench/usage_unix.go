//go:build unix

package main

import (
	"syscall"
	"time"
)

// usage is CPU time.
type usage struct{ user, system time.Duration }

// selfUsage returns the CPU time of this process so far, of all its threads.
func selfUsage() (usage, error) { return rusage(syscall.RUSAGE_SELF) }

// childrenUsage returns that of all processes that this one has started and that have ended, and of theirs.
func childrenUsage() (usage, error) { return rusage(syscall.RUSAGE_CHILDREN) }

func rusage(who int) (usage, error) {
	var r syscall.Rusage
	if err := syscall.Getrusage(who, &r); err != nil {
		return usage{}, err
	}
	return usage{user: time.Duration(r.Utime.Nano()), system: time.Duration(r.Stime.Nano())}, nil
}
