#include "cli/queue_checks.h"

#include <fmt/format.h>

#include <charconv>
#include <cstdint>
#include <memory>
#include <utility>

#include "aws/credentials.h"
#include "aws/sqs_client.h"
#include "aws/sqs_error.h"
#include "config/codes.h"

namespace bauta::cli {
namespace {

namespace codes = config::codes;
using std::chrono::milliseconds;
using std::chrono::seconds;

// No server ever gave out this receipt.
constexpr const char* kNoReceipt = "bauta-check-asks-only-whether-it-may";

std::string Text(const aws::AttributeMap& attributes, const char* name) {
  const auto at = attributes.find(name);
  return at == attributes.end() ? "" : at->second;
}

std::optional<std::int64_t> Number(const aws::AttributeMap& attributes, const char* name) {
  const std::string text = Text(attributes, name);
  std::int64_t n = 0;
  const auto [end, error] = std::from_chars(text.data(), text.data() + text.size(), n);
  if (text.empty() || error != std::errc() || end != text.data() + text.size()) return std::nullopt;
  return n;
}

std::string Duration(std::int64_t n) {
  for (const auto& [unit, name] : {std::pair(86'400, "d"), {3'600, "h"}, {60, "min"}}) {
    if (n >= unit && n % unit == 0) return fmt::format("{} {}", n / unit, name);
  }
  return fmt::format("{} s", n);
}

Result<aws::AttributeMap> Attributes(aws::SqsClient& client, const std::string& url) {
  return aws::Await<aws::AttributeMap>(
      [&](auto done) { client.GetQueueAttributes(url, std::move(done)); });
}

template <class T>
void NoteDenied(const Result<T>& answer, std::vector<Error>& denied) {
  if (!answer.ok() && aws::IsDenied(answer.error())) denied.push_back(answer.error());
}

// The three calls of a run, asked for what no server does: no message of number 0 and after a
// negative wait, and what a receipt that does not exist stands for.  Who is allowed is told so.
std::vector<Error> DeniedCalls(aws::SqsClient& client, const std::string& url) {
  aws::ReceiveOptions none;
  none.max = 0;
  none.wait = seconds(-1);
  std::vector<Error> denied;
  NoteDenied(aws::Await<std::vector<aws::Received>>(
                 [&](auto done) { client.ReceiveMessage(url, none, std::move(done)); }),
             denied);
  NoteDenied(aws::Await<std::vector<aws::Refused>>(
                 [&](auto done) { client.DeleteMessageBatch(url, {kNoReceipt}, std::move(done)); }),
             denied);
  NoteDenied(
      aws::Await<std::vector<aws::Refused>>([&](auto done) {
        client.ChangeMessageVisibilityBatch(url, {{kNoReceipt, seconds(30)}}, std::move(done));
      }),
      denied);
  return denied;
}

std::string OurRegion(const config::Config& config, const aws::Environment& environment,
                      const aws::Endpoint& endpoint) {
  if (config.source.region) return *config.source.region;
  for (const char* name : {"AWS_REGION", "AWS_DEFAULT_REGION"}) {
    if (const auto region = environment.variable(name)) return *region;
  }
  return endpoint.region;
}

class Judge {
 public:
  Judge(const config::Config& config, const QueueFacts& facts) : config_(config), facts_(facts) {}

  std::vector<QueueFinding> All() && {
    Permissions();
    DeadLetters();
    Visibility();
    Retention();
    Deduplication();
    Region();
    return std::move(found_);
  }

 private:
  void Warn(std::string_view code, std::string message, std::string hint) {
    found_.push_back({code, config::Severity::kWarning, std::move(message), std::move(hint)});
  }

  bool IsFifo() const { return Text(facts_.attributes, "FifoQueue") == "true"; }

  void Permissions() {
    for (const Error& error : facts_.denied) {
      found_.push_back({codes::kQueueDenied, config::Severity::kError, error.message, error.hint});
    }
  }

  void DeadLetters() {
    if (!facts_.dead_letters && config_.source.block_groups) {
      return Warn(
          codes::kBlockedLong,
          "on_poison is block_group, and the queue has no dead-letter queue: a message that "
          "is refused, and its whole group with it, waits until it expires",
          "give the queue a RedrivePolicy, or leave out source.sqs.on_poison");
    }
    if (!facts_.dead_letters) {
      return Warn(codes::kDeadLetters,
                  "the queue has no dead-letter queue: a message that is never committed comes "
                  "back until it expires",
                  "give the queue a RedrivePolicy");
    }
    // A FIFO queue's dead letters begin a new life; others go on to age.
    if (IsFifo()) return;
    if (!facts_.dead_letters->ok()) {
      return Warn(codes::kDeadLettersAge,
                  "the dead-letter queue cannot be looked at, so how long it keeps a message is "
                  "not known: " +
                      facts_.dead_letters->error().message,
                  "allow sqs:GetQueueAttributes on it, or see to it that it keeps messages for "
                  "longer than the queue");
    }
    const auto queue = Number(facts_.attributes, "MessageRetentionPeriod");
    const auto dead = Number(facts_.dead_letters->value(), "MessageRetentionPeriod");
    if (!queue || !dead || *dead > *queue) return;
    Warn(codes::kDeadLettersAge,
         fmt::format("the dead-letter queue keeps a message for {}, the queue for {}, and both "
                     "count from when it was sent: one that comes late is soon gone",
                     Duration(*dead), Duration(*queue)),
         "raise the dead-letter queue's MessageRetentionPeriod, to 1209600 (14 days) at best");
  }

