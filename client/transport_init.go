package client

import (
	"errors"
	"time"

	"github.com/wirelike/wirelike/internal/engine"
)

// init checks the fields and makes the engine, once.
func (t *Transport) init() error {
	t.once.Do(func() {
		if t.err = t.validate(); t.err != nil {
			return
		}
		if t.profile, t.err = t.chosen(); t.err == nil {
			t.profile, t.err = t.bounded(t.profile)
		}
		if t.err == nil {
			t.err = t.start()
		}
	})
	return t.err
}

// start makes the engine for the profile.
func (t *Transport) start() error {
	roots, err1 := t.authorities()
	own, err2 := t.certificates()
	pinned, err3 := parsePins(t.PinnedKeys)
	if err := errors.Join(err1, err2, err3); err != nil {
		return err
	}
	t.shapes = shapesOf(t.profile)
	t.engine = engine.New(&engine.Config{
		Profile:            t.profile,
		RootCAs:            roots,
		InsecureSkipVerify: t.InsecureSkipVerify,
		VerifyPeer:         pinned.verifier(),
		MinVersion:         max(t.MinTLSVersion, t.lowest),
		MaxVersion:         t.MaxTLSVersion,
		CompatRetry:        t.CompatRetry,
		Certificates:       own,
		KeyLog:             t.KeyLog,
		Rand:               t.Rand,
		Time:               t.Time,
		DialContext:        t.DialContext,
		Guard:              t.Guard.Check,
		ConnectTimeout:     orDefault(t.ConnectTimeout, DefaultConnectTimeout),
		IdleTimeout:        orDefault(t.IdleTimeout, DefaultIdleTimeout),
		MaxConnsPerHost:    t.bound(t.MaxConnsPerHost, DefaultMaxConnsPerHost),
		MaxConns:           t.bound(t.MaxConns, DefaultMaxConns),
		MaxIdlePerHost:     t.MaxIdlePerHost,
		MaxIdle:            t.MaxIdle,
	})
	return nil
}

func (t *Transport) validate() error {
	var errs []error
	if err := t.HTTPVersion.check(); err != nil {
		errs = append(errs, err)
	}
	if t.MaxIdlePerHost < 0 {
		errs = append(errs, invalid(ErrInvalidRequest, "MaxIdlePerHost is negative"))
	}
	if t.PinnedKeys != nil && len(t.PinnedKeys) == 0 {
		errs = append(errs, &fault{ErrInvalidRequest, errNoPins})
	}
	return errors.Join(append(errs, t.Env.validate(), checkTLSVersions(t.MinTLSVersion, t.MaxTLSVersion))...)
}

// bound returns a bound on connections as the engine has it, of which profile is the default with a profile.
func (t *Transport) bound(n, profile int) int {
	if n == 0 && t.profile != nil {
		return profile
	}
	return max(n, 0)
}

func orDefault(d, def time.Duration) time.Duration {
	if d == 0 {
		return def
	}
	return max(d, 0)
}
