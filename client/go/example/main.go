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
	"errors"
	"fmt"
	"os"
	"os/user"
	"strconv"

	"perennial"
	v1 "perennial/v1"
)

func main() {
	if err := run(os.Args[1:]); err != nil {
		fmt.Fprintln(os.Stderr, "renewals:", perennial.Explain(err))
		os.Exit(1)
	}
}

func run(args []string) error {
	address := os.Getenv("PERENNIAL_SERVER")
	if address == "" {
		address = "127.0.0.1:50051"
	}
	options := perennial.Options{}
	if caller, err := user.Current(); err == nil {
		options.Actor = caller.Username
	}
	connection, err := perennial.Connect(address, options)
	if err != nil {
		return err
	}
	defer connection.Close()
	pipeline := v1.NewPipelineServiceClient(connection)
	ctx := context.Background()
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
		return watch(ctx, pipeline, v1.NewHistoryServiceClient(connection), count)
	}
	return errors.New("say list, advance NAME or watch [COUNT]")
}

func openRenewals() *v1.ListOpportunitiesRequest {
	return &v1.ListOpportunitiesRequest{
		Parent:  "accounts/-", // those of every account
		Filter:  "outcome = OPEN",
		OrderBy: "renewal_date",
	}
}

func list(ctx context.Context, pipeline v1.PipelineServiceClient) error {
	request := openRenewals()
	for {
		page, err := pipeline.ListOpportunities(ctx, request)
		if err != nil {
			return err
		}
		for _, opportunity := range page.Opportunities {
			fmt.Printf("%s %s %s %s\n", opportunity.Name, perennial.Label(opportunity.Stage),
				perennial.FormatDate(opportunity.RenewalDate), perennial.FormatMoney(opportunity.Arr))
		}
		if page.NextPageToken == "" {
			return nil
		}
		request.PageToken = page.NextPageToken
	}
}

func advance(ctx context.Context, pipeline v1.PipelineServiceClient, name string) error {
	// The move is made once, however often it is attempted: Connect's calls see to that.
	opportunity, err := pipeline.AdvanceOpportunity(ctx, &v1.AdvanceOpportunityRequest{Name: name})
	if err != nil {
		return err
	}
	fmt.Printf("%s is in %s now\n", opportunity.Name, perennial.Label(opportunity.Stage))
	return nil
}

// Lists what is there, then follows what changes: nothing is missed between the two, nor while the
// server is away.
func watch(ctx context.Context, pipeline v1.PipelineServiceClient,
	history v1.HistoryServiceClient, count int) error {
	page, err := pipeline.ListOpportunities(ctx, openRenewals())
	if err != nil {
		return err
	}
	fmt.Println("Watching")
	request := &v1.WatchRequest{
		ResumeToken:   page.ResumeToken,
		ResourceTypes: []string{"Opportunity"},
	}
	seen := 0
	err = perennial.Watch(ctx, history, request, func(response *v1.WatchResponse) error {
		for _, change := range response.Changes {
			fmt.Printf("%s %s\n", change.Operation, change.ResourceName)
			if seen++; seen == count {
				return errEnough
			}
		}
		return nil
	}, nil)
	if err == errEnough {
		return nil
	}
	return err
}

var errEnough = errors.New("COUNT changes came")
