package profiles

import (
	"fmt"
	"strings"
)

// Brands returns the value of sec-ch-ua that Chromium of a major version sends (components/embedder_support/
// user_agent_utils.cc). The brand is "Google Chrome", "Microsoft Edge" and so on; empty stands for a Chromium
// without one, whose list has two entries only. A GREASE brand stands among the others, so that servers do not count on a
// fixed list; its characters, its version and the order of all entries follow from the major version alone.
func Brands(brand string, major int) string {
	name, version := greaseBrand(major)
	list := []string{brandEntry(name, version), brandEntry("Chromium", fmt.Sprint(major))}
	if brand != "" {
		list = append(list, brandEntry(brand, fmt.Sprint(major)))
	}
	out := make([]string, len(list))
	for i, at := range brandOrder(len(list), orderSeed(major)) {
		out[at] = list[i]
	}
	return strings.Join(out, ", ")
}

// BrandName returns the brand of a browser, by [Browser].Name, in sec-ch-ua; empty for one that has none.
func BrandName(browser string) string {
	switch browser {
	case "chrome":
		return "Google Chrome"
	case "edge":
		return "Microsoft Edge"
	}
	return ""
}

func brandEntry(name, version string) string { return fmt.Sprintf(`"%s";v="%s"`, name, version) }

// The characters and versions of the GREASE brand, in the order in which the major version picks them.
var (
	greaseMarks    = []string{" ", "(", ":", "-", ".", "/", ")", ";", "=", "?", "_"}
	greaseVersions = []string{"8", "99", "24"}
	// oldMarks are those of the first rule; the order of the entries permutes them.
	oldMarks = []string{" ", " ", ";"}
)

// greaseBrand returns name and version of the GREASE brand. The first rule held to 102 and once more in 104; 103 had today's with
// a mark in front, which servers could not bear, and was taken back for one version. Recorded are 98 to 101, 104 and
// those from 107 on; that of 103 is from published requests of that version.
func greaseBrand(major int) (name, version string) {
	mark := func(i int) string { return greaseMarks[(major+i)%len(greaseMarks)] }
	switch {
	case major <= 102, major == 104:
		o := brandOrder(3, orderSeed(major))
		return oldMarks[o[0]] + "Not" + oldMarks[o[1]] + "A" + oldMarks[o[2]] + "Brand", "99"
	case major == 103:
		return mark(0) + "Not" + mark(1) + "A" + mark(2) + "Brand", "99"
	}
	return "Not" + mark(0) + "A" + mark(1) + "Brand", greaseVersions[major%len(greaseVersions)]
}

// orderSeed returns what picks the order: the major version, but none from 98 to 102.
func orderSeed(major int) int {
	if major >= 98 && major <= 102 {
		return 0
	}
	return max(major, 0)
}

// brandOrder says where each entry of the unshuffled list (GREASE, Chromium, the brand) comes to stand.
func brandOrder(n, seed int) []int {
	if n == 2 {
		return []int{seed % 2, (seed + 1) % 2}
	}
	return [][]int{{0, 1, 2}, {0, 2, 1}, {1, 0, 2}, {1, 2, 0}, {2, 0, 1}, {2, 1, 0}}[seed%6]
}
