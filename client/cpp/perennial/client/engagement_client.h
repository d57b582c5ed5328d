#ifndef PERENNIAL_CLIENT_ENGAGEMENT_CLIENT_H_
#define PERENNIAL_CLIENT_ENGAGEMENT_CLIENT_H_

#include <memory>
#include <utility>

#include "perennial/client/service_client.h"
#include "perennial/v1/engagement_service.pb.h"

namespace perennial::client {

// Calls EngagementService: touches and feedback.
class EngagementClient : public ServiceClient {
 public:
  explicit EngagementClient(std::shared_ptr<Connection> connection, ClientOptions options = {})
      : ServiceClient("perennial.v1.EngagementService", std::move(connection), std::move(options)) {
  }

  PERENNIAL_UNARY(CreateTouch, Touch);
  PERENNIAL_UNARY(GetTouch, Touch);
  PERENNIAL_LIST(ListTouches, Touch);
  PERENNIAL_UNARY(UpdateTouch, Touch);
  PERENNIAL_DELETE(DeleteTouch);
  PERENNIAL_UNARY(CreateFeedback, Feedback);
  PERENNIAL_UNARY(GetFeedback, Feedback);
  PERENNIAL_LIST(ListFeedback, Feedback);
  PERENNIAL_UNARY(UpdateFeedback, Feedback);
  PERENNIAL_DELETE(DeleteFeedback);
  PERENNIAL_UNARY(AcknowledgeFeedback, Feedback);
  PERENNIAL_UNARY(DecideFeedback, Feedback);
  PERENNIAL_UNARY(AnswerFeedback, Feedback);
  PERENNIAL_UNARY(GetFeedbackDemand, FeedbackDemand);
  PERENNIAL_UNARY(DecideFeedbackTopic, DecideFeedbackTopicResponse);

  PERENNIAL_UNARY(CreateTask, Task);
  PERENNIAL_UNARY(GetTask, Task);
  PERENNIAL_LIST(ListTasks, Task);
  PERENNIAL_UNARY(UpdateTask, Task);
  PERENNIAL_DELETE(DeleteTask);
  PERENNIAL_UNARY(CompleteTask, Task);
  PERENNIAL_UNARY(SkipTask, Task);
  PERENNIAL_UNARY(SnoozeTask, Task);
  PERENNIAL_UNARY(BatchUpdateTasks, BatchTasksResponse);
  PERENNIAL_UNARY(BatchCompleteTasks, BatchTasksResponse);
  PERENNIAL_UNARY(BatchSkipTasks, BatchTasksResponse);
  PERENNIAL_UNARY(BatchSnoozeTasks, BatchTasksResponse);
  PERENNIAL_UNARY(ReassignTasks, ReassignTasksResponse);
};

}  // namespace perennial::client

#endif  // PERENNIAL_CLIENT_ENGAGEMENT_CLIENT_H_
