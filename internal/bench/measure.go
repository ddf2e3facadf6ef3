package main

import (
	"context"
	"crypto/x509"
	"encoding/json"
	"errors"
	"io"
	"os"
	"runtime"
	"runtime/pprof"
	"time"
)

// task is what a measuring process gets to do, the first line of its input. Further lines are numbers: so many requests
// are made and measured. At the end of the input the process checks what it did and ends.
type task struct {
	scenario
	endpoint
	Side  string `json:"side"`
	Pprof string `json:"pprof,omitempty"` // where profiles go: the beginning of their names
}

// prepared is the first line of a measuring process' output. The others are samples, one for each line of its input.
type prepared struct {
	// Proof is what the server, or the handshake, says about what is done: it must be the same on both sides.
	Proof string `json:"proof"`
}

// sample is what a number of requests or handshakes cost one side.
type sample struct {
	CPU    float64 `json:"cpu_ns"` // of the process, in user and in kernel mode
	System float64 `json:"system_ns"`
	Wall   float64 `json:"wall_ns"`
	Allocs float64 `json:"allocs"`
	Bytes  float64 `json:"bytes"` // allocated
	GCs    float64 `json:"gcs"`   // how often garbage was collected
}

func (s *sample) add(t sample) {
	s.CPU += t.CPU
	s.System += t.System
	s.Wall += t.Wall
	s.Allocs += t.Allocs
	s.Bytes += t.Bytes
	s.GCs += t.GCs
}

// per returns the sample for one of n requests.
func (s sample) per(n int) sample {
	k := float64(n)
	return sample{s.CPU / k, s.System / k, s.Wall / k, s.Allocs / k, s.Bytes / k, s.GCs / k}
}

// work is one side of a scenario in a measuring process.
type work interface {
	// prepare does everything that is not measured, warms up, and says what was agreed with the server.
	prepare(ctx context.Context) (proof string, err error)
	// run makes n requests: what is measured.
	run(ctx context.Context, n int) error
	// finish checks that run did what it was to do, and ends it.
	finish() error
}

// measureTask is the measuring process.
func measureTask(ctx context.Context, stdin io.Reader, stdout io.Writer) error {
	in, out := json.NewDecoder(stdin), json.NewEncoder(stdout)
	t := &task{}
	if err := in.Decode(t); err != nil {
		return err
	}
	if t.Pprof != "" {
		runtime.MemProfileRate = 16 << 10
	}
	ctx, cancel := context.WithCancel(ctx) // so that no side has a short cut for contexts that never end
	defer cancel()
	w, err := t.work()
	if err != nil {
		return err
	}
	proof, err := w.prepare(ctx)
	if err != nil {
		return err
	}
	stop, err := t.startProfile()
	if err != nil {
		return err
	}
	runtime.GC()
	runtime.GC() // what the first one only moved to where pools keep their victims
	if err := out.Encode(prepared{proof}); err != nil {
		return err
	}
	for {
		var n int
		if err := in.Decode(&n); err == io.EOF {
			return errors.Join(stop(), w.finish())
		} else if err != nil {
			return err
		}
		s, err := measure(ctx, w, n)
		if err != nil {
			return err
		}
		if err := out.Encode(s); err != nil {
			return err
		}
	}
}

func (t *task) work() (work, error) {
	if t.Do == doServe {
		return newServes(t), nil
	}
	pool := x509.NewCertPool()
	if !pool.AppendCertsFromPEM([]byte(t.CA)) {
		return nil, errors.New("no certificate of an authority")
	}
	if t.Do == doHandshake {
		return newHandshakes(t, pool)
	}
	return newRequests(t, pool)
}

func measure(ctx context.Context, w work, n int) (*sample, error) {
	var before, after runtime.MemStats
	runtime.ReadMemStats(&before)
	cpu, err := selfUsage()
	if err != nil {
		return nil, err
	}
	start := time.Now()
	if err := w.run(ctx, n); err != nil {
		return nil, err
	}
	wall := time.Since(start)
	used, err := selfUsage()
	if err != nil {
		return nil, err
	}
	runtime.ReadMemStats(&after)
	return &sample{
		CPU: float64(used.user + used.system - cpu.user - cpu.system), System: float64(used.system - cpu.system),
		Wall: float64(wall), Allocs: float64(after.Mallocs - before.Mallocs), Bytes: float64(after.TotalAlloc - before.TotalAlloc),
		GCs: float64(after.NumGC - before.NumGC),
	}, nil
}

// startProfile starts a CPU profile, if one was asked for. The returned function ends it and writes that of allocations.
func (t *task) startProfile() (stop func() error, err error) {
	if t.Pprof == "" {
		return func() error { return nil }, nil
	}
	f, err := os.Create(t.Pprof + ".cpu.pprof")
	if err != nil {
		return nil, err
	}
	if err := pprof.StartCPUProfile(f); err != nil {
		f.Close()
		return nil, err
	}
	return func() error {
		pprof.StopCPUProfile()
		allocs, err := os.Create(t.Pprof + ".allocs.pprof")
		if err != nil {
			return errors.Join(err, f.Close())
		}
		return errors.Join(f.Close(), pprof.Lookup("allocs").WriteTo(allocs, 0), allocs.Close())
	}, nil
}
