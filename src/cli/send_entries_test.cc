#include "cli/send_entries.h"

#include <gmock/gmock.h>
#include <gtest/gtest.h>

#include <set>

namespace bauta::cli {
namespace {

using testing::HasSubstr;

TEST(SendEntries, OfAStandardQueueAreTheBodies) {
  const auto entries = ToEntries("logins", {"a", "a"});
  ASSERT_TRUE(entries.ok());
  ASSERT_EQ(entries->size(), 2u);
  EXPECT_EQ(entries->at(1).body, "a");
  EXPECT_EQ(entries->at(1).group + entries->at(1).deduplication_id, "");
  EXPECT_EQ(ToEntries("logins", {"a"}, {.group = "fair"})->front().group, "fair");
}

TEST(SendEntries, OfAFifoQueueHaveAGroupAndAnIdOfTheirOwn) {
  const auto entries = ToEntries(
      "http://127.0.0.1:4566/000000000000/logins.fifo",
      {R"({"u":{"id":"ann"}})", R"({"u":{"id":7}})", R"({"u":{"id":7}})"}, {.pointer = "/u/id"});
  ASSERT_TRUE(entries.ok());
  EXPECT_EQ(entries->at(0).group, "ann");
  EXPECT_EQ(entries->at(1).group, "7");
  std::set<std::string> ids;
  for (const aws::SendEntry& entry : *entries) ids.insert(entry.deduplication_id);
  EXPECT_EQ(ids.size(), 3u) << "equal bodies are messages of their own";
  EXPECT_EQ(
      ToEntries("q.fifo", {"x"}, {.group = "g", .deduplication_id = "i"})->front().deduplication_id,
      "i");
}

TEST(SendEntries, SayWhatDoesNotFit) {
  const struct {
    std::string queue;
    std::vector<std::string> bodies;
    Grouping grouping;
    std::string message;
  } cases[] = {
      {"q.fifo", {"a"}, {}, "need a message group"},
      {"q", {"a"}, {.deduplication_id = "i"}, "only FIFO"},
      {"q.fifo", {"a"}, {.group = "g", .pointer = "/g"}, "exclude each other"},
      {"q.fifo", {"a", "b"}, {.group = "g", .deduplication_id = "i"}, "all but the first"},
      {"q.fifo", {R"({"g":"x"})", "{}"}, {.pointer = "/g"}, "message 2 has no group"},
      {"q.fifo", {"not json"}, {.pointer = "/g"}, "message 1 has no group"},
      {"q.fifo", {R"({"g":{}})"}, {.pointer = "/g"}, "message 1 has no group"},
      {"q.fifo", {R"({"g":"x"})"}, {.pointer = "g"}, "message 1 has no group"},
  };
  for (const auto& c : cases) {
    const auto entries = ToEntries(c.queue, c.bodies, c.grouping);
    ASSERT_FALSE(entries.ok()) << c.message;
    EXPECT_THAT(entries.error().message, HasSubstr(c.message));
  }
}

}  // namespace
}  // namespace bauta::cli
