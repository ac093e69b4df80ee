#include "queue/api.h"

#include <algorithm>
#include <array>
#include <utility>

#include "base/text.h"
#include "base/uuid.h"
#include "queue/address.h"
#include "queue/identity.h"
#include "queue/json_answer.h"
#include "queue/request.h"
#include "queue/xml_answer.h"

namespace bauta::queue {
namespace {

constexpr char kJsonType[] = "application/x-amz-json-1.0";
constexpr char kPlainJsonType[] = "application/json";
constexpr char kXmlType[] = "text/xml";

using Result = Outcome<Answered>;

// As the answer that is called so.
template <class Answer, class T>
Result As(Outcome<T> outcome) {
  if (!outcome.ok()) return outcome.failure();
  return Answered(Answer{std::move(outcome).value()});
}

template <class T>
Result Plain(Outcome<T> outcome) {
  if (!outcome.ok()) return outcome.failure();
  return Answered(std::move(outcome).value());
}

using Call = Result (*)(Calls&, Request, const Origin&);
struct Operation {
  std::string_view name;
  Call call;
};

// All but ReceiveMessage, which may answer later; the frequent ones first.
constexpr std::array<Operation, 22> kOperations = {{
    {"SendMessageBatch",
     [](Calls& c, Request r, const Origin& o) {
       return Plain(c.SendMessageBatch(std::move(r), o));
     }},
    {"DeleteMessageBatch",
     [](Calls& c, Request r, const Origin& o) { return Plain(c.DeleteMessageBatch(r, o)); }},
    {"SendMessage",
     [](Calls& c, Request r, const Origin& o) { return Plain(c.SendMessage(std::move(r), o)); }},
    {"DeleteMessage",
     [](Calls& c, Request r, const Origin& o) { return Plain(c.DeleteMessage(r, o)); }},
    {"ChangeMessageVisibilityBatch",
     [](Calls& c, Request r, const Origin& o) {
       return Plain(c.ChangeMessageVisibilityBatch(r, o));
     }},
    {"ChangeMessageVisibility",
     [](Calls& c, Request r, const Origin& o) { return Plain(c.ChangeMessageVisibility(r, o)); }},
    {"GetQueueAttributes",
     [](Calls& c, Request r, const Origin& o) { return Plain(c.GetQueueAttributes(r, o)); }},
    {"SetQueueAttributes",
     [](Calls& c, Request r, const Origin& o) { return Plain(c.SetQueueAttributes(r, o)); }},
    {"CreateQueue",
     [](Calls& c, Request r, const Origin& o) { return As<QueueUrl>(c.CreateQueue(r, o)); }},
    {"GetQueueUrl",
     [](Calls& c, Request r, const Origin& o) { return As<QueueUrl>(c.GetQueueUrl(r, o)); }},
    {"ListQueues", [](Calls& c, Request r, const Origin& o) { return Plain(c.ListQueues(r, o)); }},
    {"ListDeadLetterSourceQueues",
     [](Calls& c, Request r, const Origin& o) {
       return As<DeadLetterSources>(c.ListDeadLetterSourceQueues(r, o));
     }},
    {"PurgeQueue", [](Calls& c, Request r, const Origin& o) { return Plain(c.PurgeQueue(r, o)); }},
    {"DeleteQueue",
     [](Calls& c, Request r, const Origin& o) { return Plain(c.DeleteQueue(r, o)); }},
    {"TagQueue", [](Calls& c, Request r, const Origin& o) { return Plain(c.TagQueue(r, o)); }},
    {"UntagQueue", [](Calls& c, Request r, const Origin& o) { return Plain(c.UntagQueue(r, o)); }},
    {"ListQueueTags",
     [](Calls& c, Request r, const Origin& o) { return As<QueueTags>(c.ListQueueTags(r, o)); }},
    {"AddPermission",
     [](Calls& c, Request r, const Origin& o) { return Plain(c.AddPermission(r, o)); }},
    {"RemovePermission",
     [](Calls& c, Request r, const Origin& o) { return Plain(c.RemovePermission(r, o)); }},
    {"StartMessageMoveTask",
     [](Calls& c, Request r, const Origin&) { return As<TaskHandle>(c.StartMessageMoveTask(r)); }},
    {"ListMessageMoveTasks",
     [](Calls& c, Request r, const Origin&) { return Plain(c.ListMessageMoveTasks(r)); }},
    {"CancelMessageMoveTask",
     [](Calls& c, Request r, const Origin&) { return As<Moved>(c.CancelMessageMoveTask(r)); }},
}};

Result PerformNow(Calls& calls, std::string_view name, Request request, const Origin& origin) {
  const auto* found = std::find_if(kOperations.begin(), kOperations.end(),
                                   [&](const Operation& o) { return o.name == name; });
  if (found != kOperations.end()) return found->call(calls, std::move(request), origin);
  return UnknownOperation();
}

Api::Answer InJson(const Result& result) {
  Api::Answer answer{.status = 200,
                     .type = kJsonType,
                     .body = {},
                     .query_error = {},
                     .request_id = ToString(RandomUuid())};
  if (result.ok()) {
    answer.body = ToJson(result.value());
    return answer;
  }
  const Failure& failure = result.failure();
  answer.status = failure.status;
  answer.body = ErrorJson(failure);
  answer.query_error =
      std::string(failure.code) + (failure.status >= 500 ? ";Receiver" : ";Sender");
  return answer;
}

enum class Format { kXml, kJson, kListing };

Format FormatOf(const Api::Incoming& incoming) {
  return incoming.WantsJson() ? Format::kJson : Format::kXml;
}

struct Writers {
  std::string (*answer)(std::string_view action, const Answered&, std::string_view request_id);
  std::string (*error)(const Failure&, std::string_view request_id);
};
constexpr std::array<Writers, 3> kWriters = {{{ToXml, ErrorXml},  // As Format has them.
                                              {ToQueryJson, QueryErrorJson},
                                              {ToListingJson, ListingErrorJson}}};

Api::Answer InQuery(Format format, std::string_view action, const Result& result) {
  Api::Answer answer{.status = result.ok() ? 200 : result.failure().status,
                     .type = format == Format::kXml ? kXmlType : kPlainJsonType,
                     .body = {},
                     .query_error = {},
                     .request_id = ToString(RandomUuid())};
  const Writers& writers = kWriters[static_cast<std::size_t>(format)];
  answer.body = result.ok() ? writers.answer(action, result.value(), answer.request_id)
                            : writers.error(result.failure(), answer.request_id);
  return answer;
}

Api::Answer WhoIs(const QueryRequest& asked, const Origin& origin) {
  Api::Answer answer{.status = 200,
                     .type = kXmlType,
                     .body = {},
                     .query_error = {},
                     .request_id = ToString(RandomUuid())};
  const Outcome<std::string> identity = Identify({.action = asked.action,
                                                  .role_arn = asked.role_arn,
                                                  .account = origin.account,
                                                  .request_id = answer.request_id});
  if (!identity.ok()) return InQuery(Format::kXml, asked.action, identity.failure());
  answer.body = identity.value();
  return answer;
}

// A queue's own URL takes no calls that are on no queue.
bool IsOutOfPlace(std::string_view action, std::string_view path) {
  return (action == "CreateQueue" || action == "ListQueues") &&
         !ParseQueueUrl(path).account.empty();
}

}  // namespace

Api::Answer Api::Refusal(const Incoming& incoming, const Failure& failure) {
  return incoming.IsJson() ? InJson(failure) : InQuery(FormatOf(incoming), {}, failure);
}

namespace {

constexpr std::string_view kListing = "/_aws/sqs/messages";
constexpr std::string_view kReceive = "ReceiveMessage";

std::string_view PathOf(std::string_view target) { return target.substr(0, target.find('?')); }
std::string_view QueryOf(std::string_view target) {
  return target.substr(std::min(PathOf(target).size() + 1, target.size()));
}

// "ShowInvisible=True", say.
bool Says(std::string_view query, std::string_view name) {
  while (!query.empty()) {
    const std::string_view pair = query.substr(0, query.find('&'));
    query.remove_prefix(std::min(pair.size() + 1, query.size()));
    const std::size_t equals = std::min(pair.find('='), pair.size());
    if (pair.substr(0, equals) != name) continue;
    const std::string value = LowerAscii(pair.substr(std::min(equals + 1, pair.size())));
    return value == "true" || value == "1";
  }
  return false;
}

// What to list; the queue may be in the path.
Outcome<Request> ParseListing(const Api::Incoming& incoming) {
  QueryRequest asked;
  if (incoming.IsJson()) {
    asked.action = incoming.operation.substr(
        std::min(incoming.operation.find('.') + 1, incoming.operation.size()));
    if (asked.action == kReceive) asked.request = OR_FAIL(ParseJsonRequest(incoming.body));
  } else {
    asked = OR_FAIL(ParseQueryRequest(QueryOf(incoming.target), incoming.body));
  }
  if (!asked.action.empty() && asked.action != kReceive) return NotAReceive();
  const std::string_view queue = PathOf(incoming.target).substr(kListing.size());
  if (queue.size() > 1) asked.request.queue_url = "/queue" + std::string(queue);
  if (!asked.request.queue_url || asked.request.queue_url->empty()) return QueueDoesNotExist();
  return std::move(asked.request);
}

}  // namespace

bool Api::IsListing(std::string_view target) {
  const std::string_view path = PathOf(target);
  return path == kListing || path.starts_with(std::string(kListing) + "/");
}

Api::Answer Api::List(const Incoming& incoming, const Origin& origin) {
  const auto list = [&]() -> Result {
    const Request request = OR_FAIL(ParseListing(incoming));
    const QueueName queue = OR_FAIL(calls_.QueueOf(request, origin));
    const bool whole = !ParseQueueUrl(*request.queue_url).account.empty();
    if (!whole && !store_.Exists(queue).ok()) return InvalidAddress();
    const std::string_view query = QueryOf(incoming.target);
    const Mailbox::Peek peek{.in_flight = Says(query, "ShowInvisible"),
                             .delayed = Says(query, "ShowDelayed")};
    return Answered(Messages{OR_FAIL(store_.List(queue, peek)), {"All"}, {"All"}, queue.account});
  };
  if (incoming.IsJson()) return InJson(list());
  return InQuery(incoming.WantsJson() ? Format::kListing : Format::kXml, kReceive, list());
}

void Api::Handle(const Incoming& incoming, const Origin& origin, const Reply& reply) {
  GroupCommit* const commit = store_.commit();
  if (commit == nullptr) return Perform(incoming, origin, reply);
  if (commit->failing()) return reply(Refusal(incoming, ServiceUnavailable()));
  Perform(incoming, origin, OnceDurable(*commit, incoming, reply));
}

// The same, but later.
Api::Reply Api::OnceDurable(GroupCommit& commit, const Incoming& incoming, const Reply& reply) {
  const Incoming form{.operation = incoming.IsJson() ? "-" : "",  // What outlives the request.
                      .accept = incoming.WantsJson() ? "application/json" : ""};
  return [&commit, form, reply](Answer answer) {
    commit.WhenDurable([form, reply, answer = std::move(answer)](bool durable) mutable {
      reply(durable ? std::move(answer) : Refusal(form, ServiceUnavailable()));
    });
  };
}

void Api::Perform(const Incoming& incoming, const Origin& origin, const Reply& reply) {
  return incoming.IsJson() ? HandleJson(incoming, origin, reply)
                           : HandleQuery(incoming, origin, reply);
}

void Api::HandleQuery(const Incoming& incoming, const Origin& origin, const Reply& reply) {
  const std::string_view path = PathOf(incoming.target);
  const Format format = FormatOf(incoming);
  Outcome<QueryRequest> asked = ParseQueryRequest(QueryOf(incoming.target), incoming.body);
  if (!asked.ok()) return reply(InQuery(format, {}, asked.failure()));
  const std::string action = asked.value().action;
  if (action.empty()) {
    return reply({.status = 404,
                  .type = kXmlType,
                  .body = "<UnknownOperationException/>\n",
                  .query_error = {},
                  .request_id = ToString(RandomUuid())});
  }
  if (IsIdentityCall(action)) return reply(WhoIs(asked.value(), origin));
  if (IsOutOfPlace(action, path)) return reply(InQuery(format, action, InvalidAction(action)));
  Perform(action, std::move(asked).value().request, origin,
          [action, format, reply](const Result& result) {
            const bool unknown = !result.ok() && result.failure().type == UnknownOperation().type;
            reply(InQuery(format, action, unknown ? Result(InvalidAction(action)) : result));
          });
}

void Api::HandleJson(const Incoming& incoming, const Origin& origin, const Reply& reply) {
  static constexpr std::string_view kPrefix = "AmazonSQS.";
  const bool ours = incoming.operation.starts_with(kPrefix);
  if (!ours) return reply(InJson(UnknownOperation()));
  Outcome<Request> request = ParseJsonRequest(incoming.body);
  if (!request.ok()) return reply(InJson(request.failure()));
  Perform(incoming.operation.substr(kPrefix.size()), std::move(request).value(), origin,
          [reply](const Result& result) { reply(InJson(result)); });
}

// `done` may be called later.
void Api::Perform(std::string_view name, Request request, const Origin& origin,
                  const std::function<void(Outcome<Answered>)>& done) {
  if (name != kReceive) {
    return done(PerformNow(calls_, name, std::move(request), origin));
  }
  calls_.ReceiveMessage(
      request, origin,
      [done, system = request.system_names, attributes = request.message_attribute_names,
       account = origin.account](Outcome<Store::Messages> messages) {
        if (!messages.ok()) return done(messages.failure());
        done(Answered(Messages{std::move(messages).value(), system, attributes, account}));
      });
}

}  // namespace bauta::queue
