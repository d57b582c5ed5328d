package perennial

import (
	"errors"
	"fmt"
	"strings"
	"time"

	"google.golang.org/genproto/googleapis/rpc/errdetails"
	"google.golang.org/grpc/codes"
	"google.golang.org/grpc/status"
)

const errorDomain = "perennial"

// Violation is a field that was wrong or a condition that was not met.
type Violation struct {
	Subject     string // a field's path, or the type of an unmet criterion such as "DECISION_ROLE_REACHED"
	Description string // what would be right
}

// Details is what a failed call says beyond its code.
type Details struct {
	Code    codes.Code
	Message string // for people
	// A name of v1.ErrorReason, such as "GATE_UNMET": match on this. Empty where the error is not the
	// API's, as where no server answers.
	Reason       string
	Metadata     map[string]string // what else the reason needs to be understood
	Fields       []Violation       // each field that was wrong
	Unmet        []Violation       // each condition that was not met: the criteria of a gate
	ResourceType string            // of what is missing or there already; else empty
	ResourceName string
	RetryDelay   time.Duration // after which the server wants to be asked again; 0 where it did not say so
}

// DetailsOf answers the details of what a call returned. Of an error that is none of gRPC's, code and
// message alone.
func DetailsOf(err error) Details {
	failure := statusOf(err)
	details := Details{Code: failure.Code(), Message: failure.Message()}
	for _, detail := range failure.Details() {
		switch detail := detail.(type) {
		case *errdetails.ErrorInfo:
			if detail.Domain == errorDomain {
				details.Reason, details.Metadata = detail.Reason, detail.Metadata
			}
		case *errdetails.BadRequest:
			for _, each := range detail.FieldViolations {
				details.Fields = append(details.Fields, Violation{each.Field, each.Description})
			}
		case *errdetails.PreconditionFailure:
			for _, each := range detail.Violations {
				details.Unmet = append(details.Unmet, Violation{each.Type, each.Description})
			}
		case *errdetails.ResourceInfo:
			details.ResourceType, details.ResourceName = detail.ResourceType, detail.ResourceName
		case *errdetails.RetryInfo:
			details.RetryDelay = detail.RetryDelay.AsDuration()
		}
	}
	return details
}

// Explain is an error for people: the reason, the message, and a line for each violation.
func Explain(err error) string {
	details := DetailsOf(err)
	reason := details.Reason
	if reason == "" {
		reason = details.Code.String()
	}
	lines := []string{reason + ": " + details.Message}
	for _, each := range append(details.Fields, details.Unmet...) {
		lines = append(lines, "  "+each.Subject+": "+each.Description)
	}
	return strings.Join(lines, "\n")
}

// DeadlineError is of a call that was not done by its deadline, or would have had to wait beyond it
// before another attempt. Its code is DeadlineExceeded, its reason DEADLINE_PASSED. Whether an attempt
// was carried out is not known; to repeat the call with its request_id is safe.
type DeadlineError struct {
	Method   string // such as "PipelineService.AdvanceOpportunity"
	Timeout  time.Duration
	Attempts int
	Last     error // of the last attempt that ended before the deadline; nil where none did
}

func (e *DeadlineError) Error() string {
	text := fmt.Sprintf("%s was not done within %v (attempts: %d)", e.Method, e.Timeout.Round(time.Millisecond),
		e.Attempts)
	if e.Last != nil {
		text += ": " + e.Last.Error()
	}
	return text
}

func (e *DeadlineError) Unwrap() error { return e.Last }

// GRPCStatus is what status.FromError asks for.
func (e *DeadlineError) GRPCStatus() *status.Status {
	failure := status.New(codes.DeadlineExceeded, e.Error())
	detailed, err := failure.WithDetails(&errdetails.ErrorInfo{Reason: "DEADLINE_PASSED", Domain: errorDomain})
	if err != nil {
		return failure
	}
	return detailed
}

// Also of an error that others have wrapped, which old versions of status.FromError do not look into.
func statusOf(err error) *status.Status {
	var failure interface{ GRPCStatus() *status.Status }
	if errors.As(err, &failure) {
		return failure.GRPCStatus()
	}
	return status.Convert(err)
}

// Whether the same call may succeed a little later.
func passes(err error) bool {
	details := DetailsOf(err)
	switch details.Code {
	case codes.Unavailable:
		return true
	case codes.ResourceExhausted:
		return details.RetryDelay > 0
	case codes.Aborted:
		return details.Reason == "WRITE_CONFLICT"
	}
	return false
}
