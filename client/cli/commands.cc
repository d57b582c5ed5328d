#include "client/cli/commands.h"

#include <cassert>
#include <map>
#include <optional>
#include <string>
#include <vector>

#include "absl/strings/str_cat.h"
#include "client/cli/backup_command.h"
#include "client/cli/board_command.h"
#include "client/cli/changes_command.h"
#include "client/cli/churn_command.h"
#include "client/cli/completion.h"
#include "client/cli/demand_command.h"
#include "client/cli/edit_command.h"
#include "client/cli/export_command.h"
#include "client/cli/find_command.h"
#include "client/cli/hand_over_command.h"
#include "client/cli/import_command.h"
#include "client/cli/method_command.h"
#include "client/cli/my_command.h"
#include "client/cli/next_command.h"
#include "client/cli/playbook_preview.h"
#include "client/cli/reassign_command.h"
#include "client/cli/renew_command.h"
#include "client/cli/report_command.h"
#include "client/cli/show_command.h"
#include "client/cli/tag_command.h"
#include "client/cli/touch_log_command.h"
#include "client/cli/undo_command.h"
#include "client/cli/watch_command.h"
#include "lib/api/resource_name.h"

namespace perennial::cli {
namespace {

constexpr absl::Duration kLong = absl::Minutes(10);
// Those for which a command can be done.
constexpr char kOpen[] = "outcome = OPEN";
constexpr char kMayBeDone[] = "NOT state = DONE AND NOT state = SKIPPED";

struct GroupSpec {
  const char* name;
  const char* resource;
  const char* description;
  const char* columns;
  std::vector<MethodCommandSpec> commands;
};

// All commands that call one method. To reach a new method from the command line, add its line.
std::vector<GroupSpec> Groups() {
  return {
      {"accounts",
       "Account",
       "Customers and their divisions",
       "name display_name segment owner standing.state standing.silent_since",
       {{"list", "AccountService.ListAccounts", "--filter='segment = \"enterprise\"'"},
        {"get", "AccountService.GetAccount", "accounts/acme --read-time=2025-01-31"},
        {"create", "AccountService.CreateAccount",
         "--id=acme --display-name='Acme Corp' --segment=enterprise --labels=tier=gold"},
        {"update", "AccountService.UpdateAccount", "accounts/acme --owner=jane@example.com"},
        {"delete", "AccountService.DeleteAccount", "accounts/acme"}}},
      {"contacts",
       "Contact",
       "People at the customers",
       "name display_name roles stance state verify_time",
       {{"list", "AccountService.ListContacts", "accounts/acme --filter='roles:CHAMPION'"},
        {"get", "AccountService.GetContact", "accounts/acme/contacts/joe"},
        {"create", "AccountService.CreateContact",
         "accounts/acme --id=joe --display-name='Joe Doe' --roles=CHAMPION,BUSINESS_USER"},
        {"update", "AccountService.UpdateContact", "accounts/acme/contacts/joe --stance=SUPPORTER"},
        {"delete", "AccountService.DeleteContact", "accounts/acme/contacts/joe"},
        {"verify", "AccountService.VerifyContact", "accounts/acme/contacts/joe"},
        {"left", "AccountService.MarkContactLeft", "accounts/acme/contacts/joe --reason='retired'"},
        {"undo-left", "AccountService.UndoContactLeft",
         "accounts/acme/contacts/joe --reason='it was another Joe'"},
        {"move", "AccountService.MoveContact",
         "accounts/acme/contacts/joe --destination=accounts/globex --email=joe@globex.example"},
        {"merge", "AccountService.MergeContacts",
         "accounts/acme/contacts/joe --duplicates=accounts/acme/contacts/j-doe"}}},
      {"events",
       "AccountEvent",
       "Significant changes at the customers",
       "name type event_date title source",
       {{"list", "AccountService.ListAccountEvents", "accounts/acme --order-by='event_date desc'"},
        {"get", "AccountService.GetAccountEvent", "accounts/acme/events/merger"},
        {"create", "AccountService.CreateAccountEvent",
         "accounts/acme --type=OWNERSHIP --title='Bought by Globex' --event-date=2025-01-31"},
        {"update", "AccountService.UpdateAccountEvent",
         "accounts/acme/events/merger --source='press release'"},
        {"delete", "AccountService.DeleteAccountEvent", "accounts/acme/events/merger"}}},
      {"products",
       "Product",
       "What is sold, and its capabilities",
       "name display_name family list_price retired",
       {{"list", "CatalogService.ListProducts", "--filter='retired = false'"},
        {"get", "CatalogService.GetProduct", "products/pro"},
        {"create", "CatalogService.CreateProduct",
         "--id=pro --display-name=Pro --list-price='USD 120' "
         "--capabilities='[{\"id\": \"sso\", \"displayName\": \"Single sign-on\"}]'"},
        {"update", "CatalogService.UpdateProduct", "products/pro --retired"},
        {"delete", "CatalogService.DeleteProduct", "products/pro"}}},
      {"subscriptions",
       "Subscription",
       "What customers have bought, and until when",
       "name product seats arr term_end_date auto_renew state",
       {{"list", "SubscriptionService.ListSubscriptions",
         "--filter='state = ACTIVE' --order-by=term_end_date"},
        {"get", "SubscriptionService.GetSubscription", "accounts/acme/subscriptions/pro-2025"},
        {"create", "SubscriptionService.CreateSubscription",
         "accounts/acme --id=pro-2025 --product=products/pro --seats=10 --arr='USD 1200.50' "
         "--start-date=2025-01-31 --term-months=12"},
        {"update", "SubscriptionService.UpdateSubscription",
         "accounts/acme/subscriptions/pro-2025 --auto-renew=false"},
        {"delete", "SubscriptionService.DeleteSubscription",
         "accounts/acme/subscriptions/pro-2025"},
        {"amend", "SubscriptionService.AmendSubscription",
         "accounts/acme/subscriptions/pro-2025 --seats=15 --arr='USD 1800' --reason='more staff'"},
        {"cancel", "SubscriptionService.CancelSubscription",
         "accounts/acme/subscriptions/pro-2025 --reason=BUDGET"},
        {"undo-cancellation", "SubscriptionService.UndoCancellation",
         "accounts/acme/subscriptions/pro-2025 --reason='they stay'"},
        {"correct", "SubscriptionService.CorrectSubscription",
         "accounts/acme/subscriptions/pro-2025 --term-months=24 --reason='a typing error'"},
        {"align", "SubscriptionService.AlignTerm",
         "accounts/acme/subscriptions/pro-2025 "
         "--with-subscription=accounts/acme/subscriptions/team --reason='one renewal a year'"},
        {"exclude", "SubscriptionService.ExcludeSubscription",
         "accounts/acme/subscriptions/pro-2025 --reason=PRODUCT_RETIRED"},
        {"include", "SubscriptionService.IncludeSubscription",
         "accounts/acme/subscriptions/pro-2025"},
        {"uncovered", "SubscriptionService.ListUncoveredSubscriptions", "--all"}}},
      {"movements",
       "ArrMovement",
       "The ledger: every change of ARR",
       "name subscription effective_date delta cause",
       {{"list", "SubscriptionService.ListArrMovements",
         "accounts/acme --order-by=effective_date"}}},
      {"usage",
       "UsageSample",
       "How much the customers use what they have",
       "name capability sample_date active_users uses",
       {{"list", "SubscriptionService.ListUsageSamples", "accounts/acme/subscriptions/pro-2025"},
        {"append", "SubscriptionService.AppendUsageSamples",
         "accounts/acme/subscriptions/pro-2025 --capability=products/pro/capabilities/sso "
         "--sample-date=2025-01-31 --active-users=7 --uses=420"}}},
      {"opportunities",
       "Opportunity",
       "The renewals, stage by stage",
       "name stage outcome arr renewal_date risk_level owner account.display_name",
       {{"list", "PipelineService.ListOpportunities",
         "--filter='outcome = OPEN AND renewal_date < \"2025-07-01\"' --order-by=renewal_date"},
        {"get", "PipelineService.GetOpportunity",
         "accounts/acme/opportunities/2025 --read-time=2025-01-31T12:00:00Z"},
        {"create", "PipelineService.CreateOpportunity",
         "accounts/acme --id=2025 --subscriptions=accounts/acme/subscriptions/pro-2025"},
        {"update", "PipelineService.UpdateOpportunity",
         "accounts/acme/opportunities/2025 --forecast-arr='USD 1500' --owner-risk-level=HIGH"},
        {"delete", "PipelineService.DeleteOpportunity", "accounts/acme/opportunities/2025"},
        {"check-gate|gate", "PipelineService.CheckGate", "accounts/acme/opportunities/2025"},
        {"advance", "PipelineService.AdvanceOpportunity",
         "--filter='renewal_date < \"2025-07-01\"' --from-stage=OUTREACH --dry-run", std::nullopt,
         kOpen},
        {"return", "PipelineService.ReturnOpportunity",
         "accounts/acme/opportunities/2025 --to-stage=OUTREACH --reason='the champion left'",
         std::nullopt, kOpen},
        {"close", "PipelineService.CloseOpportunity",
         "accounts/acme/opportunities/2025 --outcome=CHURNED --churn-reason=PRICE", std::nullopt,
         kOpen},
        {"reopen", "PipelineService.ReopenOpportunity",
         "accounts/acme/opportunities/2025 --reason='they came back'", std::nullopt,
         "NOT outcome = OPEN"},
        {"open-due", "PipelineService.OpenDueOpportunities", "--all", kLong},
        {"settle", "PipelineService.SettleEndedTerms", "accounts/acme", kLong}}},
      {"playbooks",
       "Playbook",
       "How renewals of certain accounts are worked",
       "name display_name account_filter priority lead_days bundle_days",
       {{"list", "PipelineService.ListPlaybooks", "--order-by='priority desc'"},
        {"get", "PipelineService.GetPlaybook", "playbooks/default"},
        {"create", "PipelineService.CreatePlaybook",
         "--id=enterprise --display-name=Enterprise --account-filter='segment = \"enterprise\"' "
         "--criteria='[{\"type\": \"OFFER_ACCEPTED\", \"stage\": \"RENEWAL\"}]'"},
        {"update", "PipelineService.UpdatePlaybook", "playbooks/default --lead-days=180",
         std::nullopt, "", UpdatePlaybook},
        {"preview", "PipelineService.PreviewPlaybook",
         "playbooks/default --criteria='[{\"type\": \"OFFER_ACCEPTED\", \"stage\": \"RENEWAL\"}]'",
         std::nullopt, "", PreviewPlaybook},
        {"delete", "PipelineService.DeletePlaybook", "playbooks/enterprise"},
        {"apply", "PipelineService.ApplyPlaybook", "playbooks/enterprise --dry-run", kLong}}},
      {"offers",
       "Offer",
       "Terms for renewals",
       "name state term_months arr discount_basis_points decided_by",
       {{"list", "PipelineService.ListOffers", "accounts/acme/opportunities/2025"},
        {"get", "PipelineService.GetOffer", "accounts/acme/opportunities/2025/offers/first"},
        {"create", "PipelineService.CreateOffer",
         "accounts/acme/opportunities/2025 --id=first --term-months=12 --arr='USD 1300'"},
        {"update", "PipelineService.UpdateOffer",
         "accounts/acme/opportunities/2025/offers/first --arr='USD 1250'"},
        {"delete", "PipelineService.DeleteOffer", "accounts/acme/opportunities/2025/offers/first"},
        {"send", "PipelineService.SendOffer", "accounts/acme/opportunities/2025/offers/first"},
        {"accept", "PipelineService.AcceptOffer",
         "accounts/acme/opportunities/2025/offers/first "
         "--decided-by=accounts/acme/contacts/joe"},
        {"reject", "PipelineService.RejectOffer",
         "accounts/acme/opportunities/2025/offers/first --note='too expensive'"}}},
      {"touches",
       "Touch",
       "Calls, mails and visits",
       "name channel direction disposition intent touch_time",
       {{"list", "EngagementService.ListTouches",
         "accounts/acme --filter='disposition = CONNECTED' --order-by='touch_time desc'"},
        {"get", "EngagementService.GetTouch", "accounts/acme/touches/first-call"},
        {"create", "EngagementService.CreateTouch",
         "accounts/acme --channel=PHONE --direction=OUTBOUND --disposition=CONNECTED "
         "--intent=GIVE --contacts=accounts/acme/contacts/joe"},
        {"update", "EngagementService.UpdateTouch",
         "accounts/acme/touches/first-call --summary='Showed single sign-on'"},
        {"delete", "EngagementService.DeleteTouch", "accounts/acme/touches/first-call"}}},
      {"feedback",
       "Feedback",
       "What customers told us",
       "name type state topic contact text",
       {{"list", "EngagementService.ListFeedback", "--overdue --order-by=due_time"},
        {"get", "EngagementService.GetFeedback", "accounts/acme/feedback/dark-mode"},
        {"create", "EngagementService.CreateFeedback",
         "accounts/acme --id=dark-mode --type=IDEA --text='A dark mode would be nice'"},
        {"update", "EngagementService.UpdateFeedback",
         "accounts/acme/feedback/dark-mode --topic=interface"},
        {"delete", "EngagementService.DeleteFeedback", "accounts/acme/feedback/dark-mode"},
        {"acknowledge", "EngagementService.AcknowledgeFeedback",
         "accounts/acme/feedback/dark-mode"},
        {"decide", "EngagementService.DecideFeedback",
         "accounts/acme/feedback/dark-mode --decision=ACCEPTED --reason='many asked for it'"},
        {"answer", "EngagementService.AnswerFeedback",
         "accounts/acme/feedback/dark-mode --touch=accounts/acme/touches/first-call"},
        {"decide-topic", "EngagementService.DecideFeedbackTopic",
         "--topic=interface --decision=ACCEPTED --reason='a majority asked for it' --dry-run",
         kLong}}},
      {"tasks",
       "Task",
       "What somebody is to do, and by when",
       "name due_date state assignee title account.display_name channel opportunity",
       {{"list", "EngagementService.ListTasks",
         "--due=TODAY --filter='assignee = \"jo@lumen.example\"' --order-by=due_date"},
        {"get", "EngagementService.GetTask", "accounts/acme/tasks/thanks"},
        {"create", "EngagementService.CreateTask",
         "accounts/acme --id=thanks --kind=GIVE --title='Thank them' --due-date=2025-01-31"},
        {"update", "EngagementService.UpdateTask", "accounts/acme/tasks/thanks --channel=LETTER"},
        {"delete", "EngagementService.DeleteTask", "accounts/acme/tasks/thanks"},
        {"complete", "EngagementService.CompleteTask",
         "accounts/acme/tasks/thanks --touch=accounts/acme/touches/first-call", std::nullopt,
         kMayBeDone},
        {"skip", "EngagementService.SkipTask", "accounts/acme/tasks/thanks --reason='they moved'",
         std::nullopt, kMayBeDone},
        {"snooze", "EngagementService.SnoozeTask",
         "accounts/acme/tasks/thanks --until=2025-02-28 --reason='on holiday'", std::nullopt,
         "state = OPEN"},
        {"reassign", "EngagementService.ReassignTasks",
         "--filter='assignee = \"jo@lumen.example\"' --assignee=ada@lumen.example"}}},
      {"reviews",
       "AdoptionReview",
       "Whether customers get what they bought it for",
       "name review_time attainment_basis_points contacts",
       {{"list", "AdoptionService.ListAdoptionReviews", "accounts/acme/subscriptions/pro-2025"},
        {"get", "AdoptionService.GetAdoptionReview",
         "accounts/acme/subscriptions/pro-2025/adoptionReviews/spring"},
        {"create", "AdoptionService.CreateAdoptionReview",
         "accounts/acme/subscriptions/pro-2025 --contacts=accounts/acme/contacts/joe "
         "--outcomes='[{\"goal\": \"fewer passwords\", \"result\": \"ACHIEVED\"}]'"},
        {"update", "AdoptionService.UpdateAdoptionReview",
         "accounts/acme/subscriptions/pro-2025/adoptionReviews/spring --summary='Going well'"},
        {"delete", "AdoptionService.DeleteAdoptionReview",
         "accounts/acme/subscriptions/pro-2025/adoptionReviews/spring"}}},
      {"proposals",
       "Proposal",
       "What would help customers beyond what they have",
       "name type state product seats arr",
       {{"list", "ExpansionService.ListProposals", "accounts/acme/opportunities/2025"},
        {"get", "ExpansionService.GetProposal",
         "accounts/acme/opportunities/2025/proposals/more-seats"},
        {"create", "ExpansionService.CreateProposal",
         "accounts/acme/opportunities/2025 --id=more-seats --type=UPSELL --seats=5 "
         "--arr='USD 600' --subscription=accounts/acme/subscriptions/pro-2025"},
        {"update", "ExpansionService.UpdateProposal",
         "accounts/acme/opportunities/2025/proposals/more-seats --seats=8 --arr='USD 960'"},
        {"delete", "ExpansionService.DeleteProposal",
         "accounts/acme/opportunities/2025/proposals/more-seats"},
        {"accept", "ExpansionService.AcceptProposal",
         "accounts/acme/opportunities/2025/proposals/more-seats"},
        {"decline", "ExpansionService.DeclineProposal",
         "accounts/acme/opportunities/2025/proposals/more-seats --reason='no budget'"},
        {"withdraw", "ExpansionService.WithdrawProposal",
         "accounts/acme/opportunities/2025/proposals/more-seats --reason='wrong price'"}}},
      {"transitions",
       "StageTransition",
       "Every move of an opportunity",
       "name from_stage to_stage to_outcome actor reason create_time",
       {{"list", "PipelineService.ListStageTransitions", "accounts/acme/opportunities/2025"}}},
      {"clock",
       "",
       "The server's clock",
       "",
       {{"get", "ClockService.GetTime", ""},
        {"move", "ClockService.MoveTime", "--days=30", kLong}}},
  };
}

CommandGroup AddGroup(CLI::App& app, const GroupSpec& spec, CliContext& context) {
  CLI::App& group_app = *app.add_subcommand(spec.name, spec.description);
  group_app.require_subcommand(1);
  group_app.footer(absl::StrCat("Example:\n  perennial ", spec.name, " ", spec.commands[0].verb,
                                " ", spec.commands[0].example));
  CommandGroup group = {ResourceByType(spec.resource), {}};
  if (group.resource != nullptr) {
    const auto columns = FindColumns(*group.resource, spec.columns);
    assert(columns.ok());
    group.columns = *columns;
  }
  for (const MethodCommandSpec& command : spec.commands) {
    AddMethodCommand(group_app, group, command, context);
  }
  if (group.resource != nullptr) AddTagCommand(group_app, *group.resource, context);
  return group;
}

}  // namespace

void AddCommands(CLI::App& app, CliContext& context) {
  AddMyCommand(app, context);
  AddNextCommand(app, context);
  AddFindCommand(app, context);
  AddShowCommand(app, context);
  AddRenewCommand(app, context);
  AddChurnCommand(app, context);
  AddBoardCommand(app, context);
  AddReportCommands(app, context);
  std::map<std::string, CommandGroup> groups;
  for (const GroupSpec& group : Groups()) groups[group.name] = AddGroup(app, group, context);
  AddReassignCommand(*app.get_subcommand("accounts"), context);
  AddHandOverCommand(*app.get_subcommand("accounts"), "hand-over", context);
  AddTouchLogCommand(*app.get_subcommand("touches"), context);
  AddDemandCommand(*app.get_subcommand("feedback"), context);
  AddChangesCommand(app, context);
  AddUndoCommand(app, context);
  AddWatchCommand(app, context);
  AddHandOverCommand(app, "handover", context);
  AddExportCommand(app, groups, context);
  AddEditCommand(app, context);
  AddImportCommand(app, context);
  AddBackupCommand(app, context);
  AddRestoreCommand(app, context);
  AddCompletionCommands(app, context);
}

}  // namespace perennial::cli
