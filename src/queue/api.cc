#include "queue/api.h"

#include <algorithm>
#include <array>
#include <utility>

#include "queue/json_answer.h"
#include "queue/request.h"

namespace bauta::queue {
namespace {

using Text = Outcome<std::string>;

template <class T>
Text Json(const Outcome<T>& outcome) {
  if (!outcome.ok()) return outcome.failure();
  return ToJson(outcome.value());
}

template <class T, class Write>
Text Written(const Outcome<T>& outcome, Write write) {
  if (!outcome.ok()) return outcome.failure();
  return write(outcome.value());
}

using Call = Text (*)(Calls&, Request, const Origin&);
struct Operation {
  std::string_view name;
  Call call;
};

// All but ReceiveMessage, which may answer later; the frequent ones first.
constexpr std::array<Operation, 22> kOperations = {{
    {"SendMessageBatch", [](Calls& c, Request r,
                            const Origin& o) { return Json(c.SendMessageBatch(std::move(r), o)); }},
    {"DeleteMessageBatch",
     [](Calls& c, Request r, const Origin& o) { return Json(c.DeleteMessageBatch(r, o)); }},
    {"SendMessage",
     [](Calls& c, Request r, const Origin& o) { return Json(c.SendMessage(std::move(r), o)); }},
    {"DeleteMessage",
     [](Calls& c, Request r, const Origin& o) { return Json(c.DeleteMessage(r, o)); }},
    {"ChangeMessageVisibilityBatch",
     [](Calls& c, Request r, const Origin& o) {
       return Json(c.ChangeMessageVisibilityBatch(r, o));
     }},
    {"ChangeMessageVisibility",
     [](Calls& c, Request r, const Origin& o) { return Json(c.ChangeMessageVisibility(r, o)); }},
    {"GetQueueAttributes",
     [](Calls& c, Request r, const Origin& o) {
       return AttributesJson(c.GetQueueAttributes(r, o));
     }},
    {"SetQueueAttributes",
     [](Calls& c, Request r, const Origin& o) { return Json(c.SetQueueAttributes(r, o)); }},
    {"CreateQueue", [](Calls& c, Request r,
                       const Origin& o) { return Written(c.CreateQueue(r, o), QueueUrlJson); }},
    {"GetQueueUrl", [](Calls& c, Request r,
                       const Origin& o) { return Written(c.GetQueueUrl(r, o), QueueUrlJson); }},
    {"ListQueues", [](Calls& c, Request r,
                      const Origin& o) { return PageJson("QueueUrls", c.ListQueues(r, o)); }},
    {"ListDeadLetterSourceQueues",
     [](Calls& c, Request r, const Origin& o) {
       return PageJson("queueUrls", c.ListDeadLetterSourceQueues(r, o));
     }},
    {"PurgeQueue", [](Calls& c, Request r, const Origin& o) { return Json(c.PurgeQueue(r, o)); }},
    {"DeleteQueue", [](Calls& c, Request r, const Origin& o) { return Json(c.DeleteQueue(r, o)); }},
    {"TagQueue", [](Calls& c, Request r, const Origin& o) { return Json(c.TagQueue(r, o)); }},
    {"UntagQueue", [](Calls& c, Request r, const Origin& o) { return Json(c.UntagQueue(r, o)); }},
    {"ListQueueTags",
     [](Calls& c, Request r, const Origin& o) { return TagsJson(c.ListQueueTags(r, o)); }},
    {"AddPermission",
     [](Calls& c, Request r, const Origin& o) { return Json(c.AddPermission(r, o)); }},
    {"RemovePermission",
     [](Calls& c, Request r, const Origin& o) { return Json(c.RemovePermission(r, o)); }},
    {"StartMessageMoveTask",
     [](Calls& c, Request r,
        const Origin&) { return Written(c.StartMessageMoveTask(r), TaskHandleJson); }},
    {"ListMessageMoveTasks",
     [](Calls& c, Request r, const Origin&) { return Json(c.ListMessageMoveTasks(r)); }},
    {"CancelMessageMoveTask",
     [](Calls& c, Request r,
        const Origin&) { return Written(c.CancelMessageMoveTask(r), MovedJson); }},
}};

Text Perform(Calls& calls, std::string_view name, Request request, const Origin& origin) {
  const auto* found = std::find_if(kOperations.begin(), kOperations.end(),
                                   [&](const Operation& o) { return o.name == name; });
  if (found != kOperations.end()) return found->call(calls, std::move(request), origin);
  return UnknownOperation();
}

Api::Answer ToAnswer(const Text& text) {
  if (text.ok()) return {.status = 200, .body = text.value(), .query_error = {}};
  return Api::Refusal(text.failure());
}

}  // namespace

Api::Answer Api::Refusal(const Failure& failure) {
  const bool ours = failure.status >= 500;
  return {.status = failure.status,
          .body = ErrorJson(failure),
          .query_error = std::string(failure.code) + (ours ? ";Receiver" : ";Sender")};
}

void Api::Receive(const Request& request, const Origin& origin, const Reply& reply) {
  calls_.ReceiveMessage(
      request, origin,
      [reply, system = request.system_names, attributes = request.message_attribute_names,
       account = store_.account()](const Outcome<Store::Messages>& messages) {
        reply(ToAnswer(messages.ok()
                           ? Text(MessagesJson(messages.value(), system, attributes, account))
                           : Text(messages.failure())));
      });
}

void Api::Handle(std::string_view target, std::string_view body, const Origin& origin,
                 const Reply& reply) {
  static constexpr std::string_view kPrefix = "AmazonSQS.";
  if (!target.starts_with(kPrefix)) return reply(ToAnswer(UnknownOperation()));
  const std::string_view name = target.substr(kPrefix.size());
  Outcome<Request> request = ParseJsonRequest(body);
  if (!request.ok()) return reply(ToAnswer(request.failure()));
  if (name == "ReceiveMessage") return Receive(request.value(), origin, reply);
  reply(ToAnswer(Perform(calls_, name, std::move(request).value(), origin)));
}

}  // namespace bauta::queue
