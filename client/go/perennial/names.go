package perennial

import (
	"regexp"
	"sort"
	"strings"
	"sync"

	"google.golang.org/protobuf/proto"
	"google.golang.org/protobuf/reflect/protoreflect"
	"google.golang.org/protobuf/reflect/protoregistry"

	v1 "perennial/v1"
)

const apiPackage = "perennial.v1"

var idShape = regexp.MustCompile(`^[a-z0-9]([a-z0-9-]{0,61}[a-z0-9])?$`)

// ParseName answers the ids in a name by the collections that they are of: {"accounts": "a",
// "opportunities": "o"} of "accounts/a/opportunities/o". A *ParseError, which says what would be right,
// for what is no name of the API.
func ParseName(name string) (map[string]string, error) {
	parts := strings.Split(name, "/")
	ids := map[string]string{}
	var collections []string
	for i := 0; i < len(parts); i += 2 {
		collections = append(collections, parts[i])
	}
	if patterns()[strings.Join(collections, "/")] == "" || len(parts)%2 != 0 {
		return nil, parseError(name, "is no name: it needs the form %s", forms(collections))
	}
	for i := 1; i < len(parts); i += 2 {
		if parts[i] == "-" {
			return nil, parseError(name, "is no name: - stands for every id in the parent of a list")
		}
		if !idShape.MatchString(parts[i]) {
			return nil, parseError(name, "is no name: %q is no id, which has 1 to 63 of a-z, 0-9 and -, "+
				"and no - at its ends", parts[i])
		}
		ids[parts[i-1]] = parts[i]
	}
	return ids, nil
}

// FormatName makes a name of collections and ids in turn, from the outermost to the innermost:
// FormatName("accounts", "a", "opportunities", "o"). A *ParseError as of ParseName.
func FormatName(collectionsAndIDs ...string) (string, error) {
	name := strings.Join(collectionsAndIDs, "/")
	_, err := ParseName(name)
	return name, err
}

// What would be right for a name with such collections: those that end alike, or all.
func forms(collections []string) string {
	last := collections[len(collections)-1]
	var alike, all []string
	for known, pattern := range patterns() {
		all = append(all, pattern)
		if last == known[strings.LastIndex(known, "/")+1:] {
			alike = append(alike, pattern)
		}
	}
	if alike == nil {
		alike = all
	}
	sort.Strings(alike)
	return strings.Join(alike, " or ")
}

var (
	patternsOnce sync.Once
	patternsMade map[string]string
)

// Of every type of resource, by its collections: "accounts/contacts".
func patterns() map[string]string {
	patternsOnce.Do(func() {
		// Named by the API and no resource of its own.
		patternsMade = map[string]string{"products/capabilities": "products/{product}/capabilities/{capability}"}
		protoregistry.GlobalFiles.RangeFilesByPackage(apiPackage, func(file protoreflect.FileDescriptor) bool {
			for i := 0; i < file.Messages().Len(); i++ {
				if resource := resourceOf(file.Messages().Get(i)); resource != nil {
					patternsMade[collectionsOf(resource.Pattern)] = resource.Pattern
				}
			}
			return true
		})
	})
	return patternsMade
}

// Nil where a message is no resource.
func resourceOf(message protoreflect.MessageDescriptor) *v1.ResourceType {
	if !proto.HasExtension(message.Options(), v1.E_Resource) {
		return nil
	}
	return proto.GetExtension(message.Options(), v1.E_Resource).(*v1.ResourceType)
}

func collectionsOf(pattern string) string {
	var collections []string
	for i, part := range strings.Split(pattern, "/") {
		if i%2 == 0 {
			collections = append(collections, part)
		}
	}
	return strings.Join(collections, "/")
}
