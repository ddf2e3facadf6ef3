package golden

import (
	"fmt"
	"slices"
)

// mergeOrders joins lists of keys to one that has all of them and keeps the order of each. Keys whose order no list tells
// come in the order in which they are first seen; but content-type, content-length, own fields and
// sec-fetch-storage-access, of which a request seldom has all, come before others and in this order. It is an error if the
// lists contradict each other.
func mergeOrders(orders [][]string) ([]string, error) {
	var keys []string
	after := map[string]map[string]bool{} // what must come after a key
	for _, order := range orders {
		for i, k := range order {
			if after[k] == nil {
				after[k] = map[string]bool{}
				keys = append(keys, k)
			}
			for _, later := range order[i+1:] {
				after[k][later] = true
			}
		}
	}
	slices.SortStableFunc(keys, func(a, b string) int { return looseRank(a) - looseRank(b) })
	out := make([]string, 0, len(keys))
	for len(keys) > 0 {
		next := slices.IndexFunc(keys, func(k string) bool {
			return !slices.ContainsFunc(keys, func(other string) bool { return after[other][k] })
		})
		if next < 0 {
			return nil, fmt.Errorf("the order of %q differs from request to request", keys)
		}
		out = append(out, keys[next])
		keys = slices.Delete(keys, next, next+1)
	}
	return out, nil
}

func looseRank(key string) int {
	if i := slices.Index([]string{"content-type", "content-length", ownKey, storageKey}, key); i >= 0 {
		return i
	}
	return 4
}

// insertLike puts key into order where ref has it: behind all that ref has before it, else in front of the nearest one that
// ref has behind it. It does nothing if order has the key already, or ref has it not.
func insertLike(order []string, key string, ref []string) []string {
	at := slices.Index(ref, key)
	if at < 0 || slices.Contains(order, key) {
		return order
	}
	last := -1
	for _, k := range ref[:at] {
		last = max(last, slices.Index(order, k))
	}
	if last >= 0 {
		return slices.Insert(slices.Clone(order), last+1, key)
	}
	for _, k := range ref[at+1:] {
		if p := slices.Index(order, k); p >= 0 {
			return slices.Insert(slices.Clone(order), p, key)
		}
	}
	return append(slices.Clone(order), key)
}

// insertBefore puts key in front of the first of others that order has, else at the end.
func insertBefore(order []string, key string, others ...string) []string {
	if slices.Contains(order, key) {
		return order
	}
	for _, k := range others {
		if p := slices.Index(order, k); p >= 0 {
			return slices.Insert(slices.Clone(order), p, key)
		}
	}
	return append(slices.Clone(order), key)
}

// sameOrder tells whether two lists agree in the order of the keys that both have.
func sameOrder(a, b []string) bool {
	last := -1
	for _, k := range a {
		if at := slices.Index(b, k); at >= 0 {
			if at < last {
				return false
			}
			last = at
		}
	}
	return true
}

// reorder sorts the keys of order as ref has them. Those that ref has not stay where they stand relative to the others.
func reorder(order, ref []string) []string {
	var out []string
	for _, k := range ref {
		if slices.Contains(order, k) {
			out = append(out, k)
		}
	}
	for _, k := range order {
		out = insertLike(out, k, order)
	}
	return out
}
