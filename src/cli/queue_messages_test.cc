#include "cli/queue_messages.h"

#include <gmock/gmock.h>
#include <gtest/gtest.h>

#include <algorithm>
#include <cstdlib>
#include <memory>
#include <vector>

#include "fakes/canned_http_server.h"

namespace bauta::cli {
namespace {

using fakes::CannedHttpServer;
using testing::ElementsAre;
using testing::HasSubstr;

// Says that all went well with a batch, however long.
constexpr const char* kDone =
    R"({"Successful":[{"Id":"0"},{"Id":"1"},{"Id":"2"},{"Id":"3"},{"Id":"4"},{"Id":"5"},)"
    R"({"Id":"6"},{"Id":"7"},{"Id":"8"},{"Id":"9"}],"Failed":[]})";

std::string Delivery(int n, const char* more = "") {
  const std::string number = std::to_string(n);
  return R"({"MessageId":"m)" + number + R"(","ReceiptHandle":"r)" + number + R"(","Body":"body)" +
         number + '"' + more + '}';
}

struct Shown {
  Result<> result;
  std::string printed;
  std::vector<std::string> requests;
};

// What is printed to `path`, or to memory if it is empty, when SQS answers with `answers`.
Shown Show(const std::vector<std::string>& answers, const ShowOptions& options,
           const char* path = "") {
  std::vector<std::string> responses;
  for (const std::string& answer : answers) {
    responses.push_back(CannedHttpServer::Response("200 OK", answer));
  }
  const CannedHttpServer server(responses);
  const aws::Environment nothing{[](const std::string&) { return std::nullopt; },
                                 [](const std::string&) { return std::nullopt; }};
  const auto client = aws::SqsClient::Open({"q", {}, server.url()}, nothing);
  char* text = nullptr;
  std::size_t size = 0;
  std::FILE* const to = *path != '\0' ? std::fopen(path, "w") : open_memstream(&text, &size);
  const Result<> result = ShowMessages(**client, "http://h/1/q", options, to);
  std::fclose(to);
  Shown shown{result, std::string(text == nullptr ? "" : text, size), {}};
  std::free(text);
  for (const std::string& request : server.requests()) {
    const std::size_t at = request.find("AmazonSQS.") + 10;
    shown.requests.push_back(request.substr(at, request.find('\r', at) - at));
  }
  return shown;
}

std::string Answer(const std::vector<std::string>& deliveries) {
  std::string list;
  for (const std::string& delivery : deliveries) list += (list.empty() ? "" : ",") + delivery;
  return R"({"Messages":[)" + list + "]}";
}

TEST(ShowMessages, DeletesWhatWasPrinted) {
  const Shown shown =
      Show({Answer({Delivery(1)}), kDone, "{}"}, {.then = ShowOptions::Then::kDelete});
  EXPECT_TRUE(shown.result.ok());
  EXPECT_THAT(shown.printed, HasSubstr(R"("Body":"body1"})"));
  EXPECT_THAT(shown.requests,
              ElementsAre("ReceiveMessage", "DeleteMessageBatch", "ReceiveMessage"));
}

TEST(ShowMessages, DeletesNothingThatTheOutputDidNotTake) {
  const Shown shown =
      Show({Answer({Delivery(1)})}, {.then = ShowOptions::Then::kDelete}, "/dev/full");
  ASSERT_FALSE(shown.result.ok());
  EXPECT_EQ(shown.result.error().code, ErrorCode::kFatal);
  EXPECT_THAT(shown.requests, ElementsAre("ReceiveMessage"));
}

TEST(ShowMessages, LeavesADamagedBodyAlone) {
  const Shown shown = Show({Answer({Delivery(1, R"(,"MD5OfBody":"00")")}), "{}"},
                           {.then = ShowOptions::Then::kDelete});
  EXPECT_TRUE(shown.result.ok());
  EXPECT_EQ(shown.printed, "");
  EXPECT_THAT(shown.requests, ElementsAre("ReceiveMessage", "ReceiveMessage"));
}

TEST(ShowMessages, APeekGoesOnUpToItsMaximumAndGivesAllBack) {
  std::vector<std::string> first, second;
  for (int n = 0; n < 10; ++n) first.push_back(Delivery(n));
  for (int n = 10; n < 12; ++n) second.push_back(Delivery(n));
  const Shown shown = Show({Answer(first), Answer(second), kDone, kDone},
                           {.max = 12, .then = ShowOptions::Then::kGiveBack});
  EXPECT_TRUE(shown.result.ok());
  EXPECT_EQ(std::count(shown.printed.begin(), shown.printed.end(), '\n'), 12);
  EXPECT_THAT(shown.requests,
              ElementsAre("ReceiveMessage", "ReceiveMessage", "ChangeMessageVisibilityBatch",
                          "ChangeMessageVisibilityBatch"));
}

}  // namespace
}  // namespace bauta::cli
