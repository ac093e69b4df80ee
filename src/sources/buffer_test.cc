#include "sources/buffer.h"

#include <gmock/gmock.h>
#include <gtest/gtest.h>

namespace bauta::sources {
namespace {

using testing::ElementsAre;
using testing::IsEmpty;

// "a1" is the first of group a; "1" is of none.
Message Of(const std::string& id) {
  Message message;
  message.id = id;
  if (id.size() > 1) message.group = id.substr(0, 1);
  message.body = "body";
  return message;
}

Buffer With(const std::vector<std::string>& ids) {
  Buffer buffer;
  for (const std::string& id : ids) buffer.Put(Of(id));
  return buffer;
}

std::vector<std::string> Ids(const std::vector<Message>& messages) {
  std::vector<std::string> ids;
  for (const Message& message : messages) ids.push_back(message.id);
  return ids;
}

std::vector<std::string> Take(Buffer& buffer, std::size_t max = 100) {
  return Ids(buffer.Take(max, 1000));
}

TEST(Buffer, WithoutGroupsNothingWaits) {
  Buffer buffer = With({"1", "2", "3"});
  EXPECT_THAT(Take(buffer, 2), ElementsAre("1", "2"));
  EXPECT_THAT(Take(buffer), ElementsAre("3"));
  EXPECT_EQ(buffer.ready_bytes(), 0u);
}

TEST(Buffer, AGroupGoesTogetherInItsOrder) {
  Buffer buffer = With({"a1", "b1", "a2", "b2"});
  EXPECT_THAT(Take(buffer), ElementsAre("a1", "b1", "a2", "b2"));
}

TEST(Buffer, WhatFollowsAMessageThatIsOutWaitsForIt) {
  Buffer buffer = With({"a1", "a2", "b1", "a3"});
  EXPECT_THAT(Take(buffer, 1), ElementsAre("a1"));
  EXPECT_EQ(buffer.ready(), 1u);
  EXPECT_EQ(buffer.ready_bytes(), 4u);
  EXPECT_EQ(buffer.size(), 3u);
  buffer.Put(Of("a4"));
  EXPECT_THAT(Take(buffer), ElementsAre("b1"));
  buffer.Return("a");
  EXPECT_THAT(Take(buffer), ElementsAre("a2", "a3", "a4"));
}

TEST(Buffer, ItWaitsForAllThatAreOut) {
  Buffer buffer = With({"a1", "a2", "a3"});
  Take(buffer, 2);
  buffer.Return("a");
  EXPECT_THAT(Take(buffer), IsEmpty());
  buffer.Return("a");
  EXPECT_THAT(Take(buffer), ElementsAre("a3"));
}

TEST(Buffer, WithdrawsWhatFollowsToo) {
  Buffer buffer = With({"a1", "b1", "c1", "b2", "c2", "1"});
  Take(buffer, 1);
  buffer.Put(Of("a2"));
  buffer.Put(Of("a3"));
  const auto out = buffer.Withdraw([](const Message& m) { return m.id == "b1" || m.id == "a2"; });
  EXPECT_THAT(Ids(out), ElementsAre("b1", "b2", "a2", "a3"));
  EXPECT_EQ(buffer.size(), 3u);
  EXPECT_THAT(Take(buffer), ElementsAre("c1", "c2", "1"));
  buffer.Return("a");
  EXPECT_THAT(Take(buffer), IsEmpty());
}

TEST(Buffer, KeepsToTheBytes) {
  Buffer buffer = With({"1", "2", "3"});
  EXPECT_THAT(Ids(buffer.Take(100, 9)), ElementsAre("1", "2"));
  EXPECT_THAT(Ids(buffer.Take(100, 1)), ElementsAre("3"));  // One may exceed it.
}

}  // namespace
}  // namespace bauta::sources
