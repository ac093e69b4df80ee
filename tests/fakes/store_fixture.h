// A Store in which time stands still, with one queue or more, and what a test does to them.
#pragma once

#include <gmock/gmock.h>
#include <gtest/gtest.h>

#include <array>
#include <functional>
#include <memory>
#include <optional>
#include <string>
#include <utility>
#include <vector>

#include "fakes/fake_clock.h"
#include "queue/store.h"

namespace bauta::fakes {

class StoreFixture : public testing::Test {
 protected:
  using Seconds = std::chrono::seconds;
  using Messages = queue::Store::Messages;

  explicit StoreFixture(const std::string& queue, const queue::Store::Options& options = {})
      : q_(Name(queue)), store_(options, clock_) {
    Create(q_);
  }

  static queue::QueueName Name(const std::string& name) {
    return {"000000000000", "us-east-1", name};
  }
  void Create(const queue::QueueName& name, const queue::Attributes& attributes = {}) {
    EXPECT_TRUE(store_.Create(name, attributes, {}).ok());
  }
  void Set(const queue::Attributes& changes) {
    EXPECT_TRUE(store_.SetAttributes(q_, changes).ok());
  }
  queue::Mailbox::Placed SendTo(const queue::QueueName& name, queue::Content content,
                                std::optional<Seconds> delay = {}) {
    content.id = "id-" + content.body;
    const auto shared = std::make_shared<const queue::Content>(std::move(content));
    const auto placed = store_.Send(name, {{shared, delay}});
    EXPECT_TRUE(placed.ok());
    return placed.ok() && !placed.value().empty() ? placed.value().front()
                                                  : queue::Mailbox::Placed();
  }
  Messages Receive(std::size_t max = 10, std::optional<Seconds> visibility = {},
                   const std::string& attempt = {}) {
    return ReceiveFrom(q_, max, visibility, attempt);
  }
  Messages ReceiveFrom(const queue::QueueName& name, std::size_t max = 10,
                       std::optional<Seconds> visibility = {}, const std::string& attempt = {}) {
    std::optional<Messages> got;
    store_.Receive(name,
                   {.max = max, .visibility = visibility, .wait = Seconds(0), .attempt = attempt},
                   [&](const queue::Outcome<Messages>& m) { got = m.value(); });
    EXPECT_TRUE(got.has_value()) << "a short poll answers at once";
    return got.value_or(Messages());
  }
  // A long poll; what it got is in the result, once.
  struct Waiting {
    bool done = false;
    std::vector<std::string> bodies;
    std::string failure;
  };
  std::shared_ptr<Waiting> Wait(
      Seconds wait = Seconds(20), std::size_t max = 1,
      std::function<bool()> gone = [] { return false; }) {
    auto waiting = std::make_shared<Waiting>();
    store_.Receive(q_, {.max = max, .visibility = {}, .wait = wait, .gone = std::move(gone)},
                   [waiting](const queue::Outcome<Messages>& m) {
                     EXPECT_FALSE(waiting->done);
                     waiting->done = true;
                     if (!m.ok()) waiting->failure = m.failure().type;
                     if (m.ok()) waiting->bodies = Bodies(m.value());
                   });
    return waiting;
  }
  static std::vector<std::string> Bodies(const Messages& messages) {
    std::vector<std::string> bodies;
    for (const queue::Received& m : messages) bodies.push_back(m.content->body);
    return bodies;
  }
  void Pass(std::chrono::milliseconds time) {
    clock_.Advance(time);
    store_.Tick();
  }
  queue::Outcome<> Delete(const std::string& handle) {
    return store_.DeleteMessages(q_, std::array{handle}).value().at(0);
  }
  queue::Outcome<> Change(const std::string& handle, Seconds timeout) {
    return store_.ChangeVisibility(q_, std::array{queue::Store::Visibility{handle, timeout}})
        .value()
        .at(0);
  }
  // Visible, in flight, delayed.
  std::string Counts(const queue::QueueName& name) {
    const queue::Attributes a = store_.GetAttributes(name).value();
    return a.at("ApproximateNumberOfMessages") + " " +
           a.at("ApproximateNumberOfMessagesNotVisible") + " " +
           a.at("ApproximateNumberOfMessagesDelayed");
  }
  std::string Counts() { return Counts(q_); }

  const queue::QueueName q_;
  FakeClock clock_;
  queue::Store store_;
};

}  // namespace bauta::fakes
