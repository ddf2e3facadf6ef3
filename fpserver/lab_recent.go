package fpserver

import (
	"container/list"
	"sync"
)

// recent remembers values by key, and forgets the key that was not asked for for the longest time when there are too
// many. It is safe for concurrent use.
type recent[V any] struct {
	max int

	mu    sync.Mutex
	order list.List // of recentEntry[V], the newest first
	byKey map[string]*list.Element
}

type recentEntry[V any] struct {
	key   string
	value V
}

func newRecent[V any](most int) *recent[V] {
	return &recent[V]{max: most, byKey: map[string]*list.Element{}}
}

// update replaces the value of a key by what change makes of it and returns that. For a key that is not known, change
// gets the zero value and false.
func (r *recent[V]) update(key string, change func(old V, known bool) V) V {
	r.mu.Lock()
	defer r.mu.Unlock()
	if e := r.byKey[key]; e != nil {
		r.order.MoveToFront(e)
		entry := e.Value.(*recentEntry[V])
		entry.value = change(entry.value, true)
		return entry.value
	}
	if len(r.byKey) >= r.max {
		oldest := r.order.Back()
		r.order.Remove(oldest)
		delete(r.byKey, oldest.Value.(*recentEntry[V]).key)
	}
	var none V
	entry := &recentEntry[V]{key, change(none, false)}
	r.byKey[key] = r.order.PushFront(entry)
	return entry.value
}

// get returns the value of a key.
func (r *recent[V]) get(key string) (v V, ok bool) {
	r.mu.Lock()
	defer r.mu.Unlock()
	e := r.byKey[key]
	if e == nil {
		return v, false
	}
	r.order.MoveToFront(e)
	return e.Value.(*recentEntry[V]).value, true
}
