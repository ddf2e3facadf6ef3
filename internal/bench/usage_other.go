//go:build !unix

package main

import (
	"errors"
	"time"
)

type usage struct{ user, system time.Duration }

var errUsage = errors.New("the CPU time of processes is only measured on Unix systems")

func selfUsage() (usage, error)     { return usage{}, errUsage }
func childrenUsage() (usage, error) { return usage{}, errUsage }
