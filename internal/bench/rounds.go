package main

import (
	"context"
	"crypto/tls"
	"crypto/x509"
	"encoding/json"
	"errors"
	"fmt"
	"io"
	"net/http"
	"os"
	"path/filepath"
	"strings"
)

// compare runs a scenario.
func (s scenario) compare(ctx context.Context, o *options) (res *result, err error) {
	if o.requests > 0 {
		s.Requests = o.requests
	} else if o.quick {
		s.Requests /= 4
	}
	foreign := startOthers()
	p := &serving{} // what serves is measured brings its own
	if s.Do != doServe {
		if p, err = startServer(ctx); err != nil {
			return nil, err
		}
		defer p.stop()
	}
	res = &result{scenario: s}
	for round := range o.rounds {
		if err := s.round(ctx, p, res, round); err != nil {
			return nil, fmt.Errorf("round %d: %w", round+1, err)
		}
	}
	if o.pprof != "" {
		if err := s.profile(ctx, p, o.pprof); err != nil {
			return nil, err
		}
	}
	if res.TLS, err = s.agreed(ctx, p, res); err != nil {
		return nil, err
	}
	res.Others = foreign.share()
	res.summarize()
	return res, nil
}

// turns is how often the sides take turns in a round, so that both meet the same state of the machine.
const turns = 10

// round has both sides do the work, taking turns.
func (s scenario) round(ctx context.Context, p *serving, res *result, round int) error {
	var sides [2]*measuring // net/http first
	for i, side := range []string{standard, ours} {
		t := task{scenario: s, endpoint: p.endpoint, Side: side}
		m, err := t.start(ctx)
		if err != nil {
			return err
		}
		defer m.stop()
		sides[i] = m
	}
	done := 0
	for turn := range turns {
		n := s.Requests*(turn+1)/turns - done
		done += n
		first := (round + turn) % 2 // who begins changes
		for _, i := range []int{first, 1 - first} {
			if err := sides[i].run(n); err != nil {
				return err
			}
		}
	}
	for _, m := range sides {
		if err := m.stop(); err != nil {
			return err
		}
	}
	return res.add(sides[0], sides[1])
}

// add takes in a round, if both sides did the same.
func (r *result) add(a, b *measuring) error {
	if a.proof != b.proof {
		return fmt.Errorf("the sides do not do the same.\n%s:\n%s\n%s:\n%s", standard, a.proof, ours, b.proof)
	}
	r.Proof = strings.Split(strings.TrimSpace(a.proof), "\n")
	r.Standard.Rounds = append(r.Standard.Rounds, a.total.per(r.Requests))
	r.Ours.Rounds = append(r.Ours.Rounds, b.total.per(r.Requests))
	return nil
}

// profileFactor is how much longer than others the round is that writes profiles.
const profileFactor = 10

// profile runs a long round that writes profiles.
func (s scenario) profile(ctx context.Context, p *serving, dir string) error {
	if err := os.MkdirAll(dir, 0o755); err != nil {
		return err
	}
	s.Requests *= profileFactor
	for _, side := range []string{standard, ours} {
		name := strings.ReplaceAll(s.Name+"/"+side, "/", "-")
		t := task{scenario: s, endpoint: p.endpoint, Side: side, Pprof: filepath.Join(dir, name)}
		m, err := t.start(ctx)
		if err != nil {
			return err
		}
		defer m.stop()
		if err := errors.Join(m.run(s.Requests), m.stop()); err != nil {
			return err
		}
	}
	return nil
}

// agreed returns what all handshakes of the scenario agreed on, and stops the server.
func (s scenario) agreed(ctx context.Context, p *serving, res *result) (string, error) {
	if s.Do == doServe {
		return res.Proof[len(res.Proof)-1], nil
	}
	kind, err := p.kinds(ctx)
	if err != nil {
		return "", err
	}
	if err := p.stop(); err != nil {
		return "", fmt.Errorf("server: %w", err)
	}
	return kind, nil
}

// kinds asks the server what all handshakes of the scenario agreed on. There must be one answer.
func (p *serving) kinds(ctx context.Context) (string, error) {
	pool := x509.NewCertPool()
	pool.AppendCertsFromPEM([]byte(p.CA))
	t := &http.Transport{TLSClientConfig: &tls.Config{RootCAs: pool}}
	defer t.CloseIdleConnections()
	req, err := http.NewRequestWithContext(ctx, http.MethodGet, "https://localhost:"+p.Port+"/kinds", nil)
	if err != nil {
		return "", err
	}
	res, err := t.RoundTrip(req)
	if err != nil {
		return "", err
	}
	defer res.Body.Close()
	data, err := io.ReadAll(res.Body)
	if err != nil {
		return "", err
	}
	var kinds []string
	if err := json.Unmarshal(data, &kinds); err != nil {
		return "", err
	}
	if len(kinds) != 1 {
		return "", errors.New("the sides' handshakes differ: " + strings.Join(kinds, "; "))
	}
	return kinds[0], nil
}
