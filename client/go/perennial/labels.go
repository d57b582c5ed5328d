package perennial

import (
	"fmt"
	"regexp"
	"strings"

	"google.golang.org/protobuf/reflect/protoreflect"
)

// Words of the API that stay as they are.
var initialisms = map[string]bool{"ARR": true, "ID": true}

var wordStart = regexp.MustCompile(`([a-z0-9])([A-Z])`)

// Label is what people call a value of an enum: "Adoption review" for
// v1.Opportunity_ADOPTION_REVIEW. A number that is not known, as from a newer server, is "Unknown (17)".
func Label(value protoreflect.Enum) string {
	enum := value.Descriptor()
	known := enum.Values().ByNumber(value.Number())
	if known == nil {
		return fmt.Sprintf("Unknown (%d)", value.Number())
	}
	// "FORECAST_CATEGORY_" of ForecastCategory: what protos put before the value that says nothing.
	prefix := strings.ToUpper(wordStart.ReplaceAllString(string(enum.Name()), "${1}_${2}")) + "_"
	words := strings.Split(strings.TrimPrefix(string(known.Name()), prefix), "_")
	for i, word := range words {
		if !initialisms[word] {
			words[i] = strings.ToLower(word)
		}
	}
	text := strings.Join(words, " ")
	return strings.ToUpper(text[:1]) + text[1:]
}
