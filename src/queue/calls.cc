#include "queue/calls.h"

#include <algorithm>
#include <array>

#include "base/text.h"
#include "queue/address.h"
#include "queue/validate.h"

namespace bauta::queue {
namespace {

constexpr std::array<std::string_view, 7> kReadOnly = {"All",
                                                       "ApproximateNumberOfMessages",
                                                       "ApproximateNumberOfMessagesDelayed",
                                                       "ApproximateNumberOfMessagesNotVisible",
                                                       "CreatedTimestamp",
                                                       "LastModifiedTimestamp",
                                                       "QueueArn"};

std::string Url(const Origin& origin, std::string_view account, std::string_view name) {
  return origin.base_url + "/" + std::string(account) + "/" + std::string(name);
}

Outcome<> CheckNewName(std::string_view name, const Attributes& attributes) {
  const auto fifo = attributes.find("FifoQueue");
  return CheckQueueName(name, fifo != attributes.end() && LowerAscii(fifo->second) == "true");
}

}  // namespace

Outcome<QueueName> Calls::QueueOf(const Request& request, const Origin& origin) const {
  const bool given = request.queue_url && !request.queue_url->empty();
  const QueueAddress address =
      ParseQueueUrl(given ? std::string_view(*request.queue_url) : std::string_view(origin.path));
  if (address.name.empty() && !given) return MissingParameter("QueueUrl");
  QueueName queue{.account = origin.account,
                  .region = std::string(address.region.empty() ? origin.region : address.region),
                  .name = std::string(address.name)};
  if (address.account.empty() || address.account == origin.account) return queue;
  // Another account's; if it has none, a URL that was written down for another server.
  QueueName other = queue;
  other.account = address.account;
  return store_.Exists(other).ok() ? other : queue;
}

Outcome<std::string> Calls::CreateQueue(const Request& request, const Origin& origin) {
  if (!request.queue_name) return MissingParameter("QueueName");
  const Attributes attributes = request.queue_attributes.value_or(Attributes());
  OR_FAIL(CheckNewName(*request.queue_name, attributes));
  const QueueName queue{origin.account, origin.region, *request.queue_name};
  OR_FAIL(CheckTags(request.tags.value_or(Attributes()), queue.name));
  OR_FAIL(store_.Create(queue, attributes, request.tags.value_or(Attributes())));
  return Url(origin, queue.account, queue.name);
}

Outcome<std::string> Calls::GetQueueUrl(const Request& request, const Origin& origin) {
  if (!request.queue_name) return MissingParameter("QueueName");
  const QueueName queue{request.owner.value_or(origin.account), origin.region, *request.queue_name};
  OR_FAIL(store_.Exists(queue));
  return Url(origin, queue.account, queue.name);
}

namespace {

// The names that fit on the page; more than fit tell that there is another.
QueuePage Page(std::vector<std::string> names, const Request& request, const Origin& origin) {
  QueuePage page;
  if (request.max_results && names.size() > static_cast<std::size_t>(*request.max_results)) {
    names.resize(static_cast<std::size_t>(*request.max_results));
    page.next_token = Base64Encode(names.back());
  }
  for (const std::string& name : names) page.urls.push_back(Url(origin, origin.account, name));
  return page;
}

// The name after which the page begins.
Outcome<std::string> PageStart(const Request& request) {
  OR_FAIL(CheckRange(request.max_results, "MaxResults", 1, 1000,
                     "MaxResults must be an integer between 1 and 1000."));
  if (!request.next_token) return std::string();
  const std::optional<std::string> name = Base64Decode(*request.next_token);
  if (!name) return InvalidParameterValue("Invalid or expired next token.");
  return *name;
}

}  // namespace

Outcome<QueuePage> Calls::ListQueues(const Request& request, const Origin& origin) {
  const std::string after = OR_FAIL(PageStart(request));
  const std::size_t max =
      request.max_results ? static_cast<std::size_t>(*request.max_results) + 1 : 1000;
  return Page(store_.List({origin.account, origin.region, after}, request.prefix.value_or(""), max),
              request, origin);
}

Outcome<QueuePage> Calls::ListDeadLetterSourceQueues(const Request& request, const Origin& origin) {
  const QueueName queue = OR_FAIL(QueueOf(request, origin));
  const std::string after = OR_FAIL(PageStart(request));
  std::vector<std::string> names = OR_FAIL(store_.DeadLetterSources(queue));
  std::erase_if(names, [&](const std::string& name) { return name <= after; });
  return Page(std::move(names), request, origin);
}

Outcome<> Calls::DeleteQueue(const Request& request, const Origin& origin) {
  return store_.Delete(OR_FAIL(QueueOf(request, origin)));
}

Outcome<> Calls::PurgeQueue(const Request& request, const Origin& origin) {
  return store_.Purge(OR_FAIL(QueueOf(request, origin)));
}

Outcome<Attributes> Calls::GetQueueAttributes(const Request& request, const Origin& origin) {
  const QueueName queue = OR_FAIL(QueueOf(request, origin));
  Attributes all = OR_FAIL(store_.GetAttributes(queue));
  Attributes asked;
  for (const std::string& name : request.system_names) {
    const bool known = Settings::IsKnown(name) ||
                       std::find(kReadOnly.begin(), kReadOnly.end(), name) != kReadOnly.end();
    if (!known) return InvalidAttributeName("Unknown Attribute " + name + ".");
    const auto found = all.find(name);
    if (found != all.end()) asked.insert(*found);
    if (name == "All") asked = all;
  }
  return asked;
}

Outcome<> Calls::SetQueueAttributes(const Request& request, const Origin& origin) {
  const QueueName queue = OR_FAIL(QueueOf(request, origin));
  if (!request.queue_attributes) return MissingParameter("Attributes");
  return store_.SetAttributes(queue, *request.queue_attributes);
}

Outcome<> Calls::TagQueue(const Request& request, const Origin& origin) {
  const QueueName queue = OR_FAIL(QueueOf(request, origin));
  if (!request.tags || request.tags->empty()) return MissingParameter("Tags");
  return store_.Tag(queue, *request.tags);
}

Outcome<> Calls::UntagQueue(const Request& request, const Origin& origin) {
  const QueueName queue = OR_FAIL(QueueOf(request, origin));
  OR_FAIL(store_.Exists(queue));
  if (request.tag_keys.empty()) {
    return InvalidParameterValue("Tag keys must be between 1 and 128 characters in length.");
  }
  return store_.Untag(queue, request.tag_keys);
}

Outcome<> Calls::AddPermission(const Request& request, const Origin& origin) {
  const QueueName queue = OR_FAIL(QueueOf(request, origin));
  return store_.AddPermission(queue,
                              {request.label.value_or(""), request.accounts, request.actions});
}

Outcome<> Calls::RemovePermission(const Request& request, const Origin& origin) {
  return store_.RemovePermission(OR_FAIL(QueueOf(request, origin)), request.label.value_or(""));
}

Outcome<std::string> Calls::StartMessageMoveTask(const Request& request) {
  if (!request.source_arn) return MissingParameter("SourceArn");
  OR_FAIL(CheckRange(request.per_second, "MaxNumberOfMessagesPerSecond", 1, 500,
                     "Must be between 1 and 500, if provided."));
  return store_.StartMove(*request.source_arn, request.destination_arn.value_or(""),
                          request.per_second);
}

Outcome<std::vector<MoveTask>> Calls::ListMessageMoveTasks(const Request& request) {
  if (!request.source_arn) return MissingParameter("SourceArn");
  OR_FAIL(CheckRange(request.max_results, "MaxResults", 1, 10,
                     "Must be between 1 and 10, if provided."));
  return store_.Moves(*request.source_arn,
                      static_cast<std::size_t>(request.max_results.value_or(1)));
}

Outcome<std::uint64_t> Calls::CancelMessageMoveTask(const Request& request) {
  if (!request.task_handle) return MissingParameter("TaskHandle");
  return store_.CancelMove(*request.task_handle);
}

Outcome<Attributes> Calls::ListQueueTags(const Request& request, const Origin& origin) {
  return store_.Tags(OR_FAIL(QueueOf(request, origin)));
}

}  // namespace bauta::queue
