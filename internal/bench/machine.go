package main

import (
	"bytes"
	"os"
	"runtime"
	"strconv"
	"strings"
	"time"
)

// cpuName returns the name of the processor, "" where it is not known.
func cpuName() string {
	data, _ := os.ReadFile("/proc/cpuinfo")
	for line := range strings.Lines(string(data)) {
		if name, value, ok := strings.Cut(line, ":"); ok && strings.TrimSpace(name) == "model name" {
			return strings.TrimSpace(value)
		}
	}
	return ""
}

// load returns the load average of the last minute, 0 where it is not known.
func load() float64 {
	data, _ := os.ReadFile("/proc/loadavg")
	first, _, _ := bytes.Cut(data, []byte(" "))
	n, _ := strconv.ParseFloat(string(first), 64)
	return n
}

// others measures how much of the machine is used by anybody else.
type others struct {
	start      time.Time
	busy, mine time.Duration
}

func startOthers() others { return others{time.Now(), busyTime(), familyTime()} }

// share returns which part of the CPUs others had since the start, from 0 to 1; 0 where that is not known. It takes in
// what processes used that have ended.
func (o others) share() float64 {
	busy := busyTime()
	if busy == 0 {
		return 0
	}
	foreign := busy - o.busy - (familyTime() - o.mine)
	all := time.Since(o.start) * time.Duration(runtime.NumCPU())
	return max(0, float64(foreign)/float64(all))
}

// familyTime is the CPU time of this process and of those that it has started and that have ended.
func familyTime() time.Duration {
	self, err := selfUsage()
	if err != nil {
		return 0
	}
	children, err := childrenUsage()
	if err != nil {
		return 0
	}
	return self.user + self.system + children.user + children.system
}

// busyTime is how long the CPUs of the machine have worked, or were taken away by its host, since it started; 0 where
// that is not known. See proc_stat(5): ticks of 10 ms.
func busyTime() time.Duration {
	data, _ := os.ReadFile("/proc/stat")
	line, _, _ := strings.Cut(string(data), "\n")
	fields := strings.Fields(line)
	if len(fields) < 9 || fields[0] != "cpu" {
		return 0
	}
	var ticks int64
	for i, f := range fields[1:9] {
		if n, err := strconv.ParseInt(f, 10, 64); err == nil && i != 3 && i != 4 { // idle, iowait
			ticks += n
		}
	}
	return time.Duration(ticks) * 10 * time.Millisecond
}