  void Visibility() {
    const auto visibility = Number(facts_.attributes, "VisibilityTimeout");
    const milliseconds least = 3 * config_.target.batch_age;
    if (!visibility || seconds(*visibility) >= least) return;
    Warn(codes::kShortVisibility,
         fmt::format("the queue's VisibilityTimeout is {}, shorter than three times the age that "
                     "a batch may reach ({} ms): messages come again while they wait for their "
                     "batch",
                     Duration(*visibility), config_.target.batch_age.count()),
         "raise the queue's VisibilityTimeout (30 s will do), or lower "
         "target.postgres.batch.age");
  }

  void Retention() {
    const auto queue = Number(facts_.attributes, "MessageRetentionPeriod");
    const std::int64_t ledger = std::int64_t{config_.target.retention_days} * 86'400;
    if (!queue || *queue <= ledger) return;
    Warn(codes::kLongRetention,
         fmt::format("the queue keeps a message for {}, the ledger knows it for {}: an older one "
                     "is quarantined as identity_expired, since it may have its row already",
                     Duration(*queue), Duration(ledger)),
         "raise target.exactly_once.retention above the queue's MessageRetentionPeriod, and run "
         "`bauta init`");
  }

  void Deduplication() {
    if (!IsFifo() || Text(facts_.attributes, "ContentBasedDeduplication") != "true") return;
    Warn(codes::kSwallowsEqual,
         "the queue has ContentBasedDeduplication: of two equal events within five minutes SQS "
         "drops the second, before anybody sees it",
         "two equal logins are two logins: let the producer give each a MessageDeduplicationId of "
         "its own, and set ContentBasedDeduplication to false");
  }

  void Region() {
    const auto& [queue, ours] = std::pair(facts_.queue_region, facts_.our_region);
    if (queue.empty() || ours.empty() || queue == ours) return;
    Warn(
        codes::kOtherRegion,
        fmt::format("the queue is in region {}, the settings say {}: each request goes a long way, "
                    "and what it carries is billed",
                    queue, ours),
        "run Bauta in the queue's region; or if it is there, set source.sqs.region or AWS_REGION "
        "to it");
  }

  const config::Config& config_;
  const QueueFacts& facts_;
  std::vector<QueueFinding> found_;
};

}  // namespace

std::string DeadLetterUrl(const std::string& queue_url, const aws::AttributeMap& attributes) {
  // {"deadLetterTargetArn":"arn:aws:sqs:eu-west-1:123456789012:dead","maxReceiveCount":"5"}
  const std::string policy = Text(attributes, "RedrivePolicy");
  const std::size_t arn = policy.find("arn:");
  const std::size_t end = policy.find('"', arn);
  if (arn == std::string::npos || end == std::string::npos) return "";
  const std::string target = policy.substr(arn, end - arn);
  const std::size_t name = queue_url.rfind(aws::QueueName(queue_url));
  return queue_url.substr(0, name) + target.substr(target.rfind(':') + 1);
}

Result<QueueFacts> AskQueue(const config::Config& config, const aws::Environment& environment) {
  const std::string& queue = config.source.queue;
  const std::unique_ptr<aws::SqsClient> client =
      TRY(aws::SqsClient::Open({queue, config.source.region, config.source.endpoint}, environment));
  const std::string url = TRY(client->FindQueue(queue));
  QueueFacts facts;
  facts.attributes = TRY(Attributes(*client, url));
  if (const std::string dead = DeadLetterUrl(url, facts.attributes); !dead.empty()) {
    facts.dead_letters = Attributes(*client, dead);
  }
  facts.denied = DeniedCalls(*client, url);
  // An endpoint that is not Amazon's has regions of its own.
  if (client->endpoint().aws) {
    facts.queue_region = aws::RegionOfHost(aws::HostOfUrl(url)).value_or("");
  }
  facts.our_region = OurRegion(config, environment, client->endpoint());
  return facts;
}

std::vector<QueueFinding> JudgeQueue(const config::Config& config, const QueueFacts& facts) {
  return Judge(config, facts).All();
}

}  // namespace bauta::cli
