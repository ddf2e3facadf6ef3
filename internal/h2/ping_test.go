package h2

import (
	"errors"
	"testing"
	"testing/synctest"
	"time"
)

// TestPingAsked: an answer is waited for as long as the browser would, whatever its timer was set for.
func TestPingAsked(t *testing.T) {
	for _, tt := range []struct {
		name    string
		cfg     *Config
		timeout time.Duration
	}{{"neutral", nil, 15 * time.Second}, {"Chromium", chromiumConfig(), 10 * time.Second}, {"Firefox", firefoxConfig(), 8 * time.Second}} {
		t.Run(tt.name, func(t *testing.T) {
			synctest.Test(t, func(t *testing.T) {
				c, p := connect(t, tt.cfg)
				p.Settings()
				p.Got()
				errs, began := make(chan error, 2), time.Now()
				for range 2 {
					go func() { errs <- c.Ping(t.Context()) }()
				}
				p.Want("PING 0") // one for both
				for range 2 {
					if err := <-errs; !errors.Is(err, ErrUnresponsive) || time.Since(began) != tt.timeout {
						t.Errorf("after %v: %v", time.Since(began), err)
					}
				}
				if err := c.Ping(t.Context()); !errors.Is(err, ErrUnresponsive) || c.Usable() {
					t.Errorf("of a dead connection: %v", err)
				}
			})
		})
	}
}
