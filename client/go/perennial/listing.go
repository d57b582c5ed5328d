package perennial

import (
	"context"
	"fmt"
	"sort"
	"strings"

	"google.golang.org/grpc"
	"google.golang.org/protobuf/proto"
	"google.golang.org/protobuf/reflect/protoreflect"

	v1 "perennial/v1"
)

const (
	largestPage = 1000
	// The server takes 4000 bytes of filter and 100 comparisons.
	longestFilter = 4000
	namesAtOnce   = 50
	anyID         = "-"
)

// The question of a List method, asked as a whole and again for some of its items.
type listing[Request, Response, Item any] struct {
	method   func(context.Context, *Request, ...grpc.CallOption) (*Response, error)
	request  proto.Message
	resource *v1.ResourceType
	items    protoreflect.FieldDescriptor
}

func newListing[Item, Request, Response any](
	method func(context.Context, *Request, ...grpc.CallOption) (*Response, error),
	request *Request) (*listing[Request, Response, Item], error) {
	item, isMessage := any(*new(Item)).(proto.Message)
	if !isMessage {
		return nil, fmt.Errorf("%T is no message: a mirror is of resources, such as *v1.Opportunity", *new(Item))
	}
	l := &listing[Request, Response, Item]{method: method}
	l.resource = resourceOf(item.ProtoReflect().Descriptor())
	response := any(new(Response)).(proto.Message).ProtoReflect().Descriptor()
	l.items = fieldOf(response.Fields(), item.ProtoReflect().Descriptor().FullName())
	if l.resource == nil || l.items == nil {
		return nil, fmt.Errorf("%s does not list resources of the type %s", response.Name(),
			item.ProtoReflect().Descriptor().Name())
	}
	l.request = proto.Clone(any(request).(proto.Message))
	fields := l.request.ProtoReflect()
	if size := fields.Descriptor().Fields().ByName("page_size"); !fields.Has(size) {
		fields.Set(size, protoreflect.ValueOfInt32(largestPage))
	}
	return l, nil
}

// The items by name, and the token from which a watch goes on.
func (l *listing[Request, Response, Item]) all(ctx context.Context) (map[string]Item, string, error) {
	return l.ask(ctx, nil)
}

// Those of the named resources that the list has.
func (l *listing[Request, Response, Item]) named(ctx context.Context, names []string) (map[string]Item, error) {
	found := map[string]Item{}
	for _, filter := range l.narrowed(names) {
		items, _, err := l.ask(ctx, map[string]string{"filter": filter})
		if err != nil {
			return nil, err
		}
		for name, item := range items {
			found[name] = item
		}
	}
	return found, nil
}

// The list's items of an account.
func (l *listing[Request, Response, Item]) below(ctx context.Context, account string) (map[string]Item, error) {
	parent := append(strings.Split(account, "/"), l.parent()[2:]...)
	items, _, err := l.ask(ctx, map[string]string{"parent": strings.Join(parent, "/")})
	return items, err
}

// Of all that may change what the list answers.
func (l *listing[Request, Response, Item]) watch() *v1.WatchRequest {
	request := &v1.WatchRequest{ResourceTypes: []string{l.resource.Type}}
	if strings.HasPrefix(l.resource.Pattern, "accounts/") && l.resource.Type != "Account" {
		request.ResourceTypes = append(request.ResourceTypes, "Account")
		if account := l.account(); account != anyID {
			request.Accounts = []string{"accounts/" + account}
		}
	}
	return request
}

// Whether a change is of a resource that the list may have.
func (l *listing[Request, Response, Item]) isItem(change *v1.Change) bool {
	if change.ResourceType != l.resource.Type {
		return false
	}
	parts := strings.Split(change.ResourceName, "/")
	for i, part := range l.parent() {
		if part != anyID && (i >= len(parts) || part != parts[i]) {
			return false
		}
	}
	return true
}

// Whether a change is of an account whose items the list may have: filters look at it.
func (l *listing[Request, Response, Item]) isAbove(change *v1.Change) bool {
	if change.ResourceType != "Account" || l.resource.Type == "Account" || len(l.parent()) < 2 {
		return false
	}
	return l.account() == anyID || change.ResourceName == "accounts/"+l.account()
}

func (l *listing[Request, Response, Item]) parent() []string {
	if parent := textOf(l.request, "parent"); parent != "" {
		return strings.Split(parent, "/")
	}
	return nil
}

func (l *listing[Request, Response, Item]) account() string {
	if parent := l.parent(); len(parent) > 1 {
		return parent[1]
	}
	return anyID
}

func (l *listing[Request, Response, Item]) narrowed(names []string) []string {
	given := ""
	if filter := textOf(l.request, "filter"); strings.TrimSpace(filter) != "" {
		given = "(" + filter + ") AND "
	}
	either := func(comparisons []string) string { return given + "(" + strings.Join(comparisons, " OR ") + ")" }
	sort.Strings(names)
	var filters, batch []string
	for _, name := range names {
		comparison := fmt.Sprintf(`name = "%s"`, name)
		longer := append(batch[:len(batch):len(batch)], comparison)
		if len(batch) > 0 && (len(longer) > namesAtOnce || len(either(longer)) > longestFilter) {
			filters = append(filters, either(batch))
			longer = []string{comparison}
		}
		batch = longer
	}
	if len(batch) > 0 {
		filters = append(filters, either(batch))
	}
	return filters
}

// All pages; the token is that of the first.
func (l *listing[Request, Response, Item]) ask(ctx context.Context,
	instead map[string]string) (map[string]Item, string, error) {
	request := proto.Clone(l.request)
	set := func(name, value string) {
		fields := request.ProtoReflect().Descriptor().Fields()
		request.ProtoReflect().Set(fields.ByName(protoreflect.Name(name)), protoreflect.ValueOfString(value))
	}
	for name, value := range instead {
		set(name, value)
	}
	items, first, page := map[string]Item{}, "", ""
	for number := 1; ; number++ {
		set("page_token", page)
		response, err := l.method(ctx, any(request).(*Request))
		if err != nil {
			return nil, "", err
		}
		message := any(response).(proto.Message)
		if number == 1 {
			first = textOf(message, "resume_token")
		}
		list := message.ProtoReflect().Get(l.items).List()
		for i := 0; i < list.Len(); i++ {
			item := list.Get(i).Message().Interface()
			items[textOf(item, "name")] = any(item).(Item)
		}
		if page = textOf(message, "next_page_token"); page == "" {
			return items, first, nil
		}
	}
}
