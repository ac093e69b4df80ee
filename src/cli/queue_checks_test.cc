#include "cli/queue_checks.h"

#include <gmock/gmock.h>
#include <gtest/gtest.h>

#include "aws/sqs_error.h"

namespace bauta::cli {
namespace {

using config::Severity;
using ::testing::HasSubstr;

// A queue that nothing is wrong with.
QueueFacts Good() {
  QueueFacts facts;
  facts.attributes = {{"MessageRetentionPeriod", "345600"},
                      {"VisibilityTimeout", "30"},
                      {"RedrivePolicy", R"({"deadLetterTargetArn":"arn:aws:sqs:x:1:dead"})"}};
  facts.dead_letters = aws::AttributeMap{{"MessageRetentionPeriod", "1209600"}};
  facts.queue_region = facts.our_region = "eu-west-1";
  return facts;
}

std::string Found(const config::Config& config, const QueueFacts& facts) {
  std::string text;
  for (const QueueFinding& finding : JudgeQueue(config, facts)) {
    text += (text.empty() ? "" : ", ") + std::string(finding.code) + ": " + finding.message;
  }
  return text;
}

struct Case {
  const char* name;
  void (*spoil)(config::Config&, QueueFacts&);
  const char* found;  // Part of it; empty: nothing.
};

constexpr Case kCases[] = {
    {"nothing is wrong", [](auto&, auto&) {}, ""},
    {"no dead letters", [](auto&, auto& f) { f.dead_letters.reset(); }, "W003: "},
    {"no dead letters, and refusals that block their group",
     [](auto& c, auto& f) {
       f.attributes["FifoQueue"] = "true";
       f.dead_letters.reset();
       c.source.block_groups = true;
     },
     "W013: on_poison is block_group, and the queue has no dead-letter queue"},
    {"dead letters, and refusals that block their group",
     [](auto& c, auto& f) {
       f.attributes["FifoQueue"] = "true";
       c.source.block_groups = true;
     },
     ""},
    {"dead letters as short",
     [](auto&, auto& f) {
       *f.dead_letters = aws::AttributeMap{{"MessageRetentionPeriod", "345600"}};
     },
     "W008: the dead-letter queue keeps a message for 4 d, the queue for 4 d"},
    {"dead letters a second longer",
     [](auto&, auto& f) {
       *f.dead_letters = aws::AttributeMap{{"MessageRetentionPeriod", "345601"}};
     },
     ""},
    {"dead letters not readable",
     [](auto&, auto& f) { *f.dead_letters = ConfigError("SQS GetQueueAttributes: 403"); },
     "W008: the dead-letter queue cannot be looked at"},
    {"dead letters of a FIFO queue begin anew",
     [](auto&, auto& f) {
       f.attributes["FifoQueue"] = "true";
       *f.dead_letters = aws::AttributeMap{{"MessageRetentionPeriod", "60"}};
     },
     ""},
    {"dead letters that do not say", [](auto&, auto& f) { *f.dead_letters = aws::AttributeMap(); },
     ""},
    {"visibility of three ages",
     [](auto& c, auto&) { c.target.batch_age = std::chrono::seconds(10); }, ""},
    {"visibility below three ages",
     [](auto& c, auto&) { c.target.batch_age = std::chrono::milliseconds(10'001); },
     "W009: the queue's VisibilityTimeout is 30 s, shorter than three times the age that a batch "
     "may reach (10001 ms)"},
    {"no visibility at all", [](auto&, auto& f) { f.attributes["VisibilityTimeout"] = "0"; },
     "W009: "},
    {"a ledger as long", [](auto& c, auto&) { c.target.retention_days = 4; }, ""},
    {"a ledger that forgets first", [](auto& c, auto&) { c.target.retention_days = 3; },
     "W010: the queue keeps a message for 4 d, the ledger knows it for 3 d"},
    {"FIFO by content",
     [](auto&, auto& f) {
       f.attributes["FifoQueue"] = "true";
       f.attributes["ContentBasedDeduplication"] = "true";
     },
     "W011: "},
    {"FIFO by id",
     [](auto&, auto& f) {
       f.attributes["FifoQueue"] = "true";
       f.attributes["ContentBasedDeduplication"] = "false";
     },
     ""},
    {"elsewhere", [](auto&, auto& f) { f.our_region = "us-east-1"; },
     "W012: the queue is in region eu-west-1, the settings say us-east-1"},
    {"an endpoint that names no region", [](auto&, auto& f) { f.queue_region = ""; }, ""},
    {"numbers that are none",
     [](auto&, auto& f) {
       f.attributes["VisibilityTimeout"] = "soon";
       f.attributes["MessageRetentionPeriod"] = "";
     },
     ""},
};

TEST(JudgeQueue, TellsWhatIsWrongAndNothingElse) {
  for (const Case& c : kCases) {
    SCOPED_TRACE(c.name);
    config::Config config;
    QueueFacts facts = Good();
    c.spoil(config, facts);
    const std::string found = Found(config, facts);
    if (*c.found == '\0') {
      EXPECT_EQ(found, "");
    } else {
      EXPECT_THAT(found, ::testing::StartsWith(c.found));
      EXPECT_EQ(JudgeQueue(config, facts).size(), 1);
    }
  }
}

TEST(JudgeQueue, MakesAnErrorOfEachCallThatIsDenied) {
  QueueFacts facts = Good();
  facts.denied = {
      aws::ToError({"DeleteMessageBatch", "q", "x", "http://x"}, {403, "AccessDenied", ""})};
  const std::vector<QueueFinding> found = JudgeQueue({}, facts);
  ASSERT_EQ(found.size(), 1);
  EXPECT_EQ(found[0].code, "E052");
  EXPECT_EQ(found[0].severity, Severity::kError);
  EXPECT_THAT(found[0].message, HasSubstr("sqs:DeleteMessage "));
  EXPECT_THAT(found[0].hint, HasSubstr("sqs:DeleteMessage "));
}

TEST(DeadLetterUrl, StandsBesideTheQueue) {
  const struct {
    const char *url, *policy, *dead;
  } cases[] = {
      {"https://sqs.eu-west-1.amazonaws.com/123456789012/q",
       R"({"deadLetterTargetArn":"arn:aws:sqs:eu-west-1:123456789012:q-dead","maxReceiveCount":5})",
       "https://sqs.eu-west-1.amazonaws.com/123456789012/q-dead"},
      {"http://127.0.0.1:4566/queue/q/",
       R"({"maxReceiveCount":"5", "deadLetterTargetArn": "arn:aws:sqs:elasticmq:000000000000:d"})",
       "http://127.0.0.1:4566/queue/d"},
      {"http://127.0.0.1:1/1/q", R"({"maxReceiveCount":"5"})", ""},
      {"http://127.0.0.1:1/1/q", "", ""},
  };
  for (const auto& c : cases) {
    EXPECT_EQ(DeadLetterUrl(c.url, {{"RedrivePolicy", c.policy}}), c.dead) << c.url;
  }
  EXPECT_EQ(DeadLetterUrl("http://127.0.0.1:1/1/q", {}), "");
}

}  // namespace
}  // namespace bauta::cli
