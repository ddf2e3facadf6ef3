package client

// Opt is a setting of one call that may be left to the session: the zero value is, one made by [Some] is not, whatever it
// holds. So a call can switch off what its session has switched on.
type Opt[T any] struct {
	value T
	set   bool
}

// Some returns an Opt that holds v.
func Some[T any](v T) Opt[T] { return Opt[T]{v, true} }

// Set tells whether the Opt holds a value, and which.
func (o Opt[T]) Set() (T, bool) { return o.value, o.set }

// Or returns the value, or without one def.
func (o Opt[T]) Or(def T) T {
	if o.set {
		return o.value
	}
	return def
}
