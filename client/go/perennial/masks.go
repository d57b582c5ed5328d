package perennial

import (
	"context"
	"fmt"
	"sort"
	"strings"

	"google.golang.org/grpc"
	"google.golang.org/protobuf/proto"
	"google.golang.org/protobuf/reflect/protoreflect"
	"google.golang.org/protobuf/types/known/fieldmaskpb"

	v1 "perennial/v1"
)

// ChangedPaths are those of the fields in which two messages of one type differ, in the order of the
// fields' numbers, such as an update's mask takes them.
//
// Of nested messages that both have, the paths below; but Money, Date and those of google.protobuf are
// values, named whole: "forecast_arr". Of maps the entries: "labels.tier". Lists as a whole. Not named:
// what an update cannot change, which are `name`, `etag`, and fields that are output-only (methods of
// their own change them) or immutable.
func ChangedPaths(old, new proto.Message) []string {
	before, after := old.ProtoReflect(), new.ProtoReflect()
	var paths []string
	for _, field := range changeable(before.Descriptor()) {
		if field.Name() != "name" && field.Name() != "etag" {
			paths = append(paths, changedBelow(field, before, after)...)
		}
	}
	return paths
}

// Update has an Update method change what differs between `old`, as it was read, and `new`, a clone that
// was edited, and answers the resource as it is then:
//
//	edited := proto.Clone(opportunity).(*v1.Opportunity)
//	edited.NextStep = "Call Vera"
//	opportunity, err = perennial.Update(ctx, pipeline.UpdateOpportunity, opportunity, edited)
//
// Sends the changed fields alone, with the etag of `old`: an error with the reason ETAG_MISMATCH where
// somebody else has changed the resource since. Where nothing differs nothing is called, and `old` is
// answered.
func Update[Request, Resource any](ctx context.Context,
	method func(context.Context, *Request, ...grpc.CallOption) (*Resource, error),
	old, new *Resource, options ...grpc.CallOption) (*Resource, error) {
	before, after := any(old).(proto.Message), any(new).(proto.Message)
	if one, other := textOf(before, "name"), textOf(after, "name"); one != other {
		return nil, fmt.Errorf("%s and %s are two resources: Update changes one", one, other)
	}
	paths := ChangedPaths(before, after)
	if len(paths) == 0 {
		return old, nil
	}
	request := empty[Request]()
	message := any(request).(proto.Message).ProtoReflect()
	fields := message.Descriptor().Fields()
	resource := fieldOf(fields, before.ProtoReflect().Descriptor().FullName())
	mask := fields.ByName("update_mask")
	if resource == nil || mask == nil {
		return nil, fmt.Errorf("%s does not update a resource of the type %s", message.Descriptor().Name(),
			before.ProtoReflect().Descriptor().Name())
	}
	message.Set(resource, protoreflect.ValueOfMessage(patchOf(before, after, paths)))
	message.Set(mask, protoreflect.ValueOfMessage((&fieldmaskpb.FieldMask{Paths: paths}).ProtoReflect()))
	return method(ctx, request, options...)
}

func empty[T any]() *T { return new(T) }

// The whole fields that the paths begin with: the server looks at what it is sent as it would at all of
// it, and changes what the mask names.
func patchOf(before, after proto.Message, paths []string) protoreflect.Message {
	patch := before.ProtoReflect().New()
	fields := patch.Descriptor().Fields()
	for _, which := range []protoreflect.Name{"name", "etag"} {
		patch.Set(fields.ByName(which), before.ProtoReflect().Get(fields.ByName(which)))
	}
	source := proto.Clone(after).ProtoReflect()
	for _, path := range paths {
		first, _, _ := strings.Cut(path, ".")
		if field := fields.ByName(protoreflect.Name(first)); source.Has(field) {
			patch.Set(field, source.Get(field))
		}
	}
	return patch
}

func changeable(message protoreflect.MessageDescriptor) []protoreflect.FieldDescriptor {
	var fields []protoreflect.FieldDescriptor
	for i := 0; i < message.Fields().Len(); i++ {
		field := message.Fields().Get(i)
		rules := proto.GetExtension(field.Options(), v1.E_Rules).(*v1.FieldRules)
		if !rules.GetOutputOnly() && !rules.GetImmutable() {
			fields = append(fields, field)
		}
	}
	sort.Slice(fields, func(i, j int) bool { return fields[i].Number() < fields[j].Number() })
	return fields
}

func changedBelow(field protoreflect.FieldDescriptor, before, after protoreflect.Message) []string {
	name := string(field.Name())
	if field.IsMap() {
		return changedEntries(name, before.Get(field).Map(), after.Get(field).Map())
	}
	if before.Has(field) == after.Has(field) && (!before.Has(field) || same(field, before, after)) {
		return nil
	}
	nested := field.Message() != nil && !field.IsList() && !isValue(field.Message())
	if !nested || !before.Has(field) || !after.Has(field) {
		return []string{name}
	}
	var paths []string
	for _, below := range changeable(field.Message()) {
		for _, path := range changedBelow(below, before.Get(field).Message(), after.Get(field).Message()) {
			paths = append(paths, name+"."+path)
		}
	}
	return paths
}

// Of a field that both have: by messages that have nothing else.
func same(field protoreflect.FieldDescriptor, before, after protoreflect.Message) bool {
	one, other := before.New(), after.New()
	one.Set(field, before.Get(field))
	other.Set(field, after.Get(field))
	return proto.Equal(one.Interface(), other.Interface())
}

func changedEntries(name string, before, after protoreflect.Map) []string {
	changed := map[string]bool{}
	differ := func(one, other protoreflect.Map) {
		one.Range(func(key protoreflect.MapKey, value protoreflect.Value) bool {
			if !other.Has(key) || other.Get(key).Interface() != value.Interface() {
				changed[key.String()] = true
			}
			return true
		})
	}
	differ(before, after)
	differ(after, before)
	var paths []string
	for key := range changed {
		if key == "" || strings.Contains(key, ".") {
			return []string{name} // what a path cannot say
		}
		paths = append(paths, name+"."+key)
	}
	sort.Strings(paths)
	return paths
}

func isValue(message protoreflect.MessageDescriptor) bool {
	return message.FullName() == apiPackage+".Money" || message.FullName() == apiPackage+".Date" ||
		message.ParentFile().Package() == "google.protobuf"
}

func fieldOf(fields protoreflect.FieldDescriptors, message protoreflect.FullName) protoreflect.FieldDescriptor {
	for i := 0; i < fields.Len(); i++ {
		if of := fields.Get(i).Message(); of != nil && of.FullName() == message {
			return fields.Get(i)
		}
	}
	return nil
}

// "" where a message has no such text.
func textOf(message proto.Message, name protoreflect.Name) string {
	field := message.ProtoReflect().Descriptor().Fields().ByName(name)
	if field == nil || field.Kind() != protoreflect.StringKind {
		return ""
	}
	return message.ProtoReflect().Get(field).String()
}
