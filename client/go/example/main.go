// Works a book of renewals from the command line:
//
//	renewals list             the open ones, the next one due first
//	renewals advance NAME     to its next stage, or what that asks for
//	renewals watch [COUNT]    what anybody changes, until COUNT changes came
//
// PERENNIAL_SERVER is the server's address, 127.0.0.1:50051 unless told.
package main

import (
	"context"
	"crypto/rand"
	"errors"
	"fmt"
	"net/url"
	"os"
	"os/user"
	"strconv"
	"time"

	"google.golang.org/genproto/googleapis/rpc/errdetails"
	"google.golang.org/grpc"
	"google.golang.org/grpc/codes"
	"google.golang.org/grpc/metadata"
	"google.golang.org/grpc/status"

	perennial "perennial/v1"
)

// Waits for a server that restarts, and repeats what did not reach it. That is safe for every method that takes a request_id,
// and for those that only read. Older versions of gRPC obey it only with GRPC_GO_RETRY=on.
const serviceConfig = `{"methodConfig": [{
	"name": [{"service": "perennial.v1.PipelineService"}],
	"timeout": "10s",
	"waitForReady": true,
	"retryPolicy": {
		"maxAttempts": 5, "initialBackoff": "0.1s", "maxBackoff": "2s", "backoffMultiplier": 2,
		"retryableStatusCodes": ["UNAVAILABLE"]
	}
}]}`

func main() {
	if err := run(os.Args[1:]); err != nil {
		fmt.Fprintln(os.Stderr, "renewals:", explain(err))
		os.Exit(1)
	}
}

func run(args []string) error {
	address := os.Getenv("PERENNIAL_SERVER")
	if address == "" {
		address = "127.0.0.1:50051"
	}
	connection, err := grpc.Dial(address, grpc.WithInsecure(), grpc.WithDefaultServiceConfig(serviceConfig))
	if err != nil {
		return err
	}
	defer connection.Close()
	pipeline := perennial.NewPipelineServiceClient(connection)

	ctx := context.Background()
	if caller, err := user.Current(); err == nil {
		// What the history calls us.
		ctx = metadata.AppendToOutgoingContext(ctx, "x-perennial-actor", url.PathEscape(caller.Username))
	}
	switch {
	case len(args) == 1 && args[0] == "list":
		return list(ctx, pipeline)
	case len(args) == 2 && args[0] == "advance":
		return advance(ctx, pipeline, args[1])
	case len(args) >= 1 && args[0] == "watch":
		count := 0 // without end
		if len(args) == 2 {
			if count, err = strconv.Atoi(args[1]); err != nil {
				return err
			}
		}
		return watch(ctx, pipeline, perennial.NewHistoryServiceClient(connection), count)
	}
	return errors.New("say list, advance NAME or watch [COUNT]")
}

func openRenewals() *perennial.ListOpportunitiesRequest {
	return &perennial.ListOpportunitiesRequest{
		Parent:  "accounts/-", // those of every account
		Filter:  "outcome = OPEN",
		OrderBy: "renewal_date",
	}
}

func list(ctx context.Context, pipeline perennial.PipelineServiceClient) error {
	request := openRenewals()
	for {
		page, err := pipeline.ListOpportunities(ctx, request)
		if err != nil {
			return err
		}
		for _, opportunity := range page.Opportunities {
			due := opportunity.RenewalDate
			fmt.Printf("%s %s %04d-%02d-%02d %d %s\n", opportunity.Name, opportunity.Stage,
				due.Year, due.Month, due.Day, opportunity.Arr.Micros/1000000, opportunity.Arr.CurrencyCode)
		}
		if page.NextPageToken == "" {
			return nil
		}
		request.PageToken = page.NextPageToken
	}
}

func advance(ctx context.Context, pipeline perennial.PipelineServiceClient, name string) error {
	opportunity, err := pipeline.AdvanceOpportunity(ctx, &perennial.AdvanceOpportunityRequest{
		Name: name,
		// One id for all attempts: the move is made once, however often it is sent.
		RequestId: newRequestID(),
	})
	if err != nil {
		return err
	}
	fmt.Printf("%s is in %s now\n", opportunity.Name, opportunity.Stage)
	return nil
}

// Lists what is there, then follows what changes: nothing is missed between the two, nor while the
// server is away.
func watch(ctx context.Context, pipeline perennial.PipelineServiceClient,
	history perennial.HistoryServiceClient, count int) error {
	page, err := pipeline.ListOpportunities(ctx, openRenewals())
	if err != nil {
		return err
	}
	fmt.Println("Watching")
	request := &perennial.WatchRequest{
		ResumeToken:   page.ResumeToken,
		ResourceTypes: []string{"Opportunity"},
	}
	for seen := 0; ; {
		err := follow(ctx, history, request, func(change *perennial.Change) bool {
			fmt.Printf("%s %s\n", change.Operation, change.ResourceName)
			seen++
			return seen != count
		})
		if status.Code(err) != codes.Unavailable {
			return err
		}
		time.Sleep(200 * time.Millisecond)
	}
}

// Keeps in the request where it is, so that calling it again goes on from there. Ends without an
// error when `show` has seen enough.
func follow(ctx context.Context, history perennial.HistoryServiceClient, request *perennial.WatchRequest,
	show func(*perennial.Change) bool) error {
	ctx, cancel := context.WithCancel(ctx)
	defer cancel()
	stream, err := history.Watch(ctx, request)
	if err != nil {
		return err
	}
	for {
		response, err := stream.Recv()
		if err != nil {
			return err
		}
		for _, change := range response.Changes {
			if !show(change) {
				return nil
			}
		}
		request.ResumeToken = response.ResumeToken
	}
}

// The reason, which programs can go by, and what would have to be different, which people can.
func explain(err error) string {
	failure, ok := status.FromError(err)
	if !ok {
		return err.Error()
	}
	reason := failure.Code().String()
	conditions := ""
	for _, detail := range failure.Details() {
		switch detail := detail.(type) {
		case *errdetails.ErrorInfo:
			reason = detail.Reason
		case *errdetails.PreconditionFailure:
			for _, violation := range detail.Violations {
				conditions += "\n  " + violation.Type + ": " + violation.Description
			}
		case *errdetails.BadRequest:
			for _, violation := range detail.FieldViolations {
				conditions += "\n  " + violation.Field + ": " + violation.Description
			}
		}
	}
	return reason + ": " + failure.Message() + conditions
}

func newRequestID() string {
	var id [16]byte
	if _, err := rand.Read(id[:]); err != nil {
		panic(err) // the system has no randomness
	}
	return fmt.Sprintf("%x", id)
}
