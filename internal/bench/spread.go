package main

import (
	"fmt"
	"math"
	"slices"
)

// spread is the distribution of a few numbers.
type spread struct {
	Min    float64 `json:"min"`
	Q1     float64 `json:"q1"`
	Median float64 `json:"median"`
	Q3     float64 `json:"q3"`
	Max    float64 `json:"max"`
}

// newSpread returns the spread of at least one number.
func newSpread(x []float64) spread {
	x = slices.Sorted(slices.Values(x))
	return spread{Min: x[0], Q1: quantile(x, 0.25), Median: quantile(x, 0.5), Q3: quantile(x, 0.75), Max: x[len(x)-1]}
}

func (s spread) String() string { return fmt.Sprintf("%.2f (%.2f–%.2f)", s.Median, s.Q1, s.Q3) }

// quantile returns the number below which the part p of the sorted numbers lies, interpolated between two of them
// (definition 7 of Hyndman and Fan, 1996).
func quantile(sorted []float64, p float64) float64 {
	at := p * float64(len(sorted)-1)
	i := int(math.Floor(at))
	if i+1 == len(sorted) {
		return sorted[i]
	}
	return sorted[i] + (at-float64(i))*(sorted[i+1]-sorted[i])
}
