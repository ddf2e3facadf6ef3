package fingerprint

// Vary says what may differ between two connections of one client, and what must then correlate. Paths are those of
// [Fingerprint.Leaves]. A leaf whose wanted value is "GREASE" or "*" needs no entry: the first stands for any GREASE
// value, the second for any value at all.
type Vary struct {
	// Permute is set when the client shuffles its extensions for every connection.
	Permute *Permute `json:"permute,omitempty"`
	// Padded says that padding is not fixed but follows from the rest of the hello; see [ClientHello.PaddedLength]. It
	// stands last but for pre_shared_key.
	Padded bool `json:"padded,omitempty"`
	// OneOf lists leaves that take one of several values.
	OneOf []OneOf `json:"one_of,omitempty"`
	// Equal lists groups of leaves that have the same value within a connection: the GREASE group and its key share.
	Equal [][]string `json:"equal,omitempty"`
	// Distinct lists groups of leaves of which no two are equal within a connection: the two GREASE extensions.
	Distinct [][]string `json:"distinct,omitempty"`
}

// Permute describes a shuffled extension list: uniform over all orders, except that the named extensions stay at its
// two ends, in this order. Names are those of [ExtensionName], the second GREASE extension being "grease#2"; a name
// that a hello does not have is passed over.
type Permute struct {
	First []string `json:"first,omitempty"`
	Last  []string `json:"last,omitempty"`
}

// OneOf gives the values, as [Leaf] texts, that a leaf may have. [Absent] among them allows it, and what is under it, to
// be missing, or to be there although it is not wanted.
type OneOf struct {
	Path   string   `json:"path"`
	Values []string `json:"values"`
}
