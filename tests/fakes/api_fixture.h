// The embedded queue's calls without HTTP, with a queue "q", in JSON.
#pragma once

#include <gmock/gmock.h>
#include <gtest/gtest.h>

#include <memory>
#include <optional>
#include <string>

#include "fakes/fake_clock.h"
#include "queue/api.h"

namespace bauta::fakes {

class ApiFixture : public testing::Test {
 protected:
  ApiFixture() { Ok("CreateQueue", R"({"QueueName":"q"})"); }

  std::optional<queue::Api::Answer> Try(const std::string& call, const std::string& body) {
    std::optional<queue::Api::Answer> answer;
    auto shared = std::make_shared<std::optional<queue::Api::Answer>>();
    const std::string operation = "AmazonSQS." + call;
    api_.Handle({.operation = operation, .body = body}, origin_,
                [shared](queue::Api::Answer a) { *shared = a; });
    return *shared;
  }
  std::string Ok(const std::string& call, const std::string& body) {
    const auto answer = Try(call, body);
    EXPECT_TRUE(answer.has_value()) << call;
    if (!answer) return {};
    EXPECT_EQ(answer->status, 200) << call << " " << body << " " << answer->body;
    EXPECT_EQ(answer->query_error, "");
    return answer->body;
  }
  // "STATUS __type|query code|message"
  std::string Error(const std::string& call, const std::string& body) {
    const auto answer = Try(call, body);
    if (!answer) return "no answer";
    std::string text = answer->body;
    for (const std::string part : {R"({"__type":")", R"("})"}) {
      const std::size_t at = text.find(part);
      if (at != std::string::npos) text.erase(at, part.size());
    }
    const std::string between = R"(","message":")";
    const std::size_t at = text.find(between);
    if (at != std::string::npos) text.replace(at, between.size(), "|" + answer->query_error + "|");
    return std::to_string(answer->status) + " " + text;
  }
  // The value of the first `key` in the text.
  static std::string Field(const std::string& json, const std::string& key) {
    const std::string start = "\"" + key + "\":\"";
    const std::size_t at = json.find(start);
    if (at == std::string::npos) return {};
    const std::size_t from = at + start.size();
    return json.substr(from, json.find('"', from) - from);
  }

  FakeClock clock_;
  queue::Store store_{{}, clock_};
  queue::Api api_{store_};
  queue::Origin origin_{.account = "000000000000",
                        .region = "us-east-1",
                        .base_url = "http://localhost:4566",
                        .path = "/"};
};

}  // namespace bauta::fakes
