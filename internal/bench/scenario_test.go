package main

import "testing"

func TestScenarios(t *testing.T) {
	t.Parallel()
	all := map[string]scenario{}
	for _, s := range scenarios("chromium156") {
		if _, ok := all[s.Name]; ok {
			t.Errorf("two scenarios %s", s.Name)
		}
		if s.Requests < s.Workers || s.Workers < 1 {
			t.Errorf("%s: %d requests of %d workers", s.Name, s.Requests, s.Workers)
		}
		all[s.Name] = s
	}
	for _, row := range []struct {
		name           string
		target, allocs float64
	}{
		{"handshake/chromium156", 1.10, 0},
		{"handshake/chrome150", 1.10, 0},
		{"handshake/firefox153_linux", 1.00, 0},
		{"handshake/neutral", 0, 0},
		{"get/1KB/h1/1", 1.00, 1},
		{"get/20KB/h2/16", 1.00, 1},
		{"get/200KB/h1/1", 1.00, 1},
		{"get/200KB/h2/16", 0.80, 1},
		{"post/100KB/h1/16", 0, 1},
		{"post/100KB/h2/1", 0.85, 1},
		{"bytes/200KB/h1/1", 0.80, 1},
		{"bytes/200KB/h2/16", 0.80, 1},
		{"cookies/1KB/h1/1", 1.15, 1.25},
		{"cookies/1KB/h2/16", 1.15, 1.25},
		{"redirect/1KB/h1/16", 1.15, 1.25},
		{"redirect/1KB/h2/1", 1.15, 1.25},
		{"serve/h1/1", 1.25, 0},
		{"serve/h1/16", 1.25, 0},
		{"serve/h2/16", 1.40, 0},
	} {
		s, ok := all[row.name]
		if !ok || s.Target != row.target || s.AllocsTarget != row.allocs {
			t.Errorf("%s: there %t, targets %.2f and %.2f, want %.2f and %.2f", row.name, ok, s.Target, s.AllocsTarget, row.target, row.allocs)
		}
	}
}
