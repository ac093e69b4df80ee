#include "aws/sqs_client.h"

#include <algorithm>
#include <utility>

#include "aws/credentials_keeper.h"
#include "aws/sqs_connection.h"
#include "http/client.h"

namespace bauta::aws {
namespace {

constexpr int kAttempts = 3;

Call About(std::string_view operation, const std::string& queue_url) {
  Call call;
  call.asked.operation = operation;
  call.asked.members.push_back({"QueueUrl", queue_url});
  call.queue = QueueName(queue_url);
  return call;
}

// Looked up or made by name; what the server says of it quotes nothing secret.
Call ByName(std::string_view operation, const std::string& name) {
  Call call;
  call.asked.operation = operation;
  call.asked.members.push_back({"QueueName", name});
  call.queue = name;
  call.attempts = kAttempts;
  call.quotes = false;
  call.by_name = true;
  return call;
}

// Of the queue with that ARN.
Call AboutMove(std::string_view operation, const std::string& from_arn) {
  Call call;
  call.asked.operation = operation;
  call.asked.members.push_back({"SourceArn", from_arn});
  call.queue = from_arn.substr(from_arn.rfind(':') + 1);
  call.quotes = false;
  return call;
}

Result<std::string> ReadQueueUrl(const Wire& wire, std::string_view answer) {
  return wire.ReadQueueUrl(answer);
}

}  // namespace

Result<std::unique_ptr<SqsClient>> SqsClient::Open(const Wishes& wishes,
                                                   const Environment& environment) {
  const Profiles profiles = Profiles::Load(environment);
  const Profile profile = profiles.Chosen();
  Endpoint endpoint = TRY(ResolveEndpoint(wishes, environment, profile));
  Provider provider = TRY(FindProvider(endpoint, environment, profiles));
  auto keeper = TRY(CredentialsKeeper::Open(std::move(provider), environment));
  http::Client::Options options;
  options.ca_file = CaFile(environment, profile);
  http::Client http = TRY(http::Client::Open(std::move(options)));
  auto connection =
      std::make_unique<SqsConnection>(std::move(endpoint), std::move(keeper), std::move(http));
  return std::unique_ptr<SqsClient>(new SqsClient(std::move(connection)));
}

SqsClient::SqsClient(std::unique_ptr<SqsConnection> connection)
    : connection_(std::move(connection)) {}
SqsClient::~SqsClient() = default;

const Endpoint& SqsClient::endpoint() const { return connection_->endpoint(); }
const std::string& SqsClient::credentials_source() const { return connection_->keeper().source(); }

void SqsClient::CreateQueue(const std::string& name, const AttributeMap& attributes,
                            Done<std::string> done) {
  Call call = ByName("CreateQueue", name);
  call.asked.attributes = attributes;
  connection_->Send<std::string>(std::move(call), std::move(done), ReadQueueUrl);
}

void SqsClient::GetQueueUrl(const std::string& name, Done<std::string> done) {
  connection_->Send<std::string>(ByName("GetQueueUrl", name), std::move(done), ReadQueueUrl);
}

void SqsClient::GetQueueAttributes(const std::string& queue_url, Done<AttributeMap> done) {
  Call call = About("GetQueueAttributes", queue_url);
  call.asked.names = {{"AttributeNames", {"All"}}};
  call.attempts = kAttempts;
  call.quotes = false;
  connection_->Send<AttributeMap>(
      std::move(call), std::move(done),
      [](const Wire& wire, std::string_view answer) { return wire.ReadAttributes(answer); });
}

void SqsClient::PurgeQueue(const std::string& queue_url, Done<Unit> done) {
  Call call = About("PurgeQueue", queue_url);
  call.attempts = kAttempts;
  call.quotes = false;
  connection_->Send<Unit>(std::move(call), std::move(done),
                          [](const Wire&, std::string_view) { return Ok(); });
}

void SqsClient::ReceiveMessage(const std::string& queue_url, const ReceiveOptions& options,
                               Done<std::vector<Received>> done) {
  Call call = About("ReceiveMessage", queue_url);
  call.timeout = options.wait + std::chrono::seconds(10);
  std::vector<SqsCall::Member>& members = call.asked.members;
  members.push_back({"MaxNumberOfMessages", options.max});
  members.push_back({"WaitTimeSeconds", options.wait.count()});
  if (options.visibility) members.push_back({"VisibilityTimeout", options.visibility->count()});
  if (!options.attempt_id.empty()) {
    members.push_back({"ReceiveRequestAttemptId", options.attempt_id});
  }
  std::vector<std::string> system = {"SentTimestamp", "ApproximateReceiveCount"};
  system.insert(system.end(), options.system_attributes.begin(), options.system_attributes.end());
  // The first name is what servers of before 2024 know, the second what replaced it.
  for (const char* name : {"AttributeNames", "MessageSystemAttributeNames"}) {
    call.asked.names.push_back({name, system});
  }
  call.asked.names.push_back({"MessageAttributeNames", {"All"}});
  connection_->Send<std::vector<Received>>(
      std::move(call), std::move(done),
      [](const Wire& wire, std::string_view answer) { return wire.ReadReceive(answer); });
}

void SqsClient::SendMessageBatch(const std::string& queue_url,
                                 const std::vector<SendEntry>& entries,
                                 Done<std::vector<Refused>> done) {
  Call call = About("SendMessageBatch", queue_url);
  call.timeout = std::chrono::seconds(60);
  for (const SendEntry& entry : entries) {
    std::vector<SqsCall::Member>& members = call.asked.entries.emplace_back();
    members.push_back({"MessageBody", entry.body});
    if (!entry.attributes.empty()) members.push_back({"MessageAttributes", entry.attributes});
    if (!entry.group.empty()) members.push_back({"MessageGroupId", entry.group});
    if (!entry.deduplication_id.empty()) {
      members.push_back({"MessageDeduplicationId", entry.deduplication_id});
    }
  }
  connection_->SendBatch(std::move(call), std::move(done));
}

void SqsClient::StartMoveTask(const std::string& from_arn, const std::string& to_arn,
                              Done<std::string> done) {
  Call call = AboutMove("StartMessageMoveTask", from_arn);
  call.asked.members.push_back({"DestinationArn", to_arn});
  connection_->Send<std::string>(
      std::move(call), std::move(done),
      [](const Wire& wire, std::string_view answer) { return wire.ReadTaskHandle(answer); });
}

void SqsClient::ListMoveTasks(const std::string& from_arn, Done<std::vector<MoveTask>> done) {
  Call call = AboutMove("ListMessageMoveTasks", from_arn);
  call.attempts = kAttempts;
  connection_->Send<std::vector<MoveTask>>(
      std::move(call), std::move(done),
      [](const Wire& wire, std::string_view answer) { return wire.ReadMoveTasks(answer); });
}

void SqsClient::CancelMoveTask(const std::string& handle, Done<Unit> done) {
  Call call;  // The handle is a secret, so neither it nor what the server says of it is quoted.
  call.asked.operation = "CancelMessageMoveTask";
  call.asked.members.push_back({"TaskHandle", handle});
  call.queue = "of the move";
  call.attempts = kAttempts;
  connection_->Send<Unit>(std::move(call), std::move(done),
                          [](const Wire&, std::string_view) { return Ok(); });
}

void SqsClient::DeleteMessageBatch(const std::string& queue_url,
                                   const std::vector<std::string>& receipts,
                                   Done<std::vector<Refused>> done) {
  Call call = About("DeleteMessageBatch", queue_url);
  for (const std::string& receipt : receipts) {
    call.asked.entries.push_back({{"ReceiptHandle", receipt}});
  }
  connection_->SendBatch(std::move(call), std::move(done));
}

void SqsClient::ChangeMessageVisibilityBatch(const std::string& queue_url,
                                             const std::vector<VisibilityChange>& changes,
                                             Done<std::vector<Refused>> done) {
  Call call = About("ChangeMessageVisibilityBatch", queue_url);
  // A heartbeat that hangs must leave time for others.
  std::chrono::seconds longest{0};
  for (const VisibilityChange& change : changes) longest = std::max(longest, change.visibility);
  if (longest.count() > 0) {
    call.timeout = std::clamp<std::chrono::milliseconds>(std::chrono::milliseconds(longest) / 4,
                                                         std::chrono::seconds(1), Call::kTimeout);
  }
  for (const VisibilityChange& change : changes) {
    call.asked.entries.push_back(
        {{"ReceiptHandle", change.receipt}, {"VisibilityTimeout", change.visibility.count()}});
  }
  connection_->SendBatch(std::move(call), std::move(done));
}

void SqsClient::After(std::chrono::milliseconds delay, std::function<void()> fn) {
  connection_->http().After(delay, std::move(fn));
}

Result<std::string> SqsClient::FindQueue(const std::string& name_or_url) {
  if (IsQueueUrl(name_or_url)) return name_or_url;
  return Await<std::string>([&](Done<std::string> done) { GetQueueUrl(name_or_url, done); });
}

}  // namespace bauta::aws
