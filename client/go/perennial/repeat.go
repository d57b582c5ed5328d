package perennial

import (
	"context"
	"crypto/rand"
	"fmt"
	mathrand "math/rand"
	"strings"
	"sync/atomic"
	"time"

	"google.golang.org/grpc"
	"google.golang.org/grpc/codes"
	"google.golang.org/grpc/metadata"
	"google.golang.org/protobuf/proto"
	"google.golang.org/protobuf/reflect/protoreflect"
	"google.golang.org/protobuf/reflect/protoregistry"

	v1 "perennial/v1"
)

const (
	timeLineKey    = "x-perennial-time-line"
	requestIDField = "request_id"
	firstBackoff   = 50 * time.Millisecond
	longestBackoff = 2 * time.Second
)

// Attempts calls again until their deadline.
type repeater struct {
	timeout  time.Duration
	timeLine *atomic.Value // a string: of the database that the last answer was of
}

func (r *repeater) unary(ctx context.Context, method string, request, reply any,
	connection *grpc.ClientConn, invoke grpc.UnaryInvoker, options ...grpc.CallOption) error {
	deadline, limited := ctx.Deadline()
	if !limited {
		deadline = time.Now().Add(r.timeout)
		var cancel context.CancelFunc
		ctx, cancel = context.WithDeadline(ctx, deadline)
		defer cancel()
	}
	request, identified := withRequestID(request)
	call := &call{method: nameOf(method), timeout: time.Until(deadline), deadline: deadline,
		mayRepeat: identified || onlyReads(method)}
	timeLine := ""
	for {
		call.attempts++
		// The first that is known, for all attempts: one that comes after the database was restored is
		// not to be carried out.
		if known, ok := r.timeLine.Load().(string); ok && identified && timeLine == "" {
			timeLine = known
			ctx = metadata.AppendToOutgoingContext(ctx, timeLineKey, timeLine)
		}
		var header metadata.MD
		// A server that restarts is waited for, and not asked in vain.
		err := invoke(ctx, method, request, reply, connection,
			append(options[:len(options):len(options)], grpc.Header(&header), grpc.WaitForReady(call.attempts > 1))...)
		if lines := header.Get(timeLineKey); len(lines) > 0 {
			r.timeLine.Store(lines[0])
		}
		if err == nil {
			return nil
		}
		wait, err := call.waitAfter(err)
		if err != nil {
			return err
		}
		select {
		case <-time.After(wait):
		case <-ctx.Done():
			return ctx.Err()
		}
	}
}

// All attempts of one call.
type call struct {
	method    string
	timeout   time.Duration
	deadline  time.Time
	mayRepeat bool
	attempts  int
	last      error
}

// How long to wait before another attempt; an error where there is to be none.
func (c *call) waitAfter(err error) (time.Duration, error) {
	details := DetailsOf(err)
	if details.Code == codes.DeadlineExceeded {
		return 0, c.timeOver()
	}
	c.last = err
	if !c.mayRepeat || !passes(err) {
		return 0, err
	}
	wait := backoffAfter(c.attempts, details.RetryDelay)
	if time.Now().Add(wait).After(c.deadline) {
		if details.RetryDelay > 0 {
			return 0, err // when the server wants to be asked again is more than that the time is up
		}
		return 0, c.timeOver()
	}
	return wait, nil
}

func (c *call) timeOver() error {
	return &DeadlineError{Method: c.method, Timeout: c.timeout, Attempts: c.attempts, Last: c.last}
}

// Doubles with each attempt; `asked` is what the server asked for, if it did.
func backoffAfter(attempts int, asked time.Duration) time.Duration {
	longest := longestBackoff
	if attempts < 8 && firstBackoff<<(attempts-1) < longest {
		longest = firstBackoff << (attempts - 1)
	}
	// Callers that were refused together are not to come back together.
	off := time.Duration(mathrand.Int63n(int64(longest)/2 + 1))
	if asked > 0 {
		return asked + off
	}
	return longest - off
}

// The request, or a copy with an id where it takes one and has none; and whether it takes one.
func withRequestID(request any) (any, bool) {
	message, ok := request.(proto.Message)
	if !ok {
		return request, false
	}
	field := message.ProtoReflect().Descriptor().Fields().ByName(requestIDField)
	if field == nil {
		return request, false
	}
	if message.ProtoReflect().Has(field) {
		return request, true
	}
	identified := proto.Clone(message)
	identified.ProtoReflect().Set(field, protoreflect.ValueOfString(NewRequestID()))
	return identified, true
}

// NewRequestID makes a request_id that nobody has used: for calls that are to be repeated beyond their
// deadline or the end of the program.
func NewRequestID() string {
	var id [16]byte
	if _, err := rand.Read(id[:]); err != nil {
		panic(err) // the system has no randomness
	}
	return fmt.Sprintf("%x", id)
}

// "PipelineService.GetBoard" of "/perennial.v1.PipelineService/GetBoard": as the history has it.
func nameOf(method string) string {
	return strings.ReplaceAll(strings.TrimPrefix(method, "/"+apiPackage+"."), "/", ".")
}

func onlyReads(method string) bool {
	name := protoreflect.FullName(strings.ReplaceAll(strings.TrimPrefix(method, "/"), "/", "."))
	found, err := protoregistry.GlobalFiles.FindDescriptorByName(name)
	if err != nil {
		return false
	}
	return proto.GetExtension(found.Options(), v1.E_RequiredRole).(v1.Role) == v1.Role_VIEWER
}
